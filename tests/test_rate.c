/* alsa-crossfeed - tests of the built rate converter module through ALSA */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "chain.h"
#include "check_main.h"
#include "quiet.h"
#include "sine.h"

#include <alsa/pcm_rate.h>
#include <dlfcn.h>

/* Half of full scale would do; this is what a loud record has at its peaks. */
#define AMPLITUDE 0.9

static double *new_sine(size_t frames, double amplitude, double cycles_per_frame, double turn)
{
	double *samples = calloc(frames, sizeof(*samples));

	ck_assert_ptr_nonnull(samples);
	for (size_t n = 0; n < frames; n++)
		samples[n] = amplitude * sin(TAU * fmod(cycles_per_frame * (double)n + turn, 1));
	return samples;
}

/* Half a second of a sine through the chain; what arrived on the left. */
static double *play_sine(const struct chain_setup *setup, double amplitude, double hz,
			 size_t *frames)
{
	const size_t sent = setup->in_rate / 2;
	double *sine = new_sine(sent, amplitude, hz / setup->in_rate, 0);
	struct chain chain;
	double *heard;

	chain_start(&chain, setup);
	chain_play(&chain, sine, sent);
	chain_close(&chain);
	heard = chain_heard(&chain, 0, frames);
	free(sine);
	return heard;
}

/* The middle half: the stream's ends are no steady sine. */
static struct sine_fit fit_middle(const double *samples, size_t frames, double cycles_per_frame)
{
	return sine_fit(samples + frames / 4, frames / 2, cycles_per_frame);
}

/*
 * Measured with libsamplerate 0.2.2, S32 in and out, a sine of 0.9. The level
 * is the converter's own response: fastest keeps 80 %, medium 90 % and best
 * 97 % of the lower Nyquist frequency, and these tones are above that in places.
 * The tests allow 3 dB more noise (another compiler's rounding) and 0.01 dB.
 */
static const struct quality_row {
	unsigned int in_rate;
	unsigned int out_rate;
	double hz;
	struct {
		double thdn_db;
		double level_db;
	} best, medium, fastest;
} quality_rows[] = {
	{ 44100, 48000, 997, { -148.9, 0 }, { -141.9, 0 }, { -119.0, 0 } },
	{ 44100, 48000, 10000, { -144.7, 0 }, { -128.3, 0 }, { -104.9, 0 } },
	{ 44100, 48000, 19000, { -139.7, 0 }, { -118.1, -0.055 }, { -90.7, -10.921 } },
	{ 48000, 44100, 997, { -145.4, 0 }, { -135.6, 0 }, { -103.4, 0 } },
	{ 48000, 44100, 10000, { -144.5, 0 }, { -125.2, 0 }, { -104.9, 0 } },
	{ 48000, 44100, 19000, { -141.2, 0 }, { -124.2, -0.055 }, { -96.5, -10.921 } },
	{ 44100, 96000, 997, { -148.9, 0 }, { -142.0, 0 }, { -119.0, 0 } },
	{ 44100, 96000, 10000, { -144.8, 0 }, { -128.4, 0 }, { -104.9, 0 } },
	{ 44100, 96000, 19000, { -140.0, 0 }, { -118.1, -0.055 }, { -90.7, -10.921 } },
	{ 96000, 48000, 997, { -152.9, 0 }, { -153.0, 0 }, { -151.6, 0 } },
	{ 96000, 48000, 10000, { -152.6, 0 }, { -152.5, 0 }, { -155.4, 0 } },
	{ 96000, 48000, 19000, { -153.3, 0 }, { -151.6, 0 }, { -151.5, -2.222 } },
	{ 22050, 48000, 997, { -148.7, 0 }, { -141.1, 0 }, { -120.5, 0 } },
	{ 22050, 48000, 10000, { -139.5, 0 }, { -116.2, -3.251 }, { -80.3, -22.818 } },
};

#define QUALITY_ROWS ((int)(sizeof(quality_rows) / sizeof(quality_rows[0])))

static void check_quality(const struct quality_row *row, const char *converter, double thdn_db,
			  double level_db)
{
	const struct chain_setup setup = {
		.converter = converter, .in_rate = row->in_rate, .out_rate = row->out_rate
	};
	const double cycles_per_frame = row->hz / row->out_rate;
	struct sine_fit fit;
	size_t frames;
	double *heard = play_sine(&setup, AMPLITUDE, row->hz, &frames);

	fit = fit_middle(heard, frames, cycles_per_frame);
	ck_assert_uint_eq(frames, row->out_rate / 2);
	ck_assert_double_le(fit.thdn_db, thdn_db + 3);
	ck_assert_double_eq_tol(fit.level_db - to_db(AMPLITUDE), level_db, 0.01);
	/* A whole number of frames on both sides: exact, up to the fit's own arithmetic. */
	ck_assert_double_eq_tol(sine_pitch_ppm(heard + frames / 4, frames / 2, cycles_per_frame), 0,
				0.01);
	free(heard);
}

