/* alsa-crossfeed - shows the level each ear gets per octave, before and after crossfeed */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * ear_levels RATE_HZ BEFORE AFTER     compare two recordings of the same music
 *
 * Both are stereo samples of 32 bits in this machine's byte order, without a header, as ALSA's
 * `type file` writes them with `format raw`.
 *
 * Method: both are cut into blocks of about 0.2 s that overlap by three quarters, each is
 * weighted with a Hann window and taken apart by an FFT, and the power of its bins is added up
 * per octave (Parseval). At this overlap the squared windows add up to the same number for every
 * sample, so that the sum over all octaves is exactly the mean square of the recording.
 *
 * Long averages alone hide what crossfeed does: a guitar on the left and a vibraphone on the
 * right are equally loud over a minute. So each block also says how far the ears are apart in each
 * octave at that moment, and the mean of that, weighted by the block's power, is what the bars show.
 */

#include <langinfo.h>
#include <locale.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loudness.h"

enum {
	BANDS = 10,
	OVERLAP = 4,           /* blocks that see each sample */
	/* Where crossfeed works and music is not mono: 88 to 707 Hz. */
	FIRST_LOW_BAND = 2,
	LAST_LOW_BAND = 4,
	BAR_CELLS = 14,
	COLUMNS = 58,
};

static const char *const BAND_NAMES[BANDS] = {
	"31.5", "63", "125", "250", "500", "1k", "2k", "4k", "8k", "16k",
};

static const double PI = 3.14159265358979323846;

/* Sum of the squared Hann windows over one sample: 4 blocks x mean of sin^4, which is 3/8. */
static const double WINDOW_GAIN = 1.5;

/* More than this is simply "only one side" to the ear, and digital silence would be infinite. */
static const double APART_LIMIT_DB = 30.0;

/* Octaves this far below the loudest one do not count in the averages: they may be noise. */
static const double AUDIBLE_RANGE_DB = 60.0;

/* Below this a level is shown as silence: the dither of a 16-bit stream stays under it. */
static const double SILENCE_DB = -93.0;

/* A full-scale sine counts as 0 dB, as level meters do (AES17); its mean square is one half. */
static const double FULL_SCALE_POWER = 0.5;

/* What was measured of one recording. Powers are sums over the blocks until take_means(). */
struct levels {
	double power[2][BANDS];     /* left and right ear */
	double apart_sum[BANDS];    /* dB x power, over the blocks */
	double apart_weight[BANDS];
	double loudness;            /* as power, but of all frequencies, weighted as in BS.1770 */
};

/* A recording being measured: its last block of samples and the tables for its transform. */
struct meter {
	FILE *file;
	double rate_hz;
	struct levels levels;
	size_t block_frames;        /* a power of two */
	size_t hop_frames;
	double (*block)[2];
	double (*spectrum)[2];      /* real and imaginary parts */
	double *window;
	double (*twiddle)[2];       /* cos, -sin of one turn in block_frames steps */
	double *weight;             /* of a bin in the loudness */
	unsigned char *bin_band;    /* BANDS where the bin is in none */
	double block_power[2][BANDS];
};

static double power_db(double power)
{
	const double smallest_power = 1e-30;

	return 10.0 * log10(fmax(power, smallest_power) / FULL_SCALE_POWER);
}

/* --- transform ------------------------------------------------------------------------------ */

static void swap_into_bit_reversed_order(double (*x)[2], size_t n)
{
	for (size_t i = 1, j = 0; i < n; i++) {
		size_t bit = n >> 1;

		for (; j & bit; bit >>= 1)
			j ^= bit;
		j ^= bit;
		if (i < j) {
			double real = x[i][0], imag = x[i][1];

			x[i][0] = x[j][0], x[i][1] = x[j][1];
			x[j][0] = real, x[j][1] = imag;
		}
	}
}

