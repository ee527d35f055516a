/* alsa-crossfeed - the asoundrc keys: one table, one struct, one message */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "settings.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind {
	KIND_SWITCH,	/* bool: any of alsa-lib's words for yes and no */
	KIND_CHOICE,	/* int: one of the words */
	KIND_NUMBER,	/* double: a number, or one of the words */
};

/* A word and the value it stands for. */
struct word {
	const char *name;
	double value;
};

struct key {
	const char *name;
	enum kind kind;
	size_t offset;			/* in struct settings */
	double min, max;
	const char *range;		/* the same, as the message says it */
	struct word words[PRESETS + 1];	/* ends at the first without a name */
};

#define FIELD(name) offsetof(struct settings, name)

static const struct key keys[] = {
	{ "crossfeed", KIND_SWITCH, FIELD(crossfeed), 0, 0, "on or off", { { 0 } } },
	{ "preset", KIND_CHOICE, FIELD(preset), 0, 0, NULL, { { 0 } } },
	{ "level", KIND_NUMBER, FIELD(level_db), -30, -3, "a number from -30 to -3 (dB)",
		{ { 0 } } },
	{ "lowpass", KIND_NUMBER, FIELD(lowpass_hz), 300, 8000,
		"a number from 300 to 8000 (Hz)", { { 0 } } },
	{ "allpass", KIND_NUMBER, FIELD(allpass_hz), 300, 5000,
		"0 (none) or a number from 300 to 5000 (Hz)", { { "0", 0 } } },
	{ "gain", KIND_NUMBER, FIELD(gain_db), -40, 20,
		"high, medium, low or a number from -40 to 20 (dB)",
		{ { "high", AMP_GAIN_HIGH_DB }, { "medium", AMP_GAIN_MEDIUM_DB },
		  { "low", AMP_GAIN_LOW_DB } } },
	{ "volume", KIND_NUMBER, FIELD(volume_db), -80, 0,
		"mute or a number from -80 to 0 (dB)", { { "mute", -INFINITY } } },
	{ "brightness", KIND_CHOICE, FIELD(brightness), 0, 0, "off, bright or brighter",
		{ { "off", CROSSFEED_BRIGHTNESS_OFF }, { "bright", CROSSFEED_BRIGHT },
		  { "brighter", CROSSFEED_BRIGHTER } } },
	{ "headroom", KIND_NUMBER, FIELD(headroom_db), 0, 20,
		"safe, sine, none or a number from 0 to 20 (dB)",
		{ { "safe", SOUND_HEADROOM_SAFE }, { "sine", SOUND_HEADROOM_SINE },
		  { "none", 0 } } },
	{ "bypass", KIND_CHOICE, FIELD(bypass), 0, 0, "matched or direct",
		{ { "matched", SOUND_BYPASS_MATCHED }, { "direct", SOUND_BYPASS_DIRECT } } },
	{ "dither", KIND_SWITCH, FIELD(dither), 0, 0, "on or off", { { 0 } } },
	{ "rate", KIND_NUMBER, FIELD(rate_hz), CROSSFEED_RATE_MIN_HZ, CROSSFEED_RATE_MAX_HZ,
		"auto, stream or a number from 8000 to 768000 (Hz)",
		{ { "auto", SETTINGS_RATE_AUTO }, { "stream", SETTINGS_RATE_STREAM } } },
	{ "resampler", KIND_CHOICE, FIELD(resampler), 0, 0, "best, medium or fastest",
		{ { "best", RESAMPLER_BEST }, { "medium", RESAMPLER_MEDIUM },
		  { "fastest", RESAMPLER_FASTEST } } },
};

enum { KEYS = sizeof(keys) / sizeof(keys[0]) };

