/* alsa-crossfeed - the loops that every sample passes, in vectors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The build compiles this file for the processors it is for, and on x86-64 once
 * more for those with AVX2 (-mavx2, and LOOPS the name of the table).  The code is
 * the same: what is different between the widths is in vector.h.
 */

#include "loops.h"

#include <float.h>

#include "vector.h"

#ifndef LOOPS
#define LOOPS loops_base
#endif

/* --- formats, two frames at a time -------------------------------------------------------- */

VECTOR_INLINE void read_two_S16(double *lr, const unsigned char *p)
{
	v4i16 s16;

	memcpy(&s16, p, sizeof(s16));
	store_scaled(lr, widen(s16), 0x1p-15);
}

/* The sign of 24 bits comes to where it belongs, and what is above them goes. */
VECTOR_INLINE void store_s24(double *lr, v4u32 bits)
{
	store_scaled(lr, (v4i32)(bits << 8), 0x1p-31);
}

VECTOR_INLINE void read_two_S24_3LE(double *lr, const unsigned char *p)
{
	store_s24(lr, load_s24_3le(p));
}

VECTOR_INLINE void read_two_S24(double *lr, const unsigned char *p)
{
	v4u32 bits;

	memcpy(&bits, p, sizeof(bits));
	store_s24(lr, bits);
}

VECTOR_INLINE void read_two_S32(double *lr, const unsigned char *p)
{
	v4i32 s32;

	memcpy(&s32, p, sizeof(s32));
	store_scaled(lr, s32, 0x1p-31);
}

/*
 * What no float can hold is no sound, for the sum of a few such numbers would be
 * infinite: it reads as 0.  Of floats that is by their bits: the largest exponent is
 * that of what is no number.
 */
VECTOR_INLINE void read_two_FLOAT(double *lr, const unsigned char *p)
{
	const v4u32 exponent = v4u32_all(0x7f800000);
	v4u32 bits;

	memcpy(&bits, p, sizeof(bits));
	store_floats(lr, (v4f)(bits & (v4u32)((bits & exponent) != exponent)));
}

VECTOR_INLINE void read_two_FLOAT64(double *lr, const unsigned char *p)
{
	for (unsigned int n = 0; n < 4; n += 2 * VECTOR_FRAMES) {
		vint64 bits, finite;

		memcpy(&bits, p + n * sizeof(double), sizeof(bits));
		finite = (vint64)((vdouble)(bits & INT64_MAX) <= vdouble_all(FLT_MAX));
		vdouble_store(lr + n, (vdouble)(bits & finite));
	}
}

VECTOR_INLINE void write_two_S16(unsigned char *p, v4u32 codes)
{
	v4i16 s16 = __builtin_convertvector((v4i32)codes, v4i16);

	memcpy(p, &s16, sizeof(s16));
}

VECTOR_INLINE void write_two_S24_3LE(unsigned char *p, v4u32 codes)
{
	store_s24_3le(p, codes);
}

VECTOR_INLINE void write_two_S24(unsigned char *p, v4u32 codes)
{
	memcpy(p, &codes, sizeof(codes));
}

VECTOR_INLINE void write_two_S32(unsigned char *p, v4u32 codes)
{
	memcpy(p, &codes, sizeof(codes));
}

VECTOR_INLINE void write_two_FLOAT(unsigned char *p, const double *lr)
{
	v4f two = load_floats(lr);

	memcpy(p, &two, sizeof(two));
}

VECTOR_INLINE void write_two_FLOAT64(unsigned char *p, const double *lr)
{
	memcpy(p, lr, 4 * sizeof(*lr));
}

/* A loop for each format, and the tables of them. */
#define READ(name, bytes, bits) \
	static void read_##name(double *lr, const unsigned char *from, size_t frames) \
	{ \
		for (; frames; frames -= 2, lr += 4, from += 4 * (bytes)) \
			read_two_##name(lr, from); \
	}
#define WRITE_CODES(name, bytes, bits) \
	static void write_##name(unsigned char *to, const void *samples, unsigned int shift, \
				 size_t frames) \
	{ \
		const int32_t *codes = samples; \
		v4u32 two; \
		for (; frames; frames -= 2, codes += 4, to += 4 * (bytes)) { \
			memcpy(&two, codes, sizeof(two)); \
			write_two_##name(to, two << shift); \
		} \
	}
