/* alsa-crossfeed - fuzzes the sample data: any bytes, settings and block sizes stay within full scale */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "fuzz.h"
#include "panel.h"
#include "quantiser.h"
#include "samples.h"
#include "sound.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { FRAMES_MAX = 512, HEADER = 4 + PANEL_ELEMENTS };

static void require(bool holds)
{
	if (!holds)
		abort();
}

/* The first bytes are the formats, the block size and where the panel stands. */
static struct settings settings_of(const uint8_t *header)
{
	struct settings settings = settings_initial();
	struct panel panel = panel_from_settings(&settings);

	for (int e = 0; e < PANEL_ELEMENTS; e++)
		panel_move(&panel, (enum setting)e,
			   panel_clamp((enum setting)e, 3 * header[4 + e]));
	return panel_settings(&panel, &settings);
}

static void write_block(struct quantiser *q, enum format format, const double *lr,
			size_t frames, bool dither)
{
	static unsigned char out[FRAMES_MAX * 2 * 8];
	size_t bytes = format_bytes(format);
	struct samples_area to = { { out, out + bytes }, { 2 * bytes, 2 * bytes } };
	int32_t codes[2 * FRAMES_MAX];
	double limit = ldexp(1, (int)q->bits - 1);

	if (!format_is_integer(format)) {
		samples_write_doubles(&to, format, lr, frames);
		return;
	}
	quantiser_process(q, codes, lr, frames, dither);
	for (size_t n = 0; n < 2 * frames; n++)
		require(codes[n] >= -limit && codes[n] < limit);
	samples_write_codes(&to, format, codes, q->bits, frames);
}

static void play(const uint8_t *header, const uint8_t *data, size_t size)
{
	enum format from = (enum format)(header[0] % FORMATS);
	enum format to = (enum format)(header[1] % FORMATS);
	struct settings settings = settings_of(header);
	size_t block = 1 + header[2] % FRAMES_MAX;
	size_t bytes = format_bytes(from);
	size_t frames = size / (2 * bytes);
	double lr[2 * FRAMES_MAX];
	struct quantiser quantiser;
	struct sound sound;

	quantiser_init(&quantiser, format_is_integer(to) ? format_bits(to) : 24);
	quantiser_set_silence(&quantiser, 1 + header[2] % 8);
	require(sound_init(&sound, &settings, header[3] & 2 ? 44100 : 96000, 1) == 0);
	for (size_t done = 0; done < frames; done += block) {
		size_t part = frames - done < block ? frames - done : block;
		unsigned char *at = (unsigned char *)data + 2 * bytes * done;
		struct samples_area area = { { at, at + bytes }, { 2 * bytes, 2 * bytes } };

		samples_read(lr, &area, from, part);
		for (size_t n = 0; n < 2 * part; n++)
			require(isfinite(lr[n]));
		sound_process(&sound, lr, part);
		write_block(&quantiser, to, lr, part, header[3] & 1);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > HEADER)
		play(data, data + HEADER, size - HEADER);
	return 0;
}

#ifndef FUZZING
int main(void)
{
	return fuzz_main("samples");
}
#endif
