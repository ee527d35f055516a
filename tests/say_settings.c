/* alsa-crossfeed - says what one key and its value mean, for tests/keys.sh */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * say_settings KEY VALUE
 *
 * Prints "default" if the definition means the same with KEY VALUE as without,
 * "other" if it does not, and where it is refused, the message.
 */

#include "settings.h"

#include <stdio.h>
#include <string.h>

struct loaded {
	struct settings settings;
	struct sound_params sound;
	char message[SETTINGS_MESSAGE_SIZE];
	int err;
};

static struct loaded load(const char *key, const char *value)
{
	struct loaded loaded = { .err = -1 };
	snd_config_t *conf, *slave, *node;

	if (snd_config_top(&conf) < 0)
		return loaded;
	if (snd_config_imake_string(&node, "slave", "null") < 0 || snd_config_add(conf, node) < 0)
		return loaded;
	if (key && strcmp(key, "slave") != 0 &&
	    (snd_config_imake_string(&node, key, value) < 0 || snd_config_add(conf, node) < 0))
		return loaded;
	loaded.err = settings_load(&loaded.settings, &slave, conf, loaded.message);
	loaded.sound = settings_sound(&loaded.settings);
	snd_config_delete(conf);
	return loaded;
}

/* Every field of struct settings, the three that stand in for the preset's by what they do. */
static bool same(const struct loaded *a, const struct loaded *b)
{
	return a->sound.crossfeed == b->sound.crossfeed &&
	       a->settings.preset == b->settings.preset &&
	       a->sound.filter.level_db == b->sound.filter.level_db &&
	       a->sound.filter.lowpass_hz == b->sound.filter.lowpass_hz &&
	       a->sound.filter.allpass_hz == b->sound.filter.allpass_hz &&
	       a->sound.gain_db == b->sound.gain_db &&
	       a->sound.volume_db == b->sound.volume_db &&
	       a->sound.brightness == b->sound.brightness &&
	       a->sound.headroom_db == b->sound.headroom_db &&
	       a->sound.bypass == b->sound.bypass &&
	       a->settings.dither == b->settings.dither &&
	       a->settings.rate_hz == b->settings.rate_hz &&
	       a->settings.resampler == b->settings.resampler &&
	       a->settings.control == b->settings.control &&
	       strcmp(a->settings.control_card, b->settings.control_card) == 0 &&
	       strcmp(a->settings.control_name, b->settings.control_name) == 0 &&
	       strcmp(a->settings.control_file, b->settings.control_file) == 0;
}

int main(int argc, char **argv)
{
	struct loaded usual = load(NULL, NULL);
	struct loaded asked;

	if (argc != 3)
		return 2;
	asked = load(argv[1], argv[2]);
	if (asked.err < 0)
		puts(asked.message);
	else
		puts(same(&usual, &asked) ? "default" : "other");
	return 0;
}
