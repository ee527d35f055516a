/* alsa-crossfeed - tests of the block by block resampler */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "check_main.h"
#include "resampler.h"
#include "sine.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

/* Blocks that players and cards really meet, and some that are unkind. */
static const struct block {
	size_t in_frames;
	size_t out_frames;
} blocks[] = {
	{ 441, 480 },	{ 480, 441 },	{ 441, 960 },	{ 960, 480 },	{ 441, 441 },
	{ 5512, 6000 }, { 940, 1024 },	{ 1024, 1115 }, { 64, 70 },	{ 1, 1 },
	{ 1, 2 },	{ 2, 1 },	{ 3, 2 },	{ 1, 7 },	{ 7, 1 },
	{ 1, 192 },	{ 192, 1 },	{ 8000, 96 },	{ 12345, 6789 },
};

#define BLOCKS ((int)(sizeof(blocks) / sizeof(blocks[0])))

/* Reproducible noise, -1..1. */
static float noise(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return (float)((int32_t)*state * 0x1p-31);
}

static void fill_noise(float *samples, size_t count, uint32_t seed)
{
	for (size_t i = 0; i < count; i++)
		samples[i] = noise(&seed);
}

static void fill_poison(float *samples, size_t count)
{
	for (size_t i = 0; i < count; i++)
		samples[i] = NAN;
}

static float *new_samples(size_t count)
{
	float *samples = calloc(count, sizeof(*samples));

	ck_assert_ptr_nonnull(samples);
	return samples;
}

static void process_blocks(struct resampler *r, float *out, const float *in, size_t count)
{
	for (size_t i = 0; i < count; i++)
		resampler_process(r, out + i * r->out_frames * r->channels,
				  in + i * r->in_frames * r->channels);
}

/* A run of blocks of mono through a converter made for it. */
static void convert_mono(float *out, const float *in, size_t count, enum resampler_quality quality,
			 size_t in_frames, size_t out_frames)
{
	struct resampler r;

	ck_assert_int_eq(resampler_init(&r, quality, 1, in_frames, out_frames), 0);
	process_blocks(&r, out, in, count);
	ck_assert_uint_eq(r.errors, 0);
	resampler_free(&r);
}

START_TEST(every_block_is_complete)
{
	const struct block *block = &blocks[_i / RESAMPLER_QUALITIES];
	const size_t samples = block->out_frames * 2;
	float *in = new_samples(block->in_frames * 2);
	float *out = new_samples(samples);
	struct resampler r;
	int err;

	err = resampler_init(&r, (enum resampler_quality)(_i % RESAMPLER_QUALITIES), 2,
			     block->in_frames, block->out_frames);
	ck_assert_int_eq(err, 0);
	for (uint32_t count = 0; count < 20 + 5000 / (block->in_frames + block->out_frames); count++) {
		fill_noise(in, block->in_frames * 2, count);
		fill_poison(out, samples);
		resampler_process(&r, out, in);
		for (size_t i = 0; i < samples; i++)
			ck_assert(isfinite(out[i]));
	}
	ck_assert_uint_eq(r.errors, 0);

	resampler_free(&r);
	free(in);
	free(out);
}
END_TEST

/* The sine's phase tells the delay to a fraction of a frame. */
START_TEST(delay_is_what_latency_frames_says)
{
	enum { IN = 441, OUT = 480, COUNT = 40, SKIP = 4800 };
	const double cycles_in = 0.0213;
	const double cycles_out = cycles_in * IN / OUT;
	float *in = new_samples(IN * COUNT);
	float *out = new_samples(OUT * COUNT);
	double late[OUT * COUNT - SKIP];
	struct resampler r;
	double phase, delay_frames;

	for (size_t n = 0; n < IN * COUNT; n++)
		in[n] = (float)(0.5 * sin(TAU * cycles_in * (double)n));
	ck_assert_int_eq(resampler_init(&r, (enum resampler_quality)_i, 1, IN, OUT), 0);
	process_blocks(&r, out, in, COUNT);
	for (size_t n = SKIP; n < OUT * COUNT; n++)
		late[n - SKIP] = (double)out[n];

	phase = sine_fit(late, OUT * COUNT - SKIP, cycles_out).phase_rad;
	delay_frames = phase_difference(TAU * cycles_out * SKIP - phase,
					TAU * cycles_in * (double)r.latency_frames) /
		       (TAU * cycles_in);
	/* 1e-4 of a frame is the phase of noise at -85 dB, far above the worst quality's. */
	ck_assert_double_eq_tol(delay_frames, 0, 1e-4);

	resampler_free(&r);
	free(in);
	free(out);
}
END_TEST

