/* alsa-crossfeed - reads and writes the sample formats, wherever they lie in memory */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "samples.h"

#include <float.h>
#include <math.h>

#include "vector.h"

struct format_row {
	unsigned char bytes, bits;
	bool integer;
};

static const struct format_row formats[SAMPLES_FORMATS] = {
	[SAMPLES_S16] = { 2, 16, true },
	[SAMPLES_S24_3LE] = { 3, 24, true },
	[SAMPLES_S24] = { 4, 24, true },
	[SAMPLES_S32] = { 4, 32, true },
	[SAMPLES_FLOAT] = { 4, 25, false },
	[SAMPLES_FLOAT64] = { 8, 53, false },
};

/* --- one sample, wherever it lies --------------------------------------------------------- */

static int32_t read_s24_3le(const unsigned char *p)
{
	return (int32_t)((uint32_t)p[0] << 8 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 24) / 256;
}

static int32_t sign_extend_24(int32_t value)
{
	return (int32_t)((uint32_t)value << 8) / 256;
}

/* What no float can hold is no sound: the sum of a few such numbers would be infinite. */
static double finite_or_zero(double value)
{
	return fabs(value) <= FLT_MAX ? value : 0;
}

static double read_sample(const unsigned char *p, enum samples_format format)
{
	int16_t s16;
	int32_t s32;
	float f32;
	double f64;

	switch (format) {
	case SAMPLES_S16:
		memcpy(&s16, p, sizeof(s16));
		return s16 * 0x1p-15;
	case SAMPLES_S24_3LE:
		return read_s24_3le(p) * 0x1p-23;
	case SAMPLES_S24:
		memcpy(&s32, p, sizeof(s32));
		return sign_extend_24(s32) * 0x1p-23;
	case SAMPLES_S32:
		memcpy(&s32, p, sizeof(s32));
		return s32 * 0x1p-31;
	case SAMPLES_FLOAT:
		memcpy(&f32, p, sizeof(f32));
		return finite_or_zero(f32);
	default:
		memcpy(&f64, p, sizeof(f64));
		return finite_or_zero(f64);
	}
}

static void write_code(unsigned char *p, enum samples_format format, int32_t code)
{
	int16_t s16 = (int16_t)code;
	uint32_t u32 = (uint32_t)code;

	switch (format) {
	case SAMPLES_S16:
		memcpy(p, &s16, sizeof(s16));
		return;
	case SAMPLES_S24_3LE:
		p[0] = (unsigned char)u32;
		p[1] = (unsigned char)(u32 >> 8);
		p[2] = (unsigned char)(u32 >> 16);
		return;
	default:
		memcpy(p, &code, sizeof(code));
	}
}

static void write_float(unsigned char *p, enum samples_format format, double value)
{
	float f32 = (float)value;

	if (format == SAMPLES_FLOAT)
		memcpy(p, &f32, sizeof(f32));
	else
		memcpy(p, &value, sizeof(value));
}

/* --- two frames at a time, interleaved without gaps --------------------------------------- */

/* Nearly every program has it so. */
static bool is_packed(const struct samples_area *area, unsigned int bytes)
{
	return area->channel[1] == area->channel[0] + bytes &&
	       area->step[0] == 2 * bytes && area->step[1] == 2 * bytes;
}

VECTOR_INLINE void store_two(double *lr, v4i32 samples, double scale)
{
	v2d_store(lr, v2d_from_low(samples) * v2d_all(scale));
	v2d_store(lr + 2, v2d_from_high(samples) * v2d_all(scale));
}

/* As finite_or_zero(), by their bits: the largest exponent is that of what is no number. */
VECTOR_INLINE v4u32 finite_floats_or_zero(v4u32 bits)
{
	const v4u32 exponent = v4u32_all(0x7f800000);

	return bits & (v4u32)((bits & exponent) != exponent);
}

