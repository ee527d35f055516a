/* alsa-crossfeed - tests that a player may lock itself up, before or after it opens the device */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Browsers and services forbid themselves files once they are set up, by seccomp
 * or by Landlock; others are started inside such a sandbox.  The seccomp filter
 * here is plain BPF: what opens, makes or maps a file by name, and SysV shared
 * memory, is answered with EPERM.  The Landlock rules allow no file at all, or
 * before open to read, and to write to devices only.
 */

#include "check_main.h"
#include "config_text.h"
#include "playback.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#if __has_include(<linux/landlock.h>)
#include <linux/landlock.h>
#endif
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
static bool lock_by_seccomp(void)
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

#ifdef LANDLOCK_ACCESS_FS_EXECUTE
static bool allow_below(int rules, const char *folder, uint64_t access)
{
	const struct landlock_path_beneath_attr rule = {
		.allowed_access = access,
		.parent_fd = open(folder, O_PATH | O_CLOEXEC),
	};

	return syscall(__NR_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
}

/* All that Landlock's first version can forbid, but for reading and devices if read_only. */
static bool lock_by_landlock(bool read_only)
{
	const struct landlock_ruleset_attr all = {
		.handled_access_fs = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1,
	};
	int rules = (int)syscall(__NR_landlock_create_ruleset, &all, sizeof(all), 0);

	if (rules < 0)
		return false;
	if (read_only && !(allow_below(rules, "/", LANDLOCK_ACCESS_FS_EXECUTE |
				       LANDLOCK_ACCESS_FS_READ_FILE |
				       LANDLOCK_ACCESS_FS_READ_DIR) &&
			   allow_below(rules, "/dev", LANDLOCK_ACCESS_FS_WRITE_FILE)))
		return false;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       syscall(__NR_landlock_restrict_self, rules, 0) == 0;
}
#else
static bool lock_by_landlock(bool read_only)
{
	(void)read_only;
	return false;
}
#endif

enum lock { SECCOMP, LANDLOCK, LOCKS };

static bool lock_up(enum lock lock)
{
	return lock == SECCOMP ? lock_by_seccomp() : lock_by_landlock(false);
}

#define OVER_DAC(keys) "type crossfeed " keys \
	" slave.pcm { type dac file \"%s\" formats [ S16 ] }"

static void fill_music(int16_t *music)
{
	for (int n = 0; n < 2 * FRAMES; n++)
		music[n] = (int16_t)(n * 7919);
}

/* In a child, because nobody gets out again; its status is the answer. */
static void play_locked_up(struct playback *p, const int16_t *music, enum lock lock,
			   bool after_hw_params)
{
	bool played;

	if (!lock_up(lock))
		_exit(77);
	if (open("/dev/null", O_RDONLY) >= 0 || errno != (lock == SECCOMP ? EPERM : EACCES))
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
	if (WEXITSTATUS(status) == 77)
		puts("skipped: this kernel has not got this sandbox");
	return WEXITSTATUS(status) == 77 ? 0 : WEXITSTATUS(status);
}

START_TEST(plays_on_without_files)
{
	static int16_t music[2 * FRAMES];
	const enum lock lock = (enum lock)(_i / 2);
	const bool after_hw_params = _i % 2;
	struct playback p;
	int status;
	pid_t child;

	fill_music(music);
	ck_assert_int_eq(playback_open(&p, OVER_DAC("")), 0);
	if (after_hw_params)
		ck_assert_int_eq(playback_configure(&p, SND_PCM_ACCESS_RW_INTERLEAVED,
						    SND_PCM_FORMAT_S16, 48000), 0);
	child = fork();
	if (child == 0)
		play_locked_up(&p, music, lock, after_hw_params);
	status = status_of(child);
	playback_close(&p);
	ck_assert_int_eq(status, 0);
}
END_TEST

/* Nothing may be written or made: neither the state, nor anything else at open. */
static void open_locked_up(const int16_t *music)
{
	snd_pcm_t *pcm;

	if (!lock_by_landlock(true))
		_exit(77);
	if (open("written", O_WRONLY | O_CREAT, 0600) >= 0 || errno != EACCES)
		_exit(2);
	if (config_open_test(&pcm, PLAYBACK_TYPES
			     "pcm.test { type crossfeed slave.pcm \"null\" }\n") < 0)
		_exit(3);
	if (snd_pcm_set_params(pcm, SND_PCM_FORMAT_S16, SND_PCM_ACCESS_RW_INTERLEAVED, 2, 48000, 0,
			       100000) < 0)
		_exit(4);
	_exit(snd_pcm_writei(pcm, music, FRAMES) == FRAMES && snd_pcm_close(pcm) == 0 ? 0 : 5);
}

START_TEST(opens_where_nothing_may_be_written)
{
	static int16_t music[2 * FRAMES];
	char folder[300];
	pid_t child;

	fill_music(music);
	ck_assert_ptr_nonnull(getcwd(folder, sizeof(folder) - sizeof("/sandbox.state")));
	strcat(folder, "/sandbox.state");
	setenv("XDG_STATE_HOME", folder, 1);
	child = fork();
	if (child == 0)
		open_locked_up(music);
	ck_assert_int_eq(status_of(child), 0);
	ck_assert_int_ne(access("sandbox.state", F_OK), 0);
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
		 "slave.pcm { type dac file \"%%s\" formats [ S16 ] }", files[_i]);
	free(playback_through(definition, SND_PCM_FORMAT_S16, 48000, music, FRAMES, &size));
	ck_assert_uint_ge(size, sizeof(music));
}
END_TEST

static Suite *sandbox_suite(void)
{
	Suite *suite = suite_create("sandbox");
	TCase *files = tcase_create("files");

	tcase_add_loop_test(files, plays_on_without_files, 0, 2 * LOCKS);
	tcase_add_test(files, opens_where_nothing_may_be_written);
	tcase_add_loop_test(files, opens_where_the_state_is_refused, 0, 4);
	suite_add_tcase(suite, files);
	return suite;
}

int main(void)
{
	return check_main(sandbox_suite());
}
