/* alsa-crossfeed - measures what lies far from a tone, and right beside it */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#ifndef SPECTRUM_H
#define SPECTRUM_H

#include <complex.h>
#include <math.h>
#include <stddef.h>

#include "signals.h"

/* A power of two: a second and a third at 48 kHz. */
enum { SPECTRUM_FRAMES = 1 << 16 };

static inline void spectrum_bit_reverse(double complex *x, size_t frames)
{
	for (size_t i = 1, j = 0; i < frames; i++) {
		size_t bit = frames / 2;

		for (; j & bit; bit /= 2)
			j ^= bit;
		j ^= bit;
		if (i < j) {
			double complex swapped = x[i];

			x[i] = x[j];
			x[j] = swapped;
		}
	}
}

/* In place, radix 2; sign -1 is forward, 1 is back without the division. */
static inline void spectrum_transform(double complex *x, size_t frames, int sign)
{
	spectrum_bit_reverse(x, frames);
	for (size_t half = 1; half < frames; half *= 2)
		for (size_t k = 0; k < half; k++) {
			double complex turn = cexp(sign * SIGNALS_PI * I * (double)k / (double)half);

			for (size_t n = k; n < frames; n += 2 * half) {
				double complex odd = turn * x[n + half];

				x[n + half] = x[n] - odd;
				x[n] += odd;
			}
		}
}

/* Four cosine terms (Blackman and Harris), squared: nothing above -180 dB beside a tone. */
static inline double spectrum_window(size_t n)
{
	double turn = 2 * SIGNALS_PI * (double)n / SPECTRUM_FRAMES;
	double w = 0.35875 - 0.48829 * cos(turn) + 0.14128 * cos(2 * turn) - 0.01168 * cos(3 * turn);

	return w * w;
}

/* Channel c of SPECTRUM_FRAMES stereo frames. */
static inline double complex *spectrum_of(const double *lr, unsigned int c)
{
	static double complex x[SPECTRUM_FRAMES];

	for (size_t n = 0; n < SPECTRUM_FRAMES; n++)
		x[n] = spectrum_window(n) * lr[2 * n + c];
	spectrum_transform(x, SPECTRUM_FRAMES, -1);
	return x;
}

/* The highest peak, in dBFS, that is left of frames when all below hz is taken away. */
static inline double spectrum_peak_above(const double *lr, unsigned int c, double hz,
					 double rate_hz)
{
	size_t bin = (size_t)(hz / rate_hz * SPECTRUM_FRAMES);
	double complex *x = spectrum_of(lr, c);
	double peak = 0;

	for (size_t n = 0; n < bin; n++)
		x[n] = x[SPECTRUM_FRAMES - 1 - n] = 0;
	spectrum_transform(x, SPECTRUM_FRAMES, 1);
	for (size_t n = 0; n < SPECTRUM_FRAMES; n++)
		peak = fmax(peak, cabs(x[n]));
	return signals_db(peak / SPECTRUM_FRAMES);
}

/* The highest line at least away_hz from a tone of hz, in dB below the tone's. */
static inline double spectrum_side_bands(const double *lr, unsigned int c, double hz,
					 double away_hz, double rate_hz)
{
	double bin_hz = rate_hz / SPECTRUM_FRAMES;
	double complex *x = spectrum_of(lr, c);
	double tone = 0;
	double side = 0;

	for (size_t n = 0; n < SPECTRUM_FRAMES / 2; n++) {
		if (fabs((double)n * bin_hz - hz) < away_hz)
			tone = fmax(tone, cabs(x[n]));
		else
			side = fmax(side, cabs(x[n]));
	}
	return signals_db(side / tone);
}

#endif
