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

/* In 8 ms the slowest pole there is, at 300 Hz, has forgotten all but -130 dB. */
#define WARM_UP_SECONDS 0.008
#define FADE_SECONDS 0.02

#define SAFE_DB 6.0
#define SINE_DB 3.0

/* The filter as it is designed: headroom none, or a stream that is to be left alone. */
static bool is_raw(const struct sound_params *p)
{
	return p->headroom_db == 0 ||
	       (p->bypass == SOUND_BYPASS_DIRECT && !p->crossfeed &&
		p->brightness == CROSSFEED_BRIGHTNESS_OFF);
}

/* The attenuation without which something that headroom promises not to clip could. */
static double least_headroom_db(const struct sound *s, const struct filter_coefs *coefs)
{
	double gain = s->params.headroom_db == SOUND_HEADROOM_SINE ?
		      crossfeed_sine_gain(coefs, s->rate_hz) : crossfeed_peak_gain(coefs);

	return decibel_of(gain / s->full_scale);
}

/* For a filter that has its trim. */
static double headroom_db(const struct sound *s, const struct filter_coefs *coefs)
{
	const struct sound_params *p = &s->params;

	if (p->headroom_db >= 0)
		return p->headroom_db;
	return fmax(p->headroom_db == SOUND_HEADROOM_SINE ? SINE_DB : SAFE_DB,
		    least_headroom_db(s, coefs));
}

/* The filter for s->params, and with it the headroom in force. */
static struct filter_coefs design(struct sound *s)
{
	const struct sound_params *p = &s->params;
	struct filter_coefs coefs;

	crossfeed_design(&coefs, p->crossfeed ? &p->filter : NULL, p->brightness, s->rate_hz);
	s->headroom_db = s->trim_db = 0;
	if (is_raw(p))
		return coefs;
	s->trim_db = decibel_of(1 / crossfeed_loudness(&coefs, s->rate_hz));
	crossfeed_scale(&coefs, decibel_factor(s->trim_db));
	s->headroom_db = headroom_db(s, &coefs);
	crossfeed_scale(&coefs, decibel_factor(-s->headroom_db));
	return coefs;
}

static bool same_correction(const struct crossfeed_correction *a,
			    const struct crossfeed_correction *b)
{
	return a[0].zero_hz == b[0].zero_hz && a[0].pole_hz == b[0].pole_hz &&
	       a[1].zero_hz == b[1].zero_hz && a[1].pole_hz == b[1].pole_hz;
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
	       same_correction(a->filter.correction, b->filter.correction) &&
	       a->brightness == b->brightness &&
	       a->headroom_db == b->headroom_db &&
	       a->bypass == b->bypass;
}

int sound_init(struct sound *s, const struct sound_params *params, unsigned int rate_hz,
	       double full_scale)
{
	struct filter_coefs coefs;

	if (rate_hz < CROSSFEED_RATE_MIN_HZ || rate_hz > CROSSFEED_RATE_MAX_HZ)
		return -EINVAL;
	*s = (struct sound){ .params = *params, .rate_hz = rate_hz, .full_scale = full_scale };
	coefs = design(s);
	filter_init(&s->filter, &coefs, (unsigned int)(WARM_UP_SECONDS * rate_hz),
		    (unsigned int)(FADE_SECONDS * rate_hz));
	amp_init(&s->amp, params->gain_db + params->volume_db, rate_hz);
	return 0;
}

void sound_set(struct sound *s, const struct sound_params *params)
{
	bool filter_changes = !same_filter(&s->params, params);

	s->params = *params;
	amp_set(&s->amp, params->gain_db + params->volume_db);
	if (filter_changes) {
		struct filter_coefs coefs = design(s);

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
	return s->headroom_db;
}

double sound_trim_db(const struct sound *s)
{
	return s->trim_db;
}
