/* alsa-crossfeed - a PCM that converts its stream to the rate of the PCM behind it */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "rate_stage.h"

#include <alsa/pcm_external.h>
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "alsa_samples.h"
#include "crossfeed.h"
#include "downmix.h"
#include "samples.h"
#include "slave.h"

/* Frames converted at a time: bounds every buffer. */
enum { BLOCK_FRAMES = 256 };

/* Longest sample of any format. */
enum { SAMPLE_BYTES_MAX = 8 };

/* How long a write that has to wait looks for a sign of life. */
enum { WAIT_MS = 1000 };

struct rate_stage {
	snd_pcm_ioplug_t io;
	snd_pcm_ioplug_callback_t callbacks;	/* without those the slave has not */
	struct rate_stage_params params;
	snd_pcm_t *slave;
	enum samples_format format;		/* of the application */
	unsigned int frame_bytes;		/* of what goes to the slave */
	unsigned int rate_hz;			/* of the slave, once hw_params are set */
	bool copy;				/* that is the application's */
	double ratio;				/* frames out for a frame in */
	struct resampler resampler;
	snd_pcm_uframes_t slave_buffer, boundary;

	uint64_t taken;				/* frames since prepare: of the application, */
	uint64_t given;				/* to the slave; */
	uint64_t position;			/* where the application is, */
	uint64_t played;			/* and what it was last told is played */

	float *in;				/* BLOCK_FRAMES */
	char *out;				/* out_max frames, in part still to be given */
	size_t out_max, out_frames, out_done;
};

/* --- to the slave --------------------------------------------------------------------------- */

static size_t out_left(const struct rate_stage *stage)
{
	return stage->out_frames - stage->out_done;
}

/* The slave starts with its first frames, if the application has started before. */
static int start_if_due(struct rate_stage *stage)
{
	if (stage->io.state != SND_PCM_STATE_RUNNING || stage->given == 0 ||
	    snd_pcm_state(stage->slave) != SND_PCM_STATE_PREPARED)
		return 0;
	return snd_pcm_start(stage->slave);
}

/*
 * A full slave that nobody has started would be full for ever: an application's
 * threshold for starting may be more than it can hold.
 */
static int start_full(struct rate_stage *stage)
{
	int err;

	if (snd_pcm_state(stage->slave) != SND_PCM_STATE_PREPARED)
		return 0;
	err = snd_pcm_start(stage->slave);
	if (err == 0 && stage->io.state == SND_PCM_STATE_PREPARED)
		snd_pcm_ioplug_set_state(&stage->io, SND_PCM_STATE_RUNNING);
	return err;
}

/* Give what is left over.  0 when all is given, -EAGAIN while the slave is full, or -errno. */
static int give(struct rate_stage *stage)
{
	while (out_left(stage)) {
		snd_pcm_sframes_t n = snd_pcm_writei(stage->slave, stage->out + stage->out_done *
						     stage->frame_bytes, out_left(stage));

		/* alsa-lib says full in two ways */
		if (n == 0 || n == -EAGAIN) {
			int err = start_full(stage);

			return err < 0 ? err : -EAGAIN;
		}
		if (n < 0)
			return (int)n;
		stage->out_done += (size_t)n;
		stage->given += (uint64_t)n;
	}
	return start_if_due(stage);
}

static int wait_for_slave(struct rate_stage *stage)
{
	int err = snd_pcm_wait(stage->slave, WAIT_MS);

	if (err < 0)
		return err;
	return err == 0 ? -EIO : 0;
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

static int give_all(struct rate_stage *stage)
{
	int err;

	while ((err = give(stage)) == -EAGAIN && !stage->io.nonblock) {
		err = wait_for_slave(stage);
		if (err < 0)
			break;
	}
	return err;
}

/* --- from the application ------------------------------------------------------------------- */

/*
 * An application that rewinds or goes forward moves its pointer without a word
 * to us.  What was taken cannot be taken back: it is heard, and queued, all the same.
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
	/* a reset: alsa-lib counts from zero, in both */
	if (stage->played > stage->position)
		stage->played = stage->position;
}

/* Convert stage->in and give it; returns frames that are done, or -errno if none is. */
static snd_pcm_sframes_t convert(struct rate_stage *stage, size_t frames)
{
	size_t done = 0;

	while (done < frames) {
		size_t part = frames - done;
		int err;

		stage->out_done = 0;
		stage->out_frames = resampler_process(&stage->resampler, (float *)stage->out,
						     stage->out_max,
						     stage->in + done * stage->io.channels,
						     &part);
		done += part;
		err = give_all(stage);
		/* what is in the filter cannot be taken back: it counts, and is given later */
		if (err < 0)
			return err == -EAGAIN ? (snd_pcm_sframes_t)done : err;
	}
	return (snd_pcm_sframes_t)done;
}

