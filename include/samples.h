/* alsa-crossfeed - reads and writes the sample formats, wherever they lie in memory */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#ifndef SAMPLES_H
#define SAMPLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats.h"

/* Where the left and right sample of the first frame are, and the way to the next. */
struct samples_area {
	unsigned char *channel[2];
	size_t step[2];		/* bytes from frame to frame */
};

/* Move on by a number of frames.  Real-time safe. */
void samples_area_advance(struct samples_area *area, size_t frames);

/*
 * Read frames as interleaved doubles, full scale 1.  Not-a-number, infinite and
 * larger samples than a float holds read as 0: they, or their sums, would stay
 * in a filter's memory for ever.  Real-time safe.
 */
void samples_read(double *lr, const struct samples_area *from, enum format format, size_t frames);

/*
 * Write interleaved integers of bits significant bits, at most the format's
 * own, left-justified in the format as a DAC of that many bits takes them.
 * For integer formats only.  Real-time safe.
 */
void samples_write_codes(const struct samples_area *to, enum format format,
			 const int32_t *codes, unsigned int bits, size_t frames);

/* Write interleaved doubles in a floating-point format.  Real-time safe. */
void samples_write_doubles(const struct samples_area *to, enum format format, const double *lr,
			   size_t frames);

#endif
