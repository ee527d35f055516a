/* alsa-crossfeed - runs a symmetric two-channel filter and changes it without a click */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A one-pole recursion waits for its own last result.  Taking it two frames at
 * a time,
 *
 *   s[n] = pole^2 s[n-2] + (x[n] + pole x[n-1]),
 *
 * halves that wait.  Every frame is computed by this one formula, so block
 * sizes change no bit.
 */

#include "filter.h"

#include <math.h>

#include "vector.h"

/* Below this a section's memory is 600 dB under full scale: call it silence,
 * before it becomes a subnormal number, which is slow on many processors. */
#define SILENCE 1e-30

/* Silence is looked for at multiples of this, counted from reset, and not at
 * the end of the caller's blocks, on which the output must not depend. */
enum { BLOCK_FRAMES = 128 };

/* The weights and memory in registers.  An array of two is an even and an odd
 * frame: the last two frames seen. */
struct loop {
	v2d own, cross;
	v2d pole[FILTER_SECTIONS], pole2[FILTER_SECTIONS];
	v2d section_own[FILTER_SECTIONS], section_cross[FILTER_SECTIONS];
	v2d state[FILTER_SECTIONS][2];
	v2d input;			/* the last frame */
	v2d from_own, from_cross;	/* what the sections add to the next frame */
};

VECTOR_INLINE void weigh_sections(struct loop *l, unsigned int frame, unsigned int sections,
				  bool own)
{
	l->from_cross = l->section_cross[0] * l->state[0][frame];
	for (unsigned int k = 1; k < sections; k++)
		l->from_cross += l->section_cross[k] * l->state[k][frame];
	if (!own)
		return;
	l->from_own = l->section_own[0] * l->state[0][frame];
	for (unsigned int k = 1; k < sections; k++)
		l->from_own += l->section_own[k] * l->state[k][frame];
}

VECTOR_INLINE void loop_begin(struct loop *l, const struct filter_run *run,
			      unsigned int sections, bool own)
{
	const struct filter_coefs *c = &run->coefs;

	l->own = v2d_all(c->own);
	l->cross = v2d_all(c->cross);
	for (unsigned int k = 0; k < sections; k++) {
		l->pole[k] = v2d_all(c->section[k].pole);
		l->pole2[k] = v2d_all(c->section[k].pole * c->section[k].pole);
		l->section_own[k] = v2d_all(c->section[k].own);
		l->section_cross[k] = v2d_all(c->section[k].cross);
		l->state[k][0] = v2d_load(run->section[k]);
		l->state[k][1] = v2d_load(run->section[k] + 2);
	}
	l->input = v2d_load(run->input);
	weigh_sections(l, 1, sections, own);
}

VECTOR_INLINE void loop_end(const struct loop *l, struct filter_run *run,
			    unsigned int sections)
{
	for (unsigned int k = 0; k < sections; k++) {
		v2d_store(run->section[k], l->state[k][0]);
		v2d_store(run->section[k] + 2, l->state[k][1]);
	}
	v2d_store(run->input, l->input);
}

/* One frame; its state takes the place of the state two frames before it. */
VECTOR_INLINE v2d loop_step(struct loop *l, v2d x, unsigned int frame, unsigned int sections,
			    bool own)
{
	v2d heard = own ? l->own * x + l->from_own : l->own * x;
	v2d other = l->cross * x + l->from_cross;

	for (unsigned int k = 0; k < sections; k++)
		l->state[k][frame] = l->pole2[k] * l->state[k][frame] +
				     (l->pole[k] * l->input + x);
	l->input = x;
	weigh_sections(l, frame, sections, own);
	return heard + v2d_swap(other);
}

/* After an odd number of frames, put the older state first again. */
VECTOR_INLINE void loop_exchange(struct loop *l, unsigned int sections)
{
	for (unsigned int k = 0; k < sections; k++) {
		v2d older = l->state[k][1];

		l->state[k][1] = l->state[k][0];
		l->state[k][0] = older;
	}
}

VECTOR_INLINE void run_sections(struct filter_run *run, double *lr, size_t frames,
				unsigned int sections, bool own)
{
	struct loop l;

	loop_begin(&l, run, sections, own);
	for (; frames >= 2; frames -= 2, lr += 4) {
		v2d_store(lr, loop_step(&l, v2d_load(lr), 0, sections, own));
		v2d_store(lr + 2, loop_step(&l, v2d_load(lr + 2), 1, sections, own));
	}
	if (frames) {
		v2d_store(lr, loop_step(&l, v2d_load(lr), 0, sections, own));
		loop_exchange(&l, sections);
	}
	loop_end(&l, run, sections);
}

