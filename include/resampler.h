/* alsa-crossfeed - sample rate conversion of interleaved float, block by block */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#ifndef RESAMPLER_H
#define RESAMPLER_H

#include <stddef.h>

/*
 * The few calls we need of libsamplerate, in two forms: blocks, as a player's
 * period needs them, where every call takes exactly in_frames and gives exactly
 * out_frames; and a free stream, where a call takes what there is.
 *
 * libsamplerate gives fewer frames than asked for at first, because its filter
 * has to see some input ahead of the frame it computes. For blocks that input is
 * made up of zeros, put in front of the stream by init and reset. So each block
 * is complete from the first one on, nothing in it is ever left unwritten, and
 * the price is a constant delay, latency_frames.
 *
 * A frame is one sample of each channel; samples are frames x channels.
 * +-1.0 is full scale, but nothing is clipped here: a peak between two samples
 * of the input comes out above it.
 */

/* Most channels in one stream; libsamplerate's own limit. */
enum { RESAMPLER_CHANNELS_MAX = 128 };

/*
 * out_frames / in_frames is between 1 / this and this: 4 kHz to 768 kHz and
 * back. libsamplerate documents 256, but at 1 / 256 its filter gets stuck.
 */
enum { RESAMPLER_RATIO_MAX = 192 };

/*
 * The band that is kept is given as a part of the lower of the two rates'
 * halves, the noise is libsamplerate's documented worst case. Measured with
 * sines it is lower; tests/test_rate.c has the figures.
 */
enum resampler_quality {
	RESAMPLER_FASTEST,	/* 80 % of the band,  97 dB */
	RESAMPLER_MEDIUM,	/* 90 % of the band, 121 dB */
	RESAMPLER_BEST,		/* 97 % of the band, 145 dB */
	RESAMPLER_QUALITIES	/* how many there are */
};

/* One converter for one stream. Read the fields, write none of them. */
struct resampler {
	unsigned int channels;
	size_t in_frames;	/* what each process call takes; 0 in a free stream */
	size_t out_frames;	/* what each process call gives */
	size_t latency_frames;	/* constant delay, in frames of the input; or in a free
				 * stream what goes in before the first frame comes out */
	unsigned long errors;	/* blocks that became silence, in part or whole, since init */

	struct SRC_STATE_tag *src;	/* libsamplerate's SRC_STATE */
	double ratio;		/* frames out for a frame in */
	float *pending;		/* input that libsamplerate did not take yet */
	size_t pending_frames;
	size_t pending_frames_max;
};

/*
 * The quality of this name, "fastest", "medium" or "best", or -EINVAL.
 * Any thread.
 */
int resampler_quality_parse(const char *name);

/* The name of a quality, NULL when there is no such quality. Any thread. */
const char *resampler_quality_name(enum resampler_quality quality);

/*
 * Set up for 1..RESAMPLER_CHANNELS_MAX channels and blocks of in_frames that
 * become out_frames (1 or more each). The conversion ratio is out_frames /
 * in_frames, not the ratio of two rates: a block has to be used up by the call
 * that brings it, so a ratio that differed from it in the tenth digit would
 * drop or miss a frame some day. Whoever chooses the blocks chooses the pitch.
 *
 * The struct needs no preparation; what it held before is not freed.
 * Returns 0, -EINVAL for a bad argument, -ENOMEM, or -EIO when libsamplerate
 * does not start. On error there is nothing to free. Not real-time.
 */
int resampler_init(struct resampler *r, enum resampler_quality quality,
		   unsigned int channels, size_t in_frames, size_t out_frames);

/*
 * Set up a free stream from in_hz to out_hz: the first frame that comes out is
 * the first that went in, and the ratio is that of the rates, to the last bit
 * of a double.  Returns as resampler_init().
 */
int resampler_init_free(struct resampler *r, enum resampler_quality quality,
			unsigned int channels, unsigned int in_hz, unsigned int out_hz);

/*
 * Convert of a free stream what there is: *frames at `in` (set to what was
 * taken) to at most out_max frames at `out`.  Returns the frames given.  When
 * libsamplerate fails, all is taken, nothing given, errors counts it, and a new
 * stream begins.  Real-time.
 */
size_t resampler_stream(struct resampler *r, float *out, size_t out_max, const float *in,
			size_t *frames);

/*
 * Give the memory back. A zeroed or already freed struct is fine.
 * Not real-time.
 */
void resampler_free(struct resampler *r);

/*
 * Begin a new stream: what was heard before is forgotten, and what comes next
 * comes out latency_frames later. Keeps the count of errors. Real-time, but not
 * at the same time as process.
 */
void resampler_reset(struct resampler *r);

/*
 * Convert one block: in_frames frames at `in` to out_frames frames at `out`,
 * both interleaved, not overlapping. All of `out` is written in every case.
 * When libsamplerate fails the block is silence, errors counts it, and the
 * next block begins a new stream.
 * Real-time: no heap, no locks. From the stream's own thread only.
 */
void resampler_process(struct resampler *r, float *out, const float *in);

#endif