#define WRITE_DOUBLES(name, bytes, bits) \
	static void write_##name(unsigned char *to, const void *samples, unsigned int shift, \
				 size_t frames) \
	{ \
		const double *lr = samples; \
		(void)shift; \
		for (; frames; frames -= 2, lr += 4, to += 4 * (bytes)) \
			write_two_##name(to, lr); \
	}
#define READER(name, bytes, bits) [FORMAT_##name] = read_##name,
#define WRITER(name, bytes, bits) [FORMAT_##name] = write_##name,

FORMATS_ALL(READ)
FORMATS_OF_INTEGERS(WRITE_CODES)
FORMATS_OF_FLOATS(WRITE_DOUBLES)

/* --- the filter --------------------------------------------------------------------------- */

/*
 * A one-pole recursion waits for its own last result.  Taking it two frames at
 * a time,
 *
 *   s[n] = pole^2 s[n-2] + (x[n] + pole x[n-1]),
 *
 * halves that wait.  Every frame is computed by this one formula, so neither
 * block sizes nor the width of vectors change a bit.
 */
enum { VECTORS = 2 / VECTOR_FRAMES };	/* in two frames */

/* The weights and memory in registers. */
struct filter_loop {
	vdouble own, cross;
	vdouble pole[FILTER_SECTIONS], pole2[FILTER_SECTIONS];
	vdouble section_own[FILTER_SECTIONS], section_cross[FILTER_SECTIONS];
	vdouble state[FILTER_SECTIONS][VECTORS];	/* the last two frames */
	vdouble input;				/* the last vector */
	vdouble sections_own, sections_cross;	/* what the sections add one frame later */
};

VECTOR_INLINE vdouble weigh(const vdouble *weight, const vdouble (*state)[VECTORS],
			    unsigned int v, unsigned int sections)
{
	vdouble sum = weight[0] * state[0][v];

	VECTOR_UNROLL
	for (unsigned int k = 1; k < sections; k++)
		sum += weight[k] * state[k][v];
	return sum;
}

VECTOR_INLINE void filter_begin(struct filter_loop *l, const struct filter_run *run,
				unsigned int sections)
{
	const struct filter_coefs *c = &run->coefs;

	l->own = vdouble_all(c->own);
	l->cross = vdouble_all(c->cross);
	VECTOR_UNROLL
	for (unsigned int k = 0; k < sections; k++) {
		l->pole[k] = vdouble_all(c->section[k].pole);
		l->pole2[k] = vdouble_all(c->section[k].pole * c->section[k].pole);
		l->section_own[k] = vdouble_all(c->section[k].own);
		l->section_cross[k] = vdouble_all(c->section[k].cross);
		for (unsigned int v = 0; v < VECTORS; v++)
			l->state[k][v] = vdouble_load(run->section[k] + 2 * VECTOR_FRAMES * v);
	}
	l->input = vdouble_load_last(run->input);
	l->sections_own = weigh(l->section_own, l->state, VECTORS - 1, sections);
	l->sections_cross = weigh(l->section_cross, l->state, VECTORS - 1, sections);
}

VECTOR_INLINE void filter_end(const struct filter_loop *l, struct filter_run *run,
			      unsigned int sections)
{
	VECTOR_UNROLL
	for (unsigned int k = 0; k < sections; k++)
		for (unsigned int v = 0; v < VECTORS; v++)
			vdouble_store(run->section[k] + 2 * VECTOR_FRAMES * v, l->state[k][v]);
	vdouble_store_last(run->input, l->input);
}

/* One vector; its state takes the place of the state two frames before it. */
VECTOR_INLINE vdouble filter_step(struct filter_loop *l, vdouble x, unsigned int v,
				  unsigned int sections, bool own)
{
	vdouble before = vdouble_delay(l->input, x);
	vdouble heard = l->own * x, other = l->cross * x;
	vdouble sum;

	VECTOR_UNROLL
	for (unsigned int k = 0; k < sections; k++)
		l->state[k][v] = l->pole2[k] * l->state[k][v] + (l->pole[k] * before + x);
	l->input = x;
	sum = weigh(l->section_cross, l->state, v, sections);
	other += vdouble_delay(l->sections_cross, sum);
	l->sections_cross = sum;
	if (own) {
		sum = weigh(l->section_own, l->state, v, sections);
		heard += vdouble_delay(l->sections_own, sum);
		l->sections_own = sum;
	}
	return heard + vdouble_swap(other);
}

