/* alsa-crossfeed - tests the filter: block sizes, decay */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "check_main.h"
#include "response.h"

/* T17 */
START_TEST(impulse_decays)
{
	const struct response *r = measured_default(rates_hz[_i]);
	size_t after = (size_t)(0.010 * r->rate_hz);

	for (size_t n = after; n < FRAMES_MAX; n++)
		ck_assert_double_lt(fabs(r->lr[2 * n + 1]), 1e-7);
	ck_assert(r->lr[2 * FRAMES_MAX - 1] == 0);
}
END_TEST

/* A stream in which everything is changed every now and then, in parts of at most part_max. */
static void play_with_changes(double *lr, size_t frames, enum preset preset, double part_max)
{
	enum { EVERY = 1500 };
	struct settings settings = default_settings();
	struct sound sound;
	uint32_t state = 7;

	settings.value[SETTING_PRESET] = preset;
	sound_init(&sound, &settings, 48000, 1);
	for (size_t done = 0; done < frames;) {
		size_t part = (size_t)(fabs(signals_noise(&state)) * part_max) + 1;

		if (done % EVERY == 0) {
			size_t change = done / EVERY;

			settings.value[SETTING_BRIGHTNESS] = positions[change / 4 % 3];
			settings.value[SETTING_VOLUME_DB] = -(double)change;
			settings.value[SETTING_AMP] = change % 11 != 10;
			settings.value[SETTING_CROSSFEED] = change % 5 != 3;
			sound_set(&sound, &settings);
		}
		part = part < EVERY - done % EVERY ? part : EVERY - done % EVERY;
		sound_process(&sound, lr + 2 * done, part);
		done += part;
	}
}

START_TEST(any_block_size_gives_the_same_samples)
{
	enum { FRAMES = 60000 };
	static double whole[2 * FRAMES], parts[2 * FRAMES];

	fill_noise(whole, FRAMES);
	memset(whole + FRAMES, 0, FRAMES / 2 * sizeof(*whole));
	memcpy(parts, whole, sizeof(whole));
	play_with_changes(whole, FRAMES, (enum preset)_i, 1e6);
	play_with_changes(parts, FRAMES, (enum preset)_i, 300);
	ck_assert_mem_eq(whole, parts, sizeof(whole));
}
END_TEST

static Suite *filter_suite(void)
{
	Suite *suite = suite_create("filter");
	TCase *all = tcase_create("all");

	tcase_set_timeout(all, 120);
	tcase_add_loop_test(all, impulse_decays, 0, RATES);
	tcase_add_loop_test(all, any_block_size_gives_the_same_samples, 0, PRESETS);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	return check_main(filter_suite());
}
