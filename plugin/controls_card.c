/* alsa-crossfeed - live controls as user elements of the DAC's own card */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The values live in the kernel, where every mixer sees and sets them.  A user
 * element belongs to the handle that added it until it is unlocked; a USB
 * card's elements go with the card, so their values are remembered in a file.
 */

#include "controls.h"

#include <errno.h>
#include <stdio.h>

static void make_id(const struct controls *controls, enum panel_element element,
		    snd_ctl_elem_id_t *id)
{
	snd_ctl_elem_id_clear(id);
	snd_ctl_elem_id_set_interface(id, SND_CTL_ELEM_IFACE_MIXER);
	snd_ctl_elem_id_set_name(id, controls->name[element]);
}

static void make_value_id(const struct controls *controls, enum panel_element element,
			  snd_ctl_elem_value_t *value)
{
	snd_ctl_elem_value_set_interface(value, SND_CTL_ELEM_IFACE_MIXER);
	snd_ctl_elem_value_set_name(value, controls->name[element]);
}

static int get_value(const struct controls *controls, enum panel_element element, int *position)
{
	snd_ctl_elem_value_t *value;
	int err;

	snd_ctl_elem_value_alloca(&value);
	make_value_id(controls, element, value);
	err = snd_ctl_elem_read(controls->ctl, value);
	if (err < 0)
		return err;
	switch (panel_info(element)->type) {
	case SND_CTL_ELEM_TYPE_BOOLEAN:
		*position = snd_ctl_elem_value_get_boolean(value, 0) != 0;
		return 0;
	case SND_CTL_ELEM_TYPE_INTEGER:
		*position = panel_clamp(element, snd_ctl_elem_value_get_integer(value, 0));
		return 0;
	default:
		*position = panel_clamp(element, (long)snd_ctl_elem_value_get_enumerated(value, 0));
		return 0;
	}
}

static int set_value(const struct controls *controls, enum panel_element element)
{
	int position = controls->panel.value[element];
	snd_ctl_elem_value_t *value;

	snd_ctl_elem_value_alloca(&value);
	make_value_id(controls, element, value);
	switch (panel_info(element)->type) {
	case SND_CTL_ELEM_TYPE_BOOLEAN:
		snd_ctl_elem_value_set_boolean(value, 0, position);
		break;
	case SND_CTL_ELEM_TYPE_INTEGER:
		snd_ctl_elem_value_set_integer(value, 0, position);
		break;
	default:
		snd_ctl_elem_value_set_enumerated(value, 0, (unsigned int)position);
	}
	return snd_ctl_elem_write(controls->ctl, value);
}

static bool has_right_shape(snd_ctl_elem_info_t *info, enum panel_element element)
{
	const struct panel_info *panel = panel_info(element);

	if (snd_ctl_elem_info_get_count(info) != 1 || !snd_ctl_elem_info_is_writable(info))
		return false;
	switch (panel->type) {
	case SND_CTL_ELEM_TYPE_BOOLEAN:
		return snd_ctl_elem_info_get_type(info) == SND_CTL_ELEM_TYPE_BOOLEAN;
	case SND_CTL_ELEM_TYPE_INTEGER:
		return snd_ctl_elem_info_get_type(info) == SND_CTL_ELEM_TYPE_INTEGER &&
		       snd_ctl_elem_info_get_min(info) == 0 &&
		       snd_ctl_elem_info_get_max(info) == panel->max;
	default:
		return snd_ctl_elem_info_get_type(info) == SND_CTL_ELEM_TYPE_ENUMERATED &&
		       snd_ctl_elem_info_get_items(info) == (unsigned int)panel->max + 1;
	}
}

static int add_enumerated(struct controls *controls, enum panel_element element,
			  snd_ctl_elem_info_t *info)
{
	const char *items[PRESETS];
	unsigned int count = (unsigned int)panel_info(element)->max + 1;

	for (unsigned int i = 0; i < count; i++)
		items[i] = panel_item(element, (int)i);
	return snd_ctl_add_enumerated_elem_set(controls->ctl, info, 1, 1, count, items);
}

