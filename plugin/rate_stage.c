/* alsa-crossfeed - a PCM that converts its stream to the rate of the PCM behind it */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "rate_stage.h"

#include <alsa/pcm_external.h>
#include <errno.h>
#include <math.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "alsa_samples.h"
#include "downmix.h"
#include "rate_params.h"
#include "samples.h"
#include "slave.h"

/* Most frames that go into the converter at a time, and that come out. */
enum { BLOCK_FRAMES = 256 };

struct rate_stage {
	snd_pcm_ioplug_t io;
	snd_pcm_ioplug_callback_t callbacks;	/* without pause where the slave has none */
	struct rate_stage_params params;
	snd_pcm_t *slave;

	/* set by hw_params */
	enum format format;			/* of the application */
	bool copy;				/* the slave has the application's rate and format */
	unsigned int rate_hz;			/* of the slave */
	snd_pcm_uframes_t slave_buffer;
	snd_pcm_uframes_t reserve;		/* of slave_buffer: see rate_stage.h */
	struct resampler resampler;
	size_t block_frames;			/* into it at a time, so that no more come out */
	char *ring;		/* frames from taken to position, frame n at n % buffer_size */
	snd_pcm_channel_area_t areas[DOWNMIX_CHANNELS_MAX];	/* of the ring */

	/* set by sw_params, of the application */
	snd_pcm_uframes_t boundary, avail_min, stop_threshold;

	atomic_bool begins;			/* prepared, and the fields below are not yet */

	/* frames of the application since prepare */
	uint64_t position;			/* written */
	uint64_t taken;				/* from the ring */
	uint64_t played;			/* as it was last told */
	uint64_t converted;			/* into the converter */
	uint64_t given;				/* to the slave, in its frames */
	bool started;				/* by the application */

	snd_pcm_uframes_t slave_avail;		/* when last asked */
	int event;				/* readable while the application may write */
	bool event_shown;

	float in[BLOCK_FRAMES * DOWNMIX_CHANNELS_MAX];
	float block[BLOCK_FRAMES * DOWNMIX_CHANNELS_MAX];	/* what comes of them */
	const char *out;			/* out_left frames of block or ring, on their way */
	size_t out_left;
};

/* --- from the ring to the slave -------------------------------------------------------------- */

static bool is_draining(const struct rate_stage *stage)
{
	return stage->io.state == SND_PCM_STATE_DRAINING;
}

/* All frames that the slave gets of those that the converter has. */
static uint64_t wanted(const struct rate_stage *stage)
{
	return (uint64_t)llround((double)stage->converted * stage->rate_hz / stage->io.rate);
}

/* At the end of a drain: nothing is left in ring, filter and block. */
static bool is_all_given(const struct rate_stage *stage)
{
	return stage->taken == stage->position && stage->given >= wanted(stage);
}

/* The part of the ring, at most frames of it, that is next and in one piece. */
static size_t next_piece(struct rate_stage *stage, size_t frames, snd_pcm_uframes_t *offset)
{
	snd_pcm_uframes_t piece = (snd_pcm_uframes_t)(stage->position - stage->taken);

	*offset = (snd_pcm_uframes_t)(stage->taken % stage->io.buffer_size);
	if (piece > stage->io.buffer_size - *offset)
		piece = stage->io.buffer_size - *offset;
	return piece < frames ? piece : frames;
}

static void copy_next(struct rate_stage *stage)
{
	snd_pcm_uframes_t offset;

	stage->out_left = next_piece(stage, stage->slave_avail, &offset);
	stage->out = stage->ring + snd_pcm_frames_to_bytes(stage->slave, (snd_pcm_sframes_t)offset);
	stage->taken += stage->out_left;
	stage->converted += stage->out_left;
}

/* What comes out of the converter for the first frames of in, set to those it took. */
static int convert(struct rate_stage *stage, size_t *frames)
{
	long n = resampler_process(&stage->resampler, stage->block, BLOCK_FRAMES, stage->in, frames);

	if (n < 0)
		return (int)n;
	stage->out = (const char *)stage->block;
	stage->out_left = (size_t)n;
	return 0;
}

