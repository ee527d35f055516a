/* alsa-crossfeed - sample rate conversion of a stream of interleaved float, by libsamplerate */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "resampler.h"

#include <errno.h>
#include <samplerate.h>
#include <stdbool.h>
#include <string.h>

static const struct quality {
	const char *name;
	int src_type;
} qualities[RESAMPLER_QUALITIES] = {
	[RESAMPLER_FASTEST] = { "fastest", SRC_SINC_FASTEST },
	[RESAMPLER_MEDIUM] = { "medium", SRC_SINC_MEDIUM_QUALITY },
	[RESAMPLER_BEST] = { "best", SRC_SINC_BEST_QUALITY },
};

const char *resampler_quality_name(enum resampler_quality quality)
{
	if ((unsigned int)quality >= RESAMPLER_QUALITIES)
		return NULL;
	return qualities[quality].name;
}

/*
 * How many frames libsamplerate has to be given before the first one comes out.
 * That is its filter's reach, which depends on the converter and, downwards, on
 * the ratio. It is asked for here, because the library has no call that tells.
 * Returns the count, or -EIO.
 */
static long lookahead_frames(struct resampler *r)
{
	/* The longest filter reaches over less than 256 frames at ratio 1. */
	const long frames_max = 256L * RESAMPLER_RATIO_MAX;
	const float silence[RESAMPLER_CHANNELS_MAX] = { 0 };
	float out[RESAMPLER_CHANNELS_MAX];
	SRC_DATA data = {
		.data_in = silence,
		.data_out = out,
		.input_frames = 1,
		.output_frames = 1,
		.src_ratio = r->ratio,
	};

	for (long frames = 1; frames <= frames_max; frames++) {
		if (src_process(r->src, &data) != 0)
			return -EIO;
		if (data.output_frames_gen > 0)
			return frames;
	}
	return -EIO;
}

static int start(struct resampler *r, int src_type)
{
	long lookahead;
	int src_error;

	/* Its error numbers are not public; with good arguments only memory is left. */
	r->src = src_new(src_type, (int)r->channels, &src_error);
	if (!r->src)
		return -ENOMEM;
	lookahead = lookahead_frames(r);
	if (lookahead < 0)
		return (int)lookahead;
	r->latency_frames = (size_t)lookahead;
	resampler_reset(r);
	return 0;
}

/* By products, which are exact: a quotient is not, and x87 registers hold more of it. */
static bool is_possible(double in_hz, double out_hz)
{
	return out_hz <= in_hz * RESAMPLER_RATIO_MAX && in_hz <= out_hz * RESAMPLER_RATIO_MAX;
}

int resampler_init(struct resampler *r, enum resampler_quality quality,
		   unsigned int channels, unsigned int in_hz, unsigned int out_hz)
{
	int err;

	memset(r, 0, sizeof(*r));
	if ((unsigned int)quality >= RESAMPLER_QUALITIES)
		return -EINVAL;
	if (channels < 1 || channels > RESAMPLER_CHANNELS_MAX || in_hz < 1 || out_hz < 1)
		return -EINVAL;
	if (!is_possible(in_hz, out_hz))
		return -EINVAL;
	r->channels = channels;
	r->ratio = (double)out_hz / in_hz;
	err = start(r, qualities[quality].src_type);
	if (err < 0)
		resampler_free(r);
	return err;
}

size_t resampler_process(struct resampler *r, float *out, size_t out_max, const float *in,
			 size_t *frames)
{
	SRC_DATA data = {
		.data_in = in,
		.data_out = out,
		.input_frames = (long)*frames,
		.output_frames = (long)out_max,
		.src_ratio = r->ratio,
	};

	if (src_process(r->src, &data) != 0) {
		r->errors++;
		resampler_reset(r);
		return 0;
	}
	*frames = (size_t)data.input_frames_used;
	return (size_t)data.output_frames_gen;
}

void resampler_reset(struct resampler *r)
{
	src_reset(r->src);
}

void resampler_free(struct resampler *r)
{
	if (r->src)
		src_delete(r->src);
	r->src = NULL;
}