/* 1 kHz; the documented worst cases are -97, -121 and -145 dB, float input adds -150. */
START_TEST(sine_stays_a_sine)
{
	static const double thdn_db_max[] = {
		[RESAMPLER_FASTEST] = -105, [RESAMPLER_MEDIUM] = -128, [RESAMPLER_BEST] = -143
	};
	enum { IN = 441, OUT = 480, COUNT = 40, SKIP = 4800 };
	float *in = new_samples(IN * COUNT);
	float *out = new_samples(OUT * COUNT);
	double late[OUT * COUNT - SKIP];
	struct sine_fit fit;

	for (size_t n = 0; n < IN * COUNT; n++)
		in[n] = (float)(0.5 * sin(TAU * 997 / 44100 * (double)n));
	convert_mono(out, in, COUNT, (enum resampler_quality)_i, IN, OUT);
	for (size_t n = SKIP; n < OUT * COUNT; n++)
		late[n - SKIP] = (double)out[n];

	fit = sine_fit(late, OUT * COUNT - SKIP, 997.0 / 48000);
	ck_assert_double_le(fit.thdn_db, thdn_db_max[_i]);
	ck_assert_double_eq_tol(fit.level_db, to_db(0.5), 0.001);

	free(in);
	free(out);
}
END_TEST

/*
 * Same ratio, other blocks: the same filter at the same places, so the same
 * bits. Single frames are where libsamplerate leaves some of its input lying.
 */
static const struct block small_blocks[] = { { 147, 160 }, { 160, 147 }, { 1, 1 }, { 8, 1 } };

START_TEST(block_size_does_not_matter)
{
	enum { FRAMES = 47040 };
	const struct block *small = &small_blocks[_i];
	const size_t count = FRAMES / small->in_frames;
	const size_t out_frames = small->out_frames * count;
	float *in = new_samples(FRAMES);
	float *piecewise = new_samples(out_frames);
	float *whole = new_samples(out_frames);

	fill_noise(in, FRAMES, 1);
	convert_mono(piecewise, in, count, RESAMPLER_FASTEST, small->in_frames, small->out_frames);
	convert_mono(whole, in, 1, RESAMPLER_FASTEST, FRAMES, out_frames);
	ck_assert_mem_eq(piecewise, whole, out_frames * sizeof(*whole));

	free(in);
	free(piecewise);
	free(whole);
}
END_TEST

START_TEST(channels_stay_apart)
{
	enum { IN = 480, OUT = 441, CHANNELS = 6, COUNT = 5 };
	float *in = new_samples(IN * COUNT * CHANNELS);
	float *out = new_samples(OUT * COUNT * CHANNELS);
	float *mono_in = new_samples(IN * COUNT);
	float *mono_out = new_samples(OUT * COUNT);
	struct resampler r;

	fill_noise(in, IN * COUNT * CHANNELS, 2);
	ck_assert_int_eq(resampler_init(&r, RESAMPLER_FASTEST, CHANNELS, IN, OUT), 0);
	process_blocks(&r, out, in, COUNT);
	resampler_free(&r);

	for (size_t channel = 0; channel < CHANNELS; channel++) {
		for (size_t n = 0; n < IN * COUNT; n++)
			mono_in[n] = in[n * CHANNELS + channel];
		convert_mono(mono_out, mono_in, COUNT, RESAMPLER_FASTEST, IN, OUT);
		/* libsamplerate has one loop per channel count: allow for other rounding. */
		for (size_t n = 0; n < OUT * COUNT; n++)
			ck_assert_float_eq_tol(out[n * CHANNELS + channel], mono_out[n], 1e-6f);
	}

	free(in);
	free(out);
	free(mono_in);
	free(mono_out);
}
END_TEST

START_TEST(reset_forgets_what_was_heard)
{
	enum { IN = 441, OUT = 480 };
	float in[IN * 2], first[OUT * 2], again[OUT * 2];
	struct resampler r;

	ck_assert_int_eq(resampler_init(&r, RESAMPLER_BEST, 2, IN, OUT), 0);
	fill_noise(in, IN * 2, 3);
	resampler_process(&r, first, in);
	resampler_process(&r, again, in);
	ck_assert_mem_ne(first, again, sizeof(first));

	resampler_reset(&r);
	resampler_process(&r, again, in);
	ck_assert_mem_eq(first, again, sizeof(first));

	resampler_reset(&r);
	memset(in, 0, sizeof(in));
	resampler_process(&r, again, in);
	for (size_t i = 0; i < OUT * 2; i++)
		ck_assert_float_eq(again[i], 0);
	resampler_free(&r);
}
END_TEST

START_TEST(names_and_qualities_agree)
{
	const enum resampler_quality quality = (enum resampler_quality)_i;

	ck_assert_int_eq(resampler_quality_parse(resampler_quality_name(quality)), _i);
}
END_TEST

/* A ratio of 0 is what makes src_process() fail without taking it apart. */
START_TEST(failure_is_silence_and_a_new_start)
{
	enum { IN = 441, OUT = 480 };
	float in[IN], first[OUT], out[OUT];
	struct resampler r;
	double ratio;

	ck_assert_int_eq(resampler_init(&r, RESAMPLER_MEDIUM, 1, IN, OUT), 0);
	fill_noise(in, IN, 4);
	resampler_process(&r, first, in);

	ratio = r.ratio;
	r.ratio = 0;
	fill_poison(out, OUT);
	resampler_process(&r, out, in);
	for (size_t i = 0; i < OUT; i++)
		ck_assert_float_eq(out[i], 0);
	ck_assert_uint_eq(r.errors, 1);

	r.ratio = ratio;
	resampler_process(&r, out, in);
	ck_assert_mem_eq(out, first, sizeof(first));
	ck_assert_uint_eq(r.errors, 1);
	resampler_free(&r);
}
END_TEST

