/* alsa-crossfeed - tests that whatever fails, nothing is lost and nothing crashes */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The same stories again and again, with the first, second, third ... call or
 * allocation failing, until a story comes to its end without one that could.
 */

#include "check_main.h"
#include "config_text.h"
#include "failing.h"
#include "folder.h"
#include "playback.h"
#include "quiet.h"
#include "state.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

enum { FRAMES = 512, FAILURES_MAX = 20000 };

/* --- the stories ------------------------------------------------------------------------ */

static char state_path[300];
static snd_config_t *config;

static int choose(snd_pcm_t *pcm)
{
	return snd_pcm_set_params(pcm, SND_PCM_FORMAT_S16, SND_PCM_ACCESS_RW_INTERLEAVED, 2, 48000,
				  0, 100000);
}

static void dump(snd_pcm_t *pcm)
{
	snd_output_t *output;

	if (snd_output_buffer_open(&output) < 0)
		return;
	snd_pcm_dump(pcm, output);
	snd_output_close(output);
}

static void ask_channels(snd_pcm_t *pcm)
{
	snd_pcm_chmap_query_t **maps = snd_pcm_query_chmaps(pcm);

	if (maps)
		snd_pcm_free_chmaps(maps);
}

/* Somebody turns a knob, in a process that has no failures. */
static void move_panel(int level)
{
	struct settings settings = settings_initial();
	struct panel panel = panel_from_settings(&settings);
	struct state state;

	panel_move(&panel, SETTING_LEVEL_DB, level);
	state_open(&state, state_path, "", "");
	state_write(&state, &panel);
	state_close(&state);
}

static void play_story(void)
{
	static const int16_t frames[2 * FRAMES];
	snd_pcm_t *pcm;

	if (snd_pcm_open_lconf(&pcm, "test", SND_PCM_STREAM_PLAYBACK, 0, config) < 0)
		return;
	ask_channels(pcm);
	/* twice: a player may change its mind, or try again */
	choose(pcm);
	if (choose(pcm) == 0) {
		snd_pcm_writei(pcm, frames, FRAMES);
		move_panel(100);
		snd_pcm_writei(pcm, frames, FRAMES);
		dump(pcm);
		free(snd_pcm_get_chmap(pcm));
		snd_pcm_drain(pcm);
	}
	snd_pcm_close(pcm);
}

static void mixer_story(void)
{
	snd_ctl_elem_value_t *value;
	snd_ctl_event_t *event;
	snd_ctl_t *ctl;

	if (snd_ctl_open_lconf(&ctl, "test", SND_CTL_NONBLOCK, config) < 0)
		return;
	snd_ctl_elem_value_alloca(&value);
	snd_ctl_event_alloca(&event);
	snd_ctl_elem_value_set_interface(value, SND_CTL_ELEM_IFACE_MIXER);
	snd_ctl_elem_value_set_name(value, "Crossfeed Playback Volume");
	snd_ctl_subscribe_events(ctl, 1);
	if (snd_ctl_elem_read(ctl, value) == 0) {
		snd_ctl_elem_value_set_integer(value, 0, 50);
		snd_ctl_elem_write(ctl, value);
	}
	snd_ctl_read(ctl, event);
	snd_ctl_close(ctl);
}

static const struct story {
	void (*tell)(void);
	const char *definition;
} stories[] = {
	{ play_story, "pcm.test { type crossfeed level \"-9\" preset meier dither off "
		"control { file \"%s\" } slave.pcm dac }" },
	{ play_story, "pcm.test { type crossfeed gain medium control { card 0 } slave.pcm dac }" },
	{ play_story, "pcm.test { type crossfeed control { card 0 name Other } slave.pcm dac }" },
	{ play_story, "pcm.test { type crossfeed level 90 slave.pcm dac }" },
	{ play_story, "pcm.test { type crossfeed rate 44100 resampler fastest control none "
		"slave.pcm other } pcm.other { type dac file \"/dev/null\" formats [ S16 ] "
		"rates [ 44100 ] }" },
	{ mixer_story, "ctl.test { type crossfeed file \"%s\" }" },
};

enum { STORIES = sizeof(stories) / sizeof(stories[0]) };

