/* alsa-crossfeed - fits the presets headroom and headroom-centre, and holds them to the fits */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * headroom.  Level, low-pass and all-pass are sought that come nearest to what
 * was published of HeadRoom's amplifiers, by least squares: each figure counts in
 * units of the error with which it could be read.  The figures fix the three only
 * as well as that, and no better: the preset passes if it meets each within its
 * error, and if the sum of squares is less than 1 above the fit's, which is what
 * one standard deviation of all figures together makes.
 *
 * headroom-centre.  With X the other path of headroom over the own, a sound in
 * the centre is coloured by 1 + X, and one in a single channel, in its own ear, not
 * at all.  A correction C of both paths makes that C (1 + X) and C.  What is sought
 * is a C of two real zeros and poles and a gain whose two curves stay nearest to
 * 0 dB, by the largest distance of either.  The ideal, 1 / sqrt |1 + X|, leaves half
 * the range of 1 + X to each.  The minimum is flat: other zeros and poles are as
 * good.  So not they are compared, but how far from 0 dB the preset gets.
 *
 * The circuits are analogue, as include/crossfeed.h has them.
 *
 * Method: Nelder and Mead's simplex over levels in dB and the logarithms of
 * corners, begun anew around its own result until that is no better.
 */

#include "presets.h"
#include "signals.h"

#include <complex.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

enum { UNKNOWNS_MAX = 5, STEPS = 1000, RESTARTS = 8 };

struct point {
	double x[UNKNOWNS_MAX];
	double cost;
};

struct problem {
	unsigned int unknowns;
	double (*cost)(const double *x);
};

/* --- the simplex -------------------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
	double x = ((const struct point *)a)->cost;
	double y = ((const struct point *)b)->cost;

	return (x > y) - (x < y);
}

/* On the line from the worst corner through the middle of the others: at 1 in the middle. */
static struct point along(const struct problem *p, const struct point *simplex, double way)
{
	struct point found = { .cost = 0 };

	for (unsigned int i = 0; i < p->unknowns; i++) {
		double worst = simplex[p->unknowns].x[i], middle = 0;

		for (unsigned int c = 0; c < p->unknowns; c++)
			middle += simplex[c].x[i] / p->unknowns;
		found.x[i] = worst + way * (middle - worst);
	}
	found.cost = p->cost(found.x);
	return found;
}

static void shrink(const struct problem *p, struct point *simplex)
{
	for (unsigned int c = 1; c <= p->unknowns; c++) {
		for (unsigned int i = 0; i < p->unknowns; i++)
			simplex[c].x[i] = (simplex[c].x[i] + simplex[0].x[i]) / 2;
		simplex[c].cost = p->cost(simplex[c].x);
	}
}

static void step(const struct problem *p, struct point *simplex)
{
	struct point *worst = &simplex[p->unknowns];
	struct point reflected = along(p, simplex, 2);
	struct point other;

	if (reflected.cost < simplex[0].cost) {
		other = along(p, simplex, 3);
		*worst = other.cost < reflected.cost ? other : reflected;
	} else if (reflected.cost < simplex[p->unknowns - 1].cost) {
		*worst = reflected;
	} else {
		other = along(p, simplex, reflected.cost < worst->cost ? 1.5 : 0.5);
		if (other.cost < worst->cost)
			*worst = other;
		else
			shrink(p, simplex);
	}
	qsort(simplex, p->unknowns + 1, sizeof(*simplex), compare);
}

static struct point search(const struct problem *p, const struct point *from)
{
	struct point simplex[UNKNOWNS_MAX + 1];

	for (unsigned int c = 0; c <= p->unknowns; c++) {
		simplex[c] = *from;
		if (c > 0)
			simplex[c].x[c - 1] += 0.1;
		simplex[c].cost = p->cost(simplex[c].x);
	}
	qsort(simplex, p->unknowns + 1, sizeof(*simplex), compare);
	for (int n = 0; n < STEPS; n++)
		step(p, simplex);
	return simplex[0];
}

