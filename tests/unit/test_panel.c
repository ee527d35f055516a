/* alsa-crossfeed - tests the front panel: positions, settings, words */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "check_main.h"
#include "panel.h"

START_TEST(untouched_panel_changes_nothing)
{
	struct settings settings = settings_initial(), after;
	struct panel panel;

	settings.value[SETTING_PRESET] = _i;
	settings.value[SETTING_GAIN_DB] = -3.3;
	settings.value[SETTING_VOLUME_DB] = -12.34;
	settings.value[SETTING_LOWPASS_HZ] = 777;
	if (_i % 2)
		settings.value[SETTING_LEVEL_DB] = -11.111;
	panel = panel_from_settings(&settings);
	after = panel_settings(&panel, &settings);
	ck_assert_mem_eq(after.value, settings.value, sizeof(settings.value));
}
END_TEST

START_TEST(another_preset_is_that_preset_whole)
{
	struct settings settings = settings_initial();
	struct panel panel;
	struct crossfeed_params is, expected = preset_params(PRESET_BS2B_JMEIER);

	settings.value[SETTING_LOWPASS_HZ] = 5000;
	settings.value[SETTING_LEVEL_DB] = -20;
	panel = panel_from_settings(&settings);
	panel_move(&panel, SETTING_PRESET, PRESET_BS2B_JMEIER);
	settings = panel_settings(&panel, &settings);
	is = settings_crossfeed(&settings);
	ck_assert(is.level_db == expected.level_db);
	ck_assert(is.lowpass_hz == expected.lowpass_hz);
}
END_TEST

START_TEST(gain_in_db_is_the_high_position)
{
	struct settings settings = settings_initial(), after;
	struct panel panel;

	settings.value[SETTING_GAIN_DB] = 15.72;
	panel = panel_from_settings(&settings);
	panel_move(&panel, SETTING_GAIN_DB, 0);
	after = panel_settings(&panel, &settings);
	ck_assert_double_eq_tol(after.value[SETTING_GAIN_DB], 4.04, 1e-9);
	panel_move(&panel, SETTING_AMP, 0);
	after = panel_settings(&panel, &settings);
	ck_assert(after.value[SETTING_AMP] == 0);
}
END_TEST

/* Every position of every element has a word of its own, which is found again. */
START_TEST(positions_have_words)
{
	const enum setting element = (enum setting)_i;
	char word[SETTINGS_WORD_SIZE];

	for (int value = 0; value <= panel_info(element).max; value++) {
		panel_write(word, element, value);
		ck_assert_int_eq(panel_read(element, word), value);
	}
	ck_assert_int_eq(panel_read(element, ""), -1);
	ck_assert_int_eq(panel_read(element, "-"), -1);
	ck_assert_int_eq(panel_read(element, "louder"), -1);
}
END_TEST

/* Those of the configuration. */
START_TEST(words_are_the_settings_words)
{
	const struct {
		enum setting element;
		int value;
		const char *word;
	} rows[] = {
		{ SETTING_CROSSFEED, 0, "off" }, { SETTING_CROSSFEED, 1, "on" },
		{ SETTING_LEVEL_DB, 183, "-11.7" }, { SETTING_LEVEL_DB, 0, "-30.0" },
		{ SETTING_PRESET, PRESET_MEIER, "meier" }, { SETTING_GAIN_DB, 0, "low" },
		{ SETTING_GAIN_DB, 2, "high" }, { SETTING_BRIGHTNESS, 2, "brighter" },
		{ SETTING_VOLUME_DB, 800, "0.0" }, { SETTING_VOLUME_DB, 795, "-0.5" },
		{ SETTING_AMP, 0, "off" },
	};
	char word[SETTINGS_WORD_SIZE];

	for (size_t r = 0; r < sizeof(rows) / sizeof(rows[0]); r++) {
		panel_write(word, rows[r].element, rows[r].value);
		ck_assert_str_eq(word, rows[r].word);
	}
	ck_assert_int_eq(panel_read(SETTING_LEVEL_DB, "-12"), 180);
	ck_assert_int_eq(panel_read(SETTING_LEVEL_DB, "-99"), -1);
	ck_assert_int_eq(panel_read(SETTING_LEVEL_DB, "3.5"), -1);
}
END_TEST

static Suite *panel_suite(void)
{
	Suite *suite = suite_create("panel");
	TCase *all = tcase_create("all");

	tcase_add_loop_test(all, untouched_panel_changes_nothing, 0, PRESETS);
	tcase_add_test(all, another_preset_is_that_preset_whole);
	tcase_add_test(all, gain_in_db_is_the_high_position);
	tcase_add_loop_test(all, positions_have_words, 0, PANEL_ELEMENTS);
	tcase_add_test(all, words_are_the_settings_words);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	return check_main(panel_suite());
}
