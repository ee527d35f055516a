/* alsa-crossfeed - tests the crossfeed: against the published figures and the analogue circuit */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * T1 .. T17, here and in test_amp, test_filter, test_presets and test_sound, are the
 * tests of the specification.  "hardware" tolerances are the published figures with
 * their reading error; "regression" ones hold us to the model that was fitted to them.
 */

#include "check_main.h"
#include "loudness_meter.h"
#include "response.h"

static double side_db(const struct response *r, double hz)
{
	return signals_db(cabs(own(r, hz) - cross(r, hz)));
}

/* How much later the cross signal is than the direct one, at hz below the all-pass's turn. */
static double phase_delay_us(const struct response *r, double hz)
{
	double phase = carg(cross(r, hz) / own(r, hz));

	if (phase > 0)
		phase -= 2 * SIGNALS_PI;
	return -phase / (2 * SIGNALS_PI * hz) * 1e6;
}

/* Golden-section search; f has one minimum between low and high. */
static double find_minimum(const struct response *r,
			   double (*f)(const struct response *r, double hz), double low_hz,
			   double high_hz)
{
	const double g = 0.6180339887498949;

	while (high_hz - low_hz > 0.5) {
		double a = high_hz - g * (high_hz - low_hz);
		double b = low_hz + g * (high_hz - low_hz);

		if (f(r, a) < f(r, b))
			high_hz = b;
		else
			low_hz = a;
	}
	return (low_hz + high_hz) / 2;
}

static double minus_side_db(const struct response *r, double hz)
{
	return -side_db(r, hz);
}

/* Where the in-phase and out-of-phase traces meet. */
static double find_crossing(const struct response *r)
{
	double low_hz = 300;
	double high_hz = 1500;

	while (high_hz - low_hz > 0.5) {
		double hz = (low_hz + high_hz) / 2;

		if (mono_db(r, hz) > side_db(r, hz))
			low_hz = hz;
		else
			high_hz = hz;
	}
	return (low_hz + high_hz) / 2;
}

/* T1: regression +-0.001 dB, hardware "the same as bypass". */
START_TEST(driven_channel_equals_bypass)
{
	const struct response *r = measured_default(rates_hz[_i]);
	double top_hz = fmin(20000, 0.45 * r->rate_hz);

	for (double hz = 20; hz <= top_hz; hz *= 1.5)
		ck_assert_double_eq_tol(signals_db(cabs(own(r, hz))), 0, 0.001);
}
END_TEST

/* T2: regression, and hardware "nearly 12 dB down". */
START_TEST(cross_level)
{
	double db = cross_db(measured_default(rates_hz[_i]), 100);

	ck_assert_double_eq_tol(db, -11.71, 0.02);
	ck_assert(db >= -12.0 && db <= -11.2);
}
END_TEST

/* T3: regression, and hardware "starts to roll off above 1 kHz", "flat to about 2 kHz". */
START_TEST(cross_rolls_off)
{
	const struct response *r = measured_default(48000);
	double low = cross_db(r, 20);

	ck_assert_double_eq_tol(cross_db(r, 1000) - low, -0.58, 0.05);
	ck_assert_double_eq_tol(cross_db(r, 2000) - low, -1.95, 0.05);
	ck_assert_double_eq_tol(cross_db(r, 2645) - low, -3.0, 0.05);
	ck_assert(cross_db(r, 1000) - low >= -1);
	ck_assert(cross_db(r, 2000) - low <= -1 && cross_db(r, 2000) - low >= -3);
}
END_TEST

/* T4: regression, and hardware "+2 dB". */
START_TEST(mono_shelf)
{
	const struct response *r = measured_default(rates_hz[_i]);

	ck_assert_double_eq_tol(mono_db(r, 20), 2.01, 0.02);
	ck_assert_double_eq_tol(mono_db(r, 100), 1.96, 0.02);
	ck_assert_double_eq_tol(mono_db(r, 20), 2.0, 0.3);
}
END_TEST

/* T5: regression from 16 kHz, and hardware "-2 dB, centred on 2 kHz". */
START_TEST(mono_notch)
{
	const struct response *r = measured_default(rates_hz[_i]);
	double hz = find_minimum(r, mono_db, 1000, fmin(5000, 0.4 * r->rate_hz));

	if (r->rate_hz >= 16000) {
		ck_assert_double_eq_tol(mono_db(r, hz), -1.94, 0.05);
		ck_assert_double_eq_tol(hz, 2020, r->rate_hz >= 32000 ? 20.2 : 60);
	}
	ck_assert_double_eq_tol(mono_db(r, hz), -2, 0.5);
	ck_assert_double_eq_tol(hz, 2000, 300);
}
END_TEST