static int convert_next(struct rate_stage *stage)
{
	snd_pcm_uframes_t offset;
	size_t frames = next_piece(stage, stage->block_frames, &offset);
	int err;

	alsa_samples_read(stage->in, stage->areas, offset, stage->io.channels, stage->format,
			  frames);
	err = convert(stage, &frames);
	if (err < 0)
		return err;
	stage->taken += frames;
	stage->converted += frames;
	return 0;
}

/* Silence behind the stream, until its last frame has come out of the filter. */
static int convert_silence(struct rate_stage *stage)
{
	uint64_t left = wanted(stage) - stage->given;
	size_t frames = stage->block_frames;
	int err;

	memset(stage->in, 0, sizeof(stage->in));
	err = convert(stage, &frames);
	if (stage->out_left > left)
		stage->out_left = (size_t)left;
	return err;
}

/* Get more of what there is on its way. */
static int next_block(struct rate_stage *stage)
{
	if (stage->taken == stage->position)
		return convert_silence(stage);
	if (!stage->copy)
		return convert_next(stage);
	copy_next(stage);
	return 0;
}

/* True if there is more, in a drain also of what the filter holds. */
static bool has_next(const struct rate_stage *stage)
{
	return stage->taken != stage->position || (is_draining(stage) && !is_all_given(stage));
}

/* A slave refuses to start without a frame, so the first one starts it. */
static int start_if_due(struct rate_stage *stage)
{
	if (!stage->started && !is_draining(stage))
		return 0;
	if (stage->given == 0 || snd_pcm_state(stage->slave) != SND_PCM_STATE_PREPARED)
		return 0;
	return snd_pcm_start(stage->slave);
}

static int ask_slave_avail(struct rate_stage *stage)
{
	snd_pcm_sframes_t avail = snd_pcm_avail(stage->slave);

	if (avail < 0)
		return (int)avail;
	/* more than the buffer after an underrun that stops nothing */
	stage->slave_avail = (snd_pcm_uframes_t)avail < stage->slave_buffer ?
			     (snd_pcm_uframes_t)avail : stage->slave_buffer;
	return 0;
}

/* At most what it has room for: some slaves take nothing of what they cannot take whole. */
static int give_block(struct rate_stage *stage)
{
	size_t frames = stage->out_left < stage->slave_avail ? stage->out_left : stage->slave_avail;
	snd_pcm_sframes_t n = snd_pcm_writei(stage->slave, stage->out, frames);

	if (n <= 0)
		return n < 0 ? (int)n : -EAGAIN;
	stage->out += snd_pcm_frames_to_bytes(stage->slave, n);
	stage->out_left -= (size_t)n;
	stage->slave_avail -= (snd_pcm_uframes_t)n;
	stage->given += (uint64_t)n;
	return 0;
}

/* Give the slave all that there is and that it has room for.  0 or -errno. */
static int give(struct rate_stage *stage)
{
	int err = ask_slave_avail(stage);

	while (err == 0 && stage->slave_avail && (stage->out_left || has_next(stage)))
		err = stage->out_left ? give_block(stage) : next_block(stage);
	return err < 0 && err != -EAGAIN ? err : start_if_due(stage);
}

/*
 * True if the slave was unplugged or suspended.  As our own state, that is
 * -ENODEV or -ESTRPIPE in whatever call the application is.
 */
static bool follow_state(struct rate_stage *stage)
{
	snd_pcm_state_t state = snd_pcm_state(stage->slave);

	if (state != SND_PCM_STATE_DISCONNECTED && state != SND_PCM_STATE_SUSPENDED)
		return false;
	/* a card that cannot resume stays suspended until prepare, and our xrun asks for that */
	if (state == SND_PCM_STATE_SUSPENDED && stage->io.state == SND_PCM_STATE_XRUN)
		return false;
	snd_pcm_ioplug_set_state(&stage->io, state);
	return true;
}

/* --- from the application to the ring -------------------------------------------------------- */

/*
 * alsa-lib moves the pointer of an application that rewinds or goes forward, and
 * does not call us.  What was taken is queued and heard all the same.  What is
 * gone forward over is heard as the ring has it.
 */
