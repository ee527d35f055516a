/* alsa-crossfeed - the sound: filter and amplifier, as the settings ask for them */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#ifndef SOUND_H
#define SOUND_H

#include <stdbool.h>
#include <stddef.h>

#include "amp.h"
#include "filter.h"
#include "settings.h"

/*
 * The way of a stereo stream from the player to the slave, and who does what:
 *
 *   player
 *     |   rate_stage, resampler      the slave's rate, where it has not the stream's
 *     |   samples, alsa_samples      any format -> double, full scale 1
 *     |   channels, downmix          one to eight channels -> left and right
 *     |
 *     |   sound                      what the settings ask for:
 *     |     filter                     two paths, own and other channel, to each ear;
 *     |       crossfeed                  designs them: crossfeed, brightness
 *     |       trim, headroom             are part of their weights
 *     |     amp                        gain, volume, mute
 *     |
 *     |   quantiser                  the DAC's bits, with dither; clips, never wraps
 *     |   samples                    -> the slave's format
 *   slave
 *
 * pcm_crossfeed.c takes it there, block by block; loops holds the inner loops of
 * samples, filter and quantiser.  "Real-time safe" in a header means that a
 * function takes no lock, allocates nothing and calls nothing that may wait, as
 * all do on this way.  A function that is not marked so may do any of that.
 *
 * Headroom.  Unless the setting is 0, all positions of crossfeed, preset, level
 * and brightness come equally loud (crossfeed_loudness()): each filter is trimmed
 * to the loudness of the stream, and all are then lowered by the same.  0 is the
 * filter as it is designed.
 *
 * SETTINGS_HEADROOM_SAFE, 6 dB, and SETTINGS_HEADROOM_SINE, 3 dB, are enough for
 * every preset and brightness at 48 kHz to 0.1 dB.  A filter that needs more, by
 * its level or at a higher rate, is lowered further, and so is then quieter than
 * the others.
 */

struct sound {
	struct settings settings;
	unsigned int rate_hz;
	double full_scale;		/* the largest sample the output can hold */
	double headroom_db;		/* in force */
	double trim_db;			/* in force */
	struct filter filter;
	struct amp amp;
};

/*
 * Set up for a stream at rate_hz (CROSSFEED_RATE_MIN_HZ .. MAX_HZ), silent
 * memory, at these settings at once.  full_scale is the largest output sample that
 * must not be exceeded under headroom safe, at most 1.  Returns 0 or -EINVAL.
 */
int sound_init(struct sound *s, const struct settings *settings, unsigned int rate_hz,
	       double full_scale);

/*
 * Glide to other settings within 28 ms, without a corner; the level of a sequence
 * of changes comes to rest 250 ms behind the last (amp.h).  May be called at any
 * time between two sound_process(), by the same thread.  Takes up to some 100
 * microseconds at the highest rate.  Real-time safe.
 */
void sound_set(struct sound *s, const struct settings *settings);

/* Forget the past, and be at the newest settings at once.  Real-time safe. */
void sound_reset(struct sound *s);

/* True while sound_process() would change nothing, now and later. */
bool sound_is_neutral(const struct sound *s);

/*
 * Process interleaved stereo frames (left first, full scale 1) in place.  Any
 * block size gives the same samples.  Real-time safe.
 */
void sound_process(struct sound *s, double *lr, size_t frames);

/* The attenuation in force, in dB, 0 or positive; without the trim. */
double sound_headroom_db(const struct sound *s);

/* What makes the filter in force as loud as the stream, in dB of either sign. */
double sound_trim_db(const struct sound *s);

#endif
