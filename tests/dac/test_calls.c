/* alsa-crossfeed - tests that no order of calls upsets a stream, whatever the DAC does meanwhile */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Random calls, also those that make no sense, on a DAC that plays, runs dry, is
 * suspended and unplugged at random.  The judge of the plain plugin is alsa-lib's
 * `type copy`, which changes nothing, over another such DAC: every call has to
 * return the same, and with crossfeed off the same samples have to come out.  A
 * rate conversion has no such judge; it has to keep its figures possible, and to
 * play when it is prepared again.
 */

#include "check_main.h"
#include "playback.h"
#include "quiet.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SEQUENCES = 20 };
#else
enum { SEQUENCES = 100 };
#endif
enum { CALLS_MAX = 100, FRAMES_MAX = 3000, BUFFER_FRAMES = 2048 };

/* 512 frames of 8 bytes, 4 periods */
#define DAC "slave.pcm { type dac file \"%%s\" clock \"%s\" formats [ S32 ] rates [ 48000 ] " \
	"period_bytes 4096 periods 4 }"
#define NEUTRAL "crossfeed off bypass direct headroom none "

enum call {
	WRITE, AVAIL, AVAIL_UPDATE, DELAY, STATUS, AVAIL_DELAY, HTIMESTAMP, HWSYNC, POLL, WAIT,
	PREPARE, START, DROP, DRAIN, PAUSE, UNPAUSE, RESUME, RESET, REWIND, FORWARD,
	HW_FREE, CONFIGURE, SW_PARAMS, DUMP, TICKS, RUN_DRY, SUSPEND,
	CALLS,
	UNPLUG = CALLS,		/* once at most */
};

static const char *const call_names[CALLS + 1] = {
	"write", "avail", "avail_update", "delay", "status", "avail_delay", "htimestamp", "hwsync",
	"poll", "wait", "prepare", "start", "drop", "drain", "pause", "unpause", "resume", "reset",
	"rewind", "forward", "hw_free", "configure", "sw_params", "dump", "ticks", "run dry",
	"suspend", "unplug",
};

struct stream {
	struct playback p;
	int fifo;
	char fifo_path[32];
	unsigned int rate_hz;
	bool configured;
};

static int32_t music[2 * FRAMES_MAX];

static unsigned int draw(uint32_t *state, unsigned int below)
{
	*state = *state * UINT32_C(1664525) + UINT32_C(1013904223);
	return (unsigned int)((uint64_t)*state * below >> 32);
}

static void start(struct stream *s, const char *around, unsigned int rate_hz,
		  snd_pcm_access_t access)
{
	static int count;
	char definition[500];

	snprintf(s->fifo_path, sizeof(s->fifo_path), "test-calls-%d-%d.fifo", (int)getpid(), count++);
	/* a killed run may have left one, and process numbers come again */
	unlink(s->fifo_path);
	ck_assert_int_eq(mkfifo(s->fifo_path, 0600), 0);
	s->fifo = open(s->fifo_path, O_RDWR | O_NONBLOCK);
	snprintf(definition, sizeof(definition), around, s->fifo_path);
	playback_start(&s->p, definition, access, SND_PCM_FORMAT_S32, rate_hz);
	ck_assert_int_eq(snd_pcm_nonblock(s->p.pcm, 1), 0);
	s->rate_hz = rate_hz;
	s->configured = true;
}

static void end(struct stream *s)
{
	playback_close(&s->p);
	close(s->fifo);
	unlink(s->fifo_path);
}

/* --- the calls ------------------------------------------------------------------------------ */

static long call_write(struct stream *s, unsigned int value)
{
	snd_pcm_uframes_t frames = 1 + value % FRAMES_MAX;

	if (s->p.access == SND_PCM_ACCESS_RW_INTERLEAVED)
		return snd_pcm_writei(s->p.pcm, music, frames);
	/* there is no memory to map, and alsa-lib does not look */
	if (!s->configured)
		return 0;
	return snd_pcm_mmap_writei(s->p.pcm, music, frames);
}

