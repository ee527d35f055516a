/* alsa-crossfeed - reads the settings from a definition in ALSA's configuration */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#ifndef DEFINITION_H
#define DEFINITION_H

#include <alsa/asoundlib.h>

#include "settings.h"

/* Longest strings, with their closing zeros; what is longer is refused. */
enum { DEFINITION_NAME_SIZE = 21, DEFINITION_FILE_SIZE = 500 };

/* What `type crossfeed` was told: of a PCM, or of a mixer. */
struct definition {
	struct settings settings;
	snd_config_t *slave;		/* of a PCM: a node of the configuration read */
	bool control;			/* false: no live controls */
	char card[DEFINITION_NAME_SIZE];	/* theirs: number or id; empty: the slave's */
	char name[DEFINITION_NAME_SIZE];	/* what their names begin with */
	char file[DEFINITION_FILE_SIZE];	/* theirs; empty: by the name */
};

/* Longest message, with its closing zero; what does not fit is cut. */
enum { DEFINITION_MESSAGE_SIZE = 512 };

/*
 * Read the keys of a PCM's definition.  Returns 0, or -EINVAL with one line in
 * message that names the key, its value and what is allowed.
 */
int definition_read_pcm(struct definition *definition, const snd_config_t *conf,
			char message[DEFINITION_MESSAGE_SIZE]);

/*
 * Read the keys of a mixer's, name and file; all else is as where no key is given.
 * Returns and reports likewise.
 */
int definition_read_ctl(struct definition *definition, const snd_config_t *conf,
			char message[DEFINITION_MESSAGE_SIZE]);

#endif
