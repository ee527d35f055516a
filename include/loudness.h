/* alsa-crossfeed - how much a frequency counts in the loudness of music */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#ifndef LOUDNESS_H
#define LOUDNESS_H

/* |numerator|^2 / |denominator|^2 of (high u^2 + band u + 1) / (u^2 + u / q + 1), u = i x. */
static inline double loudness_second_order_power(double high, double band, double q, double x)
{
	double x2 = x * x;

	return ((1 - high * x2) * (1 - high * x2) + band * band * x2) /
	       ((1 - x2) * (1 - x2) + x2 / (q * q));
}

/*
 * By what the power at hz is multiplied before it is added up: the K weighting
 * of ITU-R BS.1770, as the analogue filters whose bilinear transforms at 48 kHz
 * are the coefficients it prints, a shelf of 4 dB and a high-pass.
 */
static inline double loudness_weight(double hz)
{
	double shelf = loudness_second_order_power(1.584864701, 1.258720930 / 0.7071752370,
						   0.7071752370, hz / 1681.974451);
	double x = hz / 38.13547088;

	return shelf * x * x * x * x * loudness_second_order_power(0, 0, 0.5003270373, x);
}

#endif
