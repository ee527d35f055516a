/* alsa-crossfeed - designs the crossfeed filter from dB and Hz */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Each path is a product of first-order factors,
 *
 *   (n0 + n1 q) / (1 - pole q),  q = z^-1,
 *
 * and becomes a sum of one-pole sections by partial fractions: with
 * N_j(z) = n0_j z + n1_j the weight of section k is
 *
 *   N_k(pole_k) * product over j != k of N_j(pole_k) / (pole_k - pole_j)
 *
 * and the direct weight is the product of all n0.  The shelves of brightness
 * and correction are factors of both paths.
 */

#include "crossfeed.h"

#include <complex.h>
#include <math.h>
#include <stddef.h>

#include "decibel.h"
#include "loudness.h"

#define PI 3.14159265358979323846

/* The highest corner in fractions of the rate. */
#define CORNER_MAX 0.45

/* Partial fractions need poles apart; a corner moves by this factor until they are. */
#define CORNER_NUDGE 1.001
#define POLES_APART 1e-4

#define BRIGHTNESS_DB 3.5

/* L1 norm: this long, whatever the rate, the slowest pole has decayed by 200 dB. */
#define IMPULSE_SECONDS_MAX 0.02

/* Loudness: 32 bands are within 0.02 dB of 3000, at every rate. */
#define LOUDNESS_MIN_HZ 20
#define LOUDNESS_MAX_HZ 20000
#define LOUDNESS_CORRELATION 0.6
enum { LOUDNESS_BANDS = 32 };

struct factor {
	double n0, n1, pole;
	unsigned int section;
};

/* At most low-pass, all-pass, brightness and correction. */
struct path {
	struct factor factor[5];
	unsigned int factors;
};

static double corner(double hz, double rate_hz)
{
	return fmin(hz, CORNER_MAX * rate_hz);
}

/* tan(pi f / rate): bilinear transform, exact at the corner. */
static double prewarp(double hz, double rate_hz)
{
	return tan(PI * corner(hz, rate_hz) / rate_hz);
}

static struct factor design_lowpass(double hz, double rate_hz,
				    enum crossfeed_mapping mapping)
{
	if (mapping == CROSSFEED_EXPONENTIAL) {
		double pole = exp(-2 * PI * corner(hz, rate_hz) / rate_hz);

		return (struct factor){ .n0 = 1 - pole, .pole = pole };
	}

	double k = prewarp(hz, rate_hz);
	double b = k / (k + 1);

	return (struct factor){ .n0 = b, .n1 = b, .pole = (1 - k) / (1 + k) };
}

static struct factor design_allpass(double hz, double rate_hz)
{
	double k = prewarp(hz, rate_hz);
	double pole = (1 - k) / (1 + k);

	return (struct factor){ .n0 = -pole, .n1 = 1, .pole = pole };
}

/* Unity minus what the low-pass takes away. */
static struct factor design_direct(const struct crossfeed_params *p, double rate_hz)
{
	struct factor low = design_lowpass(p->direct_hz, rate_hz, p->mapping);
	double depth = 1 - decibel_factor(p->direct_db);

	return (struct factor){
		.n0 = 1 - depth * low.n0,
		.n1 = -low.pole - depth * low.n1,
		.pole = low.pole,
	};
}

/* First-order shelf, unity at 0 Hz and g far above. */
static struct factor design_shelf(double g, double pole_hz, double rate_hz)
{
	double k = prewarp(pole_hz, rate_hz);

	return (struct factor){
		.n0 = (k + g) / (k + 1),
		.n1 = (k - g) / (k + 1),
		.pole = (1 - k) / (1 + k),
	};
}

static struct factor design_brightness(enum crossfeed_brightness brightness, double rate_hz)
{
	double half_gain_hz = brightness == CROSSFEED_BRIGHT ? 3000 : 1500;
	double g = decibel_factor(BRIGHTNESS_DB);

	return design_shelf(g, half_gain_hz * sqrt(g), rate_hz);
}

static void path_add(struct path *path, struct factor factor)
{
	path->factor[path->factors++] = factor;
}

