/* alsa-crossfeed - tests the live controls: streams that follow them, whatever the file is */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "check_main.h"
#include "config_text.h"
#include "mixer.h"
#include "playback.h"
#include "signals.h"
#include "state_file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { RATE_HZ = 48000, PERIOD = 480 };

/* --- streams that follow -------------------------------------------------------------------- */

/* One stream whose control is the file of this test; more keys may be given. */
static void start_stream(struct playback *p, const char *keys)
{
	char definition[1000];

	snprintf(definition, sizeof(definition), "type crossfeed control { file \"%s\" } %s "
		 "slave.pcm { type dac file \"%%s\" formats [ FLOAT64 ] }", state_file_path, keys);
	playback_start(p, definition, SND_PCM_ACCESS_RW_INTERLEAVED, SND_PCM_FORMAT_FLOAT64, RATE_HZ);
}

/* Left only, so that the right channel tells whether crossfeed is on. */
static void play_left(struct playback *p, size_t frames)
{
	static double in[2 * RATE_HZ];

	ck_assert_uint_le(frames, RATE_HZ);
	for (size_t n = 0; n < frames; n++)
		in[2 * n] = 0.5;
	playback_write(p, in, frames, PERIOD);
}

/* The last frame that came out. */
static void finish(struct playback *p, double last[2])
{
	size_t bytes;
	double *heard = playback_finish(p, &bytes);
	size_t frames = bytes / sizeof(double) / 2;

	last[0] = heard[2 * frames - 2];
	last[1] = heard[2 * frames - 1];
	free(heard);
}

static bool heard_on(struct playback *p)
{
	double last[2];

	finish(p, last);
	return last[1] > 0.01;
}

START_TEST(stream_follows_the_switch)
{
	struct playback p;
	double *heard;
	size_t bytes;

	start_stream(&p, "");
	play_left(&p, 9600);
	mixer_set_once(SETTING_CROSSFEED, 0);
	play_left(&p, 9600);
	mixer_set_once(SETTING_CROSSFEED, 1);
	play_left(&p, 9600);
	heard = playback_finish(&p, &bytes);
	ck_assert_uint_eq(bytes, 3 * 9600 * 16);
	/* on; off within 30 ms; on again; all of it as loud on the left, within 0.1 dB */
	ck_assert_double_gt(heard[2 * 9599 + 1], 0.05);
	ck_assert(heard[2 * (9600 + RATE_HZ * 3 / 100) + 1] == 0);
	ck_assert(heard[2 * (9600 + PERIOD) + 1] < heard[2 * 9599 + 1]);
	ck_assert_double_gt(heard[2 * (3 * 9600 - 1) + 1], 0.05);
	for (size_t n = 100; n < 3 * 9600; n++)
		ck_assert_double_eq_tol(heard[2 * n] / heard[2 * 100], 1, 0.01);
	free(heard);
}
END_TEST

/* To a DAC that would be dithered: not a single step once the mute has faded. */
START_TEST(mute_is_exact_zero)
{
	char definition[1000];
	struct playback p;
	int16_t *heard;
	size_t bytes;

	snprintf(definition, sizeof(definition), "type crossfeed control { file \"%s\" } "
		 "slave.pcm { type dac file \"%%s\" formats [ S16 ] }", state_file_path);
	playback_start(&p, definition, SND_PCM_ACCESS_RW_INTERLEAVED, SND_PCM_FORMAT_FLOAT64,
		       RATE_HZ);
	play_left(&p, 9600);
	mixer_set_once(SETTING_AMP, 0);
	play_left(&p, 9600);
	mixer_set_once(SETTING_AMP, 1);
	play_left(&p, 9600);
	heard = playback_finish(&p, &bytes);
	ck_assert_uint_eq(bytes, 3 * 9600 * 4);
	for (size_t n = 2 * (9600 + RATE_HZ * 3 / 100); n < 2 * 2 * 9600; n++)
		ck_assert_int_eq(heard[n], 0);
	ck_assert_int_ne(heard[2 * 3 * 9600 - 2], 0);
	free(heard);
}
END_TEST

