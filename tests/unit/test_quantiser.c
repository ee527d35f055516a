/* alsa-crossfeed - tests the quantiser: saturation, dither, silence, block sizes */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "check_main.h"
#include "quantiser.h"
#include "signals.h"

enum { FRAMES = 1000 };

START_TEST(too_loud_saturates_and_is_counted)
{
	const unsigned int bits = _i ? 32 : 16;
	const int32_t top = INT32_MAX >> (32 - bits);
	const double lr[6] = { 1.5, -1.5, 1, -1, 1e9, 0.5 };
	int32_t codes[6];
	struct quantiser q;

	quantiser_init(&q, bits);
	quantiser_process(&q, codes, lr, 3, false);
	ck_assert_int_eq(codes[0], top);
	ck_assert_int_eq(codes[1], -top - 1);
	ck_assert_int_eq(codes[2], top);
	ck_assert_int_eq(codes[3], -top - 1);
	ck_assert_int_eq(codes[4], top);
	ck_assert_int_eq(codes[5], top / 2 + 1);
	ck_assert_uint_eq(q.clipped, 4);
	quantiser_process(&q, codes, lr, 3, true);
	ck_assert_uint_eq(q.clipped, 8);
}
END_TEST

/* Just at the top, where dither alone decides what clips: nothing wraps. */
START_TEST(nothing_wraps_near_full_scale)
{
	static double lr[2 * FRAMES];
	static int32_t codes[2 * FRAMES];
	struct quantiser q;

	for (size_t n = 0; n < 2 * FRAMES; n++)
		lr[n] = (n % 4 < 2 ? 1 : -1) * (32764 + 0.01 * (double)(n % 1000)) / 32768;
	quantiser_init(&q, 16);
	for (size_t n = 0; n < FRAMES; n += 2) {
		quantiser_process(&q, codes + 2 * n, lr + 2 * n, 2, true);
		for (size_t k = 2 * n; k < 2 * n + 4; k++)
			ck_assert(codes[k] <= 32767 && codes[k] >= -32768);
	}
}
END_TEST

START_TEST(full_scale_leaves_room_for_dither)
{
	enum { LONG = 200000 };
	static double lr[2 * LONG];
	static int32_t codes[2 * LONG];
	struct quantiser q;

	quantiser_init(&q, 16);
	for (size_t n = 0; n < 2 * LONG; n++)
		lr[n] = n % 3 ? quantiser_full_scale(&q) : -quantiser_full_scale(&q);
	quantiser_process(&q, codes, lr, LONG, true);
	ck_assert_uint_eq(q.clipped, 0);
	ck_assert_double_ge(quantiser_full_scale(&q), 0.9999);
}
END_TEST

START_TEST(any_block_size_gives_the_same_codes)
{
	static double lr[2 * FRAMES];
	static int32_t whole[2 * FRAMES], parts[2 * FRAMES];
	struct quantiser q;
	uint32_t state = 9;

	for (size_t n = 0; n < 2 * FRAMES; n++)
		lr[n] = (n / 200 % 3 == 2 ? 0 : n / 200 % 3 ? 1.01 : 0.3) * signals_noise(&state);
	quantiser_init(&q, 24);
	quantiser_set_silence(&q, _i);
	quantiser_process(&q, whole, lr, FRAMES, true);
	quantiser_init(&q, 24);
	quantiser_set_silence(&q, _i);
	for (size_t done = 0; done < FRAMES;) {
		size_t part = (size_t)(fabs(signals_noise(&state)) * 20) + 1;

		part = part < FRAMES - done ? part : FRAMES - done;
		quantiser_process(&q, parts + 2 * done, lr + 2 * done, part, true);
		done += part;
	}
	ck_assert_mem_eq(whole, parts, sizeof(whole));
}
END_TEST

/* Noise, zeros, noise; longer than a block, and of odd lengths; silence is whole groups. */
enum { MUSIC = 401, SILENCE = 301, ZEROS = SILENCE + 88 * LOOPS_GROUP };
enum { PARTS = MUSIC + ZEROS + MUSIC };

static void fill_parts(double *lr)
{
	uint32_t state = 4;

	for (size_t n = 0; n < 2 * PARTS; n++) {
		bool zero = n / 2 >= MUSIC && n / 2 < MUSIC + ZEROS;

		lr[n] = zero ? 0 : 0.3 * signals_noise(&state);
	}
}

