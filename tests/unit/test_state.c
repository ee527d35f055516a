/* alsa-crossfeed - tests the state file: round trip, versions, damage, rights */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "check_main.h"
#include "folder.h"
#include "state.h"
#include "state_file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

START_TEST(file_survives_the_round_trip)
{
	struct panel panel = default_panel(), back = default_panel();

	panel_move(&panel, SETTING_PRESET, PRESET_MEIER);
	panel_move(&panel, SETTING_VOLUME_DB, 123);
	ck_assert_int_eq(state_file_read(&back), -ENOENT);
	ck_assert_int_eq(state_file_write(&panel), 0);
	ck_assert_int_eq(state_file_read(&back), 0);
	for (int e = 0; e < PANEL_ELEMENTS; e++) {
		ck_assert_int_eq(back.position[e], panel.position[e]);
		ck_assert_int_eq(back.moved[e], panel.moved[e]);
	}
}
END_TEST

/* With a clock as coarse as can be: only the inode differs, if the file system does not use it again. */
static void write_at_the_same_time(const struct panel *panel)
{
	const struct timespec same[2] = { { 0 } };

	ck_assert_int_eq(state_file_write(panel), 0);
	ck_assert_int_eq(utimensat(AT_FDCWD, state_file_path, same, 0), 0);
}

START_TEST(every_version_of_the_file_is_noticed)
{
	struct panel panel = default_panel(), seen = default_panel();
	struct state follower;

	ck_assert_int_eq(state_open(&follower, state_file_path, "", ""), 0);
	ck_assert(!state_changed(&follower));
	for (int n = 0; n < 200; n++) {
		/* one, or two in a row, which makes ext4 use the first inode again */
		for (int k = 0; k <= n % 2; k++) {
			panel.position[SETTING_VOLUME_DB] = 2 * (n % 100) + 100 + k;
			write_at_the_same_time(&panel);
		}
		ck_assert(state_changed(&follower));
		ck_assert_int_eq(state_read(&follower, &seen), 0);
		ck_assert(!state_changed(&follower));
		ck_assert_int_eq(seen.position[SETTING_VOLUME_DB], panel.position[SETTING_VOLUME_DB]);
	}
	state_close(&follower);
}
END_TEST

static const char *path_for(const char *state_home, const char *home, const char *card_id)
{
	static struct state state;
	int err;

	setenv("XDG_STATE_HOME", state_home, 1);
	setenv("HOME", home, 1);
	err = state_open(&state, "", "Name", card_id);
	if (err == -ENAMETOOLONG)
		return "too long";
	ck_assert_int_eq(err, 0);
	return state.path;
}

START_TEST(default_path_follows_the_environment)
{
	char home[STATE_PATH_SIZE + 10];
	struct state state;

	ck_assert_str_eq(path_for("/x", "/h", ""), "/x/alsa-crossfeed/Name");
	ck_assert_str_eq(path_for("relative", "/h", "DAC"),
			 "/h/.local/state/alsa-crossfeed/Name.DAC");
	memset(home, 'h', sizeof(home));
	home[0] = '/';
	home[1000] = '\0';
	ck_assert_uint_eq(strlen(path_for("", home, "")), 1000 + strlen("/.local/state/alsa-crossfeed/Name"));
	home[1000] = 'h';
	home[STATE_PATH_SIZE] = '\0';
	ck_assert_str_eq(path_for("", home, ""), "too long");
	unsetenv("XDG_STATE_HOME");
	unsetenv("HOME");
	ck_assert_int_eq(state_open(&state, "", "Name", ""), -ENOENT);
	ck_assert_str_eq(state.path, "");
}
END_TEST

/* Who has the file open, or comes while it is written, has the whole of one version. */
START_TEST(a_new_version_leaves_the_old_one_whole)
{
	struct panel panel = default_panel();
	char was[1000], is[1000];
	size_t size;
	FILE *old;

	state_file_write_good();
	size = state_file_read_text(was, sizeof(was));
	old = fopen(state_file_path, "rb");
	ck_assert_ptr_nonnull(old);
	panel_move(&panel, SETTING_GAIN_DB, 0);
	ck_assert_int_eq(state_file_write(&panel), 0);
	ck_assert_uint_eq(fread(is, 1, sizeof(is), old), size);
	ck_assert_mem_eq(is, was, size);
	fclose(old);
}
END_TEST

