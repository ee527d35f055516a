/* alsa-crossfeed - tests the built module through alsa-lib */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "alsa_samples.h"
#include "check_main.h"
#include "playback.h"
#include "presets.h"
#include "samples.h"
#include "signals.h"
#include "sound.h"

#include <errno.h>
#include <fenv.h>
#include <float.h>
#include <stdarg.h>
#include <stdio.h>
#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

enum { FRAMES = 3000 };

/* The module over a file, which takes any format, and over a DAC that has but one. */
#define OVER_FILE(keys) "type crossfeed " keys \
	" slave.pcm { type file file \"%s\" format raw slave.pcm \"null\" } "
#define OVER_DAC(keys, formats) "type crossfeed " keys \
	" slave.pcm { type dac file \"%s\" formats [ " formats " ] } "
#define NEUTRAL "crossfeed off bypass direct"

static const char *const dac_names[FORMATS] = {
	[FORMAT_S16] = OVER_DAC(NEUTRAL, "S16"),
	[FORMAT_S24_3LE] = OVER_DAC(NEUTRAL, "S24_3LE"),
	[FORMAT_S24] = OVER_DAC(NEUTRAL, "S24"),
	[FORMAT_S32] = OVER_DAC(NEUTRAL, "S32"),
	[FORMAT_FLOAT] = OVER_DAC(NEUTRAL, "FLOAT"),
	[FORMAT_FLOAT64] = OVER_DAC(NEUTRAL, "FLOAT64"),
};

/* Random bytes, but floats that are numbers. */
static void fill_format(unsigned char *bytes, enum format format, size_t frames)
{
	uint32_t state = 11;

	for (size_t n = 0; n < 2 * frames; n++) {
		double value = signals_noise(&state);
		float f32 = (float)value;
		unsigned char *p = bytes + n * format_bytes(format);

		if (format == FORMAT_FLOAT)
			memcpy(p, &f32, sizeof(f32));
		else if (format == FORMAT_FLOAT64)
			memcpy(p, &value, sizeof(value));
		else
			for (unsigned int b = 0; b < format_bytes(format); b++)
				p[b] = (unsigned char)(signals_noise(&state) * 128);
	}
}

static double *as_doubles(const void *bytes, enum format format, size_t frames)
{
	unsigned int size = format_bytes(format);
	struct samples_area area = {
		.channel = { (unsigned char *)bytes, (unsigned char *)bytes + size },
		.step = { 2 * size, 2 * size },
	};
	double *lr = malloc(2 * frames * sizeof(*lr));

	ck_assert_ptr_nonnull(lr);
	samples_read(lr, &area, format, frames);
	return lr;
}

/* Each format into a DAC of each format: exact where it fits, else dithered to the step. */
START_TEST(neutral_keeps_every_bit_that_fits)
{
	const enum format in = (enum format)(_i / FORMATS);
	const enum format out = (enum format)(_i % FORMATS);
	static unsigned char bytes[2 * FRAMES * 8];
	double step = ldexp(1, 1 - (int)format_bits(out));
	double *expected, *got;
	size_t size;
	void *heard;

	fill_format(bytes, in, FRAMES);
	heard = playback_through(dac_names[out], alsa_samples_format(in), 48000, bytes, FRAMES, &size);
	ck_assert_uint_eq(size, 2 * FRAMES * format_bytes(out));
	if (in == out)
		ck_assert_mem_eq(heard, bytes, size);
	expected = as_doubles(bytes, in, FRAMES);
	got = as_doubles(heard, out, FRAMES);
	for (size_t n = 0; n < 2 * FRAMES; n++)
		if (format_bits(in) <= format_bits(out) && format_is_integer(in))
			ck_assert(got[n] == expected[n]);
		else
			ck_assert_double_eq_tol(got[n], expected[n], 1.5 * step);
	free(expected);
	free(got);
	free(heard);
}
END_TEST

/* Which of a DAC's formats is taken: never fewer bits than the stream if it has them. */
static const struct {
	const char *formats;
	snd_pcm_format_t taken;
} choices[] = {
	{ "S16", SND_PCM_FORMAT_S16 },
	{ "S16 S24_3LE", SND_PCM_FORMAT_S24_3LE },
	{ "S24_3LE S16 S24", SND_PCM_FORMAT_S24 },
	{ "S16 S24_3LE S32", SND_PCM_FORMAT_S32 },
	{ "S16 FLOAT", SND_PCM_FORMAT_FLOAT },
	{ "FLOAT S32", SND_PCM_FORMAT_S32 },
	{ "FLOAT FLOAT64", SND_PCM_FORMAT_FLOAT64 },
	{ "FLOAT S24_3LE", SND_PCM_FORMAT_S24_3LE },
	{ "S8 S16 MU_LAW", SND_PCM_FORMAT_S16 },
};

enum { CHOICES = sizeof(choices) / sizeof(choices[0]) };

