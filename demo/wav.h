/* alsa-crossfeed - reads WAV files as stereo and writes 16-bit ones, for the demo programs */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef DEMO_WAV_H
#define DEMO_WAV_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum wav_encoding { WAV_PCM, WAV_FLOAT };

/* An open WAV file, positioned in its samples. Plain data; wav_close() ends it. */
struct wav_reader {
	FILE *file;
	enum wav_encoding encoding;
	unsigned rate_hz;
	unsigned channels;
	unsigned bytes_per_sample;
	uint64_t bytes_left; /* UINT64_MAX: the header does not know, read to the end */
};

/*
 * Open a WAV file of integer PCM (8, 16, 24 or 32 bit) or float (32 or 64 bit), plain or
 * WAVE_FORMAT_EXTENSIBLE. Chunks may come in any order as long as "fmt " is before "data".
 * Returns 0; -EINVAL: no WAV file or a damaged one; -ENOTSUP: compressed; or -errno.
 */
int wav_open(struct wav_reader *wav, const char *path);

/* The words for an error of the functions here. */
const char *wav_strerror(int err);

/*
 * Read up to count frames as left and right, full scale = 1.0. Mono goes to both, of more than
 * two channels the first two are taken. NaN becomes 0, absurd float values are limited.
 * Returns the frames read; fewer than count only at the end.
 */
size_t wav_read(struct wav_reader *wav, double (*frames)[2], size_t count);

void wav_close(struct wav_reader *wav);

/* Write a 16-bit stereo file of count frames. Returns 0 or -errno. */
int wav_write_s16(const char *path, const int16_t (*frames)[2], size_t count, unsigned rate_hz);

#endif
