/* alsa-crossfeed - the time of a stand-in DAC, told by a test or by whoever waits */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ticker.h"

#include <check.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Who asks that often without having to wait takes time, too. */
enum { SPINS_PER_TICK = 100 };

struct ticker ticker;

static int fifo;
static unsigned int spins;

void ticker_open(void)
{
	unlink(TICKER_FIFO);
	ck_assert_int_eq(mkfifo(TICKER_FIFO, 0600), 0);
	fifo = open(TICKER_FIFO, O_RDWR | O_NONBLOCK);
	ck_assert_int_ge(fifo, 0);
	memset(&ticker, 0, sizeof(ticker));
	spins = 0;
}

void ticker_close(void)
{
	close(fifo);
	unlink(TICKER_FIFO);
}

void ticker_tell(char byte)
{
	ck_assert_int_eq(write(fifo, &byte, 1), 1);
}

static void tick(void)
{
	ticker_tell(ticker.last && ticker.ticks == ticker.last_after ? ticker.last : 'p');
	ticker.ticks++;
	spins = 0;
}

static int poll_now(struct pollfd *fds, nfds_t count, int timeout_ms)
{
	struct timespec timeout = { timeout_ms / 1000, timeout_ms % 1000 * 1000000L };

	return (int)syscall(SYS_ppoll, fds, count, timeout_ms < 0 ? NULL : &timeout, NULL, 0);
}

int poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
	int ready = poll_now(fds, count, 0);

	ticker.polls++;
	if (!ticker.runs || timeout_ms == 0)
		return ready ? ready : poll_now(fds, count, timeout_ms);
	if (ready == 0 || ++spins == SPINS_PER_TICK) {
		if (ticker.waits)
			ticker.waits();
		tick();
	}
	return ready ? ready : poll_now(fds, count, timeout_ms);
}
