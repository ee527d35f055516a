/* alsa-crossfeed - tests waiting for a DAC that plays in its own time, and what may happen meanwhile */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "check_main.h"
#include "dac_clock.h"
#include "playback.h"
#include "ticker.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>

enum { CHUNK_FRAMES = 100, PERIOD_FRAMES = 512, PERIODS = 4, LONG_FRAMES = 44100 };

/* 512 frames of 8 bytes, 4 periods */
#define DAC(rates) "slave.pcm { type dac file \"%s\" clock \"" TICKER_FIFO "\" formats [ S32 ] " \
	rates " period_bytes 4096 periods 4 }"

#define CONVERTED "type crossfeed rate 48000 resampler fastest " DAC("rates [ 48000 ]")
#define PLUG(definition) "type plug slave.pcm { " definition " }"

/* With S16, the conversion's buffer is larger than the DAC's. */
static const struct {
	const char *definition;
	snd_pcm_format_t format;
	unsigned int rate_hz;
} chains[] = {
	{ "type crossfeed " DAC(""), SND_PCM_FORMAT_S32, 48000 },
	{ CONVERTED, SND_PCM_FORMAT_S32, 48000 },
	{ CONVERTED, SND_PCM_FORMAT_S32, 44100 },
	{ CONVERTED, SND_PCM_FORMAT_S16, 44100 },
	{ PLUG("type crossfeed " DAC("rates [ 48000 ]")), SND_PCM_FORMAT_S32, 48000 },
	{ PLUG("type crossfeed " DAC("rates [ 48000 ]")), SND_PCM_FORMAT_S32, 44100 },
	{ PLUG(CONVERTED), SND_PCM_FORMAT_S32, 44100 },
};

enum { CHAINS = sizeof(chains) / sizeof(chains[0]), FIRST_CONVERTED = 1, CONVERTED_CHAINS = 3 };

/* --- the player ----------------------------------------------------------------------------- */

static void start(struct playback *p, int chain, bool nonblock)
{
	playback_start(p, chains[chain].definition, SND_PCM_ACCESS_RW_INTERLEAVED,
		       chains[chain].format, chains[chain].rate_hz);
	ck_assert_int_eq(snd_pcm_nonblock(p->pcm, nonblock), 0);
}

/* Write until it would have to wait; returns what the last write said. */
static snd_pcm_sframes_t fill(struct playback *p)
{
	static const int32_t silence[2 * CHUNK_FRAMES];
	snd_pcm_sframes_t n;

	for (int writes = 0; (n = snd_pcm_writei(p->pcm, silence, CHUNK_FRAMES)) > 0; writes++)
		ck_assert_int_lt(writes, 1000);
	return n;
}

/* What poll says at once, as a player asks. */
static bool is_ready(struct playback *p)
{
	struct pollfd fds[8];
	unsigned short revents;
	int count = snd_pcm_poll_descriptors(p->pcm, fds, 8);

	ck_assert_int_ge(count, 1);
	ck_assert_int_ge(poll(fds, (nfds_t)count, 0), 0);
	ck_assert_int_eq(snd_pcm_poll_descriptors_revents(p->pcm, fds, (unsigned int)count,
							  &revents), 0);
	return revents & (POLLOUT | POLLERR);
}

START_TEST(ready_means_room)
{
	struct playback p;

	start(&p, _i, true);
	ck_assert_int_eq((int)fill(&p), -EAGAIN);
	for (int round = 0; round < 50; round++) {
		int ticks = 0;

		while (!is_ready(&p)) {
			ck_assert_msg(ticks++ < 2 * PERIODS * PERIOD_FRAMES / DAC_CLOCK_FRAMES,
				      "all is played, and poll says there is no room");
			ticker_tell('p');
		}
		ck_assert_msg(ticks > 0, "poll says there is room in a full buffer");
		ck_assert_int_gt(snd_pcm_avail_update(p.pcm), 0);
		ck_assert_int_eq((int)fill(&p), -EAGAIN);
	}
	playback_close(&p);
}
END_TEST