static snd_pcm_sframes_t take_block(struct rate_stage *stage, const snd_pcm_channel_area_t *areas,
				    snd_pcm_uframes_t offset, size_t frames)
{
	snd_pcm_sframes_t done = (snd_pcm_sframes_t)frames;
	int err;

	if (!stage->copy) {
		alsa_samples_read(stage->in, areas, offset, stage->io.channels, stage->format,
				  frames);
		done = convert(stage, frames);
	} else {
		snd_pcm_channel_area_t to[DOWNMIX_CHANNELS_MAX];

		for (unsigned int c = 0; c < stage->io.channels; c++)
			to[c] = (snd_pcm_channel_area_t){
				.addr = stage->out,
				.first = c * stage->frame_bytes / stage->io.channels * 8,
				.step = stage->frame_bytes * 8,
			};
		snd_pcm_areas_copy(to, 0, areas, offset, stage->io.channels, frames,
				   stage->io.format);
		stage->out_done = 0;
		stage->out_frames = frames;
		err = give_all(stage);
		if (err < 0 && err != -EAGAIN)
			return err;
	}
	if (done > 0) {
		stage->taken += (uint64_t)done;
		stage->position += (uint64_t)done;
	}
	return done;
}

static snd_pcm_sframes_t stage_transfer(snd_pcm_ioplug_t *io, const snd_pcm_channel_area_t *areas,
					snd_pcm_uframes_t offset, snd_pcm_uframes_t size)
{
	struct rate_stage *stage = io->private_data;
	snd_pcm_uframes_t done = 0;

	follow_application(stage);
	while (done < size) {
		size_t frames = size - done < BLOCK_FRAMES ? size - done : BLOCK_FRAMES;
		/* the rest of an earlier block goes first */
		snd_pcm_sframes_t n = give_all(stage);

		if (n == 0)
			n = take_block(stage, areas, offset + done, frames);
		if (n < 0)
			return done ? (snd_pcm_sframes_t)done : n;
		done += (snd_pcm_uframes_t)n;
	}
	return (snd_pcm_sframes_t)done;
}

/* --- position ------------------------------------------------------------------------------- */

/* Frames the slave has yet to play, or -errno. */
static snd_pcm_sframes_t queued(struct rate_stage *stage)
{
	snd_pcm_sframes_t avail = snd_pcm_avail(stage->slave);

	if (avail < 0)
		return avail;
	if ((snd_pcm_uframes_t)avail > stage->slave_buffer)
		return 0;
	return (snd_pcm_sframes_t)stage->slave_buffer - avail;
}

static snd_pcm_sframes_t told(const struct rate_stage *stage)
{
	return (snd_pcm_sframes_t)(stage->played % stage->boundary);
}

/*
 * What is inside the filter counts as played: it takes no room.  One frame in
 * may bring two out, so the sum can step back by one, and an application that
 * rewinds steps back itself; what was told must not.
 */
static snd_pcm_sframes_t stage_pointer(snd_pcm_ioplug_t *io)
{
	struct rate_stage *stage = io->private_data;
	snd_pcm_sframes_t frames;
	uint64_t waiting;

	/* without parameters there is nothing to ask the slave for */
	if (!stage->out)
		return 0;
	/* an error here would be an xrun to the application, which resumes from none */
	if (follow_state(stage))
		return told(stage);
	/* an error of it comes back from what follows */
	if (io->state == SND_PCM_STATE_RUNNING)
		give(stage);
	frames = queued(stage);
	if (frames < 0)
		return frames;
	waiting = (uint64_t)ceil((double)(frames + (snd_pcm_sframes_t)out_left(stage)) /
				 stage->ratio);
	follow_application(stage);
	if (waiting < stage->position && stage->position - waiting > stage->played)
		stage->played = stage->position - waiting;
	return told(stage);
}

static int stage_delay(snd_pcm_ioplug_t *io, snd_pcm_sframes_t *delay)
{
	struct rate_stage *stage = io->private_data;
	snd_pcm_sframes_t slave_delay;
	double inside;
	int err = snd_pcm_delay(stage->slave, &slave_delay);

	if (err < 0)
		return err;
	/* after a drain, rounding may have given a little more than was taken */
	inside = fmax(0, (double)stage->taken - (double)stage->given / stage->ratio);
	*delay = (snd_pcm_sframes_t)lrint(inside + (double)slave_delay / stage->ratio);
	return 0;
}

