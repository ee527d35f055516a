/* alsa-crossfeed - times the filter and the device, against today's recipe, in paired rounds */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Machines are noisy, so all candidates take turns in one run and the medians
 * of the rounds are compared.  Processor time of this process, nothing else.
 * The sink is the stand-in DAC with a fixed format, writing to /dev/null.  Each
 * device has its turn beside a `type copy` over the same sink, with the same
 * periods, whose cost is taken off.
 */

#include <alsa/asoundlib.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "config_text.h"
#include "signals.h"

enum { ROUNDS = 31, FRAMES_PER_ROUND = 400 * 1024, PERIOD_FRAMES_MAX = 4096 };

/* Counted from the operations: 8 doubles' worth of multiply-add, conversion and dither per
 * frame, two 256-bit operations a cycle, on an AMD EPYC of 3.6 GHz. */
#define LIMIT_NS 1.3

#define TYPES \
	"pcm_type.crossfeed { lib \"" MODULE_DIR "/libasound_module_pcm_crossfeed.so\" }\n" \
	"pcm_type.dac { lib \"" MODULE_DIR "/libasound_module_pcm_dac.so\" }\n"
#define SINK(format) "{ type dac file \"/dev/null\" formats [ " format " ] }"
#define CROSSFEED "type crossfeed control none "
#define LIVE "type crossfeed "
#define RECIPE "type plug slave.pcm { type ladspa path \"/usr/lib/ladspa\" " \
	"plugins [ { label bs2b input { controls [ 700 4.5 ] } } ] slave.pcm { type plug "
#define CONVERSION "type plug slave.pcm { type lfloat slave { format FLOAT pcm { type plug "

struct device {
	snd_pcm_t *pcm;
	double ns[ROUNDS];
};

struct candidate {
	const char *name, *before, *sink, *after;	/* of the definition */
	const char *format;		/* of the stream */
	unsigned int rate_hz;		/* 48000 by default */
	unsigned int period_frames;	/* 1024 by default */
	bool silence;
	bool slow;			/* a tenth of the frames are enough */
	struct device device, copy;
	double median_ns;
};

#define ROW(NAME, BEFORE, FORMAT, ...) \
	{ .name = NAME, .before = BEFORE, .sink = SINK(FORMAT), .after = "", __VA_ARGS__ }

static struct candidate candidates[] = {
	{ .name = "recipe plug, ladspa bs2b, plug", .before = RECIPE, .sink = SINK("S16"),
	  .after = " } }", .format = "S16" },
	{ .name = "conversion S16 to float to S16", .before = CONVERSION, .sink = SINK("S16"),
	  .after = " } } }", .format = "S16" },
	ROW("crossfeed S16", CROSSFEED, "S16", .format = "S16"),
	ROW("crossfeed S24_3LE", CROSSFEED, "S24_3LE", .format = "S24_3LE"),
	ROW("crossfeed S32", CROSSFEED, "S32", .format = "S32"),
	ROW("crossfeed FLOAT", CROSSFEED, "FLOAT", .format = "FLOAT"),
	ROW("crossfeed FLOAT to S32", CROSSFEED, "S32", .format = "FLOAT"),
	ROW("  192 kHz, S32", CROSSFEED, "S32", .format = "S32", .rate_hz = 192000),
	ROW("  768 kHz, S32", CROSSFEED, "S32", .format = "S32", .rate_hz = 768000),
	ROW("  preset bs2b-default", CROSSFEED "preset bs2b-default ", "S16", .format = "S16"),
	ROW("  clipping at 20 dB", CROSSFEED "gain 20 ", "S16", .format = "S16"),
	ROW("  silence", CROSSFEED, "S16", .format = "S16", .silence = true),
	ROW("  off and direct", CROSSFEED "crossfeed off bypass direct ", "S16", .format = "S16"),
	ROW("  periods of 16 frames", CROSSFEED, "S16", .format = "S16", .period_frames = 16),
	ROW("  periods of 64 frames", CROSSFEED, "S16", .format = "S16", .period_frames = 64),
	ROW("  periods of 256 frames", CROSSFEED, "S16", .format = "S16", .period_frames = 256),
	ROW("  periods of 441 frames", CROSSFEED, "S16", .format = "S16", .period_frames = 441),
	ROW("  periods of 4096 frames", CROSSFEED, "S16", .format = "S16", .period_frames = 4096),
	ROW("live controls", LIVE, "S16", .format = "S16"),
	ROW("  periods of 16 frames", LIVE, "S16", .format = "S16", .period_frames = 16),
	ROW("  periods of 64 frames", LIVE, "S16", .format = "S16", .period_frames = 64),
	ROW("rate 44.1 to 48 kHz, best", "type crossfeed rate 48000 resampler best ", "S32",
	    .format = "S32", .rate_hz = 44100, .slow = true),
	ROW("rate 44.1 to 48 kHz, medium", "type crossfeed rate 48000 resampler medium ", "S32",
	    .format = "S32", .rate_hz = 44100, .slow = true),
	ROW("rate 44.1 to 48 kHz, fastest", "type crossfeed rate 48000 resampler fastest ", "S32",
	    .format = "S32", .rate_hz = 44100, .slow = true),
};

