/* alsa-crossfeed - everything that changes samples: crossfeed, headroom, brightness, gain, volume */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Headroom is part of the filter's coefficients, not a gain of its own: what a
 * change fades between are then two filters neither of which can clip, and
 * neither can any mix of them.
 */

#include "sound.h"

#include <errno.h>
#include <math.h>

#include "decibel.h"

#define RAMP_SECONDS 0.02

static void design(struct filter_coefs *coefs, const struct sound_params *p, bool crossfeed,
		   unsigned int rate_hz)
{
	crossfeed_design(coefs, crossfeed ? &p->filter : NULL, p->brightness, rate_hz);
}

/* How far this filter can raise a peak, as far as the headroom setting cares. */
static double worst_gain(const struct sound *s, bool crossfeed)
{
	struct filter_coefs coefs;

	design(&coefs, &s->params, crossfeed, s->rate_hz);
	if (s->params.headroom_db == SOUND_HEADROOM_SINE)
		return crossfeed_sine_gain(&coefs, s->rate_hz);
	return crossfeed_peak_gain(&coefs);
}

/* A filter that is the untouched input needs no headroom, not even for dither;
 * unless that input is above full scale already. */
static bool needs_no_headroom(const struct sound_params *p)
{
	return p->bypass == SOUND_BYPASS_DIRECT && !p->crossfeed &&
	       p->brightness == CROSSFEED_BRIGHTNESS_OFF && p->input_peak <= 1 &&
	       p->input_sine <= 1;
}

static double largest_input(const struct sound_params *p)
{
	return fmax(1, p->headroom_db == SOUND_HEADROOM_SINE ? p->input_sine : p->input_peak);
}

static double attenuation(const struct sound *s)
{
	const struct sound_params *p = &s->params;
	double gain = 1;

	if (needs_no_headroom(p))
		return 1;
	if (p->headroom_db >= 0)
		return decibel_factor(-p->headroom_db);
	if (p->crossfeed || p->bypass == SOUND_BYPASS_MATCHED)
		gain = fmax(gain, worst_gain(s, true));
	if (!p->crossfeed || p->bypass == SOUND_BYPASS_MATCHED)
		gain = fmax(gain, worst_gain(s, false));
	return s->full_scale / (gain * largest_input(p));
}

static struct filter_coefs current_coefs(const struct sound *s)
{
	struct filter_coefs coefs;

	design(&coefs, &s->params, s->params.crossfeed, s->rate_hz);
	crossfeed_scale(&coefs, attenuation(s));
	return coefs;
}

static double current_factor(const struct sound_params *p)
{
	return decibel_factor(p->gain_db + p->volume_db);
}

static bool same_filter(const struct sound_params *a, const struct sound_params *b)
{
	return a->crossfeed == b->crossfeed &&
	       a->filter.level_db == b->filter.level_db &&
	       a->filter.lowpass_hz == b->filter.lowpass_hz &&
	       a->filter.allpass_hz == b->filter.allpass_hz &&
	       a->filter.direct_db == b->filter.direct_db &&
	       a->filter.direct_hz == b->filter.direct_hz &&
	       a->filter.output_db == b->filter.output_db &&
	       a->filter.mapping == b->filter.mapping &&
	       a->brightness == b->brightness &&
	       a->headroom_db == b->headroom_db &&
	       a->bypass == b->bypass &&
	       a->input_peak == b->input_peak &&
	       a->input_sine == b->input_sine;
}

int sound_init(struct sound *s, const struct sound_params *params, unsigned int rate_hz,
	       double full_scale)
{
	unsigned int ramp_frames = (unsigned int)(RAMP_SECONDS * rate_hz);
	struct filter_coefs coefs;

	if (rate_hz < CROSSFEED_RATE_MIN_HZ || rate_hz > CROSSFEED_RATE_MAX_HZ)
		return -EINVAL;
	*s = (struct sound){ .params = *params, .rate_hz = rate_hz, .full_scale = full_scale };
	coefs = current_coefs(s);
	filter_init(&s->filter, &coefs, ramp_frames);
	amp_init(&s->amp, current_factor(params), ramp_frames);
	return 0;
}

void sound_set(struct sound *s, const struct sound_params *params)
{
	bool filter_changes = !same_filter(&s->params, params);
	double factor = current_factor(params);

	s->params = *params;
	if (factor != s->amp.factor.target)
		amp_set(&s->amp, factor);
	if (filter_changes) {
		struct filter_coefs coefs = current_coefs(s);

		filter_set(&s->filter, &coefs);
	}
}

void sound_reset(struct sound *s)
{
	filter_reset(&s->filter);
	amp_reset(&s->amp);
}

bool sound_is_neutral(const struct sound *s)
{
	return filter_at_identity(&s->filter) && amp_at_unity(&s->amp);
}

void sound_process(struct sound *s, double *lr, size_t frames)
{
	filter_process(&s->filter, lr, frames);
	amp_process(&s->amp, lr, frames);
}

double sound_headroom_db(const struct sound *s)
{
	return -20 * log10(attenuation(s));
}