/* Frames in pairs. */
VECTOR_INLINE void filter_sections(struct filter_run *run, double *lr, size_t frames,
				   unsigned int sections, bool own)
{
	struct filter_loop l;

	filter_begin(&l, run, sections);
	for (; frames; frames -= 2)
		VECTOR_UNROLL
		for (unsigned int v = 0; v < VECTORS; v++, lr += 2 * VECTOR_FRAMES)
			vdouble_store(lr, filter_step(&l, vdouble_load(lr), v, sections, own));
	filter_end(&l, run, sections);
}

static bool own_path_is_direct(const struct filter_coefs *c)
{
	for (unsigned int k = 0; k < c->sections; k++)
		if (c->section[k].own != 0)
			return false;
	return true;
}

/* The counts are constants in each branch, so that each becomes a loop of its own. */
static void filter_pairs(struct filter_run *run, double *lr, size_t frames)
{
	if (run->coefs.sections <= 2 && own_path_is_direct(&run->coefs))
		filter_sections(run, lr, frames, 2, false);
	else if (run->coefs.sections <= 2)
		filter_sections(run, lr, frames, 2, true);
	else if (run->coefs.sections <= 4)
		filter_sections(run, lr, frames, 4, true);
	else
		filter_sections(run, lr, frames, FILTER_SECTIONS, true);
}

/* One frame as the first of two: of the other's state, nothing is kept. */
static void filter_frame(struct filter_run *run, double *lr)
{
	double pair[4] = { lr[0], lr[1] };
	double last[FILTER_SECTIONS][2];

	for (unsigned int k = 0; k < run->coefs.sections; k++)
		memcpy(last[k], run->section[k] + 2, sizeof(last[k]));
	filter_pairs(run, pair, 2);
	for (unsigned int k = 0; k < run->coefs.sections; k++) {
		memcpy(run->section[k] + 2, run->section[k], sizeof(last[k]));
		memcpy(run->section[k], last[k], sizeof(last[k]));
	}
	memcpy(run->input, lr, sizeof(run->input));
	memcpy(lr, pair, 2 * sizeof(*lr));
}

static void filter_frames(struct filter_run *run, double *lr, size_t frames)
{
	size_t pairs = frames & ~(size_t)1;

	filter_pairs(run, lr, pairs);
	if (pairs < frames)
		filter_frame(run, lr + 2 * pairs);
}

/* --- rounding ---------------------------------------------------------------------------- */

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

/* Marsaglia's xorshift32. */
VECTOR_INLINE vuint32 next_random(vuint32 r)
{
	r ^= r << 13;
	r ^= r >> 17;
	r ^= r << 5;
	return r;
}

/* The sum of two uniform numbers is triangular: 0 .. 131070. */
VECTOR_INLINE vuint32 triangular(vuint32 r)
{
	return (r >> 16) + (r & 0xffff);
}

/* Noise for two vectors, as it lies on NOISE_BASE. */
VECTOR_INLINE void next_noise(vuint32 *random, vdouble *a, vdouble *b)
{
	const vuint32 high = vuint32_all(NOISE_BASE_HIGH_WORD);

	*random = next_random(*random);
	*a = vdouble_join_low(triangular(*random), high);
	*b = vdouble_join_high(triangular(*random), high);
}

VECTOR_INLINE vint64 round_noisy(vdouble v, vdouble noise)
{
	return (vint64)(v + noise + vdouble_all(ROUND_BASE - NOISE_BASE - NOISE_MEAN));
}

VECTOR_INLINE vint64 round_plain(vdouble v)
{
	return (vint64)(v + vdouble_all(ROUND_BASE));
}

/* Negative if v is beyond +-limit: positive doubles are in the order of their bits. */
VECTOR_INLINE vint64 beyond(vdouble v, vdouble limit)
{
	return (vint64)limit - ((vint64)v & INT64_MAX);
}

/* Each generator has its turn once in a group. */
enum { RANDOM_VECTORS = LOOPS_RANDOMS / (4 * VECTOR_FRAMES) };

VECTOR_INLINE void load_random(vuint32 *random, const uint32_t *from)
{
	VECTOR_UNROLL
	for (unsigned int v = 0; v < RANDOM_VECTORS; v++)
		memcpy(&random[v], from + 4 * VECTOR_FRAMES * v, sizeof(*random));
}

VECTOR_INLINE void store_random(uint32_t *to, const vuint32 *random)
{
	VECTOR_UNROLL
	for (unsigned int v = 0; v < RANDOM_VECTORS; v++)
		memcpy(to + 4 * VECTOR_FRAMES * v, &random[v], sizeof(*random));
}