START_TEST(best_sounds_as_measured)
{
	const struct quality_row *row = &quality_rows[_i];

	check_quality(row, "crossfeed_best", row->best.thdn_db, row->best.level_db);
}
END_TEST

START_TEST(medium_sounds_as_measured)
{
	const struct quality_row *row = &quality_rows[_i];

	check_quality(row, "crossfeed_medium", row->medium.thdn_db, row->medium.level_db);
}
END_TEST

START_TEST(fastest_sounds_as_measured)
{
	const struct quality_row *row = &quality_rows[_i];

	check_quality(row, "crossfeed_fastest", row->fastest.thdn_db, row->fastest.level_db);
}
END_TEST

/* Every way to name it, and the quality that is meant, told apart by THD+N at 10 kHz. */
static const struct name_row {
	const char *converter;
	double thdn_db;
} name_rows[] = {
	{ "crossfeed", -144.7 },
	{ "[ no_such_converter crossfeed_medium ]", -128.3 },
	{ "{ name crossfeed }", -144.7 },
	{ "{ name crossfeed quality best }", -144.7 },
	{ "{ name crossfeed quality medium }", -128.3 },
	{ "{ name crossfeed quality fastest comment \"for an old laptop\" }", -104.9 },
};

START_TEST(names_choose_the_quality)
{
	const struct chain_setup setup = {
		.converter = name_rows[_i].converter, .in_rate = 44100, .out_rate = 48000
	};
	size_t frames;
	double *heard = play_sine(&setup, AMPLITUDE, 10000, &frames);

	ck_assert_double_eq_tol(fit_middle(heard, frames, 10000.0 / 48000).thdn_db,
				name_rows[_i].thdn_db, 3);
	free(heard);
}
END_TEST

/*
 * A rate of fs / 4 whose samples lie at 45 degrees: none of them above 0.999,
 * and a peak of 1.41 between them, as in loud masters.
 */
static double *play_overs(const char *converter, size_t *frames)
{
	const struct chain_setup setup = {
		.converter = converter, .in_rate = 44100, .out_rate = 48000
	};
	double *sine = new_sine(44100 / 2, 0.999 * sqrt(2), 0.25, 0.125);
	struct chain chain;
	double *heard;

	chain_start(&chain, &setup);
	chain_play(&chain, sine, 44100 / 2);
	chain_close(&chain);
	heard = chain_heard(&chain, 0, frames);
	free(sine);
	return heard;
}

START_TEST(overs_are_cut_at_full_scale_without_pad)
{
	size_t frames;
	double *heard = play_overs("crossfeed_best", &frames);
	const struct sine_fit fit = fit_middle(heard, frames, 0.25 * 44100 / 48000);
	double peak = 0;

	for (size_t n = 0; n < frames; n++)
		peak = fmax(peak, fabs(heard[n]));
	ck_assert_double_eq_tol(peak, 1, 1e-9);
	/* A sine cut at 1 / sqrt(2) of its peak has a fundamental of +1.3 dB; one that wraps does not. */
	ck_assert_double_gt(fit.level_db, 1);
	ck_assert_double_gt(fit.thdn_db, -30);
	free(heard);
}
END_TEST

START_TEST(pad_keeps_overs)
{
	char converter[64];
	struct sine_fit fit;
	size_t frames;
	double *heard;

	snprintf(converter, sizeof(converter), "{ name crossfeed pad_bits %d }", _i);
	heard = play_overs(converter, &frames);
	fit = fit_middle(heard, frames, 0.25 * 44100 / 48000);
	ck_assert_double_le(fit.thdn_db, -140);
	ck_assert_double_eq_tol(fit.level_db, to_db(0.999 * sqrt(2)) - to_db(2) * _i, 0.0001);
	free(heard);
}
END_TEST

