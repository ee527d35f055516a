/* alsa-crossfeed - tests the sample formats, the rounding and the dither */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "check_main.h"
#include "quantiser.h"
#include "samples.h"
#include "signals.h"

enum { FRAMES = 1000 };

/* Frames in memory: interleaved, or each channel by itself. */
struct store {
	unsigned char bytes[2 * FRAMES * 8];
	struct samples_area area;
};

static void lay_out(struct store *s, enum format format, int interleaved)
{
	unsigned int bytes = format_bytes(format);

	memset(s->bytes, 0xa5, sizeof(s->bytes));
	s->area.channel[0] = s->bytes;
	s->area.channel[1] = s->bytes + (interleaved ? bytes : FRAMES * bytes);
	s->area.step[0] = s->area.step[1] = interleaved ? 2 * bytes : bytes;
}

static void fill_codes(int32_t *codes, unsigned int bits)
{
	uint32_t state = bits;

	for (size_t n = 0; n < 2 * FRAMES; n++) {
		state = state * UINT32_C(1664525) + UINT32_C(1013904223);
		codes[n] = (int32_t)state >> (32 - bits);
	}
	codes[0] = INT32_MIN >> (32 - bits);
	codes[1] = INT32_MAX >> (32 - bits);
	codes[2] = -1;
	codes[3] = 1;
}

static void quantise(const double *lr, int32_t *codes, unsigned int bits, bool dither)
{
	struct quantiser q;

	quantiser_init(&q, bits);
	quantiser_process(&q, codes, lr, FRAMES, dither);
}

START_TEST(integers_survive_the_round_trip)
{
	const enum format format = (enum format)(_i / 2);
	unsigned int bits = format_bits(format);
	static int32_t codes[2 * FRAMES], back[2 * FRAMES];
	static double lr[2 * FRAMES];
	static struct store store;

	if (!format_is_integer(format))
		return;
	fill_codes(codes, bits);
	lay_out(&store, format, _i % 2);
	samples_write_codes(&store.area, format, codes, bits, FRAMES);
	samples_read(lr, &store.area, format, FRAMES);
	for (size_t n = 0; n < 2 * FRAMES; n++)
		ck_assert(lr[n] == ldexp(codes[n], 1 - (int)bits));
	quantise(lr, back, bits, false);
	ck_assert_mem_eq(codes, back, sizeof(codes));
}
END_TEST

START_TEST(floats_survive_the_round_trip)
{
	const enum format format = _i / 2 ? FORMAT_FLOAT64 : FORMAT_FLOAT;
	static double lr[2 * FRAMES], back[2 * FRAMES];
	static struct store store;
	uint32_t state = 5;

	for (size_t n = 0; n < 2 * FRAMES; n++) {
		lr[n] = 3 * signals_noise(&state);
		if (format == FORMAT_FLOAT)
			lr[n] = (float)lr[n];
	}
	lay_out(&store, format, _i % 2);
	samples_write_doubles(&store.area, format, lr, FRAMES);
	samples_read(back, &store.area, format, FRAMES);
	ck_assert_mem_eq(lr, back, sizeof(lr));
}
END_TEST

START_TEST(bytes_are_where_alsa_has_them)
{
	const int32_t codes[2] = { -2, 0x123456 };
	struct store store;

	lay_out(&store, FORMAT_S24_3LE, 1);
	samples_write_codes(&store.area, FORMAT_S24_3LE, codes, 24, 1);
	ck_assert_mem_eq(store.bytes, "\xfe\xff\xff\x56\x34\x12", 6);
	lay_out(&store, FORMAT_S24, 1);
	samples_write_codes(&store.area, FORMAT_S24, codes, 24, 1);
	ck_assert_int_eq(((int32_t *)store.bytes)[0], -2);
	ck_assert_int_eq(((int32_t *)store.bytes)[1], 0x123456);
}
END_TEST

START_TEST(fewer_significant_bits_are_left_justified)
{
	const int32_t codes[4] = { -2, 0x123456, 0x7fffff, -0x800000 };
	struct store store;

	lay_out(&store, FORMAT_S32, 1);
	samples_write_codes(&store.area, FORMAT_S32, codes, 24, 2);
	for (int n = 0; n < 4; n++)
		ck_assert_int_eq(((int32_t *)store.bytes)[n], codes[n] * 256);
	lay_out(&store, FORMAT_S24_3LE, 0);
	samples_write_codes(&store.area, FORMAT_S24_3LE, (int32_t[2]){ 0x1234, -1 }, 16, 1);
	ck_assert_mem_eq(store.area.channel[0], "\x00\x34\x12", 3);
	ck_assert_mem_eq(store.area.channel[1], "\x00\xff\xff", 3);
}
END_TEST