/* Dithered up to the last frame before silence, and from the first one behind it. */
START_TEST(silence_is_exact_zero)
{
	static double lr[2 * PARTS];
	static int32_t codes[2 * PARTS];
	struct quantiser q;
	size_t noisy = 0;

	fill_parts(lr);
	quantiser_init(&q, 16);
	quantiser_set_silence(&q, SILENCE);
	quantiser_process(&q, codes, lr, MUSIC + ZEROS, true);
	ck_assert(quantiser_is_silent(&q));
	for (size_t n = 2 * MUSIC; n < 2 * (MUSIC + SILENCE); n++)
		noisy += codes[n] != 0;
	ck_assert_uint_gt(noisy, SILENCE / 4);
	noisy = 0;
	for (size_t n = 2 * (MUSIC + SILENCE - 16); n < 2 * (MUSIC + SILENCE); n++)
		noisy += codes[n] != 0;
	ck_assert_uint_gt(noisy, 0);
	for (size_t n = 2 * (MUSIC + SILENCE); n < 2 * (MUSIC + ZEROS); n++)
		ck_assert_int_eq(codes[n], 0);
	quantiser_process(&q, codes, lr + 2 * (MUSIC + ZEROS), MUSIC, true);
	ck_assert(!quantiser_is_silent(&q));
}
END_TEST

/* Behind silence the codes are those of a stream from which the silence was cut out. */
START_TEST(dither_goes_on_where_it_stopped)
{
	static double lr[2 * PARTS];
	static int32_t whole[2 * PARTS], cut[2 * PARTS];
	struct quantiser q;

	fill_parts(lr);
	quantiser_init(&q, 16);
	quantiser_set_silence(&q, SILENCE);
	quantiser_process(&q, whole, lr, PARTS, true);
	memmove(lr + 2 * (MUSIC + SILENCE), lr + 2 * (MUSIC + ZEROS), 2 * MUSIC * sizeof(*lr));
	quantiser_init(&q, 16);
	quantiser_process(&q, cut, lr, MUSIC + SILENCE + MUSIC, true);
	ck_assert_mem_eq(whole, cut, 2 * (MUSIC + SILENCE) * sizeof(*cut));
	ck_assert_mem_eq(whole + 2 * (MUSIC + ZEROS), cut + 2 * (MUSIC + SILENCE),
			 2 * MUSIC * sizeof(*cut));
}
END_TEST

enum { LONG = 1 << 18 };

/*
 * A 30 Hz tone from -20 down to -120 dBFS in five seconds, in 53 bits or as
 * 16-bit masters have it that were made without dither: its last steps are far
 * apart, with exact zeros between.
 */
START_TEST(decaying_music_is_never_cut)
{
	const unsigned int bits = _i / 2 ? 24 : 16;
	const bool coarse = _i % 2;
	static double lr[2 * LONG];
	static int32_t codes[2 * LONG], expected[2 * LONG];
	struct quantiser q;
	size_t last = 0;

	for (size_t n = 0; n < LONG; n++) {
		double x = signals_from_db(-20 - 100.0 * (double)n / LONG) *
			   signals_sine(30, 48000, n);

		lr[2 * n] = lr[2 * n + 1] = coarse ? rint(x * 32768) / 32768 : x;
		last = lr[2 * n] != 0 ? n : last;
	}
	quantiser_init(&q, bits);
	quantiser_process(&q, expected, lr, LONG, true);
	quantiser_init(&q, bits);
	quantiser_set_silence(&q, 9600);
	quantiser_process(&q, codes, lr, LONG, true);
	ck_assert_uint_gt(last, LONG / 2);
	ck_assert(memcmp(codes, expected, 2 * (last + 1) * sizeof(*codes)) == 0);
}
END_TEST

/* Error of dithered rounding of a constant, in steps. */
static double *dither_errors(double value, unsigned int channel)
{
	static double lr[2 * LONG], error[LONG];
	static int32_t codes[2 * LONG];
	struct quantiser q;

	for (size_t n = 0; n < 2 * LONG; n++)
		lr[n] = value * 0x1p-15;
	quantiser_init(&q, 16);
	quantiser_process(&q, codes, lr, LONG, true);
	for (size_t n = 0; n < LONG; n++)
		error[n] = codes[2 * n + channel] - value;
	return error;
}

/* Triangular dither: the total error's mean is 0 and its variance 1/4, whatever the value. */
START_TEST(dither_is_triangular)
{
	const double value = 0.1 * _i;

	for (unsigned int c = 0; c < 2; c++) {
		const double *error = dither_errors(value, c);
		double largest = 0;
		double sum = 0;
		double square = 0;

		/* an assert for each of so many samples would take minutes under valgrind */
		for (size_t n = 0; n < LONG; n++) {
			largest = fmax(largest, fabs(error[n]));
			sum += error[n];
			square += error[n] * error[n];
		}
		ck_assert_double_le(largest, 1.5);
		ck_assert_double_eq_tol(sum / LONG, 0, 0.005);
		ck_assert_double_eq_tol(square / LONG, 0.25, 0.005);
	}
}
END_TEST

