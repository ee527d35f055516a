/* alsa-crossfeed - tests the panel on a card: what was set last counts, what was moved is kept */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "check_main.h"
#include "config_text.h"
#include "mixer_card.h"
#include "panel.h"
#include "playback.h"

#include <pthread.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { RATE_HZ = 48000, PERIOD = 480 };

/* As settings_initial() has it. */
enum { LEVEL_HEADROOM = 183, LEVEL_MEIER = 177, LEVEL_CMOY = 220 };

/* A state file of this test's own. */
static char folder[256];
static char path[300];

static void make_card(void)
{
	char here[128];

	ck_assert_ptr_nonnull(getcwd(here, sizeof(here)));
	snprintf(folder, sizeof(folder), "%s/card-XXXXXX", here);
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/state", folder);
	mixer_card_plug();
}

static void remove_card(void)
{
	unlink(path);
	ck_assert_int_eq(rmdir(folder), 0);
}

/* --- the card and the file ------------------------------------------------------------------ */

static const char *name_of(enum setting element)
{
	static char names[PANEL_ELEMENTS][PANEL_NAME_SIZE];

	panel_name(names[element], "Crossfeed", element);
	return names[element];
}

static int get(enum setting element)
{
	return mixer_card_get(name_of(element));
}

static void set(enum setting element, int value)
{
	mixer_card_set(name_of(element), value);
}

static bool file_says(const char *line)
{
	char text[5000] = "\n";
	FILE *file = fopen(path, "rb");

	if (!file)
		return false;
	text[1 + fread(text + 1, 1, sizeof(text) - 2, file)] = '\0';
	fclose(file);
	return strstr(text, line) != NULL;
}

static void pause_briefly(void)
{
	const struct timespec pause = { .tv_nsec = 1000000 };

	nanosleep(&pause, NULL);
}

/* --- streams -------------------------------------------------------------------------------- */

static void start_stream(struct playback *p, const char *keys)
{
	char definition[1000];

	snprintf(definition, sizeof(definition), "type crossfeed control { card DAC file \"%s\" } "
		 "%s slave.pcm { type dac file \"%%s\" formats [ FLOAT64 ] }", path, keys);
	playback_start(p, definition, SND_PCM_ACCESS_RW_INTERLEAVED, SND_PCM_FORMAT_FLOAT64, RATE_HZ);
}

/* Left only, so that the right channel tells whether crossfeed is on. */
static void play(struct playback *p, size_t frames)
{
	static double in[2 * RATE_HZ];

	ck_assert_uint_le(frames, RATE_HZ);
	for (size_t n = 0; n < frames; n++)
		in[2 * n] = 0.5;
	playback_write(p, in, frames, PERIOD);
}

static bool heard_on(struct playback *p)
{
	size_t bytes;
	double *heard = playback_finish(p, &bytes);
	bool on = heard[bytes / sizeof(double) - 1] > 0.01;

	free(heard);
	return on;
}

static void play_once(const char *keys)
{
	struct playback p;

	start_stream(&p, keys);
	play(&p, PERIOD);
	playback_close(&p);
}

static void replug(void)
{
	mixer_card_unplug();
	mixer_card_plug();
}

/* --- what was set last ---------------------------------------------------------------------- */

START_TEST(a_change_is_heard_within_a_period)
{
	struct playback p;

	start_stream(&p, "");
	play(&p, 4800);
	set(SETTING_CROSSFEED, 0);
	play(&p, PERIOD + 960);
	ck_assert(!heard_on(&p));
}
END_TEST

START_TEST(behind_any_number_of_foreign_events)
{
	struct playback p;

	mixer_card_add_foreign();
	start_stream(&p, "");
	play(&p, 4800);
	mixer_card_move_foreign();
	set(SETTING_CROSSFEED, 0);
	play(&p, PERIOD + 960);
	ck_assert(!heard_on(&p));
}
END_TEST