START_TEST(two_streams_follow_one_switch)
{
	struct playback one, other;

	start_stream(&one, "");
	start_stream(&other, "");
	play_left(&one, 4800);
	play_left(&other, 4800);
	mixer_set_once(SETTING_CROSSFEED, 0);
	play_left(&one, PERIOD + 960);
	play_left(&other, PERIOD + 960);
	ck_assert(!heard_on(&one));
	ck_assert(!heard_on(&other));
}
END_TEST

START_TEST(set_before_the_first_playback)
{
	struct playback p;

	mixer_set_once(SETTING_CROSSFEED, 0);
	start_stream(&p, "");
	play_left(&p, 4800);
	ck_assert(!heard_on(&p));
}
END_TEST

/* Precedence: what somebody moved, else the configuration, even if it is newer. */
START_TEST(untouched_elements_follow_the_configuration)
{
	struct playback p;
	double last[2];

	start_stream(&p, "volume -6");
	playback_close(&p);
	mixer_set_once(SETTING_GAIN_DB, 2);
	start_stream(&p, "volume -20 headroom none");
	play_left(&p, 4800);
	finish(&p, last);
	ck_assert_double_eq_tol(last[0], 0.05, 1e-6);
	mixer_set_once(SETTING_VOLUME_DB, 800);
	start_stream(&p, "volume -20 headroom none");
	play_left(&p, 4800);
	finish(&p, last);
	ck_assert_double_eq_tol(last[0], 0.5, 1e-6);
}
END_TEST

START_TEST(mixer_shows_what_the_stream_was_configured_to)
{
	struct playback p;
	snd_ctl_t *ctl;

	start_stream(&p, "preset meier brightness bright");
	ctl = mixer_open();
	ck_assert_int_eq(mixer_get(ctl, SETTING_PRESET), PRESET_MEIER);
	ck_assert_int_eq(mixer_get(ctl, SETTING_BRIGHTNESS), CROSSFEED_BRIGHT);
	ck_assert_int_eq(mixer_get(ctl, SETTING_LEVEL_DB), 177);
	snd_ctl_close(ctl);
	playback_close(&p);
}
END_TEST

START_TEST(mute_is_exact_and_ends_in_an_exact_copy)
{
	struct playback p;
	double *heard;
	size_t bytes;

	start_stream(&p, "crossfeed off bypass direct");
	play_left(&p, 4800);
	mixer_set_once(SETTING_AMP, 0);
	play_left(&p, 4800);
	mixer_set_once(SETTING_AMP, 1);
	play_left(&p, 4800);
	heard = playback_finish(&p, &bytes);
	ck_assert(heard[2 * 4799] == 0.5);
	for (size_t n = 4800 + RATE_HZ * 3 / 100; n < 2 * 4800; n++)
		ck_assert(heard[2 * n] == 0);
	for (size_t n = 2 * 4800 + RATE_HZ * 3 / 100; n < 3 * 4800; n++)
		ck_assert(heard[2 * n] == 0.5);
	free(heard);
}
END_TEST

/* No step above -60 dBFS beyond the tone's own slope, for every control and back. */
START_TEST(changes_do_not_click)
{
	const int target[PANEL_ELEMENTS] = {
		[SETTING_CROSSFEED] = 0, [SETTING_LEVEL_DB] = 270, [SETTING_PRESET] = PRESET_BS2B_DEFAULT,
		[SETTING_GAIN_DB] = 0, [SETTING_BRIGHTNESS] = 2, [SETTING_VOLUME_DB] = 0,
		[SETTING_AMP] = 0,
	};
	enum { FRAMES = 9600, HZ = 100 };
	const enum setting element = (enum setting)_i;
	static double in[2 * FRAMES];
	struct playback p;
	double *heard;
	size_t bytes;

	for (size_t n = 0; n < FRAMES; n++) {
		in[2 * n] = 0.99 * signals_sine(HZ, RATE_HZ, n);
		in[2 * n + 1] = -0.5 * signals_sine(HZ, RATE_HZ, n);
	}
	start_stream(&p, "");
	playback_write(&p, in, FRAMES, PERIOD);
	mixer_set_once(element, target[element]);
	playback_write(&p, in, FRAMES, PERIOD);
	mixer_set_once(element, default_panel().position[element]);
	playback_write(&p, in, FRAMES, PERIOD);
	heard = playback_finish(&p, &bytes);
	for (size_t n = 1000; n < 6 * FRAMES; n++) {
		double bend = heard[n] - 2 * heard[n - 2] + heard[n - 4];

		/* 1.7e-4 is the tone's own */
		ck_assert_double_lt(fabs(bend), 1e-3 + 1.7e-4);
	}
	free(heard);
}
END_TEST

