/* alsa-crossfeed - reads the settings from a definition in ALSA's configuration */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#ifndef DEFINITION_H
#define DEFINITION_H

#include <alsa/asoundlib.h>

#include "settings.h"

/* Longest message, with its closing zero; what does not fit is cut. */
enum { DEFINITION_MESSAGE_SIZE = 512 };

/*
 * Read the keys of a PCM's definition, `type crossfeed`.  *slave is set to the
 * node of key slave, which stays conf's.  Returns 0, or -EINVAL with one line in
 * message that names the key, its value and what is allowed.
 */
int definition_read_pcm(struct settings *settings, snd_config_t **slave, const snd_config_t *conf,
			char message[DEFINITION_MESSAGE_SIZE]);

/*
 * Read the keys of a mixer's, name and file, into control_name and control_file;
 * all else is as where no key is given.  Returns and reports likewise.
 */
int definition_read_ctl(struct settings *settings, const snd_config_t *conf,
			char message[DEFINITION_MESSAGE_SIZE]);

#endif
