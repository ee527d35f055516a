/* alsa-crossfeed - reads and writes the sample formats, wherever they lie in memory */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#ifndef SAMPLES_H
#define SAMPLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ALSA's formats of these names; native byte order but for S24_3LE. */
enum samples_format {
	SAMPLES_S16,
	SAMPLES_S24_3LE,	/* 3 bytes */
	SAMPLES_S24,		/* low 24 bits of 4 bytes */
	SAMPLES_S32,
	SAMPLES_FLOAT,		/* full scale 1 */
	SAMPLES_FLOAT64,
	SAMPLES_FORMATS,
};

/* Where the left and right sample of the first frame are, and the way to the next. */
struct samples_area {
	unsigned char *channel[2];
	size_t step[2];		/* bytes from frame to frame */
};

/* Move on by a number of frames. */
void samples_area_advance(struct samples_area *area, size_t frames);

/* Bytes one sample takes. */
unsigned int samples_bytes(enum samples_format format);

/* Bits of resolution: 16, 24 or 32, and 25 and 53 for the floating-point formats. */
unsigned int samples_bits(enum samples_format format);

bool samples_is_integer(enum samples_format format);

/*
 * Read frames as interleaved doubles, full scale 1.  Not-a-number, infinite and
 * larger samples than a float holds read as 0: they, or their sums, would stay
 * in a filter's memory for ever.
 * Real-time.
 */
void samples_read(double *lr, const struct samples_area *from, enum samples_format format,
		  size_t frames);

/*
 * Write interleaved integers of bits significant bits, at most the format's
 * own, left-justified in the format as a DAC of that many bits takes them.
 * For integer formats only.  Real-time.
 */
void samples_write_codes(const struct samples_area *to, enum samples_format format,
			 const int32_t *codes, unsigned int bits, size_t frames);

/* Write interleaved doubles in a floating-point format.  Real-time. */
void samples_write_float(const struct samples_area *to, enum samples_format format,
			 const double *lr, size_t frames);

#endif
