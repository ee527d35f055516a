/* alsa-crossfeed - writes the demo track: a short piece with instruments hard left and hard right */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * demo_track >FILE     44100 Hz, stereo, 16 bits in this machine's byte order, without a header
 *
 * The piece is made to be heard with and without crossfeed: two bars of guitar in the left ear
 * alone, two bars of vibraphone with a brushed hi-hat in the right ear alone, then both with bass
 * and drum in the centre, and a last chord. On headphones the first four bars sit inside one ear;
 * with crossfeed they move out to where a loudspeaker would stand. The last four show that the
 * centre stays where it was.
 *
 * Everything is synthesised here from fixed tables and a fixed noise seed: the same bytes each time.
 */

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum ear { LEFT = 1, RIGHT = 2, CENTRE = LEFT | RIGHT };

/* One note: when and how long in beats from the start, pitch as a MIDI number, loudness 0..1. */
struct note {
	double beat;
	double beats;
	int midi;
	double loudness;
};

/* The stereo mix while it is made. */
struct mix {
	double (*frames)[2];
	size_t count;
};

/* A voice computes its sample at a time since the note began; amplitude about 1. */
typedef double voice_function(double hz, double seconds);

enum { RATE_HZ = 44100 };
static const double BEATS_PER_MINUTE = 108.0;
static const double TRACK_S = 20.5;
static const double FADE_OUT_S = 1.2;
static const double PEAK_DBFS = -3.0;
static const double PI = 3.14159265358979323846;

/* Arpeggios on C major 7, A minor 7, D minor 7, G 7: eighth notes, one row of midi per bar. */
static const int GUITAR_CHORDS[][8] = {
	{ 48, 55, 59, 64, 67, 64, 59, 55 },
	{ 45, 52, 55, 60, 64, 60, 55, 52 },
	{ 50, 57, 60, 65, 69, 65, 60, 57 },
	{ 43, 53, 55, 59, 65, 62, 59, 55 },
};

static const int GUITAR_LAST_CHORD[] = { 48, 52, 55, 59, 64, 67 };

static const struct note VIBRAPHONE[] = {
	/* alone: D minor 7, G 7 */
	{ 8.0, 3.5, 53, 0.6 },   { 8.0, 1.0, 69, 0.8 },   { 8.5, 1.0, 72, 0.7 },
	{ 9.0, 2.0, 77, 0.9 },   { 10.0, 1.0, 76, 0.8 },  { 10.5, 1.5, 72, 0.7 },
	{ 11.5, 1.0, 69, 0.7 },  { 12.0, 3.5, 55, 0.6 },  { 12.0, 1.0, 71, 0.8 },
	{ 12.5, 1.0, 74, 0.7 },  { 13.0, 2.0, 79, 0.9 },  { 14.0, 1.0, 77, 0.8 },
	{ 14.5, 1.5, 74, 0.7 },
	/* with the others: C major 7, A minor 7, D minor 7, G 7 */
	{ 16.0, 2.0, 76, 0.9 },  { 16.0, 3.5, 55, 0.5 },  { 17.5, 1.0, 74, 0.7 },
	{ 18.0, 2.0, 71, 0.8 },  { 19.5, 1.0, 72, 0.7 },  { 20.0, 3.0, 76, 0.8 },
	{ 20.0, 3.5, 57, 0.5 },  { 21.5, 1.0, 79, 0.7 },  { 22.0, 2.0, 72, 0.8 },
	{ 24.0, 2.0, 77, 0.9 },  { 24.0, 3.5, 53, 0.5 },  { 25.5, 1.0, 76, 0.7 },
	{ 26.0, 2.0, 74, 0.8 },  { 27.5, 1.0, 72, 0.7 },  { 28.0, 3.0, 71, 0.8 },
	{ 28.0, 3.5, 59, 0.5 },  { 29.5, 1.0, 74, 0.7 },  { 30.0, 2.0, 77, 0.8 },
	/* last chord */
	{ 32.0, 5.0, 60, 0.6 },  { 32.0, 5.0, 76, 0.8 },  { 32.0, 5.0, 83, 0.6 },
};