static int add_integer(struct controls *controls, enum panel_element element,
		       snd_ctl_elem_info_t *info, snd_ctl_elem_id_t *id)
{
	const struct panel_info *panel = panel_info(element);
	const unsigned int tlv[] = {
		SND_CTL_TLVT_DB_SCALE, 2 * sizeof(unsigned int), (unsigned int)panel->db_min,
		(unsigned int)panel->db_step,
	};
	int err = snd_ctl_add_integer_elem_set(controls->ctl, info, 1, 1, 0, panel->max, 1);

	if (err < 0)
		return err;
	snd_ctl_elem_info_get_id(info, id);
	return snd_ctl_elem_tlv_write(controls->ctl, id, tlv);
}

static int add_element(struct controls *controls, enum panel_element element,
		       snd_ctl_elem_info_t *info, snd_ctl_elem_id_t *id)
{
	int err;

	snd_ctl_elem_info_set_id(info, id);
	switch (panel_info(element)->type) {
	case SND_CTL_ELEM_TYPE_BOOLEAN:
		err = snd_ctl_add_boolean_elem_set(controls->ctl, info, 1, 1);
		break;
	case SND_CTL_ELEM_TYPE_INTEGER:
		err = add_integer(controls, element, info, id);
		break;
	default:
		err = add_enumerated(controls, element, info);
	}
	if (err < 0)
		return err;
	snd_ctl_elem_info_get_id(info, id);
	err = set_value(controls, element);
	/* or no mixer could move it while we play */
	snd_ctl_elem_unlock(controls->ctl, id);
	return err;
}

/* Another stream may add the same element between our look and our try. */
static int adopt_element(struct controls *controls, enum panel_element element,
			 snd_ctl_elem_info_t *info)
{
	if (!has_right_shape(info, element))
		return -EEXIST;
	return get_value(controls, element, &controls->panel.value[element]);
}

static int find_or_add(struct controls *controls, enum panel_element element)
{
	snd_ctl_elem_info_t *info;
	snd_ctl_elem_id_t *id;
	int err;

	snd_ctl_elem_info_alloca(&info);
	snd_ctl_elem_id_alloca(&id);
	make_id(controls, element, id);
	snd_ctl_elem_info_set_id(info, id);
	if (snd_ctl_elem_info(controls->ctl, info) == 0)
		return adopt_element(controls, element, info);
	err = add_element(controls, element, info, id);
	if (err != -EBUSY)
		return err;
	make_id(controls, element, id);
	snd_ctl_elem_info_clear(info);
	snd_ctl_elem_info_set_id(info, id);
	err = snd_ctl_elem_info(controls->ctl, info);
	return err < 0 ? err : adopt_element(controls, element, info);
}

/* Whether a mixer chose another preset while nobody was here to take its level along. */
static void follow_preset(struct controls *controls, const struct panel *remembered)
{
	struct panel panel = *remembered;

	if (controls->panel.value[PANEL_PRESET] == remembered->value[PANEL_PRESET] ||
	    controls->panel.value[PANEL_LEVEL] != remembered->value[PANEL_LEVEL])
		return;
	panel_move(&panel, PANEL_PRESET, controls->panel.value[PANEL_PRESET]);
	controls->panel.value[PANEL_LEVEL] = panel.value[PANEL_LEVEL];
	controls->level_owed = true;
}

static void complain(const struct controls *controls, const char *ctl_name,
		     enum panel_element element, int err)
{
	SNDERR("crossfeed: element \"%s\" of %s: %s: playing as configured",
	       controls->name[element], ctl_name,
	       err == -EEXIST ? "is of another kind" : snd_strerror(err));
}

/* All elements that can be had; the others are said once, by the first of them. */
static unsigned int find_elements(struct controls *controls, const char *ctl_name)
{
	unsigned int found = 0;
	bool said = false;

	for (int e = 0; e < PANEL_ELEMENTS; e++) {
		int err;

		panel_name(controls->name[e], controls->configured.control_name,
			   (enum panel_element)e);
		err = find_or_add(controls, (enum panel_element)e);
		if (err == 0) {
			found++;
			continue;
		}
		if (!said)
			complain(controls, ctl_name, (enum panel_element)e, err);
		said = true;
		controls->name[e][0] = '\0';
	}
	return found;
}