/* The floor is that of the narrower side: rounding to b bits is 6.02 b + 1.76 dB down. */
static const struct format_row {
	snd_pcm_format_t in;
	snd_pcm_format_t out;
	double thdn_db_max;
} format_rows[] = {
	{ SND_PCM_FORMAT_S32, SND_PCM_FORMAT_S32, -141 },
	{ SND_PCM_FORMAT_S24, SND_PCM_FORMAT_S32, -141 },
	{ SND_PCM_FORMAT_S24_3LE, SND_PCM_FORMAT_S32, -141 },
	{ SND_PCM_FORMAT_S16, SND_PCM_FORMAT_S32, -96 },
	{ SND_PCM_FORMAT_S16, SND_PCM_FORMAT_S16, -93 },
	{ SND_PCM_FORMAT_S32, SND_PCM_FORMAT_S16, -96 },
	{ SND_PCM_FORMAT_S32, SND_PCM_FORMAT_S24, -139 },
	{ SND_PCM_FORMAT_S32, SND_PCM_FORMAT_S24_3LE, -139 },
	{ SND_PCM_FORMAT_S24_3LE, SND_PCM_FORMAT_S24_3LE, -138 },
};

START_TEST(formats_are_converted_whole)
{
	const struct format_row *row = &format_rows[_i];
	const struct chain_setup setup = {
		.converter = "crossfeed_best", .in_rate = 44100, .out_rate = 48000,
		.in_format = row->in, .out_format = row->out
	};
	struct sine_fit fit;
	size_t frames;
	double *heard = play_sine(&setup, AMPLITUDE, 997, &frames);

	fit = fit_middle(heard, frames, 997.0 / 48000);
	ck_assert_double_le(fit.thdn_db, row->thdn_db_max);
	ck_assert_double_eq_tol(fit.level_db, to_db(AMPLITUDE), 0.001);
	free(heard);
}
END_TEST

/* Rounded down, silence with half a step of noise would sit half a step low. */
START_TEST(narrow_output_is_rounded_not_cut)
{
	const struct chain_setup setup = {
		.converter = "crossfeed_best", .in_rate = 44100, .out_rate = 48000,
		.out_format = SND_PCM_FORMAT_S16
	};
	double mean = 0;
	size_t frames;
	double *heard = play_sine(&setup, 0.01, 997, &frames);

	for (size_t n = frames / 4; n < frames / 4 * 3; n++)
		mean += heard[n];
	mean /= (double)(frames / 2);
	/* 24000 frames hold no whole number of periods: 0.01 / (pi 500) at worst is 0.2 steps. */
	ck_assert_double_eq_tol(mean * 32768, 0, 0.25);
	free(heard);
}
END_TEST

/* Both layouts of the player's memory; the card's is interleaved. */
static const snd_pcm_access_t accesses[] = { SND_PCM_ACCESS_RW_INTERLEAVED,
					     SND_PCM_ACCESS_RW_NONINTERLEAVED };

START_TEST(each_channel_stays_where_it_was)
{
	const struct chain_setup setup = {
		.converter = "crossfeed_medium", .in_rate = 44100, .out_rate = 48000,
		.access = accesses[_i]
	};
	struct chain chain;
	size_t frames;
	double *sine = new_sine(44100 / 2, AMPLITUDE, 0.02, 0);
	double *left, *right;

	chain_start(&chain, &setup);
	if (setup.access == SND_PCM_ACCESS_RW_INTERLEAVED)
		chain_play(&chain, sine, 44100 / 2);
	else
		chain_play_noninterleaved(&chain, sine, 44100 / 2);
	chain_close(&chain);

	left = chain_heard(&chain, 0, &frames);
	right = chain_heard(&chain, 1, &frames);
	ck_assert_uint_eq(frames, 24000);
	ck_assert_double_eq_tol(fit_middle(left, frames, 0.02 * 44100 / 48000).level_db,
				to_db(AMPLITUDE), 0.001);
	for (size_t n = 0; n < frames; n++)
		ck_assert_double_eq_tol(right[n], chain_right(left[n]), 1e-6);
	free(left);
	free(right);
	free(sine);
}
END_TEST

/* A stream that has the card's rate already: every bit, no delay; a pad still holds. */
static const struct copy_row {
	const char *converter;
	snd_pcm_format_t format;
	double factor;
} copy_rows[] = {
	{ "crossfeed_best", SND_PCM_FORMAT_S32, 1 },
	{ "crossfeed_best", SND_PCM_FORMAT_S24_3LE, 1 },
	{ "crossfeed_best", SND_PCM_FORMAT_S16, 1 },
	{ "{ name crossfeed pad_bits 1 }", SND_PCM_FORMAT_S16, 0.5 },
};

