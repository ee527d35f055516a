/* alsa-crossfeed - the hardware parameters on both sides of a rate conversion */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "rate_params.h"

#include <errno.h>

#include "alsa_samples.h"
#include "crossfeed.h"
#include "downmix.h"

/* 16 frames of 16 bits; no card has shorter periods. */
enum { PERIOD_BYTES_MIN = 32 };

/* What the longest buffer may cost, however large the slave's is, or has at least. */
enum { BUFFER_BYTES_MAX = 8 << 20, BUFFER_BYTES_LEAST = 64 << 10 };

/* --- the application's ---------------------------------------------------------------------- */

/* What the slave offers at the rate wanted. */
struct range {
	snd_pcm_uframes_t period_max, buffer_max;	/* frames */
	unsigned int rate_max_hz, period_min_us;
};

/* -errno if the slave has not got that rate. */
static int ask_slave(struct range *range, snd_pcm_t *slave, unsigned int rate_hz)
{
	snd_pcm_hw_params_t *hw;
	int err;

	snd_pcm_hw_params_alloca(&hw);
	err = snd_pcm_hw_params_any(slave, hw);
	if (err >= 0 && rate_hz)
		err = snd_pcm_hw_params_set_rate(slave, hw, rate_hz, 0);
	if (err < 0) {
		SNDERR("crossfeed: rate %u: the slave cannot be run at this rate (Hz)", rate_hz);
		return err;
	}
	if (snd_pcm_hw_params_get_buffer_size_max(hw, &range->buffer_max) < 0 ||
	    snd_pcm_hw_params_get_period_size_max(hw, &range->period_max, NULL) < 0 ||
	    snd_pcm_hw_params_get_period_time_min(hw, &range->period_min_us, NULL) < 0 ||
	    snd_pcm_hw_params_get_rate_max(hw, &range->rate_max_hz, NULL) < 0)
		return -EINVAL;
	return 0;
}

/* Of a stream of 8 bytes a frame at 96 kHz, or at the slave's rate if that is more; or least. */
static unsigned int usual_bytes(const struct range *range, snd_pcm_uframes_t frames,
				unsigned int least)
{
	uint64_t bytes = (uint64_t)frames * 8;

	if (range->rate_max_hz < 96000)
		bytes = bytes * 96000 / range->rate_max_hz;
	if (bytes < least)
		return least;
	return bytes < BUFFER_BYTES_MAX ? (unsigned int)bytes : BUFFER_BYTES_MAX;
}

/* Of the thinnest stream, so that none is refused what the slave has. */
static unsigned int shortest_bytes(const struct range *range)
{
	uint64_t bytes = (uint64_t)range->period_min_us * 2 * CROSSFEED_RATE_MIN_HZ / 1000000;

	return bytes < PERIOD_BYTES_MIN ? PERIOD_BYTES_MIN : (unsigned int)bytes;
}

/*
 * The bytes are guesses.  A stream wider than usual gets less time than the
 * slave has, a thinner one more, which the ring holds.
 */
static int set_limits(snd_pcm_ioplug_t *io, const struct range *range)
{
	const unsigned int bytes_min = shortest_bytes(range);
	const unsigned int bytes_max = usual_bytes(range, range->buffer_max, BUFFER_BYTES_LEAST);
	const unsigned int period_max = usual_bytes(range, range->period_max,
						    BUFFER_BYTES_LEAST / 2);
	const struct {
		int type;
		unsigned int min, max;
	} limits[] = {
		{ SND_PCM_IOPLUG_HW_CHANNELS, 1, DOWNMIX_CHANNELS_MAX },
		{ SND_PCM_IOPLUG_HW_RATE, CROSSFEED_RATE_MIN_HZ, CROSSFEED_RATE_MAX_HZ },
		{ SND_PCM_IOPLUG_HW_PERIOD_BYTES, bytes_min,
		  period_max < bytes_max / 2 ? period_max : bytes_max / 2 },
		{ SND_PCM_IOPLUG_HW_BUFFER_BYTES, 2 * bytes_min, bytes_max },
		{ SND_PCM_IOPLUG_HW_PERIODS, 2, 1024 },
	};
	int err = 0;

	for (size_t n = 0; err == 0 && n < sizeof(limits) / sizeof(limits[0]); n++)
		err = snd_pcm_ioplug_set_param_minmax(io, limits[n].type, limits[n].min,
						      limits[n].max);
	return err;
}