/* T6 */
START_TEST(out_of_phase)
{
	const struct response *r = measured_default(rates_hz[_i]);
	double hz = find_minimum(r, minus_side_db, 1000, 3500);

	ck_assert_double_eq_tol(side_db(r, 100), -2.49, 0.03);
	ck_assert_double_eq_tol(side_db(r, hz), 1.61, r->rate_hz >= 16000 ? 0.03 : 0.15);
	if (r->rate_hz >= 32000)
		ck_assert_double_eq_tol(hz, 1890, 19);
}
END_TEST

/* T7: regression and hardware 700 Hz +-10 %, from 16 kHz. */
START_TEST(traces_cross)
{
	const struct response *r = measured_default(rates_hz[_i]);
	double hz = find_crossing(r);

	if (r->rate_hz < 16000)
		return;
	ck_assert_double_eq_tol(hz, 725, r->rate_hz >= 32000 ? 7.25 : 21.75);
	ck_assert_double_eq_tol(hz, 700, 70);
}
END_TEST

/* T8: regression from 44.1 kHz, and hardware "about 300 us". */
START_TEST(cross_signal_is_late)
{
	const struct response *r = measured_default(rates_hz[_i]);

	ck_assert(phase_delay_us(r, 1000) >= 255 && phase_delay_us(r, 1000) <= 345);
	if (r->rate_hz < 44100)
		return;
	ck_assert_double_eq_tol(phase_delay_us(r, 20), 395, 2);
	ck_assert_double_eq_tol(phase_delay_us(r, 500), 368, 2);
	ck_assert_double_eq_tol(phase_delay_us(r, 1000), 316, 2);
	ck_assert_double_eq_tol(phase_delay_us(r, 2000), 231, 2);
}
END_TEST

/* T9 */
START_TEST(mono_has_no_comb)
{
	const struct response *r = measured_default(rates_hz[_i]);
	double last = mono_db(r, 3000);

	for (double hz = 3000; hz <= fmin(20000, 0.45 * r->rate_hz); hz *= 1.01) {
		double db = mono_db(r, hz);

		ck_assert(db >= last - 1e-9 && db <= 1e-9);
		last = db;
	}
}
END_TEST

/* T10 */
START_TEST(channels_are_symmetric)
{
	enum { FRAMES = 1000 };
	struct settings settings = default_settings();
	static double a[2 * FRAMES], b[2 * FRAMES];
	struct sound sound;

	settings.value[SETTING_PRESET] = _i;
	settings.value[SETTING_BRIGHTNESS] = CROSSFEED_BRIGHT;
	fill_noise(a, FRAMES);
	for (size_t n = 0; n < FRAMES; n++) {
		b[2 * n] = a[2 * n + 1];
		b[2 * n + 1] = a[2 * n];
	}
	sound_init(&sound, &settings, 44100, 1);
	sound_process(&sound, a, FRAMES);
	sound_init(&sound, &settings, 44100, 1);
	sound_process(&sound, b, FRAMES);
	for (size_t n = 0; n < FRAMES; n++) {
		ck_assert(a[2 * n] == b[2 * n + 1]);
		ck_assert(a[2 * n + 1] == b[2 * n]);
	}
}
END_TEST

/* Section 5: the L1 headroom by rate and switch position. */
static const struct {
	unsigned int rate_hz;
	double db[3];
} l1_rows[] = {
	{ 8000, { 2.94, 5.63, 5.89 } }, { 16000, { 3.24, 6.02, 6.92 } },
	{ 32000, { 3.29, 6.98, 7.50 } }, { 44100, { 3.33, 7.22, 7.65 } },
	{ 48000, { 3.32, 7.28, 7.68 } }, { 96000, { 3.33, 7.60, 7.85 } },
	{ 192000, { 3.33, 7.78, 7.95 } }, { 384000, { 3.33, 7.88, 8.00 } },
};

START_TEST(peak_gains_are_as_tabled)
{
	const double sine_db[3] = { 2.01, 3.77, 4.23 };
	unsigned int rate_hz = l1_rows[_i].rate_hz;

	for (int b = 0; b < 3; b++) {
		struct settings settings = position(PRESET_HEADROOM, b, 0);
		struct crossfeed_params params = settings_crossfeed(&settings);
		struct filter_coefs coefs;

		ck_assert_double_eq_tol(signals_db(peak_gain(&settings, rate_hz)),
					l1_rows[_i].db[b], 0.006);
		crossfeed_design(&coefs, &params, positions[b], rate_hz);
		if (rate_hz >= 44100)
			ck_assert_double_eq_tol(signals_db(crossfeed_sine_gain(&coefs, rate_hz)),
						sine_db[b], 0.03);
	}
}
END_TEST

