/* alsa-crossfeed - live controls of a stream: from the card's mixer or from a state file */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "controls.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Looks that take the events of a large mixer at once, outside the audio path. */
enum { CATCH_UP_LOOKS = 100 };

/* --- a look at a card --------------------------------------------------------------------- */

static bool brings_level(const struct controls *controls)
{
	return controls->panel.position[SETTING_PRESET] != controls->preset && !controls->level_set;
}

/* At a look that finds nothing new: whoever moves several elements in one go has done so. */
static void end_of_moves(struct controls *controls)
{
	if (!controls->unsettled)
		return;
	if (brings_level(controls)) {
		controls->level = controls->panel.position[SETTING_LEVEL_DB];
		card_set(&controls->card, SETTING_LEVEL_DB, controls->level);
	}
	controls->preset = controls->panel.position[SETTING_PRESET];
	controls->level_set = controls->unsettled = false;
}

static bool look_at_card(struct controls *controls)
{
	const struct panel before = controls->panel;
	int *position = controls->panel.position;
	unsigned int ours;

	if (card_events(&controls->card, &ours) && !ours) {
		end_of_moves(controls);
		return false;
	}
	controls->marks_are_old |= (ours & CARD_MARKS) != 0;
	position[SETTING_LEVEL_DB] = controls->level;
	card_read(&controls->card, position);
	controls->level_set |= ours & 1u << SETTING_LEVEL_DB ||
			       position[SETTING_LEVEL_DB] != controls->level;
	controls->level = position[SETTING_LEVEL_DB];
	controls->unsettled = true;
	if (brings_level(controls))
		position[SETTING_LEVEL_DB] = panel_preset_level(position[SETTING_PRESET]);
	return memcmp(before.position, position, sizeof(before.position)) != 0;
}

/* Outside the audio path there is time for all that came. */
static void catch_up(struct controls *controls)
{
	for (int n = 0; n < CATCH_UP_LOOKS && (look_at_card(controls) || controls->unsettled); n++)
		;
}

static void forget_own_events(struct controls *controls)
{
	catch_up(controls);
	controls->marks_are_old = false;
}

/* --- what a card's file remembers --------------------------------------------------------- */

/* What somebody moved, by the file; all else is as configured. */
static int recall(struct controls *controls)
{
	struct panel there = panel_from_settings(&controls->definition.settings);
	int err;

	controls->remembered = there;
	err = state_read(&controls->state, &there);
	panel_take_moved(&controls->remembered, &there);
	return err;
}

static bool is_remembered(struct controls *controls, const struct panel *panel)
{
	if (state_changed(&controls->state))
		recall(controls);
	for (int e = 0; e < PANEL_ELEMENTS; e++)
		if (controls->remembered.moved[e] != panel->moved[e] ||
		    (panel->moved[e] && controls->remembered.position[e] != panel->position[e]))
			return false;
	return true;
}

/* Whether this went well is of no use to anybody: the next time tries again. */
static void remember(struct controls *controls, const struct panel *panel, int wait_ms)
{
	struct state *state = &controls->state;
	int lock;

	if (!state->path[0] || is_remembered(controls, panel))
		return;
	lock = state_lock(state, wait_ms);
	if (lock == -EWOULDBLOCK && wait_ms == 0)
		return;
	if (!is_remembered(controls, panel)) {
		state->serial = state->serial > controls->marks.serial ? state->serial :
									 controls->marks.serial;
		if (state_write(state, panel) == 0)
			controls->remembered = *panel;
	}
	state_unlock(lock);
}

/* --- settling a card ---------------------------------------------------------------------- */

/* Where the elements stand, and which of them somebody moved, by the marks. */
static struct panel panel_of(const struct card_marks *marks, const int position[PANEL_ELEMENTS])
{
	struct panel panel;

	for (int e = 0; e < PANEL_ELEMENTS; e++) {
		panel.position[e] = position[e];
		panel.moved[e] = marks->moved & 1u << e || position[e] != marks->seen[e];
	}
	return panel;
}

static void leave_marks(struct controls *controls, const struct panel *panel)
{
	struct card_marks *marks = &controls->marks;

	marks->moved = 0;
	for (int e = 0; e < PANEL_ELEMENTS; e++) {
		marks->moved |= (unsigned int)panel->moved[e] << e;
		marks->seen[e] = panel->position[e];
	}
	card_write_marks(&controls->card, marks);
}

/* At once, for others may look while we wait for the file, whose serial is then added. */
static void keep(struct controls *controls, const struct panel *panel, int wait_ms)
{
	leave_marks(controls, panel);
	remember(controls, panel, wait_ms);
	if (controls->state.serial > controls->marks.serial) {
		controls->marks.serial = controls->state.serial;
		leave_marks(controls, panel);
	}
	forget_own_events(controls);
}

