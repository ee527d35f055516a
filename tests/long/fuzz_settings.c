/* alsa-crossfeed - fuzzes the configuration: any text is read or refused, with a message that fits */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "definition.h"
#include "fuzz.h"
#include "panel.h"
#include "quiet.h"
#include "sound.h"

#include <math.h>
#include <stdlib.h>

static void require(bool holds)
{
	if (!holds)
		abort();
}

/* What is accepted must be safe to play with. */
static void use(const struct settings *settings)
{
	struct panel panel = panel_from_settings(settings);
	struct settings again = panel_settings(&panel, settings);
	double lr[2 * 64] = { 1, -1 };
	struct sound sound;

	require(sound_init(&sound, &again, 48000, 1) == 0);
	sound_process(&sound, lr, 64);
	for (int n = 0; n < 2 * 64; n++)
		require(isfinite(lr[n]));
}

static void load(const snd_config_t *conf)
{
	char message[DEFINITION_MESSAGE_SIZE];
	struct definition definition;

	if (definition_read_pcm(&definition, conf, message) == 0)
		use(&definition.settings);
	else
		require(message[0] && strlen(message) < sizeof(message));
	if (definition_read_ctl(&definition, conf, message) < 0)
		require(message[0] && strlen(message) < sizeof(message));
}

/* Text that would have alsa-lib open other files, or run functions, is not ours to fuzz. */
static bool is_plain(const uint8_t *data, size_t size)
{
	return size < 4096 && !memchr(data, '<', size) && !memchr(data, '@', size) &&
	       !memchr(data, 0, size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	snd_input_t *input;
	snd_config_t *conf;

	if (!is_plain(data, size))
		return 0;
	snd_lib_error_set_handler(say_nothing);
	require(snd_config_top(&conf) == 0);
	require(snd_input_buffer_open(&input, (const char *)data, (ssize_t)size) == 0);
	if (snd_config_load(conf, input) == 0)
		load(conf);
	snd_input_close(input);
	snd_config_delete(conf);
	return 0;
}

#ifndef FUZZING
int main(void)
{
	return fuzz_main("settings");
}
#endif