static long call_status(struct stream *s)
{
	snd_pcm_status_t *status;
	int err;

	snd_pcm_status_alloca(&status);
	err = snd_pcm_status(s->p.pcm, status);
	if (err < 0)
		return err;
	return (long)(snd_pcm_status_get_avail(status) + 100000 * snd_pcm_status_get_state(status));
}

static long call_avail_delay(struct stream *s)
{
	snd_pcm_sframes_t avail, delay;
	int err = snd_pcm_avail_delay(s->p.pcm, &avail, &delay);

	return err < 0 ? err : avail + 100000 * delay;
}

static long call_delay(struct stream *s)
{
	snd_pcm_sframes_t delay;
	int err = snd_pcm_delay(s->p.pcm, &delay);

	return err < 0 ? err : delay;
}

static long call_htimestamp(struct stream *s)
{
	snd_pcm_uframes_t avail;
	snd_htimestamp_t time;
	int err = snd_pcm_htimestamp(s->p.pcm, &avail, &time);

	return err < 0 ? err : (long)avail;
}

static long call_poll(struct stream *s)
{
	struct pollfd fds[8];
	unsigned short revents;
	int count = snd_pcm_poll_descriptors(s->p.pcm, fds, 8);

	if (count < 0)
		return count;
	poll(fds, (nfds_t)count, 0);
	if (snd_pcm_poll_descriptors_revents(s->p.pcm, fds, (unsigned int)count, &revents) < 0)
		return -1;
	return revents;
}

/* No further than it says it can: alsa-lib itself does not look. */
static long call_rewind(struct stream *s, unsigned int value)
{
	snd_pcm_sframes_t frames = snd_pcm_rewindable(s->p.pcm);

	return frames <= 0 ? frames : snd_pcm_rewind(s->p.pcm, value % (unsigned int)frames);
}

static long call_forward(struct stream *s, unsigned int value)
{
	snd_pcm_sframes_t frames = snd_pcm_forwardable(s->p.pcm);

	return frames <= 0 ? frames : snd_pcm_forward(s->p.pcm, value % (unsigned int)frames);
}

static long call_sw_params(struct stream *s, unsigned int value)
{
	snd_pcm_sw_params_t *sw;
	int err;

	snd_pcm_sw_params_alloca(&sw);
	err = snd_pcm_sw_params_current(s->p.pcm, sw);
	if (err < 0)
		return err;
	snd_pcm_sw_params_set_start_threshold(s->p.pcm, sw, 1 + value % BUFFER_FRAMES);
	snd_pcm_sw_params_set_avail_min(s->p.pcm, sw, 1 + value / BUFFER_FRAMES % BUFFER_FRAMES);
	return snd_pcm_sw_params(s->p.pcm, sw);
}

static long call_hw_free(struct stream *s)
{
	s->configured = false;
	return snd_pcm_hw_free(s->p.pcm);
}

static long call_configure(struct stream *s)
{
	int err = playback_configure(&s->p, s->p.access, SND_PCM_FORMAT_S32, s->rate_hz);

	s->configured = err == 0;
	return err;
}

static long call_dump(struct stream *s)
{
	snd_output_t *output;

	ck_assert_int_eq(snd_output_buffer_open(&output), 0);
	snd_pcm_dump(s->p.pcm, output);
	snd_output_close(output);
	return 0;
}

static long tell_dac(struct stream *s, char byte, unsigned int times)
{
	for (unsigned int n = 0; n < times; n++)
		ck_assert_int_eq(write(s->fifo, &byte, 1), 1);
	return 0;
}

