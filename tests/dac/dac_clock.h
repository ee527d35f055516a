/* alsa-crossfeed - the time of the stand-in DAC, as a test tells it through a FIFO */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#ifndef DAC_CLOCK_H
#define DAC_CLOCK_H

#include <alsa/asoundlib.h>
#include <alsa/pcm_external.h>
#include <stdbool.h>

/*
 * A byte p plays the frames of a tick, x lets the DAC run dry, u unplugs it,
 * s suspends it, and r says that it will not resume.  Poll knows meanwhile, as a
 * driver's does, whether there is room, and is silent in a drain until its end.
 */

/* Frames of a tick, if nothing else is said. */
enum { DAC_CLOCK_FRAMES = 64 };

struct dac_clock {
	snd_pcm_ioplug_t *io;
	int fifo;
	int event;		/* readable while the DAC is ready */
	bool event_shown;
	bool dry, no_resume;
	snd_pcm_uframes_t given, played;	/* frames since prepare */
	snd_pcm_uframes_t avail_min, stop_threshold, boundary;
	/* as configured, in frames: what a tick plays, and by how much the pointer moves */
	snd_pcm_uframes_t tick_frames, pointer_step;
	bool underruns;		/* it runs dry by itself, as a card does */
};

/* 0 or -errno. */
int dac_clock_open(struct dac_clock *clock, snd_pcm_ioplug_t *io, const char *path);
void dac_clock_close(struct dac_clock *clock);

/* What the callbacks of these names do. */
int dac_clock_prepare(struct dac_clock *clock);
int dac_clock_sw_params(struct dac_clock *clock, snd_pcm_sw_params_t *params);
snd_pcm_sframes_t dac_clock_pointer(struct dac_clock *clock);
int dac_clock_resume(struct dac_clock *clock);
int dac_clock_drain(struct dac_clock *clock);
int dac_clock_poll_descriptors(struct dac_clock *clock, struct pollfd *pfd, unsigned int space);
int dac_clock_poll_revents(struct dac_clock *clock, unsigned short *revents);

/* Descriptors that poll needs. */
enum { DAC_CLOCK_DESCRIPTORS = 2 };

/* The DAC has got that many frames. */
void dac_clock_give(struct dac_clock *clock, snd_pcm_uframes_t frames);

#endif
