/* alsa-crossfeed - a stand-in DAC for the tests: takes only what its lists say, writes a file */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * pcm.x { type dac  file PATH  formats [ S16 ... ]  rates [ 44100 ... ]
 *         channels N  period_bytes N  periods N  allocate yes
 *         mapped no  held yes  xrun_at FRAMES  fail { after N  error -E }  most N
 *         clock FIFO  tick_frames N  pointer_step FRAMES  underruns yes }
 *
 * null and file take everything; a DAC does not, and one that is not mapped takes
 * writes only.  It is always in time: what was written has been played; a held one
 * plays nothing before drain, and so is full some day.  xrun_at makes it run dry
 * once, when it has got that many frames.  It can pause.  allocate makes it break
 * the rule that nothing allocates while playing, to show that the test of that rule
 * can fail.  fail makes it refuse with that error what comes after N frames, until
 * it is prepared; -ENODEV (unplugged) is for good, and -EAGAIN is said once; after
 * -1 it cannot even be opened.  It takes at most `most` frames at a time.
 *
 * With a clock, its time is what comes through that FIFO: see dac_clock.h.  Then
 * what it is stopped before it has played is not in the file.
 */

#include <alsa/asoundlib.h>
#include <alsa/pcm_external.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <unistd.h>

#include "dac_clock.h"

enum { LIST_MAX = 8 };

struct list {
	unsigned int value[LIST_MAX];
	unsigned int count;
};

struct dac {
	snd_pcm_ioplug_t io;
	snd_pcm_ioplug_callback_t callbacks;
	struct list formats, rates;
	long channels, period_bytes, periods, xrun_at;
	snd_pcm_uframes_t written;	/* since open */
	size_t frame_bytes;
	int file;
	int event;		/* always readable: there is always room */
	bool allocate, held, write_only;
	long fail_after, fail_error, most;
	bool failed;

	bool has_clock;		/* or it is always in time */
	struct dac_clock clock;
};

/* Where the definition says none, because it was written for a card. */
static const struct list usual_formats = {
	.value = { SND_PCM_FORMAT_S16, SND_PCM_FORMAT_S24_3LE, SND_PCM_FORMAT_S32 }, .count = 3,
};

static int dac_start(snd_pcm_ioplug_t *io)
{
	(void)io;
	return 0;
}

static int dac_prepare(snd_pcm_ioplug_t *io)
{
	struct dac *dac = io->private_data;

	if (dac->failed && dac->fail_error == -ENODEV)
		return -ENODEV;
	if (dac->failed)
		dac->fail_error = 0;
	return dac->has_clock ? dac_clock_prepare(&dac->clock) : 0;
}

/* How many of these frames it takes, or its error. */
static snd_pcm_sframes_t dac_takes(struct dac *dac, snd_pcm_uframes_t size)
{
	snd_pcm_sframes_t frames = (snd_pcm_sframes_t)size;
	long room = dac->fail_after - (long)dac->written;
	long error = dac->fail_error;

	if (dac->most && frames > dac->most)
		frames = dac->most;
	if (!error)
		return frames;
	if (room <= 0) {
		dac->failed = true;
		if (error == -EAGAIN)
			dac->fail_error = 0;
		return error;
	}
	return frames < room ? frames : room;
}

static snd_pcm_sframes_t dac_pointer(snd_pcm_ioplug_t *io)
{
	struct dac *dac = io->private_data;

	if (dac->xrun_at && dac->written >= (snd_pcm_uframes_t)dac->xrun_at) {
		dac->xrun_at = 0;
		return -EPIPE;
	}
	if (dac->held)
		return 0;
	if (dac->has_clock)
		return dac_clock_pointer(&dac->clock);
	return (snd_pcm_sframes_t)io->appl_ptr;
}

static snd_pcm_sframes_t dac_transfer(snd_pcm_ioplug_t *io, const snd_pcm_channel_area_t *areas,
				      snd_pcm_uframes_t offset, snd_pcm_uframes_t size)
{
	struct dac *dac = io->private_data;
	size_t frame_bytes = areas->step / 8;
	const char *frames = (char *)areas->addr + areas->first / 8 + offset * frame_bytes;
	snd_pcm_sframes_t taken = dac_takes(dac, size);

	dac->frame_bytes = frame_bytes;
	if (taken < 0)
		return taken;
	size = (snd_pcm_uframes_t)taken;
	if (dac->allocate) {
		/* volatile, or the compiler sees that nobody wants it */
		void *volatile unwanted = malloc(size);

		free(unwanted);
	}
	if (write(dac->file, frames, size * frame_bytes) != (ssize_t)(size * frame_bytes))
		return -EIO;
	dac->written += size;
	if (dac->has_clock)
		dac_clock_give(&dac->clock, size);
	return taken;
}

