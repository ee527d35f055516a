/* alsa-crossfeed - tests that no order of hw_params questions upsets a player */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Random refinements over DACs that have little choice, as players and
 * alsa-lib's own converters make them.  The judge is the same DAC with
 * alsa-lib's `type copy`, which changes nothing, in our place: what it takes in
 * any of the DAC's formats has to be taken, and nothing but -EINVAL may be said
 * to the rest.  check runs each row in a process of its own, so an assertion of
 * alsa-lib fails that row alone, and says its seed and its steps.
 */

#include "check_main.h"
#include "playback.h"
#include "quiet.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

/* The sanitizers' checked heap makes alsa-lib's dumps slow. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SEQUENCES = 10 };
#else
enum { SEQUENCES = 300 };
#endif
enum { STEPS_MAX = 9, FORMATS_MAX = 3 };

struct dac {
	const char *definition;
	snd_pcm_format_t formats[FORMATS_MAX];
	unsigned int count;
};

static const struct dac dacs[] = {
	{ "formats [ S16 ] rates [ 44100 ]", { SND_PCM_FORMAT_S16 }, 1 },
	{ "formats [ S32 ] rates [ 44100 48000 ]", { SND_PCM_FORMAT_S32 }, 1 },
	{ "formats [ S16 ] rates [ 8000 44100 768000 ] period_bytes 1004 periods 3",
		{ SND_PCM_FORMAT_S16 }, 1 },
	{ "formats [ S24_3LE ] rates [ 48000 ] period_bytes 2394 periods 5",
		{ SND_PCM_FORMAT_S24_3LE }, 1 },
	{ "formats [ S32 ] rates [ 96000 ] period_bytes 4096 periods 2",
		{ SND_PCM_FORMAT_S32 }, 1 },
	{ "formats [ S16 S24_3LE S32 ] rates [ 44100 48000 96000 ] period_bytes 1200",
		{ SND_PCM_FORMAT_S16, SND_PCM_FORMAT_S24_3LE, SND_PCM_FORMAT_S32 }, 3 },
	{ "formats [ S16 S32 ] rates [ 44100 96000 ] periods 2",
		{ SND_PCM_FORMAT_S16, SND_PCM_FORMAT_S32 }, 2 },
	{ "formats [ FLOAT S16 ] rates [ 48000 ] period_bytes 6016 periods 7",
		{ SND_PCM_FORMAT_FLOAT, SND_PCM_FORMAT_S16 }, 2 },
	{ "formats [ S24 ] rates [ 8000 768000 ] period_bytes 16 periods 4",
		{ SND_PCM_FORMAT_S24 }, 1 },
};

/* What is around crossfeed, and around the bare DAC that judges; %s is either. */
static const struct {
	const char *around;
	bool converts;		/* the judge takes every format, too */
} wrappers[] = {
	{ "%s", false },
	{ "type plug slave.pcm { %s }", true },
	{ "type rate slave { pcm { %s } rate 48000 }", true },
	{ "type plug slave { pcm { %s } rate 44100 }", true },
};

enum {
	DACS = sizeof(dacs) / sizeof(dacs[0]),
	WRAPPERS = sizeof(wrappers) / sizeof(wrappers[0]),
	ROWS = DACS * WRAPPERS,
};

/* --- what a player does ----------------------------------------------------------------- */

enum action {
	RATE_EXACT, RATE_NEAR, RATE_MIN, RATE_MAX,
	PERIOD_NEAR, PERIOD_EXACT, PERIOD_MIN, PERIOD_MAX, PERIOD_TIME_NEAR,
	BUFFER_NEAR, BUFFER_EXACT, BUFFER_MIN, BUFFER_MAX, BUFFER_TIME_NEAR,
	PERIODS_NEAR, PERIODS_EXACT,
	FORMAT, ACCESS, CHANNELS,
	ACTIONS,
};

static const char *const action_names[ACTIONS] = {
	"rate", "rate near", "rate min", "rate max",
	"period near", "period", "period min", "period max", "period time near",
	"buffer near", "buffer", "buffer min", "buffer max", "buffer time near",
	"periods near", "periods", "format", "access", "channels",
};

struct step {
	enum action action;
	unsigned int value;
};

