/* alsa-crossfeed - the named crossfeeds */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "presets.h"

#include <math.h>

/* State files and mixers remember positions: new rows go to the end. */
struct preset_row {
	const char *name;
	struct crossfeed_params params;
	double bs2b_feed_db;		/* if not 0: libbs2b's parameter, see bs2b() */
};

/*
 * headroom: the all-pass and low-pass that meet every published figure of the
 * measured amplifiers.  meier: R1/R2 = 0.47, C1 R2 = 1 ms gives both paths a
 * pole at 4128 rad/s, 1000/4128 across and 3128/4128 direct.  headroom-centre:
 * a mono sound is coloured by 1 + X, X being the other path of headroom over
 * the own; both paths are corrected by nearly 1 / sqrt |1 + X|, so that a sound in
 * the centre and one in a single channel share the colour, +-1 dB each, and what
 * is between the ears stays.  tests/unit/fit_presets.c fits it.
 */
static const struct preset_row rows[PRESETS] = {
	[PRESET_HEADROOM] = { "headroom",
		{ .level_db = -11.7, .lowpass_hz = 2650, .allpass_hz = 950 }, 0 },
	[PRESET_HEADROOM_STRONG] = { "headroom-strong",
		{ .level_db = -8, .lowpass_hz = 2000, .allpass_hz = 1000 }, 0 },
	[PRESET_BS2B_DEFAULT] = { "bs2b-default", { .lowpass_hz = 700 }, 4.5 },
	[PRESET_BS2B_CMOY] = { "bs2b-cmoy", { .lowpass_hz = 700 }, 6 },
	[PRESET_BS2B_JMEIER] = { "bs2b-jmeier", { .lowpass_hz = 650 }, 9.5 },
	[PRESET_LINKWITZ] = { "linkwitz", { .lowpass_hz = 700 }, 3 },
	[PRESET_MEIER] = { "meier",
		{ .level_db = -12.314794, .lowpass_hz = 656.9916,
		  .direct_db = -2.409459, .direct_hz = 656.9916 }, 0 },
	[PRESET_HEADROOM_CENTRE] = { "headroom-centre",
		{ .level_db = -11.7, .lowpass_hz = 2650, .allpass_hz = 950, .output_db = -1.004,
		  .correction = { { 808, 1099 }, { 7233, 5465 } } }, 0 },
	[PRESET_BS2B_LIGHT] = { "bs2b-light", { .lowpass_hz = 650 }, 13 },
};

/* libbs2b's definition of its filters by cut-off frequency and feed level. */
static struct crossfeed_params bs2b(double cut_hz, double feed_db)
{
	double cross_db = -5 * feed_db / 6 - 3;
	double direct_db = feed_db / 6 - 3;
	double cross = pow(10, cross_db / 20);
	double direct = pow(10, direct_db / 20);
	double depth_db = 20 * log10(1 - direct);

	return (struct crossfeed_params){
		.level_db = cross_db,
		.lowpass_hz = cut_hz,
		.direct_db = direct_db,
		.direct_hz = cut_hz * exp2((cross_db - depth_db) / 12),
		.output_db = -20 * log10(direct + cross),
		.mapping = CROSSFEED_EXPONENTIAL,
	};
}

const char *preset_name(enum preset preset)
{
	return rows[preset].name;
}

struct crossfeed_params preset_params(enum preset preset)
{
	const struct preset_row *row = &rows[preset];

	if (row->bs2b_feed_db != 0)
		return bs2b(row->params.lowpass_hz, row->bs2b_feed_db);
	return row->params;
}