/* In the second period, so that who sets preset and level in one go has had his turn. */
START_TEST(a_preset_brings_its_level)
{
	struct playback p;

	start_stream(&p, "");
	play(&p, PERIOD);
	set(SETTING_PRESET, PRESET_BS2B_CMOY);
	play(&p, PERIOD);
	ck_assert_int_eq(get(SETTING_LEVEL_DB), LEVEL_HEADROOM);
	play(&p, PERIOD);
	ck_assert_int_eq(get(SETTING_LEVEL_DB), LEVEL_CMOY);
	playback_close(&p);
	ck_assert(file_says("\npreset bs2b-cmoy moved\n"));
	ck_assert(file_says("\nlevel -8.0 moved\n"));
}
END_TEST

/* Before it is shown on the card. */
START_TEST(a_presets_level_is_heard_within_a_period)
{
	double last[2];
	struct playback p;
	double *heard;
	size_t bytes;

	for (int n = 0; n < 2; n++) {
		start_stream(&p, "headroom none");
		play(&p, PERIOD);
		set(SETTING_PRESET, PRESET_HEADROOM_STRONG);
		play(&p, n ? PERIOD : 5 * PERIOD);
		play(&p, n ? 4 * PERIOD : 0);
		heard = playback_finish(&p, &bytes);
		last[n] = heard[bytes / sizeof(double) - 1];
		free(heard);
		ck_assert_int_eq(get(SETTING_LEVEL_DB), LEVEL_CMOY);
		replug();
		unlink(path);
	}
	ck_assert_double_eq_tol(last[0], last[1], 1e-9);
	/* -8 dB of 0.5 */
	ck_assert_double_eq_tol(last[0], 0.199, 0.001);
}
END_TEST

/* Another stream's marks, which stand behind the level's dB scale, are no move of the level. */
START_TEST(a_preset_brings_its_level_while_another_stream_opens)
{
	struct playback p, other;

	start_stream(&p, "");
	play(&p, 10 * PERIOD);
	set(SETTING_GAIN_DB, 0);
	start_stream(&other, "");
	playback_close(&other);
	set(SETTING_PRESET, PRESET_BS2B_CMOY);
	play(&p, 10 * PERIOD);
	ck_assert_int_eq(get(SETTING_LEVEL_DB), LEVEL_CMOY);
	playback_close(&p);
}
END_TEST

/* Preset, then level, in one go, with and without a look between the two. */
START_TEST(a_level_set_after_the_preset_stays)
{
	struct playback p;

	start_stream(&p, "");
	play(&p, PERIOD);
	set(SETTING_PRESET, PRESET_BS2B_CMOY);
	play(&p, _i ? PERIOD : 0);
	set(SETTING_LEVEL_DB, 100);
	play(&p, 10 * PERIOD);
	ck_assert_int_eq(get(SETTING_LEVEL_DB), 100);
	ck_assert_int_eq(get(SETTING_PRESET), PRESET_BS2B_CMOY);
	playback_close(&p);
	ck_assert_int_eq(get(SETTING_LEVEL_DB), 100);
}
END_TEST

/* The level first, as an alsactl restores them: still one go. */
START_TEST(a_level_set_with_the_preset_stays)
{
	struct playback p;

	start_stream(&p, "");
	play(&p, PERIOD);
	set(SETTING_LEVEL_DB, 100);
	play(&p, _i ? PERIOD : 0);
	set(SETTING_PRESET, PRESET_BS2B_CMOY);
	play(&p, 10 * PERIOD);
	ck_assert_int_eq(get(SETTING_LEVEL_DB), 100);
	ck_assert_int_eq(get(SETTING_PRESET), PRESET_BS2B_CMOY);
	playback_close(&p);
}
END_TEST

