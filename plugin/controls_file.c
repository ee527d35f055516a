/* alsa-crossfeed - live controls from a state file, for chains without a card */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "controls.h"

#include <errno.h>

static unsigned int read_file(struct controls *controls)
{
	struct panel panel = controls->panel;

	if (!state_changed(&controls->state))
		return 0;
	/* gone or damaged: what plays is better than what somebody broke */
	if (state_read(&controls->state, &panel) < 0)
		return 0;
	return panel_take_moved(&controls->panel, &panel);
}

static void close_file(struct controls *controls)
{
	(void)controls;
}

static const struct controls_backend file_backend = {
	.read = read_file,
	.close = close_file,
};

/*
 * Show mixers what plays: what somebody moved in the meantime, else what is
 * configured.
 */
static int show_configured(struct controls *controls)
{
	struct panel there = controls->panel;
	int lock = state_lock(&controls->state, 0);
	int err;

	if (lock < 0)
		return lock == -EWOULDBLOCK ? 0 : lock;
	if (state_read(&controls->state, &there) == 0)
		panel_take_moved(&controls->panel, &there);
	err = state_write(&controls->state, &controls->panel);
	state_unlock(lock);
	return err;
}

int controls_file_open(struct controls *controls)
{
	/* a damaged file is left for somebody to look at; a mixer replaces it */
	int recalled = controls_recall(controls, "");
	int err;

	if (!controls->state.path[0]) {
		SNDERR("crossfeed: no live controls: %s: expected another, or "
		       "control { file \"...\" }", recalled == -ENOENT ?
		       "neither HOME nor XDG_STATE_HOME is set" : "the home's path is too long");
		return recalled;
	}
	controls->backend = &file_backend;
	if (recalled < 0 && recalled != -ENOENT)
		return recalled;
	err = show_configured(controls);
	if (err < 0)
		SNDERR("crossfeed: control file \"%s\": %s: it is read, but not written",
		       controls->state.path, snd_strerror(err));
	return err;
}
