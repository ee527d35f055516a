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
 * There is no thread: samples go to the slave when the application writes.
 * Poll, delay, pause, suspend and xrun are the slave's.  What was written
 * cannot be rewound.  A stream that has the rate already passes bit by bit.
 *
 * A buffer larger than the slave can hold is accepted; a write then waits for
 * the slave, or is short when it must not wait.
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