static bool own_path_is_direct(const struct filter_coefs *c)
{
	for (unsigned int k = 0; k < c->sections; k++)
		if (c->section[k].own != 0)
			return false;
	return true;
}

/* The counts are constants in each branch, so that each becomes a loop of its own. */
static void run_filter(struct filter_run *run, double *lr, size_t frames)
{
	bool direct = own_path_is_direct(&run->coefs);

	if (filter_coefs_identity(&run->coefs))
		return;
	if (direct && run->coefs.sections <= 2)
		run_sections(run, lr, frames, 2, false);
	else if (run->coefs.sections <= 2)
		run_sections(run, lr, frames, 2, true);
	else if (run->coefs.sections <= 4)
		run_sections(run, lr, frames, 4, true);
	else
		run_sections(run, lr, frames, FILTER_SECTIONS, true);
}

static void clear_silent_sections(struct filter_run *run)
{
	for (unsigned int k = 0; k < run->coefs.sections; k++)
		for (unsigned int i = 0; i < 4; i++)
			if (fabs(run->section[k][i]) < SILENCE)
				run->section[k][i] = 0;
}

static void clear_silence(struct filter *f)
{
	clear_silent_sections(&f->now);
	clear_silent_sections(&f->next);
}

static void start_run(struct filter_run *run, const struct filter_coefs *coefs)
{
	*run = (struct filter_run){ .coefs = *coefs };
}

static void start_fade(struct filter *f, const struct filter_coefs *coefs)
{
	start_run(&f->next, coefs);
	f->warm_up = f->warm_up_frames;
	ramp_jump(&f->fade, 0);
	ramp_glide(&f->fade, 1, f->fade_frames);
}

static void end_fade(struct filter *f)
{
	f->now = f->next;
	if (!f->has_pending)
		return;
	f->has_pending = false;
	start_fade(f, &f->pending);
}

/* Both filters run; while the new one warms up, the old one alone is heard. */
static void process_change(struct filter *f, double *lr, size_t frames)
{
	double next[2 * BLOCK_FRAMES];

	memcpy(next, lr, 2 * frames * sizeof(*lr));
	run_filter(&f->now, lr, frames);
	run_filter(&f->next, next, frames);
	if (f->warm_up) {
		f->warm_up -= (unsigned int)frames;
		return;
	}
	for (size_t n = 0; n < frames; n++) {
		double weight = ramp_next(&f->fade);

		lr[2 * n] += weight * (next[2 * n] - lr[2 * n]);
		lr[2 * n + 1] += weight * (next[2 * n + 1] - lr[2 * n + 1]);
	}
	if (f->fade.frames == 0)
		end_fade(f);
}

/* Up to the end of the block, the warm-up or the fade. */
static size_t next_part(const struct filter *f, size_t frames)
{
	size_t part = BLOCK_FRAMES - f->position;
	size_t left = f->warm_up ? f->warm_up : f->fade.frames;

	if (left && left < part)
		part = left;
	return frames < part ? frames : part;
}

bool filter_coefs_identity(const struct filter_coefs *coefs)
{
	return coefs->own == 1 && coefs->cross == 0 && coefs->sections == 0;
}

void filter_init(struct filter *f, const struct filter_coefs *coefs,
		 unsigned int warm_up_frames, unsigned int fade_frames)
{
	*f = (struct filter){ .warm_up_frames = warm_up_frames, .fade_frames = fade_frames };
	start_run(&f->now, coefs);
}

void filter_reset(struct filter *f)
{
	struct filter_coefs newest = f->has_pending ? f->pending :
				     f->fade.frames ? f->next.coefs : f->now.coefs;

	f->has_pending = false;
	f->warm_up = f->fade.frames = 0;
	f->position = 0;
	start_run(&f->now, &newest);
}

void filter_set(struct filter *f, const struct filter_coefs *coefs)
{
	if (f->fade.frames == 0) {
		start_fade(f, coefs);
		return;
	}
	f->pending = *coefs;
	f->has_pending = true;
}

bool filter_at_identity(const struct filter *f)
{
	return f->fade.frames == 0 && filter_coefs_identity(&f->now.coefs);
}

void filter_process(struct filter *f, double *lr, size_t frames)
{
	while (frames) {
		size_t part = next_part(f, frames);

		if (f->fade.frames)
			process_change(f, lr, part);
		else
			run_filter(&f->now, lr, part);
		lr += 2 * part;
		frames -= part;
		f->position = (f->position + (unsigned int)part) % BLOCK_FRAMES;
		if (f->position == 0)
			clear_silence(f);
	}
}
