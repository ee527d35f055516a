/* alsa-crossfeed - the front panel: where its elements stand, and what settings that makes */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "panel.h"

#include <math.h>
#include <stdio.h>


static int hundredths(double db)
{
	return (int)lrint(100 * db);
}

/* Of numbers in steps; the others are enumerated, by their words. */
static bool has_steps(enum setting element)
{
	return setting_info(element)->step > 0;
}

struct panel_info panel_info(enum setting element)
{
	const struct setting_info *info = setting_info(element);

	if (has_steps(element))
		return (struct panel_info){
			.type = SND_CTL_ELEM_TYPE_INTEGER,
			.max = (int)lrint((info->max - info->min) / info->step),
			.db_min = hundredths(info->min),
			.db_step = hundredths(info->step),
		};
	return (struct panel_info){
		.type = info->kind == SETTING_IS_SWITCH ? SND_CTL_ELEM_TYPE_BOOLEAN :
							  SND_CTL_ELEM_TYPE_ENUMERATED,
		.max = (int)setting_words(element) - 1,
	};
}

void panel_db_scale(unsigned int tlv[PANEL_DB_SCALE_WORDS], enum setting element)
{
	struct panel_info info = panel_info(element);

	tlv[0] = SND_CTL_TLVT_DB_SCALE;
	tlv[1] = 2 * sizeof(*tlv);
	tlv[2] = (unsigned int)info.db_min;
	tlv[3] = (unsigned int)info.db_step;
}

void panel_name(char name[PANEL_NAME_SIZE], const char *prefix, enum setting element)
{
	snprintf(name, PANEL_NAME_SIZE, "%.*s %s", PANEL_PREFIX_MAX, prefix,
		 setting_info(element)->element);
}

int panel_clamp(enum setting element, long position)
{
	int max = panel_info(element).max;

	if (position < 0)
		return 0;
	return position > max ? max : (int)position;
}

static double value_of(enum setting element, int position)
{
	struct panel_info info = panel_info(element);
	double value = (info.db_min + position * info.db_step) / 100.0;

	if (!has_steps(element))
		setting_word(element, (unsigned int)position, &value);
	return value;
}

/* Without steps, a value that has no word stands where the last one does. */
static int position_of(enum setting element, double value)
{
	struct panel_info info = panel_info(element);
	int position = 0;

	if (has_steps(element))
		return panel_clamp(element,
				   lrint((100 * value - info.db_min) / info.db_step));
	while (position < info.max && value_of(element, position) != value)
		position++;
	return position;
}

void panel_write(char word[SETTINGS_WORD_SIZE], enum setting element, int position)
{
	setting_write(word, element, value_of(element, position));
}

int panel_read(enum setting element, const char *word)
{
	double value;

	return setting_read(element, word, &value) ? position_of(element, value) : -1;
}

struct panel panel_from_settings(const struct settings *configured)
{
	struct settings settings = *configured;
	struct panel panel = { .position = { 0 } };

	settings.value[SETTING_LEVEL_DB] = settings_crossfeed(configured).level_db;
	for (int e = 0; e < PANEL_ELEMENTS; e++)
		panel.position[e] = position_of((enum setting)e, settings.value[e]);
	return panel;
}

int panel_preset_level(int preset)
{
	return position_of(SETTING_LEVEL_DB, preset_params((enum preset)preset).level_db);
}

unsigned int panel_move(struct panel *panel, enum setting element, int position)
{
	unsigned int changed = 0;

	panel->moved[element] = true;
	if (panel->position[element] == position)
		return 0;
	panel->position[element] = position;
	changed = 1u << element;
	if (element == SETTING_PRESET)
		changed |= panel_move(panel, SETTING_LEVEL_DB, panel_preset_level(position));
	return changed;
}

unsigned int panel_take_moved(struct panel *panel, const struct panel *from)
{
	unsigned int changed = 0;

	for (int e = 0; e < PANEL_ELEMENTS; e++) {
		if (!from->moved[e])
			continue;
		if (panel->position[e] != from->position[e])
			changed |= 1u << e;
		panel->position[e] = from->position[e];
		panel->moved[e] = true;
	}
	return changed;
}

/* What the words of gain are counted from. */
static double highest_gain_db(const struct settings *configured)
{
	double gain_db = configured->value[SETTING_GAIN_DB];
	int position = position_of(SETTING_GAIN_DB, gain_db);

	return value_of(SETTING_GAIN_DB, position) == gain_db ? 0 : gain_db;
}

struct settings panel_settings(const struct panel *panel, const struct settings *configured)
{
	struct settings s = *configured;
	struct panel there;

	if (panel->position[SETTING_PRESET] != (int)s.value[SETTING_PRESET]) {
		s.value[SETTING_PRESET] = panel->position[SETTING_PRESET];
		s.value[SETTING_LEVEL_DB] = SETTINGS_PRESET_VALUE;
		s.value[SETTING_LOWPASS_HZ] = SETTINGS_PRESET_VALUE;
		s.value[SETTING_ALLPASS_HZ] = SETTINGS_PRESET_VALUE;
	}
	there = panel_from_settings(&s);
	for (int e = 0; e < PANEL_ELEMENTS; e++)
		if (panel->position[e] != there.position[e])
			s.value[e] = value_of((enum setting)e, panel->position[e]);
	if (panel->position[SETTING_GAIN_DB] != there.position[SETTING_GAIN_DB])
		s.value[SETTING_GAIN_DB] += highest_gain_db(configured);
	return s;
}