START_TEST(padding_is_ignored)
{
	const uint32_t padded[2] = { 0xa5fffffe, 0x5a000001 };
	struct store store;
	double lr[2];

	lay_out(&store, FORMAT_S24, 1);
	memcpy(store.bytes, padded, sizeof(padded));
	samples_read(lr, &store.area, FORMAT_S24, 1);
	ck_assert(lr[0] == -2 * 0x1p-23);
	ck_assert(lr[1] == 1 * 0x1p-23);
}
END_TEST

START_TEST(what_is_no_number_reads_as_silence)
{
	const double odd[] = { NAN, INFINITY, -INFINITY, -NAN };
	const enum format format = _i ? FORMAT_FLOAT64 : FORMAT_FLOAT;
	struct store store;
	double lr[4] = { 1, 1, 1, 1 };

	lay_out(&store, format, 1);
	samples_write_doubles(&store.area, format, odd, 2);
	samples_read(lr, &store.area, format, 2);
	for (int n = 0; n < 4; n++)
		ck_assert(lr[n] == 0);
}
END_TEST

/* Some of them are padding, or no number. */
static void fill_bytes(unsigned char *bytes, size_t count)
{
	uint32_t state = 11;

	for (size_t i = 0; i < count; i++) {
		state = state * UINT32_C(1664525) + UINT32_C(1013904223);
		bytes[i] = state >> 31 ? 0xff : (unsigned char)(state >> 20);
	}
}

static void read_one_by_one(double *lr, const struct store *s, enum format format)
{
	struct samples_area area = s->area;

	for (size_t n = 0; n < FRAMES; n++, samples_area_advance(&area, 1))
		samples_read(lr + 2 * n, &area, format, 1);
}

static void write_one_by_one(const struct store *s, enum format format,
			     const int32_t *codes, unsigned int bits)
{
	struct samples_area area = s->area;

	for (size_t n = 0; n < FRAMES; n++, samples_area_advance(&area, 1))
		samples_write_codes(&area, format, codes + 2 * n, bits, 1);
}

/* Packed frames go by other code when there are two of them. */
START_TEST(frames_together_are_as_one_by_one)
{
	const enum format format = (enum format)_i;
	static double together[2 * FRAMES], alone[2 * FRAMES];
	static int32_t codes[2 * FRAMES];
	static struct store a, b;

	lay_out(&a, format, true);
	fill_bytes(a.bytes, 2 * FRAMES * format_bytes(format));
	samples_read(together, &a.area, format, FRAMES);
	read_one_by_one(alone, &a, format);
	ck_assert_mem_eq(together, alone, sizeof(alone));
	if (!format_is_integer(format))
		return;
	lay_out(&a, format, true);
	lay_out(&b, format, true);
	fill_codes(codes, 12);
	samples_write_codes(&a.area, format, codes, 12, FRAMES);
	write_one_by_one(&b, format, codes, 12);
	ck_assert_mem_eq(a.bytes, b.bytes, sizeof(a.bytes));
}
END_TEST

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

static Suite *samples_suite(void)
{
	Suite *suite = suite_create("samples");
	TCase *formats = tcase_create("formats");
	TCase *rounding = tcase_create("rounding");

	tcase_set_timeout(rounding, 60);
	tcase_add_loop_test(formats, integers_survive_the_round_trip, 0, 2 * FORMATS);
	tcase_add_loop_test(formats, floats_survive_the_round_trip, 0, 4);
	tcase_add_test(formats, bytes_are_where_alsa_has_them);
	tcase_add_test(formats, fewer_significant_bits_are_left_justified);
	tcase_add_test(formats, padding_is_ignored);
	tcase_add_loop_test(formats, what_is_no_number_reads_as_silence, 0, 2);
	tcase_add_loop_test(formats, frames_together_are_as_one_by_one, 0, FORMATS);
	tcase_add_loop_test(rounding, too_loud_saturates_and_is_counted, 0, 2);
	tcase_add_test(rounding, nothing_wraps_near_full_scale);
	tcase_add_test(rounding, full_scale_leaves_room_for_dither);
	tcase_add_loop_test(rounding, any_block_size_gives_the_same_codes, 1, 150);
	tcase_add_test(rounding, silence_is_exact_zero);
	tcase_add_test(rounding, dither_goes_on_where_it_stopped);
	tcase_add_loop_test(rounding, decaying_music_is_never_cut, 0, 4);
	tcase_add_loop_test(rounding, dither_is_triangular, 0, 11);
	tcase_add_test(rounding, dither_is_white);
	tcase_add_test(rounding, channels_have_dither_of_their_own);
	tcase_add_test(rounding, dithered_edges_are_the_same_in_any_block);
	tcase_add_test(rounding, quiet_tones_are_not_distorted);
	tcase_add_test(rounding, loud_neighbours_change_no_code);
	suite_add_tcase(suite, formats);
	suite_add_tcase(suite, rounding);
	return suite;
}

int main(void)
{
	return check_main(samples_suite());
}
