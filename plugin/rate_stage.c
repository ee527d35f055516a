/* alsa-crossfeed - a PCM that converts its stream to the rate of the PCM behind it */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "rate_stage.h"

#include <alsa/pcm_external.h>
#include <errno.h>
#include <math.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "alsa_samples.h"
#include "crossfeed.h"
#include "downmix.h"
#include "samples.h"
#include "slave.h"

/* Frames converted at a time. */
enum { BLOCK_FRAMES = 256 };

/* 16 frames of 16 bits; no card has shorter periods. */
enum { PERIOD_BYTES_MIN = 32 };

/* What the longest buffer may cost, however large the slave's is, or has at least. */
enum { BUFFER_BYTES_MAX = 8 << 20, BUFFER_BYTES_LEAST = 64 << 10 };

struct rate_stage {
	snd_pcm_ioplug_t io;
	snd_pcm_ioplug_callback_t callbacks;	/* without those the slave has not */
	struct rate_stage_params params;
	snd_pcm_t *slave;
	enum samples_format format;		/* of the application */
	unsigned int frame_bytes;		/* of what goes to the slave */
	unsigned int rate_hz;			/* of the slave, once hw_params are set */
	bool copy;				/* that is the application's */
	struct resampler resampler;
	snd_pcm_uframes_t slave_buffer, boundary;
	snd_pcm_uframes_t reserve;		/* of slave_buffer: see rate_stage.h */

	snd_pcm_uframes_t avail_min, stop_threshold;	/* of the application */
	snd_pcm_uframes_t slave_avail;		/* when last asked */
	bool started;				/* by the application, since prepare */
	int event;				/* readable while the application may write */
	bool event_shown;

	/* frames of the application since prepare, and what it was last told is played */
	uint64_t position, taken, played;
	uint64_t converted, given;		/* frames into the converter, and to the slave */

	/* The application's frames from taken to position, frame n at n % buffer_size. */
	char *ring;
	snd_pcm_channel_area_t areas[DOWNMIX_CHANNELS_MAX];

	float *in;				/* BLOCK_FRAMES */
	float *block;				/* block_max frames: what comes of them */
	size_t block_max;
	const char *out;			/* out_left frames of block or ring, on their way */
	size_t out_left;
};

/* --- frames of the one side in frames of the other ------------------------------------------- */

static snd_pcm_uframes_t frames_floor(uint64_t frames, unsigned int from_hz, unsigned int to_hz)
{
	return (snd_pcm_uframes_t)(frames * to_hz / from_hz);
}

static snd_pcm_uframes_t frames_ceil(uint64_t frames, unsigned int from_hz, unsigned int to_hz)
{
	return (snd_pcm_uframes_t)((frames * to_hz + from_hz - 1) / from_hz);
}

/* --- from the ring to the slave -------------------------------------------------------------- */

static bool is_draining(const struct rate_stage *stage)
{
	return stage->io.state == SND_PCM_STATE_DRAINING;
}

/* Frames that are all the slave will ever get of those the converter has. */
static uint64_t wanted(const struct rate_stage *stage)
{
	return (uint64_t)llround((double)stage->converted * stage->rate_hz / stage->io.rate);
}

/* At the end of a drain: nothing is left in ring, filter and block. */
static bool is_all_given(const struct rate_stage *stage)
{
	return stage->taken == stage->position && stage->out_left == 0 &&
	       (stage->copy || stage->given >= wanted(stage));
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
	stage->out = stage->ring + offset * stage->frame_bytes;
	stage->taken += stage->out_left;
	stage->converted += stage->out_left;
}

/* What comes out of the converter for the first frames of in; returns how many it took. */
static size_t convert(struct rate_stage *stage, size_t frames)
{
	stage->out_left = resampler_process(&stage->resampler, stage->block,
					   stage->block_max, stage->in, &frames);
	stage->out = (const char *)stage->block;
	return frames;
}

static void convert_next(struct rate_stage *stage)
{
	snd_pcm_uframes_t offset;
	size_t frames = next_piece(stage, BLOCK_FRAMES, &offset);

	alsa_samples_read(stage->in, stage->areas, offset, stage->io.channels, stage->format,
			  frames);
	frames = convert(stage, frames);
	stage->taken += frames;
	stage->converted += frames;
}

