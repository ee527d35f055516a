/* alsa-crossfeed - plays through the built module and reads back what came out */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#ifndef PLAYBACK_H
#define PLAYBACK_H

#include <alsa/asoundlib.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * MODULE_DIR is where the build put the modules and the stand-in DAC.  The
 * mixer of any card hw:X is our own mixer plugin on the file that CARD_STATE
 * names: a card of which nobody can add elements, but that may have them.
 */
#define PLAYBACK_TYPES \
	"<" CONF ">\n" \
	"pcm_type.crossfeed { lib \"" MODULE_DIR "/libasound_module_pcm_crossfeed.so\" }\n" \
	"pcm.null { type null }\n" \
	"ctl.hw { @args [ CARD ] @args.CARD { type string } type crossfeed " \
	"file { @func getenv vars [ CARD_STATE ] default \"/dev/null\" } }\n" \
	"ctl_type.crossfeed { lib \"" MODULE_DIR "/libasound_module_ctl_crossfeed.so\" }\n" \
	"pcm_type.dac { lib \"" MODULE_DIR "/libasound_module_pcm_dac.so\" }\n"

/* A stream, the file its slave writes, and how it is to be written to. */
struct playback {
	snd_pcm_t *pcm;
	snd_config_t *config;
	char path[64];
	char state[256];	/* XDG_STATE_HOME of this stream */
	snd_pcm_access_t access;
	snd_pcm_format_t format;
	unsigned int channels;	/* set before playback_configure(); 0 is 2 */
};

/*
 * Open a PCM by its definition, in which %s stands for the path of a new file.
 * What it remembers goes into a folder of its own.  More definitions may follow
 * behind a closing brace: "type x ... } pcm.other { ...".  The installed devices
 * are there, too.
 * Returns 0 or what alsa-lib returned; then there is nothing to close.
 */
int playback_open(struct playback *p, const char *definition);

/* hw_params with a period and buffer that suit; 0 or -errno. */
int playback_configure(struct playback *p, snd_pcm_access_t access, snd_pcm_format_t format,
		       unsigned int rate_hz);

/* Open and configure, or fail the test. */
void playback_start(struct playback *p, const char *definition, snd_pcm_access_t access,
		    snd_pcm_format_t format, unsigned int rate_hz);

/*
 * Write interleaved frames, by the access configured, in blocks of at most
 * chunk frames; fails the test on any error.
 */
void playback_write(struct playback *p, const void *frames, size_t count, size_t chunk);

/* Drain and close; returns the file's bytes, to be freed, and their number. */
void *playback_finish(struct playback *p, size_t *bytes);

/* Close and forget the file. */
void playback_close(struct playback *p);

/* All of that at once: what comes out for frames that go in. */
void *playback_through(const char *definition, snd_pcm_format_t format, unsigned int rate_hz,
		       const void *frames, size_t count, size_t *bytes);

#endif
