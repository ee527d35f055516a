/* alsa-crossfeed - the time of the stand-in DAC, as a test tells it through a FIFO */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "dac_clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

int dac_clock_open(struct dac_clock *clock, snd_pcm_ioplug_t *io, const char *path)
{
	clock->io = io;
	clock->fifo = open(path, O_RDWR | O_NONBLOCK);
	clock->event = eventfd(1, EFD_NONBLOCK);
	clock->event_shown = true;
	clock->boundary = 1;
	if (!clock->tick_frames)
		clock->tick_frames = DAC_CLOCK_FRAMES;
	if (!clock->pointer_step)
		clock->pointer_step = 1;
	return clock->fifo < 0 || clock->event < 0 ? -errno : 0;
}

void dac_clock_close(struct dac_clock *clock)
{
	close(clock->fifo);
	close(clock->event);
}

/* --- what time brings ----------------------------------------------------------------------- */

static void play_some(struct dac_clock *clock)
{
	snd_pcm_state_t state = clock->io->state;

	if (state != SND_PCM_STATE_RUNNING && state != SND_PCM_STATE_DRAINING)
		return;
	clock->played += clock->tick_frames;
	if (clock->played < clock->given)
		return;
	clock->played = clock->given;
	if (clock->underruns && state == SND_PCM_STATE_RUNNING &&
	    clock->stop_threshold <= clock->io->buffer_size)
		clock->dry = true;
}

/* Frames played as the pointer shows them; the last step of all may be a short one. */
static snd_pcm_uframes_t shown(const struct dac_clock *clock)
{
	if (clock->played == clock->given)
		return clock->played;
	return clock->played - clock->played % clock->pointer_step;
}

/* Who rewinds or goes forward moves its pointer without a word. */
static void follow_application(struct dac_clock *clock)
{
	snd_pcm_uframes_t ahead = (clock->io->appl_ptr + clock->boundary -
				   clock->given % clock->boundary) % clock->boundary;

	if (ahead <= clock->boundary / 2)
		clock->given += ahead;
	else
		clock->given -= clock->boundary - ahead;
	if (clock->played > clock->given)
		clock->played = clock->given;
}

static void follow_fifo(struct dac_clock *clock)
{
	char byte;

	follow_application(clock);
	while (read(clock->fifo, &byte, 1) == 1)
		switch (byte) {
		case 'p':
			play_some(clock);
			break;
		case 'x':
			clock->dry = true;
			break;
		case 'u':
			snd_pcm_ioplug_set_state(clock->io, SND_PCM_STATE_DISCONNECTED);
			break;
		case 's':
			snd_pcm_ioplug_set_state(clock->io, SND_PCM_STATE_SUSPENDED);
			break;
		case 'r':
			clock->no_resume = true;
			break;
		}
}

/* --- what poll says ------------------------------------------------------------------------- */

/* As the kernel's poll: what is no longer playing is ready, too, to be told so. */
static bool is_ready(const struct dac_clock *clock)
{
	const snd_pcm_ioplug_t *io = clock->io;

	if (io->state == SND_PCM_STATE_DRAINING)
		return clock->dry || clock->played == clock->given;
	return clock->dry || io->state == SND_PCM_STATE_DISCONNECTED ||
	       io->state == SND_PCM_STATE_SUSPENDED || io->state == SND_PCM_STATE_XRUN ||
	       io->state == SND_PCM_STATE_SETUP ||
	       io->buffer_size - (clock->given - shown(clock)) >= clock->avail_min;
}

static void show_ready(struct dac_clock *clock)
{
	uint64_t count = 1;
	bool ready = is_ready(clock);

	if (ready == clock->event_shown)
		return;
	clock->event_shown = ready;
	if ((ready ? write(clock->event, &count, sizeof(count)) :
		     read(clock->event, &count, sizeof(count))) < 0)
		abort();
}

int dac_clock_poll_descriptors(struct dac_clock *clock, struct pollfd *pfd, unsigned int space)
{
	if (space < DAC_CLOCK_DESCRIPTORS)
		return -EINVAL;
	pfd[0] = (struct pollfd){ .fd = clock->event, .events = POLLIN };
	pfd[1] = (struct pollfd){ .fd = clock->fifo, .events = POLLIN };
	return DAC_CLOCK_DESCRIPTORS;
}

int dac_clock_poll_revents(struct dac_clock *clock, unsigned short *revents)
{
	snd_pcm_state_t state;

	follow_fifo(clock);
	/* a driver's state changes by itself */
	if (clock->io->state == SND_PCM_STATE_DRAINING && clock->played == clock->given)
		snd_pcm_ioplug_set_state(clock->io, SND_PCM_STATE_SETUP);
	show_ready(clock);
	state = clock->io->state;
	*revents = 0;
	if (is_ready(clock))
		*revents = state == SND_PCM_STATE_RUNNING || state == SND_PCM_STATE_PREPARED ?
			   POLLOUT : POLLOUT | POLLERR;
	return 0;
}

/* --- what the DAC does ---------------------------------------------------------------------- */

int dac_clock_prepare(struct dac_clock *clock)
{
	if (clock->io->state == SND_PCM_STATE_DISCONNECTED)
		return -ENODEV;
	clock->given = clock->played = 0;
	clock->dry = false;
	return 0;
}

int dac_clock_sw_params(struct dac_clock *clock, snd_pcm_sw_params_t *params)
{
	snd_pcm_sw_params_get_boundary(params, &clock->boundary);
	snd_pcm_sw_params_get_stop_threshold(params, &clock->stop_threshold);
	return snd_pcm_sw_params_get_avail_min(params, &clock->avail_min);
}

snd_pcm_sframes_t dac_clock_pointer(struct dac_clock *clock)
{
	follow_fifo(clock);
	show_ready(clock);
	return clock->dry ? -EPIPE :
	       (snd_pcm_sframes_t)(shown(clock) % clock->boundary);
}

void dac_clock_give(struct dac_clock *clock, snd_pcm_uframes_t frames)
{
	clock->given += frames;
	show_ready(clock);
}

int dac_clock_resume(struct dac_clock *clock)
{
	if (clock->no_resume)
		return -ENOSYS;
	snd_pcm_ioplug_set_state(clock->io, SND_PCM_STATE_RUNNING);
	return 0;
}

/* Until all is played, however long that takes. */
int dac_clock_drain(struct dac_clock *clock)
{
	struct pollfd pfd = { .fd = clock->fifo, .events = POLLIN };

	for (follow_fifo(clock); clock->played < clock->given; follow_fifo(clock)) {
		if (clock->io->nonblock)
			return -EAGAIN;
		if (clock->io->state != SND_PCM_STATE_DRAINING || clock->dry)
			return -EIO;
		poll(&pfd, 1, -1);
	}
	return 0;
}