static const struct note BASS[] = {
	{ 16.0, 1.4, 36, 1.0 },  { 17.5, 0.5, 36, 0.7 },  { 18.0, 1.0, 43, 0.9 },
	{ 19.0, 1.0, 40, 0.8 },  { 20.0, 1.4, 33, 1.0 },  { 21.5, 0.5, 33, 0.7 },
	{ 22.0, 1.0, 40, 0.9 },  { 23.0, 1.0, 36, 0.8 },  { 24.0, 1.4, 38, 1.0 },
	{ 25.5, 0.5, 38, 0.7 },  { 26.0, 1.0, 33, 0.9 },  { 27.0, 1.0, 41, 0.8 },
	{ 28.0, 1.4, 31, 1.0 },  { 29.5, 0.5, 31, 0.7 },  { 30.0, 1.0, 38, 0.9 },
	{ 31.0, 1.0, 35, 0.8 },  { 32.0, 5.0, 36, 1.0 },
};

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static double seconds_at(double beat)
{
	return beat * 60.0 / BEATS_PER_MINUTE;
}

static double hz_of(int midi)
{
	return 440.0 * pow(2.0, (midi - 69) / 12.0);
}

/* White noise of -1..1 from a linear congruential generator: the same on every machine. */
static double noise(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return (double)*state / 2147483648.0 - 1.0;
}

/* 0 up to 1 and back to 0: a raised cosine at each end of a note, so that nothing can click. */
static double envelope(double seconds, double length_s, double attack_s, double release_s)
{
	double in = fmin(1.0, seconds / attack_s);
	double out = fmin(1.0, (length_s - seconds) / release_s);
	double level = fmax(0.0, fmin(in, out));

	return 0.5 - 0.5 * cos(PI * level);
}

static void add_sample(struct mix *mix, size_t at, enum ear ear, double value)
{
	if (at >= mix->count)
		return;
	if (ear & LEFT)
		mix->frames[at][0] += value;
	if (ear & RIGHT)
		mix->frames[at][1] += value;
}

/* --- sustained instruments ------------------------------------------------------------------ */

/* A bar's first modes are near 1 : 4 : 10; the disks in the pipes turn the sound up and down. */
static double vibraphone_voice(double hz, double seconds)
{
	const double tremolo_hz = 5.2;
	double bar = sin(2.0 * PI * hz * seconds) * exp(-seconds / 1.3) +
		     0.22 * sin(2.0 * PI * 4.0 * hz * seconds) * exp(-seconds / 0.25) +
		     0.08 * sin(2.0 * PI * 10.0 * hz * seconds) * exp(-seconds / 0.05);

	return bar * (0.85 + 0.15 * cos(2.0 * PI * tremolo_hz * seconds));
}

static double bass_voice(double hz, double seconds)
{
	return sin(2.0 * PI * hz * seconds) * exp(-seconds / 0.9) +
	       0.45 * sin(2.0 * PI * 2.0 * hz * seconds) * exp(-seconds / 0.5) +
	       0.20 * sin(2.0 * PI * 3.0 * hz * seconds) * exp(-seconds / 0.25) +
	       0.08 * sin(2.0 * PI * 5.0 * hz * seconds) * exp(-seconds / 0.1);
}

/* The pitch falls from 130 to 50 Hz within a tenth of a second: the phase is its integral. */
static double drum_voice(double hz, double seconds)
{
	const double fall_s = 0.03, fall_hz = 80.0;
	double turns = hz * seconds + fall_hz * fall_s * (1.0 - exp(-seconds / fall_s));

	return sin(2.0 * PI * turns) * exp(-seconds / 0.13);
}

static void play_note(struct mix *mix, enum ear ear, voice_function *voice,
		      const struct note *note, double level)
{
	const double attack_s = 0.004, release_s = 0.08;
	size_t start = (size_t)(seconds_at(note->beat) * RATE_HZ);
	double length_s = seconds_at(note->beats);

	for (size_t i = 0; i < (size_t)(length_s * RATE_HZ); i++) {
		double seconds = (double)i / RATE_HZ;
		double value = voice(hz_of(note->midi), seconds) *
			       envelope(seconds, length_s, attack_s, release_s);

		add_sample(mix, start + i, ear, level * note->loudness * value);
	}
}