/* Message buffers are filled up to their size and never beyond. */
__attribute__((format(printf, 2, 3)))
static void append(char message[SETTINGS_MESSAGE_SIZE], const char *format, ...)
{
	size_t used = strlen(message);
	va_list args;

	va_start(args, format);
	vsnprintf(message + used, SETTINGS_MESSAGE_SIZE - used, format, args);
	va_end(args);
}

static void append_preset_names(char message[SETTINGS_MESSAGE_SIZE])
{
	for (int p = 0; p < PRESETS; p++)
		append(message, "%s%s", p == 0 ? "" : p == PRESETS - 1 ? " or " : ", ",
		       preset_name((enum preset)p));
}

/* The value as it was written; compound values have none. */
static void append_value(char message[SETTINGS_MESSAGE_SIZE], const snd_config_t *node)
{
	char *text;

	if (snd_config_get_type(node) == SND_CONFIG_TYPE_COMPOUND) {
		append(message, "{ ... }");
		return;
	}
	if (snd_config_get_ascii(node, &text) < 0 || !text)
		return;
	append(message, "\"%.100s\"", text);
	free(text);
}

static int refuse_value(const struct key *key, const snd_config_t *node,
			char message[SETTINGS_MESSAGE_SIZE])
{
	append(message, "%s ", key->name);
	append_value(message, node);
	append(message, ": expected ");
	if (key->range)
		append(message, "%s", key->range);
	else
		append_preset_names(message);
	return -EINVAL;
}

static int refuse_key(const char *name, char message[SETTINGS_MESSAGE_SIZE])
{
	append(message, "unknown key \"%.100s\": expected slave", name);
	for (size_t k = 0; k < KEYS; k++)
		append(message, ", %s", keys[k].name);
	append(message, ", control");
	return -EINVAL;
}

static bool find_word(const struct key *key, const char *text, double *value)
{
	for (const struct word *w = key->words; w->name; w++)
		if (strcmp(w->name, text) == 0) {
			*value = w->value;
			return true;
		}
	return false;
}

static bool find_preset(const char *text, double *value)
{
	for (int p = 0; p < PRESETS; p++)
		if (strcmp(preset_name((enum preset)p), text) == 0) {
			*value = p;
			return true;
		}
	return false;
}

static bool read_word(const struct key *key, const snd_config_t *node, double *value)
{
	char *text;
	bool found;

	if (snd_config_get_type(node) == SND_CONFIG_TYPE_COMPOUND)
		return false;
	if (snd_config_get_ascii(node, &text) < 0 || !text)
		return false;
	found = key->offset == FIELD(preset) ? find_preset(text, value) :
					       find_word(key, text, value);
	free(text);
	return found;
}

/* A quoted number is one, too; alsa-lib reads it the same way in every locale. */
static bool read_quoted_number(const snd_config_t *node, double *value)
{
	snd_config_t *number;
	const char *text;
	bool found;

	if (snd_config_get_string(node, &text) < 0 || !text || !*text)
		return false;
	if (snd_config_make_real(&number, NULL) < 0)
		return false;
	found = snd_config_set_ascii(number, text) == 0 &&
		snd_config_get_real(number, value) == 0;
	snd_config_delete(number);
	return found;
}

static bool read_number(const struct key *key, const snd_config_t *node, double *value)
{
	if (snd_config_get_ireal(node, value) < 0 && !read_quoted_number(node, value))
		return false;
	return *value >= key->min && *value <= key->max;
}

/* snd_config_get_bool() would print a message of its own. */
static int read_switch(const snd_config_t *node)
{
	char *text;
	int on;

	if (snd_config_get_type(node) == SND_CONFIG_TYPE_COMPOUND)
		return -EINVAL;
	if (snd_config_get_ascii(node, &text) < 0 || !text)
		return -EINVAL;
	on = snd_config_get_bool_ascii(text);
	free(text);
	return on;
}

