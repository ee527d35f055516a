/* alsa-crossfeed - the gain switch and the volume knob */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#ifndef AMP_H
#define AMP_H

#include <stdbool.h>
#include <stddef.h>

#include "ramp.h"

/*
 * The steps of HeadRoom's BlockHead gain switch (15.72, 11.75 and 4.04 dB),
 * with the highest at 0: a digital stream has no room above full scale.
 */
#define AMP_GAIN_HIGH_DB 0.0
#define AMP_GAIN_MEDIUM_DB (-3.97)
#define AMP_GAIN_LOW_DB (-11.68)

struct amp {
	struct ramp factor;
	unsigned int ramp_frames;
};

/* Start at factor (0 is mute, 1 changes nothing); changes take ramp_frames (at least 1). */
void amp_init(struct amp *amp, double factor, unsigned int ramp_frames);

/* Glide to another factor, from wherever it is.  Real-time safe. */
void amp_set(struct amp *amp, double factor);

/* Be at the target at once. */
void amp_reset(struct amp *amp);

/* True while the samples pass unchanged, and go on to. */
bool amp_at_unity(const struct amp *amp);

/* Multiply interleaved stereo frames in place.  Real-time safe. */
void amp_process(struct amp *amp, double *lr, size_t frames);

#endif
