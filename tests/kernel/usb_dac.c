/* usb_dac - a high-speed asynchronous USB Audio 2.0 stereo DAC, plugged into this kernel by USB/IP
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * usage: usb_dac DIRECTORY [PPM]
 *
 * The process is the plug: it appears as card "DAC" when started, and SIGTERM pulls it out.
 * Every stream that is opened ends bit for bit in DIRECTORY/NNN.wav. The volume and mute
 * units are kept for the mixer but not applied, so a recording shows what arrived.
 * The DAC's own clock is PPM parts in a million fast; the feedback endpoint says so.
 *
 * Sources: USB 2.0 chapter 9, "Audio Device Class 2.0", the kernel's usbip_protocol.rst.
 */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CLOCK = 1, INPUT = 2, FEATURE = 3, OUTPUT = 4 };         /* ids of the audio function */
enum { EP_SOUND = 0x01, EP_FEEDBACK = 0x81 };
enum { CMD_SUBMIT = 1, CMD_UNLINK = 2, RET_SUBMIT = 3, RET_UNLINK = 4 };
enum { MICROFRAME_NS = 125000, MAX_PACKETS = 128, MAX_PENDING = 64, MAX_DATA = 1 << 16 };
enum { FEEDBACK_INTERVAL = 4 };                                 /* 2^(4-1) microframes = 1 ms */
enum { GET = 0xa1, SET = 0x21, CUR = 1, RANGE = 2 };            /* class requests */

static const uint32_t rates[] = { 44100, 48000, 88200, 96000, 176400, 192000 };
enum { RATES = sizeof(rates) / sizeof(rates[0]) };

/* By alternate setting; 0 is the closed stream. */
static const uint8_t sample_bytes[] = { 0, 2, 3, 4 };
enum { SETTINGS = sizeof(sample_bytes) };

struct header {                 /* both directions, big-endian on the wire */
    uint32_t command, sequence, device, direction, endpoint;
    union {
        struct { uint32_t flags, length, start, packets, interval; uint8_t setup[8]; } submit;
        struct { int32_t status; uint32_t actual, start, packets, errors; uint8_t pad[8]; } done;
        struct { uint32_t sequence; uint8_t pad[24]; } unlink;
        struct { int32_t status; uint8_t pad[24]; } unlinked;
    };
};

struct packet { uint32_t offset, length, actual, status; };

struct transfer {
    bool used, in;
    uint32_t sequence, packets;
    int64_t begin, interval;    /* ns: when the first packet is on the bus, from one to the next */
    struct packet packet[MAX_PACKETS];
    uint8_t data[MAX_DATA];
};

struct dac {
    const char *directory;
    int ppm, socket;
    uint32_t rate;
    uint8_t configuration, setting, mute;
    int16_t volume;             /* 1/256 dB */
    int64_t busy_until[2];      /* ns, by direction: the bus time given away */
    struct transfer pending[MAX_PENDING];
    FILE *recording;
    unsigned recordings;
    uint32_t bytes;
};

static volatile sig_atomic_t pulled;

static void pull(int signal) { (void)signal; pulled = 1; }

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static int64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

/* ---- descriptors ---- */

#define U16(x) (uint8_t)((x) & 0xff), (uint8_t)((x) >> 8)

static const uint8_t device_descriptor[] = {
    18, 1, U16(0x0200), 0xef, 2, 1, 64, U16(0x1209), U16(0x0001), U16(0x0100), 1, 2, 3, 1,
};

static const uint8_t qualifier_descriptor[] = { 10, 6, U16(0x0200), 0xef, 2, 1, 64, 1, 0 };

static const char *const strings[] = { NULL, "Crossfeed", "Hi-Fi DAC", "1" };

enum { CONFIG_LENGTH = 9, CONTROL_LENGTH = 9 + 8 + 17 + 18 + 12 };

static const uint8_t control_interface[] = {
    8, 0x0b, 0, 2, 1, 0, 0x20, 0,                                       /* interfaces 0 and 1 are one function */
    9, 4, 0, 0, 0, 1, 1, 0x20, 0,
    9, 0x24, 1, U16(0x0200), 4, U16(CONTROL_LENGTH), 0,
    8, 0x24, 0x0a, CLOCK, 3, 7, 0, 0,                                   /* programmable, says whether valid */
    17, 0x24, 2, INPUT, U16(0x0101), 0, CLOCK, 2, 3, 0, 0, 0, 0, 0, 0, 0,
    18, 0x24, 6, FEATURE, INPUT, 0x0f, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* master mute and volume */
    12, 0x24, 3, OUTPUT, U16(0x0302), 0, FEATURE, CLOCK, 0, 0, 0,       /* headphones */
    9, 4, 1, 0, 0, 1, 2, 0x20, 0,
};

