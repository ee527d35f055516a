/* alsa-crossfeed - tests rate conversion over DACs with buffers of all sizes, against plug */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A grid: the DAC's buffer, the player's period, the two rates, the DAC's
 * pointer, and the way the player writes.  In each, plug in front of the same
 * DAC says how often a player has to wake, and whether it can help running dry.
 * Time is what the ticker tells, so that busy is counted and not measured.
 */

#include "check_main.h"
#include "dac_clock.h"
#include "playback.h"
#include "ticker.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

enum { PERIODS = 4, LONG_PERIODS = 40, ODD_FRAMES = 37, TRIES_MAX = 10000 };

/* The DAC's periods as a part of the player's, and how many it has: that is its buffer. */
static const struct {
	double period;
	unsigned int periods;
} dacs[] = {
	{ 1, 2 },	/* half as large as the player's */
	{ 0.125, 4 },	/* smaller than one period of the player's */
	{ 1, 4 },	/* equal */
	{ 1, 5 },	/* a period larger */
	{ 1, 32 },	/* eight times */
	{ 0.87, 5 },	/* periods of another length */
	{ 2.5, 2 },
	{ 6, 2 },	/* one of its periods is longer than the player's buffer, as with dmix */
};

static const struct {
	unsigned int in_hz, out_hz;
} rates[] = {
	{ 48000, 48000 }, { 44100, 48000 }, { 48000, 44100 }, { 96000, 44100 },
	{ 8000, 768000 }, { 768000, 8000 },
};

static const unsigned int periods_frames[] = { 16, 441, 1024, 5000 };

/* Parts of a period: what a tick plays, and by how much the pointer moves, 0 by each frame. */
static const struct {
	unsigned int ticks, steps;
} pointers[] = { { 1, 1 }, { 4, 0 } };

enum way { BLOCKING, POLLING, MAPPED, WAYS };

enum {
	DACS = sizeof(dacs) / sizeof(dacs[0]),
	RATES = sizeof(rates) / sizeof(rates[0]),
	PERIOD_SIZES = sizeof(periods_frames) / sizeof(periods_frames[0]),
	POINTERS = sizeof(pointers) / sizeof(pointers[0]),
	CELLS_OF_A_WAY = DACS * RATES * PERIOD_SIZES * POINTERS,
	CELLS = CELLS_OF_A_WAY * WAYS,
};

/* Longest period of a DAC that is tried, and the shortest. */
enum { DAC_PERIOD_MAX = 16384, DAC_PERIOD_MIN = 16 };

struct cell {
	unsigned int in_hz, out_hz;
	snd_pcm_uframes_t period, dac_period;
	unsigned int dac_periods, ticks, steps;
	enum way way;
};

/* False for periods that no DAC has. */
static bool cell_of(struct cell *cell, unsigned int n)
{
	unsigned int rate = n % RATES;
	unsigned int dac = n / RATES % DACS;
	unsigned int pointer = n / RATES / DACS % POINTERS;
	unsigned int period = periods_frames[n / RATES / DACS / POINTERS % PERIOD_SIZES];
	double dac_period = ceil(period * dacs[dac].period * rates[rate].out_hz / rates[rate].in_hz);

	*cell = (struct cell){
		.in_hz = rates[rate].in_hz, .out_hz = rates[rate].out_hz,
		.period = period, .dac_period = (snd_pcm_uframes_t)dac_period,
		.dac_periods = dacs[dac].periods,
		.ticks = pointers[pointer].ticks, .steps = pointers[pointer].steps,
		.way = n / RATES / DACS / POINTERS / PERIOD_SIZES,
	};
	return dac_period >= DAC_PERIOD_MIN && dac_period <= DAC_PERIOD_MAX;
}

/* --- the player ----------------------------------------------------------------------------- */

struct run {
	struct playback p;
	const struct cell *cell;
	snd_pcm_uframes_t period, buffer;
	size_t left;		/* frames to be written */
	bool plug, failed;	/* it is the yardstick, and got stuck */
	bool started;
	unsigned int underruns;
	int start_err;
};

/* What is played is silence: only how much of it is of interest. */
static int16_t silence[LONG_PERIODS * 5000 + ODD_FRAMES];

