/* alsa-crossfeed - the vector types the sample loops are written in */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#ifndef VECTOR_H
#define VECTOR_H

#include <stdint.h>
#include <string.h>

/*
 * GCC's and Clang's vector extensions at 128 bits, which nearly every
 * processor has and which the compiler spells out where it has not: two
 * doubles are one stereo frame, left and right.  Products and sums are never
 * fused (-ffp-contract=off), so every processor gives the same bits.
 */
typedef double v2d __attribute__((vector_size(16)));
typedef float v4f __attribute__((vector_size(16)));
typedef int64_t v2i64 __attribute__((vector_size(16)));
typedef int32_t v4i32 __attribute__((vector_size(16)));
typedef uint32_t v4u32 __attribute__((vector_size(16)));
typedef int16_t v4i16 __attribute__((vector_size(8)));

#define VECTOR_INLINE static inline __attribute__((always_inline))

/* One frame from p, which need not be aligned. */
VECTOR_INLINE v2d v2d_load(const double *p)
{
	v2d v;

	memcpy(&v, p, sizeof(v));
	return v;
}

VECTOR_INLINE void v2d_store(double *p, v2d v)
{
	memcpy(p, &v, sizeof(v));
}

VECTOR_INLINE v2d v2d_all(double value)
{
	return (v2d){ value, value };
}

/* Left and right exchanged. */
VECTOR_INLINE v2d v2d_swap(v2d a)
{
#ifdef __clang__
	return __builtin_shufflevector(a, a, 1, 0);
#else
	return __builtin_shuffle(a, (v2i64){ 1, 0 });
#endif
}

/* a where mask is set (all ones), else b. */
VECTOR_INLINE v2d v2d_select(v2i64 mask, v2d a, v2d b)
{
	return (v2d)(((v2i64)a & mask) | ((v2i64)b & ~mask));
}

VECTOR_INLINE v4u32 v4u32_all(uint32_t value)
{
	return (v4u32){ value, value, value, value };
}

/* The low and high half of four integers, or floats, as doubles. */
VECTOR_INLINE v2d v2d_from_low(v4i32 a)
{
	return (v2d){ a[0], a[1] };
}

VECTOR_INLINE v2d v2d_from_high(v4i32 a)
{
	return (v2d){ a[2], a[3] };
}

VECTOR_INLINE v2d v2d_from_low_floats(v4f a)
{
	return (v2d){ (double)a[0], (double)a[1] };
}

VECTOR_INLINE v2d v2d_from_high_floats(v4f a)
{
	return (v2d){ (double)a[2], (double)a[3] };
}

/*
 * Two doubles put together from bits: the first, or the last, two low words
 * and the high words that belong to them.
 */
VECTOR_INLINE v2d v2d_join_low(v4u32 low, v4u32 high)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	return (v2d)(v4u32){ high[0], low[0], high[1], low[1] };
#else
	return (v2d)(v4u32){ low[0], high[0], low[1], high[1] };
#endif
}

VECTOR_INLINE v2d v2d_join_high(v4u32 low, v4u32 high)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	return (v2d)(v4u32){ high[2], low[2], high[3], low[3] };
#else
	return (v2d)(v4u32){ low[2], high[2], low[3], high[3] };
#endif
}

/* The low 32 bits of four 64-bit integers. */
VECTOR_INLINE v4i32 v4i32_low_words(v2i64 a, v2i64 b)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define LOW_WORDS 1, 3, 5, 7
#else
#define LOW_WORDS 0, 2, 4, 6
#endif
#ifdef __clang__
	return __builtin_shufflevector((v4i32)a, (v4i32)b, LOW_WORDS);
#else
	return __builtin_shuffle((v4i32)a, (v4i32)b, (v4i32){ LOW_WORDS });
#endif
#undef LOW_WORDS
}

#endif