static char *dump(snd_pcm_t *pcm)
{
	snd_output_t *output;
	char *text, *copy;

	ck_assert_int_eq(snd_output_buffer_open(&output), 0);
	snd_pcm_dump(pcm, output);
	snd_output_putc(output, '\0');
	snd_output_buffer_string(output, &text);
	copy = strdup(text);
	snd_output_close(output);
	return copy;
}

START_TEST(widest_format_of_the_dac_is_taken)
{
	char definition[500], expected[100];
	struct playback p;
	char *text;

	snprintf(definition, sizeof(definition), OVER_DAC("", "%s"), "%s", choices[_i].formats);
	playback_start(&p, definition, SND_PCM_ACCESS_RW_INTERLEAVED, SND_PCM_FORMAT_S16, 44100);
	text = dump(p.pcm);
	snprintf(expected, sizeof(expected), "output       : %s,",
		 snd_pcm_format_name(choices[_i].taken));
	ck_assert_msg(strstr(text, expected), "%s", text);
	free(text);
	playback_close(&p);
}
END_TEST

START_TEST(dac_without_a_format_of_ours_is_refused)
{
	struct playback p;

	ck_assert_int_eq(playback_open(&p, OVER_DAC("", "S8 MU_LAW")), -EINVAL);
}
END_TEST

/* What is no PCM must not be filtered; a DAC that has it is no exception. */
static const snd_pcm_format_t encoded[] = {
	SND_PCM_FORMAT_DSD_U8, SND_PCM_FORMAT_DSD_U16_LE, SND_PCM_FORMAT_DSD_U32_BE,
	SND_PCM_FORMAT_IEC958_SUBFRAME_LE, SND_PCM_FORMAT_MPEG, SND_PCM_FORMAT_MU_LAW,
};

enum { ENCODED = sizeof(encoded) / sizeof(encoded[0]) };

static const char *const converted_or_not[] = { NEUTRAL, NEUTRAL " rate 48000" };

static void open_over_encoded(struct playback *p, const char *keys)
{
	char definition[300];

	snprintf(definition, sizeof(definition), OVER_DAC("%s", "S32 DSD_U8 DSD_U32_BE "
		 "IEC958_SUBFRAME_LE MU_LAW"), keys, "%s");
	ck_assert_int_eq(playback_open(p, definition), 0);
}

/* A player that finds such a format sends it, and does not look for a PCM format. */
START_TEST(encoded_streams_are_not_offered)
{
	snd_pcm_hw_params_t *params;
	struct playback p;

	open_over_encoded(&p, converted_or_not[_i / ENCODED]);
	snd_pcm_hw_params_alloca(&params);
	ck_assert_int_ge(snd_pcm_hw_params_any(p.pcm, params), 0);
	ck_assert_int_eq(snd_pcm_hw_params_test_format(p.pcm, params, SND_PCM_FORMAT_S32), 0);
	ck_assert_int_lt(snd_pcm_hw_params_test_format(p.pcm, params, encoded[_i % ENCODED]), 0);
	playback_close(&p);
}
END_TEST

START_TEST(encoded_streams_are_refused)
{
	struct playback p;

	open_over_encoded(&p, converted_or_not[_i / ENCODED]);
	ck_assert_int_eq(playback_configure(&p, SND_PCM_ACCESS_RW_INTERLEAVED,
					    encoded[_i % ENCODED], 48000), -EINVAL);
	playback_close(&p);
}
END_TEST

START_TEST(mono_dac_is_refused)
{
	struct playback p;

	ck_assert_int_eq(playback_open(&p, "type crossfeed slave.pcm { type dac file \"%s\" "
				       "formats [ S16 ] channels 1 }"), -EINVAL);
}
END_TEST

START_TEST(rates_are_the_dacs)
{
	struct playback p;
	const char *definition = "type crossfeed rate stream slave.pcm { type dac file \"%s\" "
		"formats [ S16 S32 ] rates [ 44100 96000 ] period_bytes 800 periods 5 }";

	ck_assert_int_eq(playback_open(&p, definition), 0);
	ck_assert_int_lt(playback_configure(&p, SND_PCM_ACCESS_RW_INTERLEAVED,
					    SND_PCM_FORMAT_S16, 48000), 0);
	ck_assert_int_eq(playback_configure(&p, SND_PCM_ACCESS_RW_INTERLEAVED,
					    SND_PCM_FORMAT_S16, 96000), 0);
	playback_close(&p);
}
END_TEST

