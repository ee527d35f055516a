/* alsa-crossfeed - tests the sample formats: round trips, padding, what is no number */
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

static Suite *samples_suite(void)
{
	Suite *suite = suite_create("samples");
	TCase *all = tcase_create("all");

	tcase_set_timeout(all, 120);
	tcase_add_loop_test(all, integers_survive_the_round_trip, 0, 2 * FORMATS);
	tcase_add_loop_test(all, floats_survive_the_round_trip, 0, 4);
	tcase_add_test(all, bytes_are_where_alsa_has_them);
	tcase_add_test(all, fewer_significant_bits_are_left_justified);
	tcase_add_test(all, padding_is_ignored);
	tcase_add_loop_test(all, what_is_no_number_reads_as_silence, 0, 2);
	tcase_add_loop_test(all, frames_together_are_as_one_by_one, 0, FORMATS);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	return check_main(samples_suite());
}