/* But not one that was set before. */
START_TEST(a_preset_set_after_the_level_brings_its_own)
{
	struct playback p;

	start_stream(&p, "");
	set(SETTING_LEVEL_DB, 100);
	play(&p, 10 * PERIOD);
	set(SETTING_PRESET, PRESET_BS2B_CMOY);
	play(&p, 10 * PERIOD);
	ck_assert_int_eq(get(SETTING_LEVEL_DB), LEVEL_CMOY);
	playback_close(&p);
}
END_TEST

/* As the stream is closed before it could look again. */
START_TEST(a_preset_brings_its_level_at_close)
{
	struct playback p;

	start_stream(&p, "");
	play(&p, PERIOD);
	set(SETTING_PRESET, PRESET_BS2B_CMOY);
	playback_close(&p);
	ck_assert_int_eq(get(SETTING_LEVEL_DB), LEVEL_CMOY);
}
END_TEST

/* A stream that slept through a preset and back to the old level does not bring another. */
START_TEST(a_stream_that_was_paused_changes_nothing)
{
	struct playback awake, paused;

	start_stream(&paused, "");
	start_stream(&awake, "");
	play(&paused, PERIOD);
	set(SETTING_PRESET, PRESET_BS2B_CMOY);
	play(&awake, 10 * PERIOD);
	set(SETTING_LEVEL_DB, LEVEL_HEADROOM);
	play(&awake, 10 * PERIOD);
	if (_i)
		play(&paused, 10 * PERIOD);
	playback_close(&paused);
	playback_close(&awake);
	ck_assert_int_eq(get(SETTING_LEVEL_DB), LEVEL_HEADROOM);
	ck_assert_int_eq(get(SETTING_PRESET), PRESET_BS2B_CMOY);
}
END_TEST

START_TEST(what_alsactl_restores_while_playing_stays)
{
	const int restored[PANEL_ELEMENTS] = {
		[SETTING_CROSSFEED] = 0, [SETTING_LEVEL_DB] = 60, [SETTING_PRESET] = PRESET_MEIER,
		[SETTING_GAIN_DB] = 1, [SETTING_BRIGHTNESS] = 2, [SETTING_VOLUME_DB] = 500,
		[SETTING_AMP] = 1,
	};
	struct playback p;

	start_stream(&p, "");
	for (int e = 0; e < PANEL_ELEMENTS; e++)
		set((enum setting)e, restored[e]);
	mixer_card_store();
	playback_close(&p);
	replug();
	unlink(path);
	start_stream(&p, "");
	play(&p, PERIOD);
	mixer_card_restore();
	play(&p, 20 * PERIOD);
	for (int e = 0; e < PANEL_ELEMENTS; e++)
		ck_assert_int_eq(get((enum setting)e), restored[e]);
	ck_assert(!heard_on(&p));
	ck_assert(file_says("\nlevel -24.0 moved\n"));
	ck_assert(file_says("\nvolume -30.0 moved\n"));
}
END_TEST

/* While nothing plays; the next stream takes the level along, unless it was set. */
START_TEST(a_preset_chosen_while_nothing_plays)
{
	struct playback p;

	play_once("");
	set(SETTING_PRESET, PRESET_BS2B_CMOY);
	if (_i)
		set(SETTING_LEVEL_DB, 100);
	start_stream(&p, "");
	play(&p, PERIOD);
	ck_assert_int_eq(get(SETTING_LEVEL_DB), _i ? 100 : LEVEL_CMOY);
	playback_close(&p);
}
END_TEST

static void switch_off(void)
{
	set(SETTING_CROSSFEED, 0);
}

START_TEST(a_change_while_a_stream_opens_is_heard)
{
	struct playback p;

	play_once("");
	mixer_card_before_subscribing(switch_off);
	start_stream(&p, "");
	play(&p, 4800);
	ck_assert(!heard_on(&p));
}
END_TEST