/* A DAC of 16 bits behind a converter that would cut 32: dither where it cuts. */
START_TEST(dither_is_at_the_real_width)
{
	static int32_t in[2 * FRAMES];
	uint32_t state = 2;
	int differ = 0;
	size_t size;
	int16_t *heard;

	for (size_t n = 0; n < 2 * FRAMES; n++)
		in[n] = (int32_t)(signals_noise(&state) * 0x7f000000);
	heard = playback_through("type crossfeed " NEUTRAL " slave.pcm { type linear slave { "
				 "format S16 pcm { type file file \"%s\" format raw "
				 "slave.pcm \"null\" } } }",
				 SND_PCM_FORMAT_S32, 48000, in, FRAMES, &size);
	for (size_t n = 0; n < 2 * FRAMES; n++) {
		double error = heard[n] - in[n] / 65536.0;

		ck_assert(fabs(error) <= 1.5);
		differ += fabs(error) > 1;
	}
	/* cutting alone never errs by more than a step; dither does one time in 24 */
	ck_assert_int_gt(differ, FRAMES / 20);
	free(heard);
}
END_TEST

/* 24-bit music in 32-bit samples reaches a 24-bit DAC bit for bit, until it is finer. */
START_TEST(what_fits_the_dac_is_not_dithered)
{
	static int32_t in[2 * FRAMES];
	uint32_t state = 6;
	int differ = 0;
	int32_t *heard;
	size_t size;

	for (size_t n = 0; n < 2 * FRAMES; n++)
		in[n] = (int32_t)(signals_noise(&state) * 0x7f0000) * 256;
	in[2 * 1500] += 1;
	heard = playback_through(dac_names[FORMAT_S24], SND_PCM_FORMAT_S32, 48000, in, FRAMES, &size);
	for (size_t n = 0; n < 2 * 1500; n++)
		ck_assert_int_eq(heard[n], in[n] / 256);
	for (size_t n = 2 * 1500; n < 2 * FRAMES; n++)
		differ += heard[n] != in[n] / 256;
	ck_assert_int_gt(differ, FRAMES / 10);
	free(heard);
}
END_TEST

START_TEST(prepare_forgets_that_the_stream_was_finer)
{
	static int32_t in[2 * FRAMES];
	struct playback p;
	int32_t *heard;
	size_t size;

	for (size_t n = 0; n < 2 * FRAMES; n++)
		in[n] = (int32_t)n * 256;
	in[0] = 1;
	playback_start(&p, dac_names[FORMAT_S24], SND_PCM_ACCESS_RW_INTERLEAVED,
		       SND_PCM_FORMAT_S32, 48000);
	playback_write(&p, in, FRAMES, FRAMES);
	ck_assert_int_eq(snd_pcm_drop(p.pcm), 0);
	ck_assert_int_eq(snd_pcm_prepare(p.pcm), 0);
	in[0] = 0;
	playback_write(&p, in, FRAMES, FRAMES);
	heard = playback_finish(&p, &size);
	for (size_t n = 0; n < 2 * FRAMES; n++)
		ck_assert_int_eq(heard[2 * FRAMES + n], (int32_t)n);
	free(heard);
}
END_TEST

static void fill_s16(int16_t *frames)
{
	uint32_t state = 4;

	for (size_t n = 0; n < 2 * FRAMES; n++)
		frames[n] = (int16_t)(signals_noise(&state) * 32767);
}

static const snd_pcm_access_t accesses[] = {
	SND_PCM_ACCESS_RW_INTERLEAVED, SND_PCM_ACCESS_RW_NONINTERLEAVED,
	SND_PCM_ACCESS_MMAP_INTERLEAVED, SND_PCM_ACCESS_MMAP_NONINTERLEAVED,
};

START_TEST(every_access_and_block_size_gives_the_same_samples)
{
	const size_t chunks[] = { FRAMES, 1, 7, 128, 1000 };
	static int16_t in[2 * FRAMES], was[2 * FRAMES];
	const char *definition = _i < 20 ? OVER_DAC("brightness bright", "S16") :
				 _i < 40 ? OVER_DAC(NEUTRAL, "S16") :
				 OVER_DAC(NEUTRAL, "S32");
	struct playback p;
	size_t size, reference_size;
	void *heard, *reference;

	fill_s16(in);
	memcpy(was, in, sizeof(was));
	reference = playback_through(definition, SND_PCM_FORMAT_S16, 48000, in, FRAMES,
				     &reference_size);
	ck_assert_uint_eq(reference_size, _i < 40 ? sizeof(in) : 2 * sizeof(in));
	playback_start(&p, definition, accesses[_i / 5 % 4], SND_PCM_FORMAT_S16, 48000);
	playback_write(&p, in, FRAMES, chunks[_i % 5]);
	heard = playback_finish(&p, &size);
	ck_assert_uint_eq(size, reference_size);
	ck_assert_mem_eq(heard, reference, size);
	ck_assert_mem_eq(in, was, sizeof(was));
	free(heard);
	free(reference);
}
END_TEST

/* Copied, filtered and converted to another rate; all formats of the application. */
static const char *const definitions_that_read[] = {
	OVER_FILE(NEUTRAL), OVER_FILE("brightness bright"), OVER_FILE("rate 44100"),
};

