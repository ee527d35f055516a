/* alsa-crossfeed - the PCM plugin: its entry point and what alsa-lib calls */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <alsa/asoundlib.h>
#include <alsa/pcm_external.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "alsa_samples.h"
#include "channels.h"
#include "controls.h"
#include "definition.h"
#include "quantiser.h"
#include "rate_stage.h"
#include "samples.h"
#include "slave.h"
#include "sound.h"

/* The oldest plugin interface that has all we use, so that a module built
 * against a newer alsa-lib loads into an older one. */
#define EXTPLUG_VERSION_1_0_2 0x010002

/*
 * So much exact zero is silence, and dither stops: several periods of the lowest
 * tone, which a fade-out without dither may leave as single steps far apart.  All
 * that the filter holds has decayed within a fifth of it.  What is muted is no
 * music, and waits for nothing.
 */
#define SILENCE_SECONDS 0.2
enum { MUTED_SILENCE_FRAMES = 64 };

/* Frames converted at a time; their buffers live on the stack. */
enum { BLOCK_FRAMES = 512 };

struct pcm_crossfeed {
	snd_pcm_extplug_t ext;
	struct settings settings;	/* as configured */
	struct controls controls;	/* as they are now */
	struct sound sound;
	struct quantiser quantiser;
	struct channels channels;
	enum format format, slave_format;
	bool converted;			/* by the rate conversion in front of us */
	size_t position;		/* frames into the current block */
	bool stereo;			/* left and right as they are: nothing to fold down */
	bool configured;		/* hw_params are set */
	bool inexact;			/* the stream has samples finer than the DAC's steps */
};

static struct samples_area area_at(const snd_pcm_channel_area_t *areas, snd_pcm_uframes_t offset)
{
	return alsa_samples_pair(&areas[0], &areas[1], offset);
}

static void read_folded(const struct pcm_crossfeed *pcm, double *lr,
			const snd_pcm_channel_area_t *areas, snd_pcm_uframes_t offset,
			size_t frames)
{
	const struct downmix *downmix = &pcm->channels.downmix;
	double pairs[2 * BLOCK_FRAMES];

	memset(lr, 0, 2 * frames * sizeof(*lr));
	for (unsigned int c = 0; c < downmix->channels; c += 2) {
		/* an odd last channel is read twice, and counts once */
		alsa_samples_read_pair(pairs, areas, c, downmix->channels, offset, pcm->format,
				       frames);
		downmix_add(downmix, lr, pairs, c, frames);
	}
}

static void read_stream(const struct pcm_crossfeed *pcm, double *lr,
			const snd_pcm_channel_area_t *areas, snd_pcm_uframes_t offset,
			size_t frames)
{
	struct samples_area from;

	if (!pcm->stereo) {
		read_folded(pcm, lr, areas, offset, frames);
		return;
	}
	from = area_at(areas, offset);
	samples_read(lr, &from, pcm->format, frames);
}

static void write_codes(struct pcm_crossfeed *pcm, const struct samples_area *to,
			const double *lr, size_t frames, bool dither)
{
	int32_t codes[2 * BLOCK_FRAMES];

	dither = dither && pcm->settings.value[SETTING_DITHER] != 0;
	quantiser_process(&pcm->quantiser, codes, lr, frames, dither);
	samples_write_codes(to, pcm->slave_format, codes, pcm->quantiser.bits, frames);
}

/*
 * A neutral chain passes what fits the DAC as it is: 24-bit music in 32-bit
 * samples, say.  From the first sample on that does not fit, it is rounded, and
 * dithered to the end of the stream, so that the noise floor does not come and go.
 */