static const unsigned int rates[] = { 8000, 22050, 44100, 44101, 48000, 96000, 192000, 768000 };
static const unsigned int sizes[] = { 2, 16, 251, 300, 399, 752, 1024, 2048, 4096, 65537 };
static const unsigned int times[] = { 100, 5000, 21333, 100000, 500000 };
static const unsigned int formats[] = {
	SND_PCM_FORMAT_S16, SND_PCM_FORMAT_S24_3LE, SND_PCM_FORMAT_S24, SND_PCM_FORMAT_S32,
	SND_PCM_FORMAT_FLOAT, SND_PCM_FORMAT_FLOAT64,
};
static const unsigned int accesses[] = {
	SND_PCM_ACCESS_RW_INTERLEAVED, SND_PCM_ACCESS_RW_NONINTERLEAVED,
	SND_PCM_ACCESS_MMAP_INTERLEAVED, SND_PCM_ACCESS_MMAP_NONINTERLEAVED,
};

/* The bare DAC takes fewer of these than we do. */
static bool is_ours(enum action action)
{
	return action == FORMAT || action == ACCESS || action == CHANNELS;
}

static unsigned int draw(uint32_t *state, unsigned int below)
{
	*state = *state * UINT32_C(1664525) + UINT32_C(1013904223);
	return (unsigned int)((uint64_t)*state * below >> 32);
}

#define DRAW_FROM(state, list) (list)[draw(state, sizeof(list) / sizeof((list)[0]))]

static struct step draw_step(uint32_t *state)
{
	struct step step = { .action = (enum action)draw(state, ACTIONS) };

	if (step.action <= RATE_MAX)
		step.value = DRAW_FROM(state, rates);
	else if (step.action == PERIOD_TIME_NEAR || step.action == BUFFER_TIME_NEAR)
		step.value = DRAW_FROM(state, times);
	else if (step.action <= BUFFER_TIME_NEAR)
		step.value = DRAW_FROM(state, sizes);
	else if (step.action <= PERIODS_EXACT)
		step.value = 1 + draw(state, 8);
	else if (step.action == FORMAT)
		step.value = DRAW_FROM(state, formats);
	else if (step.action == ACCESS)
		step.value = DRAW_FROM(state, accesses);
	else
		step.value = 2;
	return step;
}

static int take(snd_pcm_t *pcm, snd_pcm_hw_params_t *params, struct step step)
{
	unsigned int value = step.value;
	snd_pcm_uframes_t frames = step.value;

	switch (step.action) {
	case RATE_EXACT:
		return snd_pcm_hw_params_set_rate(pcm, params, value, 0);
	case RATE_NEAR:
		return snd_pcm_hw_params_set_rate_near(pcm, params, &value, NULL);
	case RATE_MIN:
		return snd_pcm_hw_params_set_rate_min(pcm, params, &value, NULL);
	case RATE_MAX:
		return snd_pcm_hw_params_set_rate_max(pcm, params, &value, NULL);
	case PERIOD_NEAR:
		return snd_pcm_hw_params_set_period_size_near(pcm, params, &frames, NULL);
	case PERIOD_EXACT:
		return snd_pcm_hw_params_set_period_size(pcm, params, frames, 0);
	case PERIOD_MIN:
		return snd_pcm_hw_params_set_period_size_min(pcm, params, &frames, NULL);
	case PERIOD_MAX:
		return snd_pcm_hw_params_set_period_size_max(pcm, params, &frames, NULL);
	case PERIOD_TIME_NEAR:
		return snd_pcm_hw_params_set_period_time_near(pcm, params, &value, NULL);
	case BUFFER_NEAR:
		return snd_pcm_hw_params_set_buffer_size_near(pcm, params, &frames);
	case BUFFER_EXACT:
		return snd_pcm_hw_params_set_buffer_size(pcm, params, frames);
	case BUFFER_MIN:
		return snd_pcm_hw_params_set_buffer_size_min(pcm, params, &frames);
	case BUFFER_MAX:
		return snd_pcm_hw_params_set_buffer_size_max(pcm, params, &frames);
	case BUFFER_TIME_NEAR:
		return snd_pcm_hw_params_set_buffer_time_near(pcm, params, &value, NULL);
	case PERIODS_NEAR:
		return snd_pcm_hw_params_set_periods_near(pcm, params, &value, NULL);
	case PERIODS_EXACT:
		return snd_pcm_hw_params_set_periods(pcm, params, value, 0);
	case FORMAT:
		return snd_pcm_hw_params_set_format(pcm, params, (snd_pcm_format_t)value);
	case ACCESS:
		return snd_pcm_hw_params_set_access(pcm, params, (snd_pcm_access_t)value);
	default:
		return snd_pcm_hw_params_set_channels(pcm, params, value);
	}
}

