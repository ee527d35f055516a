/* alsa-crossfeed - rounds samples to the DAC's width, with dither, and never wraps */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "quantiser.h"

#include <limits.h>
#include <math.h>

#include "vector.h"

/*
 * Sums of doubles that leave an integer in the low bits of the result.  A
 * double near 2^36 counts in steps of 2^-16, one near 1.5 x 2^52 in steps of 1:
 * the first adds the noise, the second rounds to the nearest integer.
 */
#define NOISE_BASE 68719476736.0
#define NOISE_BASE_HIGH_WORD 0x42300000
#define ROUND_BASE 6755399441055744.0

/* The noise is in 2^-16 steps, 0 .. 2 in all; its mean goes again when rounding. */
#define NOISE_MEAN 1.0

/* Frames rounded at a time on the assumption that none of them clips. */
enum { BLOCK_FRAMES = 64 };

/* Any non-zero numbers; fixed, so that the same music gives the same output. */
static const uint32_t seed[4] = { 0x9e3779b9, 0x243f6a88, 0xb7e15162, 0x3c6ef372 };

/* Marsaglia's xorshift32, four at a time. */
VECTOR_INLINE v4u32 next_random(v4u32 r)
{
	r ^= r << 13;
	r ^= r >> 17;
	r ^= r << 5;
	return r;
}

/* The sum of two uniform numbers is triangular: 0 .. 131070. */
VECTOR_INLINE v4u32 triangular(v4u32 r)
{
	return (r >> 16) + (r & 0xffff);
}

/* Noise for two frames, as it lies on NOISE_BASE. */
VECTOR_INLINE void next_noise(v4u32 *random, v2d *a, v2d *b)
{
	const v4u32 high = v4u32_all(NOISE_BASE_HIGH_WORD);

	*random = next_random(*random);
	*a = v2d_join_low(triangular(*random), high);
	*b = v2d_join_high(triangular(*random), high);
}

VECTOR_INLINE v2i64 round_noisy(v2d v, v2d noise)
{
	return (v2i64)(v + noise + v2d_all(ROUND_BASE - NOISE_BASE - NOISE_MEAN));
}

VECTOR_INLINE v2i64 round_plain(v2d v)
{
	return (v2i64)(v + v2d_all(ROUND_BASE));
}

/* Negative in the sign bit if v is beyond +-limit. */
VECTOR_INLINE v2i64 beyond(v2d v, v2d limit)
{
	return (v2i64)(limit + v) | (v2i64)(limit - v);
}

/* Frames in pairs; true if none of them could clip, else codes are to be made again. */
VECTOR_INLINE bool round_quiet(int32_t *codes, const double *lr, size_t frames, v4u32 *random,
			       double scale, bool dither)
{
	v2d limit = v2d_all(scale - 2.5);
	v2d noise_a, noise_b;
	v2i64 loud = { 0, 0 };

	for (size_t n = 0; n < 2 * frames; n += 4) {
		v2d a = v2d_load(lr + n) * v2d_all(scale);
		v2d b = v2d_load(lr + n + 2) * v2d_all(scale);
		v4i32 code;

		loud |= beyond(a, limit) | beyond(b, limit);
		if (dither) {
			next_noise(random, &noise_a, &noise_b);
			code = v4i32_low_words(round_noisy(a, noise_a), round_noisy(b, noise_b));
		} else {
			code = v4i32_low_words(round_plain(a), round_plain(b));
		}
		memcpy(codes + n, &code, sizeof(code));
	}
	return (loud[0] | loud[1]) >= 0;
}

/* All ones where v, rounded, is no code. */
VECTOR_INLINE v2i64 clips(v2d v, double scale)
{
	return (v2i64)(v >= v2d_all(scale - 0.5)) | (v2i64)(v < v2d_all(-scale - 0.5));
}

VECTOR_INLINE v2d saturate(v2d v, double scale)
{
	v2d lowest = v2d_all(-scale), highest = v2d_all(scale - 1);

	v = v2d_select((v2i64)(v > lowest), v, lowest);
	return v2d_select((v2i64)(v < highest), v, highest);
}

