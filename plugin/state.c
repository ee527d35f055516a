/* alsa-crossfeed - keeps the front panel's positions in a file */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEADER "alsa-crossfeed state 1\n"
#define LINE_FORMAT "%-10s %+.4d %-5s\n"

enum {
	HEADER_SIZE = sizeof(HEADER) - 1,
	KEY_SIZE = 11,
	VALUE_SIZE = 5,
	LINE_SIZE = KEY_SIZE + VALUE_SIZE + 7,
	STATE_SIZE = HEADER_SIZE + PANEL_ELEMENTS * LINE_SIZE,
};

int state_default_path(char path[STATE_PATH_SIZE], const char *name)
{
	const char *state_home = getenv("XDG_STATE_HOME");
	const char *home = getenv("HOME");
	int length;

	if (state_home && *state_home == '/')
		length = snprintf(path, STATE_PATH_SIZE, "%s/alsa-crossfeed/%s", state_home, name);
	else if (home && *home == '/')
		length = snprintf(path, STATE_PATH_SIZE, "%s/.local/state/alsa-crossfeed/%s", home,
				  name);
	else
		return -ENOENT;
	return length < STATE_PATH_SIZE ? 0 : -ENAMETOOLONG;
}

static bool same_stamp(const struct state_stamp *a, const struct state_stamp *b)
{
	return a->device == b->device && a->inode == b->inode && a->size == b->size &&
	       a->modified.tv_sec == b->modified.tv_sec &&
	       a->modified.tv_nsec == b->modified.tv_nsec;
}

bool state_changed(const char *path, struct state_stamp *stamp)
{
	struct state_stamp now = { 0 };
	struct stat status;

	if (stat(path, &status) == 0)
		now = (struct state_stamp){ status.st_dev, status.st_ino, status.st_size,
					    status.st_mtim };
	if (same_stamp(&now, stamp))
		return false;
	*stamp = now;
	return true;
}

/* One line, whose columns are where they have to be. */
static bool parse_line(const char *line, enum panel_element element, struct panel *panel)
{
	char expected[LINE_SIZE + 1];
	char number[VALUE_SIZE + 1] = "";
	const char *moved = line[KEY_SIZE + VALUE_SIZE + 1] == 'm' ? "moved" : "-";
	long value;

	memcpy(number, line + KEY_SIZE, VALUE_SIZE);
	value = strtol(number, NULL, 10);
	snprintf(expected, sizeof(expected), LINE_FORMAT, panel_info(element)->key, (int)value,
		 moved);
	if (memcmp(line, expected, LINE_SIZE) != 0)
		return false;
	panel->value[element] = panel_clamp(element, value);
	panel->moved[element] = *moved == 'm';
	return true;
}

static int parse(const char *text, size_t size, struct panel *panel)
{
	struct panel read;

	if (size != STATE_SIZE || memcmp(text, HEADER, HEADER_SIZE) != 0)
		return -EBADMSG;
	for (int e = 0; e < PANEL_ELEMENTS; e++)
		if (!parse_line(text + HEADER_SIZE + e * LINE_SIZE, (enum panel_element)e, &read))
			return -EBADMSG;
	*panel = read;
	return 0;
}

int state_read(const char *path, struct panel *panel)
{
	char text[STATE_SIZE + 1];
	ssize_t size;
	int file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	int err;

	if (file < 0)
		return -errno;
	size = read(file, text, sizeof(text));
	err = size < 0 ? -errno : 0;
	close(file);
	return err < 0 ? err : parse(text, (size_t)size, panel);
}

void state_folder(char folder[STATE_PATH_SIZE], const char *path)
{
	char *slash;

	snprintf(folder, STATE_PATH_SIZE, "%s", path);
	slash = strrchr(folder, '/');
	if (slash && slash != folder)
		*slash = '\0';
	else
		snprintf(folder, STATE_PATH_SIZE, "%s", slash ? "/" : ".");
}

int state_make_folder(const char *path)
{
	char folder[STATE_PATH_SIZE];

	state_folder(folder, path);
	for (char *slash = strchr(folder + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(folder, 0777);
		*slash = '/';
	}
	if (mkdir(folder, 0777) < 0 && errno != EEXIST)
		return -errno;
	return 0;
}

static int write_all(int file, const struct panel *panel)
{
	char text[STATE_SIZE + 1] = HEADER;

	for (int e = 0; e < PANEL_ELEMENTS; e++)
		snprintf(text + HEADER_SIZE + e * LINE_SIZE, LINE_SIZE + 1, LINE_FORMAT,
			 panel_info((enum panel_element)e)->key, panel->value[e],
			 panel->moved[e] ? "moved" : "-");
	if (write(file, text, STATE_SIZE) != STATE_SIZE)
		return errno ? -errno : -ENOSPC;
	return 0;
}

/* Readers of other users may follow the panel, as far as the folder lets them. */
static int replace(const char *path, const char *temporary, int file, const struct panel *panel)
{
	int err;

	errno = 0;
	err = write_all(file, panel);
	if (err == 0 && fchmod(file, 0644) < 0)
		err = -errno;
	if (close(file) < 0 && err == 0)
		err = -errno;
	if (err == 0 && rename(temporary, path) < 0)
		err = -errno;
	if (err < 0)
		unlink(temporary);
	return err;
}

int state_write(const char *path, const struct panel *panel)
{
	char temporary[STATE_PATH_SIZE + 8];
	int err = state_make_folder(path);
	int file;

	if (err < 0)
		return err;
	snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path);
	file = mkostemp(temporary, O_CLOEXEC);
	if (file < 0)
		return -errno;
	return replace(path, temporary, file, panel);
}

int state_lock(const char *path, bool wait)
{
	char folder[STATE_PATH_SIZE];
	int err = state_make_folder(path);
	int lock;

	if (err < 0)
		return err;
	state_folder(folder, path);
	lock = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (lock < 0)
		return -errno;
	if (flock(lock, wait ? LOCK_EX : LOCK_EX | LOCK_NB) == 0)
		return lock;
	err = -errno;
	close(lock);
	return err;
}

void state_unlock(int lock)
{
	close(lock);
}