static void butterfly(double a[2], double b[2], const double w[2])
{
	double real = b[0] * w[0] - b[1] * w[1];
	double imag = b[0] * w[1] + b[1] * w[0];

	b[0] = a[0] - real, b[1] = a[1] - imag;
	a[0] += real, a[1] += imag;
}

/* In-place radix-2 FFT of a power of two. */
static void fft(double (*x)[2], const double (*twiddle)[2], size_t n)
{
	swap_into_bit_reversed_order(x, n);
	for (size_t half = 1; half < n; half *= 2)
		for (size_t start = 0; start < n; start += 2 * half)
			for (size_t k = 0; k < half; k++)
				butterfly(x[start + k], x[start + k + half],
					  twiddle[k * (n / 2 / half)]);
}

/* --- measuring ------------------------------------------------------------------------------ */

/* Octaves lie around 1000 Hz x 2^n, each from its centre / sqrt(2) to its centre x sqrt(2). */
static unsigned char band_of(double hz)
{
	double index = floor(log2(fmax(hz, 1e-9) / 1000.0) + 5.5);

	return index < 0.0 || index >= BANDS ? BANDS : (unsigned char)index;
}

static void fill_tables(struct meter *m)
{
	for (size_t i = 0; i < m->block_frames; i++) {
		double angle = 2.0 * PI * (double)i / (double)m->block_frames;

		m->window[i] = 0.5 - 0.5 * cos(angle);
		m->twiddle[i][0] = cos(angle);
		m->twiddle[i][1] = -sin(angle);
		m->bin_band[i] = band_of((double)i * m->rate_hz / (double)m->block_frames);
		m->weight[i] = loudness_weight((double)i * m->rate_hz / (double)m->block_frames);
	}
}

static size_t block_frames_for(double rate_hz)
{
	const double shortest_block_s = 0.15; /* 6.7 Hz per bin: the lowest octave is 22 Hz wide */
	size_t frames = 1;

	while ((double)frames < shortest_block_s * rate_hz)
		frames *= 2;
	return frames;
}

static bool allocate(struct meter *m)
{
	size_t n = m->block_frames;

	m->block = calloc(n, sizeof(*m->block));
	m->spectrum = calloc(n, sizeof(*m->spectrum));
	m->window = calloc(n, sizeof(*m->window));
	m->twiddle = calloc(n, sizeof(*m->twiddle));
	m->weight = calloc(n, sizeof(*m->weight));
	m->bin_band = calloc(n, sizeof(*m->bin_band));
	return m->block && m->spectrum && m->window && m->twiddle && m->weight && m->bin_band;
}

static void meter_close(struct meter *m)
{
	if (m->file)
		fclose(m->file);
	free(m->block);
	free(m->spectrum);
	free(m->window);
	free(m->twiddle);
	free(m->weight);
	free(m->bin_band);
}

/* Says what is wrong if it returns false; meter_close() is for either. */
static bool meter_open(struct meter *m, const char *path, double rate_hz)
{
	memset(m, 0, sizeof(*m));
	m->file = fopen(path, "rb");
	m->rate_hz = rate_hz;
	m->block_frames = block_frames_for(rate_hz);
	m->hop_frames = m->block_frames / OVERLAP;
	if (!m->file || !allocate(m)) {
		perror(path);
		return false;
	}
	fill_tables(m);
	return true;
}

/* Left went in as the real part and right as the imaginary one: take bin k of both apart. */
static void add_bin(struct meter *m, size_t k)
{
	const double *z = m->spectrum[k];
	const double *mirror = m->spectrum[m->block_frames - k];
	double left_real = z[0] + mirror[0], left_imag = z[1] - mirror[1];
	double right_real = z[1] + mirror[1], right_imag = mirror[0] - z[0];
	/* halves above, squared: 1/4; bins k and n-k hold the same power: twice */
	double scale = 0.5 / ((double)m->block_frames * WINDOW_GAIN);
	double left = scale * (left_real * left_real + left_imag * left_imag);
	double right = scale * (right_real * right_real + right_imag * right_imag);
	unsigned char band = m->bin_band[k];

	m->levels.loudness += m->weight[k] * (left + right);
	if (band == BANDS)
		return;
	m->block_power[0][band] += left;
	m->block_power[1][band] += right;
}