START_TEST(a_write_that_fails_leaves_the_old_version)
{
	const struct rlimit nothing = { 0, RLIM_INFINITY };
	const struct rlimit everything = { RLIM_INFINITY, RLIM_INFINITY };
	struct panel panel = default_panel(), back;
	int err;

	state_file_write_good();
	panel_move(&panel, SETTING_GAIN_DB, 0);
	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &nothing), 0);
	err = state_file_write(&panel);
	setrlimit(RLIMIT_FSIZE, &everything);
	ck_assert_int_eq(err, -EFBIG);
	ck_assert_int_eq(state_file_read(&back), 0);
	ck_assert_int_eq(back.position[SETTING_CROSSFEED], 0);
	ck_assert(!back.moved[SETTING_GAIN_DB]);
}
END_TEST

/* A player of another user may follow the panel. */
START_TEST(the_file_may_be_read_by_everybody)
{
	struct stat status;

	umask(077);
	state_file_write_good();
	ck_assert_int_eq(stat(state_file_path, &status), 0);
	ck_assert_uint_eq(status.st_mode & 0777, 0644);
}
END_TEST

START_TEST(one_writer_waits_for_the_other)
{
	struct state state;
	int lock;

	ck_assert_int_eq(state_open(&state, state_file_path, "", ""), 0);
	lock = state_lock(&state, 0);
	ck_assert_int_ge(lock, 0);
	ck_assert_int_eq(state_lock(&state, 0), -EWOULDBLOCK);
	state_unlock(lock);
	lock = state_lock(&state, 0);
	ck_assert_int_ge(lock, 0);
	state_unlock(lock);
}
END_TEST

/* 0.9 had plain numbers in columns, and two other keys. */
START_TEST(files_of_0_9_are_read)
{
	struct panel panel = default_panel();
	const char *const text =
		"alsa-crossfeed state 1\n"
		"switch     +0000 moved\n"
		"level      +0220 moved\n"
		"preset     +0003 moved\n"
		"gain       +0000 -    \n"
		"brightness +0001 -    \n"
		"volume     +0700 moved\n"
		"unmute     +0000 moved\n";

	state_file_write_text(text, strlen(text));
	ck_assert_int_eq(state_file_read(&panel), 0);
	ck_assert_int_eq(panel.position[SETTING_CROSSFEED], 0);
	ck_assert_int_eq(panel.position[SETTING_LEVEL_DB], 220);
	ck_assert_int_eq(panel.position[SETTING_PRESET], PRESET_BS2B_CMOY);
	ck_assert_int_eq(panel.position[SETTING_VOLUME_DB], 700);
	ck_assert_int_eq(panel.position[SETTING_AMP], 0);
	ck_assert(panel.moved[SETTING_CROSSFEED] && panel.moved[SETTING_AMP]);
	ck_assert(!panel.moved[SETTING_GAIN_DB] && !panel.moved[SETTING_BRIGHTNESS]);
}
END_TEST

START_TEST(what_is_out_of_range_says_nothing)
{
	const char *const text = "alsa-crossfeed state 2\nlevel 7.5 moved\nvolume -800.0 moved\n";
	const struct panel usual = default_panel();
	struct panel panel = usual;

	state_file_write_text(text, strlen(text));
	ck_assert_int_eq(state_file_read(&panel), 0);
	ck_assert_mem_eq(&panel, &usual, sizeof(usual));
}
END_TEST

/* What the file says of an element is what was written, or nothing: never another position. */
static void require_truth(const struct panel *panel, const struct panel *written)
{
	const struct panel usual = default_panel();

	for (int e = 0; e < PANEL_ELEMENTS; e++) {
		if (panel->moved[e])
			ck_assert_int_eq(panel->position[e], written->position[e]);
		else
			ck_assert(panel->position[e] == usual.position[e] ||
				  panel->position[e] == written->position[e]);
	}
}

/* Every length it can be cut to. */
START_TEST(a_file_cut_short_tells_no_lies)
{
	struct panel panel, written = default_panel();
	char text[1000];
	size_t size;

	panel_move(&written, SETTING_PRESET, PRESET_BS2B_JMEIER);
	panel_move(&written, SETTING_VOLUME_DB, 111);
	ck_assert_int_eq(state_file_write(&written), 0);
	size = state_file_read_text(text, sizeof(text));
	for (size_t n = 0; n < size; n++) {
		int err;

		state_file_write_text(text, n);
		panel = default_panel();
		err = state_file_read(&panel);
		ck_assert_int_eq(err, n && text[n - 1] == '\n' ? 0 : -EBADMSG);
		require_truth(&panel, &written);
	}
}
END_TEST

