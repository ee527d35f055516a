/* alsa-crossfeed - tests the amplifier: gain, mute, glides */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "check_main.h"
#include "response.h"
#include "spectrum.h"

/* T12 */
START_TEST(gain_switch_has_three_steps)
{
	const double steps_db[3] = { AMP_GAIN_HIGH_DB, AMP_GAIN_MEDIUM_DB, AMP_GAIN_LOW_DB };
	const double expected_db[3] = { 0, -3.97, -11.68 };
	struct settings settings = default_settings();

	settings.value[SETTING_CROSSFEED] = false;
	settings.value[SETTING_GAIN_DB] = steps_db[_i];
	ck_assert_double_eq_tol(signals_db(cabs(own(measured(&settings, 48000), 1000))),
				expected_db[_i], 0.02);
}
END_TEST

START_TEST(volume_mutes_to_exact_zero)
{
	struct settings settings = default_settings();
	const struct response *r;

	settings.value[SETTING_AMP] = 0;
	r = measured(&settings, 48000);
	for (size_t n = 0; n < 2 * FRAMES_MAX; n++)
		ck_assert(r->lr[n] == 0);
}
END_TEST

/* The volume in dB, a step every `every` frames; from the middle on, a held key. */
static double held_key_side_bands(double step_db, size_t every)
{
	static double lr[4 * SPECTRUM_FRAMES];
	struct settings settings = default_settings();
	struct sound sound;

	for (size_t n = 0; n < 2 * SPECTRUM_FRAMES; n++)
		lr[2 * n] = lr[2 * n + 1] = signals_sine(440, 48000, n);
	settings.value[SETTING_VOLUME_DB] = step_db < 0 ? 0 : -79;
	sound_init(&sound, &settings, 48000, 1);
	for (size_t done = 0; done < 2 * SPECTRUM_FRAMES; done += every) {
		size_t left = 2 * SPECTRUM_FRAMES - done;

		settings.value[SETTING_VOLUME_DB] += step_db;
		sound_set(&sound, &settings);
		sound_process(&sound, lr + 2 * done, left < every ? left : every);
	}
	return spectrum_side_bands(lr + 2 * SPECTRUM_FRAMES, 0, 440, 18, 48000);
}

/* 1 dB, 30 times and 25 times a second. */
START_TEST(held_keys_leave_no_side_bands)
{
	ck_assert_double_le(held_key_side_bands(_i % 2 ? 0.9 : -0.9, _i / 2 ? 1920 : 1600), -100);
}
END_TEST

/* However levels follow each other, none is left upwards or downwards. */
START_TEST(levels_stay_within_what_was_asked_for)
{
	enum { FRAMES = 96000 };
	static double lr[2 * FRAMES];
	struct settings settings = default_settings();
	uint32_t state = (uint32_t)_i;
	struct sound sound;

	settings.value[SETTING_CROSSFEED] = false;
	for (size_t n = 0; n < 2 * FRAMES; n++)
		lr[n] = 1;
	sound_init(&sound, &settings, 48000, 1);
	for (size_t done = 0; done < FRAMES;) {
		size_t part = (size_t)(fabs(signals_noise(&state)) * (_i % 2 ? 500 : 8000)) + 1;

		part = part < FRAMES - done ? part : FRAMES - done;
		settings.value[SETTING_VOLUME_DB] = signals_noise(&state) < 0 ? 0 : -20;
		sound_set(&sound, &settings);
		sound_process(&sound, lr + 2 * done, part);
		done += part;
	}
	for (size_t n = 0; n < 2 * FRAMES; n++)
		ck_assert(lr[n] <= 1 + 1e-12 && lr[n] >= 0.1 - 1e-12);
}
END_TEST

static Suite *amp_suite(void)
{
	Suite *suite = suite_create("amp");
	TCase *all = tcase_create("all");

	tcase_set_timeout(all, 120);
	tcase_add_loop_test(all, gain_switch_has_three_steps, 0, 3);
	tcase_add_test(all, volume_mutes_to_exact_zero);
	tcase_add_loop_test(all, held_keys_leave_no_side_bands, 0, 4);
	tcase_add_loop_test(all, levels_stay_within_what_was_asked_for, 0, 10);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	return check_main(amp_suite());
}
