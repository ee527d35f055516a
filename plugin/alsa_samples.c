/* alsa-crossfeed - ALSA's names for the sample formats, and ALSA's areas as pairs of channels */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "alsa_samples.h"

/* Frames read at a time. */
enum { BLOCK_FRAMES = 256 };

#define ALSA_FORMAT(name, bytes, bits) [FORMAT_##name] = SND_PCM_FORMAT_##name,
static const snd_pcm_format_t alsa_formats[FORMATS] = { FORMATS_ALL(ALSA_FORMAT) };

snd_pcm_format_t alsa_samples_format(enum format format)
{
	return alsa_formats[format];
}

bool alsa_samples_find(enum format *format, snd_pcm_format_t alsa_format)
{
	for (int f = 0; f < FORMATS; f++)
		if (alsa_formats[f] == alsa_format) {
			*format = (enum format)f;
			return true;
		}
	return false;
}

void alsa_samples_list(unsigned int list[FORMATS])
{
	for (int f = 0; f < FORMATS; f++)
		list[f] = (unsigned int)alsa_formats[f];
}

static unsigned char *first_byte(const snd_pcm_channel_area_t *area, snd_pcm_uframes_t offset)
{
	return (unsigned char *)area->addr + (area->first + offset * area->step) / 8;
}

struct samples_area alsa_samples_pair(const snd_pcm_channel_area_t *left,
				      const snd_pcm_channel_area_t *right,
				      snd_pcm_uframes_t offset)
{
	return (struct samples_area){
		.step = { left->step / 8, right->step / 8 },
		.channel = { first_byte(left, offset), first_byte(right, offset) },
	};
}

void alsa_samples_read_pair(double *pairs, const snd_pcm_channel_area_t *areas,
			    unsigned int channel, unsigned int channels,
			    snd_pcm_uframes_t offset, enum format format, size_t frames)
{
	unsigned int other = channel + 1 < channels ? channel + 1 : channel;
	struct samples_area from = alsa_samples_pair(&areas[channel], &areas[other], offset);

	samples_read(pairs, &from, format, frames);
}

static void read_block(float *to, const snd_pcm_channel_area_t *areas, snd_pcm_uframes_t offset,
		       unsigned int channels, enum format format, size_t frames)
{
	double pairs[2 * BLOCK_FRAMES];

	for (unsigned int c = 0; c < channels; c += 2) {
		unsigned int other = c + 1 < channels ? c + 1 : c;

		alsa_samples_read_pair(pairs, areas, c, channels, offset, format, frames);
		for (size_t n = 0; n < frames; n++) {
			to[n * channels + c] = (float)pairs[2 * n];
			to[n * channels + other] = (float)pairs[2 * n + 1];
		}
	}
}

void alsa_samples_read(float *to, const snd_pcm_channel_area_t *areas, snd_pcm_uframes_t offset,
		       unsigned int channels, enum format format, size_t frames)
{
	while (frames) {
		size_t part = frames < BLOCK_FRAMES ? frames : BLOCK_FRAMES;

		read_block(to, areas, offset, channels, format, part);
		to += part * channels;
		offset += part;
		frames -= part;
	}
}