static void configure(struct run *run)
{
	snd_pcm_uframes_t buffer = PERIODS * run->cell->period;
	snd_pcm_uframes_t period = run->cell->period;
	snd_pcm_hw_params_t *hw;
	snd_pcm_sw_params_t *sw;
	snd_pcm_t *pcm = run->p.pcm;

	snd_pcm_hw_params_alloca(&hw);
	ck_assert_int_ge(snd_pcm_hw_params_any(pcm, hw), 0);
	ck_assert_int_eq(snd_pcm_hw_params_set_access(pcm, hw, run->cell->way == MAPPED ?
						      SND_PCM_ACCESS_MMAP_INTERLEAVED :
						      SND_PCM_ACCESS_RW_INTERLEAVED), 0);
	ck_assert_int_eq(snd_pcm_hw_params_set_format(pcm, hw, SND_PCM_FORMAT_S16), 0);
	ck_assert_int_eq(snd_pcm_hw_params_set_channels(pcm, hw, 1), 0);
	ck_assert_int_eq(snd_pcm_hw_params_set_rate(pcm, hw, run->cell->in_hz, 0), 0);
	ck_assert_int_eq(snd_pcm_hw_params_set_period_size_near(pcm, hw, &period, NULL), 0);
	ck_assert_int_eq(snd_pcm_hw_params_set_buffer_size_near(pcm, hw, &buffer), 0);
	ck_assert_int_eq(snd_pcm_hw_params(pcm, hw), 0);
	ck_assert_int_eq(snd_pcm_get_params(pcm, &run->buffer, &run->period), 0);
	snd_pcm_sw_params_alloca(&sw);
	ck_assert_int_eq(snd_pcm_sw_params_current(pcm, sw), 0);
	snd_pcm_sw_params_set_avail_min(pcm, sw, run->period);
	/* as aplay; or by the player itself */
	snd_pcm_sw_params_set_start_threshold(pcm, sw, run->cell->way == BLOCKING ?
					      run->buffer / run->period * run->period :
					      run->buffer * 2);
	ck_assert_int_eq(snd_pcm_sw_params(pcm, sw), 0);
	ck_assert_int_eq(snd_pcm_nonblock(pcm, run->cell->way == POLLING), 0);
}

static snd_pcm_sframes_t give_blocking(struct run *run)
{
	size_t part = run->left < run->period ? run->left : run->period;

	return snd_pcm_writei(run->p.pcm, silence, part);
}

/* As a player asks; returns what poll says in the end. */
static unsigned short poll_once(struct run *run)
{
	struct pollfd fds[8];
	unsigned short revents;
	int count = snd_pcm_poll_descriptors(run->p.pcm, fds, 8);

	ck_assert_int_ge(count, 1);
	ck_assert_int_ge(poll(fds, (nfds_t)count, -1), 0);
	ck_assert_int_eq(snd_pcm_poll_descriptors_revents(run->p.pcm, fds, (unsigned int)count,
							  &revents), 0);
	return revents;
}

/* By itself, when it has filled the buffer. */
static void start_full(struct run *run)
{
	if (run->started || snd_pcm_avail_update(run->p.pcm) >= (snd_pcm_sframes_t)run->period)
		return;
	run->start_err = snd_pcm_start(run->p.pcm);
	run->started = true;
}

static snd_pcm_sframes_t give_polling(struct run *run)
{
	snd_pcm_sframes_t avail;
	size_t part;

	start_full(run);
	for (int tries = 0; !(poll_once(run) & (POLLOUT | POLLERR)); tries++) {
		if (run->plug && tries == TRIES_MAX)
			return -EIO;
		ck_assert_int_lt(tries, TRIES_MAX);
	}
	avail = snd_pcm_avail_update(run->p.pcm);
	if (avail < 0)
		return avail;
	ck_assert_msg(run->plug || avail >= (snd_pcm_sframes_t)run->period,
		      "poll says ready for %ld of %lu", avail, run->period);
	part = run->left < run->period ? run->left : run->period;
	return snd_pcm_writei(run->p.pcm, silence, part);
}