static void write_neutral(struct pcm_crossfeed *pcm, const struct samples_area *to,
			  const double *lr, size_t frames)
{
	struct samples_area rest = *to;
	size_t exact = 0;

	if (!pcm->inexact)
		exact = quantiser_exact_frames(&pcm->quantiser, lr, frames);
	write_codes(pcm, to, lr, exact, false);
	if (exact == frames)
		return;
	pcm->inexact = true;
	samples_area_advance(&rest, exact);
	write_codes(pcm, &rest, lr + 2 * exact, frames - exact, true);
}

/* Interleaved stereo frames, in place, to the slave. */
static void transfer_block(struct pcm_crossfeed *pcm, const struct samples_area *to,
			   double *lr, size_t frames)
{
	bool neutral = sound_is_neutral(&pcm->sound);

	if (!neutral)
		sound_process(&pcm->sound, lr, frames);
	if (!format_is_integer(pcm->slave_format))
		samples_write_doubles(to, pcm->slave_format, lr, frames);
	else if (neutral)
		write_neutral(pcm, to, lr, frames);
	else
		write_codes(pcm, to, lr, frames, true);
}

/* True if the samples need not even be looked at. */
static bool is_copy(const struct pcm_crossfeed *pcm)
{
	if (!pcm->stereo || pcm->format != pcm->slave_format || !sound_is_neutral(&pcm->sound))
		return false;
	return !format_is_integer(pcm->format) ||
	       pcm->quantiser.bits == format_bits(pcm->format);
}

/*
 * Mono is the same in both ears as it is: there is nothing to feed across.  A
 * fold-down or a conversion is a change anyway and goes above full scale: it is
 * not left without headroom.
 */
static struct settings current_settings(const struct pcm_crossfeed *pcm)
{
	struct settings settings = controls_settings(&pcm->controls);

	if (downmix_is_mono(&pcm->channels.downmix))
		settings.value[SETTING_CROSSFEED] = 0;
	if (pcm->converted || downmix_peak_gain(&pcm->channels.downmix) > 1)
		settings.value[SETTING_BYPASS] = SETTINGS_BYPASS_MATCHED;
	return settings;
}

static void set_silence(struct pcm_crossfeed *pcm)
{
	bool mute = pcm->sound.settings.value[SETTING_AMP] == 0;

	quantiser_set_silence(&pcm->quantiser, mute ? MUTED_SILENCE_FRAMES :
			      (unsigned int)(SILENCE_SECONDS * pcm->sound.rate_hz));
}

/* Before each transfer, so that a change is heard within a period. */
static void follow_controls(struct pcm_crossfeed *pcm, size_t frames)
{
	struct settings settings;

	if (!controls_read(&pcm->controls, frames, pcm->ext.rate))
		return;
	settings = current_settings(pcm);
	sound_set(&pcm->sound, &settings);
	set_silence(pcm);
}

/* Blocks are counted from the beginning, as the filter and the quantiser count theirs, so
 * that a period of an odd length breaks only one in two. */
static size_t next_block(struct pcm_crossfeed *pcm, size_t frames)
{
	size_t part = BLOCK_FRAMES - pcm->position;

	if (frames < part)
		part = frames;
	pcm->position = (pcm->position + part) % BLOCK_FRAMES;
	return part;
}

static snd_pcm_sframes_t crossfeed_transfer(snd_pcm_extplug_t *ext,
					    const snd_pcm_channel_area_t *dst_areas,
					    snd_pcm_uframes_t dst_offset,
					    const snd_pcm_channel_area_t *src_areas,
					    snd_pcm_uframes_t src_offset, snd_pcm_uframes_t size)
{
	struct pcm_crossfeed *pcm = ext->private_data;

	follow_controls(pcm, size);
	if (is_copy(pcm)) {
		snd_pcm_areas_copy(dst_areas, dst_offset, src_areas, src_offset, 2, size,
				   ext->format);
		return (snd_pcm_sframes_t)size;
	}
	for (snd_pcm_uframes_t done = 0; done < size;) {
		size_t frames = next_block(pcm, size - done);
		struct samples_area to = area_at(dst_areas, dst_offset + done);
		double lr[2 * BLOCK_FRAMES];

		read_stream(pcm, lr, src_areas, src_offset + done, frames);
		transfer_block(pcm, &to, lr, frames);
		done += frames;
	}
	return (snd_pcm_sframes_t)size;
}

