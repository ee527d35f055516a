/* alsa-crossfeed - says what one key and its value mean, for keys.sh */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * say_settings
 *
 * Prints the presets as the manual has them: name, level, low-pass, all-pass.
 *
 * say_settings KEY VALUE
 *
 * Prints "default" if the definition means the same with KEY VALUE as without,
 * "other" if it does not, and where it is refused, the message.
 */

#include "definition.h"

#include <stdio.h>
#include <string.h>

struct loaded {
	struct definition definition;
	char message[DEFINITION_MESSAGE_SIZE];
	int err;
};

static struct loaded load(const char *key, const char *value)
{
	struct loaded loaded = { .err = -1 };
	snd_config_t *conf, *node;

	if (snd_config_top(&conf) < 0)
		return loaded;
	if (snd_config_imake_string(&node, "slave", "null") < 0 || snd_config_add(conf, node) < 0)
		return loaded;
	if (key && strcmp(key, "slave") != 0 &&
	    (snd_config_imake_string(&node, key, value) < 0 || snd_config_add(conf, node) < 0))
		return loaded;
	loaded.err = definition_read_pcm(&loaded.definition, conf, loaded.message);
	snd_config_delete(conf);
	return loaded;
}

/* What stands in for the preset's own, by what it does. */
static void fill_in(struct settings *settings)
{
	struct crossfeed_params params = settings_crossfeed(settings);

	settings->value[SETTING_LEVEL_DB] = params.level_db;
	settings->value[SETTING_LOWPASS_HZ] = params.lowpass_hz;
	settings->value[SETTING_ALLPASS_HZ] = params.allpass_hz;
}

static bool same(struct definition *a, struct definition *b)
{
	fill_in(&a->settings);
	fill_in(&b->settings);
	return memcmp(&a->settings, &b->settings, sizeof(a->settings)) == 0 &&
	       a->control == b->control &&
	       strcmp(a->card, b->card) == 0 &&
	       strcmp(a->name, b->name) == 0 &&
	       strcmp(a->file, b->file) == 0;
}

static void say_presets(void)
{
	for (int p = 0; p < PRESETS; p++) {
		struct crossfeed_params params = preset_params((enum preset)p);

		printf("%s %.4g %.0f ", preset_name((enum preset)p), params.level_db,
		       params.lowpass_hz);
		if (params.allpass_hz > 0)
			printf("%.0f\n", params.allpass_hz);
		else
			puts("none");
	}
}

int main(int argc, char **argv)
{
	struct loaded usual = load(NULL, NULL);
	struct loaded asked;

	if (argc == 1) {
		say_presets();
		return 0;
	}
	if (argc != 3)
		return 2;
	asked = load(argv[1], argv[2]);
	if (asked.err < 0)
		puts(asked.message);
	else
		puts(same(&usual.definition, &asked.definition) ? "default" : "other");
	return 0;
}
