/* alsa-crossfeed - folds one to eight channels down to two ears */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#ifndef DOWNMIX_H
#define DOWNMIX_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Weights of ITU-R BS.775, table 2: a front channel goes to its own ear as it
 * is, the centre to both ears at -3 dB, a side or rear channel to its own ear
 * at -3 dB, a single rear channel to both ears at -6 dB.  The low-frequency
 * effects channel is left out: it repeats what the others have, 10 dB louder.
 * Mono goes to both ears as it is.
 */

enum { DOWNMIX_CHANNELS_MAX = 8 };

enum downmix_speaker {
	DOWNMIX_SILENT,		/* a channel nobody is to hear */
	DOWNMIX_MONO,		/* only as the one channel of a stream */
	DOWNMIX_FRONT_LEFT,
	DOWNMIX_FRONT_RIGHT,
	DOWNMIX_CENTRE,
	DOWNMIX_LFE,
	DOWNMIX_REAR_LEFT,
	DOWNMIX_REAR_RIGHT,
	DOWNMIX_SIDE_LEFT,
	DOWNMIX_SIDE_RIGHT,
	DOWNMIX_REAR_CENTRE,
	DOWNMIX_SPEAKERS,
};

/* Plain data. */
struct downmix {
	unsigned int channels;
	double weight[DOWNMIX_CHANNELS_MAX][2];	/* of a channel in the left and right ear */
};

/*
 * Weights for 1 .. DOWNMIX_CHANNELS_MAX channels, each in the place its speaker
 * stands for.  A stream of one channel is mono whatever its speaker.  Returns 0
 * or -EINVAL, with *d unchanged, for DOWNMIX_MONO among several.
 */
int downmix_design(struct downmix *d, const enum downmix_speaker *speakers,
		   unsigned int channels);

/* True for left and right as they are: nothing to do. */
bool downmix_is_stereo(const struct downmix *d);

/* True where both ears hear the same, so that crossfeed has nothing to feed. */
bool downmix_is_mono(const struct downmix *d);

/* The largest factor by which folding down raises a peak: the greater sum of an ear's weights. */
double downmix_peak_gain(const struct downmix *d);

/*
 * Add channels first and first + 1, given as interleaved pairs, to interleaved
 * stereo frames.  The second of a pair that does not exist is left out.
 * Real-time safe.
 */
void downmix_add(const struct downmix *d, double *lr, const double *pairs, unsigned int first,
		 size_t frames);

#endif