static void follow_application(struct rate_stage *stage)
{
	snd_pcm_uframes_t ahead = (stage->io.appl_ptr + stage->boundary -
				   (snd_pcm_uframes_t)(stage->position % stage->boundary)) %
				  stage->boundary;

	if (ahead <= stage->boundary / 2)
		stage->position += ahead;
	else if (stage->boundary - ahead <= stage->position)
		stage->position -= stage->boundary - ahead;
	if (stage->taken > stage->position)
		stage->taken = stage->position;
	if (stage->position - stage->taken > stage->io.buffer_size)
		stage->taken = stage->position - stage->io.buffer_size;
	/* after snd_pcm_reset() alsa-lib counts from zero */
	if (stage->played > stage->position)
		stage->played = stage->position;
}

static void put(struct rate_stage *stage, const snd_pcm_channel_area_t *areas,
		snd_pcm_uframes_t offset, snd_pcm_uframes_t size)
{
	const snd_pcm_uframes_t buffer = stage->io.buffer_size;

	snd_pcm_areas_copy_wrap(stage->areas, (snd_pcm_uframes_t)(stage->position % buffer), buffer,
				areas, offset, offset + size, stage->io.channels, size,
				stage->io.format);
	stage->position += size;
}

/* --- position -------------------------------------------------------------------------------- */

/* True in the states in which an application may write. */
static bool is_writable(const struct rate_stage *stage)
{
	return stage->io.state == SND_PCM_STATE_PREPARED ||
	       stage->io.state == SND_PCM_STATE_RUNNING || stage->io.state == SND_PCM_STATE_PAUSED;
}

/*
 * The slave's descriptors say when the slave has room.  Of the application's room
 * in the ring they know nothing, and of the reserve, which is room from the start
 * on, some say nothing before the slave's next period.
 */
static void show_room(struct rate_stage *stage)
{
	snd_pcm_uframes_t avail = stage->io.buffer_size - (snd_pcm_uframes_t)(stage->position -
									      stage->played);
	bool shown = is_writable(stage) && avail >= stage->avail_min;
	uint64_t count = 1;

	if (shown == stage->event_shown)
		return;
	if ((shown ? write(stage->event, &count, sizeof(count)) :
		     read(stage->event, &count, sizeof(count))) == sizeof(count))
		stage->event_shown = shown;
}

static snd_pcm_sframes_t stage_transfer(snd_pcm_ioplug_t *io, const snd_pcm_channel_area_t *areas,
					snd_pcm_uframes_t offset, snd_pcm_uframes_t size)
{
	struct rate_stage *stage = io->private_data;
	int err;

	follow_application(stage);
	put(stage, areas, offset, size);
	err = give(stage);
	if (err < 0)
		return err;
	show_room(stage);
	return (snd_pcm_sframes_t)size;
}

/* Once the stream runs, what the slave has in reserve takes no room. */
static snd_pcm_uframes_t reserve(const struct rate_stage *stage)
{
	return stage->started ? stage->reserve : 0;
}

/* In the slave or on the way to it, and of the application's buffer. */
static snd_pcm_uframes_t queued(const struct rate_stage *stage)
{
	snd_pcm_uframes_t frames = stage->slave_buffer - stage->slave_avail + stage->out_left;

	return frames > reserve(stage) ? frames - reserve(stage) : 0;
}

/*
 * What is inside the filter counts as played: it takes no room.  One frame in
 * may bring two out, so the sum can step back by one, and an application that
 * rewinds steps back itself; what was told must not.
 */
static void follow_slave(struct rate_stage *stage)
{
	uint64_t waiting = stage->position - stage->taken +
			   rate_params_frames(queued(stage), stage->rate_hz, stage->io.rate);

	if (waiting < stage->position && stage->position - waiting > stage->played)
		stage->played = stage->position - waiting;
}

/*
 * alsa-lib ends a drain when all is played, so the last frame counts as played
 * once the slave is drained and not before, whatever was told of it.  stage_drain()
 * waits for that; an application that must not wait asks here until it is so.
 */
