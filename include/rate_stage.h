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
 * What the application has written waits in a ring of its own buffer's size.
 * From there it is converted and given to the slave whenever alsa-lib calls and
 * the slave has room: in writes, in each look at the position, when poll's answer
 * is asked for.  So a write never waits inside, and alsa-lib's lock is held for no
 * longer than that takes.  In the application's frames, rounded up:
 *
 *	filled = frames in the ring + (frames queued in the slave - reserve) * rate / rate_hz
 *	avail  = buffer - filled; frames inside the filter take no room
 *
 * rate_params.h has the sizes.  The reserve is subtracted from the start on: the
 * application fills its buffer before, and the reserve in addition once the stream
 * runs.  The delay includes it.
 *
 * If the slave's buffer is the larger, the application's bounds what is queued,
 * and the ring is empty between two calls.  If it is the smaller, the ring holds
 * the rest, and the slave's poll wakes for each of its periods to refill it: an
 * application that does not poll, wait or write runs dry after the slave's
 * buffer.
 *
 *	avail_min	the slave wakes when avail is avail_min, rounded up; at a
 *			period of its own at least.  poll says POLLOUT by avail alone.
 *	start_threshold	is alsa-lib's, of avail; the slave never starts by itself
 *	stop_threshold	converted as avail_min, but for the reserve, which is played
 *			before; beyond the buffer it means never
 *
 * What poll finds: the slave's descriptors, then one of our own that is readable
 * while avail is avail_min or more.
 *
 * A drain gives the ring, then silence until the filter's last frame is out, then
 * drains the slave.  One that must not wait goes on in each call, poll's included.
 * A rewind takes back what is still in the ring, and no more.
 *
 * alsa-lib does not tell an ioplug that no conversion is wanted
 * (snd_pcm_hw_params_set_rate_resample()), and sends it no signals
 * (snd_async_add_pcm_handler() is -ENOSYS).  To be kept from conversion, open
 * with SND_PCM_NO_AUTO_RESAMPLE.
 */

struct rate_stage_params {
	unsigned int rate_hz;		/* of the slave, 8000 .. 768000; 0: slave_choose_rate() */
	enum resampler_quality quality;
	bool *converts;			/* set at hw_params, before the slave's; false: it copies */
};

/*
 * Open it in front of slave, which is then its own and closed with it, on
 * failure too.  slave takes 1 .. 8 channels and all formats of samples.h, and
 * nobody else writes to it.  Returns 0 or -errno.  May block.
 */
int rate_stage_open(snd_pcm_t **pcmp, const char *name, snd_pcm_t *slave,
		    const struct rate_stage_params *params, snd_pcm_stream_t stream, int mode);

#endif
