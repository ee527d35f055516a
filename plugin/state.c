/* alsa-crossfeed - keeps the front panel's positions in a file */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEADER "alsa-crossfeed state "

/* Version 1, of 0.9, has plain numbers, and two keys of its own. */
enum { VERSION_NUMBERS = 1, VERSION_WORDS = 2 };

enum { WORD_SIZE = 32, TRY_AGAIN_MS = 10 };

/* A line in words; what is longer than a word has no meaning here. */
struct line {
	char key[WORD_SIZE];
	char value[WORD_SIZE];
	char flag[WORD_SIZE];
};

/* --- where it is -------------------------------------------------------------------------- */

static int default_path(char path[STATE_PATH_SIZE], const char *prefix, const char *card_id)
{
	const char *state_home = getenv("XDG_STATE_HOME");
	const char *home = getenv("HOME");
	const char *dot = *card_id ? "." : "";
	int length;

	if (state_home && *state_home == '/')
		length = snprintf(path, STATE_PATH_SIZE, "%s/alsa-crossfeed/%s%s%s", state_home,
				  prefix, dot, card_id);
	else if (home && *home == '/')
		length = snprintf(path, STATE_PATH_SIZE, "%s/.local/state/alsa-crossfeed/%s%s%s",
				  home, prefix, dot, card_id);
	else
		return -ENOENT;
	return length < STATE_PATH_SIZE ? 0 : -ENAMETOOLONG;
}

int state_open(struct state *state, const char *named, const char *prefix, const char *card_id)
{
	int err;

	*state = (struct state){ .version = -1, .named = *named };
	if (state->named) {
		snprintf(state->path, sizeof(state->path), "%s", named);
		return 0;
	}
	err = default_path(state->path, prefix, card_id);
	if (err < 0)
		state->path[0] = '\0';
	return err;
}

static void hold_version(struct state *state, int file)
{
	if (state->version >= 0)
		close(state->version);
	state->version = file;
}

void state_close(struct state *state)
{
	hold_version(state, -1);
}

void state_folder(char folder[STATE_PATH_SIZE], const struct state *state)
{
	char *slash;

	snprintf(folder, STATE_PATH_SIZE, "%s", state->path);
	slash = strrchr(folder, '/');
	if (slash && slash != folder)
		*slash = '\0';
	else
		snprintf(folder, STATE_PATH_SIZE, "%s", slash ? "/" : ".");
}

/* The folder, or the one above it in which it would have to be made. */
static void nearest_folder(char folder[STATE_PATH_SIZE], const struct state *state)
{
	struct stat status;
	char *slash;

	state_folder(folder, state);
	while (stat(folder, &status) < 0 && (slash = strrchr(folder, '/')) && slash != folder)
		*slash = '\0';
}

/* With sudo, HOME may be a user's, who could then not write to what root leaves there. */
static bool is_somebody_elses(const struct state *state)
{
	char folder[STATE_PATH_SIZE];
	struct stat status;

	if (state->named || geteuid() != 0)
		return false;
	nearest_folder(folder, state);
	return stat(folder, &status) == 0 && status.st_uid != 0;
}

