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

/* The file the user named, else one by the control's name and the card's id. */
static void find_path(struct controls *controls, const char *card_id)
{
	const struct settings *settings = &controls->configured;
	char name[2 * SETTINGS_NAME_SIZE + 2];

	if (settings->control_file[0]) {
		snprintf(controls->path, sizeof(controls->path), "%s", settings->control_file);
		return;
	}
	snprintf(name, sizeof(name), "%s%s%s", settings->control_name, *card_id ? "." : "",
		 card_id);
	if (state_default_path(controls->path, name) < 0)
		controls->path[0] = '\0';
}

int controls_recall(struct controls *controls, const char *card_id)
{
	struct panel remembered;
	int err;

	find_path(controls, card_id);
	if (!controls->path[0])
		return -ENOENT;
	state_changed(controls->path, &controls->stamp);
	err = state_read(controls->path, &remembered);
	if (err == 0)
		panel_take_moved(&controls->panel, &remembered);
	else if (err != -ENOENT)
		SNDERR("crossfeed: control file \"%s\": %s: playing as configured",
		       controls->path, err == -EBADMSG ? "damaged" : snd_strerror(err));
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
	if (controls->backend)
		controls->backend->close(controls);
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
