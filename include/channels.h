/* alsa-crossfeed - ALSA's channel maps as fold-downs */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#ifndef CHANNELS_H
#define CHANNELS_H

#include <alsa/asoundlib.h>

#include "downmix.h"

/* A stream's channel map, and what it makes of the channels.  Plain data. */
struct channels {
	unsigned int count;
	unsigned int position[DOWNMIX_CHANNELS_MAX];	/* enum snd_pcm_chmap_position */
	struct downmix downmix;
};

/*
 * The map of 1 .. 8 channels that an application means which sets none: the
 * orders of ALSA's surround devices, 2.1, 4.0, 5.0, 5.1 and 7.1, and for seven
 * channels 6.1.  Returns 0 or -EINVAL.
 */
int channels_default(struct channels *channels, unsigned int count);

/*
 * Take an application's map.  Returns 0, or -EINVAL with *channels as it was
 * and one message that names the map: another number of channels, or a place
 * that is none of FL, FR, FC, LFE, RL, RR, SL, SR, RC, NA (in mono MONO, too).
 */
int channels_set(struct channels *channels, const snd_pcm_chmap_t *map);

/* The map in force, to be freed by the caller; NULL without memory. */
snd_pcm_chmap_t *channels_map(const struct channels *channels);

/*
 * The maps that an application may set, for snd_pcm_query_chmaps(); the places
 * in each may be in any order.  NULL without memory.
 */
snd_pcm_chmap_query_t **channels_query(void);

#endif
