/* alsa-crossfeed - the mixer plugin as a mixer uses it */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#ifndef MIXER_H
#define MIXER_H

#include <alsa/asoundlib.h>

#include "settings.h"

/* On the test's state file. */
snd_ctl_t *mixer_open(void);

/* As snd_ctl_elem_write() returns it. */
int mixer_set(snd_ctl_t *ctl, enum setting element, int position);
int mixer_get(snd_ctl_t *ctl, enum setting element);

/* Open, set, close. */
void mixer_set_once(enum setting element, int position);

#endif