START_TEST(equal_rates_are_copied)
{
	const struct copy_row *row = &copy_rows[_i];
	const struct chain_setup setup = {
		.converter = row->converter, .in_rate = 48000, .out_rate = 48000,
		.in_format = row->format
	};
	const double steps = ldexp(1, snd_pcm_format_width(row->format) - 1);
	double *sine = new_sine(24000, AMPLITUDE, 0.0213, 0);
	snd_pcm_sframes_t delay;
	struct chain chain;
	size_t frames;
	double *heard;

	chain_start(&chain, &setup);
	chain_play(&chain, sine, 24000);
	ck_assert_int_eq(snd_pcm_delay(chain.pcm, &delay), 0);
	ck_assert_int_eq(delay, 0);
	chain_close(&chain);
	heard = chain_heard(&chain, 0, &frames);
	ck_assert_uint_eq(frames, 24000);
	for (size_t n = 0; n < frames; n++)
		ck_assert(heard[n] == rint(sine[n] * steps) / steps * row->factor);
	free(heard);
	free(sine);
}
END_TEST

/*
 * The card's buffer still holds the first stream when the second one starts;
 * none of it, and nothing of what the filter remembers, may be heard again.
 */
START_TEST(second_stream_begins_in_silence)
{
	const struct chain_setup setup = {
		.converter = "crossfeed_best", .in_rate = 44100, .out_rate = 48000
	};
	const size_t sent = 882 * 8;
	const size_t heard_first = 960 * 8;
	double *sine = new_sine(sent, AMPLITUDE, 0.02, 0);
	double *silence = calloc(sent, sizeof(*silence));
	struct chain chain;
	size_t frames;
	double *heard;

	ck_assert_ptr_nonnull(silence);
	chain_start(&chain, &setup);
	chain_play(&chain, sine, sent);
	ck_assert_int_eq(snd_pcm_drop(chain.pcm), 0);
	ck_assert_int_eq(snd_pcm_prepare(chain.pcm), 0);
	chain_play(&chain, silence, sent);
	chain_close(&chain);

	heard = chain_heard(&chain, 0, &frames);
	ck_assert_uint_eq(frames, heard_first * 2);
	for (size_t n = heard_first; n < frames; n++)
		ck_assert(heard[n] == 0);
	free(heard);
	free(silence);
	free(sine);
}
END_TEST

/* type null has no delay of its own, so all of snd_pcm_delay() is the converter's. */
static const struct delay_row {
	const char *converter;
	unsigned int in_rate;
	unsigned int out_rate;
} delay_rows[] = {
	{ "crossfeed_best", 44100, 48000 },   { "crossfeed_medium", 44100, 48000 },
	{ "crossfeed_fastest", 44100, 48000 }, { "crossfeed_best", 48000, 44100 },
	{ "crossfeed_best", 96000, 48000 },   { "crossfeed_medium", 22050, 48000 },
};

START_TEST(reported_delay_is_the_one_heard)
{
	const struct delay_row *row = &delay_rows[_i];
	const struct chain_setup setup = {
		.converter = row->converter, .in_rate = row->in_rate, .out_rate = row->out_rate
	};
	/* 100 Hz: a period is longer than any delay here. */
	const double cycles_out = 100.0 / row->out_rate;
	const size_t sent = row->in_rate / 2;
	double *sine = new_sine(sent, AMPLITUDE, 100.0 / row->in_rate, 0);
	snd_pcm_sframes_t delay;
	struct chain chain;
	double phase, delay_frames;
	size_t frames;
	double *heard;

	chain_start(&chain, &setup);
	chain_play(&chain, sine, sent);
	ck_assert_int_eq(snd_pcm_delay(chain.pcm, &delay), 0);
	chain_close(&chain);

	heard = chain_heard(&chain, 0, &frames);
	phase = fit_middle(heard, frames, cycles_out).phase_rad;
	delay_frames = (TAU * cycles_out * (double)(frames / 4) - phase) / TAU;
	delay_frames = (delay_frames - floor(delay_frames)) * row->in_rate / 100;
	ck_assert_double_eq_tol(delay_frames, (double)delay, 0.01);
	free(heard);
	free(sine);
}
END_TEST

/* A constant in the position would be an overrun or an underrun to a player. */
START_TEST(position_is_not_shifted_by_the_delay)
{
	const struct chain_setup setup = {
		.converter = "crossfeed_best", .in_rate = 44100, .out_rate = 48000
	};
	const size_t piece = 321;
	double *sine = new_sine(piece, AMPLITUDE, 0.02, 0);
	snd_pcm_status_t *status;
	struct chain chain;

	snd_pcm_status_alloca(&status);
	chain_start(&chain, &setup);
	ck_assert_int_eq(snd_pcm_avail_update(chain.pcm), (snd_pcm_sframes_t)chain.in_period * 4);
	for (int i = 0; i < 200; i++) {
		const snd_pcm_sframes_t waiting =
			(snd_pcm_sframes_t)(piece * (size_t)(i + 1) % chain.in_period);

		chain_play(&chain, sine, piece);
		/* null plays at once: only what does not fill a period waits. */
		ck_assert_int_eq(snd_pcm_avail(chain.pcm),
				 (snd_pcm_sframes_t)chain.in_period * 4 - waiting);
		ck_assert_int_eq(snd_pcm_status(chain.pcm, status), 0);
		ck_assert_int_eq(snd_pcm_status_get_delay(status), 145 + waiting);
	}
	chain_close(&chain);
	free(sine);
}
END_TEST

