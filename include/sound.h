/* alsa-crossfeed - everything that changes samples: crossfeed, headroom, brightness, gain, volume */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#ifndef SOUND_H
#define SOUND_H

#include <stdbool.h>
#include <stddef.h>

#include "amp.h"
#include "crossfeed.h"
#include "filter.h"

/*
 * Headroom.  Unless headroom_db is 0, all positions of crossfeed, preset,
 * level and brightness come equally loud (crossfeed_loudness()): each filter is
 * trimmed to the loudness of the stream, and all are then lowered by the same.
 * 0 is the filter as it is designed.
 *
 * safe and sine lower by what is enough for every preset and brightness at
 * 48 kHz to 0.1 dB.  A filter that needs more, by its level or at a higher
 * rate, is lowered further, and so is then quieter than the others.
 */
#define SOUND_HEADROOM_SAFE (-1.0)	/* 6 dB: no input within full scale can clip */
#define SOUND_HEADROOM_SINE (-2.0)	/* 3 dB: no sine can clip */

/* What crossfeed off means. */
enum sound_bypass {
	SOUND_BYPASS_MATCHED,	/* as loud as on */
	SOUND_BYPASS_DIRECT,	/* untouched: no headroom for a filter that is off */
};

/* Plain values; ranges as settings.h refuses them. */
struct sound_params {
	bool crossfeed;
	struct crossfeed_params filter;
	enum crossfeed_brightness brightness;
	double headroom_db;		/* 0 (none) .. 20 of attenuation, or one of the above */
	enum sound_bypass bypass;
	double gain_db;			/* -40 .. 20 */
	double volume_db;		/* -80 .. 0, or -INFINITY for mute */
};

struct sound {
	struct sound_params params;
	unsigned int rate_hz;
	double full_scale;
	double headroom_db;		/* in force */
	double trim_db;
	struct filter filter;
	struct amp amp;
};

/*
 * Set up for a stream at rate_hz (CROSSFEED_RATE_MIN_HZ .. MAX_HZ), silent
 * memory, at params at once.  full_scale is the largest output sample that
 * must not be exceeded under headroom safe, at most 1.  Returns 0 or -EINVAL.
 * Not real-time.
 */
int sound_init(struct sound *s, const struct sound_params *params, unsigned int rate_hz,
	       double full_scale);

/*
 * Glide to other params within 28 ms, without a corner; the level of a sequence
 * of changes comes to rest 250 ms behind the last (amp.h).  May be called at any
 * time between two sound_process(), by the same thread.  Takes up to some 100
 * microseconds at the highest rate: no heap, no lock, no call out.
 */
void sound_set(struct sound *s, const struct sound_params *params);

/* Forget the past, and be at the newest params at once. */
void sound_reset(struct sound *s);

/* True while sound_process() would change nothing, now and later. */
bool sound_is_neutral(const struct sound *s);

/*
 * Process interleaved stereo frames (left first, full scale 1) in place.  Any
 * block size gives the same samples.  Real-time.
 */
void sound_process(struct sound *s, double *lr, size_t frames);

/* The attenuation in force, in dB, 0 or positive; without the trim. */
double sound_headroom_db(const struct sound *s);

/* What makes the filter in force as loud as the stream, in dB of either sign. */
double sound_trim_db(const struct sound *s);

#endif