static struct point fit(const struct problem *p, struct point best)
{
	best.cost = p->cost(best.x);
	for (int n = 0; n < RESTARTS; n++) {
		struct point found = search(p, &best);

		if (found.cost >= best.cost)
			break;
		best = found;
	}
	return best;
}

/* --- headroom ----------------------------------------------------------------------------- */

/* The other path over the own. */
static double complex other_path(const struct crossfeed_params *p, double hz)
{
	double complex a = I * hz / p->allpass_hz;
	double complex l = I * hz / p->lowpass_hz;

	return signals_from_db(p->level_db) * (1 - a) / (1 + a) / (1 + l);
}

static double in_phase_db(const struct crossfeed_params *p, double hz)
{
	return signals_db(cabs(1 + other_path(p, hz)));
}

enum { SHELF_DB, LEVEL_DB, NOTCH_DB, NOTCH_HZ, CROSSING_HZ, DELAY_US, FIGURES };

/*
 * What was published, and the error of its reading: a quarter of a decibel of a
 * printed graph, 5 % of a frequency named in round numbers, 10 % of what is said to be
 * "about".
 */
static const struct {
	const char *name;
	double published, error;
} figures[FIGURES] = {
	/* Stereophile of the Supreme: in phase "shelved up 2dB below 1kHz" ... */
	[SHELF_DB] = { "in phase, bass, dB", 2, 0.25 },
	/* ... the other channel "nearly 12dB down" ... */
	[LEVEL_DB] = { "other channel, dB", -11.8, 0.25 },
	/* ... "a broad 2dB notch centered on 2kHz" */
	[NOTCH_DB] = { "in phase, notch, dB", -2, 0.25 },
	[NOTCH_HZ] = { "the notch, Hz", 2000, 100 },
	/* Stereophile of the Total BitHead: in and out of phase are equal at 700 Hz */
	[CROSSING_HZ] = { "in phase as out of phase, Hz", 700, 35 },
	/* the Maxed Out Home's manual: "about a 300 uSec delay"; taken at 1 kHz */
	[DELAY_US] = { "delay at 1 kHz, us", 300, 30 },
};

/* Where the response in phase is lowest between 0.7 and 6 kHz, by golden sections. */
static double notch_hz(const struct crossfeed_params *p)
{
	const double golden = 0.3819660113;
	double low = log(700), high = log(6000);

	for (int n = 0; n < 60; n++) {
		double a = low + golden * (high - low), b = high - golden * (high - low);

		if (in_phase_db(p, exp(a)) < in_phase_db(p, exp(b)))
			high = b;
		else
			low = a;
	}
	return exp(low);
}

/* Where the other channel is a quarter of a turn behind. */
static double crossing_hz(const struct crossfeed_params *p)
{
	double low = 100, high = 5000;

	for (int n = 0; n < 60; n++) {
		double middle = sqrt(low * high);

		if (creal(other_path(p, middle)) > 0)
			low = middle;
		else
			high = middle;
	}
	return low;
}

static void measure(double figure[FIGURES], const struct crossfeed_params *p)
{
	figure[SHELF_DB] = in_phase_db(p, 20);
	figure[LEVEL_DB] = p->level_db;
	figure[NOTCH_HZ] = notch_hz(p);
	figure[NOTCH_DB] = in_phase_db(p, figure[NOTCH_HZ]);
	figure[CROSSING_HZ] = crossing_hz(p);
	figure[DELAY_US] = (2 * atan(1000 / p->allpass_hz) + atan(1000 / p->lowpass_hz)) /
			   (2 * SIGNALS_PI * 1000) * 1e6;
}

static struct crossfeed_params headroom_params(const double *x)
{
	return (struct crossfeed_params){
		.level_db = x[0], .lowpass_hz = exp(x[1]), .allpass_hz = exp(x[2]),
	};
}

static double headroom_cost(const double *x)
{
	struct crossfeed_params p = headroom_params(x);
	double figure[FIGURES], sum = 0;

	measure(figure, &p);
	for (int f = 0; f < FIGURES; f++)
		sum += pow((figure[f] - figures[f].published) / figures[f].error, 2);
	return sum;
}

