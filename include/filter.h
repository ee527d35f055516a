/* alsa-crossfeed - runs a symmetric two-channel filter and changes it without a click */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#ifndef FILTER_H
#define FILTER_H

#include <stdbool.h>
#include <stddef.h>

#include "filter_run.h"
#include "ramp.h"

/* Frames are stereo, interleaved, left first, as double; full scale is 1. */

/* The filter that plays, the one it is fading to, the one to fade to then. */
struct filter {
	struct filter_run now;
	struct filter_run next;
	struct filter_coefs pending;
	bool has_pending;
	unsigned int warm_up;		/* frames left before next gets weight */
	struct ramp fade;		/* its weight; no change is under way when both are 0 */
	unsigned int warm_up_frames, fade_frames;
	unsigned int position;		/* frames into the current block */
};

/* True where the filter is the untouched input. */
bool filter_coefs_identity(const struct filter_coefs *coefs);

/*
 * Start from silence with coefs.  Later changes run the new filter unheard for
 * warm_up_frames, so that its memory is what it would be had it always run, and
 * then fade to it in fade_frames (at least 1 of each).
 */
void filter_init(struct filter *f, const struct filter_coefs *coefs,
		 unsigned int warm_up_frames, unsigned int fade_frames);

/* Forget the past and be at the newest target at once. */
void filter_reset(struct filter *f);

/*
 * Fade to other coefficients, at once or, where a fade is under way, when it
 * ends; the latest call wins.  A mix of two filters that cannot clip cannot
 * clip either.  Real-time safe.
 */
void filter_set(struct filter *f, const struct filter_coefs *coefs);

/* True while the filter is, and stays, the untouched input. */
bool filter_at_identity(const struct filter *f);

/*
 * Process any number of frames in place; block sizes change no bit of the
 * output.  Real-time safe.
 */
void filter_process(struct filter *f, double *lr, size_t frames);

#endif