START_TEST(an_element_of_the_same_name_does_not_matter)
{
	struct playback p;

	start_stream(&p, "");
	play(&p, PERIOD);
	mixer_card_add_second(name_of(SETTING_CROSSFEED));
	play(&p, PERIOD);
	mixer_card_remove_second(name_of(SETTING_CROSSFEED));
	play(&p, PERIOD);
	set(SETTING_CROSSFEED, 0);
	play(&p, PERIOD + 960);
	ck_assert(!heard_on(&p));
}
END_TEST

/* --- what is remembered --------------------------------------------------------------------- */

START_TEST(the_configuration_counts_for_what_nobody_moved)
{
	for (int n = 0; n < 100; n++)
		play_once("preset linkwitz brightness bright");
	ck_assert_int_eq(get(SETTING_PRESET), PRESET_LINKWITZ);
	play_once("preset meier volume -6");
	ck_assert_int_eq(get(SETTING_PRESET), PRESET_MEIER);
	ck_assert_int_eq(get(SETTING_LEVEL_DB), LEVEL_MEIER);
	ck_assert_int_eq(get(SETTING_BRIGHTNESS), 0);
	ck_assert_int_eq(get(SETTING_VOLUME_DB), 740);
	ck_assert(!file_says(" moved\n"));
}
END_TEST

START_TEST(moving_one_control_freezes_no_other)
{
	struct playback p;

	start_stream(&p, "preset linkwitz");
	play(&p, PERIOD);
	set(SETTING_GAIN_DB, 0);
	play(&p, PERIOD);
	playback_close(&p);
	play_once("preset meier gain medium");
	ck_assert_int_eq(get(SETTING_PRESET), PRESET_MEIER);
	ck_assert_int_eq(get(SETTING_GAIN_DB), 0);
	replug();
	play_once("preset linkwitz gain medium");
	ck_assert_int_eq(get(SETTING_PRESET), PRESET_LINKWITZ);
	ck_assert_int_eq(get(SETTING_GAIN_DB), 0);
}
END_TEST

/* Moved to where another device has it configured is moved none the less. */
START_TEST(what_was_moved_stays_moved_for_every_device)
{
	play_once("preset meier");
	set(SETTING_PRESET, PRESET_LINKWITZ);
	play_once("preset linkwitz");
	play_once("preset meier");
	ck_assert_int_eq(get(SETTING_PRESET), PRESET_LINKWITZ);
}
END_TEST

/* One card, one panel: it shows what plays, and the device that was opened last configures it. */
START_TEST(devices_that_share_a_card_share_its_panel)
{
	struct playback one, other;

	start_stream(&one, "crossfeed on");
	play(&one, PERIOD);
	start_stream(&other, "crossfeed off");
	play(&other, PERIOD);
	play(&one, PERIOD + 960);
	ck_assert_int_eq(get(SETTING_CROSSFEED), 0);
	playback_close(&other);
	ck_assert(!heard_on(&one));
	ck_assert(!file_says(" moved\n"));
	play_once("crossfeed on");
	ck_assert_int_eq(get(SETTING_CROSSFEED), 1);
}
END_TEST

/* The plug is pulled while it plays; the player notices, and closes. */
START_TEST(a_move_while_it_plays_outlives_the_card)
{
	struct playback p;

	start_stream(&p, "");
	play(&p, PERIOD);
	set(SETTING_GAIN_DB, 0);
	play(&p, PERIOD);
	mixer_card_unplug();
	playback_close(&p);
	ck_assert(file_says("\npreset headroom configured\n"));
	ck_assert(file_says("\ngain low moved\n"));
	mixer_card_plug();
	play_once("");
	ck_assert_int_eq(get(SETTING_GAIN_DB), 0);
}
END_TEST

/* It stays open, as with players that keep the device from track to track. */
START_TEST(a_move_is_written_when_the_next_track_begins)
{
	struct playback p;

	start_stream(&p, "");
	play(&p, PERIOD);
	set(SETTING_GAIN_DB, 0);
	play(&p, PERIOD);
	ck_assert(!file_says("\ngain low moved\n"));
	ck_assert_int_eq(snd_pcm_drop(p.pcm), 0);
	if (_i)
		ck_assert_int_eq(snd_pcm_hw_free(p.pcm), 0);
	else
		ck_assert_int_eq(snd_pcm_prepare(p.pcm), 0);
	ck_assert(file_says("\ngain low moved\n"));
	playback_close(&p);
}
END_TEST