enum {
	DEFINITIONS_THAT_READ = sizeof(definitions_that_read) / sizeof(definitions_that_read[0]),
};

/* An application that fills the mmap area itself finds its samples there afterwards. */
START_TEST(source_areas_are_not_written_to)
{
	const enum format format = (enum format)(_i % FORMATS);
	const snd_pcm_channel_area_t *areas;
	snd_pcm_uframes_t offset, frames = 512;
	static unsigned char in[2 * FRAMES * 8];
	struct playback p;
	size_t size;
	char *at;

	fill_format(in, format, FRAMES);
	playback_start(&p, definitions_that_read[_i / FORMATS],
		       SND_PCM_ACCESS_MMAP_INTERLEAVED, alsa_samples_format(format), 48000);
	ck_assert_int_ge(snd_pcm_avail_update(p.pcm), 512);
	ck_assert_int_eq(snd_pcm_mmap_begin(p.pcm, &areas, &offset, &frames), 0);
	ck_assert_uint_eq(frames, 512);
	size = frames * 2 * format_bytes(format);
	at = (char *)areas[0].addr + offset * 2 * format_bytes(format);
	memcpy(at, in, size);
	ck_assert_int_eq((int)snd_pcm_mmap_commit(p.pcm, offset, frames), (int)frames);
	ck_assert_int_eq(snd_pcm_start(p.pcm), 0);
	ck_assert_mem_eq(at, in, size);
	playback_close(&p);
}
END_TEST

START_TEST(odd_lengths_come_out_whole)
{
	static int16_t in[2 * FRAMES];
	size_t count = (size_t)_i * 331 + 1;
	size_t size;
	void *heard;

	heard = playback_through(OVER_DAC("", "S32"), SND_PCM_FORMAT_S16, 48000, in, count, &size);
	ck_assert_uint_eq(size, count * 8);
	free(heard);
}
END_TEST

START_TEST(prepare_starts_from_silence)
{
	static int16_t in[2 * FRAMES];
	struct playback p;
	size_t size;
	char *heard;

	fill_s16(in);
	playback_start(&p, OVER_DAC("", "S16"), SND_PCM_ACCESS_RW_INTERLEAVED,
		       SND_PCM_FORMAT_S16, 48000);
	playback_write(&p, in, FRAMES, 100);
	ck_assert_int_eq(snd_pcm_drop(p.pcm), 0);
	ck_assert_int_eq(snd_pcm_prepare(p.pcm), 0);
	playback_write(&p, in, FRAMES, 100);
	heard = playback_finish(&p, &size);
	ck_assert_uint_eq(size, 2 * sizeof(in));
	ck_assert_mem_eq(heard, heard + sizeof(in), sizeof(in));
	free(heard);
}
END_TEST

/*
 * The filter cannot be unwound: it takes a rewind as music that jumps.  Rewound by
 * whole waves, a tone must go on as if nothing had been; by any other distance,
 * no step may become larger than the music's own (headroom is safe).
 */
START_TEST(a_rewind_is_heard_as_the_music_jumps)
{
	enum { WAVE = 96, SENT = 25 * WAVE };
	const size_t back = _i ? 37 : 10 * WAVE;
	static double in[2 * SENT];
	double largest = 0;
	struct playback p;
	double *heard;
	size_t size;

	for (size_t n = 0; n < SENT; n++)
		in[2 * n] = signals_sine(500, 48000, n);
	playback_start(&p, "type crossfeed brightness bright slave.pcm { type dac file \"%s\" "
		       "formats [ FLOAT64 ] held yes }", SND_PCM_ACCESS_RW_INTERLEAVED,
		       SND_PCM_FORMAT_FLOAT64, 48000);
	playback_write(&p, in, SENT, 100);
	ck_assert_int_eq(snd_pcm_rewind(p.pcm, back), (snd_pcm_sframes_t)back);
	playback_write(&p, in + 2 * (SENT - back), back, 100);
	heard = playback_finish(&p, &size);
	ck_assert_uint_eq(size / (2 * sizeof(*heard)), SENT + back);
	for (size_t n = SENT; n < SENT + back && _i == 0; n++)
		ck_assert_double_eq_tol(heard[2 * n], heard[2 * (n - 10 * WAVE)], 1e-9);
	largest = fabs(in[2 * (SENT - 1)] - in[2 * (SENT - back)]);
	largest = fmax(largest, 2 * sin(SIGNALS_PI / WAVE));
	for (size_t n = 2; n < 2 * (SENT + back); n++)
		ck_assert_double_le(fabs(heard[n] - heard[n - 2]), largest);
	free(heard);
}
END_TEST