/* Silence behind the stream, until its last frame has come out of the filter. */
static void convert_silence(struct rate_stage *stage)
{
	uint64_t left = wanted(stage) - stage->given;

	memset(stage->in, 0, BLOCK_FRAMES * stage->io.channels * sizeof(*stage->in));
	convert(stage, BLOCK_FRAMES);
	if (stage->out_left > left)
		stage->out_left = (size_t)left;
}

/* Get more of what there is on its way; false if there is nothing. */
static bool next_block(struct rate_stage *stage)
{
	if (stage->taken != stage->position && stage->copy)
		copy_next(stage);
	else if (stage->taken != stage->position)
		convert_next(stage);
	else if (is_draining(stage) && !is_all_given(stage))
		convert_silence(stage);
	else
		return false;
	return true;
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
	/* beyond the buffer is what it has played of nothing */
	stage->slave_avail = (snd_pcm_uframes_t)avail < stage->slave_buffer ?
			     (snd_pcm_uframes_t)avail : stage->slave_buffer;
	return 0;
}

/* Never more than it has room for: a slave that is to take all or nothing takes nothing. */
static int give_block(struct rate_stage *stage)
{
	size_t frames = stage->out_left < stage->slave_avail ? stage->out_left : stage->slave_avail;
	snd_pcm_sframes_t n = snd_pcm_writei(stage->slave, stage->out, frames);

	if (n <= 0)
		return n < 0 ? (int)n : -EAGAIN;
	stage->out += (size_t)n * stage->frame_bytes;
	stage->out_left -= (size_t)n;
	stage->slave_avail -= (snd_pcm_uframes_t)n;
	stage->given += (uint64_t)n;
	return 0;
}

/* Give the slave all that there is and that it has room for.  0 or -errno. */
static int give(struct rate_stage *stage)
{
	int err = ask_slave_avail(stage);

	while (err == 0 && stage->slave_avail) {
		if (stage->out_left)
			err = give_block(stage);
		else if (!next_block(stage))
			break;
	}
	return err < 0 && err != -EAGAIN ? err : start_if_due(stage);
}

/*
 * A slave that was unplugged or suspended says so in many ways; said by our own
 * state, it becomes -ENODEV or -ESTRPIPE in whatever call the application is.
 * False if it is neither.
 */
static bool follow_state(struct rate_stage *stage)
{
	snd_pcm_state_t state = snd_pcm_state(stage->slave);

	if (state != SND_PCM_STATE_DISCONNECTED && state != SND_PCM_STATE_SUSPENDED)
		return false;
	/* a card that cannot resume stays so until prepare, which an xrun asks for */
	if (state == SND_PCM_STATE_SUSPENDED && stage->io.state == SND_PCM_STATE_XRUN)
		return false;
	snd_pcm_ioplug_set_state(&stage->io, state);
	return true;
}

/* --- from the application to the ring -------------------------------------------------------- */

/*
 * An application that rewinds or goes forward moves its pointer without a word
 * to us.  What was taken cannot be taken back: it is heard, and queued, all the
 * same.  What is gone forward over is heard as the ring has it.
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
	/* a reset: alsa-lib counts from zero, in both */
	if (stage->played > stage->position)
		stage->played = stage->position;
}

static void put(struct rate_stage *stage, const snd_pcm_channel_area_t *areas,
		snd_pcm_uframes_t offset, snd_pcm_uframes_t size)
{
	while (size) {
		snd_pcm_uframes_t at = (snd_pcm_uframes_t)(stage->position % stage->io.buffer_size);
		snd_pcm_uframes_t piece = stage->io.buffer_size - at;

		if (piece > size)
			piece = size;
		snd_pcm_areas_copy(stage->areas, at, areas, offset, stage->io.channels, piece,
				   stage->io.format);
		stage->position += piece;
		offset += piece;
		size -= piece;
	}
}

/* --- position -------------------------------------------------------------------------------- */

/* True in the states in which an application may write. */
static bool is_writable(const struct rate_stage *stage)
{
	return stage->io.state == SND_PCM_STATE_PREPARED ||
	       stage->io.state == SND_PCM_STATE_RUNNING || stage->io.state == SND_PCM_STATE_PAUSED;
}

