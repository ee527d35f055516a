/* alsa-crossfeed - the named crossfeeds */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "presets.h"

#include <math.h>

#include "decibel.h"

/* libbs2b's two parameters. */
struct bs2b {
	double cut_hz, feed_db;
};

/* A passive network of resistors and capacitors: its two rates, 1 / RC, in 1/s. */
struct passive {
	double own, cross;
};

/*
 * A row has one of the three.  State files and mixers of cards remember
 * presets by their places: new rows go to the end.
 */
struct row {
	const char *name;
	struct crossfeed_params params;
	struct bs2b bs2b;
	struct passive passive;
};

/*
 * headroom: what fits the published figures of HeadRoom's amplifiers best.
 * headroom-centre: a mono sound is coloured by 1 + X, X being the other path of
 * headroom over the own; both paths are corrected by nearly 1 / sqrt |1 + X|, so
 * that a sound in the centre and one in a single channel share the colour, +-1 dB
 * each, and what is between the ears stays.  tests/unit/fit_presets.c fits both.
 * meier: R1/R2 = 0.47 and C1 R2 = 1 ms, so own is 1/(C1 R1), cross 1/(C1 R2).
 */
static const struct row rows[PRESETS] = {
	[PRESET_HEADROOM] = { "headroom", .params =
		{ .level_db = -11.7, .lowpass_hz = 2650, .allpass_hz = 950 } },
	[PRESET_HEADROOM_STRONG] = { "headroom-strong", .params =
		{ .level_db = -8, .lowpass_hz = 2000, .allpass_hz = 1000 } },
	[PRESET_BS2B_DEFAULT] = { "bs2b-default", .bs2b = { 700, 4.5 } },
	[PRESET_BS2B_CMOY] = { "bs2b-cmoy", .bs2b = { 700, 6 } },
	[PRESET_BS2B_JMEIER] = { "bs2b-jmeier", .bs2b = { 650, 9.5 } },
	[PRESET_LINKWITZ] = { "linkwitz", .bs2b = { 700, 3 } },
	[PRESET_MEIER] = { "meier", .passive = { .own = 2128, .cross = 1000 } },
	[PRESET_HEADROOM_CENTRE] = { "headroom-centre", .params =
		{ .level_db = -11.7, .lowpass_hz = 2650, .allpass_hz = 950, .output_db = -1.004,
		  .correction = { { 808, 1099 }, { 7233, 5465 } } } },
	[PRESET_BS2B_LIGHT] = { "bs2b-light", .bs2b = { 650, 13 } },
};

/* libbs2b's definition of its filters. */
static struct crossfeed_params bs2b_params(const struct bs2b *p)
{
	double cross_db = -5 * p->feed_db / 6 - 3;
	double direct_db = p->feed_db / 6 - 3;
	double cross = decibel_factor(cross_db);
	double direct = decibel_factor(direct_db);
	double depth_db = decibel_of(1 - direct);

	return (struct crossfeed_params){
		.level_db = cross_db,
		.lowpass_hz = p->cut_hz,
		.direct_db = direct_db,
		.direct_hz = p->cut_hz * exp2((cross_db - depth_db) / 12),
		.output_db = -decibel_of(direct + cross),
		.mapping = CROSSFEED_EXPONENTIAL,
	};
}

/* Both paths have one pole, own + 2 cross; together they are 1, so mono passes as it is. */
static struct crossfeed_params passive_params(const struct passive *p)
{
	double pole = p->own + 2 * p->cross;
	double pole_hz = pole / (2 * acos(-1));

	return (struct crossfeed_params){
		.level_db = decibel_of(p->cross / pole),
		.lowpass_hz = pole_hz,
		.direct_db = decibel_of((p->own + p->cross) / pole),
		.direct_hz = pole_hz,
	};
}

const char *preset_name(enum preset preset)
{
	return rows[preset].name;
}

struct crossfeed_params preset_params(enum preset preset)
{
	const struct row *row = &rows[preset];

	if (row->bs2b.cut_hz > 0)
		return bs2b_params(&row->bs2b);
	if (row->passive.own > 0)
		return passive_params(&row->passive);
	return row->params;
}
