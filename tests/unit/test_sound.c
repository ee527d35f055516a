/* alsa-crossfeed - tests the sound: headroom, loudness, changes without a click */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "check_main.h"
#include "loudness_meter.h"
#include "response.h"
#include "spectrum.h"

/* How high the worst input of full scale drives the left output, which it does at the last frame. */
static double worst_peak(const struct settings *settings, unsigned int rate_hz)
{
	enum { FRAMES = FRAMES_MAX / 2 };
	const struct response *r = measured(settings, rate_hz);
	static double lr[2 * FRAMES];
	struct sound sound;
	double peak = 0;

	for (size_t n = 0; n < FRAMES; n++) {
		size_t back = FRAMES - 1 - n;

		lr[2 * n] = r->lr[2 * back] < 0 ? -1 : 1;
		lr[2 * n + 1] = r->lr[2 * back + 1] < 0 ? -1 : 1;
	}
	sound_init(&sound, settings, rate_hz, 1);
	sound_process(&sound, lr, FRAMES);
	for (size_t n = 0; n < 2 * FRAMES; n++)
		peak = fmax(peak, fabs(lr[n]));
	return peak;
}

/* T11: what is computed is what the worst input reaches, and safe is enough for it. */
START_TEST(safe_headroom_is_exact)
{
	for (int p = 0; p < PRESETS; p++)
		for (int b = 0; b < 3; b++) {
			struct settings raw = position(p, b, 0);
			struct settings safe = position(p, b, SETTINGS_HEADROOM_SAFE);
			double ratio = worst_peak(&raw, rates_hz[_i]) /
				       peak_gain(&raw, rates_hz[_i]);

			ck_assert_double_le(ratio, 1 + 1e-9);
			ck_assert_double_ge(ratio, 0.999);
			ck_assert_double_le(worst_peak(&safe, rates_hz[_i]), 1 + 1e-9);
		}
}
END_TEST

/* More than 6 dB are taken where they are needed, and no more than that. */
START_TEST(safe_headroom_grows_with_the_level)
{
	struct settings settings = position(PRESET_HEADROOM_STRONG, 1, SETTINGS_HEADROOM_SAFE);
	double peak;

	settings.value[SETTING_LEVEL_DB] = -3;
	peak = worst_peak(&settings, rates_hz[_i]);
	ck_assert_double_le(peak, 1 + 1e-9);
	ck_assert_double_ge(peak, 0.999);
}
END_TEST

static double headroom_of(const struct settings *settings, unsigned int rate_hz)
{
	struct sound sound;

	ck_assert_int_eq(sound_init(&sound, settings, rate_hz, 1), 0);
	return sound_headroom_db(&sound);
}

/* 6 dB, or 3 for sines, are enough for everything on the panel at the usual rates. */
START_TEST(one_attenuation_is_enough)
{
	const unsigned int usual_hz[2] = { 44100, 48000 };

	for (int p = 0; p <= PRESETS; p++)
		for (int b = 0; b < 3; b++) {
			struct settings safe = position(p, b, SETTINGS_HEADROOM_SAFE);
			struct settings sine = position(p, b, SETTINGS_HEADROOM_SINE);
			struct settings plain = position(p, b, 4.5);

			ck_assert_double_eq_tol(headroom_of(&safe, usual_hz[_i]), 6.03, 0.031);
			ck_assert_double_eq_tol(headroom_of(&sine, usual_hz[_i]), 3, 0.01);
			ck_assert_double_eq_tol(headroom_of(&plain, usual_hz[_i]), 4.5, 1e-9);
		}
}
END_TEST

START_TEST(direct_bypass_leaves_the_stream_alone)
{
	struct settings off = position(PRESETS, 0, SETTINGS_HEADROOM_SAFE);
	struct sound sound;

	sound_init(&sound, &off, 48000, 1);
	ck_assert(!sound_is_neutral(&sound));
	off.value[SETTING_BYPASS] = SETTINGS_BYPASS_DIRECT;
	sound_init(&sound, &off, 48000, 1);
	ck_assert(sound_headroom_db(&sound) == 0 && sound_trim_db(&sound) == 0);
	ck_assert(sound_is_neutral(&sound));
}
END_TEST

enum { NOISE_FRAMES = 48000 };

/* By how many LU a position is louder than the stream. */
static double loudness_change(const struct settings *settings, const double *noise,
			      unsigned int rate_hz)
{
	static double lr[2 * NOISE_FRAMES];
	struct sound sound;

	memcpy(lr, noise, sizeof(lr));
	ck_assert_int_eq(sound_init(&sound, settings, rate_hz, 1), 0);
	sound_process(&sound, lr, NOISE_FRAMES);
	return loudness_of(lr, NOISE_FRAMES, rate_hz) - loudness_of(noise, NOISE_FRAMES, rate_hz);
}

