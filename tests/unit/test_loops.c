/* alsa-crossfeed - tests that every kind of processor gives the same samples */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* loops_best() against loops_base, bit for bit; skipped where they are the same. */

#include "check_main.h"
#include "crossfeed.h"
#include "loops.h"
#include "presets.h"
#include "signals.h"

enum { FRAMES = 1024, SKIPPED = 77 };

static uint32_t next_bits(uint32_t *state)
{
	*state = *state * UINT32_C(1664525) + UINT32_C(1013904223);
	return *state ^ *state >> 16;
}

static size_t next_count(uint32_t *state, size_t most)
{
	return next_bits(state) % (most + 1);
}

/* Random bits, among them every extreme: of a float, too. */
static uint32_t next_word(uint32_t *state)
{
	static const uint32_t edges[] = {
		0, 1, 0xffffffff, 0x7fffffff, 0x80000000, 0x7f800000, 0xff800000, 0x7fc00000,
		0x7f7fffff, 0x00000001, 0x80000001, 0x00800000, 0x7fff8000, 0x80007fff, 0x007fffff,
		0xff800001,
	};
	uint32_t bits = next_bits(state);

	return bits % 4 ? bits : edges[bits / 4 % 16];
}

/* Music with every edge: the codes' ends, halves between codes, too loud, tiny, zero. */
static double next_sample(uint32_t *state, double scale)
{
	uint32_t bits = next_bits(state);
	double step = (double)(int32_t)(bits >> 8) - 0x800000;

	switch (bits % 16) {
	case 0:
		return (bits & 16 ? -scale : scale) / scale + (bits >> 8 & 15) / scale / 4;
	case 1:
		return (floor(step / 0x800000 * scale) + 0.5) / scale;
	case 2:
		return 40 * signals_noise(state);
	case 3:
		return bits & 16 ? 0 : -0.0;
	case 4:
		return ldexp(step, -300);
	default:
		return 0.7 * signals_noise(state);
	}
}

START_TEST(reading)
{
	const enum format format = (enum format)_i;
	static unsigned char bytes[FRAMES * 2 * 8 + 4];
	static double base[2 * FRAMES], best[2 * FRAMES];
	uint32_t state = 1;

	for (int turn = 0; turn < 200; turn++) {
		size_t at = next_count(&state, 3), frames = 2 * next_count(&state, (turn < 100 ? 17 : FRAMES) / 2);

		for (size_t n = 0; n < sizeof(bytes) / 4; n++) {
			uint32_t word = next_word(&state);

			memcpy(bytes + 4 * n, &word, sizeof(word));
		}
		memset(base, 0xa5, sizeof(base));
		memcpy(best, base, sizeof(base));
		loops_base.read[format](base, bytes + at, frames);
		loops_best()->read[format](best, bytes + at, frames);
		ck_assert_mem_eq(base, best, sizeof(base));
	}
}
END_TEST

START_TEST(writing_codes)
{
	const enum format format = (enum format)_i;
	static unsigned char base[FRAMES * 2 * 4 + 4], best[sizeof(base)];
	static int32_t codes[2 * FRAMES];
	uint32_t state = 2;

	for (int turn = 0; turn < 200; turn++) {
		size_t at = next_count(&state, 3), frames = 2 * next_count(&state, (turn < 100 ? 17 : FRAMES) / 2);
		unsigned int shift = (unsigned int)next_count(&state, format_bits(format) - 8);

		for (size_t n = 0; n < 2 * FRAMES; n++)
			codes[n] = (int32_t)next_word(&state);
		memset(base, 0xa5, sizeof(base));
		memset(best, 0xa5, sizeof(best));
		loops_base.write[format](base + at, codes, shift, frames);
		loops_best()->write[format](best + at, codes, shift, frames);
		ck_assert_mem_eq(base, best, sizeof(base));
	}
}
END_TEST

START_TEST(writing_doubles)
{
	const enum format format = (enum format)_i;
	static unsigned char base[FRAMES * 2 * 8], best[sizeof(base)];
	static double lr[2 * FRAMES];
	uint32_t state = 3;

	for (size_t n = 0; n < 2 * FRAMES; n++)
		lr[n] = next_sample(&state, 0x800000);
	lr[0] = INFINITY;
	lr[1] = 1e300;
	lr[2] = 1e-42;
	for (size_t frames = 0; frames <= FRAMES; frames += frames < 17 ? 2 : 18) {
		memset(base, 0xa5, sizeof(base));
		memset(best, 0xa5, sizeof(best));
		loops_base.write[format](base, lr, 0, frames);
		loops_best()->write[format](best, lr, 0, frames);
		ck_assert_mem_eq(base, best, sizeof(base));
	}
}
END_TEST

/* Each preset and brightness, so each number of sections; in blocks of any size. */
START_TEST(filtering)
{
	struct crossfeed_params params = preset_params((enum preset)(_i / 3));
	struct filter_run base = { 0 }, best;
	static double a[2 * FRAMES], b[2 * FRAMES];
	uint32_t state = 4;

	crossfeed_design(&base.coefs, &params, (enum crossfeed_brightness)(_i % 3), 48000);
	best = base;
	for (int turn = 0; turn < 200; turn++) {
		size_t frames = next_count(&state, turn < 100 ? 9 : FRAMES);

		for (size_t n = 0; n < 2 * frames; n++)
			a[n] = b[n] = next_sample(&state, 0x8000);
		loops_base.filter(&base, a, frames);
		loops_best()->filter(&best, b, frames);
		ck_assert_mem_eq(a, b, 2 * frames * sizeof(*a));
		ck_assert_mem_eq(base.input, best.input, sizeof(base.input));
		ck_assert_mem_eq(base.section, best.section,
				 base.coefs.sections * sizeof(base.section[0]));
	}
}
END_TEST

START_TEST(rounding)
{
	double scale = ldexp(1, _i / 2 - 1);
	static int32_t a[2 * FRAMES], b[2 * FRAMES];
	static double lr[2 * FRAMES];
	uint32_t base[LOOPS_RANDOMS], best[LOOPS_RANDOMS];
	uint32_t state = 5;

	for (int r = 0; r < LOOPS_RANDOMS; r++)
		base[r] = best[r] = next_bits(&state) | 1;
	for (int turn = 0; turn < 100; turn++) {
		size_t frames = LOOPS_GROUP * next_count(&state, FRAMES / LOOPS_GROUP);
		bool loud = turn % 2;

		for (size_t n = 0; n < 2 * frames; n++)
			lr[n] = loud ? next_sample(&state, scale) : 0.7 * signals_noise(&state);
		ck_assert_uint_eq(loops_base.round(a, lr, frames, base, scale, _i % 2),
				  loops_best()->round(b, lr, frames, best, scale, _i % 2));
		ck_assert_mem_eq(a, b, 2 * frames * sizeof(*a));
		ck_assert_mem_eq(base, best, sizeof(base));
	}
}
END_TEST

static Suite *loops_suite(void)
{
	Suite *suite = suite_create("loops");
	TCase *all = tcase_create("all");

	tcase_add_loop_test(all, reading, 0, FORMATS);
	tcase_add_loop_test(all, writing_codes, 0, FORMAT_S32 + 1);
	tcase_add_loop_test(all, writing_doubles, FORMAT_FLOAT, FORMATS);
	tcase_add_loop_test(all, filtering, 0, 3 * PRESETS);
	tcase_add_loop_test(all, rounding, 2 * 8, 2 * 33);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	if (loops_best() == &loops_base)
		return SKIPPED;
	return check_main(loops_suite());
}