START_TEST(dither_is_white)
{
	const double *error = dither_errors(0.3, 0);

	for (size_t lag = 1; lag <= 64; lag++) {
		double sum = 0;

		for (size_t n = lag; n < LONG; n++)
			sum += error[n] * error[n - lag];
		/* five standard deviations of 0.25 / sqrt(LONG) */
		ck_assert_double_eq_tol(sum / LONG, 0, 5 * 0.25 / sqrt(LONG));
	}
}
END_TEST

START_TEST(channels_have_dither_of_their_own)
{
	static double left[LONG];
	const double *right;
	double sum = 0;

	memcpy(left, dither_errors(0.3, 0), sizeof(left));
	right = dither_errors(0.3, 1);
	for (size_t n = 0; n < LONG; n++)
		sum += left[n] * right[n];
	ck_assert_double_eq_tol(sum / LONG, 0, 5 * 0.25 / sqrt(LONG));
}
END_TEST

/* Alone a sample is added to its noise by other code than in a block: at the edge between two
 * codes they have to agree, too. */
START_TEST(dithered_edges_are_the_same_in_any_block)
{
	static double lr[2 * LONG];
	static int32_t whole[2 * LONG], alone[2 * LONG];
	struct quantiser q;

	for (size_t n = 0; n < 2 * LONG; n++)
		lr[n] = ((double)(n % 0x10000) + 0.3) * 0x1p-31;
	quantiser_init(&q, 16);
	quantiser_process(&q, whole, lr, LONG, true);
	quantiser_init(&q, 16);
	for (size_t n = 0; n < LONG; n++)
		quantiser_process(&q, alone + 2 * n, lr + 2 * n, 1, true);
	ck_assert(memcmp(whole, alone, sizeof(whole)) == 0);
}
END_TEST

/* A -100 dBFS tone at 16 bits is under one step: with dither it has no harmonics. */
START_TEST(quiet_tones_are_not_distorted)
{
	enum { BIN = 441 };
	static double lr[2 * LONG], out[2 * LONG];
	static int32_t codes[2 * LONG];
	const double step = (double)BIN / LONG;
	struct quantiser q;

	for (size_t n = 0; n < LONG; n++)
		lr[2 * n] = lr[2 * n + 1] = 1e-5 * signals_sine(BIN, LONG, n);
	quantiser_init(&q, 16);
	quantiser_process(&q, codes, lr, LONG, true);
	for (size_t n = 0; n < 2 * LONG; n++)
		out[n] = codes[n] * 0x1p-15;
	ck_assert_double_eq_tol(signals_db(2.0 / LONG * cabs(signals_response(out, LONG, 0, step))),
				-100, 0.1);
	for (int k = 2; k <= 9; k++)
		ck_assert_double_lt(signals_db(2.0 / LONG *
					       cabs(signals_response(out, LONG, 0, k * step))), -135);
}
END_TEST

/* A loud sample has its block rounded again, by other code: the others must not notice. */
START_TEST(loud_neighbours_change_no_code)
{
	double lr[4] = { 0, 0, 0.25, 0.25 };
	struct quantiser quiet, loud;
	int32_t alone[4], beside[4];

	for (int n = -8; n <= 8; n++) {
		lr[0] = lr[1] = ldexp(100.5 + n * 0x1p-20, -15);
		quantiser_init(&quiet, 16);
		quantiser_init(&loud, 16);
		lr[2] = 0.25;
		quantiser_process(&quiet, alone, lr, 2, false);
		lr[2] = 2;
		quantiser_process(&loud, beside, lr, 2, false);
		ck_assert_int_eq(alone[0], beside[0]);
		ck_assert_int_eq(alone[1], beside[1]);
	}
}
END_TEST

static Suite *quantiser_suite(void)
{
	Suite *suite = suite_create("quantiser");
	TCase *all = tcase_create("all");

	tcase_set_timeout(all, 120);
	tcase_add_loop_test(all, too_loud_saturates_and_is_counted, 0, 2);
	tcase_add_test(all, nothing_wraps_near_full_scale);
	tcase_add_test(all, full_scale_leaves_room_for_dither);
	tcase_add_loop_test(all, any_block_size_gives_the_same_codes, 1, 150);
	tcase_add_test(all, silence_is_exact_zero);
	tcase_add_test(all, dither_goes_on_where_it_stopped);
	tcase_add_loop_test(all, decaying_music_is_never_cut, 0, 4);
	tcase_add_loop_test(all, dither_is_triangular, 0, 11);
	tcase_add_test(all, dither_is_white);
	tcase_add_test(all, channels_have_dither_of_their_own);
	tcase_add_test(all, dithered_edges_are_the_same_in_any_block);
	tcase_add_test(all, quiet_tones_are_not_distorted);
	tcase_add_test(all, loud_neighbours_change_no_code);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	return check_main(quantiser_suite());
}