static int crossfeed_init(snd_pcm_extplug_t *ext)
{
	struct pcm_crossfeed *pcm = ext->private_data;
	struct settings settings;

	controls_settle(&pcm->controls);
	settings = current_settings(pcm);
	sound_set(&pcm->sound, &settings);
	pcm->inexact = false;
	pcm->position = 0;
	sound_reset(&pcm->sound);
	quantiser_reset(&pcm->quantiser);
	return 0;
}

static int crossfeed_hw_params(snd_pcm_extplug_t *ext, snd_pcm_hw_params_t *hw_params)
{
	struct pcm_crossfeed *pcm = ext->private_data;
	struct settings settings;
	double full_scale = 1;

	(void)hw_params;
	if (!alsa_samples_find(&pcm->format, ext->format) ||
	    !alsa_samples_find(&pcm->slave_format, ext->slave_format) ||
	    channels_default(&pcm->channels, ext->channels) < 0)
		return -EINVAL;
	pcm->stereo = downmix_is_stereo(&pcm->channels.downmix);
	settings = current_settings(pcm);
	if (format_is_integer(pcm->slave_format)) {
		quantiser_init(&pcm->quantiser,
			       slave_significant_bits(ext->pcm, pcm->slave_format));
		full_scale = quantiser_full_scale(&pcm->quantiser);
	}
	if (sound_init(&pcm->sound, &settings, ext->rate, full_scale) < 0) {
		SNDERR("crossfeed: rate %u: expected %d to %d (Hz)", ext->rate,
		       CROSSFEED_RATE_MIN_HZ, CROSSFEED_RATE_MAX_HZ);
		return -EINVAL;
	}
	set_silence(pcm);
	pcm->configured = true;
	return 0;
}

static int crossfeed_hw_free(snd_pcm_extplug_t *ext)
{
	struct pcm_crossfeed *pcm = ext->private_data;

	pcm->configured = false;
	controls_settle(&pcm->controls);
	return 0;
}

static void dump_channels(const struct pcm_crossfeed *pcm, snd_output_t *out)
{
	snd_output_printf(out, "  channels     :");
	for (unsigned int c = 0; c < pcm->channels.count; c++)
		snd_output_printf(out, " %s", snd_pcm_chmap_name(pcm->channels.position[c]));
	snd_output_printf(out, "\n");
}

static void dump_sound(const struct pcm_crossfeed *pcm, snd_output_t *out)
{
	const struct settings *settings = &pcm->sound.settings;
	const struct crossfeed_params params = settings_crossfeed(settings);
	const double *value = settings->value;
	bool on = value[SETTING_CROSSFEED] != 0;

	dump_channels(pcm, out);
	snd_output_printf(out, "  crossfeed    : %s (%s)\n", on ? "on" : "off",
			  preset_name((enum preset)value[SETTING_PRESET]));
	snd_output_printf(out, "  level        : %.2f dB\n", params.level_db);
	snd_output_printf(out, "  lowpass      : %.0f Hz\n", params.lowpass_hz);
	snd_output_printf(out, "  allpass      : %.0f Hz\n", params.allpass_hz);
	snd_output_printf(out, "  headroom     : %.2f dB, trim %.2f dB\n",
			  sound_headroom_db(&pcm->sound), sound_trim_db(&pcm->sound));
	snd_output_printf(out, "  gain, volume : %.2f dB, %.2f dB%s\n",
			  value[SETTING_GAIN_DB], value[SETTING_VOLUME_DB],
			  value[SETTING_AMP] != 0 ? "" : ", mute");
	snd_output_printf(out, "  clipped      : %llu samples\n",
			  (unsigned long long)pcm->quantiser.clipped);
	snd_output_printf(out, "  output       : %s, %u significant bits%s\n",
			  snd_pcm_format_name(alsa_samples_format(pcm->slave_format)),
			  format_is_integer(pcm->slave_format) ?
			  pcm->quantiser.bits : format_bits(pcm->slave_format),
			  quantiser_is_silent(&pcm->quantiser) ? ", silent" : "");
}