static int follow_drain(struct rate_stage *stage)
{
	int err = -EAGAIN;

	if (is_all_given(stage) && (stage->given == 0 || stage->io.nonblock))
		err = stage->given ? snd_pcm_drain(stage->slave) : 0;
	if (err == 0)
		stage->played = stage->position;
	else if (stage->played == stage->position && stage->played)
		stage->played--;
	return err == -EAGAIN ? 0 : err;
}

static int follow(struct rate_stage *stage)
{
	int err;

	follow_application(stage);
	err = give(stage);
	if (err < 0)
		return err;
	follow_slave(stage);
	if (is_draining(stage))
		err = follow_drain(stage);
	show_room(stage);
	return err;
}

static void begin_stream(struct rate_stage *stage)
{
	if (!stage->copy)
		resampler_reset(&stage->resampler);
	stage->position = stage->taken = stage->played = 0;
	stage->converted = stage->given = 0;
	stage->out_left = 0;
	stage->started = false;
	stage->begins = false;
}

static snd_pcm_sframes_t stage_pointer(snd_pcm_ioplug_t *io)
{
	struct rate_stage *stage = io->private_data;
	int err;

	if (stage->begins)
		begin_stream(stage);
	/* an error here is an xrun to alsa-lib, and no application resumes after an xrun */
	if (!stage->ring || follow_state(stage) || !(is_writable(stage) || is_draining(stage)))
		return (snd_pcm_sframes_t)io->hw_ptr;
	err = follow(stage);
	return err < 0 ? err : (snd_pcm_sframes_t)(stage->played % stage->boundary);
}

static int stage_delay(snd_pcm_ioplug_t *io, snd_pcm_sframes_t *delay)
{
	struct rate_stage *stage = io->private_data;
	const double ratio = (double)stage->rate_hz / io->rate;
	snd_pcm_sframes_t slave_delay;
	double inside;
	int err = snd_pcm_delay(stage->slave, &slave_delay);

	if (err < 0)
		return err;
	/* after a drain, rounding may have given a little more than was taken */
	inside = fmax(0, (double)stage->converted - (double)stage->given / ratio);
	*delay = (snd_pcm_sframes_t)(stage->position - stage->taken) +
		 (snd_pcm_sframes_t)lrint(inside + (double)slave_delay / ratio);
	return 0;
}

/* --- thresholds ----------------------------------------------------------------------------- */

/*
 * The slave's room when avail frames of the application's buffer are free, and
 * the others and reserved more are in the slave, or fill it: at least 1.
 */
static snd_pcm_uframes_t slave_room(const struct rate_stage *stage, snd_pcm_uframes_t avail,
				    snd_pcm_uframes_t reserved)
{
	uint64_t kept = stage->io.buffer_size - avail;
	snd_pcm_uframes_t filled = reserved + (snd_pcm_uframes_t)(kept * stage->rate_hz /
								  stage->io.rate);

	return filled < stage->slave_buffer ? stage->slave_buffer - filled : 1;
}

/* A slave that holds less than the application's buffer wakes for each of its periods. */
static snd_pcm_uframes_t slave_avail_min(const struct rate_stage *stage, snd_pcm_uframes_t never)
{
	const snd_pcm_ioplug_t *io = &stage->io;

	if (stage->slave_buffer < rate_params_frames(io->buffer_size, io->rate, stage->rate_hz))
		return 1;
	if (stage->avail_min > io->buffer_size)
		return never;
	return slave_room(stage, stage->avail_min, reserve(stage));
}

/*
 * The slave never starts by itself: alsa-lib compares the application's start
 * threshold, and calls stage_start().  A threshold beyond the buffer is never
 * reached.  The slave plays the reserve before it stops.
 */
