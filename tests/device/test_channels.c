/* alsa-crossfeed - tests one to eight channels through the built module */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "channels.h"
#include "check_main.h"
#include "playback.h"
#include "signals.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

enum { FRAMES = 2000 };

#define DAC(formats) "slave.pcm { type dac file \"%s\" formats [ " formats " ] }"
#define NEUTRAL "crossfeed off bypass direct headroom none "
#define C 0.70710678118654752

/* What each channel is worth in each ear, by hand. */
static const struct row {
	unsigned int channels;
	const char *map;		/* or NULL: the default */
	double left[8], right[8];
} rows[] = {
	{ 1, NULL, { 1 }, { 1 } },
	{ 1, "FC", { 1 }, { 1 } },
	{ 2, NULL, { 1, 0 }, { 0, 1 } },
	{ 2, "FR FL", { 0, 1 }, { 1, 0 } },
	{ 2, "FC LFE", { C, 0 }, { C, 0 } },
	{ 3, NULL, { 1, 0, 0 }, { 0, 1, 0 } },
	{ 3, "FL FR FC", { 1, 0, C }, { 0, 1, C } },
	{ 4, NULL, { 1, 0, C, 0 }, { 0, 1, 0, C } },
	{ 4, "FL FR FC RC", { 1, 0, C, 0.5 }, { 0, 1, C, 0.5 } },
	{ 5, NULL, { 1, 0, C, 0, C }, { 0, 1, 0, C, C } },
	{ 6, NULL, { 1, 0, C, 0, C, 0 }, { 0, 1, 0, C, C, 0 } },
	{ 6, "FL FR FC LFE RL RR", { 1, 0, C, 0, C, 0 }, { 0, 1, C, 0, 0, C } },
	{ 6, "SR NA FR FL LFE SL", { 0, 0, 0, 1, 0, C }, { C, 0, 1, 0, 0, 0 } },
	{ 7, NULL, { 1, 0, C, 0, C, 0, 0.5 }, { 0, 1, 0, C, C, 0, 0.5 } },
	{ 8, NULL, { 1, 0, C, 0, C, 0, C, 0 }, { 0, 1, 0, C, C, 0, 0, C } },
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

static void start(struct playback *p, const char *definition, unsigned int channels,
		  snd_pcm_format_t format)
{
	ck_assert_int_eq(playback_open(p, definition), 0);
	p->channels = channels;
	ck_assert_int_eq(playback_configure(p, SND_PCM_ACCESS_RW_INTERLEAVED, format, 48000), 0);
}

static int set_map(struct playback *p, const char *text)
{
	snd_pcm_chmap_t *map = snd_pcm_chmap_parse_string(text);
	int err;

	ck_assert_ptr_nonnull(map);
	err = snd_pcm_set_chmap(p->pcm, map);
	free(map);
	return err;
}

static double *noise(unsigned int channels)
{
	double *samples = malloc(channels * FRAMES * sizeof(*samples));
	uint32_t state = 5;

	ck_assert_ptr_nonnull(samples);
	for (size_t n = 0; n < channels * FRAMES; n++)
		samples[n] = signals_noise(&state);
	return samples;
}

static double weighted(const double *frame, const double *weights, unsigned int channels)
{
	double sum = 0;

	for (unsigned int c = 0; c < channels; c++)
		sum += weights[c] * frame[c];
	return sum;
}

/* Through the device as it is, and with plug above, which must not fold by itself. */
START_TEST(folded_as_computed_by_hand)
{
	const char *const definitions[] = {
		"type crossfeed " NEUTRAL DAC("FLOAT64"),
		"type plug slave.pcm { type crossfeed " NEUTRAL DAC("FLOAT64") " }",
	};
	const struct row *row = &rows[_i % ROWS];
	double *in = noise(row->channels);
	struct playback p;
	double *heard;
	size_t bytes;

	start(&p, definitions[_i / ROWS], row->channels, SND_PCM_FORMAT_FLOAT64);
	if (row->map)
		ck_assert_int_eq(set_map(&p, row->map), 0);
	playback_write(&p, in, FRAMES, 300);
	heard = playback_finish(&p, &bytes);
	ck_assert_uint_eq(bytes, FRAMES * 2 * sizeof(*heard));
	for (size_t n = 0; n < FRAMES; n++) {
		const double *frame = in + n * row->channels;

		ck_assert_double_eq_tol(heard[2 * n], weighted(frame, row->left, row->channels),
					1e-15);
		ck_assert_double_eq_tol(heard[2 * n + 1],
					weighted(frame, row->right, row->channels), 1e-15);
	}
	free(heard);
	free(in);
}
END_TEST

static int16_t *noise_s16(unsigned int channels)
{
	int16_t *samples = malloc(channels * FRAMES * sizeof(*samples));
	uint32_t state = 9;

	ck_assert_ptr_nonnull(samples);
	for (size_t n = 0; n < channels * FRAMES; n++)
		samples[n] = (int16_t)(signals_noise(&state) * 32767);
	return samples;
}

static void *play_s16(const char *definition, unsigned int channels, const char *map,
		      const int16_t *in, size_t *bytes)
{
	struct playback p;

	start(&p, definition, channels, SND_PCM_FORMAT_S16);
	if (map)
		ck_assert_int_eq(set_map(&p, map), 0);
	playback_write(&p, in, FRAMES, FRAMES);
	return playback_finish(&p, bytes);
}

static int16_t *doubled(const int16_t *mono)
{
	int16_t *stereo = malloc(2 * FRAMES * sizeof(*stereo));

	ck_assert_ptr_nonnull(stereo);
	for (size_t n = 0; n < FRAMES; n++)
		stereo[2 * n] = stereo[2 * n + 1] = mono[n];
	return stereo;
}

/* As loud as a stereo stream with crossfeed off, whatever off means. */
START_TEST(mono_is_stereo_with_crossfeed_off)
{
	const char *const mono_definitions[] = {
		"type crossfeed " DAC("S32"),
		"type crossfeed bypass direct " DAC("S32"),
		"type crossfeed preset meier brightness bright " DAC("S32"),
	};
	const char *const stereo_definitions[] = {
		"type crossfeed crossfeed off " DAC("S32"),
		"type crossfeed crossfeed off bypass direct " DAC("S32"),
		"type crossfeed crossfeed off preset meier brightness bright " DAC("S32"),
	};
	int16_t *mono = noise_s16(1);
	int16_t *stereo = doubled(mono);
	size_t bytes, stereo_bytes;
	void *heard = play_s16(mono_definitions[_i], 1, NULL, mono, &bytes);
	void *expected = play_s16(stereo_definitions[_i], 2, NULL, stereo, &stereo_bytes);

	ck_assert_uint_eq(bytes, stereo_bytes);
	ck_assert_mem_eq(heard, expected, bytes);
	free(expected);
	free(heard);
	free(stereo);
	free(mono);
}
END_TEST

START_TEST(neutral_mono_keeps_every_bit)
{
	int16_t *mono = noise_s16(1);
	int16_t *stereo = doubled(mono);
	size_t bytes;
	void *heard = play_s16("type crossfeed crossfeed off bypass direct " DAC("S16"), 1,
			       NULL, mono, &bytes);

	ck_assert_uint_eq(bytes, 2 * FRAMES * sizeof(*stereo));
	ck_assert_mem_eq(heard, stereo, bytes);
	free(heard);
	free(stereo);
	free(mono);
}
END_TEST

START_TEST(swapped_stereo_is_put_right)
{
	const char *const definitions[] = {
		"type crossfeed crossfeed off bypass direct " DAC("S16"),
		"type crossfeed " DAC("S32"),
		"type crossfeed rate 44100 resampler fastest " DAC("S32"),
	};
	int16_t *in = noise_s16(2);
	size_t bytes, swapped_bytes;
	void *expected = play_s16(definitions[_i], 2, NULL, in, &bytes);
	void *heard;

	for (size_t n = 0; n < FRAMES; n++) {
		int16_t left = in[2 * n];

		in[2 * n] = in[2 * n + 1];
		in[2 * n + 1] = left;
	}
	heard = play_s16(definitions[_i], 2, "FR FL", in, &swapped_bytes);
	ck_assert_uint_eq(bytes, swapped_bytes);
	ck_assert_mem_eq(heard, expected, bytes);
	free(heard);
	free(expected);
	free(in);
}
END_TEST

/* What is sent in the channels that are played, with nothing in the others. */
static int16_t *tones(unsigned int channels, unsigned int played)
{
	int16_t *in = calloc(channels * FRAMES, sizeof(*in));

	ck_assert_ptr_nonnull(in);
	for (size_t n = 0; n < FRAMES; n++)
		for (unsigned int c = 0; c < played; c++)
			in[channels * n + c] = (int16_t)(9000 * signals_sine(1000, 48000, n));
	return in;
}

/* The weights of BS.775, and nothing else taken off: a front channel is what it is in stereo. */
START_TEST(a_fold_down_is_as_loud_as_stereo)
{
	const char *const definition = "type crossfeed dither off " DAC("S32");
	const unsigned int channels[] = { 3, 6, 8 };
	int16_t *stereo = tones(2, 1), *many = tones(channels[_i], 1);
	size_t bytes, expected_bytes;
	int32_t *expected = play_s16(definition, 2, NULL, stereo, &expected_bytes);
	int32_t *heard = play_s16(definition, channels[_i], NULL, many, &bytes);

	ck_assert_uint_eq(bytes, expected_bytes);
	ck_assert_mem_eq(heard, expected, bytes);
	free(heard);
	free(expected);
	free(many);
	free(stereo);
}
END_TEST

START_TEST(mono_is_as_loud_as_stereo_without_crossfeed)
{
	int16_t *stereo = tones(2, 2), *mono = tones(1, 1);
	size_t bytes, expected_bytes;
	int32_t *expected = play_s16("type crossfeed crossfeed off dither off " DAC("S32"), 2,
				     NULL, stereo, &expected_bytes);
	int32_t *heard = play_s16("type crossfeed dither off " DAC("S32"), 1, NULL, mono, &bytes);

	ck_assert_uint_eq(bytes, expected_bytes);
	ck_assert_mem_eq(heard, expected, bytes);
	free(heard);
	free(expected);
	free(mono);
	free(stereo);
}
END_TEST

/* What eight channels at full scale add up to is 9.9 dB above it. */
START_TEST(what_a_fold_down_clips_is_counted)
{
	const char *const definitions[] = {
		"type crossfeed " DAC("S32"),
		"type crossfeed crossfeed off bypass direct " DAC("S32"),
		"type crossfeed headroom 15 " DAC("S32"),
	};
	const char *const expected[] = {
		"headroom     : 6.00 dB", "headroom     : 6.00 dB", "headroom     : 15.00 dB",
	};
	int16_t *in = malloc(8 * FRAMES * sizeof(*in));
	struct playback p;
	snd_output_t *output;
	char *text;

	ck_assert_ptr_nonnull(in);
	for (size_t n = 0; n < 8 * FRAMES; n++)
		in[n] = n / 8 % 500 < 250 ? INT16_MAX : INT16_MIN;
	start(&p, definitions[_i], 8, SND_PCM_FORMAT_S16);
	playback_write(&p, in, FRAMES, FRAMES);
	ck_assert_int_eq(snd_output_buffer_open(&output), 0);
	snd_pcm_dump(p.pcm, output);
	snd_output_putc(output, '\0');
	snd_output_buffer_string(output, &text);
	for (char *comma = text; (comma = strchr(comma, ','));)
		*comma = '.';	/* as the locale may have it */
	ck_assert_msg(!strstr(text, "clipped      : 0 samples") == (_i < 2), "%s", text);
	ck_assert_msg(strstr(text, expected[_i]), "%s", text);
	ck_assert_msg(strstr(text, "channels     : FL FR RL RR FC LFE SL SR\n"), "%s", text);
	snd_output_close(output);
	playback_close(&p);
	free(in);
}
END_TEST

static int messages;

/* What is said, not its format: alsa-lib since 1.2.15 hands on "%s". */
static void count_message(const char *file, int line, const char *function, int err,
			  const char *format, ...)
{
	char text[200];
	va_list args;

	(void)file;
	(void)line;
	(void)function;
	(void)err;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	messages += strstr(text, "channel map") != NULL;
}

static void assert_map(struct playback *p, const char *expected)
{
	snd_pcm_chmap_t *map = snd_pcm_get_chmap(p->pcm);
	char text[100];

	ck_assert_ptr_nonnull(map);
	ck_assert_int_gt(snd_pcm_chmap_print(map, sizeof(text), text), 0);
	ck_assert_str_eq(text, expected);
	free(map);
}

START_TEST(unknown_maps_are_refused_with_one_message)
{
	const char *const maps[] = {
		"FL FR FC LFE RL UNKNOWN", "FL FR FC LFE RL MONO", "FL FR FC LFE FLC FRC",
		"FL FR", "FL FR RL RR FC LFE SL", "FL FR FC LFE RL RR[INV]",
	};
	struct playback p;

	start(&p, "type crossfeed " DAC("S16"), 6, SND_PCM_FORMAT_S16);
	messages = 0;
	snd_lib_error_set_handler(count_message);
	ck_assert_int_eq(set_map(&p, maps[_i]), -EINVAL);
	snd_lib_error_set_handler(NULL);
	ck_assert_int_eq(messages, 1);
	assert_map(&p, "FL FR RL RR FC LFE");
	playback_close(&p);
}
END_TEST

START_TEST(the_map_in_force_is_told)
{
	struct playback p;

	start(&p, "type crossfeed " DAC("S16"), 6, SND_PCM_FORMAT_S16);
	assert_map(&p, "FL FR RL RR FC LFE");
	ck_assert_int_eq(set_map(&p, "FL FR FC LFE RL RR"), 0);
	assert_map(&p, "FL FR FC LFE RL RR");
	playback_close(&p);
}
END_TEST

START_TEST(every_map_that_is_told_can_be_set)
{
	snd_pcm_chmap_query_t **queries;
	struct playback p;
	char text[100];
	int counts[9] = { 0 };

	ck_assert_int_eq(playback_open(&p, "type crossfeed " DAC("S16")), 0);
	queries = snd_pcm_query_chmaps(p.pcm);
	ck_assert_ptr_nonnull(queries);
	playback_close(&p);
	for (int q = 0; queries[q]; q++) {
		snd_pcm_chmap_t *map = &queries[q]->map;

		counts[map->channels]++;
		ck_assert_int_gt(snd_pcm_chmap_print(map, sizeof(text), text), 0);
		start(&p, "type crossfeed " DAC("S16"), map->channels, SND_PCM_FORMAT_S16);
		ck_assert_int_eq(snd_pcm_set_chmap(p.pcm, map), 0);
		assert_map(&p, text);
		playback_close(&p);
	}
	for (int c = 1; c <= 8; c++)
		ck_assert_int_ge(counts[c], 1);
	snd_pcm_free_chmaps(queries);
}
END_TEST

START_TEST(a_playing_stream_keeps_its_map)
{
	static int16_t silence[6 * FRAMES];
	struct playback p;

	start(&p, "type crossfeed " DAC("S16"), 6, SND_PCM_FORMAT_S16);
	playback_write(&p, silence, FRAMES, FRAMES);
	ck_assert_int_eq(set_map(&p, "FL FR FC LFE RL RR"), -EBUSY);
	playback_close(&p);
}
END_TEST

START_TEST(new_parameters_bring_the_default_map_back)
{
	struct playback p;

	start(&p, "type crossfeed " DAC("S16"), 6, SND_PCM_FORMAT_S16);
	ck_assert_int_eq(set_map(&p, "FL FR FC LFE RL RR"), 0);
	ck_assert_int_eq(playback_configure(&p, SND_PCM_ACCESS_RW_INTERLEAVED,
					    SND_PCM_FORMAT_S16, 44100), 0);
	assert_map(&p, "FL FR RL RR FC LFE");
	playback_close(&p);
}
END_TEST

START_TEST(nine_channels_are_refused)
{
	struct playback p;

	ck_assert_int_eq(playback_open(&p, "type crossfeed " DAC("S16")), 0);
	p.channels = 9;
	ck_assert_int_lt(playback_configure(&p, SND_PCM_ACCESS_RW_INTERLEAVED,
					    SND_PCM_FORMAT_S16, 48000), 0);
	playback_close(&p);
}
END_TEST

static Suite *channels_suite(void)
{
	Suite *suite = suite_create("channels");
	TCase *fold = tcase_create("fold");
	TCase *maps = tcase_create("maps");

	tcase_add_loop_test(fold, folded_as_computed_by_hand, 0, 2 * ROWS);
	tcase_add_loop_test(fold, mono_is_stereo_with_crossfeed_off, 0, 3);
	tcase_add_test(fold, neutral_mono_keeps_every_bit);
	tcase_add_loop_test(fold, swapped_stereo_is_put_right, 0, 3);
	tcase_add_loop_test(fold, a_fold_down_is_as_loud_as_stereo, 0, 3);
	tcase_add_test(fold, mono_is_as_loud_as_stereo_without_crossfeed);
	tcase_add_loop_test(fold, what_a_fold_down_clips_is_counted, 0, 3);
	tcase_add_loop_test(maps, unknown_maps_are_refused_with_one_message, 0, 6);
	tcase_add_test(maps, the_map_in_force_is_told);
	tcase_add_test(maps, every_map_that_is_told_can_be_set);
	tcase_add_test(maps, a_playing_stream_keeps_its_map);
	tcase_add_test(maps, new_parameters_bring_the_default_map_back);
	tcase_add_test(maps, nine_channels_are_refused);
	suite_add_tcase(suite, fold);
	suite_add_tcase(suite, maps);
	return suite;
}

int main(void)
{
	return check_main(channels_suite());
}
