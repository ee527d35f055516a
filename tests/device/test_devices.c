/* alsa-crossfeed - tests of the installed devices beside what other people name theirs */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <stdbool.h>
#include <unistd.h>

#include "check_main.h"
#include "config_text.h"

#define OURS "<" CONF ">\n"

/* Of alsa.conf, what the definitions here refer to; any card is the stand-in DAC. */
#define SYSTEM \
	"pcm_type.hw { lib \"" MODULE_DIR "/libasound_module_pcm_dac.so\" " \
	"open _snd_pcm_dac_open }\n" \
	"pcm_type.crossfeed.lib \"" MODULE_DIR "/libasound_module_pcm_crossfeed.so\"\n" \
	"ctl_type.crossfeed.lib \"" MODULE_DIR "/libasound_module_ctl_crossfeed.so\"\n" \
	"defaults.pcm.card 0\n" \
	"defaults.pcm.device 0\n" \
	"defaults.ctl.card 0\n" \
	"defaults.namehint.basic on\n" \
	"pcm.null { type null }\n" \
	"pcm.hw { @args [ CARD DEV ] @args.CARD { type string default 0 } " \
	"@args.DEV { type string default 0 } type hw card $CARD device $DEV }\n" \
	"pcm.plughw { @args [ CARD DEV ] @args.CARD { type string default 0 } " \
	"@args.DEV { type string default 0 } type plug slave.pcm { type hw card $CARD device $DEV } }\n"

/* What people write into ~/.asoundrc, and distributions into conf.d, in the shape they do it. */
static const struct {
	const char *base, *name;	/* of the definition that is theirs */
	bool opens;			/* without hardware and LADSPA plugins */
	const char *text;
} theirs[] = {
	{ "pcm", "crossfeed", true, "pcm.crossfeed { type crossfeed slave.pcm \"hw:DAC\" }\n" },
	{ "pcm", "crossfeed", true, "pcm.crossfeed { type crossfeed slave.pcm { type null } "
		"preset meier control none }\n" },
	{ "pcm", "crossfeed", true, "pcm.crossfeed { type plug slave.pcm { type crossfeed "
		"slave.pcm \"hw:CARD=DAC\" } }\n" },
	{ "pcm", "crossfeed", true, "pcm.crossfeed \"plughw:DAC\"\n" },
	{ "pcm", "crossfeed", true, "pcm.crossfeed.type plug\npcm.crossfeed.slave.pcm null\n" },
	/* bs2b-ladspa's example in Debian, and a music distribution's file in conf.d */
	{ "pcm", "crossfeed", false, "pcm.crossfeed { type plug slave.pcm \"bs2b\" }\n"
		"pcm.bs2b { type ladspa slave.pcm \"plughw:0,0\" path \"/usr/lib/ladspa/\" "
		"plugins [ { label bs2b input { } } ] }\n" },
	{ "pcm", "crossfeed", false, "pcm.crossfeed { type plug slave.pcm \"plug_bs2b\"; }\n"
		"pcm.plug_bs2b { type ladspa slave.pcm \"plughw:0,0\" path \"/usr/lib/ladspa\" "
		"plugins [ { label bs2b input { controls [ 700 4.5 ] } } ] }\n" },
	{ "pcm", "headphones", true, "pcm.headphones { type crossfeed slave.pcm \"hw:DAC\" }\n" },
	{ "pcm", "default", true, "pcm.!default \"crossfeedhw:CARD=DAC,PRESET=linkwitz\"\n" },
	{ "pcm", "default", true, "pcm.!default { type plug slave.pcm \"crossfeed_to:null\" }\n" },
	{ "ctl", "crossfeed", false, "ctl.crossfeed { type hw card 0 }\n" },
	{ "ctl", "crossfeed", false, "ctl.crossfeed { type crossfeed file \"/tmp/panel\" }\n" },
	{ "ctl", "default", false, "ctl.!default { type hw card DAC }\n" },
};

enum { THEIRS = sizeof(theirs) / sizeof(theirs[0]), ORDERS = 2 };