static size_t add(uint8_t *to, size_t at, const void *from, size_t size)
{
    memcpy(to + at, from, size);
    return at + size;
}

static size_t add_setting(uint8_t *to, size_t at, uint8_t setting)
{
    uint8_t bytes = sample_bytes[setting];
    unsigned most = (192000 / 8000 + 2) * 2 * bytes;
    const uint8_t descriptors[] = {
        9, 4, 1, setting, 2, 1, 2, 0x20, 0,
        16, 0x24, 1, INPUT, 0, 1, 1, 0, 0, 0, 2, 3, 0, 0, 0, 0,
        6, 0x24, 2, 1, bytes, (uint8_t)(8 * bytes),
        7, 5, EP_SOUND, 5, U16(most), 1,
        8, 0x25, 1, 0, 0, 0, U16(0),
        7, 5, EP_FEEDBACK, 0x11, U16(4), FEEDBACK_INTERVAL,
    };

    return add(to, at, descriptors, sizeof(descriptors));
}

static size_t configuration_descriptor(uint8_t *to)
{
    size_t at = add(to, CONFIG_LENGTH, control_interface, sizeof(control_interface));

    for (uint8_t setting = 1; setting < SETTINGS; setting++)
        at = add_setting(to, at, setting);
    const uint8_t head[CONFIG_LENGTH] = { 9, 2, U16(at), 2, 1, 0, 0x80, 50 };
    add(to, 0, head, sizeof(head));
    return at;
}

static int string_descriptor(uint8_t *to, unsigned index)
{
    const char *text;
    int size = 2;

    if (index >= sizeof(strings) / sizeof(strings[0]))
        return -EPIPE;
    text = strings[index];
    if (!text)
        return (int)add(to, 0, (const uint8_t[]){ 4, 3, U16(0x0409) }, 4);
    for (; *text; text++, size += 2)
        memcpy(to + size, (const uint8_t[]){ (uint8_t)*text, 0 }, 2);
    memcpy(to, (const uint8_t[]){ (uint8_t)size, 3 }, 2);
    return size;
}

/* ---- recordings ---- */

static void put(FILE *file, uint32_t value, unsigned bytes)
{
    value = htole32(value);
    fwrite(&value, 1, bytes, file);
}

static void write_header(const struct dac *dac)
{
    uint32_t frame = 2u * sample_bytes[dac->setting];

    rewind(dac->recording);
    fputs("RIFF", dac->recording), put(dac->recording, 36 + dac->bytes, 4);
    fputs("WAVEfmt ", dac->recording), put(dac->recording, 16, 4);
    put(dac->recording, 1, 2), put(dac->recording, 2, 2);
    put(dac->recording, dac->rate, 4), put(dac->recording, dac->rate * frame, 4);
    put(dac->recording, frame, 2), put(dac->recording, frame * 4, 2);
    fputs("data", dac->recording), put(dac->recording, dac->bytes, 4);
}

static void end_recording(struct dac *dac)
{
    if (!dac->recording)
        return;
    write_header(dac);
    if (fclose(dac->recording))
        die("recording");
    fprintf(stderr, "usb_dac: %03u.wav: %u Hz, %u bit, %u bytes\n",
            dac->recordings, dac->rate, 8u * sample_bytes[dac->setting], dac->bytes);
    dac->recording = NULL;
}

/* At the first sound: only then are rate and format known. */
static void begin_recording(struct dac *dac)
{
    char path[4096];

    snprintf(path, sizeof(path), "%s/%03u.wav", dac->directory, ++dac->recordings);
    dac->recording = fopen(path, "wb");
    if (!dac->recording)
        die(path);
    dac->bytes = 0;
    write_header(dac);
}