/* Play and drain; what arrived. More than one buffer, so that no frame of it is unset. */
static double *play_and_drain(size_t sent, size_t *frames)
{
	const struct chain_setup setup = {
		.converter = "crossfeed_best", .in_rate = 44100, .out_rate = 48000
	};
	double *sine = new_sine(sent, AMPLITUDE, 0.02, 0);
	struct chain chain;
	double *heard;

	chain_start(&chain, &setup);
	chain_play(&chain, sine, sent);
	ck_assert_int_eq(snd_pcm_drain(chain.pcm), 0);
	chain_close(&chain);
	heard = chain_heard(&chain, 0, frames);
	free(sine);
	return heard;
}

/*
 * 5.5 periods: alsa-lib has the whole sixth one converted, whatever is in its
 * second half, and gives the first half of the result to the card. That half
 * must not have heard the other: it is what it would be in a longer stream.
 */
START_TEST(drain_gives_the_last_part_of_a_period)
{
	size_t frames, frames_longer;
	double *heard = play_and_drain(882 * 11 / 2, &frames);
	double *longer = play_and_drain(882 * 8, &frames_longer);

	ck_assert_uint_eq(frames, 960 * 11 / 2);
	ck_assert_uint_eq(frames_longer, 960 * 8);
	ck_assert_mem_eq(heard, longer, frames * sizeof(*heard));
	free(heard);
	free(longer);
}
END_TEST

/*
 * 5512 frames at 44.1 kHz are 5999.46 at 48 kHz, and the layer above us makes
 * that a whole number. So the pitch is off by the ratio of the two periods, and
 * by nothing else.
 */
START_TEST(pitch_is_the_ratio_of_the_periods)
{
	const struct chain_setup setup = {
		.converter = "crossfeed_best", .in_rate = 44100, .out_rate = 48000, .in_period = 5512
	};
	const double expected_ppm = (5512.0 / 44100 * 48000 / 5999 - 1) * 1e6;
	const size_t sent = 5512 * 8;
	double *sine = new_sine(sent, AMPLITUDE, 997.0 / 44100, 0);
	struct chain chain;
	size_t frames;
	double *heard;

	chain_start(&chain, &setup);
	chain_play(&chain, sine, sent);
	chain_close(&chain);
	heard = chain_heard(&chain, 0, &frames);
	ck_assert_uint_eq(frames, 5999 * 8);
	ck_assert_double_eq_tol(sine_pitch_ppm(heard + frames / 4, frames / 2, 997.0 / 48000),
				expected_ppm, 0.01);
	ck_assert_double_eq_tol(expected_ppm, 76.0, 0.1);
	free(heard);
	free(sine);
}
END_TEST

START_TEST(dump_tells_the_state)
{
	const struct chain_setup setup = {
		.converter = "{ name crossfeed quality medium pad_bits 1 }", .in_rate = 44100,
		.out_rate = 48000, .in_period = 5512
	};
	snd_output_t *output;
	struct chain chain;
	char *text;

	ck_assert_int_eq(snd_output_buffer_open(&output), 0);
	ck_assert_int_eq(chain_open(&chain, &setup), 0);
	snd_pcm_dump(chain.pcm, output);
	chain_hw_params(&chain, &setup);
	snd_pcm_dump(chain.pcm, output);
	snd_output_putc(output, 0);
	snd_output_buffer_string(output, &text);
	ck_assert_ptr_nonnull(strstr(text, "libsamplerate medium, pad 6"));
	ck_assert_ptr_nonnull(strstr(text, "44100 -> 48000 Hz by 5512 -> 5999 frames, pitch +76"));
	ck_assert_ptr_nonnull(strstr(text, "delay 48 frames, 0 errors, 0 clipped samples"));
	snd_output_close(output);
	chain_close(&chain);
}
END_TEST

/* Two sets of parameters on one handle: nothing of the first may be left or leak. */
START_TEST(parameters_can_be_set_twice)
{
	struct chain_setup setup = {
		.converter = "crossfeed_fastest", .in_rate = 44100, .out_rate = 48000
	};
	struct chain chain;

	chain_start(&chain, &setup);
	ck_assert_int_eq(snd_pcm_hw_free(chain.pcm), 0);
	setup.in_rate = 96000;
	chain_hw_params(&chain, &setup);
	chain_close(&chain);
}
END_TEST