static void prepare_story(const struct story *story)
{
	char text[3000], folder[200];
	int length = snprintf(text, sizeof(text), "%spcm.dac { type dac file \"/dev/null\" "
			      "formats [ S32 S16 ] rates [ 48000 ] }\n", PLAYBACK_TYPES);

	ck_assert_ptr_nonnull(getcwd(folder, sizeof(folder)));
	snprintf(state_path, sizeof(state_path), "%s/failures-%d.state/Crossfeed", folder,
		 (int)getpid());
	setenv("CARD_STATE", state_path, 1);
	snprintf(text + length, sizeof(text) - (size_t)length, story->definition, state_path);
	config = config_from_text(text);
	snd_lib_error_set_handler(say_nothing);
	/* once without failures, so that alsa-lib has loaded what it keeps loaded */
	story->tell();
}

static void end_story(void)
{
	char folder[STATE_PATH_SIZE];
	struct state state;

	snd_lib_error_set_handler(NULL);
	snd_config_delete(config);
	unlink(state_path);
	state_open(&state, state_path, "", "");
	state_folder(folder, &state);
	rmdir(folder);
}

/* --- what fails ------------------------------------------------------------------------- */

/* What failed, or NULL when the story has no n-th call. */
static const char *tell_with_failure(const struct story *story, enum failing what, unsigned int n)
{
	move_panel(200);
	failing_start(what, n);
	story->tell();
	return failing_stop();
}

/* Twice, because what is said of a failure for the first time may load a translation. */
static bool try_failure(const struct story *story, enum failing what, unsigned int n)
{
	const char *failed = tell_with_failure(story, what, n);
	long blocks = failing_blocks();
	int files = folder_entries("/proc/self/fd");

	if (!failed)
		return false;
	tell_with_failure(story, what, n);
	if (failing_was_in_alsa_lib())
		return true;
	ck_assert_msg(folder_entries("/proc/self/fd") == files, "file left open by failure %u, %s", n, failed);
	ck_assert_msg(failing_blocks() <= blocks, "%ld blocks lost by failure %u, %s",
		      failing_blocks() - blocks, n, failed);
	return true;
}

static void tell_with_every_failure(const struct story *story, enum failing what)
{
	unsigned int n = 1;

	prepare_story(story);
	while (n < FAILURES_MAX && try_failure(story, what, n))
		n++;
	/* or the interposition has silently stopped working */
	ck_assert_uint_gt(n, 5);
	ck_assert_uint_lt(n, FAILURES_MAX);
	end_story();
}

START_TEST(every_call_may_fail)
{
	tell_with_every_failure(&stories[_i], FAILING_CALL);
}
END_TEST

START_TEST(every_allocation_may_fail)
{
	tell_with_every_failure(&stories[_i], FAILING_ALLOCATION);
}
END_TEST

/* --- a DAC that fails ------------------------------------------------------------------- */

enum { LENGTH = 3000, CHUNK = 700 };

static const long failure_points[] = { 0, 1, 127, 128, 129, 700, 1024, 1500, 2999 };
static const long recoverable[] = { -EPIPE, -ESTRPIPE, -EIO };

enum {
	POINTS = sizeof(failure_points) / sizeof(failure_points[0]),
	CONVERTED_POINTS = POINTS - 1,	/* at 44100 Hz the stream is shorter than the last */
	RECOVERABLE = sizeof(recoverable) / sizeof(recoverable[0]),
};

static void fill_music(int16_t *music)
{
	for (int n = 0; n < 2 * LENGTH; n++)
		music[n] = (int16_t)(n * 7919);
}

static void start_failing(struct playback *p, const char *keys)
{
	char definition[300];

	snprintf(definition, sizeof(definition), "type crossfeed control none slave.pcm "
		 "{ type dac file \"%%s\" formats [ S16 ] %s }", keys);
	playback_start(p, definition, SND_PCM_ACCESS_RW_INTERLEAVED, SND_PCM_FORMAT_S16, 48000);
}

static void start_failing_at(struct playback *p, long after, long error)
{
	char keys[100];

	snprintf(keys, sizeof(keys), "fail { after %ld error %ld }", after, error);
	start_failing(p, keys);
}

