/* alsa-crossfeed - the gain switch and the volume knob */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "amp.h"

void amp_init(struct amp *amp, double factor, unsigned int ramp_frames)
{
	amp->ramp_frames = ramp_frames;
	ramp_jump(&amp->factor, factor);
}

void amp_set(struct amp *amp, double factor)
{
	ramp_glide(&amp->factor, factor, amp->ramp_frames);
}

void amp_reset(struct amp *amp)
{
	ramp_jump(&amp->factor, amp->factor.target);
}

bool amp_at_unity(const struct amp *amp)
{
	return amp->factor.frames == 0 && amp->factor.target == 1;
}

static void multiply(double *lr, size_t frames, double factor)
{
	for (size_t n = 0; n < 2 * frames; n++)
		lr[n] *= factor;
}

void amp_process(struct amp *amp, double *lr, size_t frames)
{
	for (; frames && amp->factor.frames; frames--, lr += 2)
		multiply(lr, 1, ramp_next(&amp->factor));
	if (!amp_at_unity(amp))
		multiply(lr, frames, amp->factor.target);
}
