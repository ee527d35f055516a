/* alsa-crossfeed - designs the crossfeed filter from dB and Hz */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#ifndef CROSSFEED_H
#define CROSSFEED_H

#include "filter.h"

/*
 *   own   --> S ------------------------------(+)--> x output --> correction --> brightness
 *   other --> all-pass --> low-pass --> x level ^
 *
 *   S(s)        = (d + s/wd) / (1 + s/wd),  d = direct level, wd = 2 pi direct_hz
 *   all-pass(s) = (1 - s/wa) / (1 + s/wa)
 *   low-pass(s) = 1 / (1 + s/wl)
 *   correction(s) = product of (1 + s/wz) / (1 + s/wp), of both channels alike
 *
 * The all-pass and the low-pass together delay the other channel, by
 * 1/(pi allpass_hz) + 1/(2 pi lowpass_hz) seconds at low frequencies, so there
 * is no delay line.  Fitted to Stereophile's measurements of HeadRoom's
 * Supreme and Total BitHead amplifiers.
 */

/* How the analogue low-pass and shelf become digital. */
enum crossfeed_mapping {
	CROSSFEED_BILINEAR,	/* pre-warped at the corner: within 0.1 dB to 20 kHz */
	CROSSFEED_EXPONENTIAL,	/* pole exp(-2 pi f / rate), as libbs2b has it */
};

struct crossfeed_params {
	double level_db;	/* of the other channel, -30 .. -3 */
	double lowpass_hz;	/* 300 .. 8000, at most 0.45 of the rate */
	double allpass_hz;	/* 300 .. 5000, or 0 for none */
	double direct_db;	/* own channel's level at low frequencies, -6 .. 0 */
	double direct_hz;	/* pole of that shelf, 300 .. 4000; unused at 0 dB */
	double output_db;	/* both paths */
	struct crossfeed_correction {
		double zero_hz;
		double pole_hz;	/* 0 for none */
	} correction[2];
	enum crossfeed_mapping mapping;
};

/*
 * The treble shelf that takes back the warmth crossfeed gives: +3.5 dB, half of
 * it reached at 3000 Hz (bright) or 1500 Hz (brighter).
 */
enum crossfeed_brightness {
	CROSSFEED_BRIGHTNESS_OFF,
	CROSSFEED_BRIGHT,
	CROSSFEED_BRIGHTER,
};

/* What crossfeed_design() takes, and so what a stream may have. */
enum { CROSSFEED_RATE_MIN_HZ = 8000, CROSSFEED_RATE_MAX_HZ = 768000 };

/*
 * Coefficients for a rate of 8000 .. 768000 Hz.  params NULL is crossfeed off:
 * brightness alone.  No error: values out of range have been refused where they
 * came from, and corners above 0.45 of the rate are lowered to that.
 * Takes some microseconds.  Real-time safe.
 */
void crossfeed_design(struct filter_coefs *coefs, const struct crossfeed_params *params,
		      enum crossfeed_brightness brightness, unsigned int rate_hz);

/*
 * The largest factor by which coefs can raise a peak, over all inputs within
 * full scale in both channels: the sum of the impulse responses' magnitudes of
 * both paths (the L1 norm).  Up to some 100 microseconds at 768 kHz.
 * Real-time safe.
 */
double crossfeed_peak_gain(const struct filter_coefs *coefs);

/*
 * The same over sines in both channels: the maximum of |own| + |cross|.  Real-time
 * safe.
 */
double crossfeed_sine_gain(const struct filter_coefs *coefs, unsigned int rate_hz);

/*
 * The factor by which coefs raise the loudness of music: K-weighted (ITU-R
 * BS.1770), for stereo pink noise from 20 Hz to 20 kHz, or half the rate, whose
 * channels have a correlation of 0.6.  Within 0.05 dB.  Some microseconds at
 * any rate.  Real-time safe.
 */
double crossfeed_loudness(const struct filter_coefs *coefs, unsigned int rate_hz);

/* Multiply the output by a factor.  Real-time safe. */
void crossfeed_scale(struct filter_coefs *coefs, double factor);

#endif