/* The measure itself: the coefficients that BS.1770 prints for 48 kHz. */
START_TEST(k_filter_is_the_printed_one)
{
	struct loudness_filter shelf = loudness_shelf(48000);
	struct loudness_filter highpass = loudness_highpass(48000);

	ck_assert_double_eq_tol(shelf.b[0], 1.53512485958697, 1e-9);
	ck_assert_double_eq_tol(shelf.b[1], -2.69169618940638, 1e-9);
	ck_assert_double_eq_tol(shelf.b[2], 1.19839281085285, 1e-9);
	ck_assert_double_eq_tol(shelf.a[1], -1.69065929318241, 1e-9);
	ck_assert_double_eq_tol(shelf.a[2], 0.73248077421585, 1e-9);
	ck_assert_double_eq_tol(highpass.a[1], -1.99004745483398, 1e-9);
	ck_assert_double_eq_tol(highpass.a[2], 0.99007225036621, 1e-9);
}
END_TEST

/* T13: regression from 44.1 kHz, and hardware "+3.5 dB", brighter not below bright. */
START_TEST(brightness_shelf)
{
	const double at_hz[] = { 500, 1000, 2000, 3000, 5000, 10000 };
	const double bright_db[] = { 0.10, 0.36, 1.08, 1.75, 2.56, 3.21 };
	const double brighter_db[] = { 0.36, 1.08, 2.23, 2.79, 3.21, 3.42 };
	struct settings settings = default_settings();
	static struct response bright, brighter;

	settings.value[SETTING_CROSSFEED] = false;
	settings.value[SETTING_BRIGHTNESS] = CROSSFEED_BRIGHT;
	measure(&bright, &settings, rates_hz[_i]);
	settings.value[SETTING_BRIGHTNESS] = CROSSFEED_BRIGHTER;
	measure(&brighter, &settings, rates_hz[_i]);
	for (unsigned int k = 0; k < 6; k++) {
		if (at_hz[k] > 0.4 * rates_hz[_i])
			break;
		double a = signals_db(cabs(own(&bright, at_hz[k])));
		double b = signals_db(cabs(own(&brighter, at_hz[k])));

		ck_assert(b >= a);
		if (rates_hz[_i] < 44100)
			continue;
		ck_assert_double_eq_tol(a, bright_db[k], 0.1);
		ck_assert_double_eq_tol(b, brighter_db[k], 0.1);
	}
	ck_assert_double_eq_tol(signals_db(cabs(own(&brighter, 0.499 * rates_hz[_i]))), 3.5, 0.05);
}
END_TEST

static double complex analogue_cross(double hz)
{
	double complex a = I * hz / 950;
	double complex l = I * hz / 2650;

	return signals_from_db(-11.7) * (1 - a) / (1 + a) / (1 + l);
}

/* T15: distance from the analogue circuit; section 5's errors, rounded up. */
static const struct {
	unsigned int rate_hz;
	double error_db, error_us;
} error_rows[] = {
	{ 8000, 1.10, 40 }, { 11025, 1.0, 22 }, { 16000, 0.44, 9.5 }, { 22050, 0.30, 5.0 },
	{ 32000, 0.145, 2.4 }, { 37800, 0.11, 1.7 }, { 44100, 0.08, 1.25 }, { 48000, 0.07, 1.05 },
	{ 88200, 0.025, 0.32 }, { 96000, 0.02, 0.27 }, { 176400, 0.007, 0.1 },
	{ 192000, 0.006, 0.07 }, { 352800, 0.003, 0.03 }, { 384000, 0.002, 0.03 },
	{ 705600, 0.001, 0.03 }, { 768000, 0.001, 0.03 },
};

START_TEST(response_is_the_analogue_one)
{
	const struct response *r = measured_default(error_rows[_i].rate_hz);
	double top_hz = fmin(20000, 0.45 * r->rate_hz);

	for (double hz = 20; hz <= top_hz; hz *= 1.1) {
		double complex c = analogue_cross(hz);
		double mono = signals_db(cabs(1 + c));
		double side = signals_db(cabs(1 - c));

		ck_assert_double_eq_tol(mono_db(r, hz), mono, error_rows[_i].error_db);
		ck_assert_double_eq_tol(side_db(r, hz), side, error_rows[_i].error_db);
		if (hz <= 2000)
			ck_assert_double_eq_tol(carg(cross(r, hz) / c) / (2 * SIGNALS_PI * hz) * 1e6,
						0, error_rows[_i].error_us);
	}
}
END_TEST