/* What one stream saw before it was paused is older than what another has written since. */
START_TEST(an_unplugged_older_stream_takes_nothing_back)
{
	struct playback older, newer;

	start_stream(&older, "");
	set(SETTING_GAIN_DB, 0);
	play(&older, PERIOD);
	start_stream(&newer, "");
	set(SETTING_GAIN_DB, 1);
	play(&newer, PERIOD);
	mixer_card_unplug();
	playback_close(&newer);
	playback_close(&older);
	ck_assert(file_says("\ngain medium moved\n"));
}
END_TEST

/* Nobody moved anything: another device of other configuration was opened. */
START_TEST(an_unplugged_stream_takes_no_configuration_for_moved)
{
	struct playback one, other;

	start_stream(&one, "gain high");
	start_stream(&other, "gain low");
	play(&one, PERIOD);
	mixer_card_unplug();
	playback_close(&one);
	playback_close(&other);
	ck_assert(!file_says(" moved\n"));
}
END_TEST

START_TEST(a_move_while_nothing_plays_outlives_the_next_stream)
{
	play_once("");
	set(SETTING_GAIN_DB, 0);
	play_once("");
	replug();
	play_once("");
	ck_assert_int_eq(get(SETTING_GAIN_DB), 0);
}
END_TEST

START_TEST(closing_an_older_stream_takes_nothing_back)
{
	struct playback older, newer;

	start_stream(&older, "");
	play(&older, PERIOD);
	set(SETTING_GAIN_DB, 0);
	play(&older, PERIOD);
	start_stream(&newer, "");
	play(&newer, PERIOD);
	set(SETTING_GAIN_DB, 1);
	play(&newer, PERIOD);
	playback_close(&newer);
	playback_close(&older);
	replug();
	play_once("");
	ck_assert_int_eq(get(SETTING_GAIN_DB), 1);
}
END_TEST

/* The system brings elements of its last shutdown to a card that was plugged in. */
START_TEST(what_is_newer_than_alsactls_store_counts)
{
	play_once("");
	set(SETTING_GAIN_DB, 1);
	play_once("");
	mixer_card_store();
	set(SETTING_GAIN_DB, 0);
	play_once("");
	replug();
	mixer_card_restore();
	ck_assert_int_eq(get(SETTING_GAIN_DB), 1);
	play_once("");
	ck_assert_int_eq(get(SETTING_GAIN_DB), 0);
}
END_TEST

/* Nobody of us ran when it was moved, but alsactl stored it. */
START_TEST(what_alsactl_stored_last_counts)
{
	play_once("");
	set(SETTING_GAIN_DB, 1);
	play_once("");
	set(SETTING_GAIN_DB, 0);
	mixer_card_store();
	replug();
	mixer_card_restore();
	play_once("");
	ck_assert_int_eq(get(SETTING_GAIN_DB), 0);
	ck_assert(file_says("\ngain low moved\n"));
}
END_TEST

/* Somebody wants what he stored once. */
START_TEST(an_older_store_restored_by_hand_counts)
{
	play_once("");
	set(SETTING_GAIN_DB, 1);
	play_once("");
	mixer_card_store();
	set(SETTING_GAIN_DB, 0);
	play_once("");
	mixer_card_restore();
	play_once("");
	ck_assert_int_eq(get(SETTING_GAIN_DB), 1);
}
END_TEST

