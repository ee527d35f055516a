/* alsa-crossfeed - tests keys rate and resampler: exact pitch, every frame, no clipped peak */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "check_main.h"
#include "playback.h"
#include "sample_bytes.h"
#include "signals.h"
#include "sine.h"

#include <errno.h>
#include <stdio.h>

#define AMPLITUDE 0.9
#define NEUTRAL "crossfeed off bypass direct headroom none "
#define DAC(rate) "slave.pcm { type dac file \"%s\" formats [ S32 ] rates [ " rate " ] }"

/* Both channels the same; to be freed. */
static int32_t *new_sine(size_t frames, double amplitude, double cycles_per_frame, double turn)
{
	int32_t *lr = malloc(2 * frames * sizeof(*lr));

	ck_assert_ptr_nonnull(lr);
	for (size_t n = 0; n < frames; n++) {
		double turns = fmod(cycles_per_frame * (double)n + turn, 1);

		lr[2 * n] = lr[2 * n + 1] = (int32_t)lrint(amplitude * sin(TAU * turns) *
							   INT32_MAX);
	}
	return lr;
}

/* The left channel of what was heard; frees it. */
static double *left_of(int32_t *heard, size_t bytes, size_t *frames)
{
	double *left = malloc(bytes);

	ck_assert_ptr_nonnull(left);
	*frames = bytes / (2 * sizeof(*heard));
	for (size_t n = 0; n < *frames; n++)
		left[n] = heard[2 * n] * 0x1p-31;
	free(heard);
	return left;
}

static double *play_sine(const char *definition, unsigned int rate_hz, double amplitude, double hz,
			 double turn, size_t *frames)
{
	size_t sent = rate_hz / 2;
	int32_t *in = new_sine(sent, amplitude, hz / rate_hz, turn);
	size_t bytes;
	int32_t *heard = playback_through(definition, SND_PCM_FORMAT_S32, rate_hz, in, sent, &bytes);

	free(in);
	return left_of(heard, bytes, frames);
}

