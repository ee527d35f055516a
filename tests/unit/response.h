/* alsa-crossfeed - the response of the sound, measured by an impulse */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#ifndef RESPONSE_H
#define RESPONSE_H

#include "signals.h"
#include "sound.h"

#include <check.h>
#include <string.h>

/* Every first-order section has decayed below rounding by then, at any rate. */
enum { FRAMES_MAX = 32768 };

static const unsigned int rates_hz[] = {
	8000, 11025, 16000, 22050, 32000, 37800, 44100, 48000, 88200, 96000, 176400, 192000,
	352800, 384000, 705600, 768000,
};

enum { RATES = sizeof(rates_hz) / sizeof(rates_hz[0]) };

static const enum crossfeed_brightness positions[] = {
	CROSSFEED_BRIGHTNESS_OFF, CROSSFEED_BRIGHT, CROSSFEED_BRIGHTER,
};

static inline struct settings default_settings(void)
{
	struct settings settings = settings_initial();

	settings.value[SETTING_HEADROOM_DB] = 0;
	return settings;
}

/* The response to an impulse in the left channel. */
struct response {
	double lr[2 * FRAMES_MAX];
	size_t frames;			/* the part that is not yet silence */
	double rate_hz;
};

/* The slowest pole there is, at 300 Hz, has decayed by 600 dB in this time. */
static inline size_t response_frames(unsigned int rate_hz)
{
	size_t frames = (size_t)(0.04 * rate_hz);

	return frames < FRAMES_MAX ? frames : FRAMES_MAX;
}

static inline void measure(struct response *r, const struct settings *settings, unsigned int rate_hz)
{
	static struct sound sound;

	ck_assert_int_eq(sound_init(&sound, settings, rate_hz, 1), 0);
	memset(r->lr, 0, sizeof(r->lr));
	r->lr[0] = 1;
	r->rate_hz = rate_hz;
	r->frames = response_frames(rate_hz);
	sound_process(&sound, r->lr, FRAMES_MAX);
}

static inline struct response *measured(const struct settings *settings, unsigned int rate_hz)
{
	static struct response r;

	measure(&r, settings, rate_hz);
	return &r;
}

static inline struct response *measured_default(unsigned int rate_hz)
{
	struct settings settings = default_settings();

	return measured(&settings, rate_hz);
}

static inline double complex own(const struct response *r, double hz)
{
	return signals_response(r->lr, r->frames, 0, hz / r->rate_hz);
}

static inline double complex cross(const struct response *r, double hz)
{
	return signals_response(r->lr, r->frames, 1, hz / r->rate_hz);
}

static inline double mono_db(const struct response *r, double hz)
{
	return signals_db(cabs(own(r, hz) + cross(r, hz)));
}

static inline double cross_db(const struct response *r, double hz)
{
	return signals_db(cabs(cross(r, hz)));
}

static inline void fill_noise(double *lr, size_t frames)
{
	uint32_t state = 1;

	for (size_t n = 0; n < 2 * frames; n++)
		lr[n] = signals_noise(&state);
}

/* Preset PRESETS is crossfeed off. */
static inline struct settings position(int preset, int brightness, double headroom_db)
{
	struct settings settings = default_settings();

	settings.value[SETTING_CROSSFEED] = preset < PRESETS;
	if (settings.value[SETTING_CROSSFEED])
		settings.value[SETTING_PRESET] = preset;
	settings.value[SETTING_BRIGHTNESS] = positions[brightness];
	settings.value[SETTING_HEADROOM_DB] = headroom_db;
	return settings;
}

static inline double peak_gain(const struct settings *settings, unsigned int rate_hz)
{
	struct filter_coefs coefs;
	struct crossfeed_params params = settings_crossfeed(settings);

	crossfeed_design(&coefs, settings->value[SETTING_CROSSFEED] != 0 ? &params : NULL,
			 (enum crossfeed_brightness)settings->value[SETTING_BRIGHTNESS], rate_hz);
	return crossfeed_peak_gain(&coefs);
}

#endif
