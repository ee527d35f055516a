/* alsa-crossfeed - the settings: one table of all keys and controls, and their values */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "settings.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "amp.h"
#include "resampler.h"

/* A word and the value it stands for. */
struct word {
	const char *name;
	double value;
};

/* Most words of one setting, but for the presets. */
enum { WORDS_MAX = 3 };

struct row {
	struct setting_info info;
	struct word words[WORDS_MAX];
};

#define OFF_AND_ON { { "off", 0 }, { "on", 1 } }

static const struct row rows[SETTINGS] = {
	[SETTING_CROSSFEED] = {
		.info = { .key = "crossfeed", .element = "Playback Switch",
			  .kind = SETTING_IS_SWITCH,
			  .initial = 1, .filter = true },
		.words = OFF_AND_ON },
	[SETTING_LEVEL_DB] = {
		.info = { .key = "level", .element = "Playback Volume",
			  .kind = SETTING_IS_NUMBER,
			  .min = -30, .max = -3, .step = 0.1, .unit = "dB",
			  .initial = SETTINGS_PRESET_VALUE, .filter = true } },
	[SETTING_PRESET] = {	/* its words are the presets' names */
		.info = { .key = "preset", .element = "Preset", .kind = SETTING_IS_CHOICE,
			  .initial = PRESET_HEADROOM, .filter = true } },
	[SETTING_GAIN_DB] = {
		.info = { .key = "gain", .element = "Gain", .kind = SETTING_IS_NUMBER,
			  .min = -40, .max = 20, .unit = "dB", .initial = AMP_GAIN_HIGH_DB },
		.words = { { "low", AMP_GAIN_LOW_DB }, { "medium", AMP_GAIN_MEDIUM_DB },
			   { "high", AMP_GAIN_HIGH_DB } } },
	[SETTING_BRIGHTNESS] = {
		.info = { .key = "brightness", .element = "Brightness",
			  .kind = SETTING_IS_CHOICE,
			  .initial = CROSSFEED_BRIGHTNESS_OFF, .filter = true },
		.words = { { "off", CROSSFEED_BRIGHTNESS_OFF }, { "bright", CROSSFEED_BRIGHT },
			   { "brighter", CROSSFEED_BRIGHTER } } },
	[SETTING_VOLUME_DB] = {
		.info = { .key = "volume", .element = "Amp Playback Volume",
			  .kind = SETTING_IS_NUMBER,
			  .min = -80, .max = 0, .step = 0.1, .unit = "dB", .initial = 0 } },
	[SETTING_AMP] = {
		.info = { .key = "amp", .element = "Amp Playback Switch",
			  .kind = SETTING_IS_SWITCH,
			  .initial = 1 },
		.words = OFF_AND_ON },
	[SETTING_LOWPASS_HZ] = {
		.info = { .key = "lowpass", .kind = SETTING_IS_NUMBER, .min = 300, .max = 8000,
			  .unit = "Hz", .initial = SETTINGS_PRESET_VALUE, .filter = true } },
	[SETTING_ALLPASS_HZ] = {
		.info = { .key = "allpass", .kind = SETTING_IS_NUMBER, .min = 300, .max = 5000,
			  .unit = "Hz", .initial = SETTINGS_PRESET_VALUE, .filter = true },
		.words = { { "0", 0 } } },
	[SETTING_HEADROOM_DB] = {
		.info = { .key = "headroom", .kind = SETTING_IS_NUMBER, .min = 0, .max = 20,
			  .unit = "dB", .initial = SETTINGS_HEADROOM_SAFE, .filter = true },
		.words = { { "safe", SETTINGS_HEADROOM_SAFE },
			   { "sine", SETTINGS_HEADROOM_SINE },
			   { "none", 0 } } },
	[SETTING_BYPASS] = {
		.info = { .key = "bypass", .kind = SETTING_IS_CHOICE,
			  .initial = SETTINGS_BYPASS_MATCHED, .filter = true },
		.words = { { "matched", SETTINGS_BYPASS_MATCHED },
			   { "direct", SETTINGS_BYPASS_DIRECT } } },
	[SETTING_DITHER] = {
		.info = { .key = "dither", .kind = SETTING_IS_SWITCH, .initial = 1 },
		.words = OFF_AND_ON },
	[SETTING_RATE_HZ] = {
		.info = { .key = "rate",
			  .kind = SETTING_IS_NUMBER, .min = CROSSFEED_RATE_MIN_HZ,
			  .max = CROSSFEED_RATE_MAX_HZ, .unit = "Hz",
			  .initial = SETTINGS_RATE_AUTO },
		.words = { { "auto", SETTINGS_RATE_AUTO },
			   { "stream", SETTINGS_RATE_STREAM } } },
	[SETTING_RESAMPLER] = {
		.info = { .key = "resampler",
			  .kind = SETTING_IS_CHOICE, .initial = RESAMPLER_BEST },
		.words = { { "fastest", RESAMPLER_FASTEST }, { "medium", RESAMPLER_MEDIUM },
			   { "best", RESAMPLER_BEST } } },
};