static void crossfeed_dump(snd_pcm_extplug_t *ext, snd_output_t *out)
{
	struct pcm_crossfeed *pcm = ext->private_data;

	snd_output_printf(out, "Crossfeed PCM\n");
	if (!pcm->configured)
		return;
	dump_sound(pcm, out);
	snd_output_printf(out, "Its setup is:\n");
	snd_pcm_dump_setup(ext->pcm, out);
}

static int crossfeed_close(snd_pcm_extplug_t *ext)
{
	struct pcm_crossfeed *pcm = ext->private_data;

	controls_close(&pcm->controls);
	free(pcm);
	return 0;
}

static snd_pcm_chmap_query_t **crossfeed_query_chmaps(snd_pcm_extplug_t *ext)
{
	(void)ext;
	return channels_query();
}

static snd_pcm_chmap_t *crossfeed_get_chmap(snd_pcm_extplug_t *ext)
{
	struct pcm_crossfeed *pcm = ext->private_data;

	return pcm->configured ? channels_map(&pcm->channels) : NULL;
}

/* Before anything plays, as with a card: in the middle the sound would jump. */
static int crossfeed_set_chmap(snd_pcm_extplug_t *ext, const snd_pcm_chmap_t *map)
{
	struct pcm_crossfeed *pcm = ext->private_data;
	snd_pcm_state_t state = snd_pcm_state(ext->pcm);
	struct settings settings;
	int err;

	if (!pcm->configured)
		return -EBADFD;
	if (state != SND_PCM_STATE_SETUP && state != SND_PCM_STATE_PREPARED)
		return -EBUSY;
	err = channels_set(&pcm->channels, map);
	if (err < 0)
		return err;
	pcm->stereo = downmix_is_stereo(&pcm->channels.downmix);
	settings = current_settings(pcm);
	sound_set(&pcm->sound, &settings);
	sound_reset(&pcm->sound);
	return 0;
}

static const snd_pcm_extplug_callback_t callbacks = {
	.transfer = crossfeed_transfer,
	.query_chmaps = crossfeed_query_chmaps,
	.get_chmap = crossfeed_get_chmap,
	.set_chmap = crossfeed_set_chmap,
	.close = crossfeed_close,
	.hw_params = crossfeed_hw_params,
	.hw_free = crossfeed_hw_free,
	.dump = crossfeed_dump,
	.init = crossfeed_init,
};

static int set_client_params(snd_pcm_extplug_t *ext)
{
	unsigned int formats[FORMATS];
	int err;

	alsa_samples_list(formats);
	err = snd_pcm_extplug_set_param_list(ext, SND_PCM_EXTPLUG_HW_FORMAT, FORMATS,
					     formats);
	if (err < 0)
		return err;
	err = snd_pcm_extplug_set_param_minmax(ext, SND_PCM_EXTPLUG_HW_CHANNELS, 1,
					       DOWNMIX_CHANNELS_MAX);
	if (err < 0)
		return err;
	return snd_pcm_extplug_set_slave_param(ext, SND_PCM_EXTPLUG_HW_CHANNELS, 2);
}

/* On success and on failure, ext->pcm owns the struct it is part of. */
static int set_params(snd_pcm_extplug_t *ext)
{
	int err;

	if (!slave_can_be_mapped(ext)) {
		SNDERR("crossfeed: the slave cannot be mapped (mmap), as a sound server's pulse: "
		       "expected a card, dmix or pipewire");
		return -EINVAL;
	}
	err = set_client_params(ext);
	if (err < 0)
		return err;
	err = slave_choose_format(ext);
	if (err < 0)
		SNDERR("crossfeed: the slave has no stereo format among S32, S24, S24_3LE, "
		       "FLOAT64, FLOAT and S16");
	return err;
}

