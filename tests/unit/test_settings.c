/* alsa-crossfeed - tests the settings and their keys: every one good, out of range, wrong, unknown */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "check_main.h"
#include "config_text.h"
#include "definition.h"

#include <errno.h>
#include <math.h>

static int load(const char *text, struct definition *definition, char *message)
{
	snd_config_t *conf = config_from_text(text);
	int err = definition_read_pcm(definition, conf, message);

	snd_config_delete(conf);
	return err;
}

static struct definition loaded(const char *text)
{
	char message[DEFINITION_MESSAGE_SIZE];
	struct definition definition;
	int err = load(text, &definition, message);

	ck_assert_msg(err == 0, "%s: %s", text, message);
	return definition;
}

static bool may_be_the_presets(int setting)
{
	return setting == SETTING_PRESET || setting == SETTING_LEVEL_DB ||
	       setting == SETTING_LOWPASS_HZ || setting == SETTING_ALLPASS_HZ;
}

/* Everything the settings say; numbers in thousandths, as every locale prints them. */
static const char *describe(const struct definition *definition)
{
	const struct settings *settings = &definition->settings;
	static char text[1000];
	struct crossfeed_params params = settings_crossfeed(settings);
	int used = snprintf(text, sizeof(text), "preset=%d level=%ld lowpass=%ld allpass=%ld ",
			    (int)settings->value[SETTING_PRESET], lrint(1000 * params.level_db),
			    lrint(1000 * params.lowpass_hz), lrint(1000 * params.allpass_hz));

	for (int s = 0; s < SETTINGS; s++) {
		const struct setting_info *info = setting_info((enum setting)s);
		double unit = info->kind == SETTING_IS_NUMBER ? 1000 : 1;

		if (!may_be_the_presets(s))
			used += snprintf(text + used, sizeof(text) - (size_t)used, "%s=%ld ",
					 info->key, lrint(unit * settings->value[s]));
	}
	snprintf(text + used, sizeof(text) - (size_t)used, "control=%d card=%s name=%s file=%s.",
		 definition->control, definition->card, definition->name,
		 definition->file);
	return text;
}

START_TEST(slave_alone_is_the_default)
{
	struct definition definition = loaded("slave.pcm \"null\"");

	ck_assert_str_eq(describe(&definition),
			 "preset=0 level=-11700 lowpass=2650000 allpass=950000 "
			 "crossfeed=1 gain=0 brightness=0 volume=0 amp=1 headroom=-1000 "
			 "bypass=0 dither=1 rate=-1000 resampler=2 "
			 "control=1 card= name=Crossfeed file=.");
}
END_TEST

START_TEST(alsa_keys_are_accepted)
{
	loaded("type crossfeed comment \"mine\" hint { description \"x\" } slave.pcm \"null\"");
}
END_TEST

START_TEST(slave_may_be_a_string)
{
	loaded("slave \"dac\"");
}
END_TEST

static const struct {
	const char *text, *means;
} good_rows[] = {
	{ "crossfeed on", "crossfeed=1 " },
	{ "crossfeed off", "crossfeed=0 " },
	{ "crossfeed no", "crossfeed=0 " },
	{ "crossfeed 0", "crossfeed=0 " },
	{ "crossfeed true", "crossfeed=1 " },
	{ "preset headroom", "preset=0 level=-11700 lowpass=2650000 allpass=950000 " },
	{ "preset headroom-strong", "preset=1 level=-8000 lowpass=2000000 allpass=1000000 " },
	{ "preset bs2b-default", "preset=2 level=-6750 lowpass=700000 allpass=0 " },
	{ "preset bs2b-cmoy", "preset=3 level=-8000 lowpass=700000 allpass=0 " },
	{ "preset bs2b-jmeier level -9", "preset=4 level=-9000 lowpass=650000 allpass=0 " },
	{ "level -9 preset linkwitz", "preset=5 level=-9000 lowpass=700000 allpass=0 " },
	{ "preset \"meier\"", "preset=6 level=-12315 lowpass=656992 allpass=0 " },
	{ "preset headroom-centre", "preset=7 level=-11700 lowpass=2650000 allpass=950000 " },
	{ "preset bs2b-light", "preset=8 level=-13833 lowpass=650000 allpass=0 " },
	{ "level -30", "level=-30000 " },
	{ "level -3.0", "level=-3000 " },
	{ "level \"-12.5\"", "level=-12500 " },
	{ "lowpass 300", "lowpass=300000 " },
	{ "lowpass 8000.0", "lowpass=8000000 " },
	{ "allpass 0", "allpass=0 " },
	{ "allpass 300", "allpass=300000 " },
	{ "allpass 5000", "allpass=5000000 " },
	{ "gain high", "gain=0 " },
	{ "gain medium", "gain=-3970 " },
	{ "gain low", "gain=-11680 " },
	{ "gain 20", "gain=20000 " },
	{ "gain -40", "gain=-40000 " },
	{ "volume 0", "volume=0 " },
	{ "volume -80", "volume=-80000 " },
	{ "volume \"-0.5\"", "volume=-500 " },
	{ "amp on", "amp=1 " },
	{ "amp off", "amp=0 " },
	{ "brightness off", "brightness=0 " },
	{ "brightness bright", "brightness=1 " },
	{ "brightness brighter", "brightness=2 " },
	{ "headroom safe", "headroom=-1000 " },
	{ "headroom sine", "headroom=-2000 " },
	{ "headroom none", "headroom=0 " },
	{ "headroom 6.5", "headroom=6500 " },
	{ "headroom 20", "headroom=20000 " },
	{ "bypass matched", "bypass=0 " },
	{ "bypass direct", "bypass=1 " },
	{ "dither on", "dither=1 " },
	{ "dither off", "dither=0 " },
	{ "rate stream", "rate=0 " },
	{ "rate auto", "rate=-1000 " },
	{ "rate 8000", "rate=8000000 " },
	{ "rate 768000", "rate=768000000 " },
	{ "rate \"96000\"", "rate=96000000 " },
	{ "resampler best", "resampler=2 " },
	{ "resampler medium", "resampler=1 " },
	{ "resampler fastest", "resampler=0 " },
	{ "control auto", "control=1 card= name=Crossfeed file=." },
	{ "control none", "control=0 " },
	{ "control { card 2 }", "control=1 card=2 name=Crossfeed file=." },
	{ "control { card DAC name \"My amp_2-a\" }", "card=DAC name=My amp_2-a file=." },
	{ "control { file \"/var/lib/x\" }", "card= name=Crossfeed file=/var/lib/x." },
};