/*
 * No position is louder or quieter than off, but for what safe takes above 6 dB.
 * Goal 0.3 LU; what is left is the noise's, which at 768 kHz lasts 60 ms.
 */
START_TEST(every_position_is_equally_loud)
{
	const double headrooms_db[3] = { SETTINGS_HEADROOM_SAFE, SETTINGS_HEADROOM_SINE, 12 };
	const double base_db[3] = { 6, 3, 12 };
	static double noise[2 * NOISE_FRAMES];
	unsigned int rate_hz = rates_hz[_i];

	loudness_fill_pink(noise, NOISE_FRAMES, rate_hz, 0.6);
	for (int p = 0; p <= PRESETS; p++)
		for (int b = 0; b < 3; b++) {
			double headroom_db = headrooms_db[(p + b) % 3];
			struct settings settings = position(p, b, headroom_db);
			double more_db = headroom_of(&settings, rate_hz) - base_db[(p + b) % 3];

			ck_assert_double_ge(more_db, 0);
			ck_assert_double_le(more_db, rate_hz < 16000 ? 1.3 : 0.8);
			ck_assert_double_eq_tol(loudness_change(&settings, noise, rate_hz),
						-base_db[(p + b) % 3] - more_db,
						rate_hz > 400000 ? 0.2 : 0.1);
		}
}
END_TEST

START_TEST(none_is_the_filter_untrimmed)
{
	struct settings settings = position(_i, 1, 0);
	struct sound sound;

	sound_init(&sound, &settings, 48000, 1);
	ck_assert(sound_headroom_db(&sound) == 0 && sound_trim_db(&sound) == 0);
}
END_TEST

/* T14 */
START_TEST(neutral_is_exact)
{
	enum { FRAMES = 1000 };
	static double lr[2 * FRAMES], was[2 * FRAMES];
	struct settings settings = default_settings();
	struct sound sound;

	settings.value[SETTING_CROSSFEED] = false;
	sound_init(&sound, &settings, 48000, 1);
	ck_assert(sound_is_neutral(&sound));
	fill_noise(lr, FRAMES);
	memcpy(was, lr, sizeof(was));
	sound_process(&sound, lr, FRAMES);
	ck_assert_mem_eq(lr, was, sizeof(was));
}
END_TEST

/* A live change, by a number for each of them. */
static struct settings changed(int change)
{
	struct settings p = default_settings();

	p.value[SETTING_HEADROOM_DB] = SETTINGS_HEADROOM_SAFE;
	switch (change) {
	case 0: p.value[SETTING_CROSSFEED] = false; break;
	case 1: p.value[SETTING_PRESET] = PRESET_BS2B_DEFAULT; break;
	case 2: p.value[SETTING_PRESET] = PRESET_MEIER; break;
	case 3: p.value[SETTING_LEVEL_DB] = -3; break;
	case 4: p.value[SETTING_LOWPASS_HZ] = 300; break;
	case 5: p.value[SETTING_ALLPASS_HZ] = 5000; break;
	case 6: p.value[SETTING_ALLPASS_HZ] = 0; break;
	case 7: p.value[SETTING_BRIGHTNESS] = CROSSFEED_BRIGHTER; break;
	case 8: p.value[SETTING_GAIN_DB] = AMP_GAIN_LOW_DB; break;
	case 9: p.value[SETTING_AMP] = 0; break;
	case 10: p.value[SETTING_HEADROOM_DB] = 20; break;
	case 11: p.value[SETTING_CROSSFEED] = false; p.value[SETTING_BYPASS] = SETTINGS_BYPASS_DIRECT; break;
	case 12: p.value[SETTING_PRESET] = PRESET_HEADROOM_CENTRE; break;
	default: p.value[SETTING_ALLPASS_HZ] = p.value[SETTING_LOWPASS_HZ]; break;
	}
	return p;
}

enum { CHANGES = 14 };

/* The largest second difference of channel c: a click is one, a tone has next to none. */
static double roughness(const double *lr, size_t frames, unsigned int c)
{
	double most = 0;

	for (size_t n = 2; n < frames; n++)
		most = fmax(most, fabs(lr[2 * n + c] - 2 * lr[2 * n - 2 + c] + lr[2 * n - 4 + c]));
	return most;
}

