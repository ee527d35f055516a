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

/* Steps that may be under way at once. */
enum { AMP_STEPS = 16 };

/*
 * The level glides in decibels.  A step by itself takes 28 ms.  Of several, as a
 * held key makes them, each but the first takes 250 ms, so that they run into one
 * slope: a level that comes to rest between them would add tones of their rhythm
 * to the music.  The steps under way are added up; none overtakes another, so the
 * level never leaves the range of what was asked for.
 *
 * Mute is a factor of its own, since no slope in decibels leads to silence.
 */
struct amp {
	double level_db;		/* as set */
	bool mute;
	double started_db;		/* where the steps under way lead */
	struct ramp step_db[AMP_STEPS];	/* from 0 to what each adds */
	unsigned int steps;
	unsigned int since;		/* frames since the last step began, while that matters */
	struct ramp audible;		/* 0 is mute, 1 is not */
	double factor;			/* of the last frame */
	unsigned int rate_hz;
};

/* Start at level_db; -INFINITY is mute. */
void amp_init(struct amp *amp, double level_db, unsigned int rate_hz);

/*
 * Glide to another level, or mute.  A mute that is under way comes to its end
 * first, and steps begin 1/64 s apart; of what is set meanwhile the latest counts.
 * Real-time safe.
 */
void amp_set(struct amp *amp, double level_db);

/* Be where it was set at once. */
void amp_reset(struct amp *amp);

/* True while the samples pass unchanged, and go on to. */
bool amp_at_unity(const struct amp *amp);

/* Multiply interleaved stereo frames in place.  Real-time safe. */
void amp_process(struct amp *amp, double *lr, size_t frames);

#endif