static int dac_close(snd_pcm_ioplug_t *io)
{
	struct dac *dac = io->private_data;

	close(dac->file);
	close(dac->event);
	if (dac->has_clock)
		dac_clock_close(&dac->clock);
	free(dac);
	return 0;
}

static int dac_drain(snd_pcm_ioplug_t *io)
{
	(void)io;
	return 0;
}

static int dac_pause(snd_pcm_ioplug_t *io, int enable)
{
	(void)io;
	(void)enable;
	return 0;
}

/* --- with a clock --------------------------------------------------------------------------- */

static struct dac_clock *clock_of(snd_pcm_ioplug_t *io)
{
	struct dac *dac = io->private_data;

	return &dac->clock;
}

static int clock_sw_params(snd_pcm_ioplug_t *io, snd_pcm_sw_params_t *params)
{
	return dac_clock_sw_params(clock_of(io), params);
}

static int clock_stop(snd_pcm_ioplug_t *io)
{
	struct dac *dac = io->private_data;

	/* stopped before, which is told again */
	if (io->state == SND_PCM_STATE_SETUP)
		return 0;
	dac->written -= dac->clock.given - dac->clock.played;
	return ftruncate(dac->file, (off_t)(dac->written * dac->frame_bytes)) < 0 ? -errno : 0;
}

static int clock_drain(snd_pcm_ioplug_t *io)
{
	return dac_clock_drain(clock_of(io));
}

static int clock_resume(snd_pcm_ioplug_t *io)
{
	return dac_clock_resume(clock_of(io));
}

static int clock_poll_count(snd_pcm_ioplug_t *io)
{
	(void)io;
	return DAC_CLOCK_DESCRIPTORS;
}

static int clock_poll_descriptors(snd_pcm_ioplug_t *io, struct pollfd *pfd, unsigned int space)
{
	return dac_clock_poll_descriptors(clock_of(io), pfd, space);
}

static int clock_poll_revents(snd_pcm_ioplug_t *io, struct pollfd *pfd, unsigned int count,
			      unsigned short *revents)
{
	(void)pfd;
	(void)count;
	return dac_clock_poll_revents(clock_of(io), revents);
}

/* --- opening -------------------------------------------------------------------------------- */

static const snd_pcm_ioplug_callback_t plain_callbacks = {
	.pause = dac_pause,
	.start = dac_start,
	.stop = dac_start,
	.prepare = dac_prepare,
	.pointer = dac_pointer,
	.transfer = dac_transfer,
	.close = dac_close,
	.drain = dac_drain,
};

static void set_clock_callbacks(snd_pcm_ioplug_callback_t *callbacks)
{
	callbacks->stop = clock_stop;
	callbacks->drain = clock_drain;
	callbacks->resume = clock_resume;
	callbacks->sw_params = clock_sw_params;
	callbacks->poll_descriptors_count = clock_poll_count;
	callbacks->poll_descriptors = clock_poll_descriptors;
	callbacks->poll_revents = clock_poll_revents;
}

static void add_format(struct list *list, const snd_config_t *node)
{
	const char *name;

	if (list->count < LIST_MAX && snd_config_get_string(node, &name) == 0)
		list->value[list->count++] = (unsigned int)snd_pcm_format_value(name);
}

static void add_rate(struct list *list, const snd_config_t *node)
{
	long rate;

	if (list->count < LIST_MAX && snd_config_get_integer(node, &rate) == 0)
		list->value[list->count++] = (unsigned int)rate;
}

static void read_list(struct list *list, snd_config_t *node,
		      void (*add)(struct list *list, const snd_config_t *node))
{
	snd_config_iterator_t i, next;

	snd_config_for_each(i, next, node)
		add(list, snd_config_iterator_entry(i));
}

static int read_failure(struct dac *dac, snd_config_t *node)
{
	snd_config_t *after, *error;

	if (snd_config_search(node, "after", &after) < 0 ||
	    snd_config_search(node, "error", &error) < 0)
		return -EINVAL;
	snd_config_get_integer(after, &dac->fail_after);
	return snd_config_get_integer(error, &dac->fail_error);
}

static int read_frames(snd_pcm_uframes_t *frames, const snd_config_t *node)
{
	long value;
	int err = snd_config_get_integer(node, &value);

	if (err == 0)
		*frames = (snd_pcm_uframes_t)value;
	return err;
}

