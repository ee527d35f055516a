/* alsa-crossfeed - plays through the built module and reads back what came out */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "playback.h"

#include "config_text.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void use_own_state(struct playback *p)
{
	char folder[128];

	ck_assert_ptr_nonnull(getcwd(folder, sizeof(folder)));
	snprintf(p->state, sizeof(p->state), "%s/%s.state", folder, p->path);
	setenv("XDG_STATE_HOME", p->state, 1);
}

/* What was remembered: of a chain without a card, of the stand-ins for a card. */
static void remove_state(const struct playback *p)
{
	const char *const names[] = { "Crossfeed", "Crossfeed.crossfeed", "Crossfeed.DAC" };
	char path[300];

	for (int n = 0; n < 3; n++) {
		snprintf(path, sizeof(path), "%s/alsa-crossfeed/%s", p->state, names[n]);
		unlink(path);
	}
	snprintf(path, sizeof(path), "%s/alsa-crossfeed", p->state);
	rmdir(path);
	rmdir(p->state);
}

int playback_open(struct playback *p, const char *definition)
{
	char pcm[2000];
	char text[4000];
	int file, err;

	*p = (struct playback){ .path = "playback-XXXXXX" };
	file = mkstemp(p->path);
	ck_assert_int_ge(file, 0);
	close(file);
	use_own_state(p);
	snprintf(pcm, sizeof(pcm), definition, p->path);
	snprintf(text, sizeof(text), "%spcm.test { %s }\n", PLAYBACK_TYPES, pcm);
	p->config = config_from_text(text);
	err = snd_pcm_open_lconf(&p->pcm, "test", SND_PCM_STREAM_PLAYBACK, 0, p->config);
	if (err < 0) {
		p->pcm = NULL;
		playback_close(p);
	}
	return err;
}

int playback_configure(struct playback *p, snd_pcm_access_t access, snd_pcm_format_t format,
		       unsigned int rate_hz)
{
	snd_pcm_hw_params_t *params;
	snd_pcm_uframes_t period = 1024;
	snd_pcm_uframes_t buffer = 4096;
	int err;

	if (p->channels == 0)
		p->channels = 2;
	snd_pcm_hw_params_alloca(&params);
	err = snd_pcm_hw_params_any(p->pcm, params);
	if (err >= 0)
		err = snd_pcm_hw_params_set_access(p->pcm, params, access);
	if (err >= 0)
		err = snd_pcm_hw_params_set_format(p->pcm, params, format);
	if (err >= 0)
		err = snd_pcm_hw_params_set_channels(p->pcm, params, p->channels);
	if (err >= 0)
		err = snd_pcm_hw_params_set_rate(p->pcm, params, rate_hz, 0);
	if (err >= 0)
		err = snd_pcm_hw_params_set_period_size_near(p->pcm, params, &period, NULL);
	if (err >= 0)
		err = snd_pcm_hw_params_set_buffer_size_near(p->pcm, params, &buffer);
	if (err >= 0)
		err = snd_pcm_hw_params(p->pcm, params);
	p->access = access;
	p->format = format;
	return err < 0 ? err : 0;
}

void playback_start(struct playback *p, const char *definition, snd_pcm_access_t access,
		    snd_pcm_format_t format, unsigned int rate_hz)
{
	ck_assert_int_eq(playback_open(p, definition), 0);
	ck_assert_int_eq(playback_configure(p, access, format, rate_hz), 0);
}

static bool is_interleaved(snd_pcm_access_t access)
{
	return access == SND_PCM_ACCESS_RW_INTERLEAVED || access == SND_PCM_ACCESS_MMAP_INTERLEAVED;
}

static snd_pcm_sframes_t write_interleaved(struct playback *p, const char *frames, size_t count)
{
	if (p->access == SND_PCM_ACCESS_RW_INTERLEAVED)
		return snd_pcm_writei(p->pcm, frames, count);
	return snd_pcm_mmap_writei(p->pcm, frames, count);
}

static snd_pcm_sframes_t write_separate(struct playback *p, char *left, char *right,
					size_t count)
{
	void *channels[2] = { left, right };

	if (p->access == SND_PCM_ACCESS_RW_NONINTERLEAVED)
		return snd_pcm_writen(p->pcm, channels, count);
	return snd_pcm_mmap_writen(p->pcm, channels, count);
}

static char *separate(const char *frames, size_t count, size_t bytes, unsigned int channel)
{
	char *samples = malloc(count * bytes + 1);

	ck_assert_ptr_nonnull(samples);
	for (size_t n = 0; n < count; n++)
		memcpy(samples + n * bytes, frames + (2 * n + channel) * bytes, bytes);
	return samples;
}

void playback_write(struct playback *p, const void *frames, size_t count, size_t chunk)
{
	size_t bytes = (size_t)snd_pcm_format_physical_width(p->format) / 8;
	bool interleaved = is_interleaved(p->access);
	char *left = interleaved ? NULL : separate(frames, count, bytes, 0);
	char *right = interleaved ? NULL : separate(frames, count, bytes, 1);

	for (size_t done = 0; done < count;) {
		size_t part = chunk < count - done ? chunk : count - done;
		snd_pcm_sframes_t n = interleaved ?
			write_interleaved(p, (const char *)frames + p->channels * done * bytes,
					  part) :
			write_separate(p, left + done * bytes, right + done * bytes, part);

		ck_assert_msg(n > 0, "write: %s", snd_strerror((int)n));
		done += (size_t)n;
	}
	free(left);
	free(right);
}

static void *read_file(const char *path, size_t *bytes)
{
	FILE *file = fopen(path, "rb");
	char *content;
	long size;

	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(fseek(file, 0, SEEK_END), 0);
	size = ftell(file);
	rewind(file);
	content = malloc((size_t)size + 1);
	ck_assert_ptr_nonnull(content);
	*bytes = fread(content, 1, (size_t)size, file);
	fclose(file);
	return content;
}

void *playback_finish(struct playback *p, size_t *bytes)
{
	void *content;

	ck_assert_int_eq(snd_pcm_drain(p->pcm), 0);
	ck_assert_int_eq(snd_pcm_close(p->pcm), 0);
	p->pcm = NULL;
	content = read_file(p->path, bytes);
	playback_close(p);
	return content;
}

void playback_close(struct playback *p)
{
	if (p->pcm)
		snd_pcm_close(p->pcm);
	p->pcm = NULL;
	snd_config_delete(p->config);
	unlink(p->path);
	remove_state(p);
}

void *playback_through(const char *definition, snd_pcm_format_t format, unsigned int rate_hz,
		       const void *frames, size_t count, size_t *bytes)
{
	struct playback p;

	playback_start(&p, definition, SND_PCM_ACCESS_RW_INTERLEAVED, format, rate_hz);
	playback_write(&p, frames, count, count);
	return playback_finish(&p, bytes);
}
