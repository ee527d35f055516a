/* alsa-crossfeed - reads WAV files as stereo and writes 16-bit ones, for the demo programs */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "wav.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

/*
 * A WAV file is RIFF: a 12-byte head, then chunks of "name, size, bytes, pad to even". Nothing a
 * header claims is believed further than the file goes: sizes only limit how much is read, memory
 * is never allocated from them, and every read is checked.
 */

enum {
	TAG_PCM = 0x0001,
	TAG_FLOAT = 0x0003,
	TAG_EXTENSIBLE = 0xfffe,
	FMT_BYTES_PLAIN = 16,
	FMT_BYTES_EXTENSIBLE = 40,
	FMT_SUBFORMAT_OFFSET = 24,
	MAX_CHANNELS = 64,
	MAX_SAMPLE_BYTES = 8,
	HEADER_BYTES = 44,
};

static const unsigned MIN_RATE_HZ = 1000;
static const unsigned MAX_RATE_HZ = 1536000;

/* Programs that stream put 0 or something just below 2^31 or 2^32 as the size they do not know. */
static const uint32_t LARGEST_CREDIBLE_BYTES = 0x7fff0000;

static uint32_t get_le32(const unsigned char *b)
{
	return b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

static unsigned get_le16(const unsigned char *b)
{
	return b[0] | (unsigned)b[1] << 8;
}

static bool read_exactly(FILE *file, void *to, size_t bytes)
{
	return fread(to, 1, bytes, file) == bytes;
}

/* Reading instead of seeking: works on pipes and cannot go past the end unnoticed. */
static bool skip_bytes(FILE *file, uint64_t bytes)
{
	unsigned char scrap[4096];

	while (bytes > 0) {
		size_t part = bytes < sizeof(scrap) ? (size_t)bytes : sizeof(scrap);

		if (!read_exactly(file, scrap, part))
			return false;
		bytes -= part;
	}
	return true;
}

static bool encoding_supported(enum wav_encoding encoding, unsigned bytes_per_sample)
{
	if (encoding == WAV_FLOAT)
		return bytes_per_sample == 4 || bytes_per_sample == 8;
	return bytes_per_sample >= 1 && bytes_per_sample <= 4;
}

/* Take the format from the bytes of a "fmt " chunk. The sample's size comes from the block size,
 * so that 24 bits in 4 bytes are read as the 4 bytes they are. */
static int parse_format(struct wav_reader *wav, const unsigned char *fmt, size_t bytes)
{
	unsigned tag = get_le16(fmt);
	unsigned frame_bytes = get_le16(fmt + 12);

	if (tag == TAG_EXTENSIBLE && bytes >= FMT_BYTES_EXTENSIBLE)
		tag = get_le16(fmt + FMT_SUBFORMAT_OFFSET);
	if (tag != TAG_PCM && tag != TAG_FLOAT)
		return -ENOTSUP;
	wav->encoding = tag == TAG_FLOAT ? WAV_FLOAT : WAV_PCM;
	wav->channels = get_le16(fmt + 2);
	wav->rate_hz = get_le32(fmt + 4);
	if (wav->channels < 1 || wav->channels > MAX_CHANNELS || frame_bytes % wav->channels != 0)
		return -EINVAL;
	if (wav->rate_hz < MIN_RATE_HZ || wav->rate_hz > MAX_RATE_HZ)
		return -EINVAL;
	wav->bytes_per_sample = frame_bytes / wav->channels;
	return encoding_supported(wav->encoding, wav->bytes_per_sample) ? 0 : -ENOTSUP;
}

static int read_format(struct wav_reader *wav, uint32_t chunk_bytes)
{
	unsigned char fmt[FMT_BYTES_EXTENSIBLE];
	size_t bytes = chunk_bytes < sizeof(fmt) ? chunk_bytes : sizeof(fmt);

	if (bytes < FMT_BYTES_PLAIN || !read_exactly(wav->file, fmt, bytes))
		return -EINVAL;
	if (!skip_bytes(wav->file, (uint64_t)chunk_bytes - bytes + (chunk_bytes & 1)))
		return -EINVAL;
	return parse_format(wav, fmt, bytes);
}

static void set_data_size(struct wav_reader *wav, uint32_t chunk_bytes)
{
	bool known = chunk_bytes > 0 && chunk_bytes < LARGEST_CREDIBLE_BYTES;

	wav->bytes_left = known ? chunk_bytes : UINT64_MAX;
}

/* Walk the chunks up to the first sample. */
static int find_samples(struct wav_reader *wav)
{
	unsigned char head[12];
	bool have_format = false;

	if (!read_exactly(wav->file, head, 12))
		return -EINVAL;
	if (memcmp(head, "RIFF", 4) != 0 || memcmp(head + 8, "WAVE", 4) != 0)
		return -EINVAL;
	while (read_exactly(wav->file, head, 8)) {
		uint32_t chunk_bytes = get_le32(head + 4);

		if (memcmp(head, "data", 4) == 0) {
			set_data_size(wav, chunk_bytes);
			return have_format ? 0 : -EINVAL;
		}
		if (memcmp(head, "fmt ", 4) == 0) {
			int err = read_format(wav, chunk_bytes);

			if (err < 0)
				return err;
			have_format = true;
		} else if (!skip_bytes(wav->file, (uint64_t)chunk_bytes + (chunk_bytes & 1))) {
			return -EINVAL;
		}
	}
	return -EINVAL;
}

int wav_open(struct wav_reader *wav, const char *path)
{
	int err;

	memset(wav, 0, sizeof(*wav));
	wav->file = fopen(path, "rb");
	if (!wav->file)
		return -errno;
	err = find_samples(wav);
	if (err < 0)
		wav_close(wav);
	return err;
}

const char *wav_strerror(int err)
{
	if (err == -EINVAL)
		return "not a WAV file, or a damaged one";
	if (err == -ENOTSUP)
		return "a WAV file, but neither plain PCM nor float";
	return strerror(-err);
}

/* 60 dB above full scale is no signal any more: the limit keeps squares and sums finite. */
static double tame(double value)
{
	const double limit = 1000.0;

	if (isnan(value))
		return 0.0;
	return fmax(-limit, fmin(limit, value));
}

static double decode_float(const unsigned char *b, unsigned bytes)
{
	uint64_t bits = get_le32(b);
	double wide;
	float narrow;

	if (bytes == 4) {
		uint32_t bits32 = (uint32_t)bits;

		memcpy(&narrow, &bits32, sizeof(narrow));
		return tame((double)narrow);
	}
	bits |= (uint64_t)get_le32(b + 4) << 32;
	memcpy(&wide, &bits, sizeof(wide));
	return tame(wide);
}

/* Left-justify in 32 bits, so that one division serves every width. 8-bit WAV alone is unsigned. */
static double decode_pcm(const unsigned char *b, unsigned bytes)
{
	uint32_t word = 0;

	if (bytes == 1)
		return (b[0] - 128) / 128.0;
	for (unsigned i = 0; i < bytes; i++)
		word |= (uint32_t)b[i] << (8 * (4 - bytes + i));
	return ((double)(word ^ 0x80000000u) - 2147483648.0) / 2147483648.0;
}

static double decode_sample(const struct wav_reader *wav, const unsigned char *b)
{
	if (wav->encoding == WAV_FLOAT)
		return decode_float(b, wav->bytes_per_sample);
	return decode_pcm(b, wav->bytes_per_sample);
}

static bool read_frame(struct wav_reader *wav, double frame[2])
{
	unsigned char bytes[MAX_CHANNELS * MAX_SAMPLE_BYTES];
	size_t frame_bytes = (size_t)wav->channels * wav->bytes_per_sample;

	if (wav->bytes_left < frame_bytes || !read_exactly(wav->file, bytes, frame_bytes))
		return false;
	if (wav->bytes_left != UINT64_MAX)
		wav->bytes_left -= frame_bytes;
	frame[0] = decode_sample(wav, bytes);
	frame[1] = wav->channels == 1 ? frame[0] : decode_sample(wav, bytes + wav->bytes_per_sample);
	return true;
}

size_t wav_read(struct wav_reader *wav, double (*frames)[2], size_t count)
{
	size_t done = 0;

	while (done < count && read_frame(wav, frames[done]))
		done++;
	return done;
}

void wav_close(struct wav_reader *wav)
{
	if (wav->file)
		fclose(wav->file);
	wav->file = NULL;
}

static void put_le16(unsigned char *b, unsigned value)
{
	b[0] = value & 0xff;
	b[1] = value >> 8 & 0xff;
}

static void put_le32(unsigned char *b, uint32_t value)
{
	put_le16(b, value & 0xffff);
	put_le16(b + 2, value >> 16);
}

static void make_header(unsigned char header[HEADER_BYTES], uint32_t data_bytes, unsigned rate_hz)
{
	const unsigned channels = 2, frame_bytes = 4, bits = 16;

	memcpy(header, "RIFF....WAVEfmt ", 16);
	put_le32(header + 4, data_bytes + HEADER_BYTES - 8);
	put_le32(header + 16, FMT_BYTES_PLAIN);
	put_le16(header + 20, TAG_PCM);
	put_le16(header + 22, channels);
	put_le32(header + 24, rate_hz);
	put_le32(header + 28, rate_hz * frame_bytes);
	put_le16(header + 32, frame_bytes);
	put_le16(header + 34, bits);
	memcpy(header + 36, "data", 4);
	put_le32(header + 40, data_bytes);
}

static bool write_frames(FILE *file, const int16_t (*frames)[2], size_t count)
{
	for (size_t i = 0; i < count; i++) {
		unsigned char bytes[4];

		put_le16(bytes, (uint16_t)frames[i][0]);
		put_le16(bytes + 2, (uint16_t)frames[i][1]);
		if (fwrite(bytes, 1, sizeof(bytes), file) != sizeof(bytes))
			return false;
	}
	return true;
}

int wav_write_s16(const char *path, const int16_t (*frames)[2], size_t count, unsigned rate_hz)
{
	unsigned char header[HEADER_BYTES];
	FILE *file;
	bool ok;

	if (count > LARGEST_CREDIBLE_BYTES / 4)
		return -EFBIG;
	file = fopen(path, "wb");
	if (!file)
		return -errno;
	make_header(header, (uint32_t)(count * 4), rate_hz);
	ok = fwrite(header, 1, sizeof(header), file) == sizeof(header);
	ok = ok && write_frames(file, frames, count);
	/* fclose writes what is buffered: a full disk shows here at the latest */
	if (fclose(file) != 0 || !ok)
		return errno ? -errno : -EIO;
	return 0;
}