int rate_params_constrain(snd_pcm_ioplug_t *io, snd_pcm_t *slave, unsigned int rate_hz)
{
	const unsigned int access[] = {
		SND_PCM_ACCESS_RW_INTERLEAVED, SND_PCM_ACCESS_RW_NONINTERLEAVED,
		SND_PCM_ACCESS_MMAP_INTERLEAVED, SND_PCM_ACCESS_MMAP_NONINTERLEAVED,
	};
	unsigned int formats[FORMATS];
	struct range range;
	int err = ask_slave(&range, slave, rate_hz);

	alsa_samples_list(formats);
	if (err == 0)
		err = snd_pcm_ioplug_set_param_list(io, SND_PCM_IOPLUG_HW_ACCESS, 4, access);
	if (err == 0)
		err = snd_pcm_ioplug_set_param_list(io, SND_PCM_IOPLUG_HW_FORMAT, FORMATS,
						    formats);
	return err < 0 ? err : set_limits(io, &range);
}

/* --- the slave's ---------------------------------------------------------------------------- */

/* The least at or above frames, or the nearest to the longest part of it that there is. */
static int set_period(snd_pcm_t *slave, snd_pcm_hw_params_t *hw, snd_pcm_uframes_t frames)
{
	snd_pcm_uframes_t max, least;
	int err = snd_pcm_hw_params_get_period_size_max(hw, &max, NULL);

	if (err < 0)
		return err;
	if (max < frames) {
		snd_pcm_uframes_t parts = (frames + max - 1) / max;

		frames = (frames + parts - 1) / parts;
	}
	least = frames;
	if (snd_pcm_hw_params_set_period_size_min(slave, hw, &least, NULL) < 0)
		return snd_pcm_hw_params_set_period_size_near(slave, hw, &frames, NULL);
	return snd_pcm_hw_params_set_period_size_first(slave, hw, &frames, NULL);
}

/* The least at or above *frames, or the most there is. */
static int set_buffer(snd_pcm_t *slave, snd_pcm_hw_params_t *hw, snd_pcm_uframes_t *frames)
{
	if (snd_pcm_hw_params_set_buffer_size_min(slave, hw, frames) == 0)
		return snd_pcm_hw_params_set_buffer_size_first(slave, hw, frames);
	return snd_pcm_hw_params_set_buffer_size_last(slave, hw, frames);
}

static int set_sizes(const snd_pcm_ioplug_t *io, snd_pcm_t *slave, snd_pcm_hw_params_t *hw,
		     unsigned int rate_hz, snd_pcm_uframes_t *buffer, snd_pcm_uframes_t *reserve)
{
	const snd_pcm_uframes_t own_period = rate_params_frames(io->period_size, io->rate, rate_hz);
	const snd_pcm_uframes_t own_buffer = rate_params_frames(io->buffer_size, io->rate, rate_hz);
	snd_pcm_uframes_t period;
	int err;

	*buffer = own_buffer;
	/* first what is wanted most, and the period out of what that leaves */
	if (snd_pcm_hw_params_set_buffer_size_min(slave, hw, buffer) < 0)
		snd_pcm_hw_params_set_buffer_size_last(slave, hw, buffer);
	err = set_period(slave, hw, own_period);
	if (err >= 0)
		err = snd_pcm_hw_params_get_period_size(hw, &period, NULL);
	if (err < 0)
		return err;
	*reserve = period > own_period ? 2 * (period - own_period) : 0;
	*buffer = own_buffer + *reserve;
	err = set_buffer(slave, hw, buffer);
	if (*buffer < own_buffer + *reserve)
		*reserve = *buffer > own_buffer ? *buffer - own_buffer : 0;
	return err;
}

int rate_params_set_slave(const snd_pcm_ioplug_t *io, snd_pcm_t *slave, snd_pcm_format_t format,
			  unsigned int rate_hz, snd_pcm_uframes_t *buffer,
			  snd_pcm_uframes_t *reserve)
{
	snd_pcm_hw_params_t *hw;
	int err;

	snd_pcm_hw_params_alloca(&hw);
	err = snd_pcm_hw_params_any(slave, hw);
	if (err >= 0)
		err = snd_pcm_hw_params_set_access(slave, hw, SND_PCM_ACCESS_RW_INTERLEAVED);
	if (err >= 0)
		err = snd_pcm_hw_params_set_format(slave, hw, format);
	if (err >= 0)
		err = snd_pcm_hw_params_set_channels(slave, hw, io->channels);
	if (err >= 0)
		err = snd_pcm_hw_params_set_rate(slave, hw, rate_hz, 0);
	if (err >= 0)
		err = set_sizes(io, slave, hw, rate_hz, buffer, reserve);
	return err < 0 ? err : snd_pcm_hw_params(slave, hw);
}
