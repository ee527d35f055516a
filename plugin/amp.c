/* alsa-crossfeed - the gain switch and the volume knob */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "amp.h"

#include <math.h>

#include "decibel.h"

#define STEP_SECONDS 0.028

/*
 * A step that begins so soon behind another, or while one is under way, is one of
 * a sequence and takes so long.  No step overtakes one before it, or their sum
 * would leave the range of what was asked for.
 */
#define SEQUENCE_GAP_SECONDS 0.1
#define SEQUENCE_STEP_SECONDS 0.25

static unsigned int frames_of(const struct amp *amp, double seconds)
{
	return (unsigned int)(seconds * amp->rate_hz);
}

static unsigned int gap_frames(const struct amp *amp)
{
	return frames_of(amp, SEQUENCE_GAP_SECONDS);
}

static unsigned int sequence_frames(const struct amp *amp)
{
	return frames_of(amp, SEQUENCE_STEP_SECONDS);
}

/* So that there is always room for the next. */
static unsigned int interval_frames(const struct amp *amp)
{
	return sequence_frames(amp) / AMP_STEPS + 1;
}

static void set_target(struct amp *amp, double level_db)
{
	amp->mute = isinf(level_db);
	if (!amp->mute)
		amp->level_db = level_db;
}

void amp_init(struct amp *amp, double level_db, unsigned int rate_hz)
{
	*amp = (struct amp){ .rate_hz = rate_hz };
	set_target(amp, level_db);
	amp_reset(amp);
}

static bool is_silent(const struct amp *amp)
{
	return amp->audible.frames == 0 && amp->audible.target == 0;
}

static void jump_to_level(struct amp *amp)
{
	amp->started_db = amp->level_db;
	amp->steps = 0;
	amp->since = gap_frames(amp);
}

void amp_set(struct amp *amp, double level_db)
{
	set_target(amp, level_db);
	/* nobody hears how it gets there */
	if (is_silent(amp))
		jump_to_level(amp);
}

void amp_reset(struct amp *amp)
{
	jump_to_level(amp);
	ramp_jump(&amp->audible, amp->mute ? 0 : 1);
	amp->factor = decibel_factor(amp->level_db) * amp->audible.target;
}

static bool wants_step(const struct amp *amp)
{
	return amp->started_db != amp->level_db;
}

static bool wants_mute_change(const struct amp *amp)
{
	return amp->audible.target != (amp->mute ? 0 : 1);
}

/* True while the factor changes, or is about to. */
static bool is_moving(const struct amp *amp)
{
	return amp->steps || amp->audible.frames || wants_step(amp) || wants_mute_change(amp);
}

bool amp_at_unity(const struct amp *amp)
{
	return !is_moving(amp) && amp->since == gap_frames(amp) && amp->factor == 1;
}

static void start_step(struct amp *amp)
{
	bool alone = amp->steps == 0 && amp->since == gap_frames(amp);
	struct ramp *step = &amp->step_db[amp->steps++];

	ramp_jump(step, 0);
	ramp_glide(step, amp->level_db - amp->started_db,
		   alone ? frames_of(amp, STEP_SECONDS) : sequence_frames(amp));
	amp->started_db = amp->level_db;
	amp->since = 0;
}

/* One frame on; returns what the step has still to add. */
static double step_next(struct ramp *step)
{
	return step->target - ramp_next(step);
}

/* One frame on, without the steps that are at their end. */
static double next_level_db(struct amp *amp)
{
	double level_db = amp->started_db;
	unsigned int left = 0;

	for (unsigned int k = 0; k < amp->steps; k++) {
		level_db -= step_next(&amp->step_db[k]);
		if (amp->step_db[k].frames)
			amp->step_db[left++] = amp->step_db[k];
	}
	amp->steps = left;
	return level_db;
}

static void pass_time(struct amp *amp, size_t frames)
{
	size_t left = gap_frames(amp) - amp->since;

	amp->since += (unsigned int)(frames < left ? frames : left);
}

/* The factor of the next frame. */
static double next_factor(struct amp *amp)
{
	if (wants_step(amp) && amp->since >= interval_frames(amp))
		start_step(amp);
	if (wants_mute_change(amp) && amp->audible.frames == 0)
		ramp_glide(&amp->audible, amp->mute ? 0 : 1, frames_of(amp, STEP_SECONDS));
	pass_time(amp, 1);
	amp->factor = decibel_factor(next_level_db(amp)) * ramp_next(&amp->audible);
	return amp->factor;
}

static void multiply(double *lr, size_t frames, double factor)
{
	for (size_t n = 0; n < 2 * frames; n++)
		lr[n] *= factor;
}

void amp_process(struct amp *amp, double *lr, size_t frames)
{
	for (; frames && is_moving(amp); frames--, lr += 2)
		multiply(lr, 1, next_factor(amp));
	pass_time(amp, frames);
	if (amp->factor != 1)
		multiply(lr, frames, amp->factor);
}