/* Measured with libsamplerate 0.2.2; 3 dB are allowed for another compiler's rounding. */
static const struct {
	unsigned int in_hz, out_hz;
	double hz;
	double thdn_db[3];	/* fastest, medium, best */
	double level_db[3];
} rows[] = {
	{ 44100, 48000, 997, { -119.0, -141.9, -148.9 }, { 0, 0, 0 } },
	{ 44100, 48000, 10000, { -104.9, -128.3, -144.7 }, { 0, 0, 0 } },
	{ 44100, 48000, 19000, { -90.7, -118.1, -139.7 }, { -10.921, -0.055, 0 } },
	{ 48000, 44100, 997, { -103.4, -135.6, -145.4 }, { 0, 0, 0 } },
	{ 48000, 44100, 10000, { -104.9, -125.2, -144.5 }, { 0, 0, 0 } },
	{ 48000, 44100, 19000, { -96.5, -124.2, -141.2 }, { -10.921, -0.055, 0 } },
	{ 44100, 96000, 997, { -119.0, -142.0, -148.9 }, { 0, 0, 0 } },
	{ 44100, 96000, 10000, { -104.9, -128.4, -144.8 }, { 0, 0, 0 } },
	{ 44100, 96000, 19000, { -90.7, -118.1, -140.0 }, { -10.921, -0.055, 0 } },
	{ 96000, 48000, 997, { -151.6, -153.0, -152.9 }, { 0, 0, 0 } },
	{ 96000, 48000, 10000, { -151.6, -152.5, -152.6 }, { 0, 0, 0 } },
	{ 96000, 48000, 19000, { -151.5, -151.6, -150.0 }, { -2.222, 0, 0 } },
	{ 22050, 48000, 997, { -120.5, -141.1, -148.7 }, { 0, 0, 0 } },
	{ 22050, 48000, 10000, { -80.3, -116.2, -139.5 }, { -22.818, -3.251, 0 } },
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

static const char *const qualities[] = { "fastest", "medium", "best" };

START_TEST(sounds_as_measured)
{
	const unsigned int out_hz = rows[_i / 3].out_hz;
	const double cycles = rows[_i / 3].hz / out_hz;
	char definition[400];
	struct sine_fit fit;
	size_t frames;
	double *heard, pitch_ppm;

	snprintf(definition, sizeof(definition), "type crossfeed " NEUTRAL "rate %u resampler %s "
		 DAC("%u"), out_hz, qualities[_i % 3], "%s", out_hz);
	heard = play_sine(definition, rows[_i / 3].in_hz, AMPLITUDE, rows[_i / 3].hz, 0, &frames);
	fit = sine_fit(heard + frames / 4, frames / 2, cycles);
	pitch_ppm = sine_pitch_ppm(heard + frames / 4, frames / 2, cycles);
	printf("%u -> %u %-7s %5.0f Hz: THD+N %.1f dB, level %+.3f dB, pitch %+.4f ppm\n",
	       rows[_i / 3].in_hz, out_hz, qualities[_i % 3], rows[_i / 3].hz, fit.thdn_db,
	       fit.level_db - to_db(AMPLITUDE), pitch_ppm);
	ck_assert_uint_eq(frames, out_hz / 2);
	ck_assert_double_le(fit.thdn_db, rows[_i / 3].thdn_db[_i % 3] + 3);
	ck_assert_double_eq_tol(fit.level_db - to_db(AMPLITUDE), rows[_i / 3].level_db[_i % 3],
				0.01);
	ck_assert_double_eq_tol(pitch_ppm, 0, 0.01);
	free(heard);
}
END_TEST

/* Periods that ALSA's rate layer would stretch by 850 ppm and more. */
START_TEST(pitch_is_exact_whatever_the_periods)
{
	const char *const definitions[] = {
		"type crossfeed " NEUTRAL "rate 48000 " DAC("48000"),
		"type crossfeed " NEUTRAL "rate 48000 slave.pcm { type dac file \"%s\" "
			"formats [ S32 ] period_bytes 8192 periods 8 }",
	};
	const size_t chunks[] = { 1, 255, 1000, 5512 };
	const size_t sent = 44100;
	int32_t *in = new_sine(sent, AMPLITUDE, 997.0 / 44100, 0);
	struct playback p;
	size_t bytes, frames;
	double *heard;

	playback_start(&p, definitions[_i / 4], SND_PCM_ACCESS_RW_INTERLEAVED, SND_PCM_FORMAT_S32,
		       44100);
	playback_write(&p, in, sent, chunks[_i % 4]);
	heard = playback_finish(&p, &bytes);
	heard = left_of((int32_t *)heard, bytes, &frames);
	ck_assert_uint_eq(frames, 48000);
	ck_assert_double_eq_tol(sine_pitch_ppm(heard + 12000, 24000, 997.0 / 48000), 0, 0.001);
	ck_assert_double_le(sine_fit(heard + 12000, 24000, 997.0 / 48000).thdn_db, -145);
	free(heard);
	free(in);
}
END_TEST

/* Not one frame is lost at the end, however short the stream. */
START_TEST(drain_gives_the_last_frame)
{
	const size_t sent[] = { 1, 10, 144, 145, 1000, 44099, 4097 };
	const size_t count = sent[_i];
	int32_t *in = new_sine(count, AMPLITUDE, 0.01, 0.25);
	size_t bytes, frames;
	double *heard = playback_through("type crossfeed " NEUTRAL "rate 48000 " DAC("48000"),
					 SND_PCM_FORMAT_S32, 44100, in, count, &bytes);

	heard = left_of((int32_t *)heard, bytes, &frames);
	ck_assert_uint_eq(frames, (size_t)lrint((double)count * 48000 / 44100));
	/* the first and the last frame are there, not shifted */
	ck_assert_double_ge(heard[0], 0.3);
	if (count == 1000)
		ck_assert_double_ge(heard[frames - 1], 0.3);
	free(heard);
	free(in);
}
END_TEST

START_TEST(equal_rates_keep_every_bit)
{
	const snd_pcm_access_t accesses[] = {
		SND_PCM_ACCESS_RW_INTERLEAVED, SND_PCM_ACCESS_RW_NONINTERLEAVED,
		SND_PCM_ACCESS_MMAP_INTERLEAVED, SND_PCM_ACCESS_MMAP_NONINTERLEAVED,
	};
	const size_t sent = 20000;
	int32_t *in = new_sine(sent, AMPLITUDE, 0.0213, 0);
	struct playback p;
	size_t bytes;
	void *heard;

	playback_start(&p, "type crossfeed crossfeed off bypass direct rate 48000 " DAC("48000"),
		       accesses[_i], SND_PCM_FORMAT_S32, 48000);
	playback_write(&p, in, sent, 777);
	heard = playback_finish(&p, &bytes);
	ck_assert_uint_eq(bytes, 2 * sent * sizeof(*in));
	ck_assert_mem_eq(heard, in, bytes);
	free(heard);
	free(in);
}
END_TEST

START_TEST(every_access_gives_the_same_samples)
{
	const snd_pcm_access_t accesses[] = {
		SND_PCM_ACCESS_RW_NONINTERLEAVED, SND_PCM_ACCESS_MMAP_INTERLEAVED,
		SND_PCM_ACCESS_MMAP_NONINTERLEAVED,
	};
	const char *definition = "type crossfeed rate 48000 resampler fastest " DAC("48000");
	const size_t sent = 20000;
	int32_t *in = new_sine(sent, AMPLITUDE, 0.0213, 0);
	struct playback p;
	size_t bytes, expected_bytes;
	void *heard, *expected = playback_through(definition, SND_PCM_FORMAT_S32, 44100, in, sent,
						  &expected_bytes);

	playback_start(&p, definition, accesses[_i], SND_PCM_FORMAT_S32, 44100);
	playback_write(&p, in, sent, 333);
	heard = playback_finish(&p, &bytes);
	ck_assert_uint_eq(bytes, expected_bytes);
	ck_assert_mem_eq(heard, expected, bytes);
	free(heard);
	free(expected);
	free(in);
}
END_TEST

static void assert_dump(snd_pcm_t *pcm, const char *expected)
{
	snd_output_t *output;
	char *text;

	ck_assert_int_eq(snd_output_buffer_open(&output), 0);
	snd_pcm_dump(pcm, output);
	snd_output_putc(output, '\0');
	snd_output_buffer_string(output, &text);
	ck_assert_msg(strstr(text, expected), "%s", text);
	snd_output_close(output);
}

/*
 * A rate of a quarter of the samples', which lie at 45 degrees: none of them is
 * above 0.999, and the peaks between them, which conversion finds, are at 1.41.
 */
START_TEST(peaks_between_samples_do_not_clip)
{
	const size_t sent = 22050;
	int32_t *in = new_sine(sent, 1, 0.25, 0.125);
	struct sine_fit fit;
	struct playback p;
	size_t bytes, frames;
	double *heard;

	for (size_t n = 0; n < 2 * sent; n++)
		in[n] = in[n] > 0 ? INT32_MAX : INT32_MIN;
	playback_start(&p, "type crossfeed rate 48000 " DAC("48000"), SND_PCM_ACCESS_RW_INTERLEAVED,
		       SND_PCM_FORMAT_S32, 44100);
	playback_write(&p, in, sent, 1000);
	assert_dump(p.pcm, "clipped      : 0 samples");
	heard = playback_finish(&p, &bytes);
	heard = left_of((int32_t *)heard, bytes, &frames);
	fit = sine_fit(heard + frames / 4, frames / 2, 0.25 * 44100 / 48000);
	ck_assert_double_le(fit.thdn_db, -135);
	free(heard);
	free(in);
}
END_TEST

/* At the DAC's rate or converted to it: the level is the same, and no headroom is added. */
START_TEST(a_converted_stream_is_as_loud)
{
	const unsigned int rates_hz[2] = { 44100, 48000 };
	double level_db[2];

	for (int k = 0; k < 2; k++) {
		size_t frames;
		double *heard = play_sine("type crossfeed rate 48000 " DAC("48000"), rates_hz[k], 0.5,
					  1000, 0, &frames);

		level_db[k] = sine_fit(heard + frames / 4, frames / 2, 1000.0 / 48000).level_db;
		free(heard);
	}
	ck_assert_double_eq_tol(level_db[0], level_db[1], 0.01);
}
END_TEST

/* A master that was driven into its limiter until hardly anything but full scale is left. */
START_TEST(loud_masters_do_not_clip_under_safe)
{
	const char *const switches[] = { "on", "off", "off bypass direct" };
	char definition[300];
	const size_t sent = 60000;
	int32_t *in = malloc(2 * sent * sizeof(*in));
	struct playback p;

	ck_assert_ptr_nonnull(in);
	for (size_t n = 0; n < 2 * sent; n++) {
		size_t frame = n / 2;
		double loud = 8 * (signals_sine(n % 2 ? 61 : 67, 44100, frame) +
				   signals_sine(443, 44100, frame) + signals_sine(3571, 44100, frame));

		in[n] = (int32_t)(fmax(-1, fmin(1, loud)) * INT32_MAX);
	}
	snprintf(definition, sizeof(definition), "type crossfeed crossfeed %s rate 48000 "
		 "resampler %s " DAC("48000"), switches[_i % 3],
		 qualities[_i / 3], "%s");
	playback_start(&p, definition, SND_PCM_ACCESS_RW_INTERLEAVED, SND_PCM_FORMAT_S32, 44100);
	playback_write(&p, in, sent, 1000);
	assert_dump(p.pcm, "clipped      : 0 samples");
	playback_close(&p);
	free(in);
}
END_TEST

START_TEST(prepare_starts_from_silence)
{
	const size_t sent = 5000;
	int32_t *in = new_sine(sent, AMPLITUDE, 0.02, 0);
	struct playback p;
	size_t bytes, first;
	int32_t *heard;

	playback_start(&p, "type crossfeed rate 48000 dither off " DAC("48000"),
		       SND_PCM_ACCESS_RW_INTERLEAVED, SND_PCM_FORMAT_S32, 44100);
	playback_write(&p, in, sent, 500);
	ck_assert_int_eq(snd_pcm_drop(p.pcm), 0);
	ck_assert_int_eq(snd_pcm_prepare(p.pcm), 0);
	memset(in, 0, 2 * sent * sizeof(*in));
	playback_write(&p, in, sent, 500);
	heard = playback_finish(&p, &bytes);
	/* of the first stream, what the filter held never came out */
	first = bytes / 8 - (size_t)lrint((double)sent * 48000 / 44100);
	ck_assert_uint_le(first, (size_t)lrint((double)sent * 48000 / 44100));
	ck_assert_uint_ge(first, (size_t)lrint((double)(sent - 200) * 48000 / 44100));
	for (size_t n = 2 * first; n < bytes / 4; n++)
		ck_assert_int_eq(heard[n], 0);
	free(heard);
	free(in);
}
END_TEST

/* The DAC plays at once, so what is reported is what the filter holds. */
START_TEST(delay_is_what_the_filter_holds)
{
	const char *const definitions[] = {
		"type crossfeed rate 48000 resampler fastest " DAC("48000"),
		"type crossfeed rate 48000 resampler medium " DAC("48000"),
		"type crossfeed rate 48000 resampler best " DAC("48000"),
	};
	/* latencies of the filters, one frame of which may be out already */
	const long frames[] = { 21, 48, 145 };
	const size_t sent = 3000;
	int32_t *in = new_sine(sent, AMPLITUDE, 0.02, 0);
	snd_pcm_sframes_t delay;
	struct playback p;

	playback_start(&p, definitions[_i], SND_PCM_ACCESS_RW_INTERLEAVED, SND_PCM_FORMAT_S32, 44100);
	playback_write(&p, in, sent, 500);
	ck_assert_int_eq(snd_pcm_delay(p.pcm, &delay), 0);
	ck_assert_int_ge(delay, frames[_i] - 3);
	ck_assert_int_le(delay, frames[_i]);
	playback_close(&p);
	free(in);
}
END_TEST

/* A whole buffer at once, again and again: all is played, and the room comes back. */
START_TEST(full_buffers_come_back)
{
	struct playback p;
	snd_pcm_uframes_t buffer, period;
	int32_t *in;

	playback_start(&p, "type crossfeed rate 48000 resampler fastest " DAC("48000"),
		       SND_PCM_ACCESS_RW_INTERLEAVED, SND_PCM_FORMAT_S32, 44100);
	ck_assert_int_eq(snd_pcm_get_params(p.pcm, &buffer, &period), 0);
	in = new_sine(buffer, AMPLITUDE, 0.02, 0);
	for (int i = 0; i < 20; i++) {
		ck_assert_int_eq(snd_pcm_writei(p.pcm, in, buffer), (snd_pcm_sframes_t)buffer);
		ck_assert_int_eq(snd_pcm_avail(p.pcm), (snd_pcm_sframes_t)buffer);
	}
	playback_close(&p);
	free(in);
}
END_TEST

/* Conversion keeps the channels apart; the fold-down comes after it. */
START_TEST(channels_stay_where_they_are)
{
	/* FL FR RL RR FC LFE, and what each is worth in the left ear */
	const double weights[] = { 1, 0, 0.70710678, 0, 0.70710678, 0 };
	const size_t sent = 22050;
	int32_t *sine = new_sine(sent, AMPLITUDE, 0.02, 0);
	int32_t *in = calloc(6 * sent, sizeof(*in));
	struct playback p;
	size_t bytes, frames;
	double *heard;

	ck_assert_ptr_nonnull(in);
	for (size_t n = 0; n < sent; n++)
		in[6 * n + (size_t)_i] = sine[2 * n];
	ck_assert_int_eq(playback_open(&p, "type crossfeed " NEUTRAL "rate 48000 resampler medium "
				       DAC("48000")), 0);
	p.channels = 6;
	ck_assert_int_eq(playback_configure(&p, SND_PCM_ACCESS_RW_INTERLEAVED, SND_PCM_FORMAT_S32,
					    44100), 0);
	playback_write(&p, in, sent, 1000);
	heard = playback_finish(&p, &bytes);
	heard = left_of((int32_t *)heard, bytes, &frames);
	ck_assert_uint_eq(frames, 24000);
	if (weights[_i] > 0)
		ck_assert_double_eq_tol(sine_fit(heard + 6000, 12000, 0.02 * 44100 / 48000).level_db,
					to_db(AMPLITUDE * weights[_i]), 0.001);
	else
		for (size_t n = 0; n < frames; n++)
			ck_assert_double_eq_tol(heard[n], 0, 0x1p-29);
	free(heard);
	free(in);
	free(sine);
}
END_TEST

START_TEST(a_rate_the_slave_has_not_is_refused)
{
	struct playback p;

	ck_assert_int_lt(playback_open(&p, "type crossfeed rate 96000 " DAC("44100 48000")), 0);
}
END_TEST

START_TEST(parameters_can_be_set_again)
{
	struct playback p;
	int32_t in[200] = { 0 };

	playback_start(&p, "type crossfeed rate 48000 " DAC("48000"), SND_PCM_ACCESS_RW_INTERLEAVED,
		       SND_PCM_FORMAT_S32, 44100);
	assert_dump(p.pcm, "44100 -> 48000 Hz, pitch exact\n");
	playback_write(&p, in, 100, 100);
	ck_assert_int_eq(snd_pcm_drop(p.pcm), 0);
	ck_assert_int_eq(snd_pcm_hw_free(p.pcm), 0);
	ck_assert_int_eq(playback_configure(&p, SND_PCM_ACCESS_RW_INTERLEAVED, SND_PCM_FORMAT_S32,
					    48000), 0);
	assert_dump(p.pcm, "48000 Hz: copied");
	playback_write(&p, in, 100, 100);
	playback_close(&p);
}
END_TEST

/* A player may ask before there are parameters, and after: that is no xrun. */
START_TEST(status_may_be_asked_at_any_time)
{
	snd_pcm_status_t *status;
	struct playback p;

	snd_pcm_status_alloca(&status);
	ck_assert_int_eq(playback_open(&p, "type crossfeed rate 48000 " DAC("48000")), 0);
	snd_pcm_status(p.pcm, status);
	ck_assert_int_eq(snd_pcm_state(p.pcm), SND_PCM_STATE_OPEN);
	ck_assert_int_eq(playback_configure(&p, SND_PCM_ACCESS_RW_INTERLEAVED, SND_PCM_FORMAT_S32,
					    44100), 0);
	ck_assert_int_eq(snd_pcm_status(p.pcm, status), 0);
	ck_assert_int_eq(snd_pcm_state(p.pcm), SND_PCM_STATE_PREPARED);
	ck_assert_int_eq(snd_pcm_hw_free(p.pcm), 0);
	snd_pcm_status(p.pcm, status);
	ck_assert_int_ne(snd_pcm_state(p.pcm), SND_PCM_STATE_XRUN);
	playback_close(&p);
}
END_TEST

/* What the DAC does not play fills it: then a write that must not wait says so. */
START_TEST(full_slave_is_no_error)
{
	const size_t sent = 20000;
	int32_t *in = new_sine(sent, AMPLITUDE, 0.02, 0);
	snd_pcm_sframes_t n, delay;
	size_t done = 0;
	struct playback p;
	size_t bytes;

	playback_start(&p, "type crossfeed rate 48000 slave.pcm { type dac file \"%s\" "
		       "formats [ S32 ] period_bytes 4096 periods 4 held yes }",
		       SND_PCM_ACCESS_RW_INTERLEAVED, SND_PCM_FORMAT_S32, 44100);
	ck_assert_int_eq(snd_pcm_nonblock(p.pcm, 1), 0);
	while ((n = snd_pcm_writei(p.pcm, in + 2 * done, 100)) > 0) {
		done += (size_t)n;
		ck_assert_uint_lt(done, sent - 100);
	}
	ck_assert_int_eq((int)n, -EAGAIN);
	/* 2048 frames of the DAC, what the filter holds, and the rest of a block */
	ck_assert_int_ge((long)done, 2048 * 441 / 480 + 144);
	ck_assert_int_eq(snd_pcm_delay(p.pcm, &delay), 0);
	ck_assert_int_ge(delay, (long)done - 1);
	ck_assert_int_le(delay, (long)done + 1);
	ck_assert_int_eq(snd_pcm_drop(p.pcm), 0);
	free(playback_finish(&p, &bytes));
	free(in);
}
END_TEST

/* One frame in is one or two out; counted back, the room must not jump. */
START_TEST(position_never_steps_back)
{
	int32_t in[2] = { 1 << 20, 1 << 20 };
	snd_pcm_sframes_t room;
	struct playback p;

	playback_start(&p, "type crossfeed rate 48000 resampler fastest slave.pcm { type dac "
		       "file \"%s\" formats [ S32 ] held yes }",
		       SND_PCM_ACCESS_RW_INTERLEAVED, SND_PCM_FORMAT_S32, 44100);
	room = snd_pcm_avail(p.pcm);
	for (int n = 0; n < 3000; n++) {
		snd_pcm_sframes_t before = room;

		playback_write(&p, in, 1, 1);
		room = snd_pcm_avail(p.pcm);
		ck_assert_int_le(room, before);
		ck_assert_int_ge(room, before - 1);
	}
	playback_close(&p);
}
END_TEST

START_TEST(xrun_is_told_and_prepare_goes_on)
{
	const size_t sent = 5000;
	int32_t *in = new_sine(sent, AMPLITUDE, 0.02, 0);
	snd_pcm_sframes_t n = 0;
	struct playback p;

	playback_start(&p, "type crossfeed rate 48000 slave.pcm { type dac file \"%s\" "
		       "formats [ S32 ] xrun_at 2000 }",
		       SND_PCM_ACCESS_RW_INTERLEAVED, SND_PCM_FORMAT_S32, 44100);
	for (size_t done = 0; done < sent && n >= 0; done += 100)
		n = snd_pcm_writei(p.pcm, in + 2 * done, 100);
	ck_assert_int_eq((int)n, -EPIPE);
	ck_assert_int_eq(snd_pcm_state(p.pcm), SND_PCM_STATE_XRUN);
	ck_assert_int_eq(snd_pcm_prepare(p.pcm), 0);
	playback_write(&p, in, sent, 100);
	ck_assert_int_eq(snd_pcm_state(p.pcm), SND_PCM_STATE_RUNNING);
	playback_close(&p);
	free(in);
}
END_TEST

START_TEST(pause_is_the_slaves)
{
	int32_t in[2000] = { 0 };
	snd_pcm_hw_params_t *params;
	struct playback p;

	snd_pcm_hw_params_alloca(&params);
	playback_start(&p, "type crossfeed rate 48000 " DAC("48000"), SND_PCM_ACCESS_RW_INTERLEAVED,
		       SND_PCM_FORMAT_S32, 44100);
	ck_assert_int_eq(snd_pcm_hw_params_current(p.pcm, params), 0);
	ck_assert_int_eq(snd_pcm_hw_params_can_pause(params), 1);
	playback_write(&p, in, 1000, 1000);
	ck_assert_int_eq(snd_pcm_pause(p.pcm, 1), 0);
	ck_assert_int_eq(snd_pcm_state(p.pcm), SND_PCM_STATE_PAUSED);
	ck_assert_int_eq(snd_pcm_pause(p.pcm, 0), 0);
	playback_write(&p, in, 1000, 1000);
	playback_close(&p);
}
END_TEST

/* Where a card has not the stream's rate: its least multiple, else the next above, else the top. */
static const struct {
	const char *rates;
	unsigned int stream_hz;
	const char *dump;
} auto_rows[] = {
	{ "48000", 44100, "44100 -> 48000 Hz" },
	{ "48000", 48000, "48000 Hz: copied" },
	{ "48000 88200", 44100, "44100 -> 88200 Hz" },
	{ "44100 48000", 96000, "96000 -> 48000 Hz" },
	{ "48000 192000", 44100, "44100 -> 48000 Hz" },
	{ "44100 48000", 22050, "22050 -> 44100 Hz" },
	{ "48000", 768000, "768000 -> 48000 Hz" },
	{ "48000", 8000, "8000 -> 48000 Hz" },
};

START_TEST(automatic_rate)
{
	char definition[300];
	struct playback p;

	snprintf(definition, sizeof(definition), "type crossfeed " DAC("%s"), "%s",
		 auto_rows[_i].rates);
	playback_start(&p, definition, SND_PCM_ACCESS_RW_INTERLEAVED, SND_PCM_FORMAT_S32,
		       auto_rows[_i].stream_hz);
	assert_dump(p.pcm, auto_rows[_i].dump);
	playback_close(&p);
}
END_TEST

START_TEST(automatic_rate_keeps_out_of_a_full_cards_way)
{
	struct playback p;

	playback_start(&p, "type crossfeed " DAC("44100 48000 96000"),
		       SND_PCM_ACCESS_RW_INTERLEAVED, SND_PCM_FORMAT_S32, 44100);
	ck_assert_int_eq(snd_pcm_type(p.pcm), SND_PCM_TYPE_EXTPLUG);
	playback_close(&p);
}
END_TEST

/* The device that installing gives, on a card of these rates. */
#define INSTALLED(formats, rates) "type empty slave.pcm \"crossfeed_to:card\" } " \
	"pcm.card { type dac file \"%s\" formats [ " formats " ] rates [ " rates " ]"

static void put(unsigned char *at, snd_pcm_format_t format, double value)
{
	float f32 = (float)value;

	if (format == SND_PCM_FORMAT_FLOAT)
		memcpy(at, &f32, sizeof(f32));
	else
		sample_put(at, format, value);
}

static const struct {
	unsigned int rate_hz, channels;
	snd_pcm_format_t format;
	double thdn_db_max;
} installed_rows[] = {
	/* 16 bits of the source are 98 dB */
	{ 22050, 1, SND_PCM_FORMAT_S16, -96 },
	{ 44100, 2, SND_PCM_FORMAT_S16, -96 },
	{ 44100, 6, SND_PCM_FORMAT_S16, -96 },
	{ 44100, 2, SND_PCM_FORMAT_S24_3LE, -139 },
	{ 96000, 2, SND_PCM_FORMAT_S24_3LE, -139 },
	{ 44100, 2, SND_PCM_FORMAT_S32, -141 },
	{ 44100, 2, SND_PCM_FORMAT_FLOAT, -141 },
};

enum { INSTALLED_ROWS = sizeof(installed_rows) / sizeof(installed_rows[0]) };

/* Every file, on a card that has 48 kHz alone; in surround, the centre is the one that is heard. */
START_TEST(installed_device_converts_well)
{
	unsigned int channels = installed_rows[_i].channels;
	unsigned int channel = channels == 6 ? 4 : 0;
	unsigned int bytes = (unsigned int)snd_pcm_format_physical_width(installed_rows[_i].format) / 8;
	size_t sent = installed_rows[_i].rate_hz / 2;
	unsigned char *in = calloc(sent * channels, bytes);
	struct sine_fit fit;
	struct playback p;
	size_t size, frames;
	double *heard;

	ck_assert_ptr_nonnull(in);
	for (size_t n = 0; n < sent; n++)
		put(in + (n * channels + channel) * bytes, installed_rows[_i].format,
		    AMPLITUDE * signals_sine(10000, installed_rows[_i].rate_hz, n));
	ck_assert_int_eq(playback_open(&p, INSTALLED("S32", "48000")), 0);
	p.channels = channels;
	ck_assert_int_eq(playback_configure(&p, SND_PCM_ACCESS_RW_INTERLEAVED,
					    installed_rows[_i].format, installed_rows[_i].rate_hz), 0);
	playback_write(&p, in, sent, 1000);
	heard = playback_finish(&p, &size);
	heard = left_of((int32_t *)heard, size, &frames);
	ck_assert_uint_eq(frames, 24000);
	fit = sine_fit(heard + 6000, 12000, 10000.0 / 48000);
	printf("installed, %u Hz, %u channels, %s: THD+N %.1f dB, level %.2f dB\n",
	       installed_rows[_i].rate_hz, channels, snd_pcm_format_name(installed_rows[_i].format),
	       fit.thdn_db, fit.level_db);
	ck_assert_double_le(fit.thdn_db, installed_rows[_i].thdn_db_max);
	ck_assert_double_eq_tol(sine_pitch_ppm(heard + 6000, 12000, 10000.0 / 48000), 0, 0.01);
	ck_assert_double_gt(fit.level_db, -25);
	free(heard);
	free(in);
}
END_TEST

/* A stream at a rate the card has: what crossfeed alone makes of it, in every bit. */
START_TEST(installed_device_adds_nothing)
{
	const char *const installed[] = {
		INSTALLED("S32", "44100 48000 96000"), INSTALLED("S24_3LE", "44100 48000 96000"),
		INSTALLED("S32", "44100"), INSTALLED("S24_3LE", "44100"),
	};
	const char *const alone[] = {
		"type crossfeed slave.pcm { type dac file \"%s\" formats [ S32 ] }",
		"type crossfeed slave.pcm { type dac file \"%s\" formats [ S24_3LE ] }",
	};
	const snd_pcm_format_t formats[] = {
		SND_PCM_FORMAT_S16, SND_PCM_FORMAT_S24_3LE, SND_PCM_FORMAT_S32, SND_PCM_FORMAT_FLOAT,
	};
	snd_pcm_format_t format = formats[_i % 4];
	unsigned int bytes = (unsigned int)snd_pcm_format_physical_width(format) / 8;
	const size_t sent = 3000;
	unsigned char *in = calloc(2 * sent, bytes);
	size_t size, expected_size;
	uint32_t state = 8;
	void *heard, *expected;

	ck_assert_ptr_nonnull(in);
	for (size_t n = 0; n < 2 * sent; n++)
		put(in + n * bytes, format, 0.9 * signals_noise(&state));
	heard = playback_through(installed[_i / 4], format, 44100, in, sent, &size);
	expected = playback_through(alone[_i / 4 % 2], format, 44100, in, sent, &expected_size);
	ck_assert_uint_eq(size, expected_size);
	ck_assert_mem_eq(heard, expected, size);
	free(expected);
	free(heard);
	free(in);
}
END_TEST

static Suite *rate_stage_suite(void)
{
	Suite *suite = suite_create("rate_stage");
	TCase *sound = tcase_create("sound");
	TCase *streams = tcase_create("streams");
	TCase *installed = tcase_create("installed");

	tcase_set_timeout(sound, 60);
	tcase_add_loop_test(sound, sounds_as_measured, 0, 3 * ROWS);
	tcase_add_loop_test(sound, pitch_is_exact_whatever_the_periods, 0, 8);
	tcase_add_test(sound, peaks_between_samples_do_not_clip);
	tcase_add_test(sound, a_converted_stream_is_as_loud);
	tcase_add_loop_test(sound, loud_masters_do_not_clip_under_safe, 0, 9);
	tcase_add_loop_test(sound, channels_stay_where_they_are, 0, 6);
	tcase_add_loop_test(streams, drain_gives_the_last_frame, 0, 7);
	tcase_add_loop_test(streams, equal_rates_keep_every_bit, 0, 4);
	tcase_add_loop_test(streams, every_access_gives_the_same_samples, 0, 3);
	tcase_add_test(streams, prepare_starts_from_silence);
	tcase_add_loop_test(streams, delay_is_what_the_filter_holds, 0, 3);
	tcase_add_test(streams, full_buffers_come_back);
	tcase_add_test(streams, a_rate_the_slave_has_not_is_refused);
	tcase_add_test(streams, parameters_can_be_set_again);
	tcase_add_test(streams, full_slave_is_no_error);
	tcase_add_test(streams, position_never_steps_back);
	tcase_add_test(streams, status_may_be_asked_at_any_time);
	tcase_add_test(streams, xrun_is_told_and_prepare_goes_on);
	tcase_add_test(streams, pause_is_the_slaves);
	tcase_add_loop_test(installed, automatic_rate, 0, 8);
	tcase_add_test(installed, automatic_rate_keeps_out_of_a_full_cards_way);
	tcase_add_loop_test(installed, installed_device_converts_well, 0, INSTALLED_ROWS);
	tcase_add_loop_test(installed, installed_device_adds_nothing, 0, 16);
	suite_add_tcase(suite, installed);
	suite_add_tcase(suite, sound);
	suite_add_tcase(suite, streams);
	return suite;
}

int main(void)
{
	return check_main(rate_stage_suite());
}
