/* alsa-crossfeed - tests the presets: as tabled, headroom-centre, libbs2b as oracle */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "check_main.h"
#include "response.h"
#include "signals.h"
#include "sound.h"

#ifdef HAVE_BS2B
#include <bs2b/bs2b.h>
#endif

/* Section 6, low frequencies: own level, cross level, mono. */
START_TEST(presets_are_as_tabled)
{
	const double rows[PRESETS][3] = {
		[PRESET_HEADROOM] = { 0, -11.70, 2.01 },
		[PRESET_HEADROOM_STRONG] = { 0, -8.00, 2.91 },
		[PRESET_BS2B_DEFAULT] = { -4.06, -8.56, 0 },
		[PRESET_BS2B_CMOY] = { -3.53, -9.53, 0 },
		[PRESET_BS2B_JMEIER] = { -2.51, -12.01, 0 },
		[PRESET_LINKWITZ] = { -4.65, -7.65, 0 },
		[PRESET_MEIER] = { -2.41, -12.31, 0 },
		[PRESET_HEADROOM_CENTRE] = { -1.00, -12.70, 1.00 },
		[PRESET_BS2B_LIGHT] = { -1.755, -14.755, 0 },
	};
	struct settings settings = default_settings();
	const struct response *r;

	settings.value[SETTING_PRESET] = _i;
	r = measured(&settings, 44100);
	ck_assert_double_eq_tol(signals_db(cabs(own(r, 1))), rows[_i][0], 0.006);
	ck_assert_double_eq_tol(cross_db(r, 1), rows[_i][1], 0.006);
	ck_assert_double_eq_tol(mono_db(r, 1), rows[_i][2], 0.006);
	if (_i == PRESET_MEIER)
		for (double hz = 20; hz < 20000; hz *= 1.3)
			ck_assert_double_eq_tol(mono_db(r, hz), 0, 1e-6);
}
END_TEST

/* The mean power in a band that the ear takes together (Glasberg and Moore), of one path or of
 * both. */
static double erb_band_db(const struct response *r, double centre_hz, bool both)
{
	enum { POINTS = 9 };
	double erb_hz = 24.7 * (4.37e-3 * centre_hz + 1);
	double power = 0;

	for (int n = 0; n < POINTS; n++) {
		double hz = centre_hz + erb_hz * ((n + 0.5) / POINTS - 0.5);
		double level = cabs(own(r, hz) + (both ? cross(r, hz) : 0));

		power += level * level / POINTS;
	}
	return 10 * log10(power);
}

/* How far from flat the bands of 20 Hz to 20 kHz are, of a sound in the centre and in one channel. */
static double colour_db(enum preset preset, unsigned int rate_hz)
{
	struct settings settings = default_settings();
	const struct response *r;
	double most_db = 0;

	settings.value[SETTING_PRESET] = preset;
	r = measured(&settings, rate_hz);
	for (double hz = 35; hz < 18500; hz += 24.7 * (4.37e-3 * hz + 1)) {
		most_db = fmax(most_db, fabs(erb_band_db(r, hz, true)));
		most_db = fmax(most_db, fabs(erb_band_db(r, hz, false)));
	}
	return most_db;
}

/* +-1.2 dB at every rate that has 20 kHz, where headroom has +-2. */
START_TEST(headroom_centre_shares_the_colour)
{
	if (rates_hz[_i] < 44100)
		return;
	ck_assert_double_le(colour_db(PRESET_HEADROOM_CENTRE, rates_hz[_i]), 1.2);
	ck_assert_double_ge(colour_db(PRESET_HEADROOM, rates_hz[_i]), 1.9);
}
END_TEST

START_TEST(headroom_centre_leaves_what_is_between_the_ears)
{
	struct settings settings = default_settings();
	static struct response headroom, centre;

	if (rates_hz[_i] < 44100)
		return;
	measure(&headroom, &settings, rates_hz[_i]);
	settings.value[SETTING_PRESET] = PRESET_HEADROOM_CENTRE;
	measure(&centre, &settings, rates_hz[_i]);
	for (double hz = 100; hz <= 5000; hz *= 1.2) {
		double complex a = cross(&headroom, hz) / own(&headroom, hz);
		double complex b = cross(&centre, hz) / own(&centre, hz);

		/* the goal is 0.2 dB and 10 us */
		ck_assert_double_eq_tol(signals_db(cabs(b / a)), 0, 0.001);
		ck_assert_double_eq_tol(carg(b / a) / (2 * SIGNALS_PI * hz) * 1e6, 0, 0.1);
	}
}
END_TEST

#ifdef HAVE_BS2B
/* T16: the library itself is the oracle. */
START_TEST(bs2b_presets_are_libbs2b)
{
	enum { FRAMES = 4096 };
	const int feed[PRESETS] = {
		[PRESET_BS2B_DEFAULT] = 45, [PRESET_BS2B_CMOY] = 60, [PRESET_BS2B_JMEIER] = 95,
		[PRESET_LINKWITZ] = 30, [PRESET_BS2B_LIGHT] = 130,
	};
	struct settings settings = default_settings();
	static double ours[2 * FRAMES], theirs[2 * FRAMES];
	struct sound sound;
	t_bs2bdp bs2b;

	if (!feed[_i])
		return;
	for (unsigned int k = 0; k < RATES && rates_hz[k] <= 384000; k++) {
		settings.value[SETTING_PRESET] = _i;
		fill_noise(ours, FRAMES);
		memcpy(theirs, ours, sizeof(ours));
		sound_init(&sound, &settings, rates_hz[k], 1);
		sound_process(&sound, ours, FRAMES);
		bs2b = bs2b_open();
		bs2b_set_srate(bs2b, rates_hz[k]);
		bs2b_set_level_fcut(bs2b, (int)settings_crossfeed(&settings).lowpass_hz);
		bs2b_set_level_feed(bs2b, feed[_i]);
		bs2b_cross_feed_d(bs2b, theirs, FRAMES);
		bs2b_close(bs2b);
		for (size_t n = 0; n < 2 * FRAMES; n++)
			ck_assert_double_eq_tol(ours[n], theirs[n], 1e-12);
	}
}
END_TEST
#endif

static Suite *presets_suite(void)
{
	Suite *suite = suite_create("presets");
	TCase *all = tcase_create("all");

	tcase_set_timeout(all, 120);
	tcase_add_loop_test(all, presets_are_as_tabled, 0, PRESETS);
#ifdef HAVE_BS2B
	tcase_add_loop_test(all, bs2b_presets_are_libbs2b, 0, PRESETS);
#endif
	tcase_add_loop_test(all, headroom_centre_shares_the_colour, 0, RATES);
	tcase_add_loop_test(all, headroom_centre_leaves_what_is_between_the_ears, 0, RATES);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	return check_main(presets_suite());
}
