/* alsa-crossfeed - reads and writes the sample formats, wherever they lie in memory */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "samples.h"

#include <string.h>

#include "loops.h"

/* Frames on their way between the loops and samples that lie in another order, or are the last. */
enum { APART_FRAMES = 16, SAMPLE_BYTES_MAX = 8 };

/* Nearly every program has it so. */
static bool is_packed(const struct samples_area *area, unsigned int bytes)
{
	return area->channel[1] == area->channel[0] + bytes &&
	       area->step[0] == 2 * bytes && area->step[1] == 2 * bytes;
}

/* The frames that the loops can take where they lie: in pairs. */
static size_t frames_in_place(const struct samples_area *area, unsigned int bytes, size_t frames)
{
	return is_packed(area, bytes) ? frames - frames % 2 : 0;
}

static void copy_sample(unsigned char *to, const unsigned char *from, unsigned int bytes)
{
	for (unsigned int b = 0; b < bytes; b++)
		to[b] = from[b];
}

static void pack(unsigned char *packed, const struct samples_area *from, unsigned int bytes,
		 size_t frames)
{
	for (size_t n = 0; n < frames; n++)
		for (unsigned int c = 0; c < 2; c++)
			copy_sample(packed + (2 * n + c) * bytes,
				    from->channel[c] + n * from->step[c], bytes);
}

static void unpack(const struct samples_area *to, const unsigned char *packed, unsigned int bytes,
		   size_t frames)
{
	for (size_t n = 0; n < frames; n++)
		for (unsigned int c = 0; c < 2; c++)
			copy_sample(to->channel[c] + n * to->step[c],
				    packed + (2 * n + c) * bytes, bytes);
}

void samples_area_advance(struct samples_area *area, size_t frames)
{
	for (unsigned int c = 0; c < 2; c++)
		area->channel[c] += frames * area->step[c];
}

static size_t next_part(size_t frames)
{
	return frames < APART_FRAMES ? frames : APART_FRAMES;
}

void samples_read(double *lr, const struct samples_area *from, enum format format, size_t frames)
{
	const struct loops *loops = loops_best();
	unsigned int bytes = format_bytes(format);
	size_t part = frames_in_place(from, bytes, frames);
	struct samples_area rest = *from;

	loops->read[format](lr, from->channel[0], part);
	while (frames -= part) {
		unsigned char packed[2 * APART_FRAMES * SAMPLE_BYTES_MAX] = { 0 };
		double apart[2 * APART_FRAMES];

		lr += 2 * part;
		samples_area_advance(&rest, part);
		part = next_part(frames);
		pack(packed, &rest, bytes, part);
		loops->read[format](apart, packed, part + part % 2);
		memcpy(lr, apart, 2 * part * sizeof(*lr));
	}
}

/* Codes or doubles, of so many bytes, as the format's writer takes them. */
static void write_frames(const struct samples_area *to, enum format format, const void *samples,
			 size_t sample_bytes, unsigned int shift, size_t frames)
{
	const struct loops *loops = loops_best();
	unsigned int bytes = format_bytes(format);
	size_t part = frames_in_place(to, bytes, frames);
	struct samples_area rest = *to;

	loops->write[format](to->channel[0], samples, shift, part);
	while (frames -= part) {
		unsigned char packed[2 * APART_FRAMES * SAMPLE_BYTES_MAX];
		double apart[2 * APART_FRAMES] = { 0 };

		samples = (const char *)samples + 2 * part * sample_bytes;
		samples_area_advance(&rest, part);
		part = next_part(frames);
		memcpy(apart, samples, 2 * part * sample_bytes);
		loops->write[format](packed, apart, shift, part + part % 2);
		unpack(&rest, packed, bytes, part);
	}
}

void samples_write_codes(const struct samples_area *to, enum format format, const int32_t *codes,
			 unsigned int bits, size_t frames)
{
	write_frames(to, format, codes, sizeof(*codes), format_bits(format) - bits, frames);
}

void samples_write_doubles(const struct samples_area *to, enum format format, const double *lr,
			   size_t frames)
{
	write_frames(to, format, lr, sizeof(*lr), 0, frames);
}