/* --- what can be wrong with the file -------------------------------------------------------- */

static void lay_missing(void) { unlink(state_file_path); }
static void lay_empty(void) { unlink(state_file_path); state_file_write_text("", 0); }
static void lay_short(void) { unlink(state_file_path); state_file_write_text("alsa-crossfeed state 1\nswi", 26); }
static void lay_garbage(void) { unlink(state_file_path); state_file_write_text("\x7f""ELF\0\xff\xfe", 7); }
static void lay_folder(void) { unlink(state_file_path); mkdir(state_file_path, 0700); }
static void lay_dangling(void) { unlink(state_file_path); ck_assert_int_eq(symlink("nowhere", state_file_path), 0); }
static void lay_pipe(void) { unlink(state_file_path); ck_assert_int_eq(mkfifo(state_file_path, 0600), 0); }

static void lay_huge(void)
{
	unlink(state_file_path);
	state_file_write_text("x", 1);
	ck_assert_int_eq(truncate(state_file_path, 1 << 20), 0);
}

/* Another user's file that we may not even read; a state_file_folder that we may not write to. */
static void lay_locked(void)
{
	state_file_write_good();
	chmod(state_file_path, 0);
	chmod(state_file_folder, 0500);
	state_file_override_permissions(false);
}

static void lay_full_disk(void)
{
	const struct rlimit nothing = { 0, RLIM_INFINITY };

	unlink(state_file_path);
	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &nothing), 0);
}

static void (*const faults[])(void) = {
	lay_missing, lay_empty, lay_short, lay_garbage, lay_folder, lay_dangling, lay_pipe, lay_huge,
	lay_locked, lay_full_disk,
};

enum { FAULTS = sizeof(faults) / sizeof(faults[0]), FAULT_LOCKED = 8, FAULT_FULL = 9 };

/* A PCM that needs no file to play into. */
static int play_into_nothing(void)
{
	char definition[1000];
	static double in[2 * 4800];
	struct playback p = { .access = SND_PCM_ACCESS_RW_INTERLEAVED,
			      .format = SND_PCM_FORMAT_FLOAT64 };
	int err;

	snprintf(definition, sizeof(definition), PLAYBACK_TYPES "pcm.test { type crossfeed "
		 "control { file \"%s\" } slave.pcm \"null\" }\n", state_file_path);
	err = config_open_test(&p.pcm, definition);
	if (err < 0)
		return err;
	err = playback_configure(&p, p.access, p.format, RATE_HZ);
	if (err == 0)
		playback_write(&p, in, 4800, PERIOD);
	snd_pcm_close(p.pcm);
	return err;
}

START_TEST(audio_plays_whatever_the_file_is)
{
	faults[_i]();
	ck_assert_int_eq(play_into_nothing(), 0);
}
END_TEST

START_TEST(mixer_says_what_it_cannot_do)
{
	snd_ctl_t *ctl;
	int err;

	faults[_i]();
	ctl = mixer_open();
	ck_assert_int_eq(mixer_get(ctl, SETTING_CROSSFEED), 1);
	err = mixer_set(ctl, SETTING_CROSSFEED, 0);
	if (faults[_i] == lay_folder)
		ck_assert_int_eq(err, -EISDIR);
	else if (_i == FAULT_LOCKED)
		ck_assert_int_eq(err, -EACCES);
	else if (_i == FAULT_FULL)
		ck_assert_int_eq(err, -EFBIG);
	else
		ck_assert_int_eq(err, 1);
	ck_assert_int_eq(mixer_get(ctl, SETTING_CROSSFEED), err == 1 ? 0 : 1);
	snd_ctl_close(ctl);
}
END_TEST