/* The module without ALSA around it: for what no PCM of alsa-lib's own will do. */
struct module {
	void *library;
	void *obj;
	snd_pcm_rate_ops_t ops;
};

static int module_open(struct module *module, unsigned int version)
{
	snd_pcm_rate_open_func_t open;

	module->library = dlopen(MODULE_DIR "/libasound_module_rate_crossfeed.so", RTLD_NOW);
	ck_assert_ptr_nonnull(module->library);
	open = (snd_pcm_rate_open_func_t)dlsym(module->library, "_snd_pcm_rate_crossfeed_fastest_open");
	ck_assert_ptr_nonnull(open);
	return open(version, &module->obj, &module->ops);
}

static void module_close(struct module *module)
{
	module->ops.free(module->obj);
	module->ops.close(module->obj);
	dlclose(module->library);
}

enum { BLOCK_IN = 441, BLOCK_OUT = 480, FRAME = CHAIN_CHANNELS };

static void module_start_with(struct module *module, unsigned int channels, unsigned int block_in)
{
	snd_pcm_rate_info_t info = {
		.in = { SND_PCM_FORMAT_S32, block_in * 100, block_in * 4, block_in },
		.out = { SND_PCM_FORMAT_S32, 48000, BLOCK_OUT * 4, BLOCK_OUT },
		.channels = channels
	};

	ck_assert_int_eq(module_open(module, SND_PCM_RATE_PLUGIN_VERSION), 0);
	ck_assert_int_eq(module->ops.init(module->obj, &info), 0);
	module->ops.reset(module->obj);
}

static void module_start(struct module *module)
{
	module_start_with(module, CHAIN_CHANNELS, BLOCK_IN);
}

/* One area of S32 whose channels lie `step` samples apart from frame to frame. */
static snd_pcm_channel_area_t area(int32_t *first, unsigned int step)
{
	return (snd_pcm_channel_area_t){ .addr = first, .first = 0, .step = step * 32 };
}

/* The card's memory may be one block per channel, and differ from channel to channel. */
START_TEST(areas_are_used_as_they_are)
{
	static int32_t in[BLOCK_IN * FRAME], out[BLOCK_OUT * FRAME];
	static int32_t left[BLOCK_OUT], right[BLOCK_OUT * 3];
	const snd_pcm_channel_area_t in_areas[] = { area(in, FRAME), area(in + 1, FRAME) };
	const snd_pcm_channel_area_t out_areas[] = { area(out, FRAME), area(out + 1, FRAME) };
	const snd_pcm_channel_area_t split_areas[] = { area(left, 1), area(right, 3) };
	struct module module;

	for (int32_t i = 0; i < BLOCK_IN * FRAME; i++)
		in[i] = i * 1000003 % 0x3fffffff;
	module_start(&module);
	module.ops.convert(module.obj, out_areas, 0, BLOCK_OUT, in_areas, 0, BLOCK_IN);
	module.ops.reset(module.obj);
	module.ops.convert(module.obj, split_areas, 0, BLOCK_OUT, in_areas, 0, BLOCK_IN);
	module_close(&module);

	for (size_t n = 0; n < BLOCK_OUT; n++) {
		ck_assert_int_eq(left[n], out[n * FRAME]);
		ck_assert_int_eq(right[n * 3], out[n * FRAME + 1]);
	}
	ck_assert_int_ne(out[(BLOCK_OUT - 1) * FRAME], 0);
}
END_TEST

enum { ODD = 3 };

/* channels of one in memory that has ODD */
static void convert_channels(int32_t *out, int32_t *in, unsigned int channels, unsigned int block_in)
{
	snd_pcm_channel_area_t in_areas[ODD], out_areas[ODD];
	struct module module;

	for (unsigned int c = 0; c < channels; c++) {
		in_areas[c] = area(in + c, ODD);
		out_areas[c] = area(out + c, ODD);
	}
	module_start_with(&module, channels, block_in);
	module.ops.convert(module.obj, out_areas, 0, BLOCK_OUT, in_areas, 0, block_in);
	module_close(&module);
}

/* Converted, and copied: the last of an odd number has no neighbour to be read or written with. */
static const unsigned int odd_blocks[] = { BLOCK_IN, BLOCK_OUT };