/* A definition as it is found by name, as text; to be freed. */
static char *definition(snd_config_t *config, const char *base, const char *name)
{
	snd_config_t *found;
	snd_output_t *output;
	char *text, *copy;

	ck_assert_int_ge(snd_config_search_definition(config, base, name, &found), 0);
	ck_assert_int_eq(snd_output_buffer_open(&output), 0);
	ck_assert_int_eq(snd_config_save(found, output), 0);
	snd_config_delete(found);
	ck_assert_int_eq(snd_output_putc(output, '\0'), 0);
	ck_assert_uint_gt(snd_output_buffer_string(output, &text), 0);
	copy = strdup(text);
	snd_output_close(output);
	return copy;
}

static void opens(snd_config_t *config, const char *name, snd_pcm_stream_t stream)
{
	snd_pcm_t *pcm;
	int err = snd_pcm_open_lconf(&pcm, name, stream, 0, config);

	ck_assert_msg(err == 0, "%s: %s", name, snd_strerror(err));
	snd_pcm_close(pcm);
}

/* /etc/alsa/conf.d is read before ~/.asoundrc, and within it the alphabet decides. */
START_TEST(what_is_yours_stays_yours)
{
	int row = _i / ORDERS;
	bool ours_first = _i % ORDERS == 0;
	snd_config_t *without, *with;
	char *wanted, *found;
	char text[8000];

	snprintf(text, sizeof(text), SYSTEM "%s", theirs[row].text);
	without = config_from_text(text);
	snprintf(text, sizeof(text), SYSTEM "%s%s%s", ours_first ? OURS : "", theirs[row].text,
		 ours_first ? "" : OURS);
	with = config_from_text(text);
	wanted = definition(without, theirs[row].base, theirs[row].name);
	found = definition(with, theirs[row].base, theirs[row].name);
	ck_assert_str_eq(found, wanted);
	if (theirs[row].opens)
		opens(with, theirs[row].name, SND_PCM_STREAM_PLAYBACK);
	opens(with, "null", SND_PCM_STREAM_PLAYBACK);
	opens(with, "crossfeedhw:CARD=DAC,DEV=0", SND_PCM_STREAM_PLAYBACK);
	opens(with, "crossfeed_to:null", SND_PCM_STREAM_PLAYBACK);
	free(found);
	free(wanted);
	snd_config_delete(with);
	snd_config_delete(without);
}
END_TEST

/* Without an asym, -D or a default of ours would take the microphone away. */
START_TEST(they_record_as_plughw_does)
{
	snd_config_t *config = config_from_text(SYSTEM OURS);
	char *device = definition(config, "pcm", "crossfeedhw:DAC");

	ck_assert_ptr_nonnull(strstr(device, "capture.pcm {\n\ttype plug\n"));
	opens(config, "crossfeed_to:null", SND_PCM_STREAM_CAPTURE);
	free(device);
	snd_config_delete(config);
}
END_TEST

/* Whoever opens a mixer by the name of its PCM, as JACK does, gets the card's. */
START_TEST(the_mixer_of_the_same_name_is_the_cards)
{
	snd_config_t *config = config_from_text(SYSTEM OURS);
	char *plain = definition(config, "ctl", "crossfeedhw:CARD=DAC");
	char *whole = definition(config, "ctl", "crossfeedhw:CARD=DAC,DEV=1,PRESET=meier");

	ck_assert_str_eq(plain, "type hw\ncard DAC\n");
	ck_assert_str_eq(whole, plain);
	free(whole);
	free(plain);
	snd_config_delete(config);
}
END_TEST

static const struct {
	const char *device, *preset, *slave;
} arguments[] = {
	{ "crossfeedhw", "preset headroom", "card '0'" },
	{ "crossfeedhw:DAC", "preset headroom", "card DAC" },
	{ "crossfeedhw:CARD=DAC,DEV=1", "preset headroom", "device 1" },
	{ "crossfeedhw:DAC,0,meier", "preset meier", "card DAC" },
	{ "crossfeedhw:PRESET=linkwitz", "preset linkwitz", "device 0" },
	{ "crossfeed_to:null,meier", "preset meier", "pcm null" },
	{ "crossfeed_to:SLAVE='hw:CARD=DAC,DEV=0',PRESET=linkwitz", "preset linkwitz",
		"pcm 'hw:CARD=DAC,DEV=0'" },
};