START_TEST(faults_while_playing_change_nothing)
{
	struct playback p;

	state_file_write_good();
	start_stream(&p, "");
	play_left(&p, 4800);
	if (_i < FAULT_LOCKED)
		faults[_i]();
	play_left(&p, 4800);
	ck_assert(!heard_on(&p));
}
END_TEST

/* For somebody to look at; only a change by hand replaces it. */
START_TEST(a_damaged_file_is_left_as_it_is)
{
	struct playback p;
	char text[1000];

	lay_short();
	start_stream(&p, "");
	play_left(&p, 4800);
	playback_close(&p);
	ck_assert_uint_eq(state_file_read_text(text, sizeof(text)), 26);
	ck_assert_mem_eq(text, "alsa-crossfeed state 1\nswi", 26);
}
END_TEST

START_TEST(repaired_file_is_followed_again)
{
	struct playback p;

	start_stream(&p, "");
	play_left(&p, 4800);
	lay_garbage();
	play_left(&p, 4800);
	state_file_write_good();
	play_left(&p, 4800);
	ck_assert(!heard_on(&p));
}
END_TEST

START_TEST(no_home_is_no_reason_to_be_silent)
{
	static double in[2 * 4800];
	struct playback p;

	ck_assert_int_eq(playback_open(&p, "type crossfeed control none slave.pcm { type dac "
				       "file \"%s\" formats [ S16 ] }"), 0);
	unsetenv("XDG_STATE_HOME");
	unsetenv("HOME");
	playback_close(&p);
	/* playback_open() sets one; this one is opened without */
	state_file_path[0] = '\0';
	p = (struct playback){ .access = SND_PCM_ACCESS_RW_INTERLEAVED,
			       .format = SND_PCM_FORMAT_FLOAT64 };
	ck_assert_int_eq(config_open_test(&p.pcm, PLAYBACK_TYPES
					  "pcm.test { type crossfeed slave.pcm \"null\" }\n"), 0);
	ck_assert_int_eq(playback_configure(&p, p.access, p.format, RATE_HZ), 0);
	playback_write(&p, in, 4800, PERIOD);
	snd_pcm_close(p.pcm);
	snprintf(state_file_path, sizeof(state_file_path), "%s/state", state_file_folder);
}
END_TEST

/* --- a card's mixer ------------------------------------------------------------------------- */

static void start_card_stream(struct playback *p, const char *control)
{
	char definition[1000];

	setenv("CARD_STATE", state_file_path, 1);
	snprintf(definition, sizeof(definition), "type crossfeed control { %s } "
		 "slave.pcm { type dac file \"%%s\" formats [ FLOAT64 ] }", control);
	playback_start(p, definition, SND_PCM_ACCESS_RW_INTERLEAVED, SND_PCM_FORMAT_FLOAT64, RATE_HZ);
}

START_TEST(elements_of_a_card_are_adopted_and_followed)
{
	struct playback p;

	mixer_set_once(SETTING_CROSSFEED, 0);
	start_card_stream(&p, "card DAC");
	play_left(&p, 4800);
	mixer_set_once(SETTING_CROSSFEED, 1);
	/* an event for each element, one a period */
	play_left(&p, 4800);
	ck_assert(heard_on(&p));
}
END_TEST

START_TEST(card_positions_are_adopted)
{
	struct playback p;

	mixer_set_once(SETTING_CROSSFEED, 0);
	start_card_stream(&p, "card DAC");
	play_left(&p, 4800);
	ck_assert(!heard_on(&p));
}
END_TEST

START_TEST(card_without_our_elements_plays_as_configured)
{
	struct playback p;

	/* the mixer has elements called Crossfeed only, and lets nobody add others */
	start_card_stream(&p, "card DAC name Other");
	play_left(&p, 4800);
	ck_assert(heard_on(&p));
}
END_TEST

