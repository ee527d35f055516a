/* alsa-crossfeed - a value that glides to its target without a corner */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#ifndef RAMP_H
#define RAMP_H

/*
 * From 0 at 0 to 1 at 1, with three derivatives that are 0 at both ends.  What a
 * fade adds to the spectrum far from the music comes of its corners: a straight
 * line has them in the first derivative, a raised cosine in the second, this
 * polynomial in the fourth.
 */
static inline double ramp_shape(double x)
{
	return x * x * x * x * (35 + x * (-84 + x * (70 + x * -20)));
}

/*
 * Plain data.  The value is computed from the number of frames left and not
 * summed up, so it does not depend on block sizes and ends on the target
 * exactly.
 */
struct ramp {
	double target;
	double change;		/* from where it began to the target */
	unsigned int frames;	/* left until the target is reached */
	unsigned int length;	/* all of them */
};

static inline double ramp_value(const struct ramp *r)
{
	if (r->frames == 0)
		return r->target;
	/* the shape is point symmetric: seen from the target, too */
	return r->target - r->change * ramp_shape((double)r->frames / r->length);
}

/* Be at the target at once. */
static inline void ramp_jump(struct ramp *r, double target)
{
	*r = (struct ramp){ .target = target };
}

/* From rest, reach the target after this many frames (at least 1). */
static inline void ramp_glide(struct ramp *r, double target, unsigned int frames)
{
	*r = (struct ramp){
		.target = target, .change = target - r->target, .frames = frames, .length = frames,
	};
}

/* One frame on; returns the value of that frame. */
static inline double ramp_next(struct ramp *r)
{
	if (r->frames)
		r->frames--;
	return ramp_value(r);
}

#endif