START_TEST(damaged_files_are_told_from_good_ones)
{
	static char text[2 * STATE_TEXT_SIZE] = "alsa-crossfeed state 2\n";
	const char *const damaged[] = {
		"", "\n", "alsa-crossfeed state\n", "alsa-crossfeed state x\n",
		"alsa-crossfeed state 0\n", "alsa-crossfeed state 3\n", "alsa-crossfeed state 2 \n",
		"alsa-crossfeed state 2\ngain l\x01w moved\n", "alsa-crossfeed state 2\ngain low",
	};
	struct panel panel = default_panel(), was = panel;

	for (size_t n = 0; n < sizeof(damaged) / sizeof(damaged[0]); n++) {
		state_file_write_text(damaged[n], strlen(damaged[n]));
		ck_assert_int_eq(state_file_read(&panel), -EBADMSG);
		ck_assert_mem_eq(&panel.position, &was.position, sizeof(was.position));
	}
	state_file_write_text("alsa-crossfeed state 2\n\0\n", 25);
	ck_assert_int_eq(state_file_read(&panel), -EBADMSG);
	memset(text + strlen(text), '\n', STATE_TEXT_SIZE);
	state_file_write_text(text, STATE_TEXT_SIZE);
	ck_assert_int_eq(state_file_read(&panel), -EBADMSG);
	state_file_write_text(text, STATE_TEXT_SIZE - 1);
	ck_assert_int_eq(state_file_read(&panel), 0);
}
END_TEST

/* A program that was killed in the middle of it. */
START_TEST(what_a_crash_left_is_cleaned_up)
{
	char left[310];
	FILE *file;

	snprintf(left, sizeof(left), "%s.new", state_file_path);
	file = fopen(left, "w");
	ck_assert_ptr_nonnull(file);
	fputs("alsa-cr", file);
	fclose(file);
	state_file_write_good();
	/* ., .. and the file itself */
	ck_assert_int_eq(folder_entries(state_file_folder), 3);
}
END_TEST

/* With sudo and the HOME of a user, who could not write to what root left there. */
START_TEST(root_writes_into_nobodys_home)
{
	struct panel panel = default_panel();
	struct state state;
	struct stat status;

	if (geteuid() != 0) {
		puts("skipped: this is for root");
		return;
	}
	ck_assert_int_eq(chown(state_file_folder, 12345, 12345), 0);
	setenv("XDG_STATE_HOME", state_file_folder, 1);
	ck_assert_int_eq(state_open(&state, "", "Crossfeed", ""), 0);
	ck_assert_int_eq(state_write(&state, &panel), -EPERM);
	ck_assert_int_eq(state_lock(&state, 0), -EPERM);
	ck_assert_int_eq(folder_entries(state_file_folder), 2);
	/* a file that was named is meant */
	ck_assert_int_eq(state_file_write(&panel), 0);
	ck_assert_int_eq(stat(state_file_path, &status), 0);
}
END_TEST

static Suite *state_suite(void)
{
	Suite *suite = suite_create("state");
	TCase *all = tcase_create("all");

	tcase_add_checked_fixture(all, state_file_make, state_file_remove);
	tcase_set_timeout(all, 60);
	tcase_add_test(all, file_survives_the_round_trip);
	tcase_add_test(all, every_version_of_the_file_is_noticed);
	tcase_add_test(all, files_of_0_9_are_read);
	tcase_add_test(all, a_file_cut_short_tells_no_lies);
	tcase_add_test(all, what_a_crash_left_is_cleaned_up);
	tcase_add_test(all, root_writes_into_nobodys_home);
	tcase_add_test(all, a_new_version_leaves_the_old_one_whole);
	tcase_add_test(all, a_write_that_fails_leaves_the_old_version);
	tcase_add_test(all, the_file_may_be_read_by_everybody);
	tcase_add_test(all, one_writer_waits_for_the_other);
	tcase_add_test(all, default_path_follows_the_environment);
	tcase_add_test(all, what_is_out_of_range_says_nothing);
	tcase_add_test(all, damaged_files_are_told_from_good_ones);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	return check_main(state_suite());
}
