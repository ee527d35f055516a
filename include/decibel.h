/* alsa-crossfeed - decibels of amplitude */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#ifndef DECIBEL_H
#define DECIBEL_H

#include <math.h>

/* The factor that raises an amplitude by db: 0 is 1, 20 is 10, -INFINITY is 0. */
static inline double decibel_factor(double db)
{
	return pow(10, db / 20);
}

/* The same the other way round, for a factor above 0. */
static inline double decibel_of(double factor)
{
	return 20 * log10(factor);
}

#endif