static snd_pcm_sframes_t give_mapped(struct run *run)
{
	const snd_pcm_channel_area_t *areas;
	snd_pcm_uframes_t offset, frames;
	snd_pcm_sframes_t avail;
	int err;

	start_full(run);
	err = snd_pcm_wait(run->p.pcm, -1);
	if (err < 0)
		return err;
	avail = snd_pcm_avail_update(run->p.pcm);
	if (avail < 0)
		return avail;
	frames = run->left < run->period ? run->left : run->period;
	err = snd_pcm_mmap_begin(run->p.pcm, &areas, &offset, &frames);
	if (err < 0)
		return err;
	snd_pcm_areas_silence(areas, offset, 1, frames, SND_PCM_FORMAT_S16);
	return snd_pcm_mmap_commit(run->p.pcm, offset, frames);
}

/* plug's own ends in an underrun or never, now and then, and is not what is tested. */
static void drain(struct run *run)
{
	int err = snd_pcm_drain(run->p.pcm);

	for (int tries = 0; run->cell->way == POLLING && tries < TRIES_MAX &&
	     snd_pcm_state(run->p.pcm) == SND_PCM_STATE_DRAINING; tries++)
		poll_once(run);
	if (run->plug) {
		run->failed = err < 0 && err != -EAGAIN;
		return;
	}
	ck_assert_int_ne(snd_pcm_state(run->p.pcm), SND_PCM_STATE_DRAINING);
	if (run->cell->way != POLLING || err != -EAGAIN)
		ck_assert_int_eq(err, 0);
}

static void play(struct run *run)
{
	snd_pcm_sframes_t (*const give[WAYS])(struct run *run) = {
		give_blocking, give_polling, give_mapped,
	};

	while (run->left) {
		snd_pcm_sframes_t n = give[run->cell->way](run);

		if (n == -EPIPE) {
			run->underruns++;
			run->started = false;
			ck_assert_int_eq(snd_pcm_prepare(run->p.pcm), 0);
			ck_assert_uint_lt(run->underruns, 1000);
			continue;
		}
		/* of periods of odd ratios plug takes nothing, now and then */
		if (n <= 0 && run->plug) {
			run->failed = true;
			return;
		}
		ck_assert_msg(n > 0, "write: %s", snd_strerror((int)n));
		run->left -= (size_t)n;
	}
	drain(run);
}

/* --- another thread of the player ----------------------------------------------------------- */

static snd_pcm_t *watched;

static void *ask_delay(void *unused)
{
	snd_pcm_sframes_t delay;

	(void)unused;
	ck_assert_int_eq(snd_pcm_delay(watched, &delay), 0);
	return NULL;
}

/* Asks while the player waits, in a write and in the drain; the time is for no answer. */
static void ask_in_another_thread(void)
{
	struct timespec until;
	pthread_t thread;

	if (!watched || (ticker.ticks != 2 && ticker.ticks % 64 != 63))
		return;
	ck_assert_int_eq(pthread_create(&thread, NULL, ask_delay, NULL), 0);
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 3;
	ck_assert_msg(pthread_timedjoin_np(thread, NULL, &until) == 0,
		      "snd_pcm_delay() of a second thread waits with the first");
}

/* --- the grid ------------------------------------------------------------------------------- */

#define CROSSFEED "type crossfeed rate %u resampler fastest "
#define PLUG "type plug rate_converter linear "

static void open_run(struct run *run, const struct cell *cell, bool plug)
{
	char definition[600], chain[100];

	snprintf(chain, sizeof(chain), plug ? PLUG : CROSSFEED, cell->out_hz);
	snprintf(definition, sizeof(definition), "%s slave.pcm { type dac file \"%%s\" formats [ S32 ] "
		 "rates [ %u ] period_bytes %lu periods %u clock \"" TICKER_FIFO "\" "
		 "tick_frames %lu pointer_step %lu underruns yes }", chain, cell->out_hz,
		 cell->dac_period * 8, cell->dac_periods, cell->dac_period / cell->ticks,
		 cell->steps ? cell->dac_period / cell->steps : 1);
	*run = (struct run){
		.cell = cell, .plug = plug, .left = LONG_PERIODS * cell->period + ODD_FRAMES,
	};
	ticker_open();
	ck_assert_int_eq(playback_open(&run->p, definition), 0);
	configure(run);
}

