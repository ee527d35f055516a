/* alsa-crossfeed - keeps the front panel's positions in a file */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#ifndef STATE_H
#define STATE_H

#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

#include "panel.h"

/*
 * Text of fixed width, so that a short or foreign file is told from a good one
 * by its size and words:
 *
 *   alsa-crossfeed state 1
 *   switch     +0001 moved
 *   level      +0183 -
 *
 * with one line for each element of the panel.  Always written beside its
 * place and renamed: readers see the old file or the new one, never half, and
 * nobody maps it.
 */

enum { STATE_PATH_SIZE = 512 };

/* Tells one version of a file from the next without opening it. */
struct state_stamp {
	dev_t device;
	ino_t inode;
	off_t size;
	struct timespec modified;
};

/*
 * Where a control of this name keeps its state: NAME in the folder
 * alsa-crossfeed of XDG_STATE_HOME, else of ~/.local/state.  Returns 0, or
 * -ENOENT without either, -ENAMETOOLONG.
 */
int state_default_path(char path[STATE_PATH_SIZE], const char *name);

/*
 * True if the file is another than when *stamp was taken, and takes the new
 * stamp.  One system call that waits for nothing; a missing file has a stamp,
 * too.  Real-time safe as far as stat() is.
 */
bool state_changed(const char *path, struct state_stamp *stamp);

/*
 * Read the positions into panel.  Values out of range are clamped.  Returns 0;
 * -ENOENT if there is none; -EBADMSG if it is no state file of ours; or
 * another -errno.  panel is unchanged on error.  Never waits for a pipe or the like.
 */
int state_read(const char *path, struct panel *panel);

/*
 * Write the positions, making the folder if it is missing.  Returns 0 or
 * -errno, the file then being as it was.  Not real-time.
 */
int state_write(const char *path, const struct panel *panel);

/*
 * Hold the right to read, change and write a state file, among all programs
 * that ask for it.  Returns a lock for state_unlock(), or -errno: -EWOULDBLOCK
 * if wait is false and somebody else has it.
 */
int state_lock(const char *path, bool wait);
void state_unlock(int lock);

/* Make the folder the file is in, with those above it.  Returns 0 or -errno. */
int state_make_folder(const char *path);

/* Its folder, for those who want to be told of changes there. */
void state_folder(char folder[STATE_PATH_SIZE], const char *path);

#endif
