/* alsa-crossfeed - folds one to eight channels down to two ears */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "downmix.h"

#include <errno.h>
#include <math.h>

/* BS.775 says 0.7071; this is what it means. */
#define MINUS_3_DB 0.70710678118654752

static const double weights[DOWNMIX_SPEAKERS][2] = {
	[DOWNMIX_SILENT] = { 0, 0 },
	[DOWNMIX_MONO] = { 1, 1 },
	[DOWNMIX_FRONT_LEFT] = { 1, 0 },
	[DOWNMIX_FRONT_RIGHT] = { 0, 1 },
	[DOWNMIX_CENTRE] = { MINUS_3_DB, MINUS_3_DB },
	[DOWNMIX_LFE] = { 0, 0 },
	[DOWNMIX_REAR_LEFT] = { MINUS_3_DB, 0 },
	[DOWNMIX_REAR_RIGHT] = { 0, MINUS_3_DB },
	[DOWNMIX_SIDE_LEFT] = { MINUS_3_DB, 0 },
	[DOWNMIX_SIDE_RIGHT] = { 0, MINUS_3_DB },
	[DOWNMIX_REAR_CENTRE] = { 0.5, 0.5 },
};

int downmix_design(struct downmix *d, const enum downmix_speaker *speakers,
		   unsigned int channels)
{
	struct downmix made = { .channels = channels };

	if (channels < 1 || channels > DOWNMIX_CHANNELS_MAX)
		return -EINVAL;
	for (unsigned int c = 0; c < channels; c++) {
		enum downmix_speaker speaker = channels == 1 ? DOWNMIX_MONO : speakers[c];

		if (speaker >= DOWNMIX_SPEAKERS || (speaker == DOWNMIX_MONO && channels > 1))
			return -EINVAL;
		made.weight[c][0] = weights[speaker][0];
		made.weight[c][1] = weights[speaker][1];
	}
	*d = made;
	return 0;
}

bool downmix_is_stereo(const struct downmix *d)
{
	return d->channels == 2 && d->weight[0][0] == 1 && d->weight[0][1] == 0 &&
	       d->weight[1][0] == 0 && d->weight[1][1] == 1;
}

bool downmix_is_mono(const struct downmix *d)
{
	return d->channels == 1;
}

double downmix_peak_gain(const struct downmix *d)
{
	double sum[2] = { 0, 0 };

	for (unsigned int c = 0; c < d->channels; c++) {
		sum[0] += d->weight[c][0];
		sum[1] += d->weight[c][1];
	}
	return fmax(sum[0], sum[1]);
}

void downmix_add(const struct downmix *d, double *lr, const double *pairs, unsigned int first,
		 size_t frames)
{
	const double *one = d->weight[first];
	/* beyond the last channel the weights are 0 */
	const double none[2] = { 0, 0 };
	const double *two = first + 1 < d->channels ? d->weight[first + 1] : none;

	for (size_t n = 0; n < frames; n++) {
		lr[2 * n] += one[0] * pairs[2 * n] + two[0] * pairs[2 * n + 1];
		lr[2 * n + 1] += one[1] * pairs[2 * n] + two[1] * pairs[2 * n + 1];
	}
}