/*
 * The slave's descriptors wake whoever polls when the slave has room.  That the
 * application has room they tell late or not at all: while the ring has it, and
 * when the start has freed the reserve.
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

static snd_pcm_sframes_t told(const struct rate_stage *stage)
{
	return (snd_pcm_sframes_t)(stage->played % stage->boundary);
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
			   frames_ceil(queued(stage), stage->rate_hz, stage->io.rate);

	if (waiting < stage->position && stage->position - waiting > stage->played)
		stage->played = stage->position - waiting;
}

/*
 * A drain is at its end when all is played to alsa-lib, so the last frame is
 * not before the slave is drained, whatever was told of it.  Only who drains
 * waits for that; an application that does not, asks us again and again.
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

static snd_pcm_sframes_t stage_pointer(snd_pcm_ioplug_t *io)
{
	struct rate_stage *stage = io->private_data;
	int err = 0;

	if (!stage->ring)
		return 0;
	/* an error here would be an xrun to the application, which resumes from none */
	if (!follow_state(stage) && (is_writable(stage) || is_draining(stage)))
		err = follow(stage);
	return err < 0 ? err : told(stage);
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
 * How much room the slave has when of the application's buffer, as much of it as
 * is in the slave, avail frames are free, and reserved more are in the slave; at
 * least 1, also if the slave then holds more than its buffer.
 */
static snd_pcm_uframes_t slave_room(const struct rate_stage *stage, snd_pcm_uframes_t avail,
				    snd_pcm_uframes_t reserved)
{
	snd_pcm_uframes_t filled = reserved + frames_floor(stage->io.buffer_size - avail,
							   stage->io.rate, stage->rate_hz);

	return filled < stage->slave_buffer ? stage->slave_buffer - filled : 1;
}

/* A slave that holds less than the application's buffer wakes to be given more, whoever waits. */
static snd_pcm_uframes_t slave_avail_min(const struct rate_stage *stage, snd_pcm_uframes_t never)
{
	const snd_pcm_ioplug_t *io = &stage->io;

	if (stage->slave_buffer < frames_ceil(io->buffer_size, io->rate, stage->rate_hz))
		return 1;
	if (stage->avail_min > io->buffer_size)
		return never;
	return slave_room(stage, stage->avail_min, reserve(stage));
}

/*
 * The slave never starts by itself: alsa-lib compares the application's start
 * threshold, and calls stage_start().  Beyond the buffer a threshold is never
 * reached.  The reserve is played before the slave stops.
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

/* What was reserve and is room now is shown at once. */
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

static int stage_prepare(snd_pcm_ioplug_t *io)
{
	struct rate_stage *stage = io->private_data;
	int err;

	if (!stage->copy)
		resampler_reset(&stage->resampler);
	stage->position = stage->taken = stage->played = 0;
	stage->converted = stage->given = 0;
	stage->out_left = 0;
	stage->started = false;
	err = snd_pcm_prepare(stage->slave);
	return err < 0 ? err : set_thresholds(stage);
}

/* Of a stream that nobody drains any more; it has ended well if it is set up. */
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
 * alsa-lib has not locked the PCM here.  Its own call locks it, gives on, and
 * ends the drain of an application that does not wait.  One that waits does so
 * in the slave, first for room and then for its last frame.
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
 * alsa-lib does not look at what this returns: say by the state that it has to
 * be prepared.  Offered for cards that cannot resume, too, or nobody would.  The
 * slave may be such a plugin itself, and suspended as before.
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

/* As the kernel's poll says it, of the application's buffer; hw_free may have taken that away. */
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

	/* afterwards: some slaves look at their state only when they are asked like this */
	*revents = revents_of(stage, snd_pcm_avail_update(io->pcm));
	if (err == 0 && slave_revents & (POLLERR | POLLNVAL))
		*revents |= POLLOUT | POLLERR;
	return err;
}

/* --- parameters ----------------------------------------------------------------------------- */

static void free_buffers(struct rate_stage *stage)
{
	resampler_free(&stage->resampler);
	free(stage->in);
	free(stage->block);
	free(stage->ring);
	stage->in = NULL;
	stage->block = NULL;
	stage->ring = NULL;
	stage->out_left = 0;
}

