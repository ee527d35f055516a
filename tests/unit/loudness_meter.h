/* alsa-crossfeed - measures the loudness of stereo frames, and makes noise to measure it with */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * ITU-R BS.1770 without its gates: both channels through the K filter, a shelf
 * and a high-pass, and their mean squares added.  The recommendation prints
 * coefficients for 48 kHz only; these are the analogue filters they are made of,
 * and test_crossfeed compares.
 */

#ifndef LOUDNESS_METER_H
#define LOUDNESS_METER_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>

#include "signals.h"

struct loudness_filter {
	double b[3], a[3];		/* a[0] is 1 */
	double state[2];		/* transposed direct form II */
};

static inline double loudness_filtered(struct loudness_filter *f, double x)
{
	double y = f->b[0] * x + f->state[0];

	f->state[0] = f->b[1] * x - f->a[1] * y + f->state[1];
	f->state[1] = f->b[2] * x - f->a[2] * y;
	return y;
}

/* (high s^2 + band s + low) / (s^2 + s / q + 1), s in units of hz, by the bilinear transform. */
static inline struct loudness_filter loudness_second_order(double high, double band, double low,
							   double q, double hz, double rate_hz)
{
	double k = tan(SIGNALS_PI * hz / rate_hz);
	double a0 = 1 + k / q + k * k;

	return (struct loudness_filter){
		.b = { (high + band * k + low * k * k) / a0, 2 * (low * k * k - high) / a0,
		       (high - band * k + low * k * k) / a0 },
		.a = { 1, 2 * (k * k - 1) / a0, (1 - k / q + k * k) / a0 },
	};
}

static inline struct loudness_filter loudness_shelf(double rate_hz)
{
	double high = signals_from_db(3.999843853973347);

	return loudness_second_order(high, pow(high, 0.4996667741545416) / 0.7071752369554196, 1,
				     0.7071752369554196, 1681.974450955533, rate_hz);
}

static inline struct loudness_filter loudness_highpass(double rate_hz)
{
	struct loudness_filter f = loudness_second_order(1, 0, 0, 0.5003270373238773,
							 38.13547087602444, rate_hz);

	/* the recommendation's has the numerator 1, -2, 1 */
	f.b[0] = f.b[2] = 1;
	f.b[1] = -2;
	return f;
}

/* In LKFS, of interleaved frames at full scale 1, the first tenth left to the filters. */
static inline double loudness_of(const double *lr, size_t frames, double rate_hz)
{
	double square = 0;

	for (unsigned int c = 0; c < 2; c++) {
		struct loudness_filter shelf = loudness_shelf(rate_hz);
		struct loudness_filter highpass = loudness_highpass(rate_hz);

		for (size_t n = 0; n < frames; n++) {
			double y = loudness_filtered(&shelf, lr[2 * n + c]);

			y = loudness_filtered(&highpass, y);
			square += n < frames / 10 ? 0 : y * y;
		}
	}
	return -0.691 + 10 * log10(square / (double)(frames - frames / 10));
}

/* Add a tone to both channels. */
static inline void loudness_add_tone(double *lr, size_t frames, double cycles_per_frame,
				     double phase, double left, double right)
{
	double complex tone = cexp(2 * SIGNALS_PI * I * phase);
	double complex turn = cexp(2 * SIGNALS_PI * I * cycles_per_frame);

	for (size_t n = 0; n < frames; n++) {
		lr[2 * n] += left * creal(tone);
		lr[2 * n + 1] += right * creal(tone);
		tone *= turn;
	}
}

/*
 * Pink noise from 20 Hz to 20 kHz, or half the rate: tones of equal level,
 * equally far from each other on a logarithmic scale.  Of each three, one is in
 * both channels and one in each, so that the correlation is as wanted.
 */
static inline void loudness_fill_pink(double *lr, size_t frames, double rate_hz,
				      double correlation)
{
	const double both = 0.02 * sqrt(correlation), one = 0.02 * sqrt(1 - correlation);
	const double octaves = log2(fmin(20000, 0.5 * rate_hz) / 20);
	const int tones = (int)(36 * octaves);
	uint32_t state = 17;

	for (size_t n = 0; n < 2 * frames; n++)
		lr[n] = 0;
	for (int k = 0; k < tones; k++) {
		double hz = 20 * exp2(octaves * (k + 0.5) / tones);

		loudness_add_tone(lr, frames, hz / rate_hz, signals_noise(&state),
				  k % 3 == 0 ? both : k % 3 == 1 ? one : 0,
				  k % 3 == 0 ? both : k % 3 == 2 ? one : 0);
	}
}

#endif
