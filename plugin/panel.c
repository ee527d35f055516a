/* alsa-crossfeed - the front panel: its elements, their ranges, and what they do to the settings */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "panel.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct panel_info infos[PANEL_ELEMENTS] = {
	[PANEL_SWITCH] = { "Playback Switch", "crossfeed", SND_CTL_ELEM_TYPE_BOOLEAN, 1, 0, 0 },
	[PANEL_LEVEL] = { "Playback Volume", "level", SND_CTL_ELEM_TYPE_INTEGER, 270, -3000, 10 },
	[PANEL_PRESET] = { "Preset", "preset", SND_CTL_ELEM_TYPE_ENUMERATED, PRESETS - 1, 0, 0 },
	[PANEL_GAIN] = { "Gain", "gain", SND_CTL_ELEM_TYPE_ENUMERATED, 2, 0, 0 },
	[PANEL_BRIGHTNESS] = { "Brightness", "brightness", SND_CTL_ELEM_TYPE_ENUMERATED, 2, 0, 0 },
	[PANEL_AMP_VOLUME] = { "Amp Playback Volume", "volume", SND_CTL_ELEM_TYPE_INTEGER, 800,
		-8000, 10 },
	[PANEL_AMP_SWITCH] = { "Amp Playback Switch", "amp", SND_CTL_ELEM_TYPE_BOOLEAN, 1, 0, 0 },
};

enum { GAIN_LOW, GAIN_MEDIUM, GAIN_HIGH };

static const char *const gain_items[] = { "Low", "Medium", "High" };
static const char *const brightness_items[] = { "Off", "Bright", "Brighter" };

static double to_db(enum panel_element element, int value)
{
	return (infos[element].db_min + value * infos[element].db_step) / 100.0;
}

static int from_db(enum panel_element element, double db)
{
	const struct panel_info *info = &infos[element];

	return panel_clamp(element, lrint((100 * db - info->db_min) / info->db_step));
}

static double gain_step_db(int position)
{
	if (position == GAIN_LOW)
		return AMP_GAIN_LOW_DB;
	return position == GAIN_MEDIUM ? AMP_GAIN_MEDIUM_DB : AMP_GAIN_HIGH_DB;
}

static int gain_position(double gain_db)
{
	if (gain_db == AMP_GAIN_LOW_DB)
		return GAIN_LOW;
	return gain_db == AMP_GAIN_MEDIUM_DB ? GAIN_MEDIUM : GAIN_HIGH;
}

/* A gain configured in dB is what the high position gives. */
static double high_gain_db(double gain_db)
{
	return gain_position(gain_db) == GAIN_HIGH ? gain_db : AMP_GAIN_HIGH_DB;
}

const struct panel_info *panel_info(enum panel_element element)
{
	return &infos[element];
}

void panel_name(char name[PANEL_NAME_SIZE], const char *prefix, enum panel_element element)
{
	snprintf(name, PANEL_NAME_SIZE, "%.*s %s", PANEL_PREFIX_MAX, prefix,
		 infos[element].suffix);
}

const char *panel_item(enum panel_element element, int value)
{
	switch (element) {
	case PANEL_PRESET:
		return preset_name((enum preset)value);
	case PANEL_GAIN:
		return gain_items[value];
	default:
		return brightness_items[value];
	}
}

/* The configuration has its gain in dB; all other words stand for the values themselves. */
static const char *item_word(enum panel_element element, int value)
{
	double configured = element == PANEL_GAIN ? gain_step_db(value) : value;

	return settings_word(infos[element].key, configured);
}

void panel_word(char word[PANEL_WORD_SIZE], enum panel_element element, int value)
{
	const struct panel_info *info = &infos[element];
	unsigned int hundredths = (unsigned int)abs(info->db_min + value * info->db_step);

	switch (info->type) {
	case SND_CTL_ELEM_TYPE_BOOLEAN:
		snprintf(word, PANEL_WORD_SIZE, "%s", value ? "on" : "off");
		break;
	case SND_CTL_ELEM_TYPE_INTEGER:
		snprintf(word, PANEL_WORD_SIZE, "%s%u.%u", hundredths ? "-" : "",
			 hundredths / 100, hundredths % 100 / 10);
		break;
	default:
		snprintf(word, PANEL_WORD_SIZE, "%s", item_word(element, value));
	}
}