static int alloc_ring(struct rate_stage *stage)
{
	const snd_pcm_ioplug_t *io = &stage->io;
	unsigned int sample_bits = (unsigned int)snd_pcm_format_physical_width(io->format);

	stage->ring = calloc(io->buffer_size, sample_bits / 8 * io->channels);
	for (unsigned int c = 0; c < io->channels; c++)
		stage->areas[c] = (snd_pcm_channel_area_t){
			.addr = stage->ring, .first = c * sample_bits,
			.step = sample_bits * io->channels,
		};
	return stage->ring ? 0 : -ENOMEM;
}

static int alloc_converter(struct rate_stage *stage)
{
	const snd_pcm_ioplug_t *io = &stage->io;
	int err = resampler_init(&stage->resampler, stage->params.quality, io->channels,
				      io->rate, stage->rate_hz);

	if (err < 0)
		return err;
	stage->block_max = frames_ceil(BLOCK_FRAMES, io->rate, stage->rate_hz) + 1;
	stage->in = calloc(BLOCK_FRAMES * io->channels, sizeof(*stage->in));
	stage->block = calloc(stage->block_max * io->channels, sizeof(*stage->block));
	return stage->in && stage->block ? 0 : -ENOMEM;
}

static int alloc_buffers(struct rate_stage *stage)
{
	int err;

	free_buffers(stage);
	err = alloc_ring(stage);
	return err < 0 || stage->copy ? err : alloc_converter(stage);
}

/*
 * One, or some, of the slave's periods are to be as long as the application's, or
 * little longer: what is a frame shorter wakes it a whole period late.
 */
static int set_slave_period(struct rate_stage *stage, snd_pcm_hw_params_t *hw)
{
	snd_pcm_uframes_t max, period = frames_ceil(stage->io.period_size, stage->io.rate,
						    stage->rate_hz);
	snd_pcm_uframes_t least;
	int err = snd_pcm_hw_params_get_period_size_max(hw, &max, NULL);

	if (err < 0)
		return err;
	if (max < period) {
		snd_pcm_uframes_t periods = (period + max - 1) / max;

		period = (period + periods - 1) / periods;
	}
	least = period;
	if (snd_pcm_hw_params_set_period_size_min(stage->slave, hw, &least, NULL) < 0)
		return snd_pcm_hw_params_set_period_size_near(stage->slave, hw, &period, NULL);
	return snd_pcm_hw_params_set_period_size_first(stage->slave, hw, &period, NULL);
}

/*
 * The least that holds the application's buffer and the reserve, or the most there
 * is.  A slave whose periods are longer wakes the application later than it asked
 * for: with the difference in reserve, for each of two periods, as much is left.
 */
static int set_slave_buffer(struct rate_stage *stage, snd_pcm_hw_params_t *hw)
{
	const snd_pcm_ioplug_t *io = &stage->io;
	const snd_pcm_uframes_t own = frames_ceil(io->buffer_size, io->rate, stage->rate_hz);
	const snd_pcm_uframes_t own_period = frames_ceil(io->period_size, io->rate, stage->rate_hz);
	snd_pcm_uframes_t period, buffer;
	int err = snd_pcm_hw_params_get_period_size(hw, &period, NULL);

	if (err < 0)
		return err;
	stage->reserve = period > own_period ? 2 * (period - own_period) : 0;
	buffer = own + stage->reserve;
	if (snd_pcm_hw_params_set_buffer_size_min(stage->slave, hw, &buffer) == 0)
		err = snd_pcm_hw_params_set_buffer_size_first(stage->slave, hw, &buffer);
	else
		err = snd_pcm_hw_params_set_buffer_size_last(stage->slave, hw, &buffer);
	stage->slave_buffer = buffer;
	if (buffer < own + stage->reserve)
		stage->reserve = buffer > own ? buffer - own : 0;
	return err;
}

static int set_slave_times(struct rate_stage *stage, snd_pcm_hw_params_t *hw)
{
	snd_pcm_uframes_t buffer = frames_ceil(stage->io.buffer_size, stage->io.rate,
					       stage->rate_hz);
	int err;

	if (snd_pcm_hw_params_set_buffer_size_min(stage->slave, hw, &buffer) < 0)
		snd_pcm_hw_params_set_buffer_size_last(stage->slave, hw, &buffer);
	err = set_slave_period(stage, hw);
	if (err == 0)
		err = set_slave_buffer(stage, hw);
	return err < 0 ? err : snd_pcm_hw_params(stage->slave, hw);
}

