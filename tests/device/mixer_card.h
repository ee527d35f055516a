/* alsa-crossfeed - a stand-in for the mixer of a sound card, as the kernel keeps it */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#ifndef MIXER_CARD_H
#define MIXER_CARD_H

#include <stdbool.h>

/*
 * A program that is linked with it, exporting its symbols, has one card: every
 * hw:X is its mixer.  As in the kernel, elements are added by handles and keep
 * their values until the card goes; a write that changes nothing says nothing;
 * each handle has one event for each element that changed, whatever often.
 * What the kernel does elsewhere, tests/kernel shows on the real one.  Safe to use
 * from many threads; never waits longer than another takes.
 */

/* A new card without elements; handles of an older one are dead. */
void mixer_card_plug(void);
void mixer_card_unplug(void);

/* As a mixer: the value of an element, -1 if there is none; moves it if there is one. */
int mixer_card_get(const char *name);
void mixer_card_set(const char *name, int value);

/* Elements of the card's own, and all of them moved at once. */
enum { MIXER_CARD_FOREIGN = 200 };
void mixer_card_add_foreign(void);
void mixer_card_move_foreign(void);

/* An element of this name but with index 1 comes, or goes. */
void mixer_card_add_second(const char *name);
void mixer_card_remove_second(const char *name);

/* As 0.9 did, and an alsactl that brings its elements back: without marks. */
void mixer_card_forget_marks(void);

/*
 * As alsactl: elements are stored with their values, and dB scales where they
 * have one; restored one after the other, and added if they are not there.
 */
void mixer_card_store(void);
void mixer_card_restore(void);

/* Call this once, when a stream is about to ask for events. */
void mixer_card_before_subscribing(void (*moves)(void));

/* How often somebody asked for an event. */
unsigned long mixer_card_looks(void);

#endif