static long do_call(struct stream *s, enum call call, unsigned int value)
{
	snd_pcm_t *pcm = s->p.pcm;

	switch (call) {
	case WRITE: return call_write(s, value);
	case AVAIL: return snd_pcm_avail(pcm);
	case AVAIL_UPDATE: return snd_pcm_avail_update(pcm);
	case DELAY: return call_delay(s);
	case STATUS: return call_status(s);
	case AVAIL_DELAY: return call_avail_delay(s);
	case HTIMESTAMP: return call_htimestamp(s);
	case HWSYNC: return snd_pcm_hwsync(pcm);
	case POLL: return call_poll(s);
	case WAIT: return snd_pcm_wait(pcm, 0);
	case PREPARE: return snd_pcm_prepare(pcm);
	case START: return snd_pcm_start(pcm);
	case DROP: return snd_pcm_drop(pcm);
	case DRAIN: return snd_pcm_drain(pcm);
	case PAUSE: return snd_pcm_pause(pcm, 1);
	case UNPAUSE: return snd_pcm_pause(pcm, 0);
	case RESUME: return snd_pcm_resume(pcm);
	case RESET: return snd_pcm_reset(pcm);
	case REWIND: return call_rewind(s, value);
	case FORWARD: return call_forward(s, value);
	case HW_FREE: return call_hw_free(s);
	case CONFIGURE: return call_configure(s);
	case SW_PARAMS: return call_sw_params(s, value);
	case DUMP: return call_dump(s);
	case TICKS: return tell_dac(s, 'p', 1 + value % 40);
	case RUN_DRY: return tell_dac(s, 'x', 1);
	case SUSPEND: return tell_dac(s, 's', 1);
	case UNPLUG: return tell_dac(s, 'u', 1);
	}
	return 0;
}

/* Half of the calls play, so that something is going on when the others come. */
static enum call draw_call(uint32_t *state)
{
	switch (draw(state, 8)) {
	case 0: case 1: return WRITE;
	case 2: return TICKS;
	case 3: return PREPARE;
	default: return (enum call)draw(state, CALLS);
	}
}

struct sequence {
	uint32_t seed;
	unsigned int count;
	enum call call[CALLS_MAX];
	unsigned int value[CALLS_MAX];
};

static struct sequence draw_sequence(uint32_t seed)
{
	struct sequence q = { .seed = seed };
	uint32_t state = seed;

	q.count = 1 + draw(&state, CALLS_MAX - 1);
	for (unsigned int n = 0; n < q.count; n++) {
		q.call[n] = draw_call(&state);
		q.value[n] = draw(&state, 1u << 30);
	}
	if (draw(&state, 4) == 0)
		q.call[draw(&state, q.count)] = UNPLUG;
	return q;
}

static void say_calls(const struct sequence *q, unsigned int count)
{
	fprintf(stderr, "seed %u:", q->seed);
	for (unsigned int n = 0; n < count; n++)
		fprintf(stderr, " %s", call_names[q->call[n]]);
	fprintf(stderr, "\n");
}

static void fill_music(void)
{
	snd_lib_error_set_handler(say_nothing);
	for (int n = 0; n < 2 * FRAMES_MAX; n++)
		music[n] = (int32_t)((uint32_t)n * UINT32_C(715827881));
}

/* --- the judgements ------------------------------------------------------------------------- */

static void assert_same(const struct sequence *q, unsigned int n, const char *what, long ours,
			long theirs)
{
	if (ours == theirs)
		return;
	say_calls(q, n + 1);
	ck_abort_msg("%s: %s %ld, with type copy %ld", call_names[q->call[n]], what, ours, theirs);
}

static void assert_same_file(struct stream *ours, struct stream *theirs)
{
	char command[200];

	snprintf(command, sizeof(command), "cmp %s %s", ours->p.path, theirs->p.path);
	ck_assert_int_eq(system(command), 0);
}

static const snd_pcm_access_t accesses[] = {
	SND_PCM_ACCESS_RW_INTERLEAVED, SND_PCM_ACCESS_MMAP_INTERLEAVED,
};

