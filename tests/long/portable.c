/* alsa-crossfeed - tests the sound itself where neither alsa-lib nor check can be had */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Built and run by portability.sh: other C libraries, 32 bits, the other byte order. */

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "presets.h"
#include "quantiser.h"
#include "samples.h"
#include "signals.h"
#include "sound.h"

enum { FRAMES = 4800, RATE = 48000 };

static void require(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "portable: %s\n", what);
	exit(EXIT_FAILURE);
}

/* Packed and one by one are different loops. */
static void test_round_trip(enum format format, size_t gap)
{
	static unsigned char bytes[FRAMES * 2 * 16];
	size_t size = format_bytes(format) + gap;
	struct samples_area area = { { bytes, bytes + size }, { 2 * size, 2 * size } };
	unsigned int bits = format_bits(format);
	static int32_t in[2 * FRAMES];
	static double lr[2 * FRAMES];
	uint32_t state = 5;

	for (int n = 0; n < 2 * FRAMES; n++)
		in[n] = (int32_t)(signals_noise(&state) * (ldexp(1, (int)bits - 1) - 1));
	in[0] = -(int32_t)(1u << (bits - 2)) * 2;
	samples_write_codes(&area, format, in, bits, FRAMES);
	samples_read(lr, &area, format, FRAMES);
	for (int n = 0; n < 2 * FRAMES; n++)
		require(lr[n] * ldexp(1, (int)bits - 1) == in[n], "a sample changed on its way");
}

/* ALSA's words, whatever the processor's byte order. */
static void test_bytes(void)
{
	const int32_t codes[2] = { 0x123456, -2 };
	unsigned char bytes[6];
	struct samples_area area = { { bytes, bytes + 3 }, { 6, 6 } };
	const unsigned char expected[6] = { 0x56, 0x34, 0x12, 0xfe, 0xff, 0xff };
	struct samples_area native;
	int32_t words[2];

	samples_write_codes(&area, FORMAT_S24_3LE, codes, 24, 1);
	require(memcmp(bytes, expected, sizeof(bytes)) == 0, "S24_3LE is not little-endian");
	native = (struct samples_area){ { (unsigned char *)words, (unsigned char *)(words + 1) },
					{ 8, 8 } };
	samples_write_codes(&native, FORMAT_S32, codes, 32, 1);
	require(words[0] == codes[0] && words[1] == codes[1], "S32 is not in native order");
}

static void test_quantiser(unsigned int bits, bool dither)
{
	double scale = ldexp(1, (int)bits - 1);
	static int32_t codes[2 * FRAMES];
	static double lr[2 * FRAMES];
	struct quantiser quantiser;
	uint32_t state = 9;

	for (int n = 0; n < 2 * FRAMES; n++)
		lr[n] = 1.5 * signals_noise(&state);
	quantiser_init(&quantiser, bits);
	quantiser_process(&quantiser, codes, lr, FRAMES, dither);
	for (int n = 0; n < 2 * FRAMES; n++) {
		double expected = fmin(fmax(lr[n] * scale, -scale), scale - 1);

		/* x87 registers round twice: to 64 bits, then to the 53 of a double */
		require(fabs(codes[n] - expected) <= (dither ? 2.001 : 0.5 + 0x1p-11),
			"a code is off");
	}
	require(quantiser.clipped > 0, "clipping was not counted");
}

/* The response at a frequency against the circuit's, as include/crossfeed.h has it. */
static void test_response(double hz)
{
	struct settings settings = settings_initial();
	struct crossfeed_params params = settings_crossfeed(&settings);
	static double lr[2 * FRAMES];
	double complex a = I * hz / params.allpass_hz;
	double complex l = I * hz / params.lowpass_hz;
	double complex expected = signals_from_db(params.level_db) * (1 - a) / (1 + a) / (1 + l);
	struct sound sound;

	memset(lr, 0, sizeof(lr));
	lr[0] = 1;
	settings.value[SETTING_HEADROOM_DB] = 0;
	require(sound_init(&sound, &settings, RATE, 1) == 0, "48 kHz was refused");
	sound_process(&sound, lr, FRAMES);
	require(cabs(signals_response(lr, FRAMES, 0, hz / RATE) - 1) < 0.001, "own channel");
	require(cabs(signals_response(lr, FRAMES, 1, hz / RATE) - expected) < 0.003, "other channel");
}

/* FNV-1a, by words: whatever their byte order in memory. */
static uint64_t hash_word(uint64_t hash, uint64_t word)
{
	return (hash ^ word) * UINT64_C(0x100000001b3);
}

static uint64_t hash_samples(const double *lr, const int32_t *codes)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (int n = 0; n < 2 * FRAMES; n++) {
		uint64_t bits;

		memcpy(&bits, &lr[n], sizeof(bits));
		hash = hash_word(hash_word(hash, bits), (uint32_t)codes[n]);
	}
	return hash;
}

/*
 * Every processor gives the same samples: read, filtered and rounded as on the one on which
 * this number was made.  The coefficients are none that the C library computed.
 */
static void test_same_samples(void)
{
	const struct filter_coefs coefs = {
		.own = 0.5, .cross = 0.0625, .sections = 3,
		.section = { { 0.8, 0.1, 0.01 }, { 0.9, 0, -0.02 }, { -0.3, 0.02, 0.03 } },
	};
	static unsigned char bytes[FRAMES * 2 * 3];
	struct samples_area area = { { bytes, bytes + 3 }, { 6, 6 } };
	static int32_t codes[2 * FRAMES];
	static double lr[2 * FRAMES];
	struct quantiser quantiser;
	struct filter filter;
	uint32_t state = 3;

	for (size_t n = 0; n < sizeof(bytes); n++)
		bytes[n] = (unsigned char)(int)(signals_noise(&state) * 128);
	samples_read(lr, &area, FORMAT_S24_3LE, FRAMES);
	filter_init(&filter, &coefs, 1, 1);
	filter_process(&filter, lr, FRAMES - 1);
	filter_process(&filter, lr + 2 * (FRAMES - 1), 1);
	quantiser_init(&quantiser, 24);
	quantiser_process(&quantiser, codes, lr, FRAMES, true);
	require(hash_samples(lr, codes) == UINT64_C(0x5a38f67d6505d96e),
		"the samples are not those of other processors");
}

int main(void)
{
	const enum format formats[] = {
		FORMAT_S16, FORMAT_S24_3LE, FORMAT_S24, FORMAT_S32,
	};

	for (int f = 0; f < 4; f++) {
		test_round_trip(formats[f], 0);
		test_round_trip(formats[f], 1);
	}
	test_bytes();
	for (unsigned int bits = 8; bits <= 32; bits += 8) {
		test_quantiser(bits, false);
		test_quantiser(bits, true);
	}
	/* x87 registers round twice */
	if (FLT_EVAL_METHOD == 0)
		test_same_samples();
	for (double hz = 20; hz < 5000; hz *= 1.5)
		test_response(hz);
	puts("portable: all in order");
	return EXIT_SUCCESS;
}