/* Four samples, or eight; returns what is negative in the sign bit if one is loud. */
VECTOR_INLINE vint64 round_quiet(int32_t *codes, const double *lr, vuint32 *random,
				 double scale, bool dither)
{
	vdouble a = vdouble_load_halves(lr) * vdouble_all(scale);
	vdouble b = vdouble_load_halves(lr + 2) * vdouble_all(scale);
	vdouble limit = vdouble_all(scale - 2.5);
	vdouble noise_a, noise_b;
	vint32 code;

	if (dither) {
		next_noise(random, &noise_a, &noise_b);
		code = vint32_low_words(round_noisy(a, noise_a), round_noisy(b, noise_b));
	} else {
		code = vint32_low_words(round_plain(a), round_plain(b));
	}
	memcpy(codes, &code, sizeof(code));
	return beyond(a, limit) | beyond(b, limit);
}

/* All ones where v, rounded, is no code. */
VECTOR_INLINE vint64 clips(vdouble v, double scale)
{
	return (vint64)(v >= vdouble_all(scale - 0.5)) | (vint64)(v < vdouble_all(-scale - 0.5));
}

VECTOR_INLINE vdouble saturate(vdouble v, double scale)
{
	vdouble lowest = vdouble_all(-scale), highest = vdouble_all(scale - 1);

	v = vdouble_select((vint64)(v > lowest), v, lowest);
	return vdouble_select((vint64)(v < highest), v, highest);
}

/* The same with noise as in round_noisy(), which is rounded to its steps before it is cut. */
VECTOR_INLINE vdouble add_noise(vdouble v, vdouble noise)
{
	return v + noise - vdouble_all(NOISE_BASE + NOISE_MEAN);
}

/* Four samples, or eight, saturating; returns -1 for each that clips. */
VECTOR_INLINE vint64 round_loud(int32_t *codes, const double *lr, vuint32 *random,
				double scale, bool dither)
{
	vdouble a = vdouble_load_halves(lr) * vdouble_all(scale);
	vdouble b = vdouble_load_halves(lr + 2) * vdouble_all(scale);
	vint64 clipped = clips(a, scale) + clips(b, scale);
	vdouble noise_a, noise_b;
	vint32 code;

	if (dither) {
		next_noise(random, &noise_a, &noise_b);
		a = add_noise(a, noise_a);
		b = add_noise(b, noise_b);
	}
	code = vint32_low_words(round_plain(saturate(a, scale)), round_plain(saturate(b, scale)));
	memcpy(codes, &code, sizeof(code));
	return clipped;
}

/* What all groups return together: of the quiet by or, of the loud by adding up. */
VECTOR_INLINE vint64 round_all(int32_t *codes, const double *lr, size_t frames, vuint32 *random,
			       double scale, bool dither, bool loud)
{
	vint64 all = { 0 };

	for (size_t n = 0; n < 2 * frames; n += LOOPS_RANDOMS) {
		VECTOR_UNROLL
		for (unsigned int v = 0; v < RANDOM_VECTORS; v++) {
			size_t at = n + 4 * VECTOR_FRAMES * v;

			if (loud)
				all += round_loud(codes + at, lr + at, &random[v], scale, dither);
			else
				all |= round_quiet(codes + at, lr + at, &random[v], scale, dither);
		}
	}
	return all;
}

VECTOR_INLINE uint64_t round_block(int32_t *codes, const double *lr, size_t frames,
				   uint32_t *state, double scale, bool dither)
{
	vuint32 random[RANDOM_VECTORS];
	uint64_t clipped = 0;

	load_random(random, state);
	if (vint64_or(round_all(codes, lr, frames, random, scale, dither, false)) < 0) {
		/* one could clip: all again, with the same numbers */
		load_random(random, state);
		clipped = (uint64_t)-vint64_sum(round_all(codes, lr, frames, random, scale,
							  dither, true));
	}
	store_random(state, random);
	return clipped;
}

static uint64_t round_frames(int32_t *codes, const double *lr, size_t frames,
			     uint32_t random[LOOPS_RANDOMS], double scale, bool dither)
{
	return dither ? round_block(codes, lr, frames, random, scale, true) :
			round_block(codes, lr, frames, random, scale, false);
}

const struct loops LOOPS = {
	.read = { FORMATS_ALL(READER) },
	.write = { FORMATS_ALL(WRITER) },
	.filter = filter_frames,
	.round = round_frames,
};
