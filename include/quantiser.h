/* alsa-crossfeed - rounds samples to the DAC's width, with dither, and never wraps */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#ifndef QUANTISER_H
#define QUANTISER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loops.h"

struct quantiser {
	unsigned int bits;
	double scale;		/* a step is 1 / scale */
	uint32_t random[LOOPS_RANDOMS];	/* xorshift */
	size_t used;		/* how many of the group's frames are through */
	uint64_t clipped;	/* samples that were beyond full scale, since init */
	unsigned int zero_frames;	/* exact zeros up to now, in a row */
	unsigned int silence_frames;	/* from so many on they are silence */
};

/* For 8 .. 32 significant bits; nothing is silence yet. */
void quantiser_init(struct quantiser *q, unsigned int bits);

/* Start the dither's sequence anew; the count of clipped samples stays. */
void quantiser_reset(struct quantiser *q);

/*
 * From frames (at least 1) of exact zeros in a row on, they are silence: codes
 * of 0, without dither, up to the first sample that is something else, which is
 * dithered again.  The dither's sequence waits meanwhile, but for a frame's place
 * in its group.  Real-time safe.
 */
void quantiser_set_silence(struct quantiser *q, unsigned int frames);

/* True while the last frame was silence. */
bool quantiser_is_silent(const struct quantiser *q);

/*
 * The largest magnitude (full scale 1) that comes out unclipped, whatever the
 * dither does to it.
 */
double quantiser_full_scale(const struct quantiser *q);

/* How many frames from the first on are integers of q->bits bits already. */
size_t quantiser_exact_frames(const struct quantiser *q, const double *lr, size_t frames);

/*
 * Round interleaved stereo frames to integers of q->bits bits,
 * -2^(bits-1) .. 2^(bits-1) - 1, saturating.  dither adds triangular noise of
 * +-1 step, without which rounding error would follow the music.  Values that
 * are integers of that width already pass exactly when dither is false.
 * Any block size gives the same codes.  Real-time safe.
 */
void quantiser_process(struct quantiser *q, int32_t *codes, const double *lr, size_t frames,
		       bool dither);

#endif