/* T17: no step above -60 dBFS on a tone, for every change and back, however timed. */
START_TEST(live_changes_do_not_click)
{
	enum { FRAMES = 12000, HZ = 100 };
	struct settings from = changed(-1), to = changed(_i);
	static double lr[2 * FRAMES];
	struct sound sound;

	from.value[SETTING_PRESET] = PRESET_HEADROOM;
	for (size_t n = 0; n < FRAMES; n++) {
		lr[2 * n] = 0.99 * signals_sine(HZ, 48000, n);
		lr[2 * n + 1] = -0.5 * signals_sine(HZ, 48000, n + 100);
	}
	sound_init(&sound, &from, 48000, 1);
	sound_process(&sound, lr, 2000);
	sound_set(&sound, &to);
	sound_process(&sound, lr + 2 * 2000, 333);
	sound_set(&sound, &from);
	sound_process(&sound, lr + 2 * 2333, 777);
	sound_set(&sound, &to);
	sound_process(&sound, lr + 2 * 3110, FRAMES - 3110);
	/* after the onset; the tone's own second difference is 1.7e-4 */
	ck_assert_double_lt(roughness(lr + 2 * 500, FRAMES - 500, 0), 1e-3 + 1.7e-4);
	ck_assert_double_lt(roughness(lr + 2 * 500, FRAMES - 500, 1), 1e-3 + 1.7e-4);
}
END_TEST

enum { PHASES = 5 };

/* A tone of full scale in both channels, at one of PHASES phases, changed in the middle. */
static double *changed_tone(double hz, int phase, int change)
{
	static double lr[2 * SPECTRUM_FRAMES];
	struct settings from = changed(-1), to = changed(change);
	struct sound sound;

	from.value[SETTING_PRESET] = PRESET_HEADROOM;
	for (size_t n = 0; n < SPECTRUM_FRAMES; n++) {
		double turn = hz / 48000 * (double)n + 0.5 * phase / PHASES;

		lr[2 * n] = lr[2 * n + 1] = sin(2 * SIGNALS_PI * fmod(turn, 1));
	}
	sound_init(&sound, change % 2 ? &from : &to, 48000, 1);
	sound_process(&sound, lr, SPECTRUM_FRAMES / 2);
	sound_set(&sound, change % 2 ? &to : &from);
	sound_process(&sound, lr + SPECTRUM_FRAMES, SPECTRUM_FRAMES / 2);
	return lr;
}

/*
 * What a change adds far from a tone: goals -74 dBFS above 500 Hz for 20 Hz, and
 * -105 dBFS above 4 kHz for 1 kHz.
 */
START_TEST(live_changes_cannot_be_measured_far_from_a_tone)
{
	for (int phase = 0; phase < PHASES; phase++) {
		ck_assert_double_le(spectrum_peak_above(changed_tone(20, phase, _i), 0, 500, 48000),
				    -74);
		ck_assert_double_le(spectrum_peak_above(changed_tone(1000, phase, _i), 0, 4000, 48000),
				    -105);
	}
}
END_TEST

/* A change by itself is over after 30 ms, also the largest. */
START_TEST(a_change_takes_30_ms)
{
	enum { FRAMES = 9600, AFTER = 1440 };
	struct settings from = default_settings(), to = changed(_i);
	static double lr[2 * FRAMES], fresh[2 * FRAMES];
	struct sound a, b;

	fill_noise(lr, FRAMES);
	memcpy(fresh, lr, sizeof(fresh));
	from.value[SETTING_VOLUME_DB] = -80;
	sound_init(&a, &from, 48000, 1);
	sound_process(&a, lr, FRAMES / 2);
	sound_set(&a, &to);
	sound_process(&a, lr + FRAMES, FRAMES / 2);
	sound_init(&b, &to, 48000, 1);
	sound_process(&b, fresh, FRAMES);
	/* the new filter has forgotten what was before its start by -130 dB */
	for (size_t n = FRAMES + 2 * AFTER; n < 2 * FRAMES; n++)
		ck_assert_double_eq_tol(lr[n], fresh[n], 1e-6);
}
END_TEST

START_TEST(live_changes_end_on_the_target)
{
	enum { FRAMES = 9600 };
	struct settings from = default_settings(), to = changed(_i);
	static double glided[2 * FRAMES], fresh[2 * FRAMES];
	struct sound a, b;

	fill_noise(glided, FRAMES);
	memcpy(fresh, glided, sizeof(fresh));
	sound_init(&a, &from, 48000, 1);
	sound_set(&a, &to);
	sound_init(&b, &to, 48000, 1);
	ck_assert(!sound_is_neutral(&a));
	sound_process(&a, glided, FRAMES);
	sound_process(&b, fresh, FRAMES);
	for (size_t n = FRAMES; n < 2 * FRAMES; n++)
		ck_assert_double_eq_tol(glided[n], fresh[n], 1e-12);
	ck_assert_int_eq(sound_is_neutral(&a), sound_is_neutral(&b));
}
END_TEST