START_TEST(what_is_no_number_is_forgotten)
{
	static float in[2 * FRAMES];
	float *heard;
	size_t size;

	in[10] = NAN;
	in[11] = INFINITY;
	in[12] = -INFINITY;
	in[2000] = 0.5f;
	heard = playback_through(OVER_DAC("brightness bright", "FLOAT"), SND_PCM_FORMAT_FLOAT,
				 48000, in, FRAMES, &size);
	for (size_t n = 0; n < 2000; n++)
		ck_assert(heard[n] == 0);
	ck_assert(heard[2000] > 0.1f);
	for (size_t n = 2000; n < 2 * FRAMES; n++)
		ck_assert(isfinite(heard[n]));
	free(heard);
}
END_TEST

/* Largest of what passes, and what does not: nothing that comes after it is harmed. */
START_TEST(numbers_too_large_for_sound_are_forgotten)
{
	const double large[] = { DBL_MAX, -DBL_MAX, 1e307, DBL_MAX, 1e39, FLT_MAX, -FLT_MAX };
	static double in[2 * FRAMES];
	double *heard;
	size_t size;

	memcpy(in + 10, large, sizeof(large));
	in[2 * 2500] = 0.5;
	heard = playback_through(OVER_DAC("brightness bright", "FLOAT64"),
				 SND_PCM_FORMAT_FLOAT64, 48000, in, FRAMES, &size);
	/* 1360 dB above silence, a decibel less in each frame */
	for (size_t n = 2 * 2000; n < 2 * 2500; n++)
		ck_assert(heard[n] == 0);
	ck_assert(heard[2 * 2500] > 0.1);
	for (size_t n = 0; n < 2 * FRAMES; n++)
		ck_assert(isfinite(heard[n]));
	free(heard);
}
END_TEST

/* The Done of the first release: the response, measured through alsa-lib. */
static const unsigned int response_rates_hz[] = {
	37800, 44100, 48000, 96000, 192000, 384000, 768000,
};

static double complex analogue_cross(double hz)
{
	double complex a = I * hz / 950;
	double complex l = I * hz / 2650;

	return signals_from_db(-11.7) * (1 - a) / (1 + a) / (1 + l);
}

START_TEST(response_through_alsa)
{
	enum { LENGTH = 16384 };
	const unsigned int rate_hz = response_rates_hz[_i];
	const double error_db = rate_hz < 44100 ? 0.11 : 0.08;
	static int32_t in[2 * LENGTH];
	double *lr;
	int32_t *heard;
	size_t size;

	in[0] = 1 << 30;
	heard = playback_through(OVER_FILE("headroom none dither off"), SND_PCM_FORMAT_S32,
				 rate_hz, in, LENGTH, &size);
	ck_assert_uint_ge(size, sizeof(in));
	lr = as_doubles(heard, FORMAT_S32, LENGTH);
	for (double hz = 20; hz <= fmin(20000, 0.45 * rate_hz); hz *= 1.2) {
		double complex own = 2 * signals_response(lr, LENGTH, 0, hz / rate_hz);
		double complex cross = 2 * signals_response(lr, LENGTH, 1, hz / rate_hz);
		double complex c = analogue_cross(hz);

		ck_assert_double_eq_tol(signals_db(cabs(own)), 0, 0.001);
		ck_assert_double_eq_tol(signals_db(cabs(own + cross)), signals_db(cabs(1 + c)), error_db);
		ck_assert_double_eq_tol(signals_db(cabs(own - cross)), signals_db(cabs(1 - c)), error_db);
		if (hz <= 2000)
			ck_assert_double_eq_tol(carg(cross / c) / (2 * SIGNALS_PI * hz) * 1e6, 0, 2);
	}
	free(lr);
	free(heard);
}
END_TEST

static long clipped_count(snd_pcm_t *pcm)
{
	char *text = dump(pcm);
	const char *at = strstr(text, "clipped      : ");
	long count;

	ck_assert_msg(at, "%s", text);
	count = strtol(at + strlen("clipped      : "), NULL, 10);
	free(text);
	return count;
}

static double peak_of(const void *bytes, enum format format, size_t frames)
{
	double *lr = as_doubles(bytes, format, frames);
	double peak = 0;

	for (size_t n = 0; n < 2 * frames; n++)
		peak = fmax(peak, fabs(lr[n]));
	free(lr);
	return peak;
}

/* The stream within full scale that drives the filter headroom highest. */
static void fill_worst(float *in, size_t frames, double level_db,
		       enum crossfeed_brightness brightness)
{
	struct settings settings = settings_initial();
	double *lr = calloc(2 * frames, sizeof(*lr));
	struct sound sound;

	ck_assert_ptr_nonnull(lr);
	lr[0] = 1;
	settings.value[SETTING_LEVEL_DB] = level_db;
	settings.value[SETTING_BRIGHTNESS] = brightness;
	settings.value[SETTING_HEADROOM_DB] = 0;
	sound_init(&sound, &settings, 48000, 1);
	sound_process(&sound, lr, frames);
	for (size_t n = 0; n < 2 * frames; n++)
		in[n] = lr[2 * (frames - 1 - n / 2) + n % 2] < 0 ? -1 : 1;
	free(lr);
}

