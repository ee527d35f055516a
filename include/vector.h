/* alsa-crossfeed - the vector types the sample loops are written in */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#ifndef VECTOR_H
#define VECTOR_H

#include <stdint.h>
#include <string.h>

#ifdef __AVX2__
#include <immintrin.h>
#endif

/*
 * GCC's and Clang's vector extensions, 256 bits wide where AVX2 may be used and
 * else 128, which nearly every processor has and which the compiler spells out
 * where it has not.  Two doubles are one stereo frame, left and right, so that a
 * wide vector is two frames.  Products and sums are never fused
 * (-ffp-contract=off): with either width, every processor gives the same bits.
 */
#ifdef __AVX2__
enum { VECTOR_BYTES = 32 };
#else
enum { VECTOR_BYTES = 16 };
#endif
enum { VECTOR_FRAMES = VECTOR_BYTES / 16 };

typedef double vdouble __attribute__((vector_size(VECTOR_BYTES)));
typedef int64_t vint64 __attribute__((vector_size(VECTOR_BYTES)));
typedef int32_t vint32 __attribute__((vector_size(VECTOR_BYTES)));
typedef uint32_t vuint32 __attribute__((vector_size(VECTOR_BYTES)));

/* The four samples of two frames, whatever the width. */
typedef float v4f __attribute__((vector_size(16)));
typedef int32_t v4i32 __attribute__((vector_size(16)));
typedef uint32_t v4u32 __attribute__((vector_size(16)));
typedef int16_t v4i16 __attribute__((vector_size(8)));

#define VECTOR_INLINE static inline __attribute__((always_inline))

/* Before a loop of at most six turns, whose vectors are then in registers. */
#define VECTOR_UNROLL _Pragma("GCC unroll 6")

/* Elements of one vector, or of two, those of the second counted on. */
#ifdef __clang__
#define VECTOR_SHUFFLE(type, a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define VECTOR_SHUFFLE(type, a, b, ...) __builtin_shuffle(a, b, (type){ __VA_ARGS__ })
#endif

/* From p, which need not be aligned. */
VECTOR_INLINE vdouble vdouble_load(const double *p)
{
	vdouble v;

	memcpy(&v, p, sizeof(v));
	return v;
}

VECTOR_INLINE void vdouble_store(double *p, vdouble v)
{
	memcpy(p, &v, sizeof(v));
}

VECTOR_INLINE v4u32 v4u32_all(uint32_t value)
{
	return (v4u32){ value, value, value, value };
}

/* a where mask is set (all ones), else b. */
VECTOR_INLINE vdouble vdouble_select(vint64 mask, vdouble a, vdouble b)
{
	return (vdouble)(((vint64)a & mask) | ((vint64)b & ~mask));
}

#ifdef __AVX2__

VECTOR_INLINE vdouble vdouble_all(double value)
{
	return (vdouble){ value, value, value, value };
}

/* Left and right exchanged. */
VECTOR_INLINE vdouble vdouble_swap(vdouble a)
{
	return VECTOR_SHUFFLE(vint64, a, a, 1, 0, 3, 2);
}

/* v one frame later, whose first is the last of before. */
VECTOR_INLINE vdouble vdouble_delay(vdouble before, vdouble v)
{
	return VECTOR_SHUFFLE(vint64, before, v, 2, 3, 4, 5);
}

/* The frame at p as the last of a vector. */
VECTOR_INLINE vdouble vdouble_load_last(const double *p)
{
	return (vdouble){ 0, 0, p[0], p[1] };
}

VECTOR_INLINE void vdouble_store_last(double *p, vdouble v)
{
	p[0] = v[2];
	p[1] = v[3];
}

/*
 * Narrow vectors side by side: one from p and one from two frames on.  What is
 * made of them lies like that, too.
 */
VECTOR_INLINE vdouble vdouble_load_halves(const double *p)
{
	return (vdouble){ p[0], p[1], p[4], p[5] };
}

/*
 * In each half, doubles put together from bits: the first, or the last, two low
 * words and the high words that belong to them.
 */
VECTOR_INLINE vdouble vdouble_join_low(vuint32 low, vuint32 high)
{
	return (vdouble)VECTOR_SHUFFLE(vuint32, low, high, 0, 8, 1, 9, 4, 12, 5, 13);
}

VECTOR_INLINE vdouble vdouble_join_high(vuint32 low, vuint32 high)
{
	return (vdouble)VECTOR_SHUFFLE(vuint32, low, high, 2, 10, 3, 11, 6, 14, 7, 15);
}

/* In each half, the low 32 bits of four 64-bit integers. */
VECTOR_INLINE vint32 vint32_low_words(vint64 a, vint64 b)
{
	return (vint32)_mm256_shuffle_ps((__m256)a, (__m256)b, _MM_SHUFFLE(2, 0, 2, 0));
}

VECTOR_INLINE int64_t vint64_or(vint64 a)
{
	return a[0] | a[1] | a[2] | a[3];
}

VECTOR_INLINE int64_t vint64_sum(vint64 a)
{
	return a[0] + a[1] + a[2] + a[3];
}

VECTOR_INLINE vuint32 vuint32_all(uint32_t value)
{
	return (vuint32){ value, value, value, value, value, value, value, value };
}

VECTOR_INLINE v4i32 widen(v4i16 a)
{
	return (v4i32)_mm_cvtepi16_epi32(_mm_cvtsi64_si128((int64_t)a));
}

