/* alsa-crossfeed - test helper: a player, the rate layer, a file as the card */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#ifndef CHAIN_H
#define CHAIN_H

#include <alsa/asoundlib.h>
#include <check.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config_text.h"
#include "sample_bytes.h"

#define CHAIN_CHANNELS 2

/* What a test wants; the fields that it leaves out get what is in brackets. */
struct chain_setup {
	const char *converter;		/* as in an asound.conf */
	unsigned int in_rate;
	unsigned int out_rate;
	snd_pcm_uframes_t in_period;	/* [20 ms, which is a whole number on both sides] */
	snd_pcm_format_t in_format;	/* [S32] */
	snd_pcm_format_t out_format;	/* [S32] */
	snd_pcm_access_t access;	/* [RW_INTERLEAVED] */
};

struct chain {
	snd_pcm_t *pcm;
	snd_pcm_format_t in_format;
	snd_pcm_format_t out_format;
	snd_pcm_uframes_t in_period;
	FILE *card;		/* what the card played */
	char path[16];		/* its name, until the chain is closed */
};

/* alsa-lib finds converters by name alone; say where before the first ALSA call. */
static inline void chain_prepare(void)
{
	setenv("ALSA_PLUGIN_DIR", MODULE_DIR, 1);
}

static inline int chain_open_pcm(snd_pcm_t **pcm, const struct chain_setup *setup,
				 snd_pcm_format_t out_format, const char *path)
{
	char text[1000];

	snprintf(text, sizeof(text),
		 "pcm.test { type rate converter %s slave { rate %u format %s pcm {"
		 " type file file \"%s\" format raw slave.pcm { type null } } } }",
		 setup->converter, setup->out_rate, snd_pcm_format_name(out_format), path);
	return config_open_test(pcm, text);
}

static inline void chain_hw_params(struct chain *chain, const struct chain_setup *setup)
{
	const snd_pcm_access_t access =
		setup->access ? setup->access : SND_PCM_ACCESS_RW_INTERLEAVED;
	snd_pcm_hw_params_t *params;

	snd_pcm_hw_params_alloca(&params);
	chain->in_period = setup->in_period ? setup->in_period : setup->in_rate / 50;
	ck_assert_int_ge(snd_pcm_hw_params_any(chain->pcm, params), 0);
	ck_assert_int_eq(snd_pcm_hw_params_set_access(chain->pcm, params, access), 0);
	ck_assert_int_eq(snd_pcm_hw_params_set_format(chain->pcm, params, chain->in_format), 0);
	ck_assert_int_eq(snd_pcm_hw_params_set_channels(chain->pcm, params, CHAIN_CHANNELS), 0);
	ck_assert_int_eq(snd_pcm_hw_params_set_rate(chain->pcm, params, setup->in_rate, 0), 0);
	ck_assert_int_eq(snd_pcm_hw_params_set_period_size(chain->pcm, params, chain->in_period, 0),
			 0);
	ck_assert_int_eq(snd_pcm_hw_params_set_buffer_size(chain->pcm, params,
							   chain->in_period * 4),
			 0);
	ck_assert_int_eq(snd_pcm_hw_params(chain->pcm, params), 0);
}

/* A new file of its own for what the card plays. */
static inline void chain_card(struct chain *chain)
{
	int file;

	strcpy(chain->path, "chain-XXXXXX");
	file = mkstemp(chain->path);
	ck_assert_int_ge(file, 0);
	chain->card = fdopen(file, "rb");
	ck_assert_ptr_nonnull(chain->card);
}

/* Open without setting any parameter. Returns what ALSA says. */
static inline int chain_open(struct chain *chain, const struct chain_setup *setup)
{
	int err;

	memset(chain, 0, sizeof(*chain));
	chain->in_format = setup->in_format ? setup->in_format : SND_PCM_FORMAT_S32;
	chain->out_format = setup->out_format ? setup->out_format : SND_PCM_FORMAT_S32;
	chain_card(chain);
	err = chain_open_pcm(&chain->pcm, setup, chain->out_format, chain->path);
	if (err < 0)
		unlink(chain->path);
	return err;
}

static inline void chain_start(struct chain *chain, const struct chain_setup *setup)
{
	ck_assert_int_eq(chain_open(chain, setup), 0);
	chain_hw_params(chain, setup);
}

static inline void chain_close(struct chain *chain)
{
	ck_assert_int_eq(snd_pcm_close(chain->pcm), 0);
	unlink(chain->path);
}

/* What is played on the right when `left` is on the left: told apart by level and sign. */
static inline double chain_right(double left)
{
	return -0.5 * left;
}

/* Play `left`, and what belongs to it on the right. */
static inline void chain_play(struct chain *chain, const double *left, size_t frames)
{
	const size_t bytes = sample_bytes(chain->in_format);
	unsigned char *data = calloc(frames * CHAIN_CHANNELS, bytes);
	snd_pcm_sframes_t written;

	ck_assert_ptr_nonnull(data);
	for (size_t n = 0; n < frames; n++) {
		unsigned char *frame = data + n * CHAIN_CHANNELS * bytes;

		sample_put(frame, chain->in_format, left[n]);
		sample_put(frame + bytes, chain->in_format, chain_right(left[n]));
	}
	written = snd_pcm_writei(chain->pcm, data, frames);
	ck_assert_int_eq(written, (snd_pcm_sframes_t)frames);
	free(data);
}

static inline void chain_play_noninterleaved(struct chain *chain, const double *left,
					     size_t frames)
{
	const size_t bytes = sample_bytes(chain->in_format);
	unsigned char *data[CHAIN_CHANNELS] = { calloc(frames, bytes), calloc(frames, bytes) };

	ck_assert_ptr_nonnull(data[0]);
	ck_assert_ptr_nonnull(data[1]);
	for (size_t n = 0; n < frames; n++) {
		sample_put(data[0] + n * bytes, chain->in_format, left[n]);
		sample_put(data[1] + n * bytes, chain->in_format, chain_right(left[n]));
	}
	ck_assert_int_eq(snd_pcm_writen(chain->pcm, (void **)data, frames),
			 (snd_pcm_sframes_t)frames);
	free(data[0]);
	free(data[1]);
}

/* What arrived at the card, one channel, as newly allocated doubles. */
static inline double *chain_heard(const struct chain *chain, unsigned int channel, size_t *frames)
{
	const size_t bytes = sample_bytes(chain->out_format);
	unsigned char frame[CHAIN_CHANNELS * sizeof(uint32_t)];
	double *samples;
	long size;

	fseek(chain->card, 0, SEEK_END);
	size = ftell(chain->card);
	rewind(chain->card);
	samples = calloc((size_t)size / bytes / CHAIN_CHANNELS + 1, sizeof(*samples));
	ck_assert_ptr_nonnull(samples);
	for (*frames = 0; fread(frame, bytes * CHAIN_CHANNELS, 1, chain->card) == 1; ++*frames)
		samples[*frames] = sample_get(frame + channel * bytes, chain->out_format);
	return samples;
}

#endif
