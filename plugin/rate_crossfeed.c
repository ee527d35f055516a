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
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

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

/* An integer sample as it lies in memory. */
struct sample_format {
	snd_pcm_format_t format;
	double full_scale;
	int32_t (*get)(const char *at);
	void (*put)(char *at, int32_t value);
};

struct rate_crossfeed {
	enum resampler_quality quality;
	int pad_bits;

	snd_pcm_rate_info_t info;
	const struct sample_format *in_format;
	const struct sample_format *out_format;
	struct resampler resampler;
	float *in;
	float *out;
	unsigned long clipped_samples;
};

static int32_t get_s16(const char *at)
{
	int16_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static void put_s16(char *at, int32_t value)
{
	int16_t narrow = (int16_t)value;

	memcpy(at, &narrow, sizeof(narrow));
}

static int32_t get_s32(const char *at)
{
	int32_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static void put_s32(char *at, int32_t value)
{
	memcpy(at, &value, sizeof(value));
}

/* The low three bytes of four; nobody promises what is in the fourth. */
static int32_t get_s24(const char *at)
{
	int32_t low = get_s32(at) & 0xffffff;

	return (low ^ 0x800000) - 0x800000;
}

/*
 * Three bytes. Not only a kindness: alsa-lib's own conversion to it inside the
 * rate layer (seen in 1.2.8) writes four bytes at every third, so each channel
 * spoils the other's last byte.
 */
static int32_t get_s24_3le(const char *at)
{
	const unsigned char *byte = (const unsigned char *)at;
	const int32_t low = byte[0] | byte[1] << 8 | byte[2] << 16;

	return (low ^ 0x800000) - 0x800000;
}

static void put_s24_3le(char *at, int32_t value)
{
	const uint32_t bits = (uint32_t)value;

	at[0] = (char)(bits & 0xff);
	at[1] = (char)(bits >> 8 & 0xff);
	at[2] = (char)(bits >> 16 & 0xff);
}

static const struct sample_format sample_formats[] = {
	{ SND_PCM_FORMAT_S16, 0x1p15, get_s16, put_s16 },
	{ SND_PCM_FORMAT_S24, 0x1p23, get_s24, put_s32 },
	{ SND_PCM_FORMAT_S32, 0x1p31, get_s32, put_s32 },
	{ SND_PCM_FORMAT_S24_3LE, 0x1p23, get_s24_3le, put_s24_3le },
};

#define SAMPLE_FORMATS (sizeof(sample_formats) / sizeof(sample_formats[0]))

static const struct sample_format *sample_format_find(snd_pcm_format_t format)
{
	for (size_t i = 0; i < SAMPLE_FORMATS; i++)
		if (sample_formats[i].format == format)
			return &sample_formats[i];
	return NULL;
}

/* What one step of the input's format is worth, behind the pad. */
static double input_unit(const struct rate_crossfeed *rate)
{
	return ldexp(1.0 / rate->in_format->full_scale, -rate->pad_bits);
}

/*
 * The areas are used as they are, also with one block per channel: alsa-lib
 * asks for the player's layout when a module wants frames interleaved, but not
 * for the slave's.
 */
static void read_areas(struct rate_crossfeed *rate, const snd_pcm_channel_area_t *areas,
			 snd_pcm_uframes_t offset)
{
	const struct sample_format *format = rate->in_format;
	const size_t channels = rate->info.channels;
	const size_t frames = rate->resampler.in_frames;
	const double unit = input_unit(rate);

	for (size_t channel = 0; channel < channels; channel++) {
		const char *at = snd_pcm_channel_area_addr(&areas[channel], offset);
		const size_t step = areas[channel].step / 8;

		for (size_t frame = 0; frame < frames; frame++, at += step)
			rate->in[frame * channels + channel] = (float)(format->get(at) * unit);
	}
}

/* Nearest integer, not the next lower one, and full scale for what is beyond it. */
static int32_t quantise(double value, double full_scale)
{
	const double scaled = value * full_scale;

	if (!(scaled > -full_scale))
		return (int32_t)-full_scale;
	if (scaled > full_scale - 1)
		return (int32_t)(full_scale - 1);
	return (int32_t)lrint(scaled);
}

static void write_areas(struct rate_crossfeed *rate, const snd_pcm_channel_area_t *areas,
			  snd_pcm_uframes_t offset)
{
	const struct sample_format *format = rate->out_format;
	const size_t channels = rate->info.channels;
	const size_t frames = rate->resampler.out_frames;

	for (size_t channel = 0; channel < channels; channel++) {
		char *at = snd_pcm_channel_area_addr(&areas[channel], offset);
		const size_t step = areas[channel].step / 8;

		for (size_t frame = 0; frame < frames; frame++, at += step) {
			const double value = (double)rate->out[frame * channels + channel];

			if (fabs(value) > 1.0)
				rate->clipped_samples++;
			format->put(at, quantise(value, format->full_scale));
		}
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

static void copy_areas(const struct rate_crossfeed *rate,
			 const snd_pcm_channel_area_t *dst_areas, snd_pcm_uframes_t dst_offset,
			 const snd_pcm_channel_area_t *src_areas, snd_pcm_uframes_t src_offset)
{
	const double unit = input_unit(rate);
	const double full_scale = rate->out_format->full_scale;

	for (unsigned int channel = 0; channel < rate->info.channels; channel++) {
		const char *src = snd_pcm_channel_area_addr(&src_areas[channel], src_offset);
		char *dst = snd_pcm_channel_area_addr(&dst_areas[channel], dst_offset);

		for (snd_pcm_uframes_t frame = 0; frame < rate->info.in.period_size; frame++) {
			const double value = rate->in_format->get(src) * unit;

			rate->out_format->put(dst, quantise(value, full_scale));
			src += src_areas[channel].step / 8;
			dst += dst_areas[channel].step / 8;
		}
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
	rate->in_format = NULL;
}

static int buffers_alloc(struct rate_crossfeed *rate)
{
	const size_t channels = rate->info.channels;

	rate->in = calloc(rate->resampler.in_frames * channels, sizeof(*rate->in));
	rate->out = calloc(rate->resampler.out_frames * channels, sizeof(*rate->out));
	return rate->in && rate->out ? 0 : -ENOMEM;
}

/* hw_params: the only place where the stream's memory is taken. */
static int rate_init(void *obj, snd_pcm_rate_info_t *info)
{
	struct rate_crossfeed *rate = obj;
	int err;

	rate_free(rate);
	memset(&rate->resampler, 0, sizeof(rate->resampler));
	rate->info = *info;
	rate->clipped_samples = 0;
	rate->in_format = sample_format_find(info->in.format);
	rate->out_format = sample_format_find(info->out.format);
	if (!rate->in_format || !rate->out_format)
		return -EINVAL;
	if (is_copy(rate))
		return 0;

	err = resampler_init(&rate->resampler, rate->quality, info->channels,
			     info->in.period_size, info->out.period_size);
	if (err < 0)
		return err;

	err = buffers_alloc(rate);
	if (err < 0)
		rate_free(rate);
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

	if (is_copy(rate)) {
		copy_areas(rate, dst_areas, dst_offset, src_areas, src_offset);
		return;
	}

	read_areas(rate, src_areas, src_offset);
	resampler_process(&rate->resampler, rate->out, rate->in);
	write_areas(rate, dst_areas, dst_offset);
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
	for (size_t i = 0; i < SAMPLE_FORMATS; i++)
		formats |= UINT64_C(1) << sample_formats[i].format;

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
	if (!rate->in_format)
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
	snd_output_printf(out, "  %s -> %s, delay %zu frames, %lu errors, %lu clipped samples\n",
			  snd_pcm_format_name(info->in.format),
			  snd_pcm_format_name(info->out.format), rate->resampler.latency_frames,
			  rate->resampler.errors, rate->clipped_samples);
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