static int read_definition(struct definition *definition, snd_config_t *root,
			   const snd_config_t *conf)
{
	char message[DEFINITION_MESSAGE_SIZE];
	int err = definition_read_pcm(definition, conf, message);

	if (err < 0) {
		SNDERR("crossfeed: %s", message);
		return err;
	}
	if (slave_is_loop(root, definition->slave)) {
		SNDERR("crossfeed: slave leads back to the device itself: "
		       "expected another PCM, for instance \"hw:0\"");
		return -ELOOP;
	}
	return 0;
}

/* The card the slave ends in, or -1. */
static int slave_card(snd_pcm_t *pcm)
{
	snd_pcm_info_t *info;

	snd_pcm_info_alloca(&info);
	return snd_pcm_info(pcm, info) < 0 ? -1 : snd_pcm_info_get_card(info);
}

/* What the application sees: ourselves, or a rate conversion in front. */
static int open_outside(snd_pcm_t **pcmp, const char *name, struct pcm_crossfeed *pcm,
			snd_pcm_stream_t stream, int mode)
{
	double rate_hz = pcm->settings.value[SETTING_RATE_HZ];
	bool automatic = rate_hz == SETTINGS_RATE_AUTO;
	const struct rate_stage_params params = {
		.rate_hz = automatic ? 0 : (unsigned int)lrint(rate_hz),
		.quality = (enum resampler_quality)pcm->settings.value[SETTING_RESAMPLER],
		.converts = &pcm->converted,
	};

	if (rate_hz == SETTINGS_RATE_STREAM ||
	    (automatic && ((mode & SND_PCM_NO_AUTO_RESAMPLE) ||
			   slave_has_music_rates(pcm->ext.pcm)))) {
		*pcmp = pcm->ext.pcm;
		return 0;
	}
	return rate_stage_open(pcmp, name, pcm->ext.pcm, &params, stream, mode);
}

/* the macro declares no prototype, and clang asks for one */
SND_PCM_PLUGIN_DEFINE_FUNC(crossfeed);

SND_PCM_PLUGIN_DEFINE_FUNC(crossfeed)
{
	struct pcm_crossfeed *pcm;
	struct definition definition;
	int err;

	if (stream != SND_PCM_STREAM_PLAYBACK) {
		SNDERR("crossfeed: this device plays and does not record");
		return -EINVAL;
	}
	err = read_definition(&definition, root, conf);
	if (err < 0)
		return err;
	pcm = calloc(1, sizeof(*pcm));
	if (!pcm)
		return -ENOMEM;
	pcm->settings = definition.settings;
	pcm->ext.version = EXTPLUG_VERSION_1_0_2;
	pcm->ext.name = "Crossfeed";
	pcm->ext.callback = &callbacks;
	pcm->ext.private_data = pcm;
	err = snd_pcm_extplug_create(&pcm->ext, name, root, definition.slave, stream,
				     mode);
	if (err == -EBUSY)
		SNDERR("crossfeed: the card is in use, often by the desktop's sound server: "
		       "choose its profile \"Headphones with crossfeed\" in the sound settings, "
		       "or play to crossfeed_to:pipewire");
	if (err < 0) {
		free(pcm);
		return err;
	}
	err = set_params(&pcm->ext);
	if (err < 0) {
		snd_pcm_extplug_delete(&pcm->ext);
		return err;
	}
	controls_open(&pcm->controls, &definition, slave_card(pcm->ext.pcm), root);
	return open_outside(pcmp, name, pcm, stream, mode);
}

SND_PCM_PLUGIN_SYMBOL(crossfeed);
