/* alsa-crossfeed - fits the correction of the preset headroom-centre, and holds it to the fit */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * With X the other path of headroom over the own, a sound in the centre is
 * coloured by 1 + X, and one in a single channel, in its own ear, not at all.
 * A correction C of both paths makes that C (1 + X) and C.  What is sought is a
 * C of two real zeros and poles and a gain whose two curves stay nearest to
 * 0 dB, by the largest distance of either.  The ideal, 1 / sqrt |1 + X|, leaves
 * half the range of 1 + X to each.
 *
 * The circuits are analogue, as include/crossfeed.h has them.  100 kHz is the
 * end because the bilinear transform at 44.1 kHz has at 20 kHz what the circuit
 * has at some 80.  The minimum is flat: other zeros and poles are as good.  So
 * not they are compared, but how far from 0 dB the preset gets.
 *
 * Method: Nelder and Mead's simplex over the gain in dB and the logarithms of the
 * corners, begun anew around its own result until that is no better.
 */

#include "presets.h"

#include <complex.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { UNKNOWNS = 5, POINTS = 120, STEPS = 1000, RESTARTS = 8 };

static const double LOWEST_HZ = 20, HIGHEST_HZ = 100000;

/* How much worse than the fit the preset may be: its figures are rounded. */
static const double TOLERANCE_DB = 0.005;

/* Gain in dB, then the logarithm of each corner: zero, pole, zero, pole. */
struct point {
	double x[UNKNOWNS];
	double worst_db;
};

static struct crossfeed_params headroom;

static double frequency(int n)
{
	return LOWEST_HZ * pow(HIGHEST_HZ / LOWEST_HZ, (double)n / (POINTS - 1));
}

static double db_of(double complex ratio)
{
	return 20 * log10(cabs(ratio));
}

static double centre_db(double hz)
{
	double complex a = I * hz / headroom.allpass_hz;
	double complex l = I * hz / headroom.lowpass_hz;

	return db_of(1 + pow(10, headroom.level_db / 20) * (1 - a) / (1 + a) / (1 + l));
}

static double correction_db(const double *x, double hz)
{
	return x[0] + db_of((1 + I * hz / exp(x[1])) / (1 + I * hz / exp(x[2]))) +
	       db_of((1 + I * hz / exp(x[3])) / (1 + I * hz / exp(x[4])));
}

static double worst_db(const double *x)
{
	double worst = 0;

	for (int n = 0; n < POINTS; n++) {
		double side = correction_db(x, frequency(n));
		double centre = side + centre_db(frequency(n));

		worst = fmax(worst, fmax(fabs(side), fabs(centre)));
	}
	return worst;
}

static void judge(struct point *p)
{
	p->worst_db = worst_db(p->x);
}

static int compare(const void *a, const void *b)
{
	double x = ((const struct point *)a)->worst_db;
	double y = ((const struct point *)b)->worst_db;

	return (x > y) - (x < y);
}

/* On the line from the worst corner through the middle of the others: at 1 in the middle. */
static struct point along(const struct point *simplex, double way)
{
	struct point p = { .worst_db = 0 };

	for (int i = 0; i < UNKNOWNS; i++) {
		double middle = 0;

		for (int c = 0; c < UNKNOWNS; c++)
			middle += simplex[c].x[i] / UNKNOWNS;
		p.x[i] = simplex[UNKNOWNS].x[i] + way * (middle - simplex[UNKNOWNS].x[i]);
	}
	judge(&p);
	return p;
}

static void shrink(struct point *simplex)
{
	for (int c = 1; c <= UNKNOWNS; c++) {
		for (int i = 0; i < UNKNOWNS; i++)
			simplex[c].x[i] = (simplex[c].x[i] + simplex[0].x[i]) / 2;
		judge(&simplex[c]);
	}
}

static void step(struct point *simplex)
{
	struct point *worst = &simplex[UNKNOWNS];
	struct point reflected = along(simplex, 2);
	struct point other;

	if (reflected.worst_db < simplex[0].worst_db) {
		other = along(simplex, 3);
		*worst = other.worst_db < reflected.worst_db ? other : reflected;
	} else if (reflected.worst_db < simplex[UNKNOWNS - 1].worst_db) {
		*worst = reflected;
	} else {
		other = along(simplex, reflected.worst_db < worst->worst_db ? 1.5 : 0.5);
		if (other.worst_db < worst->worst_db)
			*worst = other;
		else
			shrink(simplex);
	}
	qsort(simplex, UNKNOWNS + 1, sizeof(*simplex), compare);
}

static struct point search(const struct point *from)
{
	struct point simplex[UNKNOWNS + 1];

	for (int c = 0; c <= UNKNOWNS; c++) {
		simplex[c] = *from;
		if (c > 0)
			simplex[c].x[c - 1] += 0.1;
		judge(&simplex[c]);
	}
	qsort(simplex, UNKNOWNS + 1, sizeof(*simplex), compare);
	for (int n = 0; n < STEPS; n++)
		step(simplex);
	return simplex[0];
}

static struct point fit(void)
{
	struct point best = { .x = { 0, log(700), log(1000), log(7000), log(5000) } };

	judge(&best);
	for (int n = 0; n < RESTARTS; n++) {
		struct point found = search(&best);

		if (found.worst_db >= best.worst_db)
			break;
		best = found;
	}
	return best;
}

static struct point preset(void)
{
	struct crossfeed_params p = preset_params(PRESET_HEADROOM_CENTRE);
	struct point point = { .x = { p.output_db, log(p.correction[0].zero_hz),
				      log(p.correction[0].pole_hz), log(p.correction[1].zero_hz),
				      log(p.correction[1].pole_hz) } };

	judge(&point);
	return point;
}

static void print(const char *name, const struct point *p)
{
	printf("%s: %.3f dB, zeros at %.0f and %.0f Hz, poles at %.0f and %.0f Hz: within %.4f dB\n",
	       name, p->x[0], exp(p->x[1]), exp(p->x[3]), exp(p->x[2]), exp(p->x[4]), p->worst_db);
}

int main(void)
{
	struct point best, is;

	headroom = preset_params(PRESET_HEADROOM);
	best = fit();
	is = preset();
	print("fit", &best);
	print("headroom-centre", &is);
	return is.worst_db <= best.worst_db + TOLERANCE_DB ? EXIT_SUCCESS : EXIT_FAILURE;
}
