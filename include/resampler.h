/* alsa-crossfeed - sample rate conversion of a stream of interleaved float, by libsamplerate */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#ifndef RESAMPLER_H
#define RESAMPLER_H

#include <stddef.h>

/*
 * The few calls we need of libsamplerate.  The first frame that comes out is the
 * first that went in; it comes once the filter has seen latency_frames.
 *
 * A frame is one sample of each channel; samples are frames x channels.
 * +-1.0 is full scale, but nothing is clipped here: a peak between two samples
 * of the input comes out above it.
 */

/* Most channels in one stream; libsamplerate's own limit. */
enum { RESAMPLER_CHANNELS_MAX = 128 };

/*
 * One rate divided by the other is at most this: 4 kHz to 768 kHz and back.
 * libsamplerate documents 256, but at 1 / 256 its filter gets stuck.
 */
enum { RESAMPLER_RATIO_MAX = 192 };

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

/* One converter for one stream.  Read the fields, write none of them. */
struct resampler {
	unsigned int channels;
	size_t latency_frames;	/* of input that go in before the first frame comes out */
	unsigned long errors;	/* times that libsamplerate failed, since init */

	struct SRC_STATE_tag *src;	/* libsamplerate's SRC_STATE */
	double ratio;		/* frames out for a frame in: of the rates, to the last bit */
};

/* The name of a quality, "best" and so on; NULL when there is no such quality.  Any thread. */
const char *resampler_quality_name(enum resampler_quality quality);

/*
 * Set up for 1 .. RESAMPLER_CHANNELS_MAX channels, from in_hz to out_hz.
 * The struct needs no preparation; what it held before is not freed.
 * Returns 0, -EINVAL for a bad argument, -ENOMEM, or -EIO when libsamplerate
 * does not start.  On error there is nothing to free.  Not real-time.
 */
int resampler_init(struct resampler *r, enum resampler_quality quality,
		   unsigned int channels, unsigned int in_hz, unsigned int out_hz);

/*
 * Convert what there is: *frames at `in` (set to what was taken) to at most
 * out_max frames at `out`.  Returns the frames given.  When libsamplerate fails,
 * all is taken, nothing given, errors counts it, and a new stream begins.
 * Real-time: no heap, no locks.  From the stream's own thread only.
 */
size_t resampler_process(struct resampler *r, float *out, size_t out_max, const float *in,
			 size_t *frames);

/* Begin a new stream: what was heard before is forgotten.  Keeps the count of errors.  Real-time. */
void resampler_reset(struct resampler *r);

/* Give the memory back.  A zeroed or already freed struct is fine.  Not real-time. */
void resampler_free(struct resampler *r);

#endif