static int read_key(struct dac *dac, snd_config_t *node)
{
	const char *key, *path;

	snd_config_get_id(node, &key);
	if (strcmp(key, "file") == 0 && snd_config_get_string(node, &path) == 0)
		dac->file = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
	else if (strcmp(key, "formats") == 0)
		read_list(&dac->formats, node, add_format);
	else if (strcmp(key, "rates") == 0)
		read_list(&dac->rates, node, add_rate);
	else if (strcmp(key, "channels") == 0)
		return snd_config_get_integer(node, &dac->channels);
	else if (strcmp(key, "period_bytes") == 0)
		return snd_config_get_integer(node, &dac->period_bytes);
	else if (strcmp(key, "periods") == 0)
		return snd_config_get_integer(node, &dac->periods);
	else if (strcmp(key, "xrun_at") == 0)
		return snd_config_get_integer(node, &dac->xrun_at);
	else if (strcmp(key, "held") == 0)
		dac->held = snd_config_get_bool(node) > 0;
	else if (strcmp(key, "most") == 0)
		return snd_config_get_integer(node, &dac->most);
	else if (strcmp(key, "fail") == 0)
		return read_failure(dac, node);
	else if (strcmp(key, "mapped") == 0)
		dac->write_only = snd_config_get_bool(node) == 0;
	else if (strcmp(key, "allocate") == 0)
		dac->allocate = snd_config_get_bool(node) > 0;
	else if (strcmp(key, "clock") == 0 && snd_config_get_string(node, &path) == 0)
		dac->has_clock = dac_clock_open(&dac->clock, &dac->io, path) == 0;
	else if (strcmp(key, "tick_frames") == 0)
		return read_frames(&dac->clock.tick_frames, node);
	else if (strcmp(key, "pointer_step") == 0)
		return read_frames(&dac->clock.pointer_step, node);
	else if (strcmp(key, "underruns") == 0)
		dac->clock.underruns = snd_config_get_bool(node) > 0;
	return 0;
}

static int constrain(struct dac *dac)
{
	snd_pcm_ioplug_t *io = &dac->io;
	const unsigned int access[] = {
		SND_PCM_ACCESS_RW_INTERLEAVED, SND_PCM_ACCESS_MMAP_INTERLEAVED,
	};
	int err = snd_pcm_ioplug_set_param_list(io, SND_PCM_IOPLUG_HW_ACCESS,
						dac->write_only ? 1 : 2, access);

	if (err == 0)
		err = snd_pcm_ioplug_set_param_list(io, SND_PCM_IOPLUG_HW_FORMAT,
						    dac->formats.count, dac->formats.value);
	if (err == 0 && dac->rates.count)
		err = snd_pcm_ioplug_set_param_list(io, SND_PCM_IOPLUG_HW_RATE,
						    dac->rates.count, dac->rates.value);
	if (err == 0)
		err = snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_CHANNELS,
						      (unsigned int)dac->channels,
						      (unsigned int)dac->channels);
	if (err == 0 && dac->period_bytes)
		err = snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_PERIOD_BYTES,
						      (unsigned int)dac->period_bytes,
						      (unsigned int)dac->period_bytes);
	if (err == 0 && dac->periods)
		err = snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_PERIODS,
						      (unsigned int)dac->periods,
						      (unsigned int)dac->periods);
	return err;
}

static struct dac *dac_new(const snd_config_t *conf)
{
	struct dac *dac = calloc(1, sizeof(*dac));
	snd_config_iterator_t i, next;

	if (!dac)
		return NULL;
	dac->channels = 2;
	dac->file = -1;
	snd_config_for_each(i, next, conf)
		read_key(dac, snd_config_iterator_entry(i));
	if (dac->formats.count == 0)
		dac->formats = usual_formats;
	if (dac->file < 0)
		dac->file = open("/dev/null", O_WRONLY);
	dac->event = open("/dev/zero", O_RDONLY);
	dac->io.version = SND_PCM_IOPLUG_VERSION;
	dac->io.name = "Stand-in DAC";
	dac->callbacks = plain_callbacks;
	if (dac->has_clock)
		set_clock_callbacks(&dac->callbacks);
	dac->io.callback = &dac->callbacks;
	dac->io.private_data = dac;
	/* a whole buffer may be played between two looks at the pointer */
	dac->io.flags = SND_PCM_IOPLUG_FLAG_BOUNDARY_WA;
	dac->io.mmap_rw = 1;
	dac->io.poll_fd = dac->event;
	dac->io.poll_events = POLLIN;
	return dac;
}

/* the macro declares no prototype, and clang asks for one */
SND_PCM_PLUGIN_DEFINE_FUNC(dac);

SND_PCM_PLUGIN_DEFINE_FUNC(dac)
{
	struct dac *dac = dac_new(conf);
	int err;

	(void)root;
	if (!dac)
		return -ENOMEM;
	if (dac->fail_after < 0) {
		err = (int)dac->fail_error;
		dac_close(&dac->io);
		return err;
	}
	err = snd_pcm_ioplug_create(&dac->io, name, stream, mode);
	if (err < 0) {
		dac_close(&dac->io);
		return err;
	}
	err = constrain(dac);
	if (err < 0) {
		snd_pcm_ioplug_delete(&dac->io);
		return err;
	}
	*pcmp = dac->io.pcm;
	return 0;
}

SND_PCM_PLUGIN_SYMBOL(dac);