/* The second three need more than the 6 dB that all have, and get just that. */
START_TEST(safe_headroom_reaches_full_scale_and_no_further)
{
	const enum format formats[] = { FORMAT_S16, FORMAT_S24, FORMAT_S32 };
	const char *const definitions[] = {
		OVER_DAC("", "S16"), OVER_DAC("", "S24"), OVER_DAC("", "S32"),
		OVER_DAC("level -3 brightness bright", "S16"),
		OVER_DAC("level -3 brightness bright", "S24"),
		OVER_DAC("level -3 brightness bright", "S32"),
	};
	static float in[2 * FRAMES];
	struct playback p;
	double peak;
	void *heard;
	size_t size;

	if (_i < 3)
		fill_worst(in, FRAMES, -11.7, CROSSFEED_BRIGHTNESS_OFF);
	else
		fill_worst(in, FRAMES, -3, CROSSFEED_BRIGHT);
	playback_start(&p, definitions[_i], SND_PCM_ACCESS_RW_INTERLEAVED, SND_PCM_FORMAT_FLOAT,
		       48000);
	playback_write(&p, in, FRAMES, FRAMES);
	ck_assert_int_eq(clipped_count(p.pcm), 0);
	heard = playback_finish(&p, &size);
	peak = peak_of(heard, formats[_i % 3], FRAMES);
	ck_assert(peak >= (_i < 3 ? 0.7 : 0.99) && peak <= 1);
	free(heard);
}
END_TEST

START_TEST(positive_gain_saturates_and_is_counted)
{
	static float in[2 * FRAMES];
	struct playback p;
	int32_t *heard;
	size_t size;

	fill_worst(in, FRAMES, -11.7, CROSSFEED_BRIGHTNESS_OFF);
	playback_start(&p, OVER_DAC("gain 15", "S32"), SND_PCM_ACCESS_RW_INTERLEAVED,
		       SND_PCM_FORMAT_FLOAT, 48000);
	playback_write(&p, in, FRAMES, 100);
	ck_assert_int_gt(clipped_count(p.pcm), FRAMES);
	heard = playback_finish(&p, &size);
	for (size_t n = 100; n < 2 * FRAMES; n++)
		ck_assert(abs(heard[n] / 2) > 1 << 29);
	free(heard);
}
END_TEST

/* What plays and falls silent, in each way there is to the DAC. */
static const char *const silent_chains[] = {
	OVER_DAC("", "S16"),
	OVER_DAC("crossfeed off", "S16"),
	OVER_DAC("preset meier brightness bright", "S24"),
	OVER_DAC("volume -10", "S32"),
	OVER_DAC(NEUTRAL, "S16"),
	OVER_DAC("rate 44100 resampler fastest", "S16"),
};

enum { SILENT_CHAINS = sizeof(silent_chains) / sizeof(silent_chains[0]) };

/* A quarter of a second after the last sample nothing but exact zeros comes out. */
START_TEST(silence_comes_out_as_silence)
{
	enum { MUSIC = 4800, SILENCE = 24000, HOLD = 12000 };
	static float in[2 * (MUSIC + SILENCE)];
	bool wide = strstr(silent_chains[_i], "S16") == NULL;
	uint32_t state = 8;
	struct playback p;
	snd_output_t *output;
	size_t bytes, samples;
	char *heard, *text;

	for (size_t n = 0; n < 2 * MUSIC; n++)
		in[n] = (float)(0.5 * signals_noise(&state));
	playback_start(&p, silent_chains[_i], SND_PCM_ACCESS_RW_INTERLEAVED, SND_PCM_FORMAT_FLOAT,
		       48000);
	playback_write(&p, in, MUSIC + SILENCE, 700);
	ck_assert_int_eq(snd_output_buffer_open(&output), 0);
	snd_pcm_dump(p.pcm, output);
	snd_output_putc(output, '\0');
	snd_output_buffer_string(output, &text);
	ck_assert_msg(strstr(text, "significant bits, silent\n"), "%s", text);
	snd_output_close(output);
	heard = playback_finish(&p, &bytes);
	samples = bytes / (wide ? 4 : 2);
	for (size_t n = samples - 2 * (SILENCE - HOLD) * 9 / 10; n < samples; n++)
		ck_assert_msg((wide ? ((int32_t *)heard)[n] : ((int16_t *)heard)[n]) == 0,
			      "sample %zu of %zu", n, samples);
	free(heard);
}
END_TEST