/* Until the next tick, and no longer. */
START_TEST(a_waiting_write_sleeps)
{
	static const int32_t silence[2 * LONG_FRAMES];
	struct playback p;

	start(&p, _i, false);
	ticker.polls = 0;
	ticker.runs = true;
	ck_assert_int_eq(snd_pcm_writei(p.pcm, silence, LONG_FRAMES), LONG_FRAMES);
	/* less what the buffers hold in the end, two of them at most */
	ck_assert_uint_ge(ticker.ticks,
			  (LONG_FRAMES - 3 * PERIODS * PERIOD_FRAMES) / DAC_CLOCK_FRAMES);
	ck_assert_msg(ticker.polls <= ticker.ticks + PERIODS, "%lu polls in %lu ticks",
		      ticker.polls, ticker.ticks);
	playback_close(&p);
}
END_TEST

/* A player that starts when its buffer is full, which may be more than the DAC's. */
START_TEST(a_full_dac_starts)
{
	static const int32_t silence[2 * LONG_FRAMES];
	snd_pcm_uframes_t buffer, period;
	snd_pcm_sw_params_t *sw;
	struct playback p;

	snd_pcm_sw_params_alloca(&sw);
	start(&p, _i, false);
	ck_assert_int_eq(snd_pcm_sw_params_current(p.pcm, sw), 0);
	ck_assert_int_eq(snd_pcm_get_params(p.pcm, &buffer, &period), 0);
	ck_assert_int_eq(snd_pcm_sw_params_set_start_threshold(p.pcm, sw, buffer), 0);
	ck_assert_int_eq(snd_pcm_sw_params(p.pcm, sw), 0);
	ticker.runs = true;
	ck_assert_int_eq(snd_pcm_writei(p.pcm, silence, LONG_FRAMES), LONG_FRAMES);
	ck_assert_int_eq(snd_pcm_state(p.pcm), SND_PCM_STATE_RUNNING);
	playback_close(&p);
}
END_TEST

/* To the last frame that was written, and what the filter holds of it. */
START_TEST(a_drain_waits_for_the_last_frame)
{
	static const int32_t silence[2 * 1000];
	struct playback p;

	start(&p, _i, false);
	ck_assert_int_eq(snd_pcm_writei(p.pcm, silence, 1000), 1000);
	ticker.runs = true;
	ck_assert_int_eq(snd_pcm_drain(p.pcm), 0);
	ck_assert_uint_ge(ticker.ticks, 1000 / DAC_CLOCK_FRAMES);
	playback_close(&p);
}
END_TEST

/*
 * What a conversion has taken is on its way: rewound and written again, it is
 * heard twice.  The room is that of the queue all the same, and never more
 * than the buffer has.
 */
START_TEST(a_rewind_leaves_the_room_right)
{
	static const int32_t silence[2 * 1000];
	snd_pcm_uframes_t buffer, period;
	struct playback p;

	start(&p, FIRST_CONVERTED + _i, true);
	ck_assert_int_eq(snd_pcm_get_params(p.pcm, &buffer, &period), 0);
	ck_assert_int_eq(snd_pcm_writei(p.pcm, silence, 1000), 1000);
	ck_assert_int_eq(snd_pcm_rewind(p.pcm, 600), 600);
	ck_assert_int_eq(snd_pcm_writei(p.pcm, silence, 200), 200);
	/* 600 as the player sees it, 1200 that are to be played */
	for (int ticks = 0; ticks < 1200 / DAC_CLOCK_FRAMES; ticks++) {
		snd_pcm_sframes_t avail = snd_pcm_avail(p.pcm);

		ck_assert_int_ge(avail, (snd_pcm_sframes_t)buffer - 600);
		ck_assert_int_le(avail, (snd_pcm_sframes_t)buffer);
		ticker_tell('p');
	}
	ck_assert_int_ge(snd_pcm_avail(p.pcm), (snd_pcm_sframes_t)buffer - 200);
	ck_assert_int_eq((int)fill(&p), -EAGAIN);
	ck_assert_int_le(snd_pcm_avail(p.pcm), (snd_pcm_sframes_t)buffer);
	playback_close(&p);
}
END_TEST

static const struct {
	char byte;
	int err;
} events[] = {
	{ 'u', -ENODEV }, { 's', -ESTRPIPE }, { 'x', -EPIPE },
};

enum { EVENTS = sizeof(events) / sizeof(events[0]) };

START_TEST(what_happens_to_the_dac_wakes_who_polls)
{
	struct playback p;

	start(&p, _i / EVENTS, true);
	ck_assert_int_eq((int)fill(&p), -EAGAIN);
	ck_assert(!is_ready(&p));
	ticker_tell(events[_i % EVENTS].byte);
	ck_assert(is_ready(&p));
	ck_assert_int_eq((int)fill(&p), events[_i % EVENTS].err);
	playback_close(&p);
}
END_TEST

