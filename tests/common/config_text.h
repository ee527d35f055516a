/* alsa-crossfeed - an ALSA configuration from a text, and PCMs of it, for the tests */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#ifndef CONFIG_TEXT_H
#define CONFIG_TEXT_H

#include <alsa/asoundlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The tree of a text; released by snd_config_delete.  Aborts the program on a text that is none. */
static inline snd_config_t *config_from_text(const char *text)
{
	snd_config_t *top;
	snd_input_t *input;

	if (snd_config_top(&top) < 0 ||
	    snd_input_buffer_open(&input, text, (ssize_t)strlen(text)) < 0 ||
	    snd_config_load(top, input) < 0) {
		fprintf(stderr, "no configuration: %s\n", text);
		abort();
	}
	snd_input_close(input);
	return top;
}

/* Open for playback what a text defines as pcm.test; returns what alsa-lib returned. */
static inline int config_open_test(snd_pcm_t **pcm, const char *text)
{
	snd_config_t *config = config_from_text(text);
	int err = snd_pcm_open_lconf(pcm, "test", SND_PCM_STREAM_PLAYBACK, 0, config);

	snd_config_delete(config);
	return err;
}

#endif
