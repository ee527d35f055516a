/* alsa-crossfeed - the front panel as elements of a sound card's own mixer */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#ifndef CARD_H
#define CARD_H

#include <alsa/asoundlib.h>
#include <stdbool.h>

#include "panel.h"

/*
 * User elements: their values live in the kernel, where every mixer sees and
 * sets them, from when the first stream adds them until the card goes.  What
 * streams have to know of each other lives there, too, behind the dB scale of the
 * level (see struct card_marks).
 */

struct card {
	snd_ctl_t *ctl;
	char name[PANEL_ELEMENTS][PANEL_NAME_SIZE];
	unsigned int elements;		/* that are ours to use, one bit each */
};

/*
 * What the streams of all programs leave for each other.  An element that does
 * not stand where it was seen last was moved by somebody since.  alsactl stores
 * the marks with the elements, and brings both back to a card that lost them.
 */
struct card_marks {
	unsigned int serial;		/* of the state file that knew the card last; 0: of none */
	unsigned int moved;		/* elements that somebody moved, one bit each */
	int seen[PANEL_ELEMENTS];	/* where the elements stood when they were settled last */
};

/* Open a card's mixer.  Returns 0 or -errno. */
int card_open(struct card *card, const char *ctl_name, const char *prefix, snd_config_t *root);
void card_close(struct card *card);

/* The card's id, which it keeps when its number changes; fallback if it has none. */
void card_id(const struct card *card, char *id, size_t size, const char *fallback);

/*
 * Make the elements ours to use.  One that is there stays as it is; one that
 * is not is added at its position in missing.  Bits of those that were there are
 * set in *there.  From then on events are followed, so that no change gets lost
 * before the elements are read.  Returns 0, or what was wrong with the first that
 * cannot be had, *failed: -EEXIST if something else has its name.
 */
int card_find(struct card *card, const int missing[PANEL_ELEMENTS], unsigned int *there,
	      enum setting *failed);

/*
 * Take at most CARD_EVENTS of the events that wait, of any element; those of
 * ours are set in *ours, one bit each, and CARD_MARKS where somebody left marks.
 * True if none is left: then elements without an event stand where they stood.
 * Waits for nothing.  Real-time safe.
 */
enum { CARD_EVENTS = 16, CARD_MARKS = 1 << PANEL_ELEMENTS };
bool card_events(const struct card *card, unsigned int *ours);

/*
 * Fetch the positions of all our elements; the others keep theirs.
 * Returns 0, or -errno if the card is gone.  Real-time safe, as far as the kernel
 * lets nobody who sets an element hold the card up.
 */
int card_read(const struct card *card, int position[PANEL_ELEMENTS]);

/* Move an element.  Returns 0 or -errno.  Real-time safe as card_read() is. */
int card_set(const struct card *card, enum setting element, int position);

/* Returns 0 or -errno: -ENOENT where nobody has left any. */
int card_read_marks(const struct card *card, struct card_marks *marks);
int card_write_marks(const struct card *card, const struct card_marks *marks);

#endif
