/* alsa-crossfeed - tests which formats of a slave are kept, by the rates that each has */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * No stand-in DAC has rates that depend on the format, as cards do that have
 * too little bandwidth for their widest samples.  So this program has its own
 * functions in place of those of alsa-lib that slave.c asks.
 */

#include "check_main.h"
#include "slave.h"

#include <errno.h>
#include <stdbool.h>

enum { LIST_MAX = 8 };

struct row {
	snd_pcm_format_t format;
	unsigned int highest_hz;	/* it has all rates up to this */
};

struct card {
	struct row rows[LIST_MAX];	/* end at 0 Hz */
	snd_pcm_format_t kept[LIST_MAX];
	unsigned int count;
};

static const struct card cards[] = {
	/* the widest has all that the others have */
	{ { { SND_PCM_FORMAT_S16, 96000 }, { SND_PCM_FORMAT_S32, 96000 } },
		{ SND_PCM_FORMAT_S32 }, 1 },
	/* a narrower one goes higher, and is what a stream at that rate needs */
	{ { { SND_PCM_FORMAT_S16, 192000 }, { SND_PCM_FORMAT_S32, 96000 } },
		{ SND_PCM_FORMAT_S32, SND_PCM_FORMAT_S16 }, 2 },
	{ { { SND_PCM_FORMAT_S16, 192000 }, { SND_PCM_FORMAT_S24_3LE, 192000 },
	    { SND_PCM_FORMAT_S32, 48000 } },
		{ SND_PCM_FORMAT_S32, SND_PCM_FORMAT_S24_3LE }, 2 },
	{ { { SND_PCM_FORMAT_FLOAT, 384000 }, { SND_PCM_FORMAT_S24, 192000 },
	    { SND_PCM_FORMAT_S16, 768000 } },
		{ SND_PCM_FORMAT_S24, SND_PCM_FORMAT_FLOAT, SND_PCM_FORMAT_S16 }, 3 },
	/* none of the usual rates, but a format */
	{ { { SND_PCM_FORMAT_S16, 7000 } }, { SND_PCM_FORMAT_S16 }, 1 },
	{ { { SND_PCM_FORMAT_MU_LAW, 8000 } }, { 0 }, 0 },
};

enum { CARDS = sizeof(cards) / sizeof(cards[0]) };

static const struct card *card;
static snd_pcm_format_t asked[LIST_MAX];
static unsigned int asked_count;

/* The highest rate of the formats last asked for, or 0 if the card has none of them. */
static unsigned int highest_hz(void)
{
	unsigned int highest = 0;

	for (const struct row *row = card->rows; row->highest_hz; row++)
		for (unsigned int n = 0; n < asked_count; n++)
			if (row->format == asked[n] && row->highest_hz > highest)
				highest = row->highest_hz;
	return highest;
}

int snd_pcm_extplug_set_slave_param_list(snd_pcm_extplug_t *extplug, int type,
					 unsigned int num_list, const unsigned int *list)
{
	(void)extplug;
	ck_assert_int_eq(type, SND_PCM_EXTPLUG_HW_FORMAT);
	ck_assert_uint_le(num_list, LIST_MAX);
	asked_count = num_list;
	for (unsigned int n = 0; n < num_list; n++)
		asked[n] = (snd_pcm_format_t)list[n];
	return 0;
}

int snd_pcm_hw_params_any(snd_pcm_t *pcm, snd_pcm_hw_params_t *params)
{
	(void)pcm;
	(void)params;
	return highest_hz() ? 0 : -EINVAL;
}

int snd_pcm_hw_params_test_rate(snd_pcm_t *pcm, snd_pcm_hw_params_t *params, unsigned int val,
				int dir)
{
	(void)pcm;
	(void)params;
	(void)dir;
	return val <= highest_hz() ? 0 : -EINVAL;
}

START_TEST(every_rate_keeps_its_widest_format)
{
	snd_pcm_extplug_t ext = { 0 };

	card = &cards[_i];
	if (card->count == 0) {
		ck_assert_int_eq(slave_choose_format(&ext), -EINVAL);
		return;
	}
	ck_assert_int_eq(slave_choose_format(&ext), 0);
	ck_assert_uint_eq(asked_count, card->count);
	for (unsigned int n = 0; n < card->count; n++)
		ck_assert_int_eq(asked[n], card->kept[n]);
}
END_TEST

static Suite *slave_suite(void)
{
	Suite *suite = suite_create("slave");
	TCase *formats = tcase_create("formats");

	tcase_add_loop_test(formats, every_rate_keeps_its_widest_format, 0, CARDS);
	suite_add_tcase(suite, formats);
	return suite;
}

int main(void)
{
	return check_main(slave_suite());
}
