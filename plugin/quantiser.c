/* alsa-crossfeed - rounds samples to the DAC's width, with dither, and never wraps */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "quantiser.h"

#include <limits.h>
#include <math.h>
#include <string.h>

/* Frames rounded at a time on the assumption that none of them clips. */
enum { BLOCK_FRAMES = 256 };

/* Up to the end of a group, in their places in it; returns how many frames. */
static size_t round_in_group(struct quantiser *q, int32_t *codes, const double *lr,
			     size_t frames, bool dither)
{
	size_t part = frames < LOOPS_GROUP - q->used ? frames : LOOPS_GROUP - q->used;
	double group[2 * LOOPS_GROUP] = { 0 };
	int32_t group_codes[2 * LOOPS_GROUP];
	uint32_t random[LOOPS_RANDOMS];

	memcpy(random, q->random, sizeof(random));
	memcpy(group + 2 * q->used, lr, 2 * part * sizeof(*lr));
	q->clipped += loops_best()->round(group_codes, group, LOOPS_GROUP, random, q->scale,
					  dither);
	memcpy(codes, group_codes + 2 * q->used, 2 * part * sizeof(*codes));
	/* the group's numbers stay until its last frame has had its share */
	if (q->used + part == LOOPS_GROUP)
		memcpy(q->random, random, sizeof(random));
	return part;
}

static bool is_zero(const double *frame)
{
	return frame[0] == 0 && frame[1] == 0;
}

static size_t leading_zeros(const double *lr, size_t frames)
{
	size_t n = 0;

	while (n < frames && is_zero(lr + 2 * n))
		n++;
	return n;
}

static size_t trailing_zeros(const double *lr, size_t frames)
{
	size_t n = 0;

	while (n < frames && is_zero(lr + 2 * (frames - 1 - n)))
		n++;
	return n;
}

static void count_zeros(struct quantiser *q, const double *lr, size_t frames)
{
	size_t zeros = trailing_zeros(lr, frames);

	if (zeros < frames)
		q->zero_frames = 0;
	q->zero_frames += (unsigned int)zeros;
}

/* Frames that are silence; 0 if the next is none. */
static size_t write_silence(struct quantiser *q, int32_t *codes, const double *lr, size_t frames)
{
	size_t silent = quantiser_is_silent(q) ? leading_zeros(lr, frames) : 0;

	if (silent)
		memset(codes, 0, 2 * silent * sizeof(*codes));
	return silent;
}

/* What is rounded at a time: not beyond where silence could begin. */
static size_t next_part(const struct quantiser *q, size_t frames)
{
	size_t part = frames < BLOCK_FRAMES ? frames : BLOCK_FRAMES;
	size_t left = q->silence_frames - (quantiser_is_silent(q) ? 0 : q->zero_frames);

	return part < left ? part : left;
}

/* In whole groups where that can be; returns how many of the frames. */
static size_t round_part(struct quantiser *q, int32_t *codes, const double *lr, size_t frames,
			 bool dither)
{
	size_t whole = frames - frames % LOOPS_GROUP;

	if (whole == 0 || q->used)
		return round_in_group(q, codes, lr, frames, dither);
	q->clipped += loops_best()->round(codes, lr, whole, q->random, q->scale, dither);
	return whole;
}

void quantiser_init(struct quantiser *q, unsigned int bits)
{
	*q = (struct quantiser){
		.bits = bits, .scale = ldexp(1, (int)bits - 1), .silence_frames = UINT_MAX,
	};
	quantiser_reset(q);
}

void quantiser_reset(struct quantiser *q)
{
	/* any different numbers but 0; fixed, so that the same music gives the same output */
	for (uint32_t r = 0; r < LOOPS_RANDOMS; r++)
		q->random[r] = (r + 1) * UINT32_C(0x9e3779b9);
	q->used = 0;
	q->zero_frames = 0;
}

void quantiser_set_silence(struct quantiser *q, unsigned int frames)
{
	q->silence_frames = frames;
}

bool quantiser_is_silent(const struct quantiser *q)
{
	return q->zero_frames >= q->silence_frames;
}

double quantiser_full_scale(const struct quantiser *q)
{
	/* The top code is one step below full scale; dither adds up to one, rounding half. */
	return 1 - 2.5 / q->scale;
}

size_t quantiser_exact_frames(const struct quantiser *q, const double *lr, size_t frames)
{
	for (size_t n = 0; n < 2 * frames; n++)
		if (lr[n] * q->scale != rint(lr[n] * q->scale))
			return n / 2;
	return frames;
}

void quantiser_process(struct quantiser *q, int32_t *codes, const double *lr, size_t frames,
		       bool dither)
{
	while (frames) {
		size_t part = write_silence(q, codes, lr, frames);

		if (part == 0) {
			part = round_part(q, codes, lr, next_part(q, frames), dither);
			count_zeros(q, lr, part);
		}
		q->used = (q->used + part) % LOOPS_GROUP;
		codes += 2 * part;
		lr += 2 * part;
		frames -= part;
	}
}
