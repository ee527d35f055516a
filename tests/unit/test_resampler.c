/* alsa-crossfeed - tests of the resampler by itself */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "check_main.h"
#include "resampler.h"
#include "signals.h"
#include "sine.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

/* Rates that players and cards really meet, and some that are unkind. */
static const struct rates {
	unsigned int in_hz, out_hz;
} rates[] = {
	{ 44100, 48000 }, { 48000, 44100 }, { 44100, 96000 }, { 96000, 48000 }, { 44100, 44100 },
	{ 44100, 192000 }, { 192000, 44100 }, { 8000, 768000 }, { 768000, 8000 },
	{ 4000, 768000 }, { 768000, 4000 }, { 44100, 44101 }, { 12345, 6789 },
};

enum { RATES = sizeof(rates) / sizeof(rates[0]) };

static float *new_samples(size_t count)
{
	float *samples = calloc(count, sizeof(*samples));

	ck_assert_ptr_nonnull(samples);
	return samples;
}

static void fill_noise(float *samples, size_t count, uint32_t seed)
{
	for (size_t i = 0; i < count; i++)
		samples[i] = (float)signals_noise(&seed);
}

/* All of in, at most chunk frames a call, to out of out_max frames; returns the frames given. */
static size_t convert_channels(struct resampler *r, unsigned int channels, float *out,
			       size_t out_max, const float *in, size_t frames, size_t chunk)
{
	size_t given = 0;

	for (size_t done = 0; done < frames;) {
		size_t part = frames - done < chunk ? frames - done : chunk;
		long n = resampler_process(r, out + given * channels, out_max - given,
					   in + done * channels, &part);

		ck_assert_int_ge(n, 0);
		given += (size_t)n;
		done += part;
	}
	return given;
}

static size_t convert(struct resampler *r, float *out, size_t out_max, const float *in,
		      size_t frames, size_t chunk)
{
	return convert_channels(r, 1, out, out_max, in, frames, chunk);
}

/* What the filter holds back comes later; nothing else is missing, and nothing is added. */
START_TEST(all_but_the_latency_comes_out)
{
	static const double reach_frames[] = {
		[RESAMPLER_FASTEST] = 21, [RESAMPLER_MEDIUM] = 48, [RESAMPLER_BEST] = 145,
	};
	const struct rates *rate = &rates[_i / RESAMPLER_QUALITIES];
	/* the filter reaches over many frames downwards, and makes many of one upwards */
	const size_t sent = rate->out_hz > 8 * rate->in_hz ? 1000 : 20000;
	size_t out_max = sent * rate->out_hz / rate->in_hz + 2;
	float *in = new_samples(sent);
	float *out = new_samples(out_max);
	double wanted, latency;
	struct resampler r;

	fill_noise(in, sent, 1);
	ck_assert_int_eq(resampler_init(&r, (enum resampler_quality)(_i % RESAMPLER_QUALITIES), 1,
					rate->in_hz, rate->out_hz), 0);
	latency = reach_frames[_i % RESAMPLER_QUALITIES] * fmax(1, r.ratio);
	wanted = fmax(0, (double)sent * r.ratio - latency);
	ck_assert_double_eq_tol((double)convert(&r, out, out_max, in, sent, 64), wanted,
				3 + r.ratio);
	resampler_free(&r);
	free(in);
	free(out);
}
END_TEST

/* 997 Hz; the documented worst cases are -97, -121 and -145 dB, float input adds -150. */
START_TEST(a_sine_stays_a_sine_in_its_place)
{
	static const double thdn_db_max[] = {
		[RESAMPLER_FASTEST] = -105, [RESAMPLER_MEDIUM] = -128, [RESAMPLER_BEST] = -143
	};
	enum { FRAMES = 16000, OUT_MAX = 17500, SKIP = 4800, LENGTH = 9600 };
	float *in = new_samples(FRAMES);
	float *out = new_samples(OUT_MAX);
	double late[LENGTH];
	struct resampler r;
	struct sine_fit fit;

	for (size_t n = 0; n < FRAMES; n++)
		in[n] = (float)(0.5 * signals_sine(997, 44100, n));
	ck_assert_int_eq(resampler_init(&r, (enum resampler_quality)_i, 1, 44100, 48000), 0);
	ck_assert_uint_ge(convert(&r, out, OUT_MAX, in, FRAMES, 441), SKIP + LENGTH);
	for (size_t n = 0; n < LENGTH; n++)
		late[n] = (double)out[SKIP + n];
	fit = sine_fit(late, LENGTH, 997.0 / 48000);
	ck_assert_double_le(fit.thdn_db, thdn_db_max[_i]);
	ck_assert_double_eq_tol(fit.level_db, to_db(0.5), 0.001);
	/* the first frame is the first: the phase is that of the input at the same time */
	ck_assert_double_eq_tol(phase_difference(fit.phase_rad, TAU * 997.0 / 48000 * SKIP), 0,
				1e-4);
	resampler_free(&r);
	free(in);
	free(out);
}
END_TEST

