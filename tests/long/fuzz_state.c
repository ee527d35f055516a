/* alsa-crossfeed - fuzzes the state file: any bytes are read as positions that exist, or refused */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "fuzz.h"
#include "sound.h"
#include "state.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void use(const struct panel *panel)
{
	struct settings settings = settings_initial();
	struct settings now = panel_settings(panel, &settings);
	struct sound sound;

	for (int e = 0; e < PANEL_ELEMENTS; e++)
		require(panel->position[e] == panel_clamp((enum setting)e, panel->position[e]));
	require(sound_init(&sound, &now, 48000, 1) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int file = -1;
	static struct state state;
	struct panel panel = { .position = { 0 } };
	char path[40];
	int err;

	if (file < 0) {
		file = memfd_create("state", 0);
		snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
		state_open(&state, path, "", "");
	}
	require(ftruncate(file, 0) == 0 && pwrite(file, data, size, 0) == (ssize_t)size);
	err = state_read(&state, &panel);
	require(err == 0 || err == -EBADMSG);
	if (err == 0)
		use(&panel);
	return 0;
}

#ifndef FUZZING
int main(void)
{
	return fuzz_main("state");
}
#endif
