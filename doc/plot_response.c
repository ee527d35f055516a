/* alsa-crossfeed - draws the responses in doc/, measured on the very filter that plays */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * plot_response response|presets >FILE.svg
 *
 * response: what the preset headroom does to one channel alone, to a sound in
 * both channels and to one in both with opposite signs, with what was published
 * of HeadRoom's amplifiers.  presets: all presets for a sound in both channels.
 *
 * Colours come from a style sheet inside the picture, which has a second set
 * for those who read on a dark page.
 */

#include "presets.h"
#include "sound.h"

#include <complex.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RATE_HZ = 96000, FRAMES = 8192, POINTS = 240 };
enum { WIDTH = 760, HEIGHT = 400, LEFT = 56, TOP = 44, BOTTOM = 350 };

static const double LOWEST_HZ = 20, HIGHEST_HZ = 20000;

/* What is sent through: left, and the same, the opposite or nothing on the right. */
enum input { INPUT_LEFT, INPUT_IN_PHASE, INPUT_OUT_OF_PHASE };

/* The impulse response of one channel's output. */
struct response {
	double left[FRAMES];
	double right[FRAMES];
};

/* The field the curves are in: its right edge, and the vertical axis. */
struct field {
	int right;
	double min_db, max_db, step_db;
};

/* Words at a frequency and a level, moved by some pixels. */
struct label {
	const char *class;
	double hz, db;
	int dx, dy;
	const char *text;
};

static void measure(struct response *r, enum preset preset, enum input input)
{
	static double lr[2 * FRAMES];
	struct settings settings = settings_initial();
	struct sound sound;

	memset(lr, 0, sizeof(lr));
	lr[0] = 1;
	lr[1] = input == INPUT_LEFT ? 0 : input == INPUT_IN_PHASE ? 1 : -1;
	settings.value[SETTING_PRESET] = preset;
	settings.value[SETTING_HEADROOM_DB] = 0;
	if (sound_init(&sound, &settings, RATE_HZ, 1) < 0)
		exit(EXIT_FAILURE);
	sound_process(&sound, lr, FRAMES);
	for (int n = 0; n < FRAMES; n++) {
		r->left[n] = lr[2 * n];
		r->right[n] = lr[2 * n + 1];
	}
}

static double level_db(const double *impulse, double hz)
{
	double complex sum = 0;

	for (int n = 0; n < FRAMES; n++)
		sum += impulse[n] * cexp(-2 * M_PI * I * fmod(hz / RATE_HZ * n, 1));
	return 20 * log10(cabs(sum));
}

static double x_of(const struct field *field, double hz)
{
	return LEFT + (field->right - LEFT) * log(hz / LOWEST_HZ) / log(HIGHEST_HZ / LOWEST_HZ);
}

static double y_of(const struct field *field, double db)
{
	return BOTTOM - (BOTTOM - TOP) * (db - field->min_db) / (field->max_db - field->min_db);
}

static void begin(const char *title)
{
	printf("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\">\n"
	       "<title>%s</title>\n", WIDTH, HEIGHT, title);
	puts("<!-- made by doc/plot_response.c: make pictures -->\n"
	     "<style>\n"
	     "svg { font: 13px sans-serif }\n"
	     ".page { fill: #fff } .ink { color: #24292f } .title { font-weight: bold }\n"
	     ".grid { color: #d8dee4 } .zero { color: #8c959f }\n"
	     ".c0 { color: #0969da } .c1 { color: #1a7f37 } .c2 { color: #bc4c00 }\n"
	     ".c3 { color: #8250df } .c4 { color: #bf3989 } .c5 { color: #9a6700 }\n"
	     ".c6 { color: #57606a } .c7 { color: #cf222e } .c8 { color: #1b7c83 }\n"
	     "@media (prefers-color-scheme: dark) {\n"
	     ".page { fill: #0d1117 } .ink { color: #e6edf3 }\n"
	     ".grid { color: #2b323b } .zero { color: #7d8590 }\n"
	     ".c0 { color: #58a6ff } .c1 { color: #3fb950 } .c2 { color: #f0883e }\n"
	     ".c3 { color: #bc8cff } .c4 { color: #f778ba } .c5 { color: #d29922 }\n"
	     ".c6 { color: #a0a8b1 } .c7 { color: #ff7b72 } .c8 { color: #39c5cf }\n"
	     "}\n"
	     "text { fill: currentColor } line { stroke: currentColor }\n"
	     ".curve { fill: none; stroke: currentColor; stroke-width: 2.2 }\n"
	     ".point { stroke: currentColor; stroke-width: 1.8 }\n"
	     "</style>");
	printf("<rect class=\"page\" width=\"%d\" height=\"%d\"/>\n", WIDTH, HEIGHT);
	printf("<text class=\"ink title\" x=\"%d\" y=\"25\">%s</text>\n", LEFT, title);
}

