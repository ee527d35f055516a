/* alsa-crossfeed - tests ALSA's names of the formats, and its areas as pairs of channels */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "alsa_samples.h"
#include "check_main.h"

enum { FRAMES = 300, CHANNELS = 5 };

START_TEST(each_format_is_found_by_the_name_it_has)
{
	snd_pcm_format_t alsa = alsa_samples_format((enum format)_i);
	unsigned int list[FORMATS];
	enum format found;

	ck_assert(alsa_samples_find(&found, alsa));
	ck_assert_int_eq(found, _i);
	ck_assert_int_eq(snd_pcm_format_physical_width(alsa), 8 * (int)format_bytes(found));
	ck_assert_int_eq(snd_pcm_format_linear(alsa), format_is_integer(found));
	alsa_samples_list(list);
	ck_assert_uint_eq(list[_i], (unsigned int)alsa);
}
END_TEST

START_TEST(other_formats_are_not_found)
{
	enum format found;

	ck_assert(!alsa_samples_find(&found, SND_PCM_FORMAT_U8));
	ck_assert(!alsa_samples_find(&found, SND_PCM_FORMAT_DSD_U32_LE));
	ck_assert(!alsa_samples_find(&found, SND_PCM_FORMAT_UNKNOWN));
}
END_TEST

/* Sample c of frame n is 100 n + c, interleaved or a channel behind the other. */
static void lay_out(snd_pcm_channel_area_t areas[CHANNELS], int16_t *samples, bool interleaved)
{
	for (unsigned int c = 0; c < CHANNELS; c++) {
		size_t first = interleaved ? c : c * FRAMES;
		size_t step = interleaved ? CHANNELS : 1;

		areas[c] = (snd_pcm_channel_area_t){
			samples, (unsigned int)(16 * first), (unsigned int)(16 * step),
		};
		for (size_t n = 0; n < FRAMES; n++)
			samples[first + n * step] = (int16_t)(100 * n + c);
	}
}

/* An odd last channel, too, in more frames than are read at a time. */
START_TEST(all_channels_are_read_from_an_offset_on)
{
	enum { OFFSET = 3 };
	static int16_t samples[CHANNELS * FRAMES];
	static float read[CHANNELS * FRAMES];
	snd_pcm_channel_area_t areas[CHANNELS];

	lay_out(areas, samples, _i);
	alsa_samples_read(read, areas, OFFSET, CHANNELS, FORMAT_S16, FRAMES - OFFSET);
	for (size_t n = 0; n < FRAMES - OFFSET; n++)
		for (size_t c = 0; c < CHANNELS; c++)
			ck_assert(read[n * CHANNELS + c] ==
				  (float)((100 * (n + OFFSET) + c) * 0x1p-15));
}
END_TEST

START_TEST(the_last_of_odd_channels_is_a_pair_with_itself)
{
	static int16_t samples[CHANNELS * FRAMES];
	snd_pcm_channel_area_t areas[CHANNELS];
	double pair[2];

	lay_out(areas, samples, true);
	alsa_samples_read_pair(pair, areas, 2, CHANNELS, 7, FORMAT_S16, 1);
	ck_assert(pair[0] == 702 * 0x1p-15 && pair[1] == 703 * 0x1p-15);
	alsa_samples_read_pair(pair, areas, CHANNELS - 1, CHANNELS, 7, FORMAT_S16, 1);
	ck_assert(pair[0] == 704 * 0x1p-15 && pair[1] == pair[0]);
}
END_TEST

static Suite *alsa_samples_suite(void)
{
	Suite *suite = suite_create("alsa_samples");
	TCase *all = tcase_create("all");

	tcase_add_loop_test(all, each_format_is_found_by_the_name_it_has, 0, FORMATS);
	tcase_add_test(all, other_formats_are_not_found);
	tcase_add_loop_test(all, all_channels_are_read_from_an_offset_on, 0, 2);
	tcase_add_test(all, the_last_of_odd_channels_is_a_pair_with_itself);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	return check_main(alsa_samples_suite());
}
