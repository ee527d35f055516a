/* alsa-crossfeed - the settings: one table of all keys and controls, and their values */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#ifndef SETTINGS_H
#define SETTINGS_H

#include <stdbool.h>

#include "presets.h"

/*
 * A setting is one row of the table in settings.c, and what the sound makes of
 * its value.  The configuration, the front panel, the mixers, the state file and
 * the messages read its row.  Those from the first to SETTING_AMP are on the front
 * panel, in the order in which mixers list them.
 */
enum setting {
	SETTING_CROSSFEED,		/* 0 or 1 */
	SETTING_LEVEL_DB,		/* or SETTINGS_PRESET_VALUE */
	SETTING_PRESET,			/* enum preset */
	SETTING_GAIN_DB,
	SETTING_BRIGHTNESS,		/* enum crossfeed_brightness */
	SETTING_VOLUME_DB,
	SETTING_AMP,			/* 0: mute */
	SETTING_LOWPASS_HZ,		/* or SETTINGS_PRESET_VALUE */
	SETTING_ALLPASS_HZ,		/* 0: none; or SETTINGS_PRESET_VALUE */
	SETTING_HEADROOM_DB,		/* of attenuation; or SETTINGS_HEADROOM_... */
	SETTING_BYPASS,			/* SETTINGS_BYPASS_... */
	SETTING_DITHER,			/* 0 or 1 */
	SETTING_RATE_HZ,		/* of the slave; or SETTINGS_RATE_... */
	SETTING_RESAMPLER,		/* enum resampler_quality */
	SETTINGS
};

/* Level, lowpass and allpass that are not given: the preset's own. */
#define SETTINGS_PRESET_VALUE (-1000.0)

/* Headroom that is found for the filter; see sound.h. */
#define SETTINGS_HEADROOM_SAFE (-1.0)	/* no input within full scale can clip */
#define SETTINGS_HEADROOM_SINE (-2.0)	/* no sine can clip */

/* What crossfeed off means. */
enum {
	SETTINGS_BYPASS_MATCHED,	/* as loud as on */
	SETTINGS_BYPASS_DIRECT,		/* untouched: no headroom for a filter that is off */
};

/* Rates that are found for the stream. */
#define SETTINGS_RATE_STREAM 0.0	/* the stream's, and only what the slave has */
#define SETTINGS_RATE_AUTO (-1.0)	/* the stream's, converted where the slave has it not */

/* Longest word or number, with its closing zero. */
enum { SETTINGS_WORD_SIZE = 24 };

struct settings {
	double value[SETTINGS];
};

enum setting_kind {
	SETTING_IS_SWITCH,		/* off or on */
	SETTING_IS_CHOICE,		/* one of its words, counted from 0 */
	SETTING_IS_NUMBER,		/* within its range, or one of its words */
};

/* What is known of a setting. */
struct setting_info {
	const char *key;		/* its name in the configuration and in state files */
	const char *element;		/* in mixers, behind the prefix; NULL: in none */
	enum setting_kind kind;
	double min, max, step;		/* of numbers; step 0: mixers have its words only */
	const char *unit;		/* of numbers */
	double initial;			/* where its key is not given */
	bool filter;			/* a change of it is another filter */
};

const struct setting_info *setting_info(enum setting setting);

/* The setting of a key, or SETTINGS. */
enum setting setting_find(const char *key);

/* How many words it has. */
unsigned int setting_words(enum setting setting);

/* The n-th of them, from 0, and the value it stands for, where value is not NULL. */
const char *setting_word(enum setting setting, unsigned int n, double *value);

/* Read a word, or a number within the range: digits and a point, in every locale. */
bool setting_read(enum setting setting, const char *text, double *value);

/* Write the word for a value, or the number, in tenths. */
void setting_write(char word[SETTINGS_WORD_SIZE], enum setting setting, double value);

/* What applies where no key is given. */
struct settings settings_initial(void);

/* The crossfeed they ask for: the preset's, with what is set of its own. */
struct crossfeed_params settings_crossfeed(const struct settings *settings);

#endif
