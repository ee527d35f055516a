/* alsa-crossfeed - the loops that every sample passes, for the processor at hand */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#ifndef LOOPS_H
#define LOOPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "filter_run.h"
#include "formats.h"

/* Frames are rounded in groups of so many; each sample of a group has its own random generator. */
enum { LOOPS_GROUP = 8, LOOPS_RANDOMS = 2 * LOOPS_GROUP };

/*
 * plugin/loops.c, compiled for one kind of processor.  Each kind gives the same
 * bits.  Stereo frames, interleaved without gaps, the doubles at full scale 1.
 * Real-time safe.
 */
struct loops {
	/* A format to doubles; an even number of frames. */
	void (*read[FORMATS])(double *lr, const unsigned char *from, size_t frames);

	/*
	 * To a format; an even number of frames.  Its samples are codes, int32_t, that
	 * are shifted left, or where the format is of floats, doubles.
	 */
	void (*write[FORMATS])(unsigned char *to, const void *samples, unsigned int shift,
			       size_t frames);

	/* The filter of run->coefs, any number of frames in place. */
	void (*filter)(struct filter_run *run, double *lr, size_t frames);

	/*
	 * Doubles to codes of a full scale of scale, saturating, with dither or
	 * without; frames in multiples of LOOPS_GROUP.  Returns how many samples
	 * clipped.
	 */
	uint64_t (*round)(int32_t *codes, const double *lr, size_t frames,
			  uint32_t random[LOOPS_RANDOMS], double scale, bool dither);
};

extern const struct loops loops_base;	/* any processor of the build's kind */
#ifdef HAVE_AVX2
extern const struct loops loops_avx2;
#endif

/*
 * The fastest that this processor can run.  To look at a bit that the C library has
 * found at its start is cheaper than to carry a pointer to where it is used.
 */
static inline const struct loops *loops_best(void)
{
#ifdef HAVE_AVX2
	if (__builtin_cpu_supports("avx2"))
		return &loops_avx2;
#endif
	return &loops_base;
}

#endif