enum { GOOD_ROWS = sizeof(good_rows) / sizeof(good_rows[0]) };

START_TEST(good_value)
{
	char text[200];
	struct definition definition;

	snprintf(text, sizeof(text), "slave.pcm \"null\" %s", good_rows[_i].text);
	definition = loaded(text);
	ck_assert_msg(strstr(describe(&definition), good_rows[_i].means), "%s gave %s",
		      good_rows[_i].text, describe(&definition));
}
END_TEST

#define PRESET_NAMES "headroom, headroom-strong, bs2b-default, bs2b-cmoy, bs2b-jmeier, " \
	"linkwitz, meier, headroom-centre or bs2b-light"
#define GAIN_RANGE "low, medium, high or a number from -40 to 20 (dB)"
#define HEADROOM_RANGE "safe, sine, none or a number from 0 to 20 (dB)"
#define ALLPASS_RANGE "0 or a number from 300 to 5000 (Hz)"
#define VOLUME_RANGE "a number from -80 to 0 (dB)"
#define CONTROL_RANGE "auto, none or { card NUMBER_OR_ID  name \"1 to 20 letters, digits, " \
	"blanks, - or _\"  file \"/PATH\" }"
#define LEVEL_RANGE "a number from -30 to -3 (dB)"
#define RATE_RANGE "auto, stream or a number from 8000 to 768000 (Hz)"
#define LOWPASS_RANGE "a number from 300 to 8000 (Hz)"