/* What the audio path saw last, unless another stream knows better. */
static void keep_unplugged(struct controls *controls, int wait_ms)
{
	struct panel panel = panel_of(&controls->marks, controls->panel.position);

	if (controls->state.path[0] && !controls->marks_are_old &&
	    !state_changed(&controls->state))
		remember(controls, &panel, wait_ms);
}

static void settle_card(struct controls *controls, int wait_ms)
{
	int position[PANEL_ELEMENTS];
	struct panel panel;

	catch_up(controls);
	memcpy(position, controls->panel.position, sizeof(position));
	if (card_read(&controls->card, position) < 0) {
		keep_unplugged(controls, wait_ms);
		return;
	}
	/* other streams may have left newer ones than we know */
	card_read_marks(&controls->card, &controls->marks);
	panel = panel_of(&controls->marks, position);
	keep(controls, &panel, wait_ms);
}

/* --- opening a card ----------------------------------------------------------------------- */

/* Elements that 0.9 left, or an alsactl of its time: moved, if not as configured. */
static void find_marks(struct controls *controls)
{
	struct card_marks *marks = &controls->marks;

	*marks = (struct card_marks){ .serial = 0 };
	memcpy(marks->seen, controls->panel.position, sizeof(marks->seen));
	card_read_marks(&controls->card, marks);
}

/* A preset that was chosen while nobody was here has not brought its level yet. */
static void bring_level(struct panel *panel, const struct card_marks *marks)
{
	if (panel->position[SETTING_PRESET] == marks->seen[SETTING_PRESET] ||
	    panel->position[SETTING_LEVEL_DB] != marks->seen[SETTING_LEVEL_DB])
		return;
	panel->position[SETTING_LEVEL_DB] = panel_preset_level(panel->position[SETTING_PRESET]);
	panel->moved[SETTING_LEVEL_DB] = true;
}

/*
 * Where each element is to stand: where somebody moved it, by the card, or by
 * the file, if that is newer or the element was not there; else as configured.
 */
static struct panel choose(const struct controls *controls, const int position[PANEL_ELEMENTS],
			   unsigned int there)
{
	bool newer = controls->state.serial > controls->marks.serial;
	struct panel moved = panel_of(&controls->marks, position);
	struct panel panel = controls->panel;

	bring_level(&moved, &controls->marks);
	for (int e = 0; e < PANEL_ELEMENTS; e++) {
		if (!newer && there & 1u << e)
			continue;
		moved.position[e] = controls->remembered.position[e];
		moved.moved[e] = controls->remembered.moved[e];
	}
	panel_take_moved(&panel, &moved);
	return panel;
}

/* may_write: what is there is a state file, or nothing. */
static void set_up(struct controls *controls, unsigned int there, bool may_write)
{
	int position[PANEL_ELEMENTS];
	struct panel panel;

	memcpy(position, controls->remembered.position, sizeof(position));
	find_marks(controls);
	if (card_read(&controls->card, position) < 0)
		return;
	panel = choose(controls, position, there);
	controls->panel = panel;
	controls->level = panel.position[SETTING_LEVEL_DB];
	controls->preset = panel.position[SETTING_PRESET];
	for (int e = 0; e < PANEL_ELEMENTS; e++)
		if (panel.position[e] != position[e])
			card_set(&controls->card, (enum setting)e, panel.position[e]);
	if (may_write)
		keep(controls, &panel, 0);
	else
		leave_marks(controls, &panel);
}

static void complain(const struct card *card, const char *ctl_name, enum setting element,
		     int err)
{
	SNDERR("crossfeed: element \"%s\" of %s: %s: playing as configured", card->name[element],
	       ctl_name, err == -EEXIST ? "is of another kind" : snd_strerror(err));
}

static int say_unreadable(const struct state *state, int err)
{
	if (err < 0 && err != -ENOENT)
		SNDERR("crossfeed: control file \"%s\": %s: playing as configured", state->path,
		       err == -EBADMSG ? "damaged" : snd_strerror(err));
	return err;
}

/* By the card's id, which it keeps when its number changes. */
static int recall_card(struct controls *controls, const char *name)
{
	const struct definition *definition = &controls->definition;
	char id[DEFINITION_NAME_SIZE];
	int err;

	controls->remembered = controls->panel;
	card_id(&controls->card, id, sizeof(id), name);
	err = state_open(&controls->state, definition->file, definition->name, id);
	if (err == 0)
		err = recall(controls);
	return say_unreadable(&controls->state, err);
}

