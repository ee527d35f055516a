/* alsa-crossfeed - test helper: measure a sine of known frequency */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SINE_H
#define SINE_H

#include <math.h>
#include <stddef.h>

#define TAU 6.283185307179586

struct sine_fit {
	double level_db;	/* of the sine, 0 dB is an amplitude of 1 */
	double thdn_db;		/* everything that is neither the sine nor DC, below the sine */
	double phase_rad;	/* of sin(), at the first frame */
};

static inline double to_db(double ratio)
{
	return 20 * log10(ratio);
}

/* Solve the symmetric 3 x 3 system m a = b by elimination; a replaces b. */
static inline void sine_solve(double m[3][3], double b[3])
{
	for (int i = 0; i < 3; i++)
		for (int j = i + 1; j < 3; j++) {
			const double factor = m[j][i] / m[i][i];

			for (int k = i; k < 3; k++)
				m[j][k] -= factor * m[i][k];
			b[j] -= factor * b[i];
		}

	for (int i = 2; i >= 0; i--) {
		for (int k = i + 1; k < 3; k++)
			b[i] -= m[i][k] * b[k];
		b[i] /= m[i][i];
	}
}

/*
 * Least squares: sine, cosine and DC of exactly this frequency are taken out,
 * the rest is THD+N. The frequency is known (the test made it), so no window is
 * needed and the floor is that of double arithmetic, far below -200 dB. A wrong
 * pitch shows up as a bad THD+N: 1 ppm at 10 kHz over 8192 frames is -33 dB or so.
 */
static inline struct sine_fit sine_fit(const double *samples, size_t frames,
				       double cycles_per_frame)
{
	double m[3][3] = { { 0 } };
	double a[3] = { 0 };
	double rest = 0;
	double amplitude;

	for (size_t n = 0; n < frames; n++) {
		const double turn = TAU * fmod(cycles_per_frame * (double)n, 1);
		const double base[3] = { sin(turn), cos(turn), 1 };

		for (int i = 0; i < 3; i++) {
			a[i] += base[i] * samples[n];
			for (int j = 0; j < 3; j++)
				m[i][j] += base[i] * base[j];
		}
	}
	sine_solve(m, a);

	for (size_t n = 0; n < frames; n++) {
		const double turn = TAU * fmod(cycles_per_frame * (double)n, 1);
		const double error = samples[n] - a[0] * sin(turn) - a[1] * cos(turn) - a[2];

		rest += error * error;
	}

	amplitude = hypot(a[0], a[1]);
	return (struct sine_fit){
		.level_db = to_db(amplitude),
		.thdn_db = to_db(sqrt(rest / (double)frames) / (amplitude / sqrt(2))),
		.phase_rad = atan2(a[1], a[0]),
	};
}

/* The difference of two phases, -pi..pi. */
static inline double phase_difference(double a_rad, double b_rad)
{
	return remainder(a_rad - b_rad, TAU);
}

/*
 * How far the real frequency is from the expected one, in ppm: the phase of the
 * second half against that of the first. Good for errors below half a turn
 * between the middles of the halves.
 */
static inline double sine_pitch_ppm(const double *samples, size_t frames, double cycles_per_frame)
{
	const size_t half = frames / 2;
	const double first = sine_fit(samples, half, cycles_per_frame).phase_rad;
	const double second = sine_fit(samples + half, half, cycles_per_frame).phase_rad;
	const double expected = TAU * fmod(cycles_per_frame * (double)half, 1);

	return phase_difference(second - expected, first) /
	       (TAU * cycles_per_frame * (double)half) * 1e6;
}

#endif
