/* alsa-crossfeed - ALSA's names for the sample formats, and ALSA's areas as pairs of channels */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#ifndef ALSA_SAMPLES_H
#define ALSA_SAMPLES_H

#include <alsa/asoundlib.h>
#include <stdbool.h>

#include "samples.h"

/* ALSA's name of one of our formats. */
snd_pcm_format_t alsa_samples_format(enum format format);

/* Our name of ALSA's, into format; false if it is none of ours. */
bool alsa_samples_find(enum format *format, snd_pcm_format_t alsa_format);

/* All our formats by ALSA's names, as the plugins' parameter lists want them. */
void alsa_samples_list(unsigned int list[FORMATS]);

/*
 * Two channels of an application's or a slave's areas, from frame offset on.
 * Their samples begin at whole bytes, as those of all our formats do.  Real-time safe.
 */
struct samples_area alsa_samples_pair(const snd_pcm_channel_area_t *left,
				      const snd_pcm_channel_area_t *right,
				      snd_pcm_uframes_t offset);

/*
 * Read frames of channel and the one after it from an application's areas, as
 * samples_read() does.  Where it is the last of channels, both are the same.
 * Real-time safe.
 */
void alsa_samples_read_pair(double *pairs, const snd_pcm_channel_area_t *areas,
			    unsigned int channel, unsigned int channels,
			    snd_pcm_uframes_t offset, enum format format, size_t frames);

/* Read frames of all channels, interleaved, full scale 1.  Real-time safe. */
void alsa_samples_read(float *to, const snd_pcm_channel_area_t *areas, snd_pcm_uframes_t offset,
		       unsigned int channels, enum format format, size_t frames);

#endif