START_TEST(loops_are_refused)
{
	const char *const loops[] = {
		"type crossfeed slave.pcm \"test\" comment \"%s\"",
		"type plug slave.pcm { type crossfeed slave.pcm \"test\" comment \"%s\" }",
		"type crossfeed slave.pcm { type plug slave.pcm \"test\" comment \"%s\" }",
		"type crossfeed slave.pcm { type asym playback.pcm \"test\" comment \"%s\" }",
		"type crossfeed slave again comment \"%s\" } pcm_slave.again { pcm \"test\"",
		"type crossfeed slave.pcm \"other\" comment \"%s\" } "
			"pcm.other { type plug slave again } pcm_slave.again { pcm \"test\"",
		/* no way back to us, and no end */
		"type crossfeed slave.pcm \"one\" comment \"%s\" } "
			"pcm.one { type plug slave.pcm \"other\" } "
			"pcm.other { type plug slave.pcm \"one\"",
	};
	struct playback p;

	ck_assert_int_eq(playback_open(&p, loops[_i]), -ELOOP);
}
END_TEST

/* What records may well go through the device; only what plays must not. */
START_TEST(capture_through_ourselves_is_no_loop)
{
	struct playback p;

	ck_assert_int_eq(playback_open(&p, "type crossfeed slave.pcm { type asym capture.pcm "
				       "\"test\" playback.pcm { type dac file \"%s\" "
				       "formats [ S16 ] } }"), 0);
	playback_close(&p);
}
END_TEST

START_TEST(bad_definitions_are_refused)
{
	const char *const bad[] = {
		"type crossfeed comment \"%s\"",
		"type crossfeed slave.pcm \"null\" level 5 comment \"%s\"",
		"type crossfeed slave.pcm \"null\" unknown 5 comment \"%s\"",
		"type crossfeed slave { } comment \"%s\"",
		"type crossfeed slave.pcm { } comment \"%s\"",
	};
	struct playback p;

	ck_assert_int_lt(playback_open(&p, bad[_i]), 0);
}
END_TEST

static char said[1000];

static void keep_message(const char *file, int line, const char *function, int err,
			 const char *format, ...)
{
	va_list args;

	(void)file;
	(void)line;
	(void)function;
	(void)err;
	va_start(args, format);
	vsnprintf(said, sizeof(said), format, args);
	va_end(args);
}

static const struct {
	const char *slave, *message;
	int err;
} unfit[] = {
	{ "type dac file \"%s\" formats [ S16 ] fail { after -1 error -16 }", "the card is in use",
		-EBUSY },
	{ "type dac file \"%s\" formats [ S16 ] mapped no", "the slave cannot be mapped", -EINVAL },
	{ "type dac file \"%s\" formats [ U8 ]", "the slave has no stereo format", -EINVAL },
	{ "type dac file \"%s\" formats [ S16 ] channels 4", "the slave has no stereo format",
		-EINVAL },
};

enum { UNFIT = sizeof(unfit) / sizeof(unfit[0]) };

/* The last that is said tells what to do. */
START_TEST(a_slave_that_cannot_be_had_is_told)
{
	char definition[200];
	struct playback p;
	int err;

	snprintf(definition, sizeof(definition), "type crossfeed control none slave.pcm { %s }",
		 unfit[_i].slave);
	snd_lib_error_set_handler(keep_message);
	err = playback_open(&p, definition);
	snd_lib_error_set_handler(NULL);
	ck_assert_int_eq(err, unfit[_i].err);
	ck_assert_msg(strstr(said, unfit[_i].message), "%s", said);
}
END_TEST

START_TEST(recording_is_refused)
{
	struct playback p;
	snd_pcm_t *pcm;

	ck_assert_int_eq(playback_open(&p, OVER_FILE("")), 0);
	ck_assert_int_eq(snd_pcm_open_lconf(&pcm, "test", SND_PCM_STREAM_CAPTURE, 0, p.config),
			 -EINVAL);
	playback_close(&p);
}
END_TEST

/* The DAC plays nothing before it is drained, and so is behind by all it has got. */
START_TEST(delay_is_the_slaves)
{
	static int16_t in[2 * FRAMES];
	struct playback p;
	snd_pcm_sframes_t delay;

	playback_start(&p, "type crossfeed slave.pcm { type dac file \"%s\" formats [ S16 ] "
		       "held yes }", SND_PCM_ACCESS_RW_INTERLEAVED, SND_PCM_FORMAT_S16, 48000);
	for (int n = 1; n <= 4; n++) {
		playback_write(&p, in, 500, 500);
		ck_assert_int_eq(snd_pcm_delay(p.pcm, &delay), 0);
		ck_assert_int_eq((int)delay, n * 500);
	}
	playback_close(&p);
}
END_TEST

/* The delay told is the one heard: a filter that looked ahead would be late by more. */
START_TEST(the_first_frame_comes_out_first)
{
	static double in[2 * FRAMES];
	double *heard;
	size_t size;

	in[0] = 0.5;
	heard = playback_through(OVER_DAC("headroom none", "FLOAT64"), SND_PCM_FORMAT_FLOAT64,
				 48000, in, FRAMES, &size);
	ck_assert(heard[0] == 0.5);
	for (size_t n = 1; n < FRAMES; n++)
		ck_assert(heard[2 * n] == 0);
	free(heard);
}
END_TEST

