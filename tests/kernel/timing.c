/* timing - play silence through a PCM and print what the player is told about time
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * usage: timing PCM FORMAT RATE PERIOD BUFFER PERIODS; PERIOD 0 is the smallest the PCM takes
 *
 * Prints "period", "buffer", "wakes", and delay and room at the wake-ups in frames: "delay MEAN MAX", "room MEAN MAX".
 */
#include <alsa/asoundlib.h>
#include <stdio.h>
#include <stdlib.h>

struct figure { double sum, most; };

struct session {
    snd_pcm_t *pcm;
    snd_pcm_uframes_t period, buffer;
    char *silence;
    unsigned wakes, written;
    struct figure delay, room;
};

static long check(long result, const char *what)
{
    if (result >= 0)
        return result;
    fprintf(stderr, "timing: %s: %s\n", what, snd_strerror((int)result));
    exit(1);
}

static void note(struct figure *f, double value)
{
    f->sum += value;
    if (value > f->most)
        f->most = value;
}

static void set_hardware(struct session *s, const char *format, unsigned rate)
{
    snd_pcm_hw_params_t *hw;
    int direction = 0;

    snd_pcm_hw_params_alloca(&hw);
    check(snd_pcm_hw_params_any(s->pcm, hw), "any");
    check(snd_pcm_hw_params_set_access(s->pcm, hw, SND_PCM_ACCESS_RW_INTERLEAVED), "access");
    check(snd_pcm_hw_params_set_format(s->pcm, hw, snd_pcm_format_value(format)), "format");
    check(snd_pcm_hw_params_set_channels(s->pcm, hw, 2), "channels");
    check(snd_pcm_hw_params_set_rate(s->pcm, hw, rate, 0), "rate");
    if (!s->period)
        check(snd_pcm_hw_params_get_period_size_min(hw, &s->period, &direction), "smallest period");
    if (direction > 0)
        s->period++;
    check(snd_pcm_hw_params_set_period_size_near(s->pcm, hw, &s->period, NULL), "period");
    check(snd_pcm_hw_params_set_buffer_size_near(s->pcm, hw, &s->buffer), "buffer");
    check(snd_pcm_hw_params(s->pcm, hw), "hardware parameters");
    check(snd_pcm_get_params(s->pcm, &s->buffer, &s->period), "get_params");
}

/* Started by hand when full, woken when one period is free. */
static void set_software(struct session *s)
{
    snd_pcm_sw_params_t *sw;

    snd_pcm_sw_params_alloca(&sw);
    check(snd_pcm_sw_params_current(s->pcm, sw), "current");
    check(snd_pcm_sw_params_set_start_threshold(s->pcm, sw, s->buffer * 2), "start threshold");
    check(snd_pcm_sw_params_set_avail_min(s->pcm, sw, s->period), "avail_min");
    check(snd_pcm_sw_params(s->pcm, sw), "software parameters");
}

static void write_frames(struct session *s, snd_pcm_uframes_t frames)
{
    check(snd_pcm_writei(s->pcm, s->silence, frames), "write");
}

static void play_period(struct session *s)
{
    snd_pcm_sframes_t delay, room;
    int woken = snd_pcm_wait(s->pcm, 2000);

    check(woken ? woken : -ETIMEDOUT, "wait");
    room = check(snd_pcm_avail_update(s->pcm), "avail");
    check(snd_pcm_delay(s->pcm, &delay), "delay");
    s->wakes++;
    note(&s->room, (double)room);
    note(&s->delay, (double)delay);
    if ((snd_pcm_uframes_t)room < s->period)
        return;     /* woken for nothing: that is what the number of wake-ups shows */
    write_frames(s, s->period);
    s->written++;
}

int main(int argc, char **argv)
{
    struct session s = { 0 };
    unsigned periods;

    if (argc != 7) {
        fputs("usage: timing PCM FORMAT RATE PERIOD BUFFER PERIODS\n", stderr);
        return 2;
    }
    s.period = strtoul(argv[4], NULL, 10);
    s.buffer = strtoul(argv[5], NULL, 10);
    periods = (unsigned)strtoul(argv[6], NULL, 10);
    check(snd_pcm_open(&s.pcm, argv[1], SND_PCM_STREAM_PLAYBACK, 0), argv[1]);
    set_hardware(&s, argv[2], (unsigned)strtoul(argv[3], NULL, 10));
    set_software(&s);
    s.silence = calloc(s.buffer, 16);
    if (!s.silence)
        return 1;
    write_frames(&s, s.buffer);
    check(snd_pcm_start(s.pcm), "start");
    while (s.written < periods)
        play_period(&s);
    snd_pcm_close(s.pcm);
    free(s.silence);
    printf("period %lu\nbuffer %lu\nwakes %u\n", s.period, s.buffer, s.wakes);
    printf("delay %.1f %.0f\nroom %.1f %.0f\n", s.delay.sum / s.wakes, s.delay.most, s.room.sum / s.wakes, s.room.most);
    return 0;
}