int state_make_folder(const struct state *state)
{
	char folder[STATE_PATH_SIZE];

	if (is_somebody_elses(state))
		return -EPERM;
	state_folder(folder, state);
	for (char *slash = strchr(folder + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(folder, 0777);
		*slash = '/';
	}
	if (mkdir(folder, 0777) < 0 && errno != EEXIST)
		return -errno;
	return 0;
}

/* --- which version ------------------------------------------------------------------------ */

static struct state_stamp stamp_of(const struct stat *status)
{
	return (struct state_stamp){ status->st_dev, status->st_ino, status->st_size,
				     status->st_mtim };
}

static bool same_stamp(const struct state_stamp *a, const struct state_stamp *b)
{
	return a->device == b->device && a->inode == b->inode && a->size == b->size &&
	       a->modified.tv_sec == b->modified.tv_sec &&
	       a->modified.tv_nsec == b->modified.tv_nsec;
}

static struct state_stamp stamp_at(const char *path)
{
	struct stat status;

	if (stat(path, &status) < 0)
		return (struct state_stamp){ 0 };
	return stamp_of(&status);
}

bool state_changed(const struct state *state)
{
	struct state_stamp now = stamp_at(state->path);

	return !same_stamp(&now, &state->stamp);
}

/* file is this version, or -1 if it cannot be opened. */
static void take_version(struct state *state, int file)
{
	struct stat status;

	hold_version(state, file);
	if (file >= 0 && fstat(file, &status) == 0)
		state->stamp = stamp_of(&status);
	else
		state->stamp = stamp_at(state->path);
}

/* --- reading ------------------------------------------------------------------------------ */

static bool is_text(const char *text, size_t size)
{
	for (size_t n = 0; n < size; n++)
		if ((text[n] < ' ' && text[n] != '\n' && text[n] != '\t') || text[n] == '\x7f')
			return false;
	return true;
}

/* The header's number; 0 if this is no whole file of ours.  text ends in a zero. */
static long version_of(const char *text, size_t size)
{
	const char *number = text + sizeof(HEADER) - 1;
	char *end;
	long version;

	if (size < sizeof(HEADER) || strncmp(text, HEADER, sizeof(HEADER) - 1) != 0)
		return 0;
	if (text[size - 1] != '\n' || !is_text(text, size))
		return 0;
	version = strtol(number, &end, 10);
	if (end == number || *end != '\n' || version > VERSION_WORDS)
		return 0;
	return version;
}

static const char *next_line(const char *text)
{
	return strchr(text, '\n') + 1;
}

static const char *read_word(char word[WORD_SIZE], const char *text)
{
	size_t length;

	text += strspn(text, " \t");
	length = strcspn(text, " \t\n");
	snprintf(word, WORD_SIZE, "%.*s", (int)length, text);
	return text + length;
}

static struct line read_line(const char *text)
{
	struct line line;

	text = read_word(line.key, text);
	text = read_word(line.value, text);
	read_word(line.flag, text);
	return line;
}

/* The element of a key, or PANEL_ELEMENTS or more. */
static int find_element(const char *key, long version)
{
	if (version == VERSION_NUMBERS && strcmp(key, "switch") == 0)
		return SETTING_CROSSFEED;
	if (version == VERSION_NUMBERS && strcmp(key, "unmute") == 0)
		return SETTING_AMP;
	return setting_find(key);
}

static void take_line(struct panel *panel, const struct line *line, long version)
{
	int element = find_element(line->key, version);
	int value;

	if (element >= PANEL_ELEMENTS)
		return;
	if (version == VERSION_NUMBERS)
		value = panel_clamp((enum setting)element, strtol(line->value, NULL, 10));
	else
		value = panel_read((enum setting)element, line->value);
	if (value < 0)
		return;
	panel->position[element] = value;
	panel->moved[element] = strcmp(line->flag, "moved") == 0;
}

static int parse(struct state *state, struct panel *panel, const char *text, size_t size)
{
	long version = version_of(text, size);
	struct panel read = *panel;

	if (version < VERSION_NUMBERS)
		return -EBADMSG;
	memset(read.moved, 0, sizeof(read.moved));
	for (text = next_line(text); *text; text = next_line(text)) {
		struct line line = read_line(text);

		if (strcmp(line.key, "serial") == 0)
			state->serial = (unsigned int)strtoul(line.value, NULL, 10);
		take_line(&read, &line, version);
	}
	*panel = read;
	return 0;
}

/* Returns the size, or -errno; text then ends in a zero. */
static ssize_t read_text(int file, char text[STATE_TEXT_SIZE])
{
	ssize_t size = read(file, text, STATE_TEXT_SIZE);

	if (size < 0)
		return -errno;
	if (size == STATE_TEXT_SIZE)
		return -EBADMSG;
	text[size] = '\0';
	return size;
}

int state_read(struct state *state, struct panel *panel)
{
	char text[STATE_TEXT_SIZE];
	int file = open(state->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	int err = file < 0 ? -errno : 0;
	ssize_t size;

	take_version(state, file);
	state->serial = 0;
	if (err < 0)
		return err;
	size = read_text(file, text);
	return size < 0 ? (int)size : parse(state, panel, text, (size_t)size);
}

/* --- writing ------------------------------------------------------------------------------ */

/* Text is filled up to its size and never beyond: a line that does not fit is left out. */
__attribute__((format(printf, 2, 3)))
static void append(char text[STATE_TEXT_SIZE], const char *format, ...)
{
	size_t used = strlen(text);
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(text + used, STATE_TEXT_SIZE - used, format, args);
	va_end(args);
	if (length < 0 || (size_t)length >= STATE_TEXT_SIZE - used - 1)
		text[used] = '\0';
}

/* Lines of the file that is there whose keys we do not know. */
static void append_foreign_lines(char text[STATE_TEXT_SIZE], const char *path)
{
	int file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	char there[STATE_TEXT_SIZE];
	ssize_t size;
	long version;

	if (file < 0)
		return;
	size = read_text(file, there);
	close(file);
	version = size > 0 ? version_of(there, (size_t)size) : 0;
	if (version == 0)
		return;
	for (const char *at = next_line(there); *at; at = next_line(at)) {
		struct line line = read_line(at);

		if (strcmp(line.key, "serial") != 0 &&
		    find_element(line.key, version) >= PANEL_ELEMENTS)
			append(text, "%.*s\n", (int)strcspn(at, "\n"), at);
	}
}

static void make_text(char text[STATE_TEXT_SIZE], const struct state *state,
		      const struct panel *panel)
{
	char word[SETTINGS_WORD_SIZE];

	text[0] = '\0';
	append(text, HEADER "%d\nserial %u\n", VERSION_WORDS, state->serial + 1);
	for (int e = 0; e < PANEL_ELEMENTS; e++) {
		panel_write(word, (enum setting)e, panel->position[e]);
		append(text, "%s %s %s\n", setting_info((enum setting)e)->key, word,
		       panel->moved[e] ? "moved" : "configured");
	}
	append_foreign_lines(text, state->path);
}

/* Readers of other users may follow the panel, as far as the folder lets them. */
static int write_text(int file, const char *text)
{
	size_t size = strlen(text);

	errno = 0;
	if (write(file, text, size) != (ssize_t)size)
		return errno ? -errno : -ENOSPC;
	if (fchmod(file, 0644) < 0 || fdatasync(file) < 0)
		return -errno;
	return 0;
}

/* What a crash left behind under the same name goes first. */
static int replace(const char *path, const char *text)
{
	char temporary[STATE_PATH_SIZE + 4];
	int file, err;

	snprintf(temporary, sizeof(temporary), "%s.new", path);
	unlink(temporary);
	file = open(temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (file < 0)
		return -errno;
	err = write_text(file, text);
	if (err == 0 && rename(temporary, path) < 0)
		err = -errno;
	if (err == 0)
		return file;
	close(file);
	unlink(temporary);
	return err;
}

int state_write(struct state *state, const struct panel *panel)
{
	char text[STATE_TEXT_SIZE];
	int err = state_make_folder(state);
	int file;

	if (err < 0)
		return err;
	make_text(text, state, panel);
	file = replace(state->path, text);
	if (file < 0)
		return file;
	take_version(state, file);
	state->serial++;
	return 0;
}

/* --- one at a time ------------------------------------------------------------------------ */

static int lock_file(int file, int wait_ms)
{
	const struct timespec pause = { .tv_nsec = TRY_AGAIN_MS * 1000000 };

	for (; flock(file, LOCK_EX | LOCK_NB) < 0; wait_ms -= TRY_AGAIN_MS) {
		if (errno != EWOULDBLOCK || wait_ms <= 0)
			return -errno;
		nanosleep(&pause, NULL);
	}
	return 0;
}

int state_lock(const struct state *state, int wait_ms)
{
	char folder[STATE_PATH_SIZE];
	int err = state_make_folder(state);
	int lock;

	if (err < 0)
		return err;
	state_folder(folder, state);
	lock = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (lock < 0)
		return -errno;
	err = lock_file(lock, wait_ms);
	if (err == 0)
		return lock;
	close(lock);
	return err;
}

void state_unlock(int lock)
{
	if (lock >= 0)
		close(lock);
}