/* --- what is said when it goes wrong ---------------------------------------------------- */

static char story[4000];
static size_t story_length;

__attribute__((format(printf, 1, 2)))
static void tell(const char *format, ...)
{
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(story + story_length, sizeof(story) - story_length, format, args);
	va_end(args);
	if (length > 0 && story_length + (size_t)length < sizeof(story))
		story_length += (size_t)length;
}

static void tell_on_abort(int signal_number)
{
	ssize_t written = write(STDERR_FILENO, story, story_length);

	(void)written;
	signal(signal_number, SIG_DFL);
	raise(signal_number);
}

/* --- the judges ------------------------------------------------------------------------- */

/* The DAC without us, at one of its formats; it counts while it has the room we have. */
struct judge {
	snd_pcm_hw_params_t *params;
	bool agrees;
};

struct negotiation {
	struct playback device, bare;
	const struct dac *dac;
	bool converts;
	struct judge judges[FORMATS_MAX];
	unsigned int count;
};

static void seat_judge(struct negotiation *n, unsigned int j)
{
	struct judge *judge = &n->judges[j];

	judge->agrees = snd_pcm_hw_params_any(n->bare.pcm, judge->params) >= 0;
	if (!judge->agrees || n->converts)
		return;
	ck_assert_int_ge(snd_pcm_hw_params_set_access(n->bare.pcm, judge->params,
						      SND_PCM_ACCESS_RW_INTERLEAVED), 0);
	ck_assert_int_ge(snd_pcm_hw_params_set_format(n->bare.pcm, judge->params,
						      n->dac->formats[j]), 0);
}

/* What is left of the parameters we have no say in, as snd_pcm_hw_params_dump() has it. */
struct room {
	char text[600];
	bool empty;
};

static const char *const room_lines[] = {
	"\nRATE:", "\nPERIOD_TIME:", "\nPERIOD_SIZE:", "\nPERIODS:", "\nBUFFER_TIME:", "\nBUFFER_SIZE:",
};

static void copy_line(char *to, size_t size, const char *dump, const char *name)
{
	const char *line = strstr(dump, name);
	size_t used = strlen(to);

	ck_assert_msg(line, "no %s in %s", name, dump);
	snprintf(to + used, size - used, "%.*s", (int)strcspn(line + 1, "\n") + 1, line);
}

/* Not by the get functions: they abort on what alsa-lib's own plug may leave empty. */
static struct room room_of(snd_pcm_hw_params_t *params)
{
	struct room room = { .empty = false };
	snd_output_t *output;
	char *dump;

	ck_assert_int_eq(snd_output_buffer_open(&output), 0);
	snd_pcm_hw_params_dump(params, output);
	snd_output_putc(output, '\0');
	snd_output_buffer_string(output, &dump);
	for (size_t l = 0; l < sizeof(room_lines) / sizeof(room_lines[0]); l++)
		copy_line(room.text, sizeof(room.text), dump, room_lines[l]);
	room.empty = strstr(dump, "NONE");
	snd_output_close(output);
	return room;
}

/* What a judge says to a step; it keeps its place if it refuses. */
static bool judge_takes(struct negotiation *n, struct judge *judge, struct step step)
{
	snd_pcm_hw_params_t *before;

	if (is_ours(step.action) && !n->converts)
		return true;
	snd_pcm_hw_params_alloca(&before);
	snd_pcm_hw_params_copy(before, judge->params);
	if (take(n->bare.pcm, judge->params, step) >= 0)
		return true;
	snd_pcm_hw_params_copy(judge->params, before);
	return false;
}

static bool only_we_can(const struct negotiation *n, struct step step)
{
	return is_ours(step.action) && !n->converts;
}

