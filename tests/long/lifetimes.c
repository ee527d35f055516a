/* alsa-crossfeed - opens, plays and closes very often, loads and unloads, opens in many threads */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * usage: lifetimes streams COUNT | loads COUNT | threads COUNT
 *
 * For the sanitizers and valgrind to watch; by itself it watches memory and files.
 */

#include <alsa/asoundlib.h>
#include <dlfcn.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "config_text.h"
#include "folder.h"
#include "playback.h"
#include "quiet.h"

enum { FRAMES = 256, WARM_UP = 10, THREADS_MAX = 1000 };

static void require(int holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "lifetimes: %s\n", what);
	exit(EXIT_FAILURE);
}

/* All streams share a panel; "converted" has a rate conversion in front. */
static snd_config_t *make_config(void)
{
	char folder[1000], text[4000];

	require(getcwd(folder, sizeof(folder)) != NULL, "folder");
	snprintf(text, sizeof(text), PLAYBACK_TYPES
		 "pcm.dac { type dac file \"/dev/null\" formats [ S32 ] }\n"
		 "pcm.test { type crossfeed control { file \"%s/lifetimes.state/panel\" } "
		 "slave.pcm dac }\n"
		 "pcm.converted { type crossfeed control none rate 44100 resampler fastest "
		 "slave.pcm dac }\n", folder);
	return config_from_text(text);
}

static void live_once(snd_config_t *config, const char *name)
{
	static const int16_t silence[2 * FRAMES];
	snd_pcm_t *pcm;

	require(snd_pcm_open_lconf(&pcm, name, SND_PCM_STREAM_PLAYBACK, 0, config) == 0, "open");
	require(snd_pcm_set_params(pcm, SND_PCM_FORMAT_S16, SND_PCM_ACCESS_RW_INTERLEAVED, 2, 48000,
				   0, 100000) == 0, "parameters");
	require(snd_pcm_prepare(pcm) == 0, "prepare");
	require(snd_pcm_writei(pcm, silence, FRAMES) == FRAMES, "write");
	require(snd_pcm_close(pcm) == 0, "close");
}

static void streams(int count)
{
	snd_config_t *config = make_config();
	int files = 0, running = folder_entries("/proc/self/task");
	size_t bytes = 0;

	for (int n = 0; n < count + WARM_UP; n++) {
		if (n == WARM_UP) {
			bytes = mallinfo2().uordblks;
			files = folder_entries("/proc/self/fd");
		}
		live_once(config, n % 2 ? "converted" : "test");
	}
	require(folder_entries("/proc/self/fd") == files, "files were left open");
	require(folder_entries("/proc/self/task") == running, "threads were left running");
	/* rounding differs as the heap gets its order; the least lost by every other one is 24 */
	require(mallinfo2().uordblks < bytes + 16384 + 8 * (size_t)count, "memory was lost");
	snd_config_delete(config);
}

static void load_once(const char *path, const char *symbol)
{
	void *module = dlopen(path, RTLD_NOW);

	require(module != NULL, "dlopen");
	require(dlsym(module, symbol) != NULL, symbol);
	require(dlclose(module) == 0, "dlclose");
}

static void loads(int count)
{
	for (int n = 0; n < count; n++) {
		load_once(MODULE_DIR "/libasound_module_pcm_crossfeed.so", "_snd_pcm_crossfeed_open");
		load_once(MODULE_DIR "/libasound_module_ctl_crossfeed.so", "_snd_ctl_crossfeed_open");
	}
	require(!dlopen(MODULE_DIR "/libasound_module_pcm_crossfeed.so", RTLD_NOW | RTLD_NOLOAD),
		"the module stays loaded");
}

/* Each thread has a configuration of its own, as alsa-lib wants it. */
static void *live_in_thread(void *config)
{
	live_once(config, "test");
	live_once(config, "converted");
	return NULL;
}

static void threads(int count)
{
	static snd_config_t *configs[THREADS_MAX];
	static pthread_t ids[THREADS_MAX];

	require(count <= THREADS_MAX, "too many threads");
	for (int n = 0; n < count; n++)
		configs[n] = make_config();
	for (int n = 0; n < count; n++)
		require(pthread_create(&ids[n], NULL, live_in_thread, configs[n]) == 0, "thread");
	for (int n = 0; n < count; n++)
		pthread_join(ids[n], NULL);
	for (int n = 0; n < count; n++)
		snd_config_delete(configs[n]);
}

int main(int argc, char **argv)
{
	int count = argc == 3 ? atoi(argv[2]) : 0;

	require(count > 0, "usage: lifetimes streams COUNT | loads COUNT | threads COUNT");
	snd_lib_error_set_handler(say_nothing);
	if (strcmp(argv[1], "streams") == 0)
		streams(count);
	else if (strcmp(argv[1], "loads") == 0)
		loads(count);
	else
		threads(count);
	remove("lifetimes.state/panel");
	remove("lifetimes.state");
	/* alsa-lib's own, so that who watches sees what is lost */
	snd_config_update_free_global();
	printf("%s: %d, all in order\n", argv[1], count);
	return EXIT_SUCCESS;
}
