/* compare - make test sounds, find them in a recording and say how they differ
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Two channels only. A sample is held left-justified in 32 bits, so that a 16 bit sound
 * played on a 32 bit card compares equal; a float is held as its bit pattern, for which
 * "exact" has the same meaning and "levels", "track" and "step" have none.
 *
 * The sound "tones" begins with noise on both channels, by which it is found whatever was
 * done to its level; then come tones on the left only and on the right only, long enough
 * that the filter's settling is left out; then noise again up to its end.
 */
#include <complex.h>
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CHANNELS = 2, NEEDLE = 8, LIKENESS = 128 };

#define NOISE_SECONDS 0.125
#define TONE_SECONDS 0.5
#define SETTLE_SECONDS 0.05
#define SINE_HZ 100.0

static const double tones[] = { 100, 300, 1000, 3000, 10000 };
enum { TONES = sizeof(tones) / sizeof(tones[0]) };

struct format {
    unsigned bytes, bits;
    bool is_signed, is_float, big_endian;
};

struct sound {
    struct format format;
    unsigned rate;
    size_t frames;
    int32_t (*frame)[CHANNELS];
};

struct options {
    const char *format, *kind, *channel;
    unsigned rate, seed, gaps, slice_ms, end_ms;
    size_t frames, skip, lost;
    double silence;
};

static void fail(const char *what, const char *why)
{
    fprintf(stderr, "compare: %s: %s\n", what, why);
    exit(2);
}

static void *allocate(size_t count, size_t size)
{
    void *memory = calloc(count ? count : 1, size);

    if (!memory)
        fail("memory", strerror(errno));
    return memory;
}

/* ---- formats, by ALSA's names: S16_LE, S24_3BE, U8, FLOAT_LE ... ---- */

static struct format parse_format(const char *name)
{
    struct format f = { .is_signed = name[0] != 'U', .is_float = !strncmp(name, "FLOAT_", 6) };
    const char *underscore = strchr(name, '_');

    f.bits = f.is_float ? 32 : strtoul(name + 1, NULL, 10);
    if (f.bits < 8 || f.bits > 32)
        fail(name, "not a format known here");
    f.bytes = f.bits == 24 ? 4 : f.bits / 8;
    if (underscore && underscore[1] == '3')
        f.bytes = 3;
    f.big_endian = underscore && strchr(underscore, 'B');
    return f;
}

static int32_t decode(const struct format *f, const uint8_t *p)
{
    uint32_t word = 0;

    for (unsigned i = 0; i < f->bytes; i++)
        word |= (uint32_t)p[f->big_endian ? f->bytes - 1 - i : i] << (8 * i);
    word <<= 32 - f->bits;
    return (int32_t)(f->is_signed ? word : word ^ 0x80000000u);
}

static void encode(const struct format *f, uint8_t *p, int32_t sample)
{
    uint32_t word = f->is_signed ? (uint32_t)sample : (uint32_t)sample ^ 0x80000000u;

    /* S24_LE in four bytes is sign-extended, as every player does it. */
    word = f->is_signed ? (uint32_t)((int32_t)word >> (32 - f->bits)) : word >> (32 - f->bits);
    for (unsigned i = 0; i < f->bytes; i++)
        p[f->big_endian ? f->bytes - 1 - i : i] = (uint8_t)(word >> (8 * i));
}

static int32_t quantise(const struct format *f, double value)
{
    union { float value; int32_t bits; } as = { .value = (float)value };

    if (f->is_float)
        return as.bits;
    return (int32_t)((uint32_t)lrint(value * 0x7fffffff) & (0xffffffffu << (32 - f->bits)));
}

/* ---- files ---- */

static uint8_t *read_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    uint8_t *data;

    if (!file || fseek(file, 0, SEEK_END))
        fail(path, strerror(errno));
    *size = (size_t)ftell(file);
    rewind(file);
    data = allocate(*size, 1);
    if (fread(data, 1, *size, file) != *size)
        fail(path, "short read");
    fclose(file);
    return data;
}

static unsigned little(const uint8_t *p, unsigned bytes)
{
    unsigned value = 0;

    for (unsigned i = 0; i < bytes; i++)
        value |= (unsigned)p[i] << (8 * i);
    return value;
}

