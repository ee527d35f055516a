/* alsa-crossfeed - times the filter and the device, against today's recipe, in paired rounds */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Machines are noisy, so all candidates take turns in one run and the medians
 * of the rounds are compared.  Processor time of this process, nothing else.
 * The sink is the stand-in DAC with fixed 16 or 32 bits, writing to /dev/null;
 * its own cost is shown and taken off.
 */

#include <alsa/asoundlib.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "config_text.h"
#include "presets.h"
#include "quantiser.h"
#include "samples.h"
#include "signals.h"
#include "sound.h"

enum { ROUNDS = 15, PERIOD_FRAMES = 1024, PERIODS_PER_ROUND = 400 };
enum { FRAMES_PER_ROUND = PERIOD_FRAMES * PERIODS_PER_ROUND };

#define TYPES "pcm.null { type null }\n" \
	"pcm_type.crossfeed { lib \"" MODULE_DIR "/libasound_module_pcm_crossfeed.so\" }\n" \
	"pcm_type.dac { lib \"" MODULE_DIR "/libasound_module_pcm_dac.so\" }\n"
#define SINK(format) "{ type dac file \"/dev/null\" formats [ " format " ] }"
#define RECIPE "type plug slave.pcm { type ladspa path \"/usr/lib/ladspa\" " \
	"plugins [ { label bs2b input { controls [ 700 4.5 ] } } ] " \
	"slave.pcm { type plug slave.pcm " SINK("S16") " } }"
#define CONVERSION "type plug slave.pcm { type lfloat slave { format FLOAT " \
	"pcm { type plug slave.pcm " SINK("S16") " } } }"

struct candidate {
	const char *name;
	const char *definition;		/* or NULL: the filter alone */
	snd_pcm_format_t format;
	unsigned int rate_hz;
	int sink;			/* index of the sink whose cost is taken off */
	snd_pcm_t *pcm;
	double ns[ROUNDS];
	double median_ns;
};

enum { SINK_S16, SINK_S32, FILTER, FILTER_BS2B, CROSSFEED_S16, FIRST_RATIO = CROSSFEED_S16 };

static struct candidate candidates[] = {
	{ .name = "sink alone, S16", .definition = "type plug slave.pcm " SINK("S16"),
	  .format = SND_PCM_FORMAT_S16, .rate_hz = 48000, .sink = -1 },
	{ .name = "sink alone, S32", .definition = "type plug slave.pcm " SINK("S32"),
	  .format = SND_PCM_FORMAT_S32, .rate_hz = 48000, .sink = -1 },
	{ .name = "filter alone (headroom)", .rate_hz = 48000, .sink = -1 },
	{ .name = "filter alone (bs2b-default)", .rate_hz = 48000, .sink = -1 },
	{ .name = "crossfeed S16 to S16, 48 kHz", .definition = "type crossfeed control none slave.pcm "
	  SINK("S16"), .format = SND_PCM_FORMAT_S16, .rate_hz = 48000, .sink = SINK_S16 },
	{ .name = "  the same, with live controls", .definition = "type crossfeed slave.pcm "
	  SINK("S16"), .format = SND_PCM_FORMAT_S16, .rate_hz = 48000, .sink = SINK_S16 },
	{ .name = "  the same, clipping at 20 dB", .definition = "type crossfeed gain 20 control none "
	  "slave.pcm " SINK("S16"), .format = SND_PCM_FORMAT_S16, .rate_hz = 48000,
	  .sink = SINK_S16 },
	{ .name = "crossfeed S16 to S16, 192 kHz", .definition = "type crossfeed control none slave.pcm "
	  SINK("S16"), .format = SND_PCM_FORMAT_S16, .rate_hz = 192000, .sink = SINK_S16 },
	{ .name = "crossfeed S32 to S32, 48 kHz", .definition = "type crossfeed control none slave.pcm "
	  SINK("S32"), .format = SND_PCM_FORMAT_S32, .rate_hz = 48000, .sink = SINK_S32 },
	{ .name = "crossfeed S32 to S32, 192 kHz", .definition = "type crossfeed control none slave.pcm "
	  SINK("S32"), .format = SND_PCM_FORMAT_S32, .rate_hz = 192000, .sink = SINK_S32 },
	{ .name = "crossfeed S24_3LE to S24_3LE", .definition = "type crossfeed control none slave.pcm "
	  SINK("S24_3LE"), .format = SND_PCM_FORMAT_S24_3LE, .rate_hz = 48000, .sink = -1 },
	{ .name = "crossfeed FLOAT to S32", .definition = "type crossfeed control none slave.pcm "
	  SINK("S32"), .format = SND_PCM_FORMAT_FLOAT, .rate_hz = 48000, .sink = SINK_S32 },
	{ .name = "off and direct, S16", .definition = "type crossfeed control none crossfeed off "
	  "bypass direct slave.pcm " SINK("S16"), .format = SND_PCM_FORMAT_S16, .rate_hz = 48000,
	  .sink = SINK_S16 },
	{ .name = "rate 44.1 to 48 kHz, best", .definition = "type crossfeed rate 48000 "
	  "resampler best slave.pcm " SINK("S32"), .format = SND_PCM_FORMAT_S32,
	  .rate_hz = 44100, .sink = SINK_S32 },
	{ .name = "rate 44.1 to 48 kHz, medium", .definition = "type crossfeed rate 48000 "
	  "resampler medium slave.pcm " SINK("S32"), .format = SND_PCM_FORMAT_S32,
	  .rate_hz = 44100, .sink = SINK_S32 },
	{ .name = "rate 44.1 to 48 kHz, fastest", .definition = "type crossfeed rate 48000 "
	  "resampler fastest slave.pcm " SINK("S32"), .format = SND_PCM_FORMAT_S32,
	  .rate_hz = 44100, .sink = SINK_S32 },
	{ .name = "conversion S16 to float to S16", .definition = CONVERSION,
	  .format = SND_PCM_FORMAT_S16, .rate_hz = 48000, .sink = SINK_S16 },
	{ .name = "recipe plug, ladspa bs2b, plug", .definition = RECIPE,
	  .format = SND_PCM_FORMAT_S16, .rate_hz = 48000, .sink = SINK_S16 },
};