START_TEST(missing_card_plays_as_configured)
{
	struct playback p;
	char definition[] = "type crossfeed control { card 77 } slave.pcm { type dac file \"%s\" "
		"formats [ FLOAT64 ] }";

	/* a file that cannot be made lets the stand-in mixer open, but nothing be set */
	setenv("CARD_STATE", "/dev/null/no", 1);
	playback_start(&p, definition, SND_PCM_ACCESS_RW_INTERLEAVED, SND_PCM_FORMAT_FLOAT64, RATE_HZ);
	play_left(&p, 4800);
	ck_assert(heard_on(&p));
}
END_TEST

/* --- one thread plays, one hammers ---------------------------------------------------------- */

static void *hammer(void *stop)
{
	snd_ctl_t *ctl = mixer_open();

	for (int n = 0; !__atomic_load_n((int *)stop, __ATOMIC_RELAXED); n++) {
		enum setting element = (enum setting)(n % PANEL_ELEMENTS);

		mixer_set(ctl, element, n / PANEL_ELEMENTS % (panel_info(element).max + 1));
	}
	snd_ctl_close(ctl);
	return NULL;
}

START_TEST(hammered_controls_end_where_they_were_left)
{
	struct playback p;
	pthread_t thread;
	int stop = 0;

	start_stream(&p, "");
	ck_assert_int_eq(pthread_create(&thread, NULL, hammer, &stop), 0);
	for (int n = 0; n < 50; n++)
		play_left(&p, 4800);
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	mixer_set_once(SETTING_AMP, 1);
	mixer_set_once(SETTING_VOLUME_DB, 800);
	mixer_set_once(SETTING_CROSSFEED, 0);
	play_left(&p, 4800);
	ck_assert(!heard_on(&p));
}
END_TEST

static Suite *controls_suite(void)
{
	Suite *suite = suite_create("controls");
	TCase *streams = tcase_create("streams");
	TCase *wrong = tcase_create("faults");
	TCase *card = tcase_create("card");
	TCase *threads = tcase_create("threads");
	TCase *all[] = { streams, wrong, card, threads };

	for (size_t k = 0; k < sizeof(all) / sizeof(all[0]); k++) {
		tcase_add_checked_fixture(all[k], state_file_make, state_file_remove);
		tcase_set_timeout(all[k], 60);
		suite_add_tcase(suite, all[k]);
	}
	tcase_add_test(streams, stream_follows_the_switch);
	tcase_add_test(streams, mute_is_exact_zero);
	tcase_add_test(streams, two_streams_follow_one_switch);
	tcase_add_test(streams, set_before_the_first_playback);
	tcase_add_test(streams, untouched_elements_follow_the_configuration);
	tcase_add_test(streams, mixer_shows_what_the_stream_was_configured_to);
	tcase_add_test(streams, mute_is_exact_and_ends_in_an_exact_copy);
	tcase_add_loop_test(streams, changes_do_not_click, 0, PANEL_ELEMENTS);
	tcase_add_loop_test(wrong, audio_plays_whatever_the_file_is, 0, FAULTS);
	tcase_add_loop_test(wrong, mixer_says_what_it_cannot_do, 0, FAULTS);
	tcase_add_loop_test(wrong, faults_while_playing_change_nothing, 0, FAULT_LOCKED);
	tcase_add_test(wrong, a_damaged_file_is_left_as_it_is);
	tcase_add_test(wrong, repaired_file_is_followed_again);
	tcase_add_test(wrong, no_home_is_no_reason_to_be_silent);
	tcase_add_test(card, elements_of_a_card_are_adopted_and_followed);
	tcase_add_test(card, card_positions_are_adopted);
	tcase_add_test(card, card_without_our_elements_plays_as_configured);
	tcase_add_test(card, missing_card_plays_as_configured);
	tcase_add_test(threads, hammered_controls_end_where_they_were_left);
	return suite;
}

int main(void)
{
	return check_main(controls_suite());
}