static int set_slave(struct rate_stage *stage)
{
	snd_pcm_format_t format = stage->copy ? stage->io.format : SND_PCM_FORMAT_FLOAT;
	snd_pcm_hw_params_t *hw;
	int err;

	snd_pcm_hw_params_alloca(&hw);
	stage->frame_bytes = (unsigned int)snd_pcm_format_physical_width(format) / 8 *
			     stage->io.channels;
	err = snd_pcm_hw_params_any(stage->slave, hw);
	if (err >= 0)
		err = snd_pcm_hw_params_set_access(stage->slave, hw,
						   SND_PCM_ACCESS_RW_INTERLEAVED);
	if (err >= 0)
		err = snd_pcm_hw_params_set_format(stage->slave, hw, format);
	if (err >= 0)
		err = snd_pcm_hw_params_set_channels(stage->slave, hw, stage->io.channels);
	if (err >= 0)
		err = snd_pcm_hw_params_set_rate(stage->slave, hw, stage->rate_hz, 0);
	return err < 0 ? err : set_slave_times(stage, hw);
}

static int stage_hw_params(snd_pcm_ioplug_t *io, snd_pcm_hw_params_t *params)
{
	struct rate_stage *stage = io->private_data;
	int err;

	(void)params;
	if (!alsa_samples_find(&stage->format, io->format))
		return -EINVAL;
	stage->rate_hz = stage->params.rate_hz ? stage->params.rate_hz :
			 slave_choose_rate(stage->slave, io->rate);
	if (stage->rate_hz == 0)
		return -EINVAL;
	stage->copy = io->rate == stage->rate_hz;
	*stage->params.converts = !stage->copy;
	err = alloc_buffers(stage);
	if (err == 0)
		err = set_slave(stage);
	return err;
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
			  resampler_quality_name(stage->params.quality));
	if (stage->ring && stage->copy)
		snd_output_printf(out, "  %u Hz: copied\n", io->rate);
	else if (stage->ring)
		snd_output_printf(out, "  %u -> %u Hz, pitch exact, latency %zu frames, %lu errors\n",
				  io->rate, stage->rate_hz, stage->resampler.latency_frames,
				  stage->resampler.errors);
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

/* What the slave offers at the rate wanted. */
struct range {
	snd_pcm_uframes_t period_max, buffer_max;	/* frames */
	unsigned int rate_max_hz, period_min_us;
};

/* -errno if the slave has not got that rate. */
static int ask_slave(struct rate_stage *stage, struct range *range)
{
	snd_pcm_hw_params_t *hw;
	int err;

	snd_pcm_hw_params_alloca(&hw);
	err = snd_pcm_hw_params_any(stage->slave, hw);
	if (err >= 0 && stage->params.rate_hz)
		err = snd_pcm_hw_params_set_rate(stage->slave, hw, stage->params.rate_hz, 0);
	if (err < 0) {
		SNDERR("crossfeed: rate %u: the slave cannot be run at this rate (Hz)",
		       stage->params.rate_hz);
		return err;
	}
	if (!snd_pcm_hw_params_can_pause(hw))
		stage->callbacks.pause = NULL;
	err = snd_pcm_hw_params_get_buffer_size_max(hw, &range->buffer_max);
	if (err == 0)
		err = snd_pcm_hw_params_get_period_size_max(hw, &range->period_max, NULL);
	if (err == 0)
		err = snd_pcm_hw_params_get_period_time_min(hw, &range->period_min_us, NULL);
	if (err == 0)
		err = snd_pcm_hw_params_get_rate_max(hw, &range->rate_max_hz, NULL);
	return err;
}

/* Of a stream of 8 bytes a frame at 96 kHz, or at the slave's rate if that is more; or least. */
static unsigned int usual_bytes(const struct range *range, snd_pcm_uframes_t frames,
				unsigned int least)
{
	uint64_t bytes = (uint64_t)frames * 8;

	if (range->rate_max_hz < 96000)
		bytes = bytes * 96000 / range->rate_max_hz;
	if (bytes < least)
		return least;
	return bytes < BUFFER_BYTES_MAX ? (unsigned int)bytes : BUFFER_BYTES_MAX;
}

/*
 * ALSA has an ioplug count bytes where the slave's limits are times, so these
 * are guesses.  A stream wider than usual gets less time than the slave has, a
 * thinner one more, which the ring holds.  The shortest period is that of the
 * thinnest stream, so that none is refused what the slave has.
 */
