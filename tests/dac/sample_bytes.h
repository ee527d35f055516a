/* alsa-crossfeed - integer samples from and to their bytes, in either byte order, for the tests */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#ifndef SAMPLE_BYTES_H
#define SAMPLE_BYTES_H

#include <alsa/asoundlib.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>

static inline size_t sample_bytes(snd_pcm_format_t format)
{
	return (size_t)snd_pcm_format_physical_width(format) / 8;
}

/* Where the byte of this weight is: 0 is the lowest. */
static inline size_t byte_at(snd_pcm_format_t format, size_t weight)
{
	return snd_pcm_format_big_endian(format) == 1 ? sample_bytes(format) - 1 - weight : weight;
}

/* Signed, any width; what is above full scale is cut. */
static inline void sample_put(unsigned char *at, snd_pcm_format_t format, double value)
{
	const double full_scale = ldexp(1, snd_pcm_format_width(format) - 1);
	const long sample = lrint(fmax(-full_scale, fmin(full_scale - 1, value * full_scale)));

	for (size_t i = 0; i < sample_bytes(format); i++)
		at[byte_at(format, i)] = (unsigned char)((unsigned long)sample >> (8 * i));
}

static inline double sample_get(const unsigned char *at, snd_pcm_format_t format)
{
	const size_t bytes = sample_bytes(format);
	uint32_t bits = 0;

	for (size_t i = 0; i < bytes; i++)
		bits |= (uint32_t)at[byte_at(format, i)] << (8 * i);
	/* To the top of the word, so that the sign is where it belongs. */
	bits <<= 32 - snd_pcm_format_width(format);
	return (int32_t)bits * 0x1p-31;
}

#endif
