/* alsa-crossfeed - keeps the front panel's positions in a file */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#ifndef STATE_H
#define STATE_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

#include "panel.h"

/*
 * A line for each element: its key, where it stands in the words and units of
 * the configuration, and whether somebody moved it there:
 *
 *   alsa-crossfeed state 2
 *   serial 12
 *   crossfeed on configured
 *   preset meier moved
 *   level -12.3 moved
 *
 * Read by key.  An element that is not there, or stands at a word or number that
 * this version does not have, counts as not moved.  Lines with other keys are a
 * newer version's: they are skipped, and kept when the file is written.  Files of
 * 0.9, of fixed width and with plain numbers, are read, too.
 *
 * Always written beside its place, to the disk, and renamed: readers see the old
 * file or the new one, never a part, also after a power cut.  How soon the new
 * name itself is on the disk is the file system's to say: 5 s with ext4.
 */

/* Longest path, with its closing zero, and largest file, in bytes. */
enum { STATE_PATH_SIZE = PATH_MAX, STATE_TEXT_SIZE = 4096 };

/* How long a mixer waits for another that holds the lock. */
enum { STATE_LOCK_MS = 1000 };

/* Tells one version of a file from the next without opening it. */
struct state_stamp {
	dev_t device;
	ino_t inode;
	off_t size;
	struct timespec modified;
};

struct state {
	char path[STATE_PATH_SIZE];	/* empty: nothing is remembered */
	bool named;			/* the user named the file, and may mean anybody's */
	/* the version read or written last: open, so that no other file gets its inode; or -1 */
	int version;
	struct state_stamp stamp;	/* of the same, all zero: there was no file */
	unsigned int serial;		/* in the same: counts what was written */
};

/*
 * Find the file: the one named, if named is not empty; else PREFIX, or
 * PREFIX.CARD_ID where card_id is not empty, in the folder alsa-crossfeed of
 * XDG_STATE_HOME, else of ~/.local/state.  Returns 0, or -ENOENT without either,
 * -ENAMETOOLONG; path is then empty.
 */
int state_open(struct state *state, const char *named, const char *prefix, const char *card_id);
void state_close(struct state *state);

/*
 * True if the file is another than the version read or written last, or if
 * there is one where there was none.  One system call.  Real-time safe as far as
 * stat() is: where the folder is on a network that hangs, it waits as long as the
 * kernel lets any program wait for it.
 */
bool state_changed(const struct state *state);

/*
 * Read the positions into panel; elements that the file does not have keep
 * their position and are not moved.  Returns 0; -ENOENT if there is none; -EBADMSG
 * if it is no state file of ours; or another -errno.  panel is unchanged on error.
 * Never waits for a pipe or the like.  Real-time safe as state_changed() is.
 */
int state_read(struct state *state, struct panel *panel);

/*
 * Write the positions, making the folder if it is missing.  Returns 0 or
 * -errno, the file then being as it was: -EPERM if root would write into a
 * folder of somebody else that no configuration named.
 */
int state_write(struct state *state, const struct panel *panel);

/*
 * Ask for the right to read, change and write the file, and wait for it at
 * most so long.  Among well-behaved programs there is one at a time; whoever may
 * read the folder can hold it, so that those who cannot wait go on without.
 * Returns a lock for state_unlock(), which takes errors, too, or -errno:
 * -EWOULDBLOCK if somebody else has it.
 */
int state_lock(const struct state *state, int wait_ms);
void state_unlock(int lock);

/* Make the folder the file is in, with those above it.  Returns 0 or -errno. */
int state_make_folder(const struct state *state);

/* Its folder, for those who want to be told of changes there. */
void state_folder(char folder[STATE_PATH_SIZE], const struct state *state);

#endif