START_TEST(what_happens_to_the_dac_ends_a_waiting_write)
{
	static const int32_t silence[2 * LONG_FRAMES];
	struct playback p;
	snd_pcm_sframes_t n;

	start(&p, _i / EVENTS, false);
	ticker.last = events[_i % EVENTS].byte;
	ticker.last_after = 50;
	ticker.runs = true;
	n = snd_pcm_writei(p.pcm, silence, LONG_FRAMES);
	/* what went in before is told first */
	if (n > 0)
		n = snd_pcm_writei(p.pcm, silence, LONG_FRAMES);
	ck_assert_int_eq((int)n, events[_i % EVENTS].err);
	playback_close(&p);
}
END_TEST

START_TEST(after_an_xrun_it_plays_again)
{
	struct playback p;

	start(&p, _i, true);
	for (int round = 0; round < 3; round++) {
		ck_assert_int_eq((int)fill(&p), -EAGAIN);
		ticker_tell('x');
		ck_assert_int_eq((int)fill(&p), -EPIPE);
		ck_assert_int_eq(snd_pcm_prepare(p.pcm), 0);
	}
	ck_assert_int_eq((int)fill(&p), -EAGAIN);
	playback_close(&p);
}
END_TEST

/* As players do: resume, and where that is not to be had, prepare. */
START_TEST(after_suspend_it_plays_again)
{
	struct playback p;
	bool resumes = _i % 2;

	start(&p, _i / 2, true);
	ck_assert_int_eq((int)fill(&p), -EAGAIN);
	ticker_tell('s');
	if (!resumes)
		ticker_tell('r');
	ck_assert(is_ready(&p));
	ck_assert_int_eq((int)fill(&p), -ESTRPIPE);
	snd_pcm_resume(p.pcm);
	if (snd_pcm_state(p.pcm) != SND_PCM_STATE_RUNNING)
		ck_assert_int_eq(snd_pcm_prepare(p.pcm), 0);
	ck_assert_int_eq((int)fill(&p), -EAGAIN);
	ticker_tell('p');
	playback_close(&p);
}
END_TEST

START_TEST(unplugged_is_for_good)
{
	struct playback p;

	start(&p, _i, true);
	ck_assert_int_eq((int)fill(&p), -EAGAIN);
	ticker_tell('u');
	ck_assert(is_ready(&p));
	ck_assert_int_eq((int)fill(&p), -ENODEV);
	ck_assert_int_eq(snd_pcm_prepare(p.pcm), -ENODEV);
	ck_assert_int_eq((int)fill(&p), -ENODEV);
	playback_close(&p);
}
END_TEST

static Suite *poll_suite(void)
{
	Suite *suite = suite_create("poll");
	TCase *room = tcase_create("room");
	TCase *happening = tcase_create("happening");

	tcase_add_checked_fixture(room, ticker_open, ticker_close);
	tcase_add_loop_test(room, ready_means_room, 0, CHAINS);
	tcase_add_loop_test(room, a_waiting_write_sleeps, 0, CHAINS);
	tcase_add_loop_test(room, a_full_dac_starts, 0, CHAINS);
	tcase_add_loop_test(room, a_drain_waits_for_the_last_frame, 0, CHAINS);
	tcase_add_loop_test(room, a_rewind_leaves_the_room_right, 0, CONVERTED_CHAINS);
	suite_add_tcase(suite, room);
	tcase_add_checked_fixture(happening, ticker_open, ticker_close);
	tcase_add_loop_test(happening, what_happens_to_the_dac_wakes_who_polls, 0, CHAINS * EVENTS);
	tcase_add_loop_test(happening, what_happens_to_the_dac_ends_a_waiting_write, 0,
			    CHAINS * EVENTS);
	tcase_add_loop_test(happening, after_an_xrun_it_plays_again, 0, CHAINS);
	tcase_add_loop_test(happening, after_suspend_it_plays_again, 0, 2 * CHAINS);
	tcase_add_loop_test(happening, unplugged_is_for_good, 0, CHAINS);
	suite_add_tcase(suite, happening);
	return suite;
}

int main(void)
{
	return check_main(poll_suite());
}