/* --- state ---------------------------------------------------------------------------------- */

static int stage_start(snd_pcm_ioplug_t *io)
{
	struct rate_stage *stage = io->private_data;

	/* a slave without a frame would refuse; its first ones start it */
	if (stage->given == 0 || snd_pcm_state(stage->slave) != SND_PCM_STATE_PREPARED)
		return 0;
	return snd_pcm_start(stage->slave);
}

static int stage_stop(snd_pcm_ioplug_t *io)
{
	struct rate_stage *stage = io->private_data;

	return snd_pcm_drop(stage->slave);
}

static int stage_prepare(snd_pcm_ioplug_t *io)
{
	struct rate_stage *stage = io->private_data;
	snd_pcm_sw_params_t *sw;

	snd_pcm_sw_params_alloca(&sw);
	if (snd_pcm_sw_params_current(io->pcm, sw) < 0 ||
	    snd_pcm_sw_params_get_boundary(sw, &stage->boundary) < 0)
		return -EBADFD;
	if (!stage->copy)
		resampler_reset(&stage->resampler);
	stage->taken = stage->given = stage->position = stage->played = 0;
	stage->out_done = stage->out_frames = 0;
	return snd_pcm_prepare(stage->slave);
}

/* Silence behind the stream, until its last frame has come out of the filter. */
static int flush(struct rate_stage *stage)
{
	uint64_t wanted = (uint64_t)llrint((double)stage->taken * stage->ratio);
	int err = give_all(stage);

	while (err == 0 && !stage->copy && stage->given < wanted) {
		size_t frames = BLOCK_FRAMES;

		memset(stage->in, 0, BLOCK_FRAMES * stage->io.channels * sizeof(*stage->in));
		stage->out_done = 0;
		stage->out_frames = resampler_process(&stage->resampler, (float *)stage->out,
						     stage->out_max, stage->in, &frames);
		if (stage->out_frames > wanted - stage->given)
			stage->out_frames = (size_t)(wanted - stage->given);
		err = give_all(stage);
	}
	return err;
}