static void print_headroom(const char *name, const struct point *point)
{
	printf("%s: level %.2f dB, low-pass %.0f Hz, all-pass %.0f Hz: sum of squares %.3f\n", name,
	       point->x[0], exp(point->x[1]), exp(point->x[2]), point->cost);
}

static bool headroom_is_fitted(const struct crossfeed_params *preset)
{
	const struct problem problem = { 3, headroom_cost };
	struct point is = { .x = { preset->level_db, log(preset->lowpass_hz),
				   log(preset->allpass_hz) } };
	struct point best = fit(&problem, (struct point){ .x = { -10, log(2000), log(700) } });
	double figure[FIGURES];
	bool within = true;

	is.cost = headroom_cost(is.x);
	measure(figure, preset);
	for (int f = 0; f < FIGURES; f++) {
		printf("  %-30s %8.2f, published %g +- %g\n", figures[f].name, figure[f],
		       figures[f].published, figures[f].error);
		within &= fabs(figure[f] - figures[f].published) <= figures[f].error;
	}
	print_headroom("headroom", &is);
	print_headroom("fit", &best);
	return within && is.cost < best.cost + 1;
}

/* --- headroom-centre ---------------------------------------------------------------------- */

/* 100 kHz is the end because the bilinear transform at 44.1 kHz has at 20 kHz what the circuit
 * has at some 80. */
static const double LOWEST_HZ = 20, HIGHEST_HZ = 100000;
enum { POINTS = 120 };

/* How much worse than the fit the preset may be: its figures are rounded. */
static const double TOLERANCE_DB = 0.005;

static double shelf_db(double hz, double log_zero_hz, double log_pole_hz)
{
	return signals_db(cabs((1 + I * hz / exp(log_zero_hz)) / (1 + I * hz / exp(log_pole_hz))));
}

/* Of a gain in dB, then the logarithm of each corner: zero, pole, zero, pole. */
static double centre_cost(const double *x)
{
	const struct crossfeed_params headroom = preset_params(PRESET_HEADROOM);
	double worst_db = 0;

	for (int n = 0; n < POINTS; n++) {
		double hz = LOWEST_HZ * pow(HIGHEST_HZ / LOWEST_HZ, (double)n / (POINTS - 1));
		double side_db = x[0] + shelf_db(hz, x[1], x[2]) + shelf_db(hz, x[3], x[4]);
		double centre_db = side_db + in_phase_db(&headroom, hz);

		worst_db = fmax(worst_db, fmax(fabs(side_db), fabs(centre_db)));
	}
	return worst_db;
}

static void print_centre(const char *name, const struct point *p)
{
	printf("%s: %.3f dB, zeros at %.0f and %.0f Hz, poles at %.0f and %.0f Hz: within %.4f dB\n",
	       name, p->x[0], exp(p->x[1]), exp(p->x[3]), exp(p->x[2]), exp(p->x[4]), p->cost);
}

static bool centre_is_fitted(const struct crossfeed_params *preset)
{
	const struct crossfeed_correction *c = preset->correction;
	const struct problem problem = { 5, centre_cost };
	struct point is = { .x = { preset->output_db, log(c[0].zero_hz), log(c[0].pole_hz),
				   log(c[1].zero_hz), log(c[1].pole_hz) } };
	struct point best = fit(&problem, (struct point){
				.x = { 0, log(700), log(1000), log(7000), log(5000) } });

	is.cost = centre_cost(is.x);
	print_centre("headroom-centre", &is);
	print_centre("fit", &best);
	return is.cost <= best.cost + TOLERANCE_DB;
}

int main(void)
{
	struct crossfeed_params headroom = preset_params(PRESET_HEADROOM);
	struct crossfeed_params centre = preset_params(PRESET_HEADROOM_CENTRE);
	bool fitted = headroom_is_fitted(&headroom);

	return centre_is_fitted(&centre) && fitted ? EXIT_SUCCESS : EXIT_FAILURE;
}
