/* alsa-crossfeed - sample rate conversion of a stream of interleaved float, by libsamplerate */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#ifndef RESAMPLER_H
#define RESAMPLER_H

#include <stddef.h>

/*
 * The few calls we need of libsamplerate, for one stream from one thread at a
 * time.  What is not real-time safe may block.
 *
 * The first frame that comes out is the first that went in.  It comes out once
 * the filter has seen what it reaches over: 21, 48 or 145 frames by quality, and
 * downwards in_hz / out_hz times as many.
 *
 * A frame is one sample of each channel.  1 is full scale, and nothing is
 * clipped: a peak between two samples of the input comes out above it.
 */

/*
 * The band that is kept is given as a part of the lower of the two rates'
 * halves, the noise is libsamplerate's documented worst case.  Measured with
 * sines it is lower; tests/dac/test_rate_stage.c has the figures.
 */
enum resampler_quality {
	RESAMPLER_FASTEST,	/* 80 % of the band,  97 dB */
	RESAMPLER_MEDIUM,	/* 90 % of the band, 121 dB */
	RESAMPLER_BEST,		/* 97 % of the band, 145 dB */
	RESAMPLER_QUALITIES	/* how many there are */
};

struct resampler {
	struct SRC_STATE_tag *src;	/* libsamplerate's SRC_STATE */
	double ratio;			/* frames out for a frame in */
};

/* libsamplerate's name of a quality. */
const char *resampler_name(enum resampler_quality quality);

/*
 * Set up for 1 .. 128 channels.  The one rate is at most 192 times the other:
 * at libsamplerate's documented 256 its filter gets stuck.  What the struct held
 * is not freed.  0 or -ENOMEM, and then there is nothing to free.
 */
int resampler_init(struct resampler *r, enum resampler_quality quality,
		   unsigned int channels, unsigned int in_hz, unsigned int out_hz);

/*
 * Convert what there is: *frames at `in` (set to what was taken) to at most
 * out_max frames at `out`.  With out_max less than *frames * ratio + 1, some that
 * were taken may come out in the next call.  Returns the frames given, or -EIO if
 * libsamplerate refuses.  Real-time safe.
 */
long resampler_process(struct resampler *r, float *out, size_t out_max, const float *in,
		       size_t *frames);

/* Begin a new stream: what was heard before is forgotten.  Real-time safe. */
void resampler_reset(struct resampler *r);

/* A zeroed or already freed struct is fine. */
void resampler_free(struct resampler *r);

#endif
