/* alsa-crossfeed - finds out about the slave: is it a loop, what of it suits, how wide is it */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "slave.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alsa_samples.h"

/* No real chain of names is this long. */
enum { NAMES_MAX = 16 };

/* Integers first: a DAC is one, and we dither to its width where another
 * plugin would truncate. */
static const enum format best_first[FORMATS] = {
	FORMAT_S32, FORMAT_S24, FORMAT_S24_3LE, FORMAT_FLOAT64, FORMAT_FLOAT, FORMAT_S16,
};

/* Rates a stream may come at, and a slave may have. */
static const unsigned int rates_hz[] = {
	8000, 11025, 12000, 16000, 22050, 24000, 32000, 37800, 44100, 48000, 64000, 88200,
	96000, 176400, 192000, 352800, 384000, 705600, 768000,
};

enum { RATES = sizeof(rates_hz) / sizeof(rates_hz[0]) };

static bool leads_on(snd_config_t *root, const snd_config_t *node, unsigned int names);

static bool name_leads_on(snd_config_t *root, const char *base, const char *name,
			  unsigned int names)
{
	snd_config_t *definition;
	bool loop;

	if (names == NAMES_MAX)
		return true;
	if (snd_config_search_definition(root, base, name, &definition) < 0)
		return false;
	loop = leads_on(root, definition, names + 1);
	snd_config_delete(definition);
	return loop;
}

/* Playback goes where keys pcm and slave point, whatever is around them. */
static bool child_leads_on(snd_config_t *root, const snd_config_t *child, unsigned int names)
{
	const char *id, *name;

	if (snd_config_get_id(child, &id) < 0 || strcmp(id, "capture") == 0)
		return false;
	if (snd_config_get_type(child) == SND_CONFIG_TYPE_COMPOUND)
		return leads_on(root, child, names);
	if (snd_config_get_string(child, &name) < 0 || !name)
		return false;
	if (strcmp(id, "pcm") == 0)
		return name_leads_on(root, "pcm", name, names);
	if (strcmp(id, "slave") == 0)
		return name_leads_on(root, "pcm_slave", name, names);
	return false;
}

static bool leads_on(snd_config_t *root, const snd_config_t *node, unsigned int names)
{
	snd_config_iterator_t i, next;

	if (snd_config_get_type(node) != SND_CONFIG_TYPE_COMPOUND)
		return false;
	snd_config_for_each(i, next, node)
		if (child_leads_on(root, snd_config_iterator_entry(i), names))
			return true;
	return false;
}

bool slave_is_loop(snd_config_t *root, const snd_config_t *slave)
{
	return child_leads_on(root, slave, 0);
}

bool slave_can_be_mapped(const snd_pcm_extplug_t *ext)
{
	snd_pcm_hw_params_t *params;

	snd_pcm_hw_params_alloca(&params);
	return snd_pcm_hw_params_any(ext->pcm, params) >= 0;
}

bool slave_can_pause(snd_pcm_t *slave)
{
	snd_pcm_hw_params_t *params;

	snd_pcm_hw_params_alloca(&params);
	return snd_pcm_hw_params_any(slave, params) >= 0 && snd_pcm_hw_params_can_pause(params);
}

/* any is what snd_pcm_hw_params_any() said. */
static bool has_rate(snd_pcm_t *slave, snd_pcm_hw_params_t *any, unsigned int rate_hz)
{
	return snd_pcm_hw_params_test_rate(slave, any, rate_hz, 0) == 0;
}

/* One bit for each of rates_hz that works with these slave formats; 0 if none does. */
static unsigned int rates_of(snd_pcm_extplug_t *ext, unsigned int formats,
			     const unsigned int *list)
{
	snd_pcm_hw_params_t *params;
	unsigned int rates = 0;

	snd_pcm_hw_params_alloca(&params);
	if (snd_pcm_extplug_set_slave_param_list(ext, SND_PCM_EXTPLUG_HW_FORMAT, formats,
						 list) < 0)
		return 0;
	if (snd_pcm_hw_params_any(ext->pcm, params) < 0)
		return 0;
	for (unsigned int r = 0; r < RATES; r++)
		if (has_rate(ext->pcm, params, rates_hz[r]))
			rates |= 1u << r;
	return rates | 1u << RATES;
}

int slave_choose_format(snd_pcm_extplug_t *ext)
{
	unsigned int list[FORMATS];
	unsigned int covered = 0;
	unsigned int formats = 0;

	for (int i = 0; i < FORMATS; i++) {
		unsigned int format = (unsigned int)alsa_samples_format(best_first[i]);
		unsigned int rates = rates_of(ext, 1, &format);

		if (!(rates & ~covered))
			continue;
		covered |= rates;
		list[formats++] = format;
	}
	if (formats == 0)
		return -EINVAL;
	return snd_pcm_extplug_set_slave_param_list(ext, SND_PCM_EXTPLUG_HW_FORMAT, formats,
						    list);
}

bool slave_has_music_rates(snd_pcm_t *slave)
{
	snd_pcm_hw_params_t *any;

	snd_pcm_hw_params_alloca(&any);
	return snd_pcm_hw_params_any(slave, any) >= 0 && has_rate(slave, any, 44100) &&
	       has_rate(slave, any, 48000) && has_rate(slave, any, 96000);
}

unsigned int slave_choose_rate(snd_pcm_t *slave, unsigned int rate_hz)
{
	unsigned int multiple = 0;
	unsigned int above = 0;
	unsigned int highest = 0;
	snd_pcm_hw_params_t *any;

	snd_pcm_hw_params_alloca(&any);
	if (snd_pcm_hw_params_any(slave, any) < 0)
		return 0;
	if (has_rate(slave, any, rate_hz))
		return rate_hz;
	for (int r = RATES - 1; r >= 0; r--) {
		if (!has_rate(slave, any, rates_hz[r]))
			continue;
		if (highest == 0)
			highest = rates_hz[r];
		if (rates_hz[r] > rate_hz)
			above = rates_hz[r];
		if (rates_hz[r] > rate_hz && rates_hz[r] % rate_hz == 0)
			multiple = rates_hz[r];
	}
	return multiple ? multiple : above ? above : highest;
}

/*
 * An extplug is not told its slave's significant bits, but the dump, which
 * goes down to the hardware, says them of every PCM on the way.
 */
static unsigned int least_msbits(const char *dump, unsigned int bits)
{
	const char *at = strstr(dump, "Slave: ");

	while (at && (at = strstr(at, "msbits"))) {
		unsigned int msbits;

		if (sscanf(at, "msbits : %u", &msbits) == 1 && msbits >= 8 && msbits < bits)
			bits = msbits;
		at++;
	}
	return bits;
}

unsigned int slave_significant_bits(snd_pcm_t *pcm, enum format format)
{
	unsigned int bits = format_bits(format);
	snd_output_t *output;
	char *text;

	if (!format_is_integer(format) || snd_output_buffer_open(&output) < 0)
		return bits;
	snd_pcm_dump(pcm, output);
	snd_output_putc(output, '\0');
	if (snd_output_buffer_string(output, &text) > 0)
		bits = least_msbits(text, bits);
	snd_output_close(output);
	return bits;
}