static int stage_drain(snd_pcm_ioplug_t *io)
{
	struct rate_stage *stage = io->private_data;
	int err = flush(stage);

	if (err < 0)
		return err;
	/* writes never wait, but this does, unless the application does not want to */
	snd_pcm_nonblock(stage->slave, io->nonblock);
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

static int stage_poll_count(snd_pcm_ioplug_t *io)
{
	struct rate_stage *stage = io->private_data;

	return snd_pcm_poll_descriptors_count(stage->slave);
}

static int stage_poll_descriptors(snd_pcm_ioplug_t *io, struct pollfd *pfd, unsigned int space)
{
	struct rate_stage *stage = io->private_data;

	return snd_pcm_poll_descriptors(stage->slave, pfd, space);
}

static int stage_poll_revents(snd_pcm_ioplug_t *io, struct pollfd *pfd, unsigned int count,
			      unsigned short *revents)
{
	struct rate_stage *stage = io->private_data;
	int err = snd_pcm_poll_descriptors_revents(stage->slave, pfd, count, revents);

	/* afterwards: some slaves look at their state only when they are asked like this */
	follow_state(stage);
	return err;
}

/* --- parameters ----------------------------------------------------------------------------- */

static void free_buffers(struct rate_stage *stage)
{
	resampler_free(&stage->resampler);
	free(stage->in);
	free(stage->out);
	stage->in = NULL;
	stage->out = NULL;
	stage->out_done = stage->out_frames = 0;
}

static int alloc_buffers(struct rate_stage *stage)
{
	snd_pcm_ioplug_t *io = &stage->io;
	int err = 0;

	free_buffers(stage);
	if (!stage->copy)
		err = resampler_init(&stage->resampler, stage->params.quality, io->channels,
					  io->rate, stage->rate_hz);
	if (err < 0)
		return err;
	stage->out_max = (size_t)(BLOCK_FRAMES * stage->ratio) + 2;
	stage->in = calloc(BLOCK_FRAMES * io->channels, sizeof(*stage->in));
	stage->out = calloc(stage->out_max * io->channels, SAMPLE_BYTES_MAX);
	return stage->in && stage->out ? 0 : -ENOMEM;
}

/* As near to the application's as the slave has it; a little more, for what rounding adds. */
static int set_slave_times(struct rate_stage *stage, snd_pcm_hw_params_t *hw)
{
	snd_pcm_uframes_t period = (snd_pcm_uframes_t)lrint((double)stage->io.period_size *
							    stage->ratio);
	snd_pcm_uframes_t buffer = (snd_pcm_uframes_t)ceil((double)stage->io.buffer_size *
							   stage->ratio) + 2;
	snd_pcm_uframes_t least = buffer;
	int err;

	/* near 0 frames alsa-lib finds a part of one, and then nothing that goes with it */
	if (period == 0)
		period = 1;
	snd_pcm_hw_params_set_period_size_near(stage->slave, hw, &period, NULL);
	if (snd_pcm_hw_params_set_buffer_size_min(stage->slave, hw, &least) == 0)
		snd_pcm_hw_params_set_buffer_size_first(stage->slave, hw, &buffer);
	else
		snd_pcm_hw_params_set_buffer_size_last(stage->slave, hw, &buffer);
	err = snd_pcm_hw_params(stage->slave, hw);
	if (err < 0)
		return err;
	return snd_pcm_hw_params_get_buffer_size(hw, &stage->slave_buffer);
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
	stage->ratio = (double)stage->rate_hz / io->rate;
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

/*
 * The application's threshold for starting is kept by alsa-lib above us, which
 * then calls start; the slave never starts by itself.
 */
static int stage_sw_params(snd_pcm_ioplug_t *io, snd_pcm_sw_params_t *params)
{
	struct rate_stage *stage = io->private_data;
	snd_pcm_uframes_t avail_min, stop, boundary, frames;
	snd_pcm_sw_params_t *sw;

	snd_pcm_sw_params_alloca(&sw);
	if (snd_pcm_sw_params_current(stage->slave, sw) < 0 ||
	    snd_pcm_sw_params_get_boundary(sw, &boundary) < 0)
		return -EBADFD;
	snd_pcm_sw_params_get_avail_min(params, &avail_min);
	snd_pcm_sw_params_get_stop_threshold(params, &stop);
	frames = (snd_pcm_uframes_t)ceil((double)avail_min * stage->ratio);
	if (frames > stage->slave_buffer)
		frames = stage->slave_buffer;
	snd_pcm_sw_params_set_avail_min(stage->slave, sw, frames ? frames : 1);
	snd_pcm_sw_params_set_start_threshold(stage->slave, sw, boundary);
	/* beyond the buffer it means: never */
	snd_pcm_sw_params_set_stop_threshold(stage->slave, sw, stop > io->buffer_size ?
					     boundary : stage->slave_buffer);
	return snd_pcm_sw_params(stage->slave, sw);
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
	if (stage->in && stage->copy)
		snd_output_printf(out, "  %u Hz: copied\n", io->rate);
	else if (stage->in)
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

/* What the slave has at the rate wanted; -errno if it has not got that. */
static int ask_slave(struct rate_stage *stage, snd_pcm_uframes_t *buffer_max)
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
	return snd_pcm_hw_params_get_buffer_size_max(hw, buffer_max);
}

static int set_constraints(struct rate_stage *stage, snd_pcm_uframes_t buffer_max)
{
	snd_pcm_ioplug_t *io = &stage->io;
	/* ALSA counts bytes here, so this is a guess: frames of 8 bytes at the slave's rate */
	const unsigned int bytes_max = buffer_max < 1u << 20 ? (unsigned int)buffer_max * 8 :
				       8u << 20;
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
	if (err == 0)
		err = snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_PERIOD_BYTES, 64,
						      bytes_max / 2);
	if (err == 0)
		err = snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_BUFFER_BYTES, 128,
						      bytes_max);
	if (err == 0)
		err = snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_PERIODS, 2, 1024);
	return err;
}

/* On failure the caller gives stage and slave back. */
static int create(struct rate_stage *stage, const char *name, snd_pcm_stream_t stream, int mode)
{
	snd_pcm_uframes_t buffer_max;
	int err = ask_slave(stage, &buffer_max);

	if (err < 0)
		return err;
	/* a write never waits inside the slave; give_all() knows whether to */
	err = snd_pcm_nonblock(stage->slave, 1);
	if (err < 0)
		return err;
	err = snd_pcm_ioplug_create(&stage->io, name, stream, mode);
	if (err < 0)
		return err;
	err = set_constraints(stage, buffer_max);
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
		free(stage);
		return err;
	}
	*pcmp = stage->io.pcm;
	return 0;
}
