/* alsa-crossfeed - a day of music through one stream: no drift, no growth, no slowing down */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * usage: soak [HOURS]
 *
 * Noise at 48 kHz through the built module into the stand-in DAC, which plays
 * as fast as it is written to.  Each hour's last second is compared with the
 * same second through a fresh stream.
 */

#include <alsa/asoundlib.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "config_text.h"
#include "playback.h"
#include "signals.h"

enum { RATE = 48000, BLOCK = 4800, BLOCKS_PER_HOUR = 3600 * RATE / BLOCK };

/* A fresh stream has other dither: two steps each, and its filter starts from silence. */
enum { STEPS_APART_MAX = 4, SETTLED = RATE / 10 };

static void require(int err, const char *what)
{
	if (err >= 0)
		return;
	fprintf(stderr, "soak: %s: %s\n", what, snd_strerror(err));
	exit(EXIT_FAILURE);
}

static snd_pcm_t *open_stream(const char *path)
{
	char text[2000];
	snd_pcm_t *pcm;

	snprintf(text, sizeof(text), "%spcm.test { type crossfeed control none brightness bright "
		 "slave.pcm { type dac file \"%s\" formats [ S16 ] } }\n", PLAYBACK_TYPES, path);
	require(config_open_test(&pcm, text), "open");
	require(snd_pcm_set_params(pcm, SND_PCM_FORMAT_S16, SND_PCM_ACCESS_RW_INTERLEAVED, 2, RATE,
				   0, 500000), "parameters");
	return pcm;
}

static void write_block(snd_pcm_t *pcm, const int16_t *block)
{
	for (snd_pcm_uframes_t done = 0; done < BLOCK;) {
		snd_pcm_sframes_t n = snd_pcm_writei(pcm, block + 2 * done, BLOCK - done);

		require((int)n, "write");
		done += (snd_pcm_uframes_t)n;
	}
}

static void fill_block(int16_t *block, uint32_t *state)
{
	for (int n = 0; n < 2 * BLOCK; n++)
		block[n] = (int16_t)(signals_noise(state) * 32767);
}

static double cpu_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static long memory_kib(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_maxrss;
}

/* Largest difference, in steps of the DAC, once the fresh stream has settled. */
static int steps_apart(const char *one, const char *other)
{
	static int16_t a[2 * RATE], b[2 * RATE];
	FILE *files[2] = { fopen(one, "rb"), fopen(other, "rb") };
	int most = 0;

	if (!files[0] || !files[1] || fread(a, 4, RATE, files[0]) != RATE ||
	    fread(b, 4, RATE, files[1]) != RATE)
		require(-EIO, "what the DAC wrote");
	fclose(files[0]);
	fclose(files[1]);
	for (int n = 2 * SETTLED; n < 2 * RATE; n++)
		if (abs(a[n] - b[n]) > most)
			most = abs(a[n] - b[n]);
	return most;
}

/* The DAC appends, so a file cut to nothing holds what comes from now on. */
static void play_second(snd_pcm_t *pcm, const char *path, uint32_t state)
{
	static int16_t block[2 * BLOCK];

	require(truncate(path, 0) < 0 ? -errno : 0, path);
	for (int b = 0; b < RATE / BLOCK; b++) {
		fill_block(block, &state);
		write_block(pcm, block);
	}
}

static int compare_with_fresh(snd_pcm_t *pcm, const char *path, uint32_t state)
{
	const char *fresh_path = "soak-fresh";
	FILE *file = fopen(fresh_path, "wb");
	snd_pcm_t *fresh;
	int apart;

	if (file)
		fclose(file);
	fresh = open_stream(fresh_path);
	play_second(pcm, path, state);
	play_second(fresh, fresh_path, state);
	apart = steps_apart(path, fresh_path);
	snd_pcm_close(fresh);
	unlink(fresh_path);
	return apart;
}

/* Returns the nanoseconds per frame. */
static double play_hour(snd_pcm_t *pcm, const char *path, uint32_t *state)
{
	static int16_t block[2 * BLOCK];
	double begin = cpu_seconds();

	for (int b = 0; b < BLOCKS_PER_HOUR; b++) {
		/* fresh noise every second is enough, and leaves the time to the module */
		if (b % 10 == 0) {
			fill_block(block, state);
			require(truncate(path, 0) < 0 ? -errno : 0, path);
		}
		write_block(pcm, block);
	}
	return (cpu_seconds() - begin) / BLOCKS_PER_HOUR / BLOCK * 1e9;
}

int main(int argc, char **argv)
{
	const char *path = "soak-output";
	int hours = argc > 1 ? atoi(argv[1]) : 24;
	double first_ns = 0, ns = 0;
	long first_kib = 0;
	uint32_t state = 1;
	snd_pcm_t *pcm = open_stream(path);
	int failed = 0;

	for (int hour = 1; hour <= hours; hour++) {
		int apart;

		ns = play_hour(pcm, path, &state);
		apart = compare_with_fresh(pcm, path, state);
		if (hour == 1) {
			first_ns = ns;
			first_kib = memory_kib();
		}
		printf("hour %2d: %6.1f ns per frame, %ld KiB, %d steps from a fresh stream\n", hour,
		       ns, memory_kib(), apart);
		fflush(stdout);
		failed |= apart > STEPS_APART_MAX || memory_kib() > first_kib + 256;
	}
	snd_pcm_close(pcm);
	unlink(path);
	/* other programs share the machine: only a trend is a failure */
	failed |= ns > 3 * first_ns;
	printf("%s\n", failed ? "FAILED" : "passed");
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
