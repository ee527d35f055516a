/* alsa-crossfeed - test signals and measurements */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#ifndef SIGNALS_H
#define SIGNALS_H

#include <complex.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>

#define SIGNALS_PI 3.14159265358979323846

static inline double signals_db(double ratio)
{
	return 20 * log10(fmax(fabs(ratio), 1e-15));
}

static inline double signals_from_db(double db)
{
	return pow(10, db / 20);
}

/* Uniform in -1 .. 1; the same sequence for the same start. */
static inline double signals_noise(uint32_t *state)
{
	*state = *state * UINT32_C(1664525) + UINT32_C(1013904223);
	return (int32_t)*state * 0x1p-31;
}

/* One sample of a sine of amplitude 1. */
static inline double signals_sine(double hz, double rate_hz, size_t n)
{
	return sin(2 * SIGNALS_PI * fmod(hz / rate_hz * (double)n, 1));
}

/*
 * The response at a frequency, from the impulse response in channel c of
 * interleaved stereo frames.
 */
static inline double complex signals_response(const double *lr, size_t frames, unsigned int c,
					      double cycles_per_frame)
{
	double complex sum = 0;

	for (size_t n = 0; n < frames; n++)
		sum += lr[2 * n + c] * cexp(-2 * SIGNALS_PI * I * fmod(cycles_per_frame * (double)n, 1));
	return sum;
}

#endif