static void open_card(struct controls *controls, const char *name, snd_config_t *root)
{
	char ctl_name[DEFINITION_NAME_SIZE + 8];
	enum setting failed;
	unsigned int there;
	int err, recalled;

	snprintf(ctl_name, sizeof(ctl_name), "hw:%s", name);
	err = card_open(&controls->card, ctl_name, controls->definition.name, root);
	if (err < 0) {
		SNDERR("crossfeed: no live controls on %s: %s", ctl_name, snd_strerror(err));
		return;
	}
	recalled = recall_card(controls, name);
	err = card_find(&controls->card, controls->remembered.position, &there, &failed);
	if (err < 0)
		complain(&controls->card, ctl_name, failed, err);
	if (controls->card.elements == 0) {
		state_close(&controls->state);
		card_close(&controls->card);
		return;
	}
	controls->source = CONTROLS_CARD;
	controls->level = controls->panel.position[SETTING_LEVEL_DB];
	controls->preset = controls->panel.position[SETTING_PRESET];
	/* a damaged file is left for somebody to look at, until something moves */
	set_up(controls, there, recalled == 0 || recalled == -ENOENT);
	forget_own_events(controls);
}

/* --- a file ------------------------------------------------------------------------------- */

static bool same_panel(const struct panel *a, const struct panel *b)
{
	return memcmp(a->position, b->position, sizeof(a->position)) == 0 &&
	       memcmp(a->moved, b->moved, sizeof(a->moved)) == 0;
}

/* What somebody moved counts, and mixers are shown what plays. */
static int recall_and_show(struct controls *controls)
{
	struct panel there = controls->panel;
	int err = say_unreadable(&controls->state, state_read(&controls->state, &there));

	/* a damaged file is left for somebody to look at; a mixer replaces it */
	if (err < 0 && err != -ENOENT)
		return 0;
	if (err == 0)
		panel_take_moved(&controls->panel, &there);
	if (err == 0 && same_panel(&controls->panel, &there))
		return 0;
	return state_write(&controls->state, &controls->panel);
}

static void open_file(struct controls *controls)
{
	const struct definition *definition = &controls->definition;
	int err = state_open(&controls->state, definition->file, definition->name, "");
	int lock;

	if (err < 0) {
		SNDERR("crossfeed: no live controls: %s: expected another, or "
		       "control { file \"...\" }", err == -ENOENT ?
		       "neither HOME nor XDG_STATE_HOME is set" : "the home's path is too long");
		return;
	}
	controls->source = CONTROLS_FILE;
	/* if somebody else has it, one of us shows what is configured after the other */
	lock = state_lock(&controls->state, 0);
	err = recall_and_show(controls);
	state_unlock(lock);
	if (err < 0)
		SNDERR("crossfeed: control file \"%s\": %s: it is read, but not written",
		       controls->state.path, snd_strerror(err));
}

static bool look_at_file(struct controls *controls)
{
	struct panel panel = controls->panel;

	if (!state_changed(&controls->state))
		return false;
	/* gone or damaged: what plays is better than what somebody broke */
	if (state_read(&controls->state, &panel) < 0)
		return false;
	return panel_take_moved(&controls->panel, &panel) != 0;
}

/* --- of a stream -------------------------------------------------------------------------- */

/* The named card, or the one the slave ends in; empty if there is none. */
static void find_card(char card[DEFINITION_NAME_SIZE], const struct definition *definition,
		      int index)
{
	card[0] = '\0';
	if (definition->card[0])
		snprintf(card, DEFINITION_NAME_SIZE, "%s", definition->card);
	else if (!definition->file[0] && index >= 0)
		snprintf(card, DEFINITION_NAME_SIZE, "%d", index);
}

void controls_open(struct controls *controls, const struct definition *definition, int card,
		   snd_config_t *root)
{
	char name[DEFINITION_NAME_SIZE];

	*controls = (struct controls){
		.definition = *definition,
		.panel = panel_from_settings(&definition->settings),
		.frames_since_look = SIZE_MAX / 2,
	};
	if (!definition->control)
		return;
	find_card(name, definition, card);
	if (name[0])
		open_card(controls, name, root);
	else
		open_file(controls);
}

void controls_settle(struct controls *controls)
{
	if (controls->source == CONTROLS_CARD)
		settle_card(controls, 0);
}

void controls_close(struct controls *controls)
{
	if (controls->source == CONTROLS_NONE)
		return;
	if (controls->source == CONTROLS_CARD) {
		settle_card(controls, STATE_LOCK_MS);
		card_close(&controls->card);
	}
	state_close(&controls->state);
	controls->source = CONTROLS_NONE;
}

bool controls_read(struct controls *controls, size_t frames, unsigned int rate_hz)
{
	bool due = controls->frames_since_look >= rate_hz / CONTROLS_LOOKS_HZ;

	controls->frames_since_look = frames + (due ? 0 : controls->frames_since_look);
	if (!due || controls->source == CONTROLS_NONE)
		return false;
	return controls->source == CONTROLS_CARD ? look_at_card(controls) :
						   look_at_file(controls);
}

struct settings controls_settings(const struct controls *controls)
{
	return panel_settings(&controls->panel, &controls->definition.settings);
}