static double apart_db(double left_power, double right_power)
{
	return fmin(APART_LIMIT_DB, fabs(power_db(left_power) - power_db(right_power)));
}

static void add_block(struct levels *levels, double (*block_power)[BANDS])
{
	for (int band = 0; band < BANDS; band++) {
		double left = block_power[0][band], right = block_power[1][band];

		levels->power[0][band] += left;
		levels->power[1][band] += right;
		levels->apart_sum[band] += apart_db(left, right) * (left + right);
		levels->apart_weight[band] += left + right;
	}
}

static void measure_block(struct meter *m)
{
	for (size_t i = 0; i < m->block_frames; i++) {
		m->spectrum[i][0] = m->block[i][0] * m->window[i];
		m->spectrum[i][1] = m->block[i][1] * m->window[i];
	}
	fft(m->spectrum, (const double (*)[2])m->twiddle, m->block_frames);
	memset(m->block_power, 0, sizeof(m->block_power));
	for (size_t k = 1; k < m->block_frames / 2; k++)
		add_bin(m, k);
	add_block(&m->levels, m->block_power);
}

/* Move the block on by up to one hop, with silence behind the end. Returns the frames that came. */
static size_t read_hop(struct meter *m)
{
	const double full_scale = 2147483648.0;
	size_t kept = m->block_frames - m->hop_frames, got = 0;
	int32_t frame[2];

	memmove(m->block, m->block + m->hop_frames, kept * sizeof(*m->block));
	memset(m->block + kept, 0, m->hop_frames * sizeof(*m->block));
	while (got < m->hop_frames && fread(frame, sizeof(frame), 1, m->file) == 1) {
		m->block[kept + got][0] = frame[0] / full_scale;
		m->block[kept + got][1] = frame[1] / full_scale;
		got++;
	}
	return got;
}

/*
 * Zeros follow the end until the last sample has been seen by as many blocks as the others. The two
 * recordings end together: the same player filled the same periods. Returns the frames measured.
 */
static uint64_t measure(struct meter *m)
{
	uint64_t frames = 0;

	for (int blocks_to_flush = OVERLAP - 1; blocks_to_flush > 0;) {
		size_t got = read_hop(m);

		measure_block(m);
		frames += got;
		if (got < m->hop_frames)
			blocks_to_flush--;
	}
	if (frames == 0)
		return 0;
	for (int band = 0; band < BANDS; band++) {
		m->levels.power[0][band] /= (double)frames;
		m->levels.power[1][band] /= (double)frames;
	}
	m->levels.loudness /= (double)frames;
	return frames;
}

/* --- what it means -------------------------------------------------------------------------- */

/* The two measurements and what follows from them. */
struct comparison {
	struct levels before, after;
	bool audible[BANDS];
	double before_apart_db, after_apart_db;      /* 88 to 707 Hz, from moment to moment */
	double before_balance_db, after_balance_db;  /* 88 to 707 Hz, left minus right, all in all */
};

static double band_power(const struct levels *levels, int band)
{
	return levels->power[0][band] + levels->power[1][band];
}

static double loudness_difference_db(const struct comparison *c)
{
	return 10.0 * log10(c->after.loudness / c->before.loudness);
}

static double band_apart_db(const struct levels *levels, int band)
{
	if (levels->apart_weight[band] <= 0.0)
		return 0.0;
	return levels->apart_sum[band] / levels->apart_weight[band];
}

static bool find_audible(struct comparison *c)
{
	double loudest = 0.0, faintest_db;

	for (int band = 0; band < BANDS; band++)
		loudest = fmax(loudest, band_power(&c->before, band));
	faintest_db = fmax(power_db(loudest) - AUDIBLE_RANGE_DB, SILENCE_DB);
	for (int band = 0; band < BANDS; band++)
		c->audible[band] = power_db(band_power(&c->before, band)) >= faintest_db;
	return power_db(loudest) > SILENCE_DB;
}

