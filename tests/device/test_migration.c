/* alsa-crossfeed - plays today's recipe, plug - ladspa bs2b - plug, and our keys for it, and compares */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What crossfeed(7) promises to those who come from the recipe.  The recipe
 * computes in single precision and cuts off below the DAC's last bit; we
 * compute in double precision and round.  Skipped where bs2b-ladspa is missing.
 */

#include "check_main.h"
#include "playback.h"
#include "signals.h"

#include <unistd.h>

static const char *const ladspa_folders[] = {
	LIBDIR "/ladspa", "/usr/lib/ladspa", "/usr/lib64/ladspa", "/usr/local/lib/ladspa",
};

enum { LADSPA_FOLDERS = sizeof(ladspa_folders) / sizeof(ladspa_folders[0]) };

enum { FRAMES = 48000 };

/* The recipe's controls, cut-off in Hz and feed in dB, and our preset. */
static const struct {
	const char *controls;
	const char *preset;
} equals[] = {
	{ "700 4.5", "bs2b-default" },
	{ "700 6.0", "bs2b-cmoy" },
	{ "650 9.5", "bs2b-jmeier" },
	{ "700 3.0", "linkwitz" },
	{ "650 13.0", "bs2b-light" },
};

enum { EQUALS = sizeof(equals) / sizeof(equals[0]) };

/* The chains, each ending in a DAC of one format that writes the file %s. */
#define DAC "{ type linear slave { format %s pcm { type file file \"%%s\" format raw " \
	"slave.pcm { type null } } } }"
#define RECIPE "type plug slave.pcm { type ladspa " \
	"plugins [ { label bs2b input { controls [ %s ] } } ] slave.pcm { type plug slave.pcm " DAC " } }"
#define OURS "type plug slave.pcm { type crossfeed preset %s headroom none " \
	"dither off control none slave.pcm " DAC " }"

/* alsa-lib gives up at the first folder that is not there, so it is told of one that is. */
static bool has_recipe(void)
{
	char path[200];

	for (int f = 0; f < LADSPA_FOLDERS; f++) {
		snprintf(path, sizeof(path), "%s/bs2b.so", ladspa_folders[f]);
		if (access(path, R_OK) == 0)
			return setenv("LADSPA_PATH", ladspa_folders[f], 1) == 0;
	}
	return false;
}

/* Noise, with what music has: a loud part, a quiet one, silence at the end. */
static const int16_t *music(void)
{
	static int16_t frames[2 * FRAMES];
	uint32_t state = 1;

	for (int n = 0; n < 2 * FRAMES * 3 / 4; n++)
		frames[n] = (int16_t)lrint((n < FRAMES ? 16000 : 100) * signals_noise(&state));
	return frames;
}

static void *played(const char *chain, const char *value, const char *format, size_t *bytes)
{
	char definition[1000];

	snprintf(definition, sizeof(definition), chain, value, format);
	return playback_through(definition, SND_PCM_FORMAT_S16, 48000, music(), FRAMES, bytes);
}

/* Within 2^-24 of full scale: what is left is the recipe's single precision. */
START_TEST(a_32_bit_dac_gets_the_same_samples)
{
	size_t recipe_bytes, our_bytes;
	int32_t *recipe = played(RECIPE, equals[_i].controls, "S32", &recipe_bytes);
	int32_t *ours = played(OURS, equals[_i].preset, "S32", &our_bytes);

	ck_assert_uint_eq(our_bytes, recipe_bytes);
	ck_assert_uint_ge(our_bytes, FRAMES * 8);
	for (size_t n = 0; n < our_bytes / 4; n++)
		ck_assert_int_le(llabs((long long)ours[n] - recipe[n]), 128);
	free(recipe);
	free(ours);
}
END_TEST

/* The same samples again, but we round where the recipe cuts off. */
START_TEST(a_16_bit_dac_gets_samples_within_one_step)
{
	size_t recipe_bytes, our_bytes;
	int16_t *recipe = played(RECIPE, equals[_i].controls, "S16", &recipe_bytes);
	int16_t *ours = played(OURS, equals[_i].preset, "S16", &our_bytes);

	ck_assert_uint_eq(our_bytes, recipe_bytes);
	for (size_t n = 0; n < our_bytes / 2; n++)
		ck_assert_msg(ours[n] - recipe[n] == 0 || ours[n] - recipe[n] == 1,
			      "sample %zu: recipe %d, ours %d", n, recipe[n], ours[n]);
	free(recipe);
	free(ours);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("migration");
	TCase *tcase = tcase_create("bs2b LADSPA recipe");

	if (!has_recipe()) {
		puts("skipped: no bs2b-ladspa here");
		return 77;
	}
	tcase_add_loop_test(tcase, a_32_bit_dac_gets_the_same_samples, 0, EQUALS);
	tcase_add_loop_test(tcase, a_16_bit_dac_gets_samples_within_one_step, 0, EQUALS);
	suite_add_tcase(suite, tcase);
	return check_main(suite);
}