/* Section 7's verification table: in-phase, out-of-phase; the cross level at three rates. */
static const struct {
	double hz, mono_db, side_db, cross_db[3];
} table_rows[] = {
	{ 20, 2.01, -2.61, { -11.70, -11.70, -11.70 } },
	{ 100, 1.96, -2.49, { -11.71, -11.71, -11.71 } },
	{ 300, 1.62, -1.68, { -11.75, -11.75, -11.76 } },
	{ 500, 1.04, -0.66, { -11.85, -11.85, -11.85 } },
	{ 700, 0.35, 0.18, { -11.99, -11.99, -11.99 } },
	{ 1000, -0.63, 0.98, { -12.27, -12.27, -12.28 } },
	{ 1400, -1.53, 1.47, { -12.75, -12.76, -12.77 } },
	{ 2000, -1.94, 1.60, { -13.64, -13.64, -13.65 } },
	{ 3000, -1.58, 1.35, { -15.30, -15.30, -15.29 } },
	{ 5000, -0.81, 0.79, { -18.51, -18.47, -18.33 } },
	{ 10000, -0.24, 0.26, { -25.01, -24.75, -23.81 } },
	{ 20000, -0.06, 0.07, { -42.7, -38.3, -30.7 } },
};

START_TEST(verification_table)
{
	const unsigned int table_rates_hz[3] = { 44100, 48000, 96000 };

	for (int k = 0; k < 3; k++) {
		const struct response *r = measured_default(table_rates_hz[k]);
		double hz = table_rows[_i].hz;
		double tolerance = hz < 20000 ? 0.006 : 0.06;

		ck_assert_double_eq_tol(cross_db(r, hz), table_rows[_i].cross_db[k], tolerance);
		ck_assert_double_eq_tol(mono_db(r, hz), table_rows[_i].mono_db, 0.08);
		ck_assert_double_eq_tol(side_db(r, hz), table_rows[_i].side_db, 0.08);
	}
}
END_TEST

START_TEST(golden_impulse_response)
{
	const struct {
		unsigned int rate_hz;
		double cross[8];
	} golden[2] = {
		{ 44100, { -0.036413687, -0.051227262, -0.016215853, 0.005204889, 0.017694493,
			   0.024379619, 0.027350657, 0.027998390 } },
		{ 48000, { -0.034220093, -0.049681930, -0.018761279, 0.001051852, 0.013290654,
			   0.020408902, 0.024105839, 0.025553835 } },
	};
	const struct response *r = measured_default(golden[_i].rate_hz);

	ck_assert(r->lr[0] == 1);
	for (size_t n = 0; n < 8; n++) {
		ck_assert_double_eq_tol(r->lr[2 * n + 1], golden[_i].cross[n], 1e-9);
		ck_assert(n == 0 || r->lr[2 * n] == 0);
	}
}
END_TEST

START_TEST(equal_corners_work)
{
	const double corners_hz[] = { 950, 1835.0, 3669.4, 3600, 300, 5000 };
	struct settings settings = default_settings();
	struct response *r;

	settings.value[SETTING_BRIGHTNESS] = _i % 2 ? CROSSFEED_BRIGHT : CROSSFEED_BRIGHTER;
	settings.value[SETTING_ALLPASS_HZ] = corners_hz[_i];
	settings.value[SETTING_LOWPASS_HZ] = corners_hz[_i];
	for (unsigned int k = 0; k < RATES; k++) {
		r = measured(&settings, rates_hz[k]);
		for (size_t n = 0; n < FRAMES_MAX; n++)
			ck_assert(fabs(r->lr[2 * n + 1]) <= 1);
		ck_assert_double_eq_tol(cross_db(r, 1), -11.7, 0.02);
	}
}
END_TEST

static Suite *crossfeed_suite(void)
{
	Suite *suite = suite_create("crossfeed");
	TCase *all = tcase_create("all");

	tcase_set_timeout(all, 120);
	tcase_add_loop_test(all, driven_channel_equals_bypass, 0, RATES);
	tcase_add_loop_test(all, cross_level, 0, RATES);
	tcase_add_test(all, cross_rolls_off);
	tcase_add_loop_test(all, mono_shelf, 0, RATES);
	tcase_add_loop_test(all, mono_notch, 0, RATES);
	tcase_add_loop_test(all, out_of_phase, 0, RATES);
	tcase_add_loop_test(all, traces_cross, 0, RATES);
	tcase_add_loop_test(all, cross_signal_is_late, 0, RATES);
	tcase_add_loop_test(all, mono_has_no_comb, 0, RATES);
	tcase_add_loop_test(all, response_is_the_analogue_one, 0, RATES);
	tcase_add_loop_test(all, verification_table, 0, 12);
	tcase_add_loop_test(all, golden_impulse_response, 0, 2);
	tcase_add_loop_test(all, channels_are_symmetric, 0, PRESETS);
	tcase_add_loop_test(all, equal_corners_work, 0, 6);
	tcase_add_loop_test(all, peak_gains_are_as_tabled, 0, 8);
	tcase_add_test(all, k_filter_is_the_printed_one);
	tcase_add_loop_test(all, brightness_shelf, 0, RATES);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	return check_main(crossfeed_suite());
}
