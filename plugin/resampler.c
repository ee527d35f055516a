/* alsa-crossfeed - sample rate conversion of a stream of interleaved float, by libsamplerate */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "resampler.h"

#include <errno.h>
#include <samplerate.h>

static const int src_types[RESAMPLER_QUALITIES] = {
	[RESAMPLER_FASTEST] = SRC_SINC_FASTEST,
	[RESAMPLER_MEDIUM] = SRC_SINC_MEDIUM_QUALITY,
	[RESAMPLER_BEST] = SRC_SINC_BEST_QUALITY,
};

const char *resampler_name(enum resampler_quality quality)
{
	return src_get_name(src_types[quality]);
}

int resampler_init(struct resampler *r, enum resampler_quality quality,
		   unsigned int channels, unsigned int in_hz, unsigned int out_hz)
{
	int error;

	r->ratio = (double)out_hz / in_hz;
	r->src = src_new(src_types[quality], (int)channels, &error);
	/* its error numbers are not public; with good arguments only memory is left */
	return r->src ? 0 : -ENOMEM;
}

long resampler_process(struct resampler *r, float *out, size_t out_max, const float *in,
		       size_t *frames)
{
	SRC_DATA data = {
		.data_in = in,
		.data_out = out,
		.input_frames = (long)*frames,
		.output_frames = (long)out_max,
		.src_ratio = r->ratio,
	};

	if (src_process(r->src, &data) != 0)
		return -EIO;
	*frames = (size_t)data.input_frames_used;
	return data.output_frames_gen;
}

void resampler_reset(struct resampler *r)
{
	src_reset(r->src);
}

void resampler_free(struct resampler *r)
{
	if (r->src)
		src_delete(r->src);
	r->src = NULL;
}
