/* alsa-crossfeed - the sound: filter and amplifier, as the settings ask for them */
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

static bool is_on(const struct settings *settings, enum setting setting)
{
	return settings->value[setting] != 0;
}

/* The filter as it is designed: headroom none, or a stream that is to be left alone. */
static bool is_raw(const struct settings *s)
{
	return s->value[SETTING_HEADROOM_DB] == 0 ||
	       (s->value[SETTING_BYPASS] == SETTINGS_BYPASS_DIRECT &&
		!is_on(s, SETTING_CROSSFEED) &&
		s->value[SETTING_BRIGHTNESS] == CROSSFEED_BRIGHTNESS_OFF);
}

/* For a filter that has its trim. */
static double headroom_db(const struct sound *s, const struct filter_coefs *coefs)
{
	double asked_db = s->settings.value[SETTING_HEADROOM_DB];
	bool sine = asked_db == SETTINGS_HEADROOM_SINE;
	double gain;

	if (asked_db >= 0)
		return asked_db;
	gain = sine ? crossfeed_sine_gain(coefs, s->rate_hz) : crossfeed_peak_gain(coefs);
	return fmax(sine ? SINE_DB : SAFE_DB, decibel_of(gain / s->full_scale));
}

/* The filter for s->settings, and with it the headroom in force. */
static struct filter_coefs design(struct sound *s)
{
	struct crossfeed_params params = settings_crossfeed(&s->settings);
	struct filter_coefs coefs;

	crossfeed_design(&coefs, is_on(&s->settings, SETTING_CROSSFEED) ? &params : NULL,
			 (enum crossfeed_brightness)s->settings.value[SETTING_BRIGHTNESS],
			 s->rate_hz);
	s->headroom_db = s->trim_db = 0;
	if (is_raw(&s->settings))
		return coefs;
	s->trim_db = decibel_of(1 / crossfeed_loudness(&coefs, s->rate_hz));
	crossfeed_scale(&coefs, decibel_factor(s->trim_db));
	s->headroom_db = headroom_db(s, &coefs);
	crossfeed_scale(&coefs, decibel_factor(-s->headroom_db));
	return coefs;
}

static bool same_filter(const struct settings *a, const struct settings *b)
{
	for (int s = 0; s < SETTINGS; s++)
		if (setting_info((enum setting)s)->filter && a->value[s] != b->value[s])
			return false;
	return true;
}

static double level_db(const struct settings *s)
{
	if (!is_on(s, SETTING_AMP))
		return -INFINITY;
	return s->value[SETTING_GAIN_DB] + s->value[SETTING_VOLUME_DB];
}

int sound_init(struct sound *s, const struct settings *settings, unsigned int rate_hz,
	       double full_scale)
{
	struct filter_coefs coefs;

	if (rate_hz < CROSSFEED_RATE_MIN_HZ || rate_hz > CROSSFEED_RATE_MAX_HZ)
		return -EINVAL;
	*s = (struct sound){ .settings = *settings, .rate_hz = rate_hz, .full_scale = full_scale };
	coefs = design(s);
	filter_init(&s->filter, &coefs, (unsigned int)(WARM_UP_SECONDS * rate_hz),
		    (unsigned int)(FADE_SECONDS * rate_hz));
	amp_init(&s->amp, level_db(settings), rate_hz);
	return 0;
}

void sound_set(struct sound *s, const struct settings *settings)
{
	bool filter_changes = !same_filter(&s->settings, settings);

	s->settings = *settings;
	amp_set(&s->amp, level_db(settings));
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