/* Elements that 0.9 left on the card, or an alsactl of its time. */
START_TEST(elements_without_marks_are_moved_if_not_as_configured)
{
	play_once("preset meier");
	set(SETTING_GAIN_DB, 0);
	unlink(path);
	mixer_card_forget_marks();
	play_once("preset meier");
	ck_assert_int_eq(get(SETTING_GAIN_DB), 0);
	play_once("preset linkwitz");
	ck_assert_int_eq(get(SETTING_GAIN_DB), 0);
	ck_assert_int_eq(get(SETTING_PRESET), PRESET_LINKWITZ);
}
END_TEST

START_TEST(a_damaged_file_is_left_until_something_moves)
{
	FILE *file = fopen(path, "w");
	struct playback p;

	ck_assert_ptr_nonnull(file);
	fputs("no state\n", file);
	fclose(file);
	start_stream(&p, "");
	play(&p, PERIOD);
	playback_close(&p);
	ck_assert(file_says("\nno state\n"));
	start_stream(&p, "");
	set(SETTING_GAIN_DB, 0);
	playback_close(&p);
	ck_assert(file_says("\ngain low moved\n"));
}
END_TEST

/* --- how often it is looked ----------------------------------------------------------------- */

static unsigned long looks_while(size_t frames, size_t chunk)
{
	static double in[2 * RATE_HZ];
	unsigned long before;
	struct playback p;

	start_stream(&p, "");
	before = mixer_card_looks();
	playback_write(&p, in, frames, chunk);
	before = mixer_card_looks() - before;
	playback_close(&p);
	return before;
}

START_TEST(short_periods_do_not_look_each_time)
{
	unsigned long looks = looks_while(48000, 32);

	ck_assert_uint_ge(looks, 180);
	ck_assert_uint_le(looks, 200);
}
END_TEST

START_TEST(long_periods_look_each_time)
{
	ck_assert_uint_ge(looks_while(48000, 480), 100);
}
END_TEST

/* --- mixers, streams and alsactl at once ---------------------------------------------------- */

static int stop;

static void *turn_knobs(void *data)
{
	for (int n = 0; !__atomic_load_n(&stop, __ATOMIC_RELAXED); n++) {
		enum setting element = (enum setting)(n % PANEL_ELEMENTS);

		set(element, n / PANEL_ELEMENTS % (panel_info(element).max + 1));
		if (n % 50 == 0)
			pause_briefly();
	}
	return data;
}

static void *run_alsactl(void *data)
{
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		mixer_card_restore();
		pause_briefly();
	}
	return data;
}

/* Each thread has a configuration of its own, as alsa-lib wants it. */
static void *play_many(void *data)
{
	static const double silence[2 * PERIOD];
	snd_config_t *config = data;
	snd_pcm_t *pcm;

	for (int n = 0; n < 5; n++) {
		if (snd_pcm_open_lconf(&pcm, "test", SND_PCM_STREAM_PLAYBACK, 0, config) < 0)
			return data;
		snd_pcm_set_params(pcm, SND_PCM_FORMAT_FLOAT64, SND_PCM_ACCESS_RW_INTERLEAVED, 2,
				   RATE_HZ, 0, 100000);
		for (int w = 0; w < 100; w++)
			snd_pcm_writei(pcm, silence, PERIOD);
		pause_briefly();
		snd_pcm_close(pcm);
	}
	return NULL;
}

START_TEST(mixers_streams_and_alsactl_at_once)
{
	enum { PLAYERS = 4 };
	pthread_t players[PLAYERS], mixer, alsactl;
	snd_config_t *configs[PLAYERS];
	struct playback p;
	char text[2000];
	void *failed;

	play_once("");
	mixer_card_store();
	snprintf(text, sizeof(text), PLAYBACK_TYPES "pcm.test { type crossfeed control { card DAC "
		 "file \"%s\" } slave.pcm { type dac file \"/dev/null\" formats [ FLOAT64 ] } }\n",
		 path);
	pthread_create(&mixer, NULL, turn_knobs, NULL);
	pthread_create(&alsactl, NULL, run_alsactl, NULL);
	for (int n = 0; n < PLAYERS; n++) {
		configs[n] = config_from_text(text);
		pthread_create(&players[n], NULL, play_many, configs[n]);
	}
	for (int n = 0; n < PLAYERS; n++) {
		pthread_join(players[n], &failed);
		ck_assert_ptr_null(failed);
		snd_config_delete(configs[n]);
	}
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	pthread_join(mixer, NULL);
	pthread_join(alsactl, NULL);
	start_stream(&p, "");
	set(SETTING_AMP, 1);
	set(SETTING_VOLUME_DB, 800);
	set(SETTING_CROSSFEED, 0);
	play(&p, 4800);
	ck_assert(!heard_on(&p));
	ck_assert(file_says("\ncrossfeed off moved\n"));
}
END_TEST