static bool pole_is_free(const struct path *path, double pole)
{
	for (unsigned int k = 0; k < path->factors; k++)
		if (fabs(path->factor[k].pole - pole) < POLES_APART * (1 - fabs(pole)))
			return false;
	return true;
}

static double path_direct(const struct path *path)
{
	double direct = 1;

	for (unsigned int k = 0; k < path->factors; k++)
		direct *= path->factor[k].n0;
	return direct;
}

static double path_weight(const struct path *path, unsigned int k)
{
	double z = path->factor[k].pole;
	double weight = 1;

	for (unsigned int j = 0; j < path->factors; j++) {
		weight *= path->factor[j].n0 * z + path->factor[j].n1;
		if (j != k)
			weight /= z - path->factor[j].pole;
	}
	return weight;
}

/* Give a factor a section of the filter. */
static struct factor claim_section(struct filter_coefs *coefs, struct factor factor)
{
	factor.section = coefs->sections++;
	coefs->section[factor.section].pole = factor.pole;
	return factor;
}

static void set_own(struct filter_coefs *coefs, const struct path *path, double gain)
{
	coefs->own = gain * path_direct(path);
	for (unsigned int k = 0; k < path->factors; k++)
		coefs->section[path->factor[k].section].own = gain * path_weight(path, k);
}

static void set_cross(struct filter_coefs *coefs, const struct path *path, double gain)
{
	coefs->cross = gain * path_direct(path);
	for (unsigned int k = 0; k < path->factors; k++)
		coefs->section[path->factor[k].section].cross = gain * path_weight(path, k);
}

static void add_correction(struct filter_coefs *coefs, struct path *both,
			   const struct crossfeed_correction *c, double rate_hz)
{
	double hz = corner(c->pole_hz, rate_hz);
	double g = c->pole_hz / c->zero_hz;

	if (hz == 0)
		return;
	while (!pole_is_free(both, design_shelf(g, hz, rate_hz).pole))
		hz /= CORNER_NUDGE;
	path_add(both, claim_section(coefs, design_shelf(g, hz, rate_hz)));
}

static void add_own_shelf(struct filter_coefs *coefs, struct path *own,
			  const struct crossfeed_params *params, double rate_hz)
{
	struct crossfeed_params p = *params;

	if (p.direct_db == 0)
		return;
	while (!pole_is_free(own, design_direct(&p, rate_hz).pole))
		p.direct_hz /= CORNER_NUDGE;
	path_add(own, claim_section(coefs, design_direct(&p, rate_hz)));
}

static void add_cross_lowpass(struct filter_coefs *coefs, struct path *cross,
			      const struct crossfeed_params *p, double rate_hz)
{
	double hz = corner(p->lowpass_hz, rate_hz);

	while (!pole_is_free(cross, design_lowpass(hz, rate_hz, p->mapping).pole))
		hz /= CORNER_NUDGE;
	path_add(cross, claim_section(coefs, design_lowpass(hz, rate_hz, p->mapping)));
}

static void add_cross_allpass(struct filter_coefs *coefs, struct path *cross,
			      const struct crossfeed_params *p, double rate_hz)
{
	double hz = corner(p->allpass_hz, rate_hz);

	if (hz == 0)
		return;
	while (!pole_is_free(cross, design_allpass(hz, rate_hz).pole))
		hz /= CORNER_NUDGE;
	path_add(cross, claim_section(coefs, design_allpass(hz, rate_hz)));
}

void crossfeed_design(struct filter_coefs *coefs, const struct crossfeed_params *params,
		      enum crossfeed_brightness brightness, unsigned int rate_hz)
{
	struct path own = { .factors = 0 };
	struct path cross;

	*coefs = (struct filter_coefs){ .own = 1 };
	if (brightness != CROSSFEED_BRIGHTNESS_OFF)
		path_add(&own, claim_section(coefs, design_brightness(brightness, rate_hz)));
	if (!params) {
		set_own(coefs, &own, 1);
		return;
	}
	for (unsigned int k = 0; k < 2; k++)
		add_correction(coefs, &own, &params->correction[k], rate_hz);
	cross = own;
	add_own_shelf(coefs, &own, params, rate_hz);
	add_cross_lowpass(coefs, &cross, params, rate_hz);
	add_cross_allpass(coefs, &cross, params, rate_hz);
	set_own(coefs, &own, decibel_factor(params->output_db));
	set_cross(coefs, &cross, decibel_factor(params->level_db + params->output_db));
}