static int load_value(struct settings *settings, const struct key *key, const snd_config_t *node,
		      char message[SETTINGS_MESSAGE_SIZE])
{
	void *field = (char *)settings + key->offset;
	double value;
	int on;

	switch (key->kind) {
	case KIND_SWITCH:
		on = read_switch(node);
		if (on < 0)
			return refuse_value(key, node, message);
		*(bool *)field = on;
		return 0;
	case KIND_CHOICE:
		if (!read_word(key, node, &value))
			return refuse_value(key, node, message);
		*(int *)field = (int)value;
		return 0;
	default:
		if (!read_word(key, node, &value) && !read_number(key, node, &value))
			return refuse_value(key, node, message);
		*(double *)field = value;
		return 0;
	}
}

static int refuse_control(const char *what, const snd_config_t *node,
			  char message[SETTINGS_MESSAGE_SIZE])
{
	append(message, "control %s%s", what, *what ? " " : "");
	append_value(message, node);
	append(message, ": expected auto, none or { card NUMBER_OR_ID  name \"1 to 20 letters, "
	       "digits, blanks, - or _\"  file \"/PATH\" }");
	return -EINVAL;
}

/* Copies a string, or a card's number, that fits. */
static bool read_text(char *text, size_t size, const snd_config_t *node)
{
	char *value;
	bool fits;

	if (snd_config_get_type(node) == SND_CONFIG_TYPE_COMPOUND)
		return false;
	if (snd_config_get_ascii(node, &value) < 0 || !value)
		return false;
	fits = *value && strlen(value) < size;
	if (fits)
		strcpy(text, value);
	free(value);
	return fits;
}

/* What may begin an element's name and name a file. */
static bool is_plain_name(const char *name)
{
	return name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			   "0123456789 _-")] == '\0';
}

static int load_control_field(struct settings *settings, const snd_config_t *node,
			      char message[SETTINGS_MESSAGE_SIZE])
{
	const char *name;

	if (snd_config_get_id(node, &name) < 0)
		return refuse_control("", node, message);
	if (strcmp(name, "card") == 0 &&
	    read_text(settings->control_card, SETTINGS_NAME_SIZE, node))
		return 0;
	if (strcmp(name, "name") == 0 &&
	    read_text(settings->control_name, SETTINGS_NAME_SIZE, node) &&
	    is_plain_name(settings->control_name))
		return 0;
	if (strcmp(name, "file") == 0 &&
	    read_text(settings->control_file, SETTINGS_FILE_SIZE, node) &&
	    settings->control_file[0] == '/')
		return 0;
	return refuse_control(name, node, message);
}

/* The one key that is a compound, and so has a reader of its own. */
static int load_control(struct settings *settings, const snd_config_t *node,
			char message[SETTINGS_MESSAGE_SIZE])
{
	snd_config_iterator_t i, next;
	const char *word;

	if (snd_config_get_string(node, &word) == 0 && word) {
		settings->control = strcmp(word, "auto") == 0;
		if (settings->control || strcmp(word, "none") == 0)
			return 0;
	}
	if (snd_config_get_type(node) != SND_CONFIG_TYPE_COMPOUND)
		return refuse_control("", node, message);
	settings->control = true;
	snd_config_for_each(i, next, node) {
		int err = load_control_field(settings, snd_config_iterator_entry(i), message);

		if (err < 0)
			return err;
	}
	return 0;
}

static const struct key *find_key(const char *name)
{
	for (size_t k = 0; k < KEYS; k++)
		if (strcmp(keys[k].name, name) == 0)
			return &keys[k];
	return NULL;
}

/* What alsa-lib itself reads of a definition. */
static bool is_alsa_key(const char *name)
{
	return strcmp(name, "type") == 0 || strcmp(name, "comment") == 0 ||
	       strcmp(name, "hint") == 0;
}