VECTOR_INLINE void store_two_floats(double *lr, v4u32 bits)
{
	v4f samples = (v4f)finite_floats_or_zero(bits);

	v2d_store(lr, v2d_from_low_floats(samples));
	v2d_store(lr + 2, v2d_from_high_floats(samples));
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
VECTOR_INLINE v4u32 load_two_s24_3le(const unsigned char *p)
{
	/* by way of an array: gcc 12 fails on vectors made of overlapping loads (tree-pre) */
	const uint32_t words[4] = { load_le32(p), load_le32(p + 3), load_le32(p + 6),
				    load_le32(p + 8) >> 8 };
	v4u32 two;

	memcpy(&two, words, sizeof(two));
	return two;
}

/* One after the other: each puts right what the one before has spoilt. */
VECTOR_INLINE void store_two_s24_3le(unsigned char *p, v4u32 codes)
{
	store_le32(p, codes[0]);
	store_le32(p + 3, codes[1]);
	store_le32(p + 6, codes[2]);
	store_le32(p + 8, codes[3] << 8 | (codes[2] >> 16 & 0xff));
}

VECTOR_INLINE void read_two(double *lr, const unsigned char *p, enum samples_format format)
{
	v4i16 s16;
	v4u32 bits;

	if (format == SAMPLES_S16) {
		memcpy(&s16, p, sizeof(s16));
		store_two(lr, __builtin_convertvector(s16, v4i32), 0x1p-15);
		return;
	}
	if (format == SAMPLES_S24_3LE)
		bits = load_two_s24_3le(p);
	else
		memcpy(&bits, p, sizeof(bits));
	if (format == SAMPLES_FLOAT)
		store_two_floats(lr, bits);
	else if (format == SAMPLES_S32)
		store_two(lr, (v4i32)bits, 0x1p-31);
	else	/* the sign of 24 bits comes to where it belongs, and what is above them goes */
		store_two(lr, (v4i32)(bits << 8), 0x1p-31);
}

VECTOR_INLINE void write_two(unsigned char *p, v4u32 codes, enum samples_format format)
{
	v4i16 s16;

	if (format == SAMPLES_S16) {
		s16 = __builtin_convertvector((v4i32)codes, v4i16);
		memcpy(p, &s16, sizeof(s16));
	} else if (format == SAMPLES_S24_3LE) {
		store_two_s24_3le(p, codes);
	} else {
		memcpy(p, &codes, sizeof(codes));
	}
}

/* Returns frames read. */
VECTOR_INLINE size_t read_twos(double *lr, const unsigned char *from, enum samples_format format,
			       size_t frames)
{
	size_t n = 0;

	for (; n + 2 <= frames; n += 2)
		read_two(lr + 2 * n, from + 2 * n * formats[format].bytes, format);
	return n;
}

/* Returns frames written. */
VECTOR_INLINE size_t write_twos(unsigned char *to, enum samples_format format,
				const int32_t *codes, unsigned int shift, size_t frames)
{
	size_t n = 0;
	v4u32 two;

	for (; n + 2 <= frames; n += 2) {
		memcpy(&two, codes + 2 * n, sizeof(two));
		write_two(to + 2 * n * formats[format].bytes, two << shift, format);
	}
	return n;
}

/* The format is a constant in each branch, so that each becomes a loop of its own. */
static size_t read_packed(double *lr, const unsigned char *from, enum samples_format format,
			  size_t frames)
{
	switch (format) {
	case SAMPLES_S16:
		return read_twos(lr, from, SAMPLES_S16, frames);
	case SAMPLES_S24_3LE:
		return read_twos(lr, from, SAMPLES_S24_3LE, frames);
	case SAMPLES_S24:
		return read_twos(lr, from, SAMPLES_S24, frames);
	case SAMPLES_S32:
		return read_twos(lr, from, SAMPLES_S32, frames);
	case SAMPLES_FLOAT:
		return read_twos(lr, from, SAMPLES_FLOAT, frames);
	default:
		return 0;
	}
}

static size_t write_packed(unsigned char *to, enum samples_format format, const int32_t *codes,
			   unsigned int shift, size_t frames)
{
	switch (format) {
	case SAMPLES_S16:
		return write_twos(to, SAMPLES_S16, codes, shift, frames);
	case SAMPLES_S24_3LE:
		return write_twos(to, SAMPLES_S24_3LE, codes, shift, frames);
	default:
		return write_twos(to, SAMPLES_S32, codes, shift, frames);
	}
}

/* --- frames ------------------------------------------------------------------------------- */

void samples_area_advance(struct samples_area *area, size_t frames)
{
	for (unsigned int c = 0; c < 2; c++)
		area->channel[c] += frames * area->step[c];
}

unsigned int samples_bytes(enum samples_format format)
{
	return formats[format].bytes;
}

unsigned int samples_bits(enum samples_format format)
{
	return formats[format].bits;
}

bool samples_is_integer(enum samples_format format)
{
	return formats[format].integer;
}

void samples_read(double *lr, const struct samples_area *from, enum samples_format format,
		  size_t frames)
{
	size_t done = 0;

	if (is_packed(from, formats[format].bytes))
		done = read_packed(lr, from->channel[0], format, frames);
	for (size_t n = done; n < frames; n++)
		for (unsigned int c = 0; c < 2; c++)
			lr[2 * n + c] = read_sample(from->channel[c] + n * from->step[c], format);
}

void samples_write_codes(const struct samples_area *to, enum samples_format format,
			 const int32_t *codes, unsigned int bits, size_t frames)
{
	unsigned int shift = formats[format].bits - bits;
	size_t done = 0;

	if (is_packed(to, formats[format].bytes))
		done = write_packed(to->channel[0], format, codes, shift, frames);
	for (size_t n = done; n < frames; n++)
		for (unsigned int c = 0; c < 2; c++)
			write_code(to->channel[c] + n * to->step[c], format,
				   (int32_t)((uint32_t)codes[2 * n + c] << shift));
}

void samples_write_float(const struct samples_area *to, enum samples_format format,
			 const double *lr, size_t frames)
{
	for (size_t n = 0; n < frames; n++)
		for (unsigned int c = 0; c < 2; c++)
			write_float(to->channel[c] + n * to->step[c], format, lr[2 * n + c]);
}
