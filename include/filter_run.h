/* alsa-crossfeed - a symmetric two-channel filter: its weights and its memory */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#ifndef FILTER_RUN_H
#define FILTER_RUN_H

/*
 * Each ear hears its own channel through one path and the other channel
 * through another.  Both paths are sums of the same one-pole sections (the
 * parallel form), which see only the input:
 *
 *   s_k[n] = x[n] + pole_k s_k[n-1]
 *   path   = direct x[n] + sum over k of weight_k s_k[n-1]
 *
 * so a section's memory never depends on any weight, and stays below
 * peak / (1 - |pole|).
 */

enum { FILTER_SECTIONS = 6 };

/* What runs; made by crossfeed_design().  |pole| < 1. */
struct filter_coefs {
	double own;			/* direct weight, own channel */
	double cross;			/* direct weight, other channel */
	unsigned int sections;		/* in use, 0 .. FILTER_SECTIONS */
	struct {
		double pole;
		double own;
		double cross;
	} section[FILTER_SECTIONS];
};

/* A filter with its memory: the last two frames of each section, the last of the input. */
struct filter_run {
	struct filter_coefs coefs;
	double input[2];
	double section[FILTER_SECTIONS][4];
};

#endif
