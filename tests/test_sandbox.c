/* alsa-crossfeed - tests that a player may lock itself up, before or after it opens the device */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Browsers and services forbid themselves files once they are set up.  The
 * filter here is seccomp's, in plain BPF: what opens, makes or maps a file by
 * name, and SysV shared memory, is answered with EPERM.
 */

#include "check_main.h"
#include "playback.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FRAMES = 1000 };

static const unsigned int forbidden[] = {
	__NR_openat, __NR_mkdirat, __NR_unlinkat, __NR_renameat2, __NR_statx,
	__NR_memfd_create, __NR_socket, __NR_execve, __NR_clone3,
#ifdef __NR_newfstatat
	__NR_newfstatat,
#endif
#ifdef __NR_fstatat64
	__NR_fstatat64,
#endif
#ifdef __NR_open
	__NR_open, __NR_creat, __NR_stat, __NR_lstat, __NR_access, __NR_mkdir, __NR_unlink,
	__NR_rename,
#endif
#ifdef __NR_shmget
	__NR_shmget, __NR_semget, __NR_msgget,
#endif
};

enum { FORBIDDEN = sizeof(forbidden) / sizeof(forbidden[0]) };

/* One comparison for each call, all to the same refusal at the end. */
static bool lock_up(void)
{
	struct sock_filter filter[FORBIDDEN + 3];
	struct sock_fprog program = { .len = FORBIDDEN + 3, .filter = filter };

	filter[0] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
						 offsetof(struct seccomp_data, nr));
	for (unsigned int n = 0; n < FORBIDDEN; n++)
		filter[1 + n] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, forbidden[n],
							     (__u8)(FORBIDDEN - n), 0);
	filter[FORBIDDEN + 1] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	filter[FORBIDDEN + 2] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
							     SECCOMP_RET_ERRNO | EPERM);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return false;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

#define OVER_DAC(keys) "type crossfeed " keys \
	" slave.pcm { type dac file \"%s\" formats [ S16_LE ] }"

static void fill_music(int16_t *music)
{
	for (int n = 0; n < 2 * FRAMES; n++)
		music[n] = (int16_t)(n * 7919);
}

/* In a child, because nobody gets out again; its status is the answer. */
static void play_locked_up(struct playback *p, const int16_t *music, bool after_hw_params)
{
	bool played;

	if (!lock_up())
		_exit(77);
	if (open("/dev/null", O_RDONLY) >= 0 || errno != EPERM)
		_exit(2);
	played = after_hw_params || playback_configure(p, SND_PCM_ACCESS_RW_INTERLEAVED,
						       SND_PCM_FORMAT_S16, 48000) == 0;
	played = played && snd_pcm_writei(p->pcm, music, FRAMES) == FRAMES;
	played = played && snd_pcm_drop(p->pcm) == 0 && snd_pcm_prepare(p->pcm) == 0;
	played = played && snd_pcm_writei(p->pcm, music, FRAMES) == FRAMES;
	played = played && snd_pcm_close(p->pcm) == 0;
	_exit(played ? 0 : 1);
}

static int status_of(pid_t child)
{
	int status;

	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_msg(WIFEXITED(status), "killed by signal %d", WTERMSIG(status));
	return WEXITSTATUS(status);
}

START_TEST(plays_on_without_files)
{
	static int16_t music[2 * FRAMES];
	struct playback p;
	int status;
	pid_t child;

	fill_music(music);
	ck_assert_int_eq(playback_open(&p, OVER_DAC("")), 0);
	if (_i)
		ck_assert_int_eq(playback_configure(&p, SND_PCM_ACCESS_RW_INTERLEAVED,
						    SND_PCM_FORMAT_S16, 48000), 0);
	child = fork();
	if (child == 0)
		play_locked_up(&p, music, _i);
	status = status_of(child);
	playback_close(&p);
	ck_assert_msg(status == 0 || status == 77, "status %d", status);
	if (status == 77)
		puts("skipped: no seccomp here");
}
END_TEST

/* The state folder cannot be read, made or written: the music plays as configured. */
START_TEST(opens_where_the_state_is_refused)
{
	const char *const files[] = {
		"/proc/alsa-crossfeed/state", "/dev/full", "/", "/dev/null/state",
	};
	static int16_t music[2 * FRAMES];
	char definition[200];
	size_t size;

	fill_music(music);
	snprintf(definition, sizeof(definition), "type crossfeed control { file \"%s\" } "
		 "slave.pcm { type dac file \"%%s\" formats [ S16_LE ] }", files[_i]);
	free(playback_through(definition, SND_PCM_FORMAT_S16, 48000, music, FRAMES, &size));
	ck_assert_uint_ge(size, sizeof(music));
}
END_TEST

static Suite *sandbox_suite(void)
{
	Suite *suite = suite_create("sandbox");
	TCase *files = tcase_create("files");

	tcase_add_loop_test(files, plays_on_without_files, 0, 2);
	tcase_add_loop_test(files, opens_where_the_state_is_refused, 0, 4);
	suite_add_tcase(suite, files);
	return suite;
}

int main(void)
{
	return check_main(sandbox_suite());
}