/* Too little in front of the stream would be noticed, not passed over. */
START_TEST(incomplete_block_is_silence_and_counted)
{
	enum { IN = 441, OUT = 480 };
	float in[IN], out[OUT];
	struct resampler r;

	ck_assert_int_eq(resampler_init(&r, RESAMPLER_MEDIUM, 1, IN, OUT), 0);
	fill_noise(in, IN, 5);
	r.pending_frames -= 10;
	fill_poison(out, OUT);
	resampler_process(&r, out, in);
	for (size_t i = 0; i < OUT; i++)
		ck_assert_float_eq(out[i], 0);
	ck_assert_uint_eq(r.errors, 1);
	resampler_free(&r);
}
END_TEST

static const struct bad_init {
	int quality;
	unsigned int channels;
	size_t in_frames;
	size_t out_frames;
} bad_inits[] = {
	{ -1, 2, 441, 480 },
	{ RESAMPLER_QUALITIES, 2, 441, 480 },
	{ RESAMPLER_BEST, 0, 441, 480 },
	{ RESAMPLER_BEST, RESAMPLER_CHANNELS_MAX + 1, 441, 480 },
	{ RESAMPLER_BEST, 2, 0, 480 },
	{ RESAMPLER_BEST, 2, 441, 0 },
	{ RESAMPLER_BEST, 2, SIZE_MAX, SIZE_MAX },
	{ RESAMPLER_BEST, 2, 1, 193 },
	{ RESAMPLER_BEST, 2, 193, 1 },
};

START_TEST(bad_arguments_are_refused)
{
	const struct bad_init *bad = &bad_inits[_i];
	struct resampler r;

	ck_assert_int_eq(resampler_init(&r, (enum resampler_quality)bad->quality, bad->channels,
					bad->in_frames, bad->out_frames),
			 -EINVAL);
	resampler_free(&r);
}
END_TEST

START_TEST(most_channels_work)
{
	static float in[10 * RESAMPLER_CHANNELS_MAX], out[20 * RESAMPLER_CHANNELS_MAX];
	struct resampler r;

	ck_assert_int_eq(resampler_init(&r, RESAMPLER_FASTEST, RESAMPLER_CHANNELS_MAX, 10, 20), 0);
	for (int i = 0; i < 20; i++)
		resampler_process(&r, out, in);
	ck_assert_uint_eq(r.errors, 0);
	resampler_free(&r);
}
END_TEST

START_TEST(unknown_names_are_refused)
{
	ck_assert_int_eq(resampler_quality_parse("finest"), -EINVAL);
	ck_assert_int_eq(resampler_quality_parse(""), -EINVAL);
	ck_assert_ptr_null(resampler_quality_name(RESAMPLER_QUALITIES));
}
END_TEST

START_TEST(free_twice_is_fine)
{
	struct resampler r;

	ck_assert_int_eq(resampler_init(&r, RESAMPLER_BEST, 2, 441, 480), 0);
	resampler_free(&r);
	resampler_free(&r);
}
END_TEST

static Suite *resampler_suite(void)
{
	Suite *suite = suite_create("resampler");
	TCase *core = tcase_create("core");
	TCase *limits = tcase_create("limits");

	tcase_add_loop_test(core, every_block_is_complete, 0, BLOCKS * RESAMPLER_QUALITIES);
	tcase_add_loop_test(core, delay_is_what_latency_frames_says, 0, RESAMPLER_QUALITIES);
	tcase_add_loop_test(core, sine_stays_a_sine, 0, RESAMPLER_QUALITIES);
	tcase_add_loop_test(core, block_size_does_not_matter, 0,
			    sizeof(small_blocks) / sizeof(small_blocks[0]));
	tcase_add_test(core, channels_stay_apart);
	tcase_add_test(core, reset_forgets_what_was_heard);
	tcase_add_loop_test(core, names_and_qualities_agree, 0, RESAMPLER_QUALITIES);
	suite_add_tcase(suite, core);

	tcase_add_test(limits, failure_is_silence_and_a_new_start);
	tcase_add_test(limits, incomplete_block_is_silence_and_counted);
	tcase_add_loop_test(limits, bad_arguments_are_refused, 0,
			    sizeof(bad_inits) / sizeof(bad_inits[0]));
	tcase_add_test(limits, most_channels_work);
	tcase_add_test(limits, unknown_names_are_refused);
	tcase_add_test(limits, free_twice_is_fine);
	suite_add_tcase(suite, limits);
	return suite;
}

int main(void)
{
	return check_main(resampler_suite());
}
