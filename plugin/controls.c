/* alsa-crossfeed - live controls of a stream: from the card's mixer or from a state file */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "controls.h"

#include <errno.h>
#include <stdio.h>

/* The named card, or the one the slave ends in; empty if there is none. */
static void find_card(char card[SETTINGS_NAME_SIZE], const struct settings *settings, int index)
{
	card[0] = '\0';
	if (settings->control_card[0])
		snprintf(card, SETTINGS_NAME_SIZE, "%s", settings->control_card);
	else if (!settings->control_file[0] && index >= 0)
		snprintf(card, SETTINGS_NAME_SIZE, "%d", index);
}

int controls_recall(struct controls *controls, const char *card_id)
{
	const struct settings *settings = &controls->configured;
	struct panel remembered = controls->panel;
	int err = state_open(&controls->state, settings->control_file, settings->control_name,
			     card_id);

	if (err < 0)
		return err;
	err = state_read(&controls->state, &remembered);
	if (err == 0)
		panel_take_moved(&controls->panel, &remembered);
	else if (err != -ENOENT)
		SNDERR("crossfeed: control file \"%s\": %s: playing as configured",
		       controls->state.path, err == -EBADMSG ? "damaged" : snd_strerror(err));
	return err;
}

void controls_open(struct controls *controls, const struct settings *settings, int card,
		   snd_config_t *root)
{
	char name[SETTINGS_NAME_SIZE];

	*controls = (struct controls){
		.configured = *settings,
		.panel = panel_from_settings(settings),
	};
	if (!settings->control)
		return;
	find_card(name, settings, card);
	if (name[0])
		controls_card_open(controls, name, root);
	else
		controls_file_open(controls);
}

void controls_close(struct controls *controls)
{
	if (!controls->backend)
		return;
	controls->backend->close(controls);
	state_close(&controls->state);
	controls->backend = NULL;
}

bool controls_read(struct controls *controls)
{
	return controls->backend && controls->backend->read(controls) != 0;
}

struct settings controls_settings(const struct controls *controls)
{
	return panel_settings(&controls->panel, &controls->configured);
}
