/* alsa-crossfeed - the asoundrc keys: one table, one struct, one message */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#ifndef SETTINGS_H
#define SETTINGS_H

#include <alsa/asoundlib.h>
#include <stdbool.h>
#include <stddef.h>

#include "presets.h"
#include "resampler.h"
#include "sound.h"

/* A value that was not given. */
#define SETTINGS_PRESET_VALUE (-1000.0)

/* Values of rate_hz that are none. */
#define SETTINGS_RATE_STREAM 0.0	/* the stream's, and only what the slave has */
#define SETTINGS_RATE_AUTO (-1.0)	/* the stream's, converted where the slave has it not */

/* Longest strings, with their closing zeros; what is longer is refused. */
enum { SETTINGS_NAME_SIZE = 21, SETTINGS_FILE_SIZE = 500 };

/* What the keys of the same names say; enumerations are int, as the table fills them. */
struct settings {
	bool crossfeed;
	int preset;			/* enum preset */
	double level_db;		/* these three override the preset's value, */
	double lowpass_hz;		/* or are SETTINGS_PRESET_VALUE */
	double allpass_hz;
	double gain_db;
	double volume_db;		/* -INFINITY is mute */
	int brightness;			/* enum crossfeed_brightness */
	double headroom_db;		/* or SOUND_HEADROOM_SAFE, SOUND_HEADROOM_SINE */
	int bypass;			/* enum sound_bypass */
	bool dither;
	double rate_hz;			/* to run the slave at, or SETTINGS_RATE_... */
	int resampler;			/* enum resampler_quality */
	bool control;			/* false: control none */
	char control_card[SETTINGS_NAME_SIZE];	/* number or id; empty: the slave's */
	char control_name[SETTINGS_NAME_SIZE];	/* what the elements' names begin with */
	char control_file[SETTINGS_FILE_SIZE];	/* empty: by the name */
};

/* Longest message settings_load() writes, with its closing zero. */
enum { SETTINGS_MESSAGE_SIZE = 512 };

/* What applies where a key is not given. */
struct settings settings_default(void);

/*
 * Read the keys of a `type crossfeed` definition.  *slave is set to the node
 * of key slave, which stays conf's.  Returns 0, or -EINVAL with one line in
 * message that names the key, its value and what is allowed.  Not real-time.
 */
int settings_load(struct settings *settings, snd_config_t **slave, const snd_config_t *conf,
		  char message[SETTINGS_MESSAGE_SIZE]);

/*
 * Read the keys of a `type crossfeed` mixer, name and file, into control_name
 * and control_file.  Returns and reports like settings_load().
 */
int settings_load_ctl(struct settings *settings, const snd_config_t *conf,
		      char message[SETTINGS_MESSAGE_SIZE]);

/* The word that the key of this name has for a value; NULL if it has none. */
const char *settings_word(const char *name, double value);

/* What they ask of the sound, with the preset's values filled in. */
struct sound_params settings_sound(const struct settings *settings);

#endif