/* A change during a fade waits for its end; of several, the latest counts. */
START_TEST(latest_change_wins)
{
	enum { FRAMES = 38400 };
	struct settings settings = default_settings(), to = changed(_i);
	static double hurried[2 * FRAMES], fresh[2 * FRAMES];
	struct sound a, b;

	fill_noise(hurried, FRAMES);
	memcpy(fresh, hurried, sizeof(fresh));
	sound_init(&a, &settings, 48000, 1);
	for (int change = 0; change < CHANGES; change++) {
		settings = changed(change);
		sound_set(&a, &settings);
		sound_process(&a, hurried + 2 * 50 * change, 50);
	}
	sound_set(&a, &to);
	sound_process(&a, hurried + 2 * 50 * CHANGES, FRAMES - 50 * CHANGES);
	sound_init(&b, &to, 48000, 1);
	sound_process(&b, fresh, FRAMES);
	for (size_t n = FRAMES; n < 2 * FRAMES; n++)
		ck_assert_double_eq_tol(hurried[n], fresh[n], 1e-12);
}
END_TEST

/* What is faded between cannot clip, so the fade cannot either. */
START_TEST(live_changes_never_clip_under_safe)
{
	enum { FRAMES = 20000 };
	struct settings from = changed(11);
	static double lr[2 * FRAMES];
	struct sound sound;
	uint32_t state = 3;

	sound_init(&sound, &from, 48000, 1);
	for (size_t n = 0; n < 2 * FRAMES; n++)
		lr[n] = signals_noise(&state) < 0 ? -1 : 1;
	for (size_t done = 0; done < FRAMES; done += 500) {
		struct settings to = changed((int)(done / 500) % CHANGES);

		sound_set(&sound, &to);
		sound_process(&sound, lr + 2 * done, 500);
	}
	for (size_t n = 0; n < 2 * FRAMES; n++)
		ck_assert_double_le(fabs(lr[n]), 1 + 1e-9);
}
END_TEST

START_TEST(reset_starts_from_silence_at_the_target)
{
	enum { FRAMES = 500 };
	struct settings settings = default_settings(), to = changed(_i);
	static double used[2 * FRAMES], fresh[2 * FRAMES];
	struct sound a, b;

	fill_noise(used, FRAMES);
	memcpy(fresh, used, sizeof(fresh));
	sound_init(&a, &settings, 48000, 1);
	sound_process(&a, used, FRAMES);
	sound_set(&a, &settings);
	to.value[SETTING_GAIN_DB] = -3;
	sound_set(&a, &to);
	sound_process(&a, used, 100);
	sound_set(&a, &to);
	sound_reset(&a);
	memcpy(used, fresh, sizeof(fresh));
	sound_init(&b, &to, 48000, 1);
	sound_process(&a, used, FRAMES);
	sound_process(&b, fresh, FRAMES);
	ck_assert_mem_eq(used, fresh, sizeof(fresh));
}
END_TEST

START_TEST(rates_out_of_range_are_refused)
{
	struct settings settings = default_settings();
	struct sound sound;

	ck_assert_int_lt(sound_init(&sound, &settings, 7999, 1), 0);
	ck_assert_int_lt(sound_init(&sound, &settings, 768001, 1), 0);
	ck_assert_int_eq(sound_init(&sound, &settings, 8000, 1), 0);
	ck_assert_int_eq(sound_init(&sound, &settings, 768000, 1), 0);
}
END_TEST

static Suite *sound_suite(void)
{
	Suite *suite = suite_create("sound");
	TCase *all = tcase_create("all");

	tcase_set_timeout(all, 120);
	tcase_add_test(all, rates_out_of_range_are_refused);
	tcase_add_loop_test(all, safe_headroom_is_exact, 0, RATES);
	tcase_add_loop_test(all, safe_headroom_grows_with_the_level, 0, RATES);
	tcase_add_loop_test(all, one_attenuation_is_enough, 0, 2);
	tcase_add_test(all, direct_bypass_leaves_the_stream_alone);
	tcase_add_loop_test(all, every_position_is_equally_loud, 0, RATES);
	tcase_add_loop_test(all, none_is_the_filter_untrimmed, 0, PRESETS);
	tcase_add_test(all, neutral_is_exact);
	tcase_add_loop_test(all, live_changes_do_not_click, 0, CHANGES);
	tcase_add_loop_test(all, live_changes_cannot_be_measured_far_from_a_tone, 0, CHANGES);
	tcase_add_loop_test(all, a_change_takes_30_ms, 0, CHANGES);
	tcase_add_loop_test(all, live_changes_end_on_the_target, 0, CHANGES);
	tcase_add_loop_test(all, latest_change_wins, 0, CHANGES);
	tcase_add_test(all, live_changes_never_clip_under_safe);
	tcase_add_loop_test(all, reset_starts_from_silence_at_the_target, 0, CHANGES);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	return check_main(sound_suite());
}