START_TEST(floating_point_mode_is_untouched)
{
	static int16_t in[2 * FRAMES];
	struct playback p;
	const char *const definitions[] = { OVER_FILE(""), OVER_FILE("rate 44100") };
	int round = fegetround();
#if defined(__x86_64__)
	/* status flags are sticky; the mode is the rest */
	unsigned int mode = _mm_getcsr() & ~0x3fu;
#endif

	playback_start(&p, definitions[_i], SND_PCM_ACCESS_RW_INTERLEAVED, SND_PCM_FORMAT_S16,
		       48000);
	playback_write(&p, in, FRAMES, FRAMES);
	playback_close(&p);
	ck_assert_int_eq(fegetround(), round);
#if defined(__x86_64__)
	ck_assert_uint_eq(_mm_getcsr() & ~0x3fu, mode);
#endif
}
END_TEST

START_TEST(hw_params_can_be_set_again)
{
	static int16_t in[2 * FRAMES];
	struct playback p;

	playback_start(&p, OVER_FILE(""), SND_PCM_ACCESS_RW_INTERLEAVED, SND_PCM_FORMAT_S16, 48000);
	playback_write(&p, in, 100, 100);
	ck_assert_int_eq(snd_pcm_drop(p.pcm), 0);
	ck_assert_int_eq(snd_pcm_hw_free(p.pcm), 0);
	free(dump(p.pcm));
	ck_assert_int_eq(playback_configure(&p, SND_PCM_ACCESS_RW_INTERLEAVED,
					    SND_PCM_FORMAT_FLOAT, 96000), 0);
	playback_close(&p);
}
END_TEST

static Suite *pcm_suite(void)
{
	Suite *suite = suite_create("pcm");
	TCase *formats = tcase_create("formats");
	TCase *streams = tcase_create("streams");
	TCase *sound = tcase_create("sound");
	TCase *edges = tcase_create("edges");

	tcase_set_timeout(streams, 60);
	tcase_set_timeout(sound, 60);
	tcase_add_loop_test(formats, neutral_keeps_every_bit_that_fits, 0,
			    FORMATS * FORMATS);
	tcase_add_loop_test(formats, widest_format_of_the_dac_is_taken, 0, CHOICES);
	tcase_add_test(formats, dac_without_a_format_of_ours_is_refused);
	tcase_add_test(formats, mono_dac_is_refused);
	tcase_add_loop_test(formats, encoded_streams_are_not_offered, 0, 2 * ENCODED);
	tcase_add_loop_test(formats, encoded_streams_are_refused, 0, 2 * ENCODED);
	tcase_add_test(formats, rates_are_the_dacs);
	tcase_add_test(formats, dither_is_at_the_real_width);
	tcase_add_test(formats, what_fits_the_dac_is_not_dithered);
	tcase_add_test(formats, prepare_forgets_that_the_stream_was_finer);
	tcase_add_loop_test(streams, every_access_and_block_size_gives_the_same_samples, 0, 60);
	tcase_add_loop_test(streams, source_areas_are_not_written_to, 0,
			    DEFINITIONS_THAT_READ * FORMATS);
	tcase_add_loop_test(streams, odd_lengths_come_out_whole, 0, 9);
	tcase_add_test(streams, prepare_starts_from_silence);
	tcase_add_loop_test(streams, a_rewind_is_heard_as_the_music_jumps, 0, 2);
	tcase_add_test(streams, what_is_no_number_is_forgotten);
	tcase_add_test(streams, numbers_too_large_for_sound_are_forgotten);
	tcase_add_test(streams, delay_is_the_slaves);
	tcase_add_test(streams, the_first_frame_comes_out_first);
	tcase_add_test(streams, hw_params_can_be_set_again);
	tcase_add_loop_test(sound, response_through_alsa, 0, 7);
	tcase_add_loop_test(sound, silence_comes_out_as_silence, 0, SILENT_CHAINS);
	tcase_add_loop_test(sound, safe_headroom_reaches_full_scale_and_no_further, 0, 6);
	tcase_add_test(sound, positive_gain_saturates_and_is_counted);
	tcase_add_loop_test(edges, loops_are_refused, 0, 7);
	tcase_add_test(edges, capture_through_ourselves_is_no_loop);
	tcase_add_loop_test(edges, bad_definitions_are_refused, 0, 5);
	tcase_add_loop_test(edges, a_slave_that_cannot_be_had_is_told, 0, UNFIT);
	tcase_add_test(edges, recording_is_refused);
	tcase_add_loop_test(edges, floating_point_mode_is_untouched, 0, 2);
	suite_add_tcase(suite, formats);
	suite_add_tcase(suite, streams);
	suite_add_tcase(suite, sound);
	suite_add_tcase(suite, edges);
	return suite;
}

int main(void)
{
	return check_main(pcm_suite());
}
