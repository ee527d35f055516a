/* alsa-crossfeed - ALSA rate converter module over libsamplerate */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * ALSA's rate layer (type rate, type plug) calls this module with one whole
 * period of the player at a time, and wants one whole period of the slave back.
 *
 * It is chosen by name, `converter` in a rate PCM and `rate_converter` in a
 * plug PCM:
 *
 *	converter "crossfeed_best"	# or _medium, _fastest; crossfeed is _best
 *
 *	converter {
 *		name crossfeed
 *		quality best		# medium, fastest
 *		pad_bits 0		# 0..4, each takes 6.02 dB off
 *	}
 *
 * The pad is for a slave that gives the level back (by the same power of two,
 * so without any rounding): a peak between two samples of a loud recording is
 * above full scale, and only with a pad does it fit an integer. The sum of the
 * filter's taps, each taken positive, is at most 2.97 (best; medium 2.36,
 * fastest 1.90): with 2 bits no input at all can clip, and of 32 bits 30 remain.
 *
 * alsa-lib looks for libasound_module_rate_NAME.so and in it for an open
 * function called after NAME, so the plain names are links to this one file.
 */

#include <alsa/asoundlib.h>
#include <alsa/pcm_rate.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "alsa_samples.h"
#include "quantiser.h"
#include "resampler.h"

/* First protocol with formats other than S16: alsa-lib 1.2.6. */
#define PROTOCOL_MIN 0x010003

#define PAD_BITS_MAX 4

/*
 * What is offered to players. libsamplerate's limit is a ratio of 256, which
 * no pair of these rates comes near.
 */
#define RATE_MIN_HZ 4000
#define RATE_MAX_HZ 768000

/* Frames written at a time. */
enum { BLOCK_FRAMES = 256 };

/* Longest sample of an integer format. */
enum { INTEGER_BYTES_MAX = 4 };

struct rate_crossfeed {
	enum resampler_quality quality;
	int pad_bits;

	snd_pcm_rate_info_t info;
	enum samples_format in_format, out_format;
	struct resampler resampler;
	struct quantiser quantiser;	/* to the output's width, without dither */
	float *in;
	float *out;
	bool ready;			/* from init to free */
};

/*
 * Ours, but floating point: ALSA's rate layer has none. S24_3LE is not only a
 * kindness: alsa-lib's own conversion to it in there (seen in 1.2.8) writes four
 * bytes at every third, so each channel spoils the other's last byte.
 */
static bool find_format(enum samples_format *format, snd_pcm_format_t alsa_format)
{
	return alsa_samples_find(format, alsa_format) && samples_is_integer(*format);
}

static double pad_factor(const struct rate_crossfeed *rate)
{
	return ldexp(1, -rate->pad_bits);
}

/*
 * The areas are used as they are, also with one block per channel: alsa-lib
 * asks for the player's layout when a module wants frames interleaved, but not
 * for the slave's.
 */
static void read_areas(struct rate_crossfeed *rate, const snd_pcm_channel_area_t *areas,
		       snd_pcm_uframes_t offset)
{
	const size_t samples = rate->resampler.in_frames * rate->info.channels;
	const float pad = (float)pad_factor(rate);

	alsa_samples_read(rate->in, areas, offset, rate->info.channels, rate->in_format,
			  rate->resampler.in_frames);
	for (size_t i = 0; i < samples; i++)
		rate->in[i] *= pad;
}

/* Two channels of a block, rounded to the nearest integers, full scale for what is beyond it. */
static void write_pair(struct rate_crossfeed *rate, const snd_pcm_channel_area_t *areas,
		       unsigned int channel, snd_pcm_uframes_t offset, const double *pairs,
		       size_t frames)
{
	/* an odd last channel's other half */
	unsigned char nowhere[INTEGER_BYTES_MAX];
	const snd_pcm_channel_area_t no_area = { .addr = nowhere };
	const bool odd = channel + 1 == rate->info.channels;
	const struct samples_area to =
		alsa_samples_pair(&areas[channel], odd ? &no_area : &areas[channel + 1], offset);
	int32_t codes[2 * BLOCK_FRAMES];

	quantiser_process(&rate->quantiser, codes, pairs, frames, false);
	samples_write_codes(&to, rate->out_format, codes, rate->quantiser.bits, frames);
}

/* The same two channels of what was converted. */
static void pick_pair(const struct rate_crossfeed *rate, double *pairs, unsigned int channel,
		      size_t first, size_t frames)
{
	const size_t channels = rate->info.channels;
	const float *out = rate->out + first * channels + channel;
	const bool odd = channel + 1 == channels;

	for (size_t n = 0; n < frames; n++) {
		pairs[2 * n] = (double)out[n * channels];
		pairs[2 * n + 1] = odd ? 0 : (double)out[n * channels + 1];
	}
}

