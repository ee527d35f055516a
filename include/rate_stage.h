/* alsa-crossfeed - a PCM that converts its stream to the rate of the PCM behind it */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#ifndef RATE_STAGE_H
#define RATE_STAGE_H

#include <alsa/asoundlib.h>
#include <stdbool.h>

#include "resampler.h"

/*
 * ALSA's own rate layer turns one whole period into another, and so stretches
 * the stream to a whole number of frames: by 91 ppm with aplay's default
 * periods, by 850 in front of dmix.  This stage knows no periods.  Its pitch is
 * exact, it hands over floating-point samples, which no peak between two
 * samples can clip, and drain gives the last frames that the filter holds.
 *
 * There is no thread.  Delay, pause, suspend and xrun are the slave's.  A stream
 * that has the rate already passes bit by bit.
 *
 * Buffers.  What the application has written waits in a ring of its own buffer's
 * size.  From there it is converted and given to the slave whenever alsa-lib
 * calls and the slave has room: in writes, in each look at the position, when
 * poll's answer is asked for.  So a write never waits inside, and alsa-lib's lock
 * is held for no longer than that takes.  In the slave's frames, rounded up:
 *
 *	filled = frames in the ring + (frames queued in the slave - reserve) * rate / rate_hz
 *	avail  = buffer - filled; frames inside the filter take no room
 *	period	the slave's is the application's or the least above, else a part of it
 *	buffer	the slave's is the least that holds the application's and the reserve,
 *		else the most it has.  Equal rates ask for equal sizes.
 *	reserve	0, but where the slave has no period as short as the application's
 *		(dmix has one alone) twice the difference, or what its buffer has room
 *		for.  Woken so much later than it asked for, the application queues so
 *		much more: once the stream runs, till it drains.  The delay has it.
 *
 * If the slave's buffer is the larger, the application's bounds what is queued,
 * and the ring is empty between two calls.  If it is the smaller, the ring holds
 * the rest, and the slave's poll wakes for each of its periods to refill it: an
 * application that does not poll, wait or write runs dry after the slave's
 * buffer.  plug bounds the application's buffer by the slave's instead; an ioplug
 * cannot, because its constraints are bytes and not times, whatever the format
 * and rate.  They follow the slave's range as nearly as that allows.
 *
 *	avail_min	the slave wakes at slave_buffer - reserve - (buffer - avail_min) *
 *			rate_hz / rate, before the start without the reserve, rounded
 *			so that avail is then avail_min and no less; at a period of
 *			its own at least.  poll says POLLOUT by avail alone.
 *	start_threshold	is alsa-lib's, of avail; the slave never starts by itself
 *	stop_threshold	converted as avail_min, but for the reserve, which is played
 *			before; beyond the buffer it means never
 *
 * What poll finds: the slave's descriptors, then one of our own that is readable
 * while avail is avail_min or more.
 *
 * A drain gives the ring, then silence until the filter's last frame is out, then
 * drains the slave; one that must not wait goes on in each call, poll's included.
 * A rewind takes back what is still in the ring, and no more.
 *
 * alsa-lib asks no ioplug whether it resamples (snd_pcm_hw_params_set_rate_resample())
 * nor for signals (snd_async_add_pcm_handler() is -ENOSYS).  To be kept from
 * conversion, open with SND_PCM_NO_AUTO_RESAMPLE.
 */

struct rate_stage_params {
	unsigned int rate_hz;		/* of the slave: 8000 .. 768000; 0: the stream's own
					 * where the slave has it, else the nearest relative */
	enum resampler_quality quality;
	bool *converts;			/* set at hw_params, before the slave's: is it no copy? */
};

/*
 * Open it in front of slave, which is then its own and closed with it, on
 * failure too.  slave takes 1 .. 8 channels, all formats of samples.h and no
 * other reader.  Returns 0 or -errno.
 */
int rate_stage_open(snd_pcm_t **pcmp, const char *name, snd_pcm_t *slave,
		    const struct rate_stage_params *params, snd_pcm_stream_t stream, int mode);

#endif
