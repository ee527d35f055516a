/* alsa-crossfeed - the front panel: its elements, their ranges, and what they do to the settings */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#ifndef PANEL_H
#define PANEL_H

#include <alsa/asoundlib.h>
#include <stdbool.h>
#include <stddef.h>

#include "settings.h"

/* In the order mixers list them; a state file has one line for each. */
enum panel_element {
	PANEL_SWITCH,
	PANEL_LEVEL,		/* 0.1 dB steps from -30 dB */
	PANEL_PRESET,		/* enum preset */
	PANEL_GAIN,		/* low, medium, high */
	PANEL_BRIGHTNESS,	/* enum crossfeed_brightness */
	PANEL_AMP_VOLUME,	/* 0.1 dB steps from -80 dB */
	PANEL_AMP_SWITCH,	/* off is mute */
	PANEL_ELEMENTS,
};

/* What a mixer is told about an element. */
struct panel_info {
	const char *suffix;		/* of its name, behind the prefix */
	const char *key;		/* its word in a state file */
	snd_ctl_elem_type_t type;	/* boolean, integer or enumerated */
	int max;			/* values go from 0 to this */
	int db_min;			/* of value 0, in 0.01 dB; for integers */
	int db_step;			/* of one value, in 0.01 dB */
};

/* ALSA allows 44 characters for a whole name. */
enum { PANEL_PREFIX_MAX = 20, PANEL_NAME_SIZE = 44 };

/* Longest word for a position, with its closing zero. */
enum { PANEL_WORD_SIZE = 24 };

struct panel {
	int value[PANEL_ELEMENTS];
	bool moved[PANEL_ELEMENTS];	/* by a person, so that it outlives a new configuration */
};

const struct panel_info *panel_info(enum panel_element element);

/* Its name, prefix being "Crossfeed" or what the user wants instead. */
void panel_name(char name[PANEL_NAME_SIZE], const char *prefix, enum panel_element element);

/* What mixers call a value of an enumerated element. */
const char *panel_item(enum panel_element element, int value);

/* A value in the words and units of the configuration: on, -11.7, meier, low. */
void panel_word(char word[PANEL_WORD_SIZE], enum panel_element element, int value);

/* The nearest value for a word; -1 if it says nothing for this element. */
int panel_find_word(enum panel_element element, const char *word);

/* The nearest value an element can have. */
int panel_clamp(enum panel_element element, long value);

/* Where the elements stand as configured, none of them moved. */
struct panel panel_from_settings(const struct settings *configured);

/* Where the level stands for a preset's own. */
int panel_preset_level(int preset);

/*
 * Move an element.  A new preset takes its level along, so this returns the
 * elements that changed, one bit each.
 */
unsigned int panel_move(struct panel *panel, enum panel_element element, int value);

/* Take the elements that were moved in from; returns the elements that changed. */
unsigned int panel_take_moved(struct panel *panel, const struct panel *from);

/*
 * The settings with the panel's positions in place of the configured ones.  A
 * position that is the configured value, rounded, is the configured value
 * itself.  level, lowpass and allpass as configured hold for the configured
 * preset only: another one chosen on the panel is that preset, whole.
 */
struct settings panel_settings(const struct panel *panel, const struct settings *configured);

#endif