/*
 * Equal periods: nothing to convert, as with `rate 48000` and a stream that is
 * at 48 kHz. Sample by sample, because a float would not hold 32 bits.
 */
static bool is_copy(const struct rate_crossfeed *rate)
{
	return rate->info.in.period_size == rate->info.out.period_size;
}

static void copy_pair(const struct rate_crossfeed *rate, double *pairs,
		      const snd_pcm_channel_area_t *areas, unsigned int channel,
		      snd_pcm_uframes_t offset, size_t frames)
{
	const double pad = pad_factor(rate);

	alsa_samples_read_pair(pairs, areas, channel, rate->info.channels, offset,
			       rate->in_format, frames);
	for (size_t i = 0; i < 2 * frames; i++)
		pairs[i] *= pad;
}

/* What was converted, or the source's own where the rates are equal. */
static void write_areas(struct rate_crossfeed *rate, const snd_pcm_channel_area_t *dst_areas,
			snd_pcm_uframes_t dst_offset, const snd_pcm_channel_area_t *src_areas,
			snd_pcm_uframes_t src_offset)
{
	const size_t frames = rate->info.out.period_size;
	double pairs[2 * BLOCK_FRAMES];

	for (unsigned int channel = 0; channel < rate->info.channels; channel += 2)
		for (size_t done = 0; done < frames; done += BLOCK_FRAMES) {
			const size_t left = frames - done;
			const size_t part = left < BLOCK_FRAMES ? left : BLOCK_FRAMES;

			if (is_copy(rate))
				copy_pair(rate, pairs, src_areas, channel, src_offset + done, part);
			else
				pick_pair(rate, pairs, channel, done, part);
			write_pair(rate, dst_areas, channel, dst_offset + done, pairs, part);
		}
}

static void rate_free(void *obj)
{
	struct rate_crossfeed *rate = obj;

	resampler_free(&rate->resampler);
	free(rate->in);
	free(rate->out);
	rate->in = NULL;
	rate->out = NULL;
	rate->ready = false;
}

static int buffers_alloc(struct rate_crossfeed *rate)
{
	const size_t channels = rate->info.channels;

	rate->in = calloc(rate->resampler.in_frames * channels, sizeof(*rate->in));
	rate->out = calloc(rate->resampler.out_frames * channels, sizeof(*rate->out));
	return rate->in && rate->out ? 0 : -ENOMEM;
}

static int start_converting(struct rate_crossfeed *rate)
{
	const snd_pcm_rate_info_t *info = &rate->info;
	int err = resampler_init(&rate->resampler, rate->quality, info->channels,
				 info->in.period_size, info->out.period_size);

	if (err < 0)
		return err;
	err = buffers_alloc(rate);
	if (err < 0)
		rate_free(rate);
	return err;
}

/* hw_params: the only place where the stream's memory is taken. */
static int rate_init(void *obj, snd_pcm_rate_info_t *info)
{
	struct rate_crossfeed *rate = obj;
	int err = 0;

	rate_free(rate);
	memset(&rate->resampler, 0, sizeof(rate->resampler));
	rate->info = *info;
	if (!find_format(&rate->in_format, info->in.format) ||
	    !find_format(&rate->out_format, info->out.format))
		return -EINVAL;
	quantiser_init(&rate->quantiser, samples_bits(rate->out_format));
	if (!is_copy(rate))
		err = start_converting(rate);
	rate->ready = err == 0;
	return err;
}

/* prepare */
static void rate_reset(void *obj)
{
	struct rate_crossfeed *rate = obj;

	if (rate->out)
		resampler_reset(&rate->resampler);
}

static void rate_convert(void *obj, const snd_pcm_channel_area_t *dst_areas,
			 snd_pcm_uframes_t dst_offset, unsigned int dst_frames,
			 const snd_pcm_channel_area_t *src_areas,
			 snd_pcm_uframes_t src_offset, unsigned int src_frames)
{
	struct rate_crossfeed *rate = obj;

	/* Always whole periods so far; if that ever changes, silence beats an overrun. */
	if (src_frames != rate->info.in.period_size || dst_frames != rate->info.out.period_size) {
		snd_pcm_areas_silence(dst_areas, dst_offset, rate->info.channels, dst_frames,
				      rate->info.out.format);
		return;
	}

	if (!is_copy(rate)) {
		read_areas(rate, src_areas, src_offset);
		resampler_process(&rate->resampler, rate->out, rate->in);
	}
	write_areas(rate, dst_areas, dst_offset, src_areas, src_offset);
}