static void record(struct dac *dac, const struct transfer *t, uint32_t packets)
{
    if (!dac->setting)
        return;
    if (!dac->recording)
        begin_recording(dac);
    for (uint32_t i = 0; i < packets; i++) {
        fwrite(t->data + t->packet[i].offset, 1, t->packet[i].length, dac->recording);
        dac->bytes += t->packet[i].length;
    }
}

/* ---- control requests: bytes answered, or -EPIPE, which stalls ---- */

static int get_descriptor(uint8_t *answer, uint16_t value)
{
    switch (value >> 8) {
    case 1: return (int)add(answer, 0, device_descriptor, sizeof(device_descriptor));
    case 2: return (int)configuration_descriptor(answer);
    case 3: return string_descriptor(answer, value & 0xff);
    case 6: return (int)add(answer, 0, qualifier_descriptor, sizeof(qualifier_descriptor));
    default: return -EPIPE;
    }
}

static int set_interface(struct dac *dac, uint16_t interface, uint16_t setting)
{
    if (setting >= (interface ? SETTINGS : 1))
        return -EPIPE;
    if (!interface)
        return 0;
    end_recording(dac);
    dac->setting = (uint8_t)setting;
    return 0;
}

static int standard_request(struct dac *dac, const uint8_t *setup, uint8_t *answer)
{
    uint16_t value = (uint16_t)(setup[2] | setup[3] << 8), index = (uint16_t)(setup[4] | setup[5] << 8);

    switch (setup[1]) {
    case 0: return (int)add(answer, 0, (const uint8_t[]){ 0, 0 }, 2);   /* GET_STATUS */
    case 1:                                                             /* CLEAR_FEATURE */
    case 3: return 0;                                                   /* SET_FEATURE */
    case 6: return get_descriptor(answer, value);
    case 8: return (int)add(answer, 0, &dac->configuration, 1);
    case 9: dac->configuration = (uint8_t)value; return 0;
    case 10: return (int)add(answer, 0, index ? &dac->setting : &(const uint8_t){ 0 }, 1);
    case 11: return set_interface(dac, index, value);
    default: return -EPIPE;
    }
}

static int set_rate(struct dac *dac, const uint8_t *data)
{
    uint32_t rate;

    memcpy(&rate, data, sizeof(rate));
    rate = le32toh(rate);
    for (unsigned i = 0; i < RATES; i++) {
        if (rates[i] != rate)
            continue;
        if (rate != dac->rate)
            end_recording(dac);
        dac->rate = rate;
        return 0;
    }
    return -EPIPE;
}

static int rate_ranges(uint8_t *answer)
{
    size_t at = add(answer, 0, (const uint8_t[]){ U16(RATES) }, 2);

    for (unsigned i = 0; i < RATES; i++) {
        const uint32_t range[] = { htole32(rates[i]), htole32(rates[i]), 0 };

        at = add(answer, at, range, sizeof(range));
    }
    return (int)at;
}

static int clock_request(struct dac *dac, const uint8_t *setup, const uint8_t *data, uint8_t *answer)
{
    const uint32_t rate = htole32(dac->rate);

    switch (setup[0] << 16 | setup[1] << 8 | setup[3]) {
    case SET << 16 | CUR << 8 | 1: return set_rate(dac, data);
    case GET << 16 | CUR << 8 | 1: return (int)add(answer, 0, &rate, sizeof(rate));
    case GET << 16 | RANGE << 8 | 1: return rate_ranges(answer);
    case GET << 16 | CUR << 8 | 2: return (int)add(answer, 0, (const uint8_t[]){ 1 }, 1);     /* valid */
    default: return -EPIPE;
    }
}

static int feature_request(struct dac *dac, const uint8_t *setup, const uint8_t *data, uint8_t *answer)
{
    static const uint8_t volume_range[] = { U16(1), U16(0x8100), U16(0), U16(0x0080) };       /* -127..0 by 0.5 dB */

    switch (setup[0] << 16 | setup[1] << 8 | setup[3]) {
    case SET << 16 | CUR << 8 | 1: dac->mute = data[0]; return 0;
    case GET << 16 | CUR << 8 | 1: return (int)add(answer, 0, &dac->mute, 1);
    case SET << 16 | CUR << 8 | 2: dac->volume = (int16_t)(data[0] | data[1] << 8); return 0;
    case GET << 16 | CUR << 8 | 2: return (int)add(answer, 0, (const uint8_t[]){ U16((uint16_t)dac->volume) }, 2);
    case GET << 16 | RANGE << 8 | 2: return (int)add(answer, 0, volume_range, sizeof(volume_range));
    default: return -EPIPE;
    }
}