static int set_thresholds(struct rate_stage *stage)
{
	snd_pcm_uframes_t never;
	snd_pcm_sw_params_t *sw;

	snd_pcm_sw_params_alloca(&sw);
	if (snd_pcm_sw_params_current(stage->slave, sw) < 0)
		return -EBADFD;
	snd_pcm_sw_params_get_boundary(sw, &never);
	snd_pcm_sw_params_set_start_threshold(stage->slave, sw, never);
	snd_pcm_sw_params_set_avail_min(stage->slave, sw, slave_avail_min(stage, never));
	snd_pcm_sw_params_set_stop_threshold(stage->slave, sw,
					     stage->stop_threshold > stage->io.buffer_size ?
					     never : slave_room(stage, stage->stop_threshold, 0));
	return snd_pcm_sw_params(stage->slave, sw);
}

/* --- state ---------------------------------------------------------------------------------- */

/* The reserve becomes room for the application: follow() shows it at once. */
static int stage_start(snd_pcm_ioplug_t *io)
{
	struct rate_stage *stage = io->private_data;
	int err;

	stage->started = true;
	err = set_thresholds(stage);
	if (err == 0)
		err = follow(stage);
	stage->started = err == 0;
	return err;
}

static int stage_stop(snd_pcm_ioplug_t *io)
{
	struct rate_stage *stage = io->private_data;

	return snd_pcm_drop(stage->slave);
}

/* alsa-lib has not locked the PCM here, and another thread may ask: the pointer's lock is used. */
static int stage_prepare(snd_pcm_ioplug_t *io)
{
	struct rate_stage *stage = io->private_data;
	int err = snd_pcm_prepare(stage->slave);

	if (err < 0)
		return err;
	stage->begins = true;
	snd_pcm_avail_update(io->pcm);
	return set_thresholds(stage);
}

/* Of a stream that has left the draining state: all other states are its good end. */
static int drain_error(const struct rate_stage *stage)
{
	switch (stage->io.state) {
	case SND_PCM_STATE_DISCONNECTED:
		return -ENODEV;
	case SND_PCM_STATE_SUSPENDED:
		return -ESTRPIPE;
	default:
		return 0;
	}
}

/*
 * alsa-lib has not locked the PCM here.  snd_pcm_avail_update() does, gives on,
 * and ends the drain of an application that must not wait.  One that waits does
 * so in the slave, first for room and then for its last frame.
 */
static int stage_drain(snd_pcm_ioplug_t *io)
{
	struct rate_stage *stage = io->private_data;
	int err;

	for (;;) {
		snd_pcm_avail_update(io->pcm);
		if (!is_draining(stage))
			return drain_error(stage);
		if (io->nonblock)
			return -EAGAIN;
		if (is_all_given(stage))
			break;
		err = snd_pcm_wait(stage->slave, -1);
		if (err < 0)
			return err;
	}
	snd_pcm_nonblock(stage->slave, 0);
	err = snd_pcm_drain(stage->slave);
	snd_pcm_nonblock(stage->slave, 1);
	return err;
}

static int stage_pause(snd_pcm_ioplug_t *io, int enable)
{
	struct rate_stage *stage = io->private_data;

	return snd_pcm_pause(stage->slave, enable);
}

/*
 * alsa-lib does not look at what this returns, so the state says it: an xrun has
 * the application prepare, where the card cannot resume.  A slave that is such a
 * plugin itself may still be suspended.
 */
static int stage_resume(snd_pcm_ioplug_t *io)
{
	struct rate_stage *stage = io->private_data;
	int err = snd_pcm_resume(stage->slave);
	snd_pcm_state_t state = snd_pcm_state(stage->slave);

	if (err == -EAGAIN)
		return err;
	snd_pcm_ioplug_set_state(io, err < 0 ? SND_PCM_STATE_XRUN : state);
	return err;
}

/* The slave's, and then our own. */
static int stage_poll_count(snd_pcm_ioplug_t *io)
{
	struct rate_stage *stage = io->private_data;
	int count = snd_pcm_poll_descriptors_count(stage->slave);

	return count < 0 ? count : count + 1;
}

static int stage_poll_descriptors(snd_pcm_ioplug_t *io, struct pollfd *pfd, unsigned int space)
{
	struct rate_stage *stage = io->private_data;
	int count = snd_pcm_poll_descriptors(stage->slave, pfd, space);

	if (count < 0 || (unsigned int)count >= space)
		return count;
	pfd[count] = (struct pollfd){ .fd = stage->event, .events = POLLIN };
	return count + 1;
}