/*
 * frames x to / from, rounded down. ALSA hands a delay over as an unsigned
 * number even when it is negative (after an underrun).
 */
static snd_pcm_sframes_t frames_scale(snd_pcm_sframes_t frames, snd_pcm_uframes_t to,
				      snd_pcm_uframes_t from)
{
	const snd_pcm_sframes_t block = (snd_pcm_sframes_t)from;
	const snd_pcm_sframes_t scaled = (snd_pcm_sframes_t)to;

	if (block < 1)
		return frames;
	return frames / block * scaled + frames % block * scaled / block;
}

/*
 * Frames of the slave as frames of the player. The rate layer uses the
 * difference of two results to follow the slave's position, where a constant
 * cancels out, and the result itself as the delay of what the slave still
 * holds. So this is where the converter's own delay is made known:
 * snd_pcm_delay() of a playback stream includes it. (alsa-lib 1.1.4 and newer.
 * A capture stream does not learn of it.)
 */
static snd_pcm_uframes_t rate_input_frames(void *obj, snd_pcm_uframes_t frames)
{
	struct rate_crossfeed *rate = obj;
	const snd_pcm_sframes_t input =
		frames_scale((snd_pcm_sframes_t)frames, rate->info.in.period_size,
			     rate->info.out.period_size);

	return (snd_pcm_uframes_t)input + rate->resampler.latency_frames;
}

/*
 * Frames of the player as frames of the slave. Without the delay: drain asks
 * for the length of the last, incomplete period here, and what is behind it in
 * the player's buffer is old.
 */
static snd_pcm_uframes_t rate_output_frames(void *obj, snd_pcm_uframes_t frames)
{
	struct rate_crossfeed *rate = obj;

	return (snd_pcm_uframes_t)frames_scale((snd_pcm_sframes_t)frames,
					       rate->info.out.period_size,
					       rate->info.in.period_size);
}

static void rate_close(void *obj)
{
	rate_free(obj);
	free(obj);
}

static int rate_supported_rates(void *obj, unsigned int *rate_min, unsigned int *rate_max)
{
	(void)obj;
	*rate_min = RATE_MIN_HZ;
	*rate_max = RATE_MAX_HZ;
	return 0;
}

/* No flags: any layout, and the two formats may differ. */
static int rate_supported_formats(void *obj, uint64_t *in_formats, uint64_t *out_formats,
				  unsigned int *flags)
{
	uint64_t formats = 0;

	(void)obj;
	for (int f = 0; f < SAMPLES_FORMATS; f++)
		if (samples_is_integer((enum samples_format)f))
			formats |= UINT64_C(1) << alsa_samples_format((enum samples_format)f);

	*in_formats = formats;
	*out_formats = formats;
	*flags = 0;
	return 0;
}

/* How far a tone is off because whole periods are converted into whole periods. */
static double pitch_error_ppm(const snd_pcm_rate_info_t *info)
{
	const double in_s = (double)info->in.period_size / info->in.rate;
	const double out_s = (double)info->out.period_size / info->out.rate;

	return (in_s / out_s - 1) * 1e6;
}

static void rate_dump(void *obj, snd_output_t *out)
{
	const struct rate_crossfeed *rate = obj;
	const snd_pcm_rate_info_t *info = &rate->info;

	snd_output_printf(out, "Converter: crossfeed, libsamplerate %s, pad %.2f dB\n",
			  resampler_quality_name(rate->quality), 20 * log10(2) * rate->pad_bits);
	if (!rate->ready)
		return;

	snd_output_printf(out, "  %u -> %u Hz by %lu -> %lu frames, pitch %+.1f ppm\n",
			  info->in.rate, info->out.rate, info->in.period_size,
			  info->out.period_size, pitch_error_ppm(info));
	if (is_copy(rate)) {
		snd_output_printf(out, "  %s -> %s, copied\n",
				  snd_pcm_format_name(info->in.format),
				  snd_pcm_format_name(info->out.format));
		return;
	}
	snd_output_printf(out, "  %s -> %s, delay %zu frames, %lu errors, %" PRIu64
			  " clipped samples\n",
			  snd_pcm_format_name(info->in.format),
			  snd_pcm_format_name(info->out.format), rate->resampler.latency_frames,
			  rate->resampler.errors, rate->quantiser.clipped);
}

static const snd_pcm_rate_ops_t rate_ops = {
	.close = rate_close,
	.init = rate_init,
	.free = rate_free,
	.reset = rate_reset,
	.convert = rate_convert,
	.input_frames = rate_input_frames,
	.output_frames = rate_output_frames,
	.version = SND_PCM_RATE_PLUGIN_VERSION,
	.get_supported_rates = rate_supported_rates,
	.dump = rate_dump,
	.get_supported_formats = rate_supported_formats,
};