/* The same filter at the same places, so the same bits. */
START_TEST(block_size_does_not_matter)
{
	enum { FRAMES = 20000, OUT_MAX = 22000 };
	const size_t chunks[] = { 1, 7, 128, 4096 };
	float *in = new_samples(FRAMES);
	float *piecewise = new_samples(OUT_MAX);
	float *whole = new_samples(OUT_MAX);
	struct resampler r;
	size_t given;

	fill_noise(in, FRAMES, 2);
	ck_assert_int_eq(resampler_init(&r, RESAMPLER_FASTEST, 1, 44100, 48000), 0);
	given = convert(&r, whole, OUT_MAX, in, FRAMES, FRAMES);
	resampler_reset(&r);
	ck_assert_uint_eq(convert(&r, piecewise, OUT_MAX, in, FRAMES, chunks[_i]), given);
	ck_assert_mem_eq(piecewise, whole, given * sizeof(*whole));
	resampler_free(&r);
	free(in);
	free(piecewise);
	free(whole);
}
END_TEST

START_TEST(channels_stay_apart)
{
	enum { FRAMES = 2400, OUT_MAX = 2400, CHANNELS = 6 };
	float *in = new_samples(FRAMES * CHANNELS);
	float *out = new_samples(OUT_MAX * CHANNELS);
	float *mono_in = new_samples(FRAMES);
	float *mono_out = new_samples(OUT_MAX);
	struct resampler r, mono;
	size_t given;

	fill_noise(in, FRAMES * CHANNELS, 3);
	ck_assert_int_eq(resampler_init(&r, RESAMPLER_FASTEST, CHANNELS, 48000, 44100), 0);
	ck_assert_int_eq(resampler_init(&mono, RESAMPLER_FASTEST, 1, 48000, 44100), 0);
	given = convert_channels(&r, CHANNELS, out, OUT_MAX, in, FRAMES, 480);
	for (size_t channel = 0; channel < CHANNELS; channel++) {
		for (size_t n = 0; n < FRAMES; n++)
			mono_in[n] = in[n * CHANNELS + channel];
		resampler_reset(&mono);
		ck_assert_uint_eq(convert(&mono, mono_out, OUT_MAX, mono_in, FRAMES, 480), given);
		/* libsamplerate has one loop per channel count: allow for other rounding. */
		for (size_t n = 0; n < given; n++)
			ck_assert_float_eq_tol(out[n * CHANNELS + channel], mono_out[n], 1e-6f);
	}
	resampler_free(&r);
	resampler_free(&mono);
	free(in);
	free(out);
	free(mono_in);
	free(mono_out);
}
END_TEST

START_TEST(reset_forgets_what_was_heard)
{
	enum { FRAMES = 1000, OUT_MAX = 1100 };
	float in[FRAMES], first[OUT_MAX], again[OUT_MAX];
	struct resampler r;
	size_t given;

	fill_noise(in, FRAMES, 4);
	ck_assert_int_eq(resampler_init(&r, RESAMPLER_BEST, 1, 44100, 48000), 0);
	given = convert(&r, first, OUT_MAX, in, FRAMES, FRAMES);
	resampler_reset(&r);
	ck_assert_uint_eq(convert(&r, again, OUT_MAX, in, FRAMES, FRAMES), given);
	ck_assert_mem_eq(first, again, given * sizeof(*first));
	resampler_reset(&r);
	memset(in, 0, sizeof(in));
	convert(&r, again, OUT_MAX, in, FRAMES, FRAMES);
	for (size_t n = 0; n < given; n++)
		ck_assert_float_eq(again[n], 0);
	resampler_free(&r);
}
END_TEST

/* A ratio of 0 is what makes src_process() fail without taking it apart. */
START_TEST(failure_is_told_and_ends_with_a_reset)
{
	enum { FRAMES = 1000, OUT_MAX = 1100 };
	float in[FRAMES], first[OUT_MAX], again[OUT_MAX];
	size_t given, frames = FRAMES;
	struct resampler r;
	double ratio;

	fill_noise(in, FRAMES, 5);
	ck_assert_int_eq(resampler_init(&r, RESAMPLER_MEDIUM, 1, 44100, 48000), 0);
	given = convert(&r, first, OUT_MAX, in, FRAMES, FRAMES);
	ratio = r.ratio;
	r.ratio = 0;
	ck_assert_int_eq(resampler_process(&r, again, OUT_MAX, in, &frames), -EIO);
	r.ratio = ratio;
	resampler_reset(&r);
	ck_assert_uint_eq(convert(&r, again, OUT_MAX, in, FRAMES, FRAMES), given);
	ck_assert_mem_eq(again, first, given * sizeof(*first));
	resampler_free(&r);
	resampler_free(&r);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("resampler");
	TCase *core = tcase_create("core");

	tcase_add_loop_test(core, all_but_the_latency_comes_out, 0, RATES * RESAMPLER_QUALITIES);
	tcase_add_loop_test(core, a_sine_stays_a_sine_in_its_place, 0, RESAMPLER_QUALITIES);
	tcase_add_loop_test(core, block_size_does_not_matter, 0, 4);
	tcase_add_test(core, channels_stay_apart);
	tcase_add_test(core, reset_forgets_what_was_heard);
	tcase_add_test(core, failure_is_told_and_ends_with_a_reset);
	suite_add_tcase(suite, core);
	return check_main(suite);
}