static int load_node(struct settings *settings, snd_config_t **slave, snd_config_t *node,
		     char message[SETTINGS_MESSAGE_SIZE])
{
	const struct key *key;
	const char *name;

	if (snd_config_get_id(node, &name) < 0 || is_alsa_key(name))
		return 0;
	if (strcmp(name, "slave") == 0) {
		*slave = node;
		return 0;
	}
	if (strcmp(name, "control") == 0)
		return load_control(settings, node, message);
	key = find_key(name);
	if (!key)
		return refuse_key(name, message);
	return load_value(settings, key, node, message);
}

struct settings settings_default(void)
{
	return (struct settings){
		.crossfeed = true,
		.preset = PRESET_HEADROOM,
		.level_db = SETTINGS_PRESET_VALUE,
		.lowpass_hz = SETTINGS_PRESET_VALUE,
		.allpass_hz = SETTINGS_PRESET_VALUE,
		.gain_db = AMP_GAIN_HIGH_DB,
		.volume_db = 0,
		.brightness = CROSSFEED_BRIGHTNESS_OFF,
		.headroom_db = SOUND_HEADROOM_SAFE,
		.bypass = SOUND_BYPASS_MATCHED,
		.dither = true,
		.rate_hz = SETTINGS_RATE_AUTO,
		.resampler = RESAMPLER_BEST,
		.control = true,
		.control_name = "Crossfeed",
	};
}

int settings_load(struct settings *settings, snd_config_t **slave, const snd_config_t *conf,
		  char message[SETTINGS_MESSAGE_SIZE])
{
	snd_config_iterator_t i, next;

	*settings = settings_default();
	*slave = NULL;
	message[0] = '\0';
	snd_config_for_each(i, next, conf) {
		int err = load_node(settings, slave, snd_config_iterator_entry(i), message);

		if (err < 0)
			return err;
	}
	if (*slave)
		return 0;
	append(message, "slave is missing: expected where the sound goes, "
	       "for instance slave.pcm \"hw:0\"");
	return -EINVAL;
}

static int load_ctl_node(struct settings *settings, const snd_config_t *node,
			 char message[SETTINGS_MESSAGE_SIZE])
{
	const char *name;

	if (snd_config_get_id(node, &name) < 0 || is_alsa_key(name))
		return 0;
	if (strcmp(name, "name") == 0 || strcmp(name, "file") == 0)
		return load_control_field(settings, node, message);
	append(message, "unknown key \"%.100s\": expected name, file", name);
	return -EINVAL;
}

int settings_load_ctl(struct settings *settings, const snd_config_t *conf,
		      char message[SETTINGS_MESSAGE_SIZE])
{
	snd_config_iterator_t i, next;

	*settings = settings_default();
	message[0] = '\0';
	snd_config_for_each(i, next, conf) {
		int err = load_ctl_node(settings, snd_config_iterator_entry(i), message);

		if (err < 0)
			return err;
	}
	return 0;
}

const char *settings_word(const char *name, double value)
{
	const struct key *key = find_key(name);

	if (key && key->offset == FIELD(preset))
		return preset_name((enum preset)value);
	for (const struct word *w = key ? key->words : NULL; w && w->name; w++)
		if (w->value == value)
			return w->name;
	return NULL;
}

struct sound_params settings_sound(const struct settings *settings)
{
	struct crossfeed_params filter = preset_params((enum preset)settings->preset);

	if (settings->level_db != SETTINGS_PRESET_VALUE)
		filter.level_db = settings->level_db;
	if (settings->lowpass_hz != SETTINGS_PRESET_VALUE)
		filter.lowpass_hz = settings->lowpass_hz;
	if (settings->allpass_hz != SETTINGS_PRESET_VALUE)
		filter.allpass_hz = settings->allpass_hz;
	return (struct sound_params){
		.crossfeed = settings->crossfeed,
		.filter = filter,
		.brightness = (enum crossfeed_brightness)settings->brightness,
		.headroom_db = settings->headroom_db,
		.bypass = (enum sound_bypass)settings->bypass,
		.gain_db = settings->gain_db,
		.volume_db = settings->volume_db,
	};
}
