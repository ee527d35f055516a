/* alsa-crossfeed - runs a symmetric two-channel filter and changes it without a click */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "filter.h"

#include <math.h>
#include <string.h>

#include "loops.h"

/* Below this a section's memory is 600 dB under full scale: call it silence,
 * before it becomes a subnormal number, which is slow on many processors. */
#define SILENCE 1e-30

/* Silence is looked for at multiples of this, counted from reset, and not at
 * the end of the caller's blocks, on which the output must not depend. */
enum { BLOCK_FRAMES = 128 };

static void run_filter(struct filter_run *run, double *lr, size_t frames)
{
	if (!filter_coefs_identity(&run->coefs))
		loops_best()->filter(run, lr, frames);
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