static int find_item(enum panel_element element, const char *word)
{
	for (int value = 0; value <= infos[element].max; value++) {
		char here[PANEL_WORD_SIZE];

		panel_word(here, element, value);
		if (strcmp(here, word) == 0)
			return value;
	}
	return -1;
}

/* In every language a number has a point, which strtod() would not find. */
static int find_db(enum panel_element element, const char *word)
{
	const char *digits = *word == '-' ? word + 1 : word;
	unsigned int whole, tenths = 0;
	int used = 0;
	double db;

	if (*digits < '0' || *digits > '9')
		return -1;
	sscanf(digits, "%4u%n.%1u%n", &whole, &used, &tenths, &used);
	if (digits[used])
		return -1;
	db = whole + tenths / 10.0;
	return from_db(element, digits == word ? db : -db);
}

int panel_find_word(enum panel_element element, const char *word)
{
	return infos[element].type == SND_CTL_ELEM_TYPE_INTEGER ? find_db(element, word) :
								  find_item(element, word);
}

int panel_clamp(enum panel_element element, long value)
{
	if (value < 0)
		return 0;
	return value > infos[element].max ? infos[element].max : (int)value;
}

struct panel panel_from_settings(const struct settings *configured)
{
	struct sound_params sound = settings_sound(configured);
	bool mute = isinf(configured->volume_db);

	return (struct panel){ .value = {
		[PANEL_SWITCH] = configured->crossfeed,
		[PANEL_LEVEL] = from_db(PANEL_LEVEL, sound.filter.level_db),
		[PANEL_PRESET] = configured->preset,
		[PANEL_GAIN] = gain_position(configured->gain_db),
		[PANEL_BRIGHTNESS] = configured->brightness,
		[PANEL_AMP_VOLUME] = from_db(PANEL_AMP_VOLUME, mute ? 0 : configured->volume_db),
		[PANEL_AMP_SWITCH] = !mute,
	} };
}

int panel_preset_level(int preset)
{
	return from_db(PANEL_LEVEL, preset_params((enum preset)preset).level_db);
}

unsigned int panel_move(struct panel *panel, enum panel_element element, int value)
{
	unsigned int changed = 0;

	panel->moved[element] = true;
	if (panel->value[element] == value)
		return 0;
	panel->value[element] = value;
	changed = 1u << element;
	if (element == PANEL_PRESET)
		changed |= panel_move(panel, PANEL_LEVEL, panel_preset_level(value));
	return changed;
}

unsigned int panel_take_moved(struct panel *panel, const struct panel *from)
{
	unsigned int changed = 0;

	for (int e = 0; e < PANEL_ELEMENTS; e++) {
		if (!from->moved[e])
			continue;
		if (panel->value[e] != from->value[e])
			changed |= 1u << e;
		panel->value[e] = from->value[e];
		panel->moved[e] = true;
	}
	return changed;
}

struct settings panel_settings(const struct panel *panel, const struct settings *configured)
{
	struct panel as_configured = panel_from_settings(configured);
	struct settings s = *configured;
	double volume_db = isinf(configured->volume_db) ? 0 : configured->volume_db;
	double level_db;

	s.crossfeed = panel->value[PANEL_SWITCH];
	s.preset = panel->value[PANEL_PRESET];
	s.brightness = panel->value[PANEL_BRIGHTNESS];
	if (s.preset != configured->preset)
		s.level_db = s.lowpass_hz = s.allpass_hz = SETTINGS_PRESET_VALUE;
	level_db = settings_sound(&s).filter.level_db;
	if (panel->value[PANEL_LEVEL] != from_db(PANEL_LEVEL, level_db))
		s.level_db = to_db(PANEL_LEVEL, panel->value[PANEL_LEVEL]);
	s.gain_db = high_gain_db(configured->gain_db) + gain_step_db(panel->value[PANEL_GAIN]);
	if (panel->value[PANEL_AMP_VOLUME] != as_configured.value[PANEL_AMP_VOLUME])
		volume_db = to_db(PANEL_AMP_VOLUME, panel->value[PANEL_AMP_VOLUME]);
	s.volume_db = panel->value[PANEL_AMP_SWITCH] ? volume_db : -INFINITY;
	return s;
}
