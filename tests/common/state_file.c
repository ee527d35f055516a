/* alsa-crossfeed - a state file of a test's own */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "state_file.h"

#include "state.h"

#include <check.h>
#include <linux/capability.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

char state_file_folder[256];
char state_file_path[300];

void state_file_make(void)
{
	char here[128];

	ck_assert_ptr_nonnull(getcwd(here, sizeof(here)));
	snprintf(state_file_folder, sizeof(state_file_folder), "%s/controls-XXXXXX", here);
	ck_assert_ptr_nonnull(mkdtemp(state_file_folder));
	snprintf(state_file_path, sizeof(state_file_path), "%s/state", state_file_folder);
}

/* Whether root may do what the permissions of files forbid; nobody else may anyway. */
void state_file_override_permissions(bool may)
{
	const uint32_t rights = 1u << CAP_DAC_OVERRIDE | 1u << CAP_DAC_READ_SEARCH;
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { { 0 } };

	ck_assert_int_eq((int)syscall(SYS_capget, &header, data), 0);
	if (may)
		data[0].effective |= data[0].permitted & rights;
	else
		data[0].effective &= ~rights;
	ck_assert_int_eq((int)syscall(SYS_capset, &header, data), 0);
}

void state_file_remove(void)
{
	const struct rlimit everything = { RLIM_INFINITY, RLIM_INFINITY };

	/* the tests of files we may not touch, and of a full disk, gave up rights */
	state_file_override_permissions(true);
	setrlimit(RLIMIT_FSIZE, &everything);
	chmod(state_file_folder, 0700);
	unlink(state_file_path);
	rmdir(state_file_path);
	ck_assert_int_eq(rmdir(state_file_folder), 0);
}

int state_file_read(struct panel *panel)
{
	struct state state;
	int err;

	ck_assert_int_eq(state_open(&state, state_file_path, "", ""), 0);
	err = state_read(&state, panel);
	state_close(&state);
	return err;
}

/* As another program would. */
int state_file_write_at(const char *where, const struct panel *panel)
{
	struct state state;
	int err;

	ck_assert_int_eq(state_open(&state, where, "", ""), 0);
	err = state_write(&state, panel);
	state_close(&state);
	return err;
}

int state_file_write(const struct panel *panel)
{
	return state_file_write_at(state_file_path, panel);
}

struct panel default_panel(void)
{
	struct settings settings = settings_initial();

	return panel_from_settings(&settings);
}

void state_file_write_text(const char *text, size_t size)
{
	FILE *file = fopen(state_file_path, "wb");

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(text, 1, size, file), size);
	fclose(file);
}

size_t state_file_read_text(char *text, size_t size)
{
	FILE *file = fopen(state_file_path, "rb");
	size_t read;

	ck_assert_ptr_nonnull(file);
	read = fread(text, 1, size, file);
	fclose(file);
	return read;
}

void state_file_write_good(void)
{
	struct panel panel = default_panel();

	panel_move(&panel, SETTING_CROSSFEED, 0);
	ck_assert_int_eq(state_file_write(&panel), 0);
}
