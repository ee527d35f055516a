/* alsa-crossfeed - tests that nothing is allocated, locked or said while playing */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * This program's own malloc and friends count the calls that the module, as
 * any other, makes to them.  So do its own locks, but for alsa-lib's calls: that
 * locks each PCM.  A program of its own, because the sanitizers have an
 * allocator of theirs.
 */

#include "check_main.h"
#include "mixer_card.h"
#include "panel.h"
#include "playback.h"
#include "state.h"

#include <dlfcn.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <sys/file.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#endif

static unsigned long allocations, locks, messages;

#if !defined(SANITIZED) && defined(__GLIBC__)
#define COUNTED 1
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *p, size_t size);

void *malloc(size_t size)
{
	allocations++;
	return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	allocations++;
	return __libc_calloc(count, size);
}

void *realloc(void *p, size_t size)
{
	allocations++;
	return __libc_realloc(p, size);
}

static bool is_alsa_lib(void *caller)
{
	Dl_info info;

	return dladdr(caller, &info) && strstr(info.dli_fname, "/libasound.so");
}

/* A lock that counts, and locks. */
#define COUNT_LOCK(name, params, args) \
	int name params \
	{ \
		static int (*real) params; \
		if (!real) \
			*(void **)&real = dlsym(RTLD_NEXT, #name); \
		locks += !is_alsa_lib(__builtin_return_address(0)); \
		return real args; \
	}

COUNT_LOCK(pthread_mutex_lock, (pthread_mutex_t *m), (m))
COUNT_LOCK(pthread_rwlock_rdlock, (pthread_rwlock_t *l), (l))
COUNT_LOCK(pthread_rwlock_wrlock, (pthread_rwlock_t *l), (l))
COUNT_LOCK(sem_wait, (sem_t *s), (s))
COUNT_LOCK(flock, (int file, int operation), (file, operation))
#endif

enum { FRAMES = 512, WRITES = 1000 };

static void count_message(const char *file, int line, const char *function, int err,
			  const char *format, ...)
{
	(void)file;
	(void)line;
	(void)function;
	(void)err;
	(void)format;
	messages++;
}

/* Counts from 0; what was counted is there when it returns. */
static void play(const char *definition)
{
	static int16_t in[2 * FRAMES];
	unsigned long allocated, locked;
	struct playback p;
	bool written = true;

	for (size_t n = 0; n < 2 * FRAMES; n++)
		in[n] = (int16_t)(n * 7919);
	playback_start(&p, definition, SND_PCM_ACCESS_RW_INTERLEAVED, SND_PCM_FORMAT_S16, 48000);
	snd_lib_error_set_handler(count_message);
	allocations = locks = messages = 0;
	/* check's own asserts allocate */
	for (int w = 0; w < WRITES; w++)
		written &= snd_pcm_writei(p.pcm, in, FRAMES) == FRAMES;
	allocated = allocations;
	locked = locks;
	snd_lib_error_set_handler(NULL);
	ck_assert(written);
	playback_close(&p);
	allocations = allocated;
	locks = locked;
}

static const char *const definitions[] = {
	"type crossfeed slave.pcm { type dac file \"%s\" formats [ S16 ] }",
	"type crossfeed brightness bright gain 3 "
		"slave.pcm { type dac file \"%s\" formats [ S24_3LE ] }",
	"type crossfeed crossfeed off bypass direct "
		"slave.pcm { type dac file \"%s\" formats [ S16 ] }",
	"type crossfeed rate 44100 slave.pcm { type dac file \"%s\" formats [ S16 ] }",
};

enum { DEFINITIONS = sizeof(definitions) / sizeof(definitions[0]) };

START_TEST(playing_allocates_nothing)
{
	play(definitions[_i]);
	ck_assert_uint_eq(allocations, 0);
}
END_TEST

START_TEST(playing_locks_nothing)
{
	play(definitions[_i]);
	ck_assert_uint_eq(locks, 0);
}
END_TEST

START_TEST(playing_says_nothing)
{
	play(definitions[_i]);
	ck_assert_uint_eq(messages, 0);
}
END_TEST

/* Every position changed again and again, as fast as the stream can follow. */
START_TEST(following_the_panel_allocates_nothing)
{
	static int16_t in[2 * FRAMES];
	struct settings settings = settings_initial();
	struct panel panel = panel_from_settings(&settings);
	struct playback p;
	struct state state;
	unsigned long before, after;
	bool done = true;

	playback_start(&p, "type crossfeed slave.pcm { type dac file \"%s\" formats [ S16 ] }",
		       SND_PCM_ACCESS_RW_INTERLEAVED, SND_PCM_FORMAT_S16, 48000);
	ck_assert_int_eq(state_open(&state, "", "Crossfeed", ""), 0);
	before = allocations;
	for (int w = 0; w < WRITES; w++) {
		enum setting element = (enum setting)(w % PANEL_ELEMENTS);

		panel_move(&panel, element, (w / PANEL_ELEMENTS) % (panel_info(element).max + 1));
		done &= state_write(&state, &panel) == 0;
		done &= snd_pcm_writei(p.pcm, in, FRAMES) == FRAMES;
	}
	after = allocations;
	ck_assert(done);
	ck_assert_uint_eq(after - before, 0);
	state_close(&state);
	playback_close(&p);
}
END_TEST

/* The same on a card, among 200 elements of its own that move, too. */
START_TEST(following_a_card_allocates_and_locks_nothing)
{
	static int16_t in[2 * FRAMES];
	char names[PANEL_ELEMENTS][PANEL_NAME_SIZE];
	unsigned long counted[3];
	struct playback p;
	bool done = true;

	for (int e = 0; e < PANEL_ELEMENTS; e++)
		panel_name(names[e], "Crossfeed", (enum setting)e);
	mixer_card_add_foreign();
	playback_start(&p, "type crossfeed control { card DAC } "
		       "slave.pcm { type dac file \"%s\" formats [ S16 ] }",
		       SND_PCM_ACCESS_RW_INTERLEAVED, SND_PCM_FORMAT_S16, 48000);
	snd_lib_error_set_handler(count_message);
	allocations = locks = messages = 0;
	for (int w = 0; w < WRITES; w++) {
		enum setting element = (enum setting)(w % PANEL_ELEMENTS);

		mixer_card_set(names[element],
			       (w / PANEL_ELEMENTS) % (panel_info(element).max + 1));
		if (w % 10 == 0)
			mixer_card_move_foreign();
		done &= snd_pcm_writei(p.pcm, in, FRAMES) == FRAMES;
	}
	/* check's own asserts allocate and lock */
	counted[0] = allocations;
	counted[1] = locks;
	counted[2] = messages;
	snd_lib_error_set_handler(NULL);
	for (int n = 0; n < 3; n++)
		ck_assert_uint_eq(counted[n], 0);
	ck_assert(done);
	playback_close(&p);
}
END_TEST

START_TEST(an_allocation_would_be_seen)
{
	play("type crossfeed slave.pcm { type dac file \"%s\" formats [ S16 ] allocate yes }");
	ck_assert_uint_ge(allocations, WRITES);
}
END_TEST

START_TEST(a_lock_would_be_seen)
{
	pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

	locks = 0;
	pthread_mutex_lock(&mutex);
	pthread_mutex_unlock(&mutex);
	flock(-1, LOCK_UN);
	ck_assert_uint_eq(locks, 2);
}
END_TEST

static Suite *realtime_suite(void)
{
	Suite *suite = suite_create("realtime");
	TCase *heap = tcase_create("heap");
	TCase *others = tcase_create("others");

	tcase_set_timeout(heap, 60);
	tcase_set_timeout(others, 60);
	tcase_add_loop_test(heap, playing_allocates_nothing, 0, DEFINITIONS);
	tcase_add_test(heap, following_the_panel_allocates_nothing);
	tcase_add_test(heap, following_a_card_allocates_and_locks_nothing);
	tcase_add_test(heap, an_allocation_would_be_seen);
	tcase_add_loop_test(others, playing_locks_nothing, 0, DEFINITIONS);
	tcase_add_loop_test(others, playing_says_nothing, 0, DEFINITIONS);
	tcase_add_test(others, a_lock_would_be_seen);
	suite_add_tcase(suite, heap);
	suite_add_tcase(suite, others);
	return suite;
}

int main(void)
{
#ifndef COUNTED
	puts("skipped: allocations cannot be counted under this C library or sanitizer");
	return 77;
#endif
	return check_main(realtime_suite());
}