/* Two frames of S24_3LE: 12 bytes, as S24 but for the sign. */
VECTOR_INLINE v4u32 load_s24_3le(const unsigned char *p)
{
	const __m128i places = _mm_setr_epi8(0, 1, 2, -1, 3, 4, 5, -1, 6, 7, 8, -1, 9, 10, 11, -1);
	int64_t first;
	int32_t last;

	memcpy(&first, p, sizeof(first));
	memcpy(&last, p + 8, sizeof(last));
	return (v4u32)_mm_shuffle_epi8(_mm_insert_epi32(_mm_cvtsi64_si128(first), last, 2), places);
}

VECTOR_INLINE void store_s24_3le(unsigned char *p, v4u32 codes)
{
	const __m128i places = _mm_setr_epi8(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1);
	__m128i bytes = _mm_shuffle_epi8((__m128i)codes, places);
	int64_t first = _mm_cvtsi128_si64(bytes);
	int32_t last = _mm_extract_epi32(bytes, 2);

	memcpy(p, &first, sizeof(first));
	memcpy(p + 8, &last, sizeof(last));
}

VECTOR_INLINE void store_scaled(double *p, v4i32 a, double scale)
{
	vdouble_store(p, (vdouble)_mm256_cvtepi32_pd((__m128i)a) * vdouble_all(scale));
}

VECTOR_INLINE void store_floats(double *p, v4f a)
{
	vdouble_store(p, (vdouble)_mm256_cvtps_pd((__m128)a));
}

VECTOR_INLINE v4f load_floats(const double *p)
{
	return (v4f)_mm256_cvtpd_ps((__m256d)vdouble_load(p));
}

#else

VECTOR_INLINE vdouble vdouble_all(double value)
{
	return (vdouble){ value, value };
}

VECTOR_INLINE vdouble vdouble_swap(vdouble a)
{
	return VECTOR_SHUFFLE(vint64, a, a, 1, 0);
}

VECTOR_INLINE vdouble vdouble_delay(vdouble before, vdouble v)
{
	(void)v;
	return before;
}

VECTOR_INLINE vdouble vdouble_load_last(const double *p)
{
	return vdouble_load(p);
}

VECTOR_INLINE void vdouble_store_last(double *p, vdouble v)
{
	vdouble_store(p, v);
}

VECTOR_INLINE vdouble vdouble_load_halves(const double *p)
{
	return vdouble_load(p);
}

VECTOR_INLINE vdouble vdouble_join_low(vuint32 low, vuint32 high)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	return (vdouble)(vuint32){ high[0], low[0], high[1], low[1] };
#else
	return (vdouble)(vuint32){ low[0], high[0], low[1], high[1] };
#endif
}

VECTOR_INLINE vdouble vdouble_join_high(vuint32 low, vuint32 high)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	return (vdouble)(vuint32){ high[2], low[2], high[3], low[3] };
#else
	return (vdouble)(vuint32){ low[2], high[2], low[3], high[3] };
#endif
}

VECTOR_INLINE vint32 vint32_low_words(vint64 a, vint64 b)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	return VECTOR_SHUFFLE(vint32, (vint32)a, (vint32)b, 1, 3, 5, 7);
#else
	return VECTOR_SHUFFLE(vint32, (vint32)a, (vint32)b, 0, 2, 4, 6);
#endif
}

VECTOR_INLINE int64_t vint64_or(vint64 a)
{
	return a[0] | a[1];
}

VECTOR_INLINE int64_t vint64_sum(vint64 a)
{
	return a[0] + a[1];
}

VECTOR_INLINE vuint32 vuint32_all(uint32_t value)
{
	return v4u32_all(value);
}

VECTOR_INLINE v4i32 widen(v4i16 a)
{
	return __builtin_convertvector(a, v4i32);
}

VECTOR_INLINE uint32_t little_endian(uint32_t value)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	return __builtin_bswap32(value);
#else
	return value;
#endif
}

VECTOR_INLINE uint32_t load_le32(const unsigned char *p)
{
	uint32_t value;

	memcpy(&value, p, sizeof(value));
	return little_endian(value);
}

VECTOR_INLINE void store_le32(unsigned char *p, uint32_t value)
{
	value = little_endian(value);
	memcpy(p, &value, sizeof(value));
}

/* As S24: each four bytes have one of a neighbour's, in the last place or in the first. */
VECTOR_INLINE v4u32 load_s24_3le(const unsigned char *p)
{
	/* by way of an array: gcc 12 fails on vectors made of overlapping loads (tree-pre) */
	const uint32_t words[4] = { load_le32(p), load_le32(p + 3), load_le32(p + 6),
				    load_le32(p + 8) >> 8 };
	v4u32 two;

	memcpy(&two, words, sizeof(two));
	return two;
}

/* One after the other: each puts right what the one before has spoilt. */
VECTOR_INLINE void store_s24_3le(unsigned char *p, v4u32 codes)
{
	store_le32(p, codes[0]);
	store_le32(p + 3, codes[1]);
	store_le32(p + 6, codes[2]);
	store_le32(p + 8, codes[3] << 8 | (codes[2] >> 16 & 0xff));
}

VECTOR_INLINE void store_scaled(double *p, v4i32 a, double scale)
{
	vdouble_store(p, (vdouble){ a[0], a[1] } * vdouble_all(scale));
	vdouble_store(p + 2, (vdouble){ a[2], a[3] } * vdouble_all(scale));
}

VECTOR_INLINE void store_floats(double *p, v4f a)
{
	vdouble_store(p, (vdouble){ (double)a[0], (double)a[1] });
	vdouble_store(p + 2, (vdouble){ (double)a[2], (double)a[3] });
}

VECTOR_INLINE v4f load_floats(const double *p)
{
	return (v4f){ (float)p[0], (float)p[1], (float)p[2], (float)p[3] };
}

#endif

#endif