static double apart_of_lows_db(const struct comparison *c, const struct levels *levels)
{
	double sum_db = 0.0;
	int bands = 0;

	for (int band = FIRST_LOW_BAND; band <= LAST_LOW_BAND; band++) {
		if (!c->audible[band])
			continue;
		sum_db += band_apart_db(levels, band);
		bands++;
	}
	return bands > 0 ? sum_db / bands : 0.0;
}

static double balance_of_lows_db(const struct levels *levels)
{
	double left = 0.0, right = 0.0, db;

	for (int band = FIRST_LOW_BAND; band <= LAST_LOW_BAND; band++) {
		left += levels->power[0][band];
		right += levels->power[1][band];
	}
	db = power_db(left) - power_db(right);
	return fmax(-APART_LIMIT_DB, fmin(APART_LIMIT_DB, db));
}

/* Returns false when there is no sound to compare. */
static bool compare(struct comparison *c)
{
	if (!find_audible(c))
		return false;
	c->before_apart_db = apart_of_lows_db(c, &c->before);
	c->after_apart_db = apart_of_lows_db(c, &c->after);
	c->before_balance_db = balance_of_lows_db(&c->before);
	c->after_balance_db = balance_of_lows_db(&c->after);
	return true;
}

/* --- the picture ---------------------------------------------------------------------------- */

/* What the bars are drawn with; the terminal's character set decides. */
struct pen {
	const char *after;
	const char *before;
	const char *empty;
	const char *rule;
};

static const struct pen UTF8_PEN = { "\u2588", "\u2591", " ", "\u2500" };
static const struct pen ASCII_PEN = { "#", "-", " ", "-" };

/* Only the character set comes from the user's locale: numbers keep their decimal point. */
static const struct pen *choose_pen(void)
{
	setlocale(LC_CTYPE, "");
	return strcmp(nl_langinfo(CODESET), "UTF-8") == 0 ? &UTF8_PEN : &ASCII_PEN;
}

static void print_repeated(const char *text, int count)
{
	for (int i = 0; i < count; i++)
		fputs(text, stdout);
}

static int cells_of(double db)
{
	return (int)lround(db * BAR_CELLS / APART_LIMIT_DB);
}

/* One bar for both: solid as far as the ears are apart after, light on to where they were before. */
static void print_bar(const struct pen *pen, double before_db, double after_db)
{
	int before = cells_of(before_db);
	int after = cells_of(after_db);
	int light = before > after ? before - after : 0;

	print_repeated(pen->after, after);
	print_repeated(pen->before, light);
	print_repeated(pen->empty, BAR_CELLS - after - light);
}

static void print_level(double power)
{
	if (power_db(power) < SILENCE_DB)
		printf(" silent");
	else
		printf(" %6.1f", power_db(power));
}

static void print_band(const struct pen *pen, const struct comparison *c, int band)
{
	double before_db = band_apart_db(&c->before, band);
	double after_db = band_apart_db(&c->after, band);

	printf("%4s", BAND_NAMES[band]);
	for (int ear = 0; ear < 2; ear++) {
		print_level(c->before.power[ear][band]);
		print_level(c->after.power[ear][band]);
	}
	if (c->audible[band]) {
		putchar(' ');
		print_bar(pen, before_db, after_db);
		printf(" %4.1f > %4.1f", before_db, after_db);
	}
	putchar('\n');
}

static void print_table(const struct pen *pen, const struct comparison *c, double rate_hz)
{
	printf("      LEFT EAR, dB  RIGHT EAR, dB  EARS APART, dB\n");
	printf("  Hz before  after before  after   %s after  %s before\n", pen->after, pen->before);
	print_repeated(pen->rule, COLUMNS);
	putchar('\n');
	for (int band = 0; band < BANDS; band++)
		if (1000.0 * pow(2.0, band - 5.5) < rate_hz / 2.0)
			print_band(pen, c, band);
	print_repeated(pen->rule, COLUMNS);
	putchar('\n');
}