/* What comes out, in frames; fills in run and the ticker's counts. */
static size_t run_through(struct run *run, const struct cell *cell, bool plug)
{
	size_t bytes = 0;

	open_run(run, cell, plug);
	ticker.runs = true;
	ticker.waits = ask_in_another_thread;
	watched = plug ? NULL : run->p.pcm;
	play(run);
	if (plug)
		playback_close(&run->p);
	else
		free(playback_finish(&run->p, &bytes));
	ticker_close();
	return bytes / 8;
}

START_TEST(as_good_as_plug)
{
	unsigned long plug_polls, plug_ticks;
	struct run run, plug;
	struct cell cell;
	size_t frames;

	if (!cell_of(&cell, (unsigned int)_i))
		return;
	run_through(&plug, &cell, true);
	plug_polls = ticker.polls;
	plug_ticks = ticker.ticks;
	frames = run_through(&run, &cell, false);
	printf("%d: %u -> %u, %lu of %lu frames over %u x %lu, way %d, pointer %u: polls %lu in %lu (plug "
	       "%lu in %lu, %lu of %lu), underruns %u (%u)\n", _i, cell.in_hz, cell.out_hz, run.period,
	       run.buffer, cell.dac_periods, cell.dac_period, cell.way, cell.steps, ticker.polls,
	       ticker.ticks, plug_polls, plug_ticks, plug.period, plug.buffer, run.underruns,
	       plug.underruns);
	ck_assert_int_eq(run.start_err, 0);
	ck_assert_uint_le(run.underruns, plug.underruns);
	if (run.underruns == 0)
		ck_assert_uint_eq(frames, (size_t)llrint((double)(LONG_PERIODS * cell.period +
								  ODD_FRAMES) *
							 cell.out_hz / cell.in_hz));
	/* a player of shorter periods asks for each of them */
	if (plug.failed)
		plug_polls = ticker.ticks;
	if (plug_polls < LONG_PERIODS * cell.period / run.period)
		plug_polls = LONG_PERIODS * cell.period / run.period;
	ck_assert_msg(ticker.polls <= 2 * plug_polls, "%lu polls where plug makes %lu at most",
		      ticker.polls, plug_polls);
}
END_TEST

/* --- asleep --------------------------------------------------------------------------------- */

static void fill(struct run *run)
{
	snd_pcm_sframes_t n;

	for (int writes = 0; (n = snd_pcm_writei(run->p.pcm, silence, run->period)) > 0; writes++)
		ck_assert_int_lt(writes, 1000);
	/* before start, alsa-lib says it by a write of nothing */
	ck_assert(n == 0 || n == -EAGAIN);
}

/* No time passes, so whoever wakes does so for nothing, and again and again. */
static void assert_sleeps(struct run *run, const char *when)
{
	struct pollfd fds[8];
	int count = snd_pcm_poll_descriptors(run->p.pcm, fds, 8);

	ck_assert_int_ge(count, 1);
	ck_assert_msg(poll(fds, (nfds_t)count, 0) == 0, "woken %s", when);
}

static void assert_sleeps_in_each_state(struct run *run)
{
	fill(run);
	assert_sleeps(run, "before start");
	ck_assert_int_eq(snd_pcm_start(run->p.pcm), 0);
	fill(run);
	assert_sleeps(run, "running");
	ck_assert_int_eq(snd_pcm_pause(run->p.pcm, 1), 0);
	assert_sleeps(run, "paused");
	ck_assert_int_eq(snd_pcm_pause(run->p.pcm, 0), 0);
	assert_sleeps(run, "after a pause");
}

START_TEST(a_full_buffer_sleeps)
{
	struct run run;
	struct cell cell;

	if (!cell_of(&cell, (unsigned int)_i))
		return;
	open_run(&run, &cell, false);
	/* once more after an xrun */
	assert_sleeps_in_each_state(&run);
	ticker_tell('x');
	ck_assert_int_eq((int)snd_pcm_avail(run.p.pcm), -EPIPE);
	ck_assert_int_eq(snd_pcm_prepare(run.p.pcm), 0);
	assert_sleeps_in_each_state(&run);
	ck_assert_int_eq(snd_pcm_drain(run.p.pcm), -EAGAIN);
	assert_sleeps(&run, "draining");
	playback_close(&run.p);
	ticker_close();
}
END_TEST