static Suite *card_suite(void)
{
	Suite *suite = suite_create("card");
	TCase *last = tcase_create("set last");
	TCase *kept = tcase_create("remembered");
	TCase *looks = tcase_create("looks");
	TCase *threads = tcase_create("threads");
	TCase *all[] = { last, kept, looks, threads };

	for (size_t k = 0; k < sizeof(all) / sizeof(all[0]); k++) {
		tcase_add_checked_fixture(all[k], make_card, remove_card);
		tcase_set_timeout(all[k], 60);
		suite_add_tcase(suite, all[k]);
	}
	tcase_add_test(last, a_change_is_heard_within_a_period);
	tcase_add_test(last, behind_any_number_of_foreign_events);
	tcase_add_test(last, a_preset_brings_its_level);
	tcase_add_test(last, a_preset_brings_its_level_while_another_stream_opens);
	tcase_add_test(last, a_presets_level_is_heard_within_a_period);
	tcase_add_test(last, a_preset_brings_its_level_at_close);
	tcase_add_loop_test(last, a_level_set_after_the_preset_stays, 0, 2);
	tcase_add_loop_test(last, a_level_set_with_the_preset_stays, 0, 2);
	tcase_add_test(last, a_preset_set_after_the_level_brings_its_own);
	tcase_add_loop_test(last, a_stream_that_was_paused_changes_nothing, 0, 2);
	tcase_add_test(last, what_alsactl_restores_while_playing_stays);
	tcase_add_loop_test(last, a_preset_chosen_while_nothing_plays, 0, 2);
	tcase_add_test(last, a_change_while_a_stream_opens_is_heard);
	tcase_add_test(last, an_element_of_the_same_name_does_not_matter);
	tcase_add_test(kept, the_configuration_counts_for_what_nobody_moved);
	tcase_add_test(kept, moving_one_control_freezes_no_other);
	tcase_add_test(kept, what_was_moved_stays_moved_for_every_device);
	tcase_add_test(kept, devices_that_share_a_card_share_its_panel);
	tcase_add_test(kept, a_move_while_it_plays_outlives_the_card);
	tcase_add_loop_test(kept, a_move_is_written_when_the_next_track_begins, 0, 2);
	tcase_add_test(kept, an_unplugged_older_stream_takes_nothing_back);
	tcase_add_test(kept, an_unplugged_stream_takes_no_configuration_for_moved);
	tcase_add_test(kept, a_move_while_nothing_plays_outlives_the_next_stream);
	tcase_add_test(kept, closing_an_older_stream_takes_nothing_back);
	tcase_add_test(kept, what_is_newer_than_alsactls_store_counts);
	tcase_add_test(kept, what_alsactl_stored_last_counts);
	tcase_add_test(kept, an_older_store_restored_by_hand_counts);
	tcase_add_test(kept, elements_without_marks_are_moved_if_not_as_configured);
	tcase_add_test(kept, a_damaged_file_is_left_until_something_moves);
	tcase_add_test(looks, short_periods_do_not_look_each_time);
	tcase_add_test(looks, long_periods_look_each_time);
	tcase_add_test(threads, mixers_streams_and_alsactl_at_once);
	return suite;
}

int main(void)
{
	return check_main(card_suite());
}
