/* alsa-crossfeed - the hardware parameters on both sides of a rate conversion */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#ifndef RATE_PARAMS_H
#define RATE_PARAMS_H

#include <alsa/asoundlib.h>
#include <alsa/pcm_external.h>
#include <stdint.h>

/*
 * An application may choose any of the formats of samples.h, of 1 to 8 channels,
 * and any rate.  The sizes that it may choose follow the slave's as nearly as
 * ALSA allows, which has an ioplug count them in bytes where the slave's limits
 * are times, whatever the format and rate.
 *
 * The slave's sizes follow the application's, in frames of the slave, rounded up:
 *
 *	period	the application's or the least above, else a part of it.  A frame
 *		less would wake the slave a whole period late.
 *	reserve	twice the difference of the periods where the slave's is longer
 *		(dmix has one alone), or what its buffer has room for.  Woken so much
 *		later than it asked for, the application queues so much more.
 *	buffer	the least that holds the application's and the reserve, else the most
 *		that the slave has.  Equal rates ask for equal sizes.
 *
 * What is not real-time safe may block.
 */

/* Frames at one rate in frames at another, rounded up.  Real-time safe. */
static inline snd_pcm_uframes_t rate_params_frames(uint64_t frames, unsigned int from_hz,
						   unsigned int to_hz)
{
	return (snd_pcm_uframes_t)((frames * to_hz + from_hz - 1) / from_hz);
}

/* For a created io, before its hw_params; rate_hz 0 stands for any.  0 or -errno. */
int rate_params_constrain(snd_pcm_ioplug_t *io, snd_pcm_t *slave, unsigned int rate_hz);

/*
 * Set the slave's for io, whose own are set, and say how many frames its buffer
 * and the reserve in it have.  0 or -errno.
 */
int rate_params_set_slave(const snd_pcm_ioplug_t *io, snd_pcm_t *slave, snd_pcm_format_t format,
			  unsigned int rate_hz, snd_pcm_uframes_t *buffer,
			  snd_pcm_uframes_t *reserve);

#endif