static int control_request(struct dac *dac, const uint8_t *setup, const uint8_t *data, uint8_t *answer)
{
    if ((setup[0] & 0x60) == 0)
        return standard_request(dac, setup, answer);
    switch (setup[5]) {
    case CLOCK: return clock_request(dac, setup, data, answer);
    case FEATURE: return feature_request(dac, setup, data, answer);
    default: return -EPIPE;
    }
}

/* ---- USB/IP ---- */

/* A closed socket is the port detached by the other side: the same as being pulled. */
static bool receive(struct dac *dac, void *to, size_t size)
{
    if (!size || recv(dac->socket, to, size, MSG_WAITALL) == (ssize_t)size)
        return true;
    pulled = 1;
    return false;
}

static void transmit(struct dac *dac, const void *from, size_t size)
{
    if (size && send(dac->socket, from, size, MSG_NOSIGNAL) != (ssize_t)size)
        pulled = 1;
}

static void answer_submit(struct dac *dac, uint32_t sequence, int status, uint32_t actual, uint32_t packets)
{
    struct header h = { .command = htobe32(RET_SUBMIT), .sequence = htobe32(sequence) };

    h.done.status = (int32_t)htobe32((uint32_t)status);
    h.done.actual = htobe32(actual);
    h.done.packets = htobe32(packets);
    transmit(dac, &h, sizeof(h));
}

static void answer_control(struct dac *dac, const struct header *h)
{
    uint8_t data[4096] = { 0 }, answer[4096];
    uint32_t length = be32toh(h->submit.length);
    bool in = h->direction != 0;
    int size;

    if (length > sizeof(data) || !receive(dac, data, in ? 0 : length)) {
        pulled = 1;
        return;
    }
    size = control_request(dac, h->submit.setup, data, answer);
    if (size < 0) {
        answer_submit(dac, be32toh(h->sequence), size, 0, 0);
        return;
    }
    if (in && (uint32_t)size < length)
        length = (uint32_t)size;
    answer_submit(dac, be32toh(h->sequence), 0, length, 0);
    transmit(dac, answer, in ? length : 0);
}

static int64_t end_of(const struct transfer *t)
{
    return t->begin + t->packets * t->interval;
}

static struct transfer *free_transfer(struct dac *dac)
{
    for (unsigned i = 0; i < MAX_PENDING; i++)
        if (!dac->pending[i].used)
            return &dac->pending[i];
    return NULL;
}

/* Isochronous: it keeps its place on the bus and is answered when that time has passed. */
static void queue_transfer(struct dac *dac, const struct header *h)
{
    struct transfer *t = free_transfer(dac);
    uint32_t length = be32toh(h->submit.length), packets = be32toh(h->submit.packets);
    int64_t now = now_ns();
    bool in = h->direction != 0;

    if (!t || length > MAX_DATA || packets > MAX_PACKETS ||
        !receive(dac, t->data, in ? 0 : length) || !receive(dac, t->packet, packets * sizeof(t->packet[0]))) {
        pulled = 1;
        return;
    }
    t->used = true;
    t->in = in;
    t->sequence = be32toh(h->sequence);
    t->packets = packets;
    t->interval = in ? MICROFRAME_NS << (FEEDBACK_INTERVAL - 1) : MICROFRAME_NS;
    t->begin = dac->busy_until[in] > now ? dac->busy_until[in] : now;
    dac->busy_until[in] = end_of(t);
    for (uint32_t i = 0; i < packets; i++) {
        t->packet[i].offset = be32toh(t->packet[i].offset);
        t->packet[i].length = be32toh(t->packet[i].length);
        if (t->packet[i].offset + (uint64_t)t->packet[i].length > length)
            pulled = 1;
    }
}

/* Frames in a microframe by the DAC's own clock, 16.16. */
static uint32_t feedback(const struct dac *dac)
{
    return htole32((uint32_t)((uint64_t)dac->rate * (uint64_t)(1000000 + dac->ppm) / 1000000 * 65536 / 8000));
}