static int constrain_sizes(struct rate_stage *stage, const struct range *range)
{
	const unsigned int bytes_max = usual_bytes(range, range->buffer_max, BUFFER_BYTES_LEAST);
	const unsigned int period_bytes_max = usual_bytes(range, range->period_max,
							  BUFFER_BYTES_LEAST / 2);
	unsigned int period_bytes_min = (unsigned int)((uint64_t)range->period_min_us * 2 *
						       CROSSFEED_RATE_MIN_HZ / 1000000);
	snd_pcm_ioplug_t *io = &stage->io;
	int err;

	if (period_bytes_min < PERIOD_BYTES_MIN)
		period_bytes_min = PERIOD_BYTES_MIN;
	err = snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_PERIOD_BYTES,
					      period_bytes_min, period_bytes_max < bytes_max / 2 ?
					      period_bytes_max : bytes_max / 2);
	if (err == 0)
		err = snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_BUFFER_BYTES,
						      2 * period_bytes_min, bytes_max);
	if (err == 0)
		err = snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_PERIODS, 2, 1024);
	return err;
}

static int set_constraints(struct rate_stage *stage, const struct range *range)
{
	snd_pcm_ioplug_t *io = &stage->io;
	const unsigned int access[] = {
		SND_PCM_ACCESS_RW_INTERLEAVED, SND_PCM_ACCESS_RW_NONINTERLEAVED,
		SND_PCM_ACCESS_MMAP_INTERLEAVED, SND_PCM_ACCESS_MMAP_NONINTERLEAVED,
	};
	unsigned int formats[SAMPLES_FORMATS];
	int err;

	alsa_samples_list(formats);
	err = snd_pcm_ioplug_set_param_list(io, SND_PCM_IOPLUG_HW_ACCESS, 4, access);
	if (err == 0)
		err = snd_pcm_ioplug_set_param_list(io, SND_PCM_IOPLUG_HW_FORMAT, SAMPLES_FORMATS,
						    formats);
	if (err == 0)
		err = snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_CHANNELS, 1,
						      DOWNMIX_CHANNELS_MAX);
	if (err == 0)
		err = snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_RATE,
						      CROSSFEED_RATE_MIN_HZ,
						      CROSSFEED_RATE_MAX_HZ);
	return err == 0 ? constrain_sizes(stage, range) : err;
}

/* On failure the caller gives stage and slave back. */
static int create(struct rate_stage *stage, const char *name, snd_pcm_stream_t stream, int mode)
{
	struct range range;
	int err = ask_slave(stage, &range);

	if (err < 0)
		return err;
	stage->event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (stage->event < 0)
		return -errno;
	/* nothing waits inside the slave but a drain */
	err = snd_pcm_nonblock(stage->slave, 1);
	if (err < 0)
		return err;
	err = snd_pcm_ioplug_create(&stage->io, name, stream, mode);
	if (err < 0)
		return err;
	err = set_constraints(stage, &range);
	if (err < 0) {
		/* closed by the caller */
		stage->callbacks.close = NULL;
		snd_pcm_ioplug_delete(&stage->io);
	}
	return err;
}

int rate_stage_open(snd_pcm_t **pcmp, const char *name, snd_pcm_t *slave,
		    const struct rate_stage_params *params, snd_pcm_stream_t stream, int mode)
{
	struct rate_stage *stage = calloc(1, sizeof(*stage));
	int err = -ENOMEM;

	if (stage) {
		stage->event = -1;
		stage->params = *params;
		stage->slave = slave;
		stage->callbacks = all_callbacks;
		stage->io.version = SND_PCM_IOPLUG_VERSION;
		stage->io.name = "Crossfeed rate conversion";
		stage->io.flags = SND_PCM_IOPLUG_FLAG_BOUNDARY_WA;
		stage->io.callback = &stage->callbacks;
		stage->io.private_data = stage;
		stage->io.poll_fd = -1;
		stage->io.nonblock = mode & SND_PCM_NONBLOCK;
		err = create(stage, name, stream, mode);
	}
	if (err < 0) {
		snd_pcm_close(slave);
		if (stage && stage->event >= 0)
			close(stage->event);
		free(stage);
		return err;
	}
	*pcmp = stage->io.pcm;
	return 0;
}
