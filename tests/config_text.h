/* alsa-crossfeed - an ALSA configuration from a text, for the tests */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#ifndef CONFIG_TEXT_H
#define CONFIG_TEXT_H

#include <alsa/asoundlib.h>
#include <check.h>
#include <string.h>

/* The tree of a text; released by snd_config_delete.  Fails the test on a text that is none. */
static inline snd_config_t *config_from_text(const char *text)
{
	snd_config_t *top;
	snd_input_t *input;

	ck_assert_int_eq(snd_config_top(&top), 0);
	ck_assert_int_eq(snd_input_buffer_open(&input, text, (ssize_t)strlen(text)), 0);
	ck_assert_int_eq(snd_config_load(top, input), 0);
	snd_input_close(input);
	return top;
}

#endif
