/* alsa-crossfeed - the time of a stand-in DAC, told by a test or by whoever waits */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#ifndef TICKER_H
#define TICKER_H

#include <stdbool.h>

/*
 * The DAC's time comes through a FIFO, so that every test runs the same way on
 * any machine: nothing is played but what the test says, or, while the ticker
 * runs, when somebody would have to wait for it.  alsa-lib's poll() is this
 * module's, because a program's symbols are found first.
 *
 * TICKER_FIFO, by the Makefile, is that FIFO's path: each program has its own.
 */

/* Read what it counts; set the others. */
struct ticker {
	bool runs;
	unsigned long polls;	/* calls of poll() */
	unsigned long ticks;	/* of which these had to wait: a tick came */
	char last;		/* said in place of a tick after last_after; 0: none is */
	unsigned long last_after;
	void (*waits)(void);	/* called before each tick, in the thread that waits; or NULL */
};

extern struct ticker ticker;

/* For each test: a FIFO, and everything in ticker 0. */
void ticker_open(void);
void ticker_close(void);

/* Say a byte of dac_clock.h. */
void ticker_tell(char byte);

#endif