START_TEST(odd_channels_are_as_by_themselves)
{
	static int32_t in[BLOCK_OUT * ODD], together[(BLOCK_OUT + 1) * ODD];
	static int32_t apart[(BLOCK_OUT + 1) * ODD];

	for (int32_t i = 0; i < BLOCK_OUT * ODD; i++)
		in[i] = i * 1000003 % 0x3fffffff;
	memset(together, 0x55, sizeof(together));
	memset(apart, 0x55, sizeof(apart));
	convert_channels(together, in, ODD, odd_blocks[_i]);
	for (unsigned int c = 0; c < ODD; c++)
		convert_channels(apart + c, in + c, 1, odd_blocks[_i]);
	ck_assert_mem_eq(together, apart, sizeof(apart));
	ck_assert_int_eq(apart[BLOCK_OUT * ODD], 0x55555555);
	for (unsigned int c = 0; c < ODD; c++)
		ck_assert_int_ne(apart[(BLOCK_OUT - 1) * ODD + c], 0x55555555);
	if (odd_blocks[_i] == BLOCK_OUT)
		ck_assert_mem_eq(apart, in, sizeof(in));
}
END_TEST

static unsigned long clipped_samples(const struct module *module)
{
	unsigned long clipped;
	snd_output_t *output;
	const char *found;
	char *text;

	ck_assert_int_eq(snd_output_buffer_open(&output), 0);
	module->ops.dump(module->obj, output);
	snd_output_putc(output, 0);
	snd_output_buffer_string(output, &text);
	found = strstr(text, "errors, ");
	ck_assert_ptr_nonnull(found);
	ck_assert_int_eq(sscanf(found, "errors, %lu clipped samples", &clipped), 1);
	snd_output_close(output);
	return clipped;
}

START_TEST(each_clipped_sample_counts_once)
{
	static const int32_t loud[] = { INT32_MAX, INT32_MAX, INT32_MIN, INT32_MIN };
	static int32_t in[BLOCK_IN], out[BLOCK_OUT];
	const snd_pcm_channel_area_t in_area = area(in, 1), out_area = area(out, 1);
	unsigned long clipped = 0;
	struct module module;

	for (size_t n = 0; n < BLOCK_IN; n++)
		in[n] = loud[n % 4];
	module_start_with(&module, 1, BLOCK_IN);
	module.ops.convert(module.obj, &out_area, 0, BLOCK_OUT, &in_area, 0, BLOCK_IN);
	for (size_t n = 0; n < BLOCK_OUT; n++)
		clipped += out[n] == INT32_MAX || out[n] == INT32_MIN;
	ck_assert_uint_gt(clipped, BLOCK_OUT / 3);
	ck_assert_uint_eq(clipped_samples(&module), clipped);
	module_close(&module);
}
END_TEST

START_TEST(block_of_another_size_is_silence)
{
	static int32_t in[BLOCK_IN * FRAME], out[BLOCK_OUT * FRAME];
	const snd_pcm_channel_area_t in_areas[] = { area(in, FRAME), area(in + 1, FRAME) };
	const snd_pcm_channel_area_t out_areas[] = { area(out, FRAME), area(out + 1, FRAME) };
	struct module module;

	memset(out, 0x55, sizeof(out));
	module_start(&module);
	module.ops.convert(module.obj, out_areas, 0, BLOCK_OUT, in_areas, 0, BLOCK_IN - 1);
	module_close(&module);
	for (size_t i = 0; i < BLOCK_OUT * FRAME; i++)
		ck_assert_int_eq(out[i], 0);
}
END_TEST

/* After an underrun a delay is below zero, in an unsigned parameter. */
START_TEST(negative_delay_stays_negative)
{
	struct module module;
	snd_pcm_sframes_t none, less;

	module_start(&module);
	none = (snd_pcm_sframes_t)module.ops.input_frames(module.obj, 0);
	less = (snd_pcm_sframes_t)module.ops.input_frames(module.obj, (snd_pcm_uframes_t)-960);
	module_close(&module);
	ck_assert_int_eq(none, 21);
	ck_assert_int_eq(less, 21 - 882);
}
END_TEST

/* Before 1.2.6 there was only S16. */
START_TEST(old_protocols_are_refused)
{
	struct module module;

	ck_assert_int_eq(module_open(&module, 0x010002), -EINVAL);
	dlclose(module.library);
}
END_TEST

static const char *const bad_converters[] = {
	"{ name crossfeed quality finest }",
	"{ name crossfeed quality 3 }",
	"{ name crossfeed pad_bits 5 }",
	"{ name crossfeed pad_bits -1 }",
	"{ name crossfeed pad_bits half }",
	"{ name crossfeed speed 1 }",
};