/* The same with noise as in round_noisy(), which is rounded to its steps before it is cut. */
VECTOR_INLINE v2d add_noise(v2d v, v2d noise)
{
	return v + noise - v2d_all(NOISE_BASE + NOISE_MEAN);
}

/* Frames in pairs, saturating; returns how many samples clip. */
VECTOR_INLINE uint64_t round_loud(int32_t *codes, const double *lr, size_t frames, v4u32 *random,
				  double scale, bool dither)
{
	v2i64 clipped = { 0, 0 };
	v2d noise_a, noise_b;

	for (size_t n = 0; n < 2 * frames; n += 4) {
		v2d a = v2d_load(lr + n) * v2d_all(scale);
		v2d b = v2d_load(lr + n + 2) * v2d_all(scale);
		v4i32 code;

		/* all ones are -1 */
		clipped -= clips(a, scale) + clips(b, scale);
		if (dither) {
			next_noise(random, &noise_a, &noise_b);
			a = add_noise(a, noise_a);
			b = add_noise(b, noise_b);
		}
		code = v4i32_low_words(round_plain(saturate(a, scale)),
				       round_plain(saturate(b, scale)));
		memcpy(codes + n, &code, sizeof(code));
	}
	return (uint64_t)(clipped[0] + clipped[1]);
}

static double scale_of(const struct quantiser *q)
{
	return ldexp(1, (int)q->bits - 1);
}

static v4u32 load_random(const struct quantiser *q)
{
	v4u32 random;

	memcpy(&random, q->random, sizeof(random));
	return random;
}

static void store_random(struct quantiser *q, v4u32 random)
{
	memcpy(q->random, &random, sizeof(random));
}

/* One frame, as the first or second of its pair. */
static void round_frame(struct quantiser *q, int32_t *codes, const double *lr, bool dither)
{
	unsigned int first = q->half_used ? 2 : 0;
	v4u32 random = load_random(q);
	double pair[4] = { 0 };
	int32_t pair_codes[4];

	memcpy(pair + first, lr, 2 * sizeof(*lr));
	q->clipped += round_loud(pair_codes, pair, 2, &random, scale_of(q), dither);
	memcpy(codes, pair_codes + first, 2 * sizeof(*codes));
	/* the pair's numbers stay until its second frame has had its share, or needs none */
	if (q->half_used)
		store_random(q, next_random(load_random(q)));
	q->half_used = dither && !q->half_used;
}

static void round_pairs(struct quantiser *q, int32_t *codes, const double *lr, size_t frames,
			bool dither)
{
	v4u32 random = load_random(q);
	double scale = scale_of(q);
	bool quiet = dither ? round_quiet(codes, lr, frames, &random, scale, true) :
			      round_quiet(codes, lr, frames, &random, scale, false);

	if (!quiet) {
		random = load_random(q);
		q->clipped += dither ? round_loud(codes, lr, frames, &random, scale, true) :
				       round_loud(codes, lr, frames, &random, scale, false);
	}
	store_random(q, random);
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

/* In pairs where that can be; returns how many of the frames. */
static size_t round_part(struct quantiser *q, int32_t *codes, const double *lr, size_t frames,
			 bool dither)
{
	size_t pairs = frames & ~(size_t)1;

	if (q->half_used || pairs == 0) {
		round_frame(q, codes, lr, dither);
		return 1;
	}
	round_pairs(q, codes, lr, pairs, dither);
	return pairs;
}

void quantiser_init(struct quantiser *q, unsigned int bits)
{
	*q = (struct quantiser){ .bits = bits, .silence_frames = UINT_MAX };
	quantiser_reset(q);
}

void quantiser_reset(struct quantiser *q)
{
	memcpy(q->random, seed, sizeof(q->random));
	q->half_used = false;
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
	return 1 - ldexp(2.5, 1 - (int)q->bits);
}

size_t quantiser_exact_frames(const struct quantiser *q, const double *lr, size_t frames)
{
	double scale = scale_of(q);

	for (size_t n = 0; n < 2 * frames; n++)
		if (lr[n] * scale != rint(lr[n] * scale))
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
		codes += 2 * part;
		lr += 2 * part;
		frames -= part;
	}
}