static int rate_open(unsigned int version, void **objp, snd_pcm_rate_ops_t *ops,
		     enum resampler_quality quality, int pad_bits)
{
	struct rate_crossfeed *rate;

	/* alsa-lib tries an older protocol after any error: not worth a message. */
	if (version < PROTOCOL_MIN)
		return -EINVAL;

	rate = calloc(1, sizeof(*rate));
	if (!rate)
		return -ENOMEM;

	rate->quality = quality;
	rate->pad_bits = pad_bits;
	*objp = rate;
	*ops = rate_ops;
	return 0;
}

static int load_quality(const snd_config_t *node, enum resampler_quality *quality)
{
	const char *name;
	int found = -EINVAL;

	if (snd_config_get_string(node, &name) == 0)
		found = resampler_quality_parse(name);
	if (found < 0) {
		SNDERR("rate converter crossfeed: quality: expected best, medium or fastest");
		return found;
	}

	*quality = (enum resampler_quality)found;
	return 0;
}

static int load_pad_bits(const snd_config_t *node, int *pad_bits)
{
	long value;

	if (snd_config_get_integer(node, &value) < 0 || value < 0 || value > PAD_BITS_MAX) {
		SNDERR("rate converter crossfeed: pad_bits: expected 0..%d", PAD_BITS_MAX);
		return -EINVAL;
	}

	*pad_bits = (int)value;
	return 0;
}

static int load_key(const char *key, const snd_config_t *node, enum resampler_quality *quality,
		    int *pad_bits)
{
	if (strcmp(key, "name") == 0 || strcmp(key, "comment") == 0)
		return 0;
	if (strcmp(key, "quality") == 0)
		return load_quality(node, quality);
	if (strcmp(key, "pad_bits") == 0)
		return load_pad_bits(node, pad_bits);

	SNDERR("rate converter crossfeed: unknown key %s: expected quality or pad_bits", key);
	return -EINVAL;
}

static int load_conf(const snd_config_t *conf, enum resampler_quality *quality, int *pad_bits)
{
	snd_config_iterator_t i, next;

	snd_config_for_each(i, next, conf) {
		const snd_config_t *node = snd_config_iterator_entry(i);
		const char *key;
		int err;

		if (snd_config_get_id(node, &key) < 0)
			continue;
		err = load_key(key, node, quality, pad_bits);
		if (err < 0)
			return err;
	}
	return 0;
}

/* alsa-lib finds these by name and declares no prototypes; clang asks for them. */
int SND_PCM_RATE_PLUGIN_CONF_ENTRY(crossfeed)(unsigned int version, void **objp,
					      snd_pcm_rate_ops_t *ops, const snd_config_t *conf);
int SND_PCM_RATE_PLUGIN_ENTRY(crossfeed_best)(unsigned int version, void **objp,
					      snd_pcm_rate_ops_t *ops);
int SND_PCM_RATE_PLUGIN_ENTRY(crossfeed_medium)(unsigned int version, void **objp,
						snd_pcm_rate_ops_t *ops);
int SND_PCM_RATE_PLUGIN_ENTRY(crossfeed_fastest)(unsigned int version, void **objp,
						 snd_pcm_rate_ops_t *ops);

/* `conf` is the compound, or NULL when only the name was given. */
int SND_PCM_RATE_PLUGIN_CONF_ENTRY(crossfeed)(unsigned int version, void **objp,
					      snd_pcm_rate_ops_t *ops, const snd_config_t *conf)
{
	enum resampler_quality quality = RESAMPLER_BEST;
	int pad_bits = 0;
	int err;

	err = conf ? load_conf(conf, &quality, &pad_bits) : 0;
	if (err < 0)
		return err;
	return rate_open(version, objp, ops, quality, pad_bits);
}

int SND_PCM_RATE_PLUGIN_ENTRY(crossfeed_best)(unsigned int version, void **objp,
					      snd_pcm_rate_ops_t *ops)
{
	return rate_open(version, objp, ops, RESAMPLER_BEST, 0);
}

int SND_PCM_RATE_PLUGIN_ENTRY(crossfeed_medium)(unsigned int version, void **objp,
						snd_pcm_rate_ops_t *ops)
{
	return rate_open(version, objp, ops, RESAMPLER_MEDIUM, 0);
}

int SND_PCM_RATE_PLUGIN_ENTRY(crossfeed_fastest)(unsigned int version, void **objp,
						 snd_pcm_rate_ops_t *ops)
{
	return rate_open(version, objp, ops, RESAMPLER_FASTEST, 0);
}