/* Of a player that is never to be woken: what the DAC had no room for is played all the same. */
START_TEST(a_drain_needs_nobody_to_be_woken)
{
	snd_pcm_sframes_t part;
	snd_pcm_sw_params_t *sw;
	struct cell cell;
	struct run run;
	size_t bytes;

	if (!cell_of(&cell, (unsigned int)_i))
		return;
	open_run(&run, &cell, false);
	snd_pcm_sw_params_alloca(&sw);
	ck_assert_int_eq(snd_pcm_sw_params_current(run.p.pcm, sw), 0);
	snd_pcm_sw_params_set_avail_min(run.p.pcm, sw, run.buffer + 1);
	ck_assert_int_eq(snd_pcm_sw_params(run.p.pcm, sw), 0);
	part = (snd_pcm_sframes_t)run.buffer;
	ck_assert_int_eq(snd_pcm_writei(run.p.pcm, silence, run.buffer), part);
	ticker.runs = true;
	if (cell.way == POLLING)
		drain(&run);
	free(playback_finish(&run.p, &bytes));
	ck_assert_uint_eq(bytes / 8, (size_t)llrint((double)part * cell.out_hz / cell.in_hz));
	ticker_close();
}
END_TEST

/* --- at the same time ------------------------------------------------------------------------ */

struct asker {
	snd_pcm_t *pcm;
	atomic_bool ends;
	atomic_ulong answers;
};

static void *ask_again_and_again(void *data)
{
	struct asker *asker = data;
	snd_pcm_status_t *status;
	snd_pcm_sframes_t delay;

	snd_pcm_status_alloca(&status);
	while (!asker->ends) {
		snd_pcm_delay(asker->pcm, &delay);
		snd_pcm_avail(asker->pcm);
		snd_pcm_status(asker->pcm, status);
		asker->answers++;
	}
	return NULL;
}

/* What each answer is depends on the moment; that all are given, and no race, is what is tested. */
START_TEST(two_threads_may_use_it)
{
	const unsigned int out_hz[] = { 44100, 48000 };
	struct asker asker = { 0 };
	char definition[300];
	struct playback p;
	pthread_t thread;

	snprintf(definition, sizeof(definition), CROSSFEED
		 "slave.pcm { type dac file \"%%s\" formats [ S32 ] }", out_hz[_i]);
	playback_start(&p, definition, SND_PCM_ACCESS_RW_INTERLEAVED, SND_PCM_FORMAT_S16, 48000);
	asker.pcm = p.pcm;
	ck_assert_int_eq(pthread_create(&thread, NULL, ask_again_and_again, &asker), 0);
	for (int round = 0; round < 10; round++) {
		unsigned long answers = asker.answers;

		while (asker.answers < answers + 10) {
			ck_assert_int_eq(snd_pcm_writei(p.pcm, silence, 100), 100);
			sched_yield();
		}
		ck_assert_int_eq(snd_pcm_wait(p.pcm, -1), 1);
		ck_assert_int_eq(round % 2 ? snd_pcm_drain(p.pcm) : snd_pcm_drop(p.pcm), 0);
		ck_assert_int_eq(snd_pcm_prepare(p.pcm), 0);
	}
	asker.ends = true;
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	playback_close(&p);
}
END_TEST

static Suite *buffers_suite(void)
{
	Suite *suite = suite_create("buffers");
	TCase *threads = tcase_create("threads");
	TCase *grid = tcase_create("grid");

	tcase_add_loop_test(grid, as_good_as_plug, 0, CELLS);
	tcase_add_loop_test(grid, a_full_buffer_sleeps, POLLING * CELLS_OF_A_WAY,
			    (POLLING + 1) * CELLS_OF_A_WAY);
	tcase_add_loop_test(grid, a_drain_needs_nobody_to_be_woken, 0, MAPPED * CELLS_OF_A_WAY);
	suite_add_tcase(suite, grid);
	tcase_add_loop_test(threads, two_threads_may_use_it, 0, 2);
	suite_add_tcase(suite, threads);
	return suite;
}

int main(void)
{
	return check_main(buffers_suite());
}