static int element_of(const struct controls *controls, const snd_ctl_event_t *event)
{
	const char *name = snd_ctl_event_elem_get_name(event);

	for (int e = 0; *name && e < PANEL_ELEMENTS; e++)
		if (strcmp(controls->name[e], name) == 0)
			return e;
	return -1;
}

/* An element of ours has moved: fetch its position. */
static unsigned int take_event(struct controls *controls, snd_ctl_event_t *event)
{
	unsigned int changed, mask;
	int element, position;

	if (snd_ctl_event_get_type(event) != SND_CTL_EVENT_ELEM)
		return 0;
	element = element_of(controls, event);
	if (element < 0)
		return 0;
	mask = snd_ctl_event_elem_get_mask(event);
	if (mask == SND_CTL_EVENT_MASK_REMOVE) {
		controls->name[element][0] = '\0';
		return 0;
	}
	if (!(mask & SND_CTL_EVENT_MASK_VALUE))
		return 0;
	if (get_value(controls, (enum panel_element)element, &position) < 0)
		return 0;
	changed = panel_move(&controls->panel, (enum panel_element)element, position);
	if (changed)
		controls->changed = true;
	if (element == PANEL_PRESET && changed & 1u << PANEL_LEVEL)
		controls->level_owed = true;
	return changed;
}

static unsigned int read_card(struct controls *controls)
{
	snd_ctl_event_t *event;

	if (controls->level_owed) {
		controls->level_owed = false;
		if (controls->name[PANEL_LEVEL][0])
			set_value(controls, PANEL_LEVEL);
		return 0;
	}
	snd_ctl_event_alloca(&event);
	/* an unplugged card has no events either */
	if (snd_ctl_read(controls->ctl, event) <= 0)
		return 0;
	return take_event(controls, event);
}

static void remember(struct controls *controls)
{
	if (!controls->state.path[0] || !controls->changed)
		return;
	for (int e = 0; e < PANEL_ELEMENTS; e++)
		controls->panel.moved[e] |= controls->name[e][0] != '\0';
	state_write(&controls->state, &controls->panel);
}

static void close_card(struct controls *controls)
{
	remember(controls);
	snd_ctl_close(controls->ctl);
}

static const struct controls_backend card_backend = {
	.read = read_card,
	.close = close_card,
};

/* A card keeps its id when its number changes. */
static void recall(struct controls *controls, const char *card)
{
	snd_ctl_card_info_t *info;

	snd_ctl_card_info_alloca(&info);
	if (snd_ctl_card_info(controls->ctl, info) == 0)
		card = snd_ctl_card_info_get_id(info);
	controls_recall(controls, card);
}

int controls_card_open(struct controls *controls, const char *card, snd_config_t *root)
{
	char ctl_name[SETTINGS_NAME_SIZE + 8];
	struct panel remembered;
	int err;

	snprintf(ctl_name, sizeof(ctl_name), "hw:%s", card);
	err = snd_ctl_open_lconf(&controls->ctl, ctl_name, SND_CTL_NONBLOCK, root);
	if (err < 0) {
		SNDERR("crossfeed: no live controls on %s: %s", ctl_name, snd_strerror(err));
		return err;
	}
	recall(controls, card);
	remembered = controls->panel;
	if (find_elements(controls, ctl_name) == 0) {
		state_close(&controls->state);
		snd_ctl_close(controls->ctl);
		return -ENOENT;
	}
	follow_preset(controls, &remembered);
	for (int e = 0; e < PANEL_ELEMENTS; e++)
		controls->changed |= controls->panel.value[e] != remembered.value[e];
	snd_ctl_subscribe_events(controls->ctl, 1);
	controls->backend = &card_backend;
	return 0;
}
