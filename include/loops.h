/* alsa-crossfeed - the loops that every sample passes, for the processor at hand */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#ifndef LOOPS_H
#define LOOPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "filter.h"
#include "quantiser.h"
#include "samples.h"

/*
 * plugin/loops.c, compiled for one kind of processor.  Each kind gives the same
 * bits.  Samples are interleaved without gaps, the doubles at full scale 1.
 * Real-time.
 */
struct loops {
	/* Any format to doubles; returns how many frames, at least all but one. */
	size_t (*read)(double *lr, const unsigned char *from, enum samples_format format,
		       size_t frames);

	/* Codes shifted left to an integer format; returns as read does. */
	size_t (*write_codes)(unsigned char *to, enum samples_format format,
			      const int32_t *codes, unsigned int shift, size_t frames);

	/* Doubles to FLOAT; returns as read does. */
	size_t (*write_floats)(unsigned char *to, const double *lr, size_t frames);

	/* The filter of run->coefs, any number of frames in place. */
	void (*filter)(struct filter_run *run, double *lr, size_t frames);

	/*
	 * Doubles to codes of a full scale of scale, saturating, with dither or
	 * without; frames in multiples of QUANTISER_GROUP.  Returns how many
	 * samples clipped.
	 */
	uint64_t (*round)(int32_t *codes, const double *lr, size_t frames,
			  uint32_t random[QUANTISER_RANDOMS], double scale, bool dither);
};

extern const struct loops loops_base;	/* any processor of the build's kind */
#ifdef HAVE_AVX2
extern const struct loops loops_avx2;
#endif

/* The fastest that this processor can run: the same one at every call. */
static inline const struct loops *loops_best(void)
{
#ifdef HAVE_AVX2
	if (__builtin_cpu_supports("avx2"))
		return &loops_avx2;
#endif
	return &loops_base;
}

#endif