static void play_notes(struct mix *mix, enum ear ear, voice_function *voice,
		       const struct note *notes, size_t count, double level)
{
	for (size_t i = 0; i < count; i++)
		play_note(mix, ear, voice, &notes[i], level);
}

/* --- plucked guitar: Karplus and Strong ------------------------------------------------------ */

enum { STRING_SAMPLES_MAX = 1024 }; /* down to 44 Hz */

/* A string: a loop of one period that loses treble on every round. */
struct string {
	double loop[STRING_SAMPLES_MAX];
	size_t length;
	size_t at;
	double tuning;        /* coefficient of the all-pass for the fraction of a sample */
	double allpass_in, allpass_out;
	double damping;       /* what is left after one round */
};

/* The pluck: noise, softened as by a fingertip, with no mean so that no DC stays in the loop. */
static void pluck(struct string *s, uint32_t *seed, double softness)
{
	double smooth = 0.0, mean = 0.0;

	for (size_t i = 0; i < s->length; i++) {
		smooth += (1.0 - softness) * (noise(seed) - smooth);
		s->loop[i] = smooth;
		mean += smooth / (double)s->length;
	}
	for (size_t i = 0; i < s->length; i++)
		s->loop[i] -= mean;
}

static void string_init(struct string *s, double hz, uint32_t *seed)
{
	/* the mean in the loop takes in the sample after the oldest: half a sample early */
	const double averaging_delay = -0.5;
	const double ring_s = 0.9;          /* until it has decayed to 1/e */
	double period = RATE_HZ / hz - averaging_delay;
	double fraction;

	/* an all-pass is well behaved for delays of 0.3 to 1.3 samples */
	s->length = (size_t)(period - 0.3);
	fraction = period - (double)s->length;
	s->tuning = (1.0 - fraction) / (1.0 + fraction);
	s->allpass_in = s->allpass_out = 0.0;
	s->at = 0;
	s->damping = exp(-1.0 / (hz * ring_s));
	pluck(s, seed, 0.85);
}

static double string_next(struct string *s)
{
	size_t next = (s->at + 1) % s->length;
	double out = s->loop[s->at];
	double mean = s->damping * 0.5 * (out + s->loop[next]);
	double tuned = s->tuning * (mean - s->allpass_out) + s->allpass_in;

	s->allpass_in = mean;
	s->allpass_out = tuned;
	s->loop[s->at] = tuned;
	s->at = next;
	return out;
}

static void play_string(struct mix *mix, enum ear ear, const struct note *note, double level,
			uint32_t *seed)
{
	const double attack_s = 0.002, release_s = 0.05;
	size_t start = (size_t)(seconds_at(note->beat) * RATE_HZ);
	double length_s = seconds_at(note->beats);
	struct string string;

	string_init(&string, hz_of(note->midi), seed);
	for (size_t i = 0; i < (size_t)(length_s * RATE_HZ); i++) {
		double seconds = (double)i / RATE_HZ;
		double value = string_next(&string) *
			       envelope(seconds, length_s, attack_s, release_s);

		add_sample(mix, start + i, ear, level * note->loudness * value);
	}
}

static void play_guitar_bar(struct mix *mix, double first_beat, const int chord[8], double level)
{
	for (int i = 0; i < 8; i++) {
		struct note note = {
			.beat = first_beat + 0.5 * i,
			.beats = i == 0 ? 4.0 : 2.0, /* the thumb's note rings through the bar */
			.midi = chord[i],
			.loudness = i == 0 ? 1.0 : 0.75,
		};
		uint32_t seed = (uint32_t)(first_beat * 16.0) + (uint32_t)i + 1u;

		play_string(mix, LEFT, &note, level, &seed);
	}
}

static void play_guitar_end(struct mix *mix, double first_beat, double level)
{
	for (size_t i = 0; i < COUNT_OF(GUITAR_LAST_CHORD); i++) {
		struct note note = {
			.beat = first_beat + 0.06 * (double)i, /* strummed */
			.beats = 5.0,
			.midi = GUITAR_LAST_CHORD[i],
			.loudness = 0.8,
		};
		uint32_t seed = 1000u + (uint32_t)i;

		play_string(mix, LEFT, &note, level, &seed);
	}
}

