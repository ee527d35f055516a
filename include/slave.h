/* alsa-crossfeed - finds out about the slave: is it a loop, what of it suits, how wide is it */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#ifndef SLAVE_H
#define SLAVE_H

#include <alsa/asoundlib.h>
#include <alsa/pcm_external.h>
#include <stdbool.h>

#include "samples.h"

/* All this may block. */

/*
 * True if opening slave would open PCMs for ever, because a PCM it leads to
 * leads back: alsa-lib itself does not notice and overflows the stack.  root
 * is the tree the names are looked up in.
 */
bool slave_is_loop(snd_config_t *root, const snd_config_t *slave);

/*
 * True if the slave offers mapped access, without which an extplug cannot write
 * to it.  ext is created, and nothing of it restricted yet.
 */
bool slave_can_be_mapped(const snd_pcm_extplug_t *ext);

bool slave_can_pause(snd_pcm_t *slave);

/*
 * Restrict ext's slave to the format that loses least: the widest integer
 * format it has, else a floating-point format.  A narrower one stays allowed
 * only where it is the only one for some rate.  ext is created, and its client
 * formats are set.  0, or -errno, and then ext is to be deleted.
 */
int slave_choose_format(snd_pcm_extplug_t *ext);

/*
 * True if slave, with its present choice of formats, has the usual rates of
 * music, 44.1, 48 and 96 kHz, so that hardly any stream is to be converted.
 */
bool slave_has_music_rates(snd_pcm_t *slave);

/*
 * The rate a stream of rate_hz had best be converted to: its own, if slave has
 * that; else slave's least multiple of it, which is the easiest to filter; else
 * the least above it, so that nothing is lost; else the highest.  0 if slave
 * has none of the usual rates.
 */
unsigned int slave_choose_rate(snd_pcm_t *slave, unsigned int rate_hz);

/*
 * The significant bits of what pcm's slave finally plays, once hw_params are
 * set: the least of all PCMs down to the hardware, and at most those of format.
 */
unsigned int slave_significant_bits(snd_pcm_t *pcm, enum format format);

#endif
