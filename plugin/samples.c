/* alsa-crossfeed - reads and writes the sample formats, wherever they lie in memory */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "samples.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "loops.h"

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

/* Nearly every program has it so. */
static bool is_packed(const struct samples_area *area, unsigned int bytes)
{
	return area->channel[1] == area->channel[0] + bytes &&
	       area->step[0] == 2 * bytes && area->step[1] == 2 * bytes;
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
		done = loops_best()->read(lr, from->channel[0], format, frames);
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
		done = loops_best()->write_codes(to->channel[0], format, codes, shift, frames);
	for (size_t n = done; n < frames; n++)
		for (unsigned int c = 0; c < 2; c++)
			write_code(to->channel[c] + n * to->step[c], format,
				   (int32_t)((uint32_t)codes[2 * n + c] << shift));
}

void samples_write_float(const struct samples_area *to, enum samples_format format,
			 const double *lr, size_t frames)
{
	size_t done = 0;

	if (format == SAMPLES_FLOAT && is_packed(to, formats[format].bytes))
		done = loops_best()->write_floats(to->channel[0], lr, frames);
	for (size_t n = done; n < frames; n++)
		for (unsigned int c = 0; c < 2; c++)
			write_float(to->channel[c] + n * to->step[c], format, lr[2 * n + c]);
}