/* As the kernel's poll says it.  There is no ring after hw_free. */
static unsigned short revents_of(const struct rate_stage *stage, snd_pcm_sframes_t avail)
{
	if (stage->ring && is_draining(stage))
		return 0;
	if (!stage->ring || !is_writable(stage) || avail < 0)
		return POLLOUT | POLLERR;
	return (snd_pcm_uframes_t)avail >= stage->avail_min ? POLLOUT : 0;
}

static int stage_poll_revents(snd_pcm_ioplug_t *io, struct pollfd *pfd, unsigned int count,
			      unsigned short *revents)
{
	struct rate_stage *stage = io->private_data;
	unsigned short slave_revents;
	int err = snd_pcm_poll_descriptors_revents(stage->slave, pfd, count - 1, &slave_revents);

	/* after the slave's, because some look at their state only in that call */
	*revents = revents_of(stage, snd_pcm_avail_update(io->pcm));
	if (err == 0 && slave_revents & (POLLERR | POLLNVAL))
		*revents |= POLLOUT | POLLERR;
	return err;
}

/* --- parameters ----------------------------------------------------------------------------- */

static void free_buffers(struct rate_stage *stage)
{
	resampler_free(&stage->resampler);
	free(stage->ring);
	stage->ring = NULL;
	stage->out_left = 0;
}

static int alloc_converter(struct rate_stage *stage)
{
	const snd_pcm_ioplug_t *io = &stage->io;

	/* one frame more may come out than the rates say */
	stage->block_frames = (BLOCK_FRAMES - 1) * (size_t)io->rate / stage->rate_hz;
	if (stage->block_frames > BLOCK_FRAMES)
		stage->block_frames = BLOCK_FRAMES;
	return resampler_init(&stage->resampler, stage->params.quality, io->channels, io->rate,
			      stage->rate_hz);
}

static int alloc_buffers(struct rate_stage *stage)
{
	const snd_pcm_ioplug_t *io = &stage->io;
	unsigned int sample_bits = (unsigned int)snd_pcm_format_physical_width(io->format);

	free_buffers(stage);
	stage->ring = calloc(io->buffer_size, sample_bits / 8 * io->channels);
	if (!stage->ring)
		return -ENOMEM;
	for (unsigned int c = 0; c < io->channels; c++)
		stage->areas[c] = (snd_pcm_channel_area_t){
			.addr = stage->ring, .first = c * sample_bits,
			.step = sample_bits * io->channels,
		};
	return stage->copy ? 0 : alloc_converter(stage);
}

static int stage_hw_params(snd_pcm_ioplug_t *io, snd_pcm_hw_params_t *params)
{
	struct rate_stage *stage = io->private_data;
	int err;

	(void)params;
	stage->rate_hz = stage->params.rate_hz ? stage->params.rate_hz :
			 slave_choose_rate(stage->slave, io->rate);
	if (!alsa_samples_find(&stage->format, io->format) || stage->rate_hz == 0)
		return -EINVAL;
	stage->copy = io->rate == stage->rate_hz;
	*stage->params.converts = !stage->copy;
	err = alloc_buffers(stage);
	if (err < 0)
		return err;
	return rate_params_set_slave(io, stage->slave,
				     stage->copy ? io->format : SND_PCM_FORMAT_FLOAT,
				     stage->rate_hz, &stage->slave_buffer, &stage->reserve);
}

static int stage_hw_free(snd_pcm_ioplug_t *io)
{
	struct rate_stage *stage = io->private_data;

	free_buffers(stage);
	return snd_pcm_hw_free(stage->slave);
}

static int stage_sw_params(snd_pcm_ioplug_t *io, snd_pcm_sw_params_t *params)
{
	struct rate_stage *stage = io->private_data;

	snd_pcm_sw_params_get_boundary(params, &stage->boundary);
	snd_pcm_sw_params_get_avail_min(params, &stage->avail_min);
	snd_pcm_sw_params_get_stop_threshold(params, &stage->stop_threshold);
	return set_thresholds(stage);
}