START_TEST(every_call_returns_what_copy_returns)
{
	snd_pcm_access_t access = accesses[_i % 2];

	fill_music();
	for (uint32_t seed = 1; seed <= SEQUENCES; seed++) {
		struct sequence q = draw_sequence(seed + 1000 * (uint32_t)_i);
		struct stream ours, theirs;

		start(&ours, "type crossfeed rate stream " NEUTRAL DAC, 48000, access);
		start(&theirs, "type copy " DAC, 48000, access);
		for (unsigned int n = 0; n < q.count; n++) {
			long a = do_call(&ours, q.call[n], q.value[n]);
			long b = do_call(&theirs, q.call[n], q.value[n]);

			assert_same(&q, n, "returned", a, b);
			assert_same(&q, n, "state", snd_pcm_state(ours.p.pcm),
				    snd_pcm_state(theirs.p.pcm));
		}
		assert_same_file(&ours, &theirs);
		end(&ours);
		end(&theirs);
	}
}
END_TEST

static void assert_possible(struct stream *s, const struct sequence *q, unsigned int n)
{
	snd_pcm_uframes_t buffer, period;
	snd_pcm_state_t state = snd_pcm_state(s->p.pcm);
	snd_pcm_sframes_t avail, delay;

	if (state != SND_PCM_STATE_PREPARED && state != SND_PCM_STATE_RUNNING)
		return;
	if (snd_pcm_get_params(s->p.pcm, &buffer, &period) < 0)
		return;
	avail = snd_pcm_avail(s->p.pcm);
	if (snd_pcm_delay(s->p.pcm, &delay) < 0)
		delay = 0;
	/* a DAC and a stage full of frames, and what the filter holds */
	if (avail <= (snd_pcm_sframes_t)buffer && delay >= 0 && delay <= 5 * BUFFER_FRAMES)
		return;
	say_calls(q, n + 1);
	ck_abort_msg("room %ld, delay %ld frames, buffer %lu", avail, delay, buffer);
}

static bool was_unplugged(const struct sequence *q)
{
	for (unsigned int n = 0; n < q->count; n++)
		if (q->call[n] == UNPLUG)
			return true;
	return false;
}

/* As a player begins again; the DAC may have been told of trouble that it hears only now. */
static void assert_plays(struct stream *s, const struct sequence *q)
{
	long written = 0;

	for (int attempt = 0; attempt < 3 && written != 100; attempt++) {
		if (snd_pcm_state(s->p.pcm) == SND_PCM_STATE_SUSPENDED)
			snd_pcm_resume(s->p.pcm);
		snd_pcm_drop(s->p.pcm);
		do_call(s, CONFIGURE, 0);
		snd_pcm_prepare(s->p.pcm);
		written = call_write(s, 99);
	}
	if (written != 100)
		say_calls(q, q->count);
	ck_assert_int_eq(written, 100);
}

static const unsigned int stage_rates_hz[] = { 44100, 48000, 96000 };

START_TEST(a_conversion_stays_possible)
{
	fill_music();
	for (uint32_t seed = 1; seed <= SEQUENCES; seed++) {
		struct sequence q = draw_sequence(seed + 1000 * (uint32_t)_i);
		struct stream s;

		start(&s, "type crossfeed rate 48000 resampler fastest " DAC, stage_rates_hz[_i / 2],
		      accesses[_i % 2]);
		for (unsigned int n = 0; n < q.count; n++) {
			do_call(&s, q.call[n], q.value[n]);
			assert_possible(&s, &q, n);
		}
		if (!was_unplugged(&q))
			assert_plays(&s, &q);
		end(&s);
	}
}
END_TEST

static Suite *calls_suite(void)
{
	Suite *suite = suite_create("calls");
	TCase *calls = tcase_create("calls");

	tcase_add_loop_test(calls, every_call_returns_what_copy_returns, 0, 2 * 5);
	tcase_add_loop_test(calls, a_conversion_stays_possible, 0, 2 * 3);
	tcase_set_timeout(calls, 60);
	suite_add_tcase(suite, calls);
	return suite;
}

int main(void)
{
	return check_main(calls_suite());
}
