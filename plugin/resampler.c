/* alsa-crossfeed - sample rate conversion of interleaved float, block by block */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "resampler.h"

#include <errno.h>
#include <limits.h>
#include <samplerate.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Longest block, far above any period: keeps every product below in range. */
#define BLOCK_FRAMES_MAX ((size_t)INT_MAX / RESAMPLER_CHANNELS_MAX / sizeof(float))

static const struct quality {
	const char *name;
	int src_type;
} qualities[RESAMPLER_QUALITIES] = {
	[RESAMPLER_FASTEST] = { "fastest", SRC_SINC_FASTEST },
	[RESAMPLER_MEDIUM] = { "medium", SRC_SINC_MEDIUM_QUALITY },
	[RESAMPLER_BEST] = { "best", SRC_SINC_BEST_QUALITY },
};

int resampler_quality_parse(const char *name)
{
	for (int i = 0; i < RESAMPLER_QUALITIES; i++)
		if (strcmp(name, qualities[i].name) == 0)
			return i;
	return -EINVAL;
}

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

/*
 * Zeros in front of the stream, one frame more than the arithmetic needs. That
 * one keeps a block complete whichever way libsamplerate's position rounds.
 * What is left over after a block is at most the frames that one output frame
 * steps over, fewer than latency_frames, so this much is always enough.
 */
static int pending_alloc(struct resampler *r)
{
	r->pending_frames_max = r->in_frames + r->latency_frames;
	r->pending = calloc(r->pending_frames_max * r->channels, sizeof(*r->pending));
	return r->pending ? 0 : -ENOMEM;
}

static int start(struct resampler *r, int src_type)
{
	long lookahead;
	int src_error;
	int err;

	/* Its error numbers are not public; with good arguments only memory is left. */
	r->src = src_new(src_type, (int)r->channels, &src_error);
	if (!r->src)
		return -ENOMEM;

	lookahead = lookahead_frames(r);
	if (lookahead < 0)
		return (int)lookahead;

	r->latency_frames = (size_t)lookahead;
	err = r->in_frames ? pending_alloc(r) : 0;
	if (err < 0)
		return err;

	resampler_reset(r);
	return 0;
}

/* By products, which are exact: a quotient is not, and x87 registers hold more of it. */
static bool is_possible(double in, double out)
{
	return out <= in * RESAMPLER_RATIO_MAX && in <= out * RESAMPLER_RATIO_MAX;
}

int resampler_init(struct resampler *r, enum resampler_quality quality,
		   unsigned int channels, size_t in_frames, size_t out_frames)
{
	int err;

	memset(r, 0, sizeof(*r));
	if ((unsigned int)quality >= RESAMPLER_QUALITIES)
		return -EINVAL;
	if (channels < 1 || channels > RESAMPLER_CHANNELS_MAX)
		return -EINVAL;
	if (in_frames < 1 || in_frames > BLOCK_FRAMES_MAX)
		return -EINVAL;
	if (out_frames < 1 || out_frames > BLOCK_FRAMES_MAX)
		return -EINVAL;
	if (!is_possible((double)in_frames, (double)out_frames))
		return -EINVAL;

	r->channels = channels;
	r->in_frames = in_frames;
	r->out_frames = out_frames;
	r->ratio = (double)out_frames / (double)in_frames;

	err = start(r, qualities[quality].src_type);
	if (err < 0)
		resampler_free(r);
	return err;
}

int resampler_init_free(struct resampler *r, enum resampler_quality quality,
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

size_t resampler_stream(struct resampler *r, float *out, size_t out_max, const float *in,
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

void resampler_free(struct resampler *r)
{
	if (r->src)
		src_delete(r->src);
	free(r->pending);
	r->src = NULL;
	r->pending = NULL;
}

void resampler_reset(struct resampler *r)
{
	src_reset(r->src);
	if (!r->pending)
		return;
	r->pending_frames = r->latency_frames;
	memset(r->pending, 0, r->latency_frames * r->channels * sizeof(*r->pending));
}

static void pending_append(struct resampler *r, const float *in)
{
	memcpy(r->pending + r->pending_frames * r->channels, in,
	       r->in_frames * r->channels * sizeof(*in));
	r->pending_frames += r->in_frames;
}

static void pending_drop(struct resampler *r, size_t frames)
{
	r->pending_frames -= frames;
	memmove(r->pending, r->pending + frames * r->channels,
		r->pending_frames * r->channels * sizeof(*r->pending));
}

/* Convert what is pending. Returns the frames given, or -EIO. */
static long convert(struct resampler *r, float *out)
{
	SRC_DATA data = {
		.data_in = r->pending,
		.data_out = out,
		.input_frames = (long)r->pending_frames,
		.output_frames = (long)r->out_frames,
		.src_ratio = r->ratio,
	};

	if (src_process(r->src, &data) != 0)
		return -EIO;

	pending_drop(r, (size_t)data.input_frames_used);
	return data.output_frames_gen;
}

void resampler_process(struct resampler *r, float *out, const float *in)
{
	long given = -EIO;

	/* It always fits (see pending_alloc); if it did not, that would be an error too. */
	if (r->pending_frames + r->in_frames <= r->pending_frames_max) {
		pending_append(r, in);
		given = convert(r, out);
	}
	if (given == (long)r->out_frames)
		return;

	/* Half a block would leave every later one late, so begin anew after it. */
	memset(out, 0, r->out_frames * r->channels * sizeof(*out));
	r->errors++;
	resampler_reset(r);
}