static void draw_line(const char *class, double x1, double y1, double x2, double y2)
{
	printf("<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n", class,
	       x1, y1, x2, y2);
}

static void draw_text(double x, double y, const char *anchor, const char *text)
{
	printf("<text class=\"ink\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>\n", x, y,
	       anchor, text);
}

static void draw_label(const struct field *field, const struct label *label)
{
	printf("<text class=\"%s\" x=\"%.1f\" y=\"%.1f\">%s</text>\n", label->class,
	       x_of(field, label->hz) + label->dx, y_of(field, label->db) + label->dy,
	       label->text);
}

static void draw_frequencies(const struct field *field)
{
	static const struct {
		double hz;
		const char *name;
	} ticks[] = {
		{ 20, "20" }, { 50, "50" }, { 100, "100" }, { 200, "200" }, { 500, "500" },
		{ 1000, "1k" }, { 2000, "2k" }, { 5000, "5k" }, { 10000, "10k" }, { 20000, "20k" },
	};

	for (size_t t = 0; t < sizeof(ticks) / sizeof(ticks[0]); t++) {
		double x = x_of(field, ticks[t].hz);

		draw_line("grid", x, TOP, x, BOTTOM);
		draw_text(x, BOTTOM + 18, "middle", ticks[t].name);
	}
	draw_text((LEFT + field->right) / 2.0, BOTTOM + 38, "middle", "frequency, Hz");
}

static void draw_levels(const struct field *field)
{
	char name[16];

	for (double db = field->min_db; db <= field->max_db; db += field->step_db) {
		double y = y_of(field, db);

		draw_line(db == 0 ? "zero" : "grid", LEFT, y, field->right, y);
		snprintf(name, sizeof(name), "%s%.0f", db > 0 ? "+" : db < 0 ? "\u2212" : "",
			 fabs(db));	/* with a true minus sign */
		draw_text(LEFT - 8, y + 4.5, "end", name);
	}
	printf("<text class=\"ink\" transform=\"translate(17 %.1f) rotate(-90)\" "
	       "text-anchor=\"middle\">level, dB</text>\n", (TOP + BOTTOM) / 2.0);
}

/* dashes is empty for a whole line, else lengths of strokes and gaps. */
static void draw_curve(const struct field *field, const char *class, const char *dashes,
		       const double *impulse)
{
	printf("<path class=\"curve %s\" stroke-dasharray=\"%s\" d=\"", class,
	       *dashes ? dashes : "none");
	for (int p = 0; p <= POINTS; p++) {
		double hz = LOWEST_HZ * pow(HIGHEST_HZ / LOWEST_HZ, (double)p / POINTS);
		double y = y_of(field, level_db(impulse, hz));

		if (y > BOTTOM)
			break;
		printf("%s%.1f %.1f", p == 0 ? "M" : "L", x_of(field, hz), y);
	}
	puts("\"/>");
}

static void draw_circle(const char *class, double x, double y)
{
	printf("<circle class=\"page point %s\" cx=\"%.1f\" cy=\"%.1f\" r=\"4.5\"/>\n", class, x, y);
}

static void draw_diamond(const char *class, double x, double y)
{
	printf("<path class=\"page point %s\" d=\"M%.1f %.1fl6 6l-6 6l-6 -6z\"/>\n", class, x,
	       y - 6);
}

/*
 * Stereophile of the Supreme: the driven channel as in bypass, the other nearly
 * 12 dB down before it rolls off above 1 kHz, in phase 2 dB up in the bass and a
 * notch of 2 dB at 2 kHz.  Of the Total BitHead: in phase and out of phase cross
 * at about 700 Hz, the level not being said.
 */