static void start_converting(struct playback *p, const char *rate, long after, long error)
{
	char definition[300];

	snprintf(definition, sizeof(definition), "type crossfeed control none %s slave.pcm "
		 "{ type dac file \"%%s\" formats [ S16 ] fail { after %ld error %ld } }",
		 rate, after, error);
	playback_start(p, definition, SND_PCM_ACCESS_RW_INTERLEAVED, SND_PCM_FORMAT_S16, 48000);
}

/* Write until it fails; returns the error, and the frames before it in *done. */
static long write_until_error(struct playback *p, const int16_t *music, long *done)
{
	*done = 0;
	while (*done < LENGTH) {
		long part = LENGTH - *done < CHUNK ? LENGTH - *done : CHUNK;
		long n = snd_pcm_writei(p->pcm, music + 2 * *done, (snd_pcm_uframes_t)part);

		if (n < 0)
			return n;
		*done += n;
	}
	return 0;
}

static void *fresh_stream(const int16_t *music, size_t *size)
{
	return playback_through("type crossfeed control none slave.pcm { type dac file \"%s\" "
				"formats [ S16 ] }", SND_PCM_FORMAT_S16, 48000, music, LENGTH, size);
}

/* After an error the stream begins anew: the file has its first frames, then a fresh stream. */
static void assert_begins_anew(struct playback *p, const int16_t *music, long after,
			       const char *fresh, size_t fresh_size)
{
	size_t size;
	char *heard;
	long done;

	ck_assert_int_eq(snd_pcm_drop(p->pcm), 0);
	ck_assert_int_eq(snd_pcm_prepare(p->pcm), 0);
	ck_assert_int_eq(write_until_error(p, music, &done), 0);
	heard = playback_finish(p, &size);
	ck_assert_uint_eq(size, 4 * (size_t)after + fresh_size);
	ck_assert_mem_eq(heard, fresh, 4 * (size_t)after);
	ck_assert_mem_eq(heard + 4 * after, fresh, fresh_size);
	free(heard);
}

START_TEST(errors_of_the_dac_go_up_and_prepare_begins_anew)
{
	const long after = failure_points[_i % POINTS];
	const long error = recoverable[_i / POINTS];
	static int16_t music[2 * LENGTH];
	struct playback p;
	size_t fresh_size;
	char *fresh;
	long done;

	fill_music(music);
	fresh = fresh_stream(music, &fresh_size);
	start_failing_at(&p, after, error);
	ck_assert_int_eq(write_until_error(&p, music, &done), error);
	ck_assert_int_eq(done, after);
	assert_begins_anew(&p, music, after, fresh, fresh_size);
	free(fresh);
}
END_TEST

/* What the conversion had still to give is of the old stream. */
START_TEST(prepare_begins_anew_behind_a_rate_conversion)
{
	const char *const keys[] = { "rate 44100", "rate 48000" };
	const long after = failure_points[_i % CONVERTED_POINTS];
	static int16_t music[2 * LENGTH];
	struct playback p;
	size_t fresh_size;
	char *fresh;
	long done;

	fill_music(music);
	start_converting(&p, keys[_i / CONVERTED_POINTS], 2 * LENGTH, 0);
	ck_assert_int_eq(write_until_error(&p, music, &done), 0);
	fresh = playback_finish(&p, &fresh_size);
	start_converting(&p, keys[_i / CONVERTED_POINTS], after, -EPIPE);
	ck_assert_int_eq(write_until_error(&p, music, &done), -EPIPE);
	assert_begins_anew(&p, music, after, fresh, fresh_size);
	free(fresh);
}
END_TEST

START_TEST(an_unplugged_dac_stays_unplugged)
{
	static int16_t music[2 * LENGTH];
	struct playback p;
	long done;

	fill_music(music);
	start_failing_at(&p, failure_points[_i], -ENODEV);
	ck_assert_int_eq(write_until_error(&p, music, &done), -ENODEV);
	ck_assert_int_eq(done, failure_points[_i]);
	snd_pcm_drop(p.pcm);
	ck_assert_int_eq(snd_pcm_prepare(p.pcm), -ENODEV);
	ck_assert_int_lt(write_until_error(&p, music, &done), 0);
	ck_assert_int_eq(done, 0);
	playback_close(&p);
}
END_TEST