static snd_pcm_chmap_query_t **stage_query_chmaps(snd_pcm_ioplug_t *io)
{
	struct rate_stage *stage = io->private_data;

	return snd_pcm_query_chmaps(stage->slave);
}

static snd_pcm_chmap_t *stage_get_chmap(snd_pcm_ioplug_t *io)
{
	struct rate_stage *stage = io->private_data;

	return snd_pcm_get_chmap(stage->slave);
}

static int stage_set_chmap(snd_pcm_ioplug_t *io, const snd_pcm_chmap_t *map)
{
	struct rate_stage *stage = io->private_data;

	return snd_pcm_set_chmap(stage->slave, map);
}

static void stage_dump(snd_pcm_ioplug_t *io, snd_output_t *out)
{
	struct rate_stage *stage = io->private_data;

	snd_output_printf(out, "Rate conversion PCM (libsamplerate, %s)\n",
			  resampler_name(stage->params.quality));
	if (stage->ring && stage->copy)
		snd_output_printf(out, "  %u Hz: copied\n", io->rate);
	else if (stage->ring)
		snd_output_printf(out, "  %u -> %u Hz, pitch exact\n", io->rate, stage->rate_hz);
	snd_output_printf(out, "Slave: ");
	snd_pcm_dump(stage->slave, out);
}

static int stage_close(snd_pcm_ioplug_t *io)
{
	struct rate_stage *stage = io->private_data;
	int err = snd_pcm_close(stage->slave);

	free_buffers(stage);
	close(stage->event);
	free(stage);
	return err;
}

static const snd_pcm_ioplug_callback_t all_callbacks = {
	.start = stage_start,
	.stop = stage_stop,
	.pointer = stage_pointer,
	.transfer = stage_transfer,
	.close = stage_close,
	.hw_params = stage_hw_params,
	.hw_free = stage_hw_free,
	.sw_params = stage_sw_params,
	.prepare = stage_prepare,
	.drain = stage_drain,
	.pause = stage_pause,
	.resume = stage_resume,
	.poll_descriptors_count = stage_poll_count,
	.poll_descriptors = stage_poll_descriptors,
	.poll_revents = stage_poll_revents,
	.dump = stage_dump,
	.delay = stage_delay,
	.query_chmaps = stage_query_chmaps,
	.get_chmap = stage_get_chmap,
	.set_chmap = stage_set_chmap,
};

/* --- opening -------------------------------------------------------------------------------- */

static int create(struct rate_stage *stage, const char *name, snd_pcm_stream_t stream, int mode)
{
	stage->event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (stage->event < 0)
		return -errno;
	stage->callbacks = all_callbacks;
	if (!slave_can_pause(stage->slave))
		stage->callbacks.pause = NULL;
	stage->io.version = SND_PCM_IOPLUG_VERSION;
	stage->io.name = "Crossfeed rate conversion";
	stage->io.flags = SND_PCM_IOPLUG_FLAG_BOUNDARY_WA;
	stage->io.callback = &stage->callbacks;
	stage->io.poll_fd = -1;
	stage->io.nonblock = mode & SND_PCM_NONBLOCK;
	return snd_pcm_ioplug_create(&stage->io, name, stream, mode);
}

int rate_stage_open(snd_pcm_t **pcmp, const char *name, snd_pcm_t *slave,
		    const struct rate_stage_params *params, snd_pcm_stream_t stream, int mode)
{
	struct rate_stage *stage = calloc(1, sizeof(*stage));
	int err;

	if (!stage) {
		snd_pcm_close(slave);
		return -ENOMEM;
	}
	stage->params = *params;
	stage->slave = slave;
	stage->io.private_data = stage;
	err = create(stage, name, stream, mode);
	if (err < 0) {
		stage_close(&stage->io);
		return err;
	}
	/* nothing waits inside the slave but a drain */
	err = snd_pcm_nonblock(slave, 1);
	if (err == 0)
		err = rate_params_constrain(&stage->io, slave, params->rate_hz);
	if (err < 0) {
		snd_pcm_ioplug_delete(&stage->io);
		return err;
	}
	*pcmp = stage->io.pcm;
	return 0;
}