const struct setting_info *setting_info(enum setting setting)
{
	return &rows[setting].info;
}

enum setting setting_find(const char *key)
{
	int s = 0;

	while (s < SETTINGS && strcmp(rows[s].info.key, key) != 0)
		s++;
	return (enum setting)s;
}

unsigned int setting_words(enum setting setting)
{
	unsigned int n = 0;

	if (setting == SETTING_PRESET)
		return PRESETS;
	while (n < WORDS_MAX && rows[setting].words[n].name)
		n++;
	return n;
}

const char *setting_word(enum setting setting, unsigned int n, double *value)
{
	bool preset = setting == SETTING_PRESET;

	if (value)
		*value = preset ? n : rows[setting].words[n].value;
	return preset ? preset_name((enum preset)n) : rows[setting].words[n].name;
}

static bool read_number(const char *text, double *value)
{
	const char *digit = *text == '-' ? text + 1 : text;
	double digits = 0, parts = 1;
	bool fraction = false;

	if (!*digit)
		return false;
	for (; *digit; digit++) {
		if (*digit == '.' && !fraction) {
			fraction = true;
			continue;
		}
		if (*digit < '0' || *digit > '9')
			return false;
		digits = 10 * digits + (*digit - '0');
		parts *= fraction ? 10 : 1;
	}
	/* one rounding only, so that this is the number that the compiler and alsa-lib read */
	*value = (*text == '-' ? -digits : digits) / parts;
	return true;
}

bool setting_read(enum setting setting, const char *text, double *value)
{
	const struct setting_info *info = &rows[setting].info;

	for (unsigned int n = 0; n < setting_words(setting); n++)
		if (strcmp(setting_word(setting, n, value), text) == 0)
			return true;
	return info->kind == SETTING_IS_NUMBER && read_number(text, value) &&
	       *value >= info->min && *value <= info->max;
}

void setting_write(char word[SETTINGS_WORD_SIZE], enum setting setting, double value)
{
	unsigned int tenths = (unsigned int)lrint(fabs(10 * value));

	for (unsigned int n = 0; n < setting_words(setting); n++) {
		double there;
		const char *name = setting_word(setting, n, &there);

		if (there == value) {
			snprintf(word, SETTINGS_WORD_SIZE, "%s", name);
			return;
		}
	}
	snprintf(word, SETTINGS_WORD_SIZE, "%s%u.%u", tenths && value < 0 ? "-" : "", tenths / 10,
		 tenths % 10);
}

struct settings settings_initial(void)
{
	struct settings settings;

	for (int s = 0; s < SETTINGS; s++)
		settings.value[s] = rows[s].info.initial;
	return settings;
}

struct crossfeed_params settings_crossfeed(const struct settings *settings)
{
	const double *value = settings->value;
	struct crossfeed_params params = preset_params((enum preset)value[SETTING_PRESET]);

	if (value[SETTING_LEVEL_DB] != SETTINGS_PRESET_VALUE)
		params.level_db = value[SETTING_LEVEL_DB];
	if (value[SETTING_LOWPASS_HZ] != SETTINGS_PRESET_VALUE)
		params.lowpass_hz = value[SETTING_LOWPASS_HZ];
	if (value[SETTING_ALLPASS_HZ] != SETTINGS_PRESET_VALUE)
		params.allpass_hz = value[SETTING_ALLPASS_HZ];
	return params;
}
