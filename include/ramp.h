/* alsa-crossfeed - a value that glides to its target in a straight line */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#ifndef RAMP_H
#define RAMP_H

/*
 * Plain data.  The value is computed from the number of frames left and not
 * summed up, so it does not depend on block sizes and ends on the target
 * exactly.
 */
struct ramp {
	double target;
	double step;		/* change per frame */
	unsigned int frames;	/* left until the target is reached */
};

static inline double ramp_value(const struct ramp *r)
{
	return r->frames ? r->target - r->step * r->frames : r->target;
}

/* Be at the target at once. */
static inline void ramp_jump(struct ramp *r, double target)
{
	*r = (struct ramp){ .target = target };
}

/* Reach the target after this many frames (at least 1), from where it is. */
static inline void ramp_glide(struct ramp *r, double target, unsigned int frames)
{
	r->step = (target - ramp_value(r)) / frames;
	r->target = target;
	r->frames = frames;
}

/* One frame on; returns the value of that frame. */
static inline double ramp_next(struct ramp *r)
{
	if (r->frames)
		r->frames--;
	return ramp_value(r);
}

#endif