/* With one format to choose from, a DAC leaves us exactly the room it would leave to itself. */
static void compare_rooms(const struct negotiation *n, struct judge *judge,
			  snd_pcm_hw_params_t *params)
{
	struct room ours = room_of(params);
	struct room its = room_of(judge->params);

	judge->agrees = strcmp(ours.text, its.text) == 0;
	ck_assert_msg(judge->agrees || n->dac->count > 1 || n->converts, "%swe have%s\nthe DAC itself has%s", story,
		      ours.text, its.text);
	ck_assert_msg(!ours.empty || its.empty, "%sour room is empty", story);
}

static void ask_judges(struct negotiation *n, snd_pcm_hw_params_t *params, struct step step,
		       bool taken)
{
	for (unsigned int j = 0; j < n->count; j++) {
		struct judge *judge = &n->judges[j];
		bool judge_took = judge->agrees && judge_takes(n, judge, step);

		if (!judge->agrees)
			continue;
		ck_assert_msg(taken || !judge_took || only_we_can(n, step),
			      "%sthe DAC itself takes that", story);
		if (taken == judge_took || only_we_can(n, step))
			compare_rooms(n, judge, params);
		else
			judge->agrees = false;
	}
}

/* --- the tests -------------------------------------------------------------------------- */

static bool try_step(struct negotiation *n, snd_pcm_hw_params_t *params, struct step step)
{
	snd_pcm_hw_params_t *before;
	int err;

	snd_pcm_hw_params_alloca(&before);
	snd_pcm_hw_params_copy(before, params);
	tell("%s %u", action_names[step.action], step.value);
	err = take(n->device.pcm, params, step);
	tell(": %d\n", err);
	ck_assert_msg(err >= 0 || err == -EINVAL, "%sanother error than -EINVAL", story);
	if (err < 0)
		snd_pcm_hw_params_copy(params, before);
	ask_judges(n, params, step, err >= 0);
	return err >= 0;
}

/* The rate converter has errors of its own, which pass through us. */
static void expect_refusal(struct negotiation *n, struct judge *judge, int err)
{
	int judge_err = snd_pcm_hw_params(n->bare.pcm, judge->params);

	ck_assert_msg(judge_err < 0, "%sthe DAC itself takes that", story);
	ck_assert_msg(err == -EINVAL || err == judge_err, "%sanother error than -EINVAL", story);
}

static void choose(struct negotiation *n, snd_pcm_hw_params_t *params)
{
	int err;

	tell("hw_params");
	err = snd_pcm_hw_params(n->device.pcm, params);
	tell(": %d\n", err);
	/* alsa-lib gives a DAC without limits half a gigabyte, twice: too much for 32 bits */
	if (err == -ENOMEM && sizeof(void *) == 4)
		return;
	if (err >= 0) {
		ck_assert_int_eq(snd_pcm_prepare(n->device.pcm), 0);
		ck_assert_int_eq(snd_pcm_hw_free(n->device.pcm), 0);
		return;
	}
	for (unsigned int j = 0; j < n->count; j++)
		if (n->judges[j].agrees)
			expect_refusal(n, &n->judges[j], err);
}

/* What every player asks for, in whatever order; without a rate alsa-lib itself may abort. */
static void take_stream(struct negotiation *n, snd_pcm_hw_params_t *params, uint32_t *state)
{
	struct step steps[] = {
		{ ACCESS, DRAW_FROM(state, accesses) },
		{ FORMAT, DRAW_FROM(state, formats) },
		{ CHANNELS, 2 },
		{ RATE_NEAR, DRAW_FROM(state, rates) },
	};

	for (unsigned int left = 4; left > 0; left--) {
		unsigned int s = draw(state, left);

		ck_assert_msg(try_step(n, params, steps[s]) || !only_we_can(n, steps[s]),
			      "%swe take any access and format", story);
		steps[s] = steps[left - 1];
	}
}

static void negotiate(struct negotiation *n, uint32_t *state)
{
	unsigned int steps = draw(state, STEPS_MAX + 1);
	snd_pcm_hw_params_t *params;

	snd_pcm_hw_params_alloca(&params);
	story_length = 0;
	tell("%s, seed %u:\n", n->dac->definition, *state);
	for (unsigned int j = 0; j < n->count; j++)
		seat_judge(n, j);
	if (snd_pcm_hw_params_any(n->device.pcm, params) < 0) {
		ck_assert_msg(!n->judges[0].agrees, "%sthe DAC itself has something", story);
		return;
	}
	take_stream(n, params, state);
	for (unsigned int s = 0; s < steps; s++) {
		/* plug took what cannot be, as it does without us; no player gets on from here */
		if (room_of(params).empty)
			return;
		try_step(n, params, draw_step(state));
	}
	if (!room_of(params).empty)
		choose(n, params);
}

