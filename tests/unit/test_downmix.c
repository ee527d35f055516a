/* alsa-crossfeed - tests the fold-down: whose layouts are refused, what passes, how loud it gets */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The weights themselves are tested through the module: see test_channels. */

#include "check_main.h"
#include "downmix.h"

#include <errno.h>
#include <math.h>

static struct downmix designed(const enum downmix_speaker *speakers, unsigned int channels)
{
	struct downmix d;

	ck_assert_int_eq(downmix_design(&d, speakers, channels), 0);
	return d;
}

START_TEST(left_and_right_are_stereo)
{
	const enum downmix_speaker stereo[] = { DOWNMIX_FRONT_LEFT, DOWNMIX_FRONT_RIGHT };
	const enum downmix_speaker swapped[] = { DOWNMIX_FRONT_RIGHT, DOWNMIX_FRONT_LEFT };
	struct downmix d = designed(stereo, 2);

	ck_assert(downmix_is_stereo(&d) && !downmix_is_mono(&d));
	ck_assert(downmix_peak_gain(&d) == 1);
	d = designed(swapped, 2);
	ck_assert(!downmix_is_stereo(&d));
}
END_TEST

START_TEST(one_channel_is_mono_wherever_it_stands)
{
	enum downmix_speaker speaker = (enum downmix_speaker)_i;
	struct downmix d = designed(&speaker, 1);
	double lr[2] = { 0, 0 }, pair[2] = { 0.25, 0.25 };

	ck_assert(downmix_is_mono(&d) && !downmix_is_stereo(&d));
	downmix_add(&d, lr, pair, 0, 1);
	ck_assert(lr[0] == 0.25 && lr[1] == 0.25);
}
END_TEST

START_TEST(peaks_of_5_1_add_up)
{
	const enum downmix_speaker surround[] = {
		DOWNMIX_FRONT_LEFT, DOWNMIX_FRONT_RIGHT, DOWNMIX_REAR_LEFT, DOWNMIX_REAR_RIGHT,
		DOWNMIX_CENTRE, DOWNMIX_LFE,
	};
	struct downmix d = designed(surround, 6);

	ck_assert_double_eq_tol(downmix_peak_gain(&d), 1 + 2 * sqrt(0.5), 1e-12);
}
END_TEST

START_TEST(impossible_layouts_are_refused)
{
	const enum downmix_speaker many[DOWNMIX_CHANNELS_MAX + 1] = { DOWNMIX_SILENT };
	const enum downmix_speaker mono_of_two[] = { DOWNMIX_MONO, DOWNMIX_FRONT_RIGHT };
	struct downmix d = designed(many, DOWNMIX_CHANNELS_MAX), was = d;

	ck_assert_int_eq(downmix_design(&d, many, 0), -EINVAL);
	ck_assert_int_eq(downmix_design(&d, many, DOWNMIX_CHANNELS_MAX + 1), -EINVAL);
	ck_assert_int_eq(downmix_design(&d, mono_of_two, 2), -EINVAL);
	ck_assert_mem_eq(&d, &was, sizeof(d));
}
END_TEST

static Suite *downmix_suite(void)
{
	Suite *suite = suite_create("downmix");
	TCase *all = tcase_create("all");

	tcase_add_test(all, left_and_right_are_stereo);
	tcase_add_loop_test(all, one_channel_is_mono_wherever_it_stands, 0, DOWNMIX_SPEAKERS);
	tcase_add_test(all, peaks_of_5_1_add_up);
	tcase_add_test(all, impossible_layouts_are_refused);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	return check_main(downmix_suite());
}