/* Until no section adds more than one part in 10^12; the slowest pole decides. */
static unsigned int impulse_frames(const struct filter_coefs *coefs)
{
	double slowest = 0;

	for (unsigned int k = 0; k < coefs->sections; k++)
		slowest = fmax(slowest, fabs(coefs->section[k].pole));
	if (slowest == 0)
		return 1;

	double frames = ceil(log(1e-12) / log(slowest)) + 1;

	return (unsigned int)fmin(frames, IMPULSE_SECONDS_MAX * CROSSFEED_RATE_MAX_HZ);
}

double crossfeed_peak_gain(const struct filter_coefs *coefs)
{
	double power[FILTER_SECTIONS] = { 1, 1, 1, 1, 1, 1 };
	double sum = fabs(coefs->own) + fabs(coefs->cross);

	for (unsigned int n = impulse_frames(coefs); n > 0; n--) {
		double own = 0;
		double cross = 0;

		for (unsigned int k = 0; k < coefs->sections; k++) {
			own += coefs->section[k].own * power[k];
			cross += coefs->section[k].cross * power[k];
			power[k] *= coefs->section[k].pole;
		}
		sum += fabs(own) + fabs(cross);
	}
	return sum;
}

/* What the two paths do to a frequency. */
struct response {
	double complex own, cross;
};

static struct response response_at(const struct filter_coefs *coefs, double cycles_per_frame)
{
	double complex q = cexp(-2 * PI * I * cycles_per_frame);
	struct response r = { coefs->own, coefs->cross };

	for (unsigned int k = 0; k < coefs->sections; k++) {
		double complex section = q / (1 - coefs->section[k].pole * q);

		r.own += coefs->section[k].own * section;
		r.cross += coefs->section[k].cross * section;
	}
	return r;
}

static double gain_at(const struct filter_coefs *coefs, double cycles_per_frame)
{
	struct response r = response_at(coefs, cycles_per_frame);

	return cabs(r.own) + cabs(r.cross);
}

double crossfeed_sine_gain(const struct filter_coefs *coefs, unsigned int rate_hz)
{
	const unsigned int points_per_octave = 24;
	double gain = gain_at(coefs, 0.5);

	/* The responses of first-order sections have no narrow features. */
	for (double hz = 1; hz < 0.5 * rate_hz; hz *= exp2(1.0 / points_per_octave))
		gain = fmax(gain, gain_at(coefs, hz / rate_hz));
	return gain;
}

static double loudness_power(struct response r)
{
	double complex product = r.own * conj(r.cross);

	return creal(r.own * conj(r.own) + r.cross * conj(r.cross)) +
	       2 * LOUDNESS_CORRELATION * creal(product);
}

double crossfeed_loudness(const struct filter_coefs *coefs, unsigned int rate_hz)
{
	double octaves = log2(fmin(LOUDNESS_MAX_HZ, 0.5 * rate_hz) / LOUDNESS_MIN_HZ);
	double heard = 0;
	double sent = 0;

	/* pink noise has the same power in each of these */
	for (unsigned int n = 0; n < LOUDNESS_BANDS; n++) {
		double hz = LOUDNESS_MIN_HZ * exp2(octaves * (n + 0.5) / LOUDNESS_BANDS);
		double weight = loudness_weight(hz);

		sent += weight;
		heard += weight * loudness_power(response_at(coefs, hz / rate_hz));
	}
	return sqrt(heard / sent);
}

void crossfeed_scale(struct filter_coefs *coefs, double factor)
{
	coefs->own *= factor;
	coefs->cross *= factor;
	for (unsigned int k = 0; k < coefs->sections; k++) {
		coefs->section[k].own *= factor;
		coefs->section[k].cross *= factor;
	}
}