static void open_over(struct playback *p, const char *around, const char *crossfeed,
		      const char *dac)
{
	char inner[300], definition[600];

	snprintf(inner, sizeof(inner), crossfeed, dac);
	snprintf(definition, sizeof(definition), around, inner);
	ck_assert_int_eq(playback_open(p, definition), 0);
}

START_TEST(players_find_what_the_dac_has)
{
	struct negotiation n = {
		.dac = &dacs[_i % DACS], .converts = wrappers[_i / DACS].converts,
	};
	const char *around = wrappers[_i / DACS].around;
	uint32_t state = 1 + (uint32_t)_i * 7919;

	signal(SIGABRT, tell_on_abort);
	open_over(&n.device, around, "type crossfeed control none rate stream "
		  "slave.pcm { type dac file \"/dev/null\" %s }", n.dac->definition);
	open_over(&n.bare, around, "type copy slave.pcm { type dac file \"/dev/null\" %s }",
		  n.dac->definition);
	n.count = n.converts ? 1 : n.dac->count;
	for (unsigned int j = 0; j < n.count; j++)
		ck_assert_int_eq(snd_pcm_hw_params_malloc(&n.judges[j].params), 0);
	snd_lib_error_set_handler(say_nothing);
	for (int s = 0; s < SEQUENCES; s++)
		negotiate(&n, &state);
	snd_lib_error_set_handler(NULL);
	for (unsigned int j = 0; j < n.count; j++)
		snd_pcm_hw_params_free(n.judges[j].params);
	playback_close(&n.device);
	playback_close(&n.bare);
}
END_TEST

/*
 * With a rate conversion in front there is no such judge: it has periods and
 * buffers of its own.  What it offered until the end it has to take.
 */
static void negotiate_conversion(struct negotiation *n, uint32_t *state)
{
	unsigned int steps = draw(state, STEPS_MAX + 1);
	snd_pcm_hw_params_t *params;
	int err;

	snd_pcm_hw_params_alloca(&params);
	story_length = 0;
	tell("%s, seed %u:\n", n->dac->definition, *state);
	/* one of the DACs has a buffer of 8 frames, less than any conversion takes */
	if (snd_pcm_hw_params_any(n->device.pcm, params) < 0)
		return;
	take_stream(n, params, state);
	for (unsigned int s = 0; s < steps && !room_of(params).empty; s++)
		try_step(n, params, draw_step(state));
	if (room_of(params).empty)
		return;
	tell("hw_params");
	err = snd_pcm_hw_params(n->device.pcm, params);
	tell(": %d\n", err);
	ck_assert_msg(err >= 0, "%srefused what was offered", story);
	ck_assert_int_eq(snd_pcm_prepare(n->device.pcm), 0);
	ck_assert_int_eq(snd_pcm_hw_free(n->device.pcm), 0);
}

START_TEST(a_rate_conversion_takes_what_it_offers)
{
	struct negotiation n = { .dac = &dacs[_i] };
	uint32_t state = 1 + (uint32_t)_i * 7919;

	signal(SIGABRT, tell_on_abort);
	open_over(&n.device, "%s", "type crossfeed control none resampler fastest "
		  "slave.pcm { type dac file \"/dev/null\" %s }", n.dac->definition);
	snd_lib_error_set_handler(say_nothing);
	for (int s = 0; s < SEQUENCES; s++)
		negotiate_conversion(&n, &state);
	snd_lib_error_set_handler(NULL);
	playback_close(&n.device);
}
END_TEST

static Suite *negotiation_suite(void)
{
	Suite *suite = suite_create("negotiation");
	TCase *random = tcase_create("random");

	tcase_set_timeout(random, 60);
	tcase_add_loop_test(random, players_find_what_the_dac_has, 0, ROWS);
	tcase_add_loop_test(random, a_rate_conversion_takes_what_it_offers, 0, DACS);
	suite_add_tcase(suite, random);
	return suite;
}

int main(void)
{
	return check_main(negotiation_suite());
}
