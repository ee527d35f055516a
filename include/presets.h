/* alsa-crossfeed - the named crossfeeds */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#ifndef PRESETS_H
#define PRESETS_H

#include "crossfeed.h"

enum preset {
	PRESET_HEADROOM,		/* HeadRoom's amplifiers as measured; the default */
	PRESET_HEADROOM_STRONG,		/* their stronger version */
	PRESET_BS2B_DEFAULT,		/* libbs2b, 700 Hz, 4.5 dB */
	PRESET_BS2B_CMOY,		/* libbs2b, 700 Hz, 6.0 dB */
	PRESET_BS2B_JMEIER,		/* libbs2b, 650 Hz, 9.5 dB */
	PRESET_LINKWITZ,		/* libbs2b, 700 Hz, 3.0 dB */
	PRESET_MEIER,			/* Meier's passive circuit, flat for mono */
	PRESET_HEADROOM_CENTRE,		/* headroom, with half its colour taken off the centre */
	PRESET_BS2B_LIGHT,		/* libbs2b, 650 Hz, 13 dB: the lightest step of RME's */
	PRESETS,
};

/* The name it has in the configuration, for preset < PRESETS. */
const char *preset_name(enum preset preset);

/* Its values, for preset < PRESETS. */
struct crossfeed_params preset_params(enum preset preset);

#endif