/* Set format and rate from a WAV header; returns where the samples begin. */
static size_t parse_wav(const char *path, const uint8_t *data, size_t size, struct sound *s)
{
    for (size_t at = 12; at + 8 <= size; at += 8 + little(data + at + 4, 4)) {
        if (!memcmp(data + at, "data", 4))
            return at + 8;
        if (memcmp(data + at, "fmt ", 4) || at + 24 > size)
            continue;
        if (little(data + at + 10, 2) != CHANNELS)
            fail(path, "not two channels");
        s->rate = little(data + at + 12, 4);
        s->format.bits = little(data + at + 22, 2);
        s->format.bytes = s->format.bits / 8;
        s->format.is_signed = s->format.bits > 8;
        s->format.is_float = little(data + at + 8, 2) == 3;
    }
    fail(path, "no sound in it");
    return 0;
}

/* To the end of the file: a recorder that was killed left no size in the header. */
static struct sound read_sound(const char *path, const struct options *o)
{
    struct sound s = { .rate = o->rate };
    size_t size, at = 0;
    uint8_t *data = read_file(path, &size);
    size_t frame_bytes;

    if (size > 12 && !memcmp(data, "RIFF", 4))
        at = parse_wav(path, data, size, &s);
    else
        s.format = parse_format(o->format);
    frame_bytes = CHANNELS * s.format.bytes;
    s.frames = (size - at) / frame_bytes;
    s.frame = allocate(s.frames, sizeof(*s.frame));
    for (size_t i = 0; i < s.frames * CHANNELS; i++)
        s.frame[i / CHANNELS][i % CHANNELS] = decode(&s.format, data + at + i * s.format.bytes);
    free(data);
    return s;
}

static void put(FILE *file, uint32_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        putc((int)(value >> (8 * i) & 0xff), file);
}

static void write_header(FILE *file, const struct sound *s)
{
    uint32_t frame_bytes = CHANNELS * s->format.bytes;
    uint32_t size = (uint32_t)s->frames * frame_bytes;

    fputs("RIFF", file), put(file, 36 + size, 4);
    fputs("WAVEfmt ", file), put(file, 16, 4);
    put(file, s->format.is_float ? 3 : 1, 2), put(file, CHANNELS, 2);
    put(file, s->rate, 4), put(file, s->rate * frame_bytes, 4);
    put(file, frame_bytes, 2), put(file, 8 * s->format.bytes, 2);
    fputs("data", file), put(file, size, 4);
}

static void write_sound(const char *path, const struct sound *s)
{
    FILE *file = fopen(path, "wb");
    const char *dot = strrchr(path, '.');
    uint8_t bytes[4];

    if (!file)
        fail(path, strerror(errno));
    if (dot && !strcmp(dot, ".wav"))
        write_header(file, s);
    for (size_t i = 0; i < s->frames * CHANNELS; i++) {
        encode(&s->format, bytes, s->frame[i / CHANNELS][i % CHANNELS]);
        fwrite(bytes, 1, s->format.bytes, file);
    }
    if (fclose(file))
        fail(path, strerror(errno));
}

/* ---- making ---- */

/* Uniform within half of full scale and never 0, so that silence is told from sound. */
static double noise(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return ((double)(*state | 0x10000) / 0x100000000p0 - 0.5) * 0.999 + 1e-9;
}

static double chord(double seconds)
{
    double sum = 0;

    for (unsigned i = 0; i < TONES; i++)
        sum += sin(2 * M_PI * tones[i] * seconds + i);
    return sum * 0.09;
}

/* Fades in and out, so that the only steps in a recording of it are the player's. */
static double sine(double seconds, double length)
{
    double edge = fmin(seconds, length - seconds) / SETTLE_SECONDS;
    double fade = edge < 1 ? 0.5 - 0.5 * cos(M_PI * edge) : 1;

    return 0.5 * fade * sin(2 * M_PI * SINE_HZ * seconds);
}

static void sample_tones(double out[CHANNELS], double seconds)
{
    double into = seconds - NOISE_SECONDS;

    if (into < 0 || into >= 2 * TONE_SECONDS)
        return;
    out[0] = into < TONE_SECONDS ? chord(into) : 0;
    out[1] = into < TONE_SECONDS ? 0 : chord(into - TONE_SECONDS);
}