START_TEST(bad_settings_are_refused)
{
	const struct chain_setup setup = {
		.converter = bad_converters[_i], .in_rate = 44100, .out_rate = 48000
	};
	struct chain chain;

	snd_lib_error_set_handler(say_nothing);
	ck_assert_int_lt(chain_open(&chain, &setup), 0);
}
END_TEST

/* 4 kHz to 768 kHz and back is the widest ratio, 192. */
START_TEST(extreme_rates_work)
{
	const struct chain_setup setup = {
		.converter = "crossfeed_fastest", .in_rate = _i ? 768000 : 4000,
		.out_rate = _i ? 4000 : 768000
	};
	struct sine_fit fit;
	size_t frames;
	double *heard = play_sine(&setup, AMPLITUDE, 300, &frames);

	fit = fit_middle(heard, frames, 300.0 / setup.out_rate);
	ck_assert_double_eq_tol(fit.level_db, to_db(AMPLITUDE), 0.01);
	free(heard);
}
END_TEST

START_TEST(rates_outside_are_not_offered)
{
	const struct chain_setup setup = {
		.converter = "crossfeed_fastest", .in_rate = 44100, .out_rate = 48000
	};
	snd_pcm_hw_params_t *params;
	struct chain chain;

	snd_pcm_hw_params_alloca(&params);
	ck_assert_int_eq(chain_open(&chain, &setup), 0);
	ck_assert_int_ge(snd_pcm_hw_params_any(chain.pcm, params), 0);
	ck_assert_int_eq(snd_pcm_hw_params_test_rate(chain.pcm, params, 4000, 0), 0);
	ck_assert_int_eq(snd_pcm_hw_params_test_rate(chain.pcm, params, 768000, 0), 0);
	ck_assert_int_lt(snd_pcm_hw_params_test_rate(chain.pcm, params, 3999, 0), 0);
	ck_assert_int_lt(snd_pcm_hw_params_test_rate(chain.pcm, params, 768001, 0), 0);
	chain_close(&chain);
}
END_TEST

static Suite *rate_suite(void)
{
	Suite *suite = suite_create("rate");
	TCase *core = tcase_create("core");
	TCase *limits = tcase_create("limits");

	tcase_set_timeout(core, 60);
	tcase_add_loop_test(core, best_sounds_as_measured, 0, QUALITY_ROWS);
	tcase_add_loop_test(core, medium_sounds_as_measured, 0, QUALITY_ROWS);
	tcase_add_loop_test(core, fastest_sounds_as_measured, 0, QUALITY_ROWS);
	tcase_add_loop_test(core, names_choose_the_quality, 0,
			    sizeof(name_rows) / sizeof(name_rows[0]));
	tcase_add_test(core, overs_are_cut_at_full_scale_without_pad);
	tcase_add_loop_test(core, pad_keeps_overs, 1, 5);
	tcase_add_loop_test(core, formats_are_converted_whole, 0,
			    sizeof(format_rows) / sizeof(format_rows[0]));
	tcase_add_test(core, narrow_output_is_rounded_not_cut);
	tcase_add_loop_test(core, each_channel_stays_where_it_was, 0,
			    sizeof(accesses) / sizeof(accesses[0]));
	tcase_add_loop_test(core, equal_rates_are_copied, 0,
			    sizeof(copy_rows) / sizeof(copy_rows[0]));
	tcase_add_test(core, second_stream_begins_in_silence);
	tcase_add_loop_test(core, reported_delay_is_the_one_heard, 0,
			    sizeof(delay_rows) / sizeof(delay_rows[0]));
	tcase_add_test(core, position_is_not_shifted_by_the_delay);
	tcase_add_test(core, drain_gives_the_last_part_of_a_period);
	tcase_add_test(core, pitch_is_the_ratio_of_the_periods);
	tcase_add_test(core, dump_tells_the_state);
	suite_add_tcase(suite, core);

	tcase_add_test(limits, parameters_can_be_set_twice);
	tcase_add_loop_test(limits, bad_settings_are_refused, 0,
			    sizeof(bad_converters) / sizeof(bad_converters[0]));
	tcase_add_test(limits, areas_are_used_as_they_are);
	tcase_add_loop_test(limits, odd_channels_are_as_by_themselves, 0, 2);
	tcase_add_test(limits, each_clipped_sample_counts_once);
	tcase_add_test(limits, block_of_another_size_is_silence);
	tcase_add_test(limits, negative_delay_stays_negative);
	tcase_add_test(limits, old_protocols_are_refused);
	tcase_add_loop_test(limits, extreme_rates_work, 0, 2);
	tcase_add_test(limits, rates_outside_are_not_offered);
	suite_add_tcase(suite, limits);
	return suite;
}

int main(void)
{
	chain_prepare();
	return check_main(rate_suite());
}
