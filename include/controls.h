/* alsa-crossfeed - live controls of a stream: from the card's mixer or from a state file */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#ifndef CONTROLS_H
#define CONTROLS_H

#include <alsa/asoundlib.h>
#include <stdbool.h>

#include "panel.h"
#include "settings.h"
#include "state.h"

/*
 * Where the positions come from, first found wins: the live element; what was
 * remembered of it; the configuration; the preset.
 */

struct controls;

/* What a back end does; each leaves the newest positions in controls->panel. */
struct controls_backend {
	/* Elements that changed, one bit each.  Real-time: see controls_read(). */
	unsigned int (*read)(struct controls *controls);
	void (*close)(struct controls *controls);
};

/* Plain data but for the handles of the back end in use. */
struct controls {
	const struct controls_backend *backend;	/* NULL: no live controls */
	struct settings configured;
	struct panel panel;
	struct state state;			/* without a path where there is none */

	/* the card's back end */
	snd_ctl_t *ctl;
	char name[PANEL_ELEMENTS][PANEL_NAME_SIZE];	/* empty: no such element */
	bool level_owed;			/* a new preset's level is to be shown */
	bool changed;				/* since the file was written */
};

/*
 * Find the controls the settings ask for.  card is the one the slave ends in,
 * or -1.  Controls that cannot be had are said in one message, and the stream
 * plays with the positions it knows: this cannot fail.  Not real-time.
 */
void controls_open(struct controls *controls, const struct settings *settings, int card,
		   snd_config_t *root);

/* Give the handles back and remember the positions. */
void controls_close(struct controls *controls);

/*
 * Look for a change: one system call, which does not wait; only where it finds
 * one, one more (a card) or three (a file) to fetch the new position.  True if
 * settings are to be taken anew.  Real-time: no heap, no lock.
 */
bool controls_read(struct controls *controls);

/* The settings in force. */
struct settings controls_settings(const struct controls *controls);

/*
 * The back ends, for controls_open() alone: each says itself what is wrong and
 * returns 0 or -errno.  card is a card's number or id.
 */
int controls_card_open(struct controls *controls, const char *card, snd_config_t *root);
int controls_file_open(struct controls *controls);

/*
 * For them: find the state file, and take the positions somebody moved from it.
 * Returns 0, -ENOENT if there is none, or another -errno, which it has said.
 */
int controls_recall(struct controls *controls, const char *card_id);

#endif