/* Converted and copied; where in the stream depends on what the conversion holds. */
START_TEST(an_unplugged_dac_is_told_through_a_rate_conversion)
{
	const char *const keys[] = { "rate 44100", "rate 48000" };
	static int16_t music[2 * LENGTH];
	struct playback p;
	long done;

	fill_music(music);
	start_converting(&p, keys[_i / CONVERTED_POINTS], failure_points[_i % CONVERTED_POINTS],
			 -ENODEV);
	ck_assert_int_eq(write_until_error(&p, music, &done), -ENODEV);
	snd_pcm_drop(p.pcm);
	ck_assert_int_eq(snd_pcm_prepare(p.pcm), -ENODEV);
	ck_assert_int_lt(write_until_error(&p, music, &done), 0);
	ck_assert_int_eq(done, 0);
	playback_close(&p);
}
END_TEST

/*
 * What the DAC did not take comes a second time through the filter: alsa-lib
 * has no way to say so.  The filter has forgotten it after 1000 frames; the
 * dither differs by 2 steps at most, and rounding.
 */
START_TEST(a_busy_dac_is_asked_again)
{
	const long after = failure_points[_i];
	static int16_t music[2 * LENGTH];
	int16_t *heard, *fresh;
	struct playback p;
	size_t size;
	long done;

	fill_music(music);
	start_failing_at(&p, after, -EAGAIN);
	if (write_until_error(&p, music, &done) == -EAGAIN) {
		long rest = LENGTH - done;

		ck_assert_int_eq(done, after);
		ck_assert_int_eq(snd_pcm_writei(p.pcm, music + 2 * done, (snd_pcm_uframes_t)rest),
				 rest);
	}
	heard = playback_finish(&p, &size);
	fresh = fresh_stream(music, &size);
	ck_assert_mem_eq(heard, fresh, 4 * (size_t)after);
	for (long n = 2 * (after + 1000); n < 2 * LENGTH; n++)
		ck_assert_int_le(abs(heard[n] - fresh[n]), 3);
	free(heard);
	free(fresh);
}
END_TEST

START_TEST(short_writes_lose_nothing)
{
	const long most[] = { 1, 7, 127, 129, 500 };
	static int16_t music[2 * LENGTH];
	size_t size, fresh_size;
	struct playback p;
	char keys[40];
	long done;

	fill_music(music);
	free(fresh_stream(music, &fresh_size));
	snprintf(keys, sizeof(keys), "most %ld", most[_i]);
	start_failing(&p, keys);
	ck_assert_int_eq(write_until_error(&p, music, &done), 0);
	free(playback_finish(&p, &size));
	ck_assert_uint_eq(size, fresh_size);
}
END_TEST

static Suite *failures_suite(void)
{
	Suite *suite = suite_create("failures");
	TCase *calls = tcase_create("calls");
	TCase *heap = tcase_create("heap");
	TCase *dac = tcase_create("dac");

	tcase_set_timeout(calls, 60);
	tcase_set_timeout(heap, 60);
	tcase_add_loop_test(calls, every_call_may_fail, 0, STORIES);
	tcase_add_loop_test(heap, every_allocation_may_fail, 0, STORIES);
	suite_add_tcase(suite, calls);
	tcase_add_loop_test(dac, errors_of_the_dac_go_up_and_prepare_begins_anew, 0,
			    POINTS * RECOVERABLE);
	tcase_add_loop_test(dac, prepare_begins_anew_behind_a_rate_conversion, 0,
			    2 * CONVERTED_POINTS);
	tcase_add_loop_test(dac, an_unplugged_dac_stays_unplugged, 0, POINTS);
	tcase_add_loop_test(dac, an_unplugged_dac_is_told_through_a_rate_conversion, 0,
			    2 * CONVERTED_POINTS);
	tcase_add_loop_test(dac, a_busy_dac_is_asked_again, 0, POINTS);
	tcase_add_loop_test(dac, short_writes_lose_nothing, 0, 5);
	suite_add_tcase(suite, heap);
	suite_add_tcase(suite, dac);
	return suite;
}

int main(void)
{
	return check_main(failures_suite());
}