enum { ARGUMENTS = sizeof(arguments) / sizeof(arguments[0]) };

START_TEST(card_and_preset_are_arguments)
{
	snd_config_t *config = config_from_text(SYSTEM OURS);
	char *device = definition(config, "pcm", arguments[_i].device);

	ck_assert_msg(strstr(device, arguments[_i].preset), "%s", device);
	ck_assert_msg(strstr(device, arguments[_i].slave), "%s", device);
	free(device);
	snd_config_delete(config);
}
END_TEST

START_TEST(wrong_presets_are_refused)
{
	snd_config_t *config = config_from_text(SYSTEM OURS);
	snd_pcm_t *pcm;

	ck_assert_int_eq(snd_pcm_open_lconf(&pcm, "crossfeed_to:null,strong",
					    SND_PCM_STREAM_PLAYBACK, 0, config), -EINVAL);
	snd_config_delete(config);
}
END_TEST

/* What -v says of a device at a rate; to be freed. */
static char *said_of(snd_config_t *config, const char *name, unsigned int rate_hz)
{
	snd_output_t *output;
	char *text, *copy;
	snd_pcm_t *pcm;

	ck_assert_int_eq(snd_pcm_open_lconf(&pcm, name, SND_PCM_STREAM_PLAYBACK, 0, config), 0);
	ck_assert_int_eq(snd_pcm_set_params(pcm, SND_PCM_FORMAT_S16, SND_PCM_ACCESS_RW_INTERLEAVED,
					    2, rate_hz, 1, 100000), 0);
	ck_assert_int_eq(snd_output_buffer_open(&output), 0);
	snd_pcm_dump(pcm, output);
	snd_output_putc(output, '\0');
	snd_output_buffer_string(output, &text);
	copy = strdup(text);
	snd_output_close(output);
	snd_pcm_close(pcm);
	return copy;
}

static bool is_there(const char *converter)
{
	char path[300];

	snprintf(path, sizeof(path), LIBDIR "/alsa-lib/libasound_module_rate_%s.so", converter);
	return access(path, R_OK) == 0;
}

/* A rare rate of a card that has the usual ones, with alsa-plugins and where they are missing. */
START_TEST(rare_rates_go_to_the_best_converter_there_is)
{
	snd_config_t *config = config_from_text(SYSTEM OURS
		"pcm.card { type dac rates [ 44100 48000 96000 ] }\n"
		"pcm_type.dac.lib \"" MODULE_DIR "/libasound_module_pcm_dac.so\"\n");
	bool without = _i == 0;
	char *said;

	if (without)
		setenv("ALSA_PLUGIN_DIR", MODULE_DIR, 1);
	said = said_of(config, "crossfeed_to:card", 22050);
	if (without || !is_there("speexrate_best"))
		ck_assert_msg(strstr(said, "Converter: linear"), "%s", said);
	else if (is_there("samplerate_best"))
		ck_assert_msg(strstr(said, "Converter: libsamplerate"), "%s", said);
	free(said);
	snd_config_delete(config);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("devices");
	TCase *names = tcase_create("names");
	TCase *use = tcase_create("use");

	tcase_add_loop_test(names, what_is_yours_stays_yours, 0, THEIRS * ORDERS);
	tcase_add_test(use, they_record_as_plughw_does);
	tcase_add_test(use, the_mixer_of_the_same_name_is_the_cards);
	tcase_add_loop_test(use, card_and_preset_are_arguments, 0, ARGUMENTS);
	tcase_add_test(use, wrong_presets_are_refused);
	tcase_add_loop_test(use, rare_rates_go_to_the_best_converter_there_is, 0, 2);
	suite_add_tcase(suite, names);
	suite_add_tcase(suite, use);
	return check_main(suite);
}