enum { CANDIDATES = sizeof(candidates) / sizeof(candidates[0]), RECIPE_ROW = 0 };

static unsigned char music[PERIOD_FRAMES_MAX * 2 * 4];	/* in any integer format */
static float music_float[PERIOD_FRAMES_MAX * 2];
static const unsigned char silence[sizeof(music)];

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* NULL where it cannot be had. */
static snd_pcm_t *open_device(const struct candidate *c, const char *definition,
			      const char *format)
{
	char text[2000];
	snd_pcm_t *pcm;

	snprintf(text, sizeof(text), "%spcm.test { %s }\n", TYPES, definition);
	if (config_open_test(&pcm, text) < 0)
		return NULL;
	if (snd_pcm_set_params(pcm, snd_pcm_format_value(format), SND_PCM_ACCESS_RW_INTERLEAVED, 2,
			       c->rate_hz, 0, 4 * c->period_frames * 1000000ull / c->rate_hz) < 0) {
		snd_pcm_close(pcm);
		return NULL;
	}
	return pcm;
}

/* The sink's own format, since a copy converts nothing. */
static void open_copy(struct candidate *c)
{
	char definition[1000], format[20];

	snprintf(definition, sizeof(definition), "type copy slave.pcm %s", c->sink);
	sscanf(strstr(c->sink, "[ "), "[ %19s", format);
	c->copy.pcm = open_device(c, definition, format);
}

static void open_candidate(struct candidate *c)
{
	char definition[1000];

	if (c->rate_hz == 0)
		c->rate_hz = 48000;
	if (c->period_frames == 0)
		c->period_frames = 1024;
	snprintf(definition, sizeof(definition), "%sslave.pcm %s%s", c->before, c->sink, c->after);
	c->device.pcm = open_device(c, definition, c->format);
	open_copy(c);
}

/* ns per frame */
static double play(snd_pcm_t *pcm, const struct candidate *c, const void *frames)
{
	size_t total = c->slow ? FRAMES_PER_ROUND / 10 : FRAMES_PER_ROUND;
	size_t done = 0;
	double start = now_ns();

	for (; done < total; done += c->period_frames)
		if (snd_pcm_writei(pcm, frames, c->period_frames) != (snd_pcm_sframes_t)c->period_frames)
			return NAN;
	return (now_ns() - start) / (double)done;
}

static const void *frames_of(const struct candidate *c)
{
	if (c->silence)
		return silence;
	return strcmp(c->format, "FLOAT") == 0 ? (const void *)music_float : music;
}

static void run_rounds(void)
{
	for (int round = 0; round < ROUNDS; round++)
		for (int k = 0; k < CANDIDATES; k++) {
			struct candidate *c = &candidates[k];

			if (!c->device.pcm)
				continue;
			c->copy.ns[round] = play(c->copy.pcm, c, music);
			c->device.ns[round] = play(c->device.pcm, c, frames_of(c));
		}
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;

	return (x > y) - (x < y);
}

static void take_median(struct candidate *c)
{
	double sorted[ROUNDS];

	for (int round = 0; round < ROUNDS; round++)
		sorted[round] = c->device.ns[round] - c->copy.ns[round];
	qsort(sorted, ROUNDS, sizeof(sorted[0]), compare);
	c->median_ns = c->device.pcm ? sorted[ROUNDS / 2] : NAN;
}

static void print_row(const struct candidate *c)
{
	if (!c->device.pcm) {
		printf("%-34s (cannot be opened; bs2b is in package bs2b-ladspa)\n", c->name);
		return;
	}
	printf("%-34s %7.2f %9.3f %9.2f\n", c->name, c->median_ns,
	       c->median_ns / candidates[RECIPE_ROW].median_ns, c->median_ns / LIMIT_NS);
}

static void print_processor(void)
{
	char line[200];
	FILE *info = fopen("/proc/cpuinfo", "r");

	while (info && fgets(line, sizeof(line), info))
		if (strncmp(line, "model name", 10) == 0) {
			fputs(strchr(line, ':') + 2, stdout);
			break;
		}
	if (info)
		fclose(info);
}

/* The rows with live controls remember them here, and not at the user's home. */
static void use_own_state(void)
{
	char folder[PATH_MAX];

	if (getcwd(folder, sizeof(folder) - sizeof("/bench-state"))) {
		strcat(folder, "/bench-state");
		setenv("XDG_STATE_HOME", folder, 1);
	}
}

int main(void)
{
	uint32_t state = 1;

	use_own_state();
	for (size_t n = 0; n < sizeof(music); n++)
		music[n] = (unsigned char)(128 * signals_noise(&state));
	for (size_t n = 0; n < 2 * PERIOD_FRAMES_MAX; n++)
		music_float[n] = (float)signals_noise(&state);
	for (int k = 0; k < CANDIDATES; k++)
		open_candidate(&candidates[k]);
	run_rounds();
	print_processor();
	printf("%-34s %7s %9s %9s\n", "beyond a copy, per stereo frame", "ns", "of recipe",
	       "of limit");
	for (int k = 0; k < CANDIDATES; k++) {
		take_median(&candidates[k]);
		print_row(&candidates[k]);
	}
	return 0;
}