static void draw_published(const struct field *field, double crossing_db)
{
	static const struct {
		const char *class;
		double hz, db;
	} points[] = { { "ink", 1000, 0 }, { "c2", 300, -12 }, { "c0", 100, 2 }, { "c0", 2000, -2 } };
	double x = LEFT + 20, y = BOTTOM - 40;

	for (size_t p = 0; p < sizeof(points) / sizeof(points[0]); p++)
		draw_circle(points[p].class, x_of(field, points[p].hz), y_of(field, points[p].db));
	draw_diamond("ink", x_of(field, 700), y_of(field, crossing_db));
	draw_circle("ink", x, y);
	draw_text(x + 13, y + 4.5, "start", "published of the Supreme (Stereophile, 1994)");
	draw_diamond("ink", x, y + 21);
	draw_text(x + 13, y + 25.5, "start",
		  "published of the Total BitHead (2004): blue and green cross at 700 Hz");
}

static void plot_response(void)
{
	static const struct field field = { 744, -20, 4, 4 };
	static const struct label labels[] = {
		{ "c0", 20, 2, 6, -7, "in both (mono)" },
		{ "ink", 20, 0, 6, -6, "in one channel: that ear" },
		{ "c1", 20, -2.6, 6, 14, "in both, opposite signs (out of phase)" },
		{ "c2", 20, -11.7, 6, -8, "in one channel: the other ear" },
	};
	static struct response left, in_phase, out_of_phase;

	measure(&left, PRESET_HEADROOM, INPUT_LEFT);
	measure(&in_phase, PRESET_HEADROOM, INPUT_IN_PHASE);
	measure(&out_of_phase, PRESET_HEADROOM, INPUT_OUT_OF_PHASE);
	begin("Preset headroom: what an ear gets of a sound");
	draw_frequencies(&field);
	draw_levels(&field);
	draw_curve(&field, "ink", "", left.left);
	draw_curve(&field, "c2", "", left.right);
	draw_curve(&field, "c1", "", out_of_phase.left);
	draw_curve(&field, "c0", "", in_phase.left);
	draw_published(&field, level_db(in_phase.left, 700));
	for (size_t l = 0; l < sizeof(labels) / sizeof(labels[0]); l++)
		draw_label(&field, &labels[l]);
}

/* Names at the right end of their curves, no nearer to each other than a line of text. */
struct end {
	enum preset preset;
	double y;
};

static int compare_ends(const void *a, const void *b)
{
	const struct end *x = a, *y = b;

	return (x->y > y->y) - (x->y < y->y);
}

static void push_apart(struct end *ends)
{
	const double line = 16;

	qsort(ends, PRESETS, sizeof(*ends), compare_ends);
	for (int turn = 0; turn < 200; turn++)
		for (int e = 1; e < PRESETS; e++) {
			double lack = line - (ends[e].y - ends[e - 1].y);

			if (lack > 0) {
				ends[e - 1].y -= lack / 2;
				ends[e].y += lack / 2;
			}
		}
}

/* A colour and a dash for each; more presets than colours begin anew with other dashes. */
enum { COLOURS = 9 };

static const char *dashes_of(int preset)
{
	static const char *const dashes[] = { "", "9 4", "3 3", "12 3 2 3" };

	return dashes[(preset + preset / COLOURS) % 4];
}

static void class_of(char class[8], int preset)
{
	snprintf(class, 8, "c%d", preset % COLOURS);
}

static void plot_presets(void)
{
	static const struct field field = { 630, -4, 4, 1 };
	static struct response r;
	struct end ends[PRESETS];
	char class[8];

	begin("The presets, for a sound in both channels (mono)");
	draw_frequencies(&field);
	draw_levels(&field);
	for (int p = PRESETS - 1; p >= 0; p--) {
		measure(&r, (enum preset)p, INPUT_IN_PHASE);
		class_of(class, p);
		draw_curve(&field, class, dashes_of(p), r.left);
		ends[p] = (struct end){ (enum preset)p, y_of(&field, level_db(r.left, HIGHEST_HZ)) };
	}
	push_apart(ends);
	for (int e = 0; e < PRESETS; e++) {
		class_of(class, ends[e].preset);
		printf("<text class=\"%s\" x=\"%d\" y=\"%.1f\">%s</text>\n", class, field.right + 8,
		       ends[e].y + 4.5, preset_name(ends[e].preset));
	}
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "response") == 0)
		plot_response();
	else if (argc == 2 && strcmp(argv[1], "presets") == 0)
		plot_presets();
	else
		return EXIT_FAILURE;
	puts("</svg>");
	return EXIT_SUCCESS;
}