static void make_frame(const struct options *o, double out[CHANNELS], double seconds)
{
    if (!strcmp(o->kind, "tones"))
        sample_tones(out, seconds);
    if (!strcmp(o->kind, "left"))
        out[1] = 0;
    if (!strcmp(o->kind, "right"))
        out[0] = 0;
    if (!strcmp(o->kind, "silence"))
        out[0] = out[1] = 0;
    if (!strcmp(o->kind, "sine")) {
        out[0] = sine(seconds, (double)o->frames / o->rate);
        out[1] = 0;
    }
}

static int make(const char *path, const struct options *o)
{
    struct sound s = { .format = parse_format(o->format), .rate = o->rate };
    uint32_t state = 2463534242u + o->seed;

    s.frames = o->frames + (size_t)(o->silence * o->rate);
    s.frame = allocate(s.frames, sizeof(*s.frame));
    for (size_t i = 0; i < o->frames; i++) {
        double out[CHANNELS] = { noise(&state), noise(&state) };

        make_frame(o, out, (double)i / o->rate);
        for (unsigned c = 0; c < CHANNELS; c++)
            s.frame[i][c] = quantise(&s.format, out[c]);
    }
    write_sound(path, &s);
    return 0;
}

/* ---- bit for bit ---- */

struct lane { unsigned first, last; };

static struct lane lane(const char *channel)
{
    if (!strcmp(channel, "left"))
        return (struct lane){ 0, 0 };
    if (!strcmp(channel, "right"))
        return (struct lane){ 1, 1 };
    return (struct lane){ 0, 1 };
}

static bool same(struct lane l, const int32_t a[CHANNELS], const int32_t b[CHANNELS])
{
    return a[l.first] == b[l.first] && a[l.last] == b[l.last];
}

static bool silent(struct lane l, const int32_t a[CHANNELS])
{
    static const int32_t zero[CHANNELS];

    return same(l, a, zero);
}

static size_t sounding_frames(struct lane l, const struct sound *s)
{
    size_t frames = s->frames;

    while (frames && silent(l, s->frame[frames - 1]))
        frames--;
    return frames;
}

