/* alsa-crossfeed - the front panel: where its elements stand, and what settings that makes */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#ifndef PANEL_H
#define PANEL_H

#include <alsa/asoundlib.h>
#include <stdbool.h>

#include "settings.h"

/* The settings up to here are elements; an element's place is what it is known by. */
enum { PANEL_ELEMENTS = SETTING_AMP + 1 };

/* ALSA allows 44 characters for a whole name. */
enum { PANEL_PREFIX_MAX = 20, PANEL_NAME_SIZE = 44 };

/* What a mixer is told about an element. */
struct panel_info {
	snd_ctl_elem_type_t type;	/* boolean, integer or enumerated: by its words */
	int max;			/* positions go from 0 to this */
	int db_min;			/* of position 0, in 0.01 dB; for integers */
	int db_step;			/* of one position, in 0.01 dB */
};

/* Words of the TLV that tells an integer's dB. */
enum { PANEL_DB_SCALE_WORDS = 4 };

struct panel {
	int position[PANEL_ELEMENTS];
	bool moved[PANEL_ELEMENTS];	/* by a person, so that it outlives a new configuration */
};

struct panel_info panel_info(enum setting element);

void panel_db_scale(unsigned int tlv[PANEL_DB_SCALE_WORDS], enum setting element);

/* Its name, prefix being "Crossfeed" or what the user wants instead. */
void panel_name(char name[PANEL_NAME_SIZE], const char *prefix, enum setting element);

/* The nearest position an element can have. */
int panel_clamp(enum setting element, long position);

/* A position in the words and units of the configuration: on, -11.7, meier, low. */
void panel_write(char word[SETTINGS_WORD_SIZE], enum setting element, int position);

/* The position for such a word; -1 if it says nothing for this element. */
int panel_read(enum setting element, const char *word);

/* Where the elements stand as configured, none of them moved. */
struct panel panel_from_settings(const struct settings *configured);

/* Where the level stands for a preset's own. */
int panel_preset_level(int preset);

/*
 * Move an element.  A new preset takes its level along, so this returns the
 * elements that changed, one bit each.
 */
unsigned int panel_move(struct panel *panel, enum setting element, int position);

/* Take the elements that were moved in from; returns the elements that changed. */
unsigned int panel_take_moved(struct panel *panel, const struct panel *from);

/*
 * The settings with the panel's positions in place of the configured values.  An
 * element that stands where the configured value puts it is that value itself,
 * not rounded.  A gain that is configured in dB is what high gives, and the steps
 * below it count from there.  level, lowpass and allpass as configured hold for
 * the configured preset only: another one is that preset, whole.
 */
struct settings panel_settings(const struct panel *panel, const struct settings *configured);

#endif