static bool is_one_sided(const struct comparison *c)
{
	const double plainly_audible_db = 3.0;

	return fabs(c->before_balance_db) >= plainly_audible_db;
}

static const char *at_least(double db)
{
	return db >= APART_LIMIT_DB - 0.05 ? "at least " : "";
}

static const char *direction(double before_db, double after_db)
{
	return after_db <= before_db ? "closer together" : "further apart";
}

static void print_one_sided(const struct comparison *c)
{
	const char *louder = c->before_balance_db > 0.0 ? "left" : "right";
	double before_db = fabs(c->before_balance_db);
	double after_db = fabs(c->after_balance_db);

	printf("Crossfeed brings your ears %s%.1f dB %s:\n"
	       "from 100 to 700 Hz the %s one was %s%.1f dB\nlouder, with it %.1f dB.\n",
	       at_least(before_db), fabs(before_db - after_db), direction(before_db, after_db),
	       louder, at_least(before_db), before_db, after_db);
}

static void print_by_moment(const struct comparison *c)
{
	double before_db = c->before_apart_db;
	double after_db = c->after_apart_db;

	printf("Crossfeed brings your ears %.1f dB %s:\n"
	       "from 100 to 700 Hz one was %.1f dB louder than the other\n"
	       "at any moment, with it %.1f dB.\n",
	       fabs(before_db - after_db), direction(before_db, after_db), before_db, after_db);
}

static void print_summary(const struct comparison *c)
{
	const double practically_mono_db = 0.5;

	if (is_one_sided(c))
		print_one_sided(c);
	else if (c->before_apart_db < practically_mono_db)
		printf("Both ears have the same sound already from 100 to 700 Hz:\n"
		       "little for crossfeed to do.\n");
	else
		print_by_moment(c);
}

/* --- the command ---------------------------------------------------------------------------- */

/* The sentence first: many look no further. */
/* By design, for music as it usually is; how near this track comes to that is measured. */
static void print_loudness(const struct comparison *c)
{
	printf("\nBoth sides are equally loud, within %.1f LU here.\n",
	       fabs(loudness_difference_db(c)));
}

static int show(struct meter *before, struct meter *after)
{
	uint64_t frames = measure(before);
	const struct pen *pen = choose_pen();
	struct comparison c = { 0 };

	if (measure(after) != frames || frames == 0) {
		fprintf(stderr, "ear_levels: the recordings are not of the same music\n");
		return EXIT_FAILURE;
	}
	c.before = before->levels;
	c.after = after->levels;
	if (!compare(&c)) {
		printf("Nothing but silence: there is no level to show.\n");
		return EXIT_SUCCESS;
	}
	print_summary(&c);
	print_loudness(&c);
	putchar('\n');
	print_table(pen, &c, before->rate_hz);
	return EXIT_SUCCESS;
}

static int compare_recordings(double rate_hz, const char *before_path, const char *after_path)
{
	struct meter before, after;
	bool before_opened = meter_open(&before, before_path, rate_hz);
	bool after_opened = meter_open(&after, after_path, rate_hz);
	int status = EXIT_FAILURE;

	if (before_opened && after_opened)
		status = show(&before, &after);
	meter_close(&before);
	meter_close(&after);
	return status;
}

int main(int argc, char **argv)
{
	double rate_hz = argc == 4 ? strtod(argv[1], NULL) : 0.0;

	if (rate_hz >= 1000.0 && rate_hz <= 1536000.0)
		return compare_recordings(rate_hz, argv[2], argv[3]);
	fprintf(stderr, "usage: ear_levels RATE_HZ BEFORE AFTER\n");
	return EXIT_FAILURE;
}