/* The first place at or after `from` where the frames of ref from `at` on are played; rec->frames if none. */
static size_t find(struct lane l, const struct sound *ref, size_t at, size_t count,
                   const struct sound *rec, size_t from)
{
    for (; from + count <= rec->frames; from++) {
        size_t n = 0;

        while (n < count && same(l, ref->frame[at + n], rec->frame[from + n]))
            n++;
        if (n == count)
            return from;
    }
    return rec->frames;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static int differs(const struct sound *ref, const struct sound *rec, size_t at, size_t place)
{
    printf("differs at frame %zu of the sound:", at);
    printf(" %08x %08x played,", (unsigned)ref->frame[at][0], (unsigned)ref->frame[at][1]);
    if (place >= rec->frames)
        printf(" recording ended\n");
    else
        printf(" %08x %08x recorded\n", (unsigned)rec->frame[place][0], (unsigned)rec->frame[place][1]);
    return 1;
}

/* Where the sound goes on after a gap at `at`: sets at to the frame and returns its place. */
static size_t resume(struct lane l, const struct sound *ref, size_t *at, size_t end,
                     const struct sound *rec, size_t place, size_t lost)
{
    size_t sure = smaller(*at + lost, end - 1), from = place;

    place = find(l, ref, sure, smaller(end - sure, NEEDLE), rec, place);
    if (place == rec->frames)
        return place;
    for (; sure > *at && place > from && same(l, ref->frame[sure - 1], rec->frame[place - 1]); sure--)
        place--;
    *at = sure;
    return place;
}

/*
 * Every frame of the sound from o->skip on, in order. Up to o->gaps times something else may
 * come in between, and up to o->lost frames be missing there.
 */
static int exact(const struct sound *ref, const struct sound *rec, const struct options *o)
{
    struct lane l = lane(o->channel);
    size_t end = sounding_frames(l, ref), place, inserted = 0, lost = 0;
    unsigned gaps = 0;

    if (o->skip >= end)
        fail("sound", "is silent or shorter than what is skipped");
    place = find(l, ref, o->skip, smaller(end - o->skip, NEEDLE), rec, 0);
    if (place == rec->frames) {
        printf("not found in %zu frames\n", rec->frames);
        return 1;
    }
    for (size_t at = o->skip; at < end; at++, place++) {
        size_t next, on = at;

        if (place < rec->frames && same(l, ref->frame[at], rec->frame[place]))
            continue;
        next = gaps < o->gaps ? resume(l, ref, &on, end, rec, place, o->lost) : rec->frames;
        if (next == rec->frames)
            return differs(ref, rec, at, place);
        gaps++;
        inserted += next - place;
        lost += on - at;
        place = next;
        at = on;
    }
    printf("exact: %zu frames, %u gaps of %zu frames, %zu lost\n", end - o->skip - lost, gaps, inserted, lost);
    return 0;
}

/* ---- levels ---- */

static int64_t likeness(const struct sound *ref, const struct sound *rec, size_t place)
{
    int64_t sum = 0;

    for (size_t i = 0; i < LIKENESS; i++)
        for (unsigned c = 0; c < CHANNELS; c++)
            sum += (int64_t)(ref->frame[i][c] >> 16) * (rec->frame[place + i][c] >> 16);
    return sum;
}

/* Where the recording is most like the noise at the sound's beginning. */
static size_t locate(const struct sound *ref, const struct sound *rec)
{
    size_t best_place = 0;
    int64_t best = 0;

    if (ref->frames < LIKENESS || rec->frames < LIKENESS)
        fail("recording", "too short");
    for (size_t place = 0; place + LIKENESS <= rec->frames; place++) {
        int64_t like = likeness(ref, rec, place);

        if (like <= best)
            continue;
        best = like;
        best_place = place;
    }
    if (best < likeness(ref, ref, 0) / 64)
        fail("recording", "the sound is not in it");
    return best_place;
}

/* Amplitude and phase of one frequency, through a Hann window; turning vectors spare the sines. */
static double complex amplitude(const struct sound *s, unsigned channel, size_t from, size_t count, double hz)
{
    const double complex turn = cexp(-I * 2 * M_PI * hz / s->rate), bend = cexp(I * 2 * M_PI / (double)count);
    double complex sum = 0, tone = 1, window = 1;

    if (from + count > s->frames)
        fail("recording", "ends too early");
    for (size_t i = 0; i < count; i++, tone *= turn, window *= bend)
        sum += s->frame[from + i][channel] * (0.5 - 0.5 * creal(window)) * tone;
    return sum * 4 / (double)count / 0x80000000p0;
}

static double decibel(double ratio)
{
    return 20 * log10(fmax(ratio, 1e-10));
}

static void print_levels(const struct sound *ref, const struct sound *rec, size_t place, unsigned driven)
{
    static const char *const names[CHANNELS] = { "left", "right" };
    size_t from = (size_t)((NOISE_SECONDS + driven * TONE_SECONDS + SETTLE_SECONDS) * ref->rate);
    size_t count = (size_t)((TONE_SECONDS - 2 * SETTLE_SECONDS) * ref->rate);

    for (unsigned i = 0; i < TONES; i++) {
        double complex in = amplitude(ref, driven, from, count, tones[i]);
        double complex own = amplitude(rec, driven, place + from, count, tones[i]);
        double complex cross = amplitude(rec, !driven, place + from, count, tones[i]);

        printf("own %s %g %.3f\n", names[driven], tones[i], decibel(cabs(own / in)));
        printf("cross %s %g %.3f %.1f\n", names[driven], tones[i], decibel(cabs(cross / own)),
               cabs(cross) > 0 ? -carg(cross / own) / (2 * M_PI * tones[i]) * 1e6 : 0);
    }
}

/* "own CHANNEL HZ DB": of the channel that plays; "cross CHANNEL HZ DB US": of the other against it. */
static int levels(const struct sound *ref, const struct sound *rec)
{
    size_t place;

    if (ref->rate != rec->rate)
        fail("levels", "the recording's rate is not the sound's");
    place = locate(ref, rec);
    for (unsigned driven = 0; driven < CHANNELS; driven++)
        print_levels(ref, rec, place, driven);
    return 0;
}

/* One line a slice: seconds, level of the sine on the left, on the right. */
static int track(const struct sound *rec, const struct options *o)
{
    size_t slice = (size_t)o->slice_ms * rec->rate / 1000;

    for (size_t at = 0; at + slice <= rec->frames; at += slice)
        printf("%.3f %.2f %.2f\n", (double)at / rec->rate,
               decibel(cabs(amplitude(rec, 0, at, slice, SINE_HZ))),
               decibel(cabs(amplitude(rec, 1, at, slice, SINE_HZ))));
    return 0;
}

/* The largest second difference: a click stands out of a slow sine. */
static int step(const struct sound *rec, const struct options *o)
{
    size_t end = o->end_ms ? (size_t)((uint64_t)rec->rate * o->end_ms / 1000) : rec->frames;
    double largest = 0;
    size_t where = 0;

    if (end > rec->frames)
        fail("step", "the recording is shorter");
    for (size_t i = 2; i < end; i++)
        for (unsigned c = 0; c < CHANNELS; c++) {
            double bend = fabs((double)rec->frame[i][c] - 2.0 * rec->frame[i - 1][c] + rec->frame[i - 2][c]);

            if (bend <= largest)
                continue;
            largest = bend;
            where = i;
        }
    printf("%.1f %.3f\n", decibel(largest / 0x80000000p0), (double)where / rec->rate);
    return 0;
}

static int usage(void)
{
    fputs("usage: compare make FILE     [-k noise|tones|left|right|sine|silence] [-f FORMAT] [-r RATE]\n"
          "                             [-n FRAMES] [-z SECONDS of silence behind] [-i SEED]\n"
          "       compare exact REF REC [-c both|left|right] [-g GAPS [-l FRAMES lost in each]] [-s FRAMES skipped]\n"
          "       compare levels REF REC\n"
          "       compare track REC     [-m MILLISECONDS]\n"
          "       compare step REC      [-e MILLISECONDS looked at]\n"
          "-f and -r are those of files that have no WAV header\n", stderr);
    return 2;
}

static struct options parse_options(int argc, char **argv)
{
    struct options o = { .format = "S16_LE", .kind = "noise", .channel = "both", .rate = 48000,
                         .slice_ms = 50, .frames = 96000, .silence = 0 };
    int c;

    while ((c = getopt(argc, argv, "k:f:r:n:z:i:c:g:l:s:m:e:")) != -1)
        switch (c) {
        case 'k': o.kind = optarg; break;
        case 'f': o.format = optarg; break;
        case 'c': o.channel = optarg; break;
        case 'r': o.rate = (unsigned)strtoul(optarg, NULL, 10); break;
        case 'n': o.frames = strtoul(optarg, NULL, 10); break;
        case 'z': o.silence = strtod(optarg, NULL); break;
        case 'i': o.seed = (unsigned)strtoul(optarg, NULL, 10); break;
        case 'g': o.gaps = (unsigned)strtoul(optarg, NULL, 10); break;
        case 'l': o.lost = strtoul(optarg, NULL, 10); break;
        case 's': o.skip = strtoul(optarg, NULL, 10); break;
        case 'm': o.slice_ms = (unsigned)strtoul(optarg, NULL, 10); break;
        case 'e': o.end_ms = (unsigned)strtoul(optarg, NULL, 10); break;
        default: exit(usage());
        }
    return o;
}

int main(int argc, char **argv)
{
    struct options o = parse_options(argc, argv);
    const char *verb = optind < argc ? argv[optind] : "";
    int files = argc - optind - 1;
    struct sound first, second;

    if (!strcmp(verb, "make") && files == 1)
        return make(argv[optind + 1], &o);
    if (files < 1)
        return usage();
    first = read_sound(argv[optind + 1], &o);
    if (!strcmp(verb, "track") && files == 1)
        return track(&first, &o);
    if (!strcmp(verb, "step") && files == 1)
        return step(&first, &o);
    if (files < 2)
        return usage();
    second = read_sound(argv[optind + 2], &o);
    if (!strcmp(verb, "exact"))
        return exact(&first, &second, &o);
    if (!strcmp(verb, "levels"))
        return levels(&first, &second);
    return usage();
}