/* --- brushed hi-hat -------------------------------------------------------------------------- */

/* Noise without its lows (twice the difference of neighbours), swept on and off by the brush. */
static void play_brush(struct mix *mix, double beat, double loudness)
{
	const double length_s = 0.16, attack_s = 0.012, release_s = 0.06, decay_s = 0.05;
	size_t start = (size_t)(seconds_at(beat) * RATE_HZ);
	uint32_t seed = (uint32_t)(beat * 64.0) + 7u;
	double last = 0.0, before_last = 0.0;

	for (size_t i = 0; i < (size_t)(length_s * RATE_HZ); i++) {
		double seconds = (double)i / RATE_HZ;
		double now = noise(&seed);
		double hiss = 0.25 * (now - 2.0 * last + before_last);

		before_last = last;
		last = now;
		add_sample(mix, start + i, RIGHT, loudness * hiss * exp(-seconds / decay_s) *
			   envelope(seconds, length_s, attack_s, release_s));
	}
}

/* --- the piece ------------------------------------------------------------------------------- */

static void play_guitar(struct mix *mix)
{
	const double level = 2.0;

	play_guitar_bar(mix, 0.0, GUITAR_CHORDS[0], level);
	play_guitar_bar(mix, 4.0, GUITAR_CHORDS[1], level);
	for (int bar = 0; bar < 4; bar++)
		play_guitar_bar(mix, 16.0 + 4.0 * bar, GUITAR_CHORDS[bar], level);
	play_guitar_end(mix, 32.0, 0.8 * level);
}

static void play_drum(struct mix *mix)
{
	for (double beat = 16.0; beat <= 32.0; beat += 2.0) {
		/* the voice's pitch is given in the note: 31 is 49 Hz */
		struct note note = { .beat = beat, .beats = 1.0, .midi = 31, .loudness = 1.0 };

		play_note(mix, CENTRE, drum_voice, &note, 0.36);
	}
}

static void play_brushes(struct mix *mix)
{
	for (double beat = 8.0; beat < 32.0; beat += 1.0) {
		play_brush(mix, beat, 0.16);
		play_brush(mix, beat + 0.5, 0.30);
	}
}

static void play_piece(struct mix *mix)
{
	play_guitar(mix);
	play_notes(mix, RIGHT, vibraphone_voice, VIBRAPHONE, COUNT_OF(VIBRAPHONE), 0.42);
	play_brushes(mix);
	play_notes(mix, CENTRE, bass_voice, BASS, COUNT_OF(BASS), 0.20);
	play_drum(mix);
}

static double peak_of(const struct mix *mix)
{
	double peak = 0.0;

	for (size_t i = 0; i < mix->count; i++)
		peak = fmax(peak, fmax(fabs(mix->frames[i][0]), fabs(mix->frames[i][1])));
	return peak;
}

/* Scale to the wanted peak, fade the end out, round to 16 bits. */
static void master(const struct mix *mix, int16_t (*out)[2])
{
	double scale = 32767.0 * pow(10.0, PEAK_DBFS / 20.0) / peak_of(mix);

	for (size_t i = 0; i < mix->count; i++) {
		double left_s = (double)(mix->count - 1 - i) / RATE_HZ;
		double fade = 0.5 - 0.5 * cos(PI * fmin(1.0, left_s / FADE_OUT_S));

		out[i][0] = (int16_t)lround(mix->frames[i][0] * scale * fade);
		out[i][1] = (int16_t)lround(mix->frames[i][1] * scale * fade);
	}
}

int main(void)
{
	struct mix mix = { .count = (size_t)(TRACK_S * RATE_HZ) };
	int16_t (*out)[2] = calloc(mix.count, sizeof(*out));
	bool written = false;

	mix.frames = calloc(mix.count, sizeof(*mix.frames));
	if (mix.frames && out) {
		play_piece(&mix);
		master(&mix, out);
		written = fwrite(out, sizeof(*out), mix.count, stdout) == mix.count &&
			  fflush(stdout) == 0;
	}
	if (!written)
		perror("demo_track");
	free(mix.frames);
	free(out);
	return written ? EXIT_SUCCESS : EXIT_FAILURE;
}