static const struct {
	const char *text, *message;
} bad_rows[] = {
	{ "crossfeed maybe", "crossfeed \"maybe\": expected off or on" },
	{ "crossfeed 2", "crossfeed \"2\": expected off or on" },
	{ "crossfeed { }", "crossfeed { ... }: expected off or on" },
	{ "preset loud", "preset \"loud\": expected " PRESET_NAMES },
	{ "preset 1", "preset \"1\": expected " PRESET_NAMES },
	{ "preset { a b }", "preset { ... }: expected " PRESET_NAMES },
	{ "level -31", "level \"-31\": expected " LEVEL_RANGE },
	{ "level -2", "level \"-2\": expected " LEVEL_RANGE },
	{ "level low", "level \"low\": expected " LEVEL_RANGE },
	{ "level nan", "level \"nan\": expected " LEVEL_RANGE },
	{ "level { a b }", "level { ... }: expected " LEVEL_RANGE },
	{ "lowpass 299", "lowpass \"299\": expected " LOWPASS_RANGE },
	{ "lowpass 8001", "lowpass \"8001\": expected " LOWPASS_RANGE },
	{ "lowpass off", "lowpass \"off\": expected " LOWPASS_RANGE },
	{ "allpass 299", "allpass \"299\": expected " ALLPASS_RANGE },
	{ "allpass 5001", "allpass \"5001\": expected " ALLPASS_RANGE },
	{ "allpass none", "allpass \"none\": expected " ALLPASS_RANGE },
	{ "gain 21", "gain \"21\": expected " GAIN_RANGE },
	{ "gain -41", "gain \"-41\": expected " GAIN_RANGE },
	{ "gain inf", "gain \"inf\": expected " GAIN_RANGE },
	{ "gain loud", "gain \"loud\": expected " GAIN_RANGE },
	{ "volume 1", "volume \"1\": expected " VOLUME_RANGE },
	{ "volume -81", "volume \"-81\": expected " VOLUME_RANGE },
	{ "volume mute", "volume \"mute\": expected " VOLUME_RANGE },
	{ "volume \"1e-3\"", "volume \"1e-3\": expected " VOLUME_RANGE },
	{ "volume \"-\"", "volume \"-\": expected " VOLUME_RANGE },
	{ "volume \"-1.2.3\"", "volume \"-1.2.3\": expected " VOLUME_RANGE },
	{ "amp mute", "amp \"mute\": expected off or on" },
	{ "volume off", "volume \"off\": expected " VOLUME_RANGE },
	{ "brightness 1", "brightness \"1\": expected off, bright or brighter" },
	{ "brightness on", "brightness \"on\": expected off, bright or brighter" },
	{ "headroom -1", "headroom \"-1\": expected " HEADROOM_RANGE },
	{ "headroom 21", "headroom \"21\": expected " HEADROOM_RANGE },
	{ "headroom some", "headroom \"some\": expected " HEADROOM_RANGE },
	{ "bypass on", "bypass \"on\": expected matched or direct" },
	{ "bypass 0", "bypass \"0\": expected matched or direct" },
	{ "dither 24", "dither \"24\": expected off or on" },
	{ "dither tpdf", "dither \"tpdf\": expected off or on" },
	{ "rate 7999", "rate \"7999\": expected " RATE_RANGE },
	{ "rate 768001", "rate \"768001\": expected " RATE_RANGE },
	{ "rate dac", "rate \"dac\": expected " RATE_RANGE },
	{ "rate { a b }", "rate { ... }: expected " RATE_RANGE },
	{ "resampler finest", "resampler \"finest\": expected fastest, medium or best" },
	{ "resampler 2", "resampler \"2\": expected fastest, medium or best" },
	{ "cutoff 700", "unknown key \"cutoff\": expected slave, crossfeed, level, preset, "
		"gain, brightness, volume, amp, lowpass, allpass, headroom, bypass, dither, "
		"rate, resampler, control" },
	{ "control maybe", "control \"maybe\": expected " CONTROL_RANGE },
	{ "control 1", "control \"1\": expected " CONTROL_RANGE },
	{ "control { card { } }", "control card { ... }: expected " CONTROL_RANGE },
	{ "control { name \"123456789012345678901\" }",
		"control name \"123456789012345678901\": expected " CONTROL_RANGE },
	{ "control { name \"a/b\" }", "control name \"a/b\": expected " CONTROL_RANGE },
	{ "control { name \"\" }", "control name \"\": expected " CONTROL_RANGE },
	{ "control { file \"here\" }", "control file \"here\": expected " CONTROL_RANGE },
	{ "control { index 1 }", "control index \"1\": expected " CONTROL_RANGE },
};

enum { BAD_ROWS = sizeof(bad_rows) / sizeof(bad_rows[0]) };

START_TEST(bad_value_is_refused_by_name)
{
	char text[200];
	char message[DEFINITION_MESSAGE_SIZE];
	struct definition definition;

	snprintf(text, sizeof(text), "slave.pcm \"null\" %s", bad_rows[_i].text);
	ck_assert_int_eq(load(text, &definition, message), -EINVAL);
	ck_assert_str_eq(message, bad_rows[_i].message);
}
END_TEST

START_TEST(missing_slave_is_refused)
{
	char message[DEFINITION_MESSAGE_SIZE];
	struct definition definition;

	ck_assert_int_eq(load("level -9", &definition, message), -EINVAL);
	ck_assert_str_eq(message, "slave is missing: expected where the sound goes, "
			 "for instance slave.pcm \"hw:0\"");
}
END_TEST

START_TEST(long_values_are_cut)
{
	char text[2000] = "slave.pcm \"null\" preset ";
	char message[DEFINITION_MESSAGE_SIZE];
	struct definition definition;

	memset(text + strlen(text), 'x', 1900);
	text[1999] = '\0';
	ck_assert_int_eq(load(text, &definition, message), -EINVAL);
	ck_assert_uint_lt(strlen(message), DEFINITION_MESSAGE_SIZE);
	ck_assert_ptr_nonnull(strstr(message, "or bs2b-light"));
}
END_TEST

static Suite *settings_suite(void)
{
	Suite *suite = suite_create("settings");
	TCase *good = tcase_create("good");
	TCase *bad = tcase_create("bad");

	tcase_add_test(good, slave_alone_is_the_default);
	tcase_add_test(good, alsa_keys_are_accepted);
	tcase_add_test(good, slave_may_be_a_string);
	tcase_add_loop_test(good, good_value, 0, GOOD_ROWS);
	tcase_add_loop_test(bad, bad_value_is_refused_by_name, 0, BAD_ROWS);
	tcase_add_test(bad, missing_slave_is_refused);
	tcase_add_test(bad, long_values_are_cut);
	suite_add_tcase(suite, good);
	suite_add_tcase(suite, bad);
	return suite;
}

int main(void)
{
	return check_main(settings_suite());
}