static void complete(struct dac *dac, struct transfer *t)
{
    uint32_t actual = 0, value = feedback(dac);

    if (!t->in)
        record(dac, t, t->packets);
    for (uint32_t i = 0; i < t->packets; i++) {
        uint32_t length = t->in ? sizeof(value) : t->packet[i].length;

        actual += length;
        t->packet[i].offset = htobe32(t->packet[i].offset);
        t->packet[i].length = htobe32(t->packet[i].length);
        t->packet[i].actual = htobe32(length);
        t->packet[i].status = 0;
    }
    answer_submit(dac, t->sequence, 0, actual, t->packets);
    for (uint32_t i = 0; t->in && i < t->packets; i++)
        transmit(dac, &value, sizeof(value));
    transmit(dac, t->packet, t->packets * sizeof(t->packet[0]));
    t->used = false;
}

/* What had passed the bus by then was played. */
static void cancel(struct dac *dac, struct transfer *t)
{
    int64_t passed = (now_ns() - t->begin) / t->interval;

    if (!t->in && passed > 0)
        record(dac, t, passed < t->packets ? (uint32_t)passed : t->packets);
    dac->busy_until[t->in] = 0;
    t->used = false;
}

static void answer_unlink(struct dac *dac, const struct header *h)
{
    struct header answer = { .command = htobe32(RET_UNLINK), .sequence = h->sequence };

    for (unsigned i = 0; i < MAX_PENDING; i++) {
        if (!dac->pending[i].used || dac->pending[i].sequence != be32toh(h->unlink.sequence))
            continue;
        cancel(dac, &dac->pending[i]);
        answer.unlinked.status = (int32_t)htobe32((uint32_t)-ECONNRESET);
    }
    transmit(dac, &answer, sizeof(answer));
}

static void serve_request(struct dac *dac)
{
    struct header h;

    if (!receive(dac, &h, sizeof(h)))
        return;
    if (h.command == htobe32(CMD_UNLINK))
        answer_unlink(dac, &h);
    else if (h.endpoint == 0)
        answer_control(dac, &h);
    else
        queue_transfer(dac, &h);
}

static struct transfer *earliest(struct dac *dac)
{
    struct transfer *first = NULL;

    for (unsigned i = 0; i < MAX_PENDING; i++)
        if (dac->pending[i].used && (!first || end_of(&dac->pending[i]) < end_of(first)))
            first = &dac->pending[i];
    return first;
}

static void serve(struct dac *dac, const sigset_t *unblocked)
{
    while (!pulled) {
        struct pollfd fd = { .fd = dac->socket, .events = POLLIN };
        struct transfer *next = earliest(dac);
        int64_t wait = next ? end_of(next) - now_ns() : INT64_MAX;
        const struct timespec timeout = { wait / 1000000000, wait % 1000000000 };

        if (next && wait <= 0)
            complete(dac, next);
        else if (ppoll(&fd, 1, next ? &timeout : NULL, unblocked) > 0)
            serve_request(dac);
    }
}

/* ---- plugging in ---- */

static int attach(void)
{
    int pair[2], port = open("/sys/devices/platform/vhci_hcd.0/attach", O_WRONLY);

    if (port < 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
        die("vhci_hcd");
    /* Port 0, the kernel's end of the socket, any device id, high speed. */
    if (dprintf(port, "0 %d 65537 3", pair[1]) < 0)
        die("attach");
    close(port);
    close(pair[1]);
    return pair[0];
}

/* Signals arrive only while waiting, so that a recording is never cut in a write. */
static sigset_t catch_signals(void)
{
    const struct sigaction action = { .sa_handler = pull };
    sigset_t blocked, before;

    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    sigaddset(&blocked, SIGINT);
    sigprocmask(SIG_BLOCK, &blocked, &before);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    return before;
}

int main(int argc, char **argv)
{
    static struct dac dac = { .rate = 48000 };
    const struct sched_param priority = { .sched_priority = 50 };
    sigset_t unblocked = catch_signals();

    if (argc < 2) {
        fputs("usage: usb_dac DIRECTORY [PPM]\n", stderr);
        return 2;
    }
    dac.directory = argv[1];
    dac.ppm = argc > 2 ? atoi(argv[2]) : 0;
    /* A DAC does not wait for the player's processor. */
    sched_setscheduler(0, SCHED_FIFO, &priority);
    dac.socket = attach();
    serve(&dac, &unblocked);
    end_recording(&dac);
    return 0;
}