enum { CANDIDATES = sizeof(candidates) / sizeof(candidates[0]), RECIPE_ROW = CANDIDATES - 1 };

static unsigned char music[PERIOD_FRAMES * 2 * 4];	/* in any integer format */
static float music_float[PERIOD_FRAMES * 2];

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int configure(struct candidate *c)
{
	return snd_pcm_set_params(c->pcm, c->format, SND_PCM_ACCESS_RW_INTERLEAVED, 2,
				  c->rate_hz, 0, 4 * PERIOD_FRAMES * 1000000ull / c->rate_hz);
}

static int open_candidate(struct candidate *c)
{
	char text[2000];
	int err;

	snprintf(text, sizeof(text), "%spcm.test { %s }\n", TYPES, c->definition);
	err = config_open_test(&c->pcm, text);
	if (err == 0)
		err = configure(c);
	return err;
}

static double filter_round(enum preset preset)
{
	struct sound_params params = { .crossfeed = true, .filter = preset_params(preset) };
	static double lr[2 * 128], noise[2 * 128];
	struct sound sound;
	uint32_t state = 1;
	double start;

	for (size_t n = 0; n < 2 * 128; n++)
		noise[n] = signals_noise(&state);
	sound_init(&sound, &params, 48000, 1);
	start = now_ns();
	for (size_t done = 0; done < FRAMES_PER_ROUND; done += 128) {
		memcpy(lr, noise, sizeof(lr));
		sound_process(&sound, lr, 128);
	}
	return now_ns() - start;
}

static double device_round(struct candidate *c)
{
	const void *frames = c->format == SND_PCM_FORMAT_FLOAT ? (const void *)music_float : music;
	double start = now_ns();

	for (int p = 0; p < PERIODS_PER_ROUND; p++)
		if (snd_pcm_writei(c->pcm, frames, PERIOD_FRAMES) != PERIOD_FRAMES)
			return NAN;
	return now_ns() - start;
}

static void run_rounds(void)
{
	for (int round = 0; round < ROUNDS; round++)
		for (int k = 0; k < CANDIDATES; k++) {
			struct candidate *c = &candidates[k];
			double ns = c->pcm ? device_round(c) :
				k == FILTER ? filter_round(PRESET_HEADROOM) :
				k == FILTER_BS2B ? filter_round(PRESET_BS2B_DEFAULT) : NAN;

			c->ns[round] = ns / FRAMES_PER_ROUND;
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
		sorted[round] = c->ns[round] -
			(c->sink < 0 ? 0 : candidates[c->sink].ns[round]);
	qsort(sorted, ROUNDS, sizeof(sorted[0]), compare);
	c->median_ns = sorted[ROUNDS / 2];
}

static void print_row(const struct candidate *c)
{
	if (isnan(c->median_ns)) {
		printf("%-34s       (not installed: package bs2b-ladspa)\n", c->name);
		return;
	}
	printf("%-34s %6.2f", c->name, c->median_ns);
	if (c - candidates >= FIRST_RATIO && !isnan(candidates[RECIPE_ROW].median_ns))
		printf("  %5.2f", c->median_ns / candidates[RECIPE_ROW].median_ns);
	printf("\n");
}

/* The row with live controls remembers them here, and not at the user's home. */
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
	for (size_t n = 0; n < 2 * PERIOD_FRAMES; n++)
		music_float[n] = (float)signals_noise(&state);
	for (int k = 0; k < CANDIDATES; k++)
		if (candidates[k].definition && open_candidate(&candidates[k]) < 0)
			candidates[k].pcm = NULL;
	run_rounds();
	for (int k = 0; k < CANDIDATES; k++)
		take_median(&candidates[k]);
	printf("%-34s %6s  %5s\n", "ns per stereo frame, median", "ns", "of recipe");
	for (int k = 0; k < CANDIDATES; k++)
		print_row(&candidates[k]);
	for (int k = 0; k < CANDIDATES; k++)
		if (candidates[k].pcm)
			snd_pcm_close(candidates[k].pcm);
	return 0;
}
