/* alsa-crossfeed - the mixer plugin as a mixer uses it */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "mixer.h"

#include "config_text.h"
#include "playback.h"
#include "state_file.h"

#include <check.h>
#include <stdio.h>

snd_ctl_t *mixer_open(void)
{
	char text[1000];
	snd_config_t *config;
	snd_ctl_t *ctl;

	snprintf(text, sizeof(text), PLAYBACK_TYPES "ctl.test { type crossfeed file \"%s\" }\n", state_file_path);
	config = config_from_text(text);
	ck_assert_int_eq(snd_ctl_open_lconf(&ctl, "test", SND_CTL_NONBLOCK, config), 0);
	snd_config_delete(config);
	return ctl;
}

static snd_ctl_elem_value_t *element_value(enum setting element)
{
	snd_ctl_elem_value_t *value;
	char name[PANEL_NAME_SIZE];

	ck_assert_int_eq(snd_ctl_elem_value_malloc(&value), 0);
	panel_name(name, "Crossfeed", element);
	snd_ctl_elem_value_set_interface(value, SND_CTL_ELEM_IFACE_MIXER);
	snd_ctl_elem_value_set_name(value, name);
	return value;
}

int mixer_set(snd_ctl_t *ctl, enum setting element, int position)
{
	snd_ctl_elem_value_t *value = element_value(element);
	int err;

	if (panel_info(element).type == SND_CTL_ELEM_TYPE_ENUMERATED)
		snd_ctl_elem_value_set_enumerated(value, 0, (unsigned int)position);
	else
		snd_ctl_elem_value_set_integer(value, 0, position);
	err = snd_ctl_elem_write(ctl, value);
	snd_ctl_elem_value_free(value);
	return err;
}

int mixer_get(snd_ctl_t *ctl, enum setting element)
{
	snd_ctl_elem_value_t *value = element_value(element);
	int position;

	ck_assert_int_eq(snd_ctl_elem_read(ctl, value), 0);
	position = panel_info(element).type == SND_CTL_ELEM_TYPE_ENUMERATED ?
		(int)snd_ctl_elem_value_get_enumerated(value, 0) :
		(int)snd_ctl_elem_value_get_integer(value, 0);
	snd_ctl_elem_value_free(value);
	return position;
}

void mixer_set_once(enum setting element, int position)
{
	snd_ctl_t *ctl = mixer_open();

	ck_assert_int_ge(mixer_set(ctl, element, position), 0);
	snd_ctl_close(ctl);
}
