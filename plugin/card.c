/* alsa-crossfeed - the front panel as elements of a sound card's own mixer */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "card.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
	MARKS_WORDS = sizeof(struct card_marks) / sizeof(int),
	TLV_WORDS = 2 + PANEL_DB_SCALE_WORDS + 2 + MARKS_WORDS,
	TLV_WORDS_MAX = 64,		/* what alsactl stores */
};

/*
 * The marks are in the level's TLV: alsactl stores those of integers only, and a
 * container may hold more than a dB scale.  "xfed", far from the types that sound/tlv.h numbers.
 */
#define TLV_TYPE_MARKS 0x78666564u

static bool is_ours(const struct card *card, int element)
{
	return card->elements & 1u << element;
}

static void make_id(const struct card *card, enum setting element, snd_ctl_elem_id_t *id)
{
	snd_ctl_elem_id_clear(id);
	snd_ctl_elem_id_set_interface(id, SND_CTL_ELEM_IFACE_MIXER);
	snd_ctl_elem_id_set_name(id, card->name[element]);
}

static void make_value_id(const struct card *card, enum setting element,
			  snd_ctl_elem_value_t *value)
{
	snd_ctl_elem_value_set_interface(value, SND_CTL_ELEM_IFACE_MIXER);
	snd_ctl_elem_value_set_name(value, card->name[element]);
}

static int get_position(const struct card *card, enum setting element, int *position)
{
	snd_ctl_elem_value_t *value;
	int err;

	snd_ctl_elem_value_alloca(&value);
	make_value_id(card, element, value);
	err = snd_ctl_elem_read(card->ctl, value);
	if (err < 0)
		return err;
	switch (panel_info(element).type) {
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

static int set_position(const struct card *card, enum setting element, int position)
{
	snd_ctl_elem_value_t *value;
	int err;

	snd_ctl_elem_value_alloca(&value);
	make_value_id(card, element, value);
	switch (panel_info(element).type) {
	case SND_CTL_ELEM_TYPE_BOOLEAN:
		snd_ctl_elem_value_set_boolean(value, 0, position);
		break;
	case SND_CTL_ELEM_TYPE_INTEGER:
		snd_ctl_elem_value_set_integer(value, 0, position);
		break;
	default:
		snd_ctl_elem_value_set_enumerated(value, 0, (unsigned int)position);
	}
	err = snd_ctl_elem_write(card->ctl, value);
	return err < 0 ? err : 0;
}

int card_set(const struct card *card, enum setting element, int position)
{
	return is_ours(card, element) ? set_position(card, element, position) : -ENOENT;
}

static bool has_right_shape(snd_ctl_elem_info_t *info, enum setting element)
{
	const struct panel_info panel = panel_info(element);

	if (snd_ctl_elem_info_get_count(info) != 1 || !snd_ctl_elem_info_is_writable(info) ||
	    snd_ctl_elem_info_get_type(info) != panel.type)
		return false;
	switch (panel.type) {
	case SND_CTL_ELEM_TYPE_INTEGER:
		return snd_ctl_elem_info_get_min(info) == 0 &&
		       snd_ctl_elem_info_get_max(info) == panel.max;
	case SND_CTL_ELEM_TYPE_ENUMERATED:
		return snd_ctl_elem_info_get_items(info) == (unsigned int)panel.max + 1;
	default:
		return true;
	}
}

static int add_enumerated(const struct card *card, enum setting element,
			  snd_ctl_elem_info_t *info)
{
	const char *items[PRESETS];	/* the most there are */
	unsigned int count = (unsigned int)panel_info(element).max + 1;

	for (unsigned int i = 0; i < count; i++)
		items[i] = setting_word(element, i, NULL);
	return snd_ctl_add_enumerated_elem_set(card->ctl, info, 1, 1, count, items);
}

static int add_integer(const struct card *card, enum setting element,
		       snd_ctl_elem_info_t *info, snd_ctl_elem_id_t *id)
{
	unsigned int scale[PANEL_DB_SCALE_WORDS];
	int err = snd_ctl_add_integer_elem_set(card->ctl, info, 1, 1, 0, panel_info(element).max,
					       1);

	if (err < 0)
		return err;
	snd_ctl_elem_info_get_id(info, id);
	panel_db_scale(scale, element);
	return snd_ctl_elem_tlv_write(card->ctl, id, scale);
}

static int add_element(const struct card *card, enum setting element,
		       snd_ctl_elem_info_t *info, snd_ctl_elem_id_t *id, int position)
{
	int err;

	snd_ctl_elem_info_set_id(info, id);
	switch (panel_info(element).type) {
	case SND_CTL_ELEM_TYPE_BOOLEAN:
		err = snd_ctl_add_boolean_elem_set(card->ctl, info, 1, 1);
		break;
	case SND_CTL_ELEM_TYPE_INTEGER:
		err = add_integer(card, element, info, id);
		break;
	default:
		err = add_enumerated(card, element, info);
	}
	if (err < 0)
		return err;
	snd_ctl_elem_info_get_id(info, id);
	err = set_position(card, element, position);
	/* it stays locked by who added it, or no mixer could move it while we play */
	snd_ctl_elem_unlock(card->ctl, id);
	return err;
}

static int look_for(const struct card *card, enum setting element,
		    snd_ctl_elem_info_t *info, snd_ctl_elem_id_t *id)
{
	int err;

	make_id(card, element, id);
	snd_ctl_elem_info_clear(info);
	snd_ctl_elem_info_set_id(info, id);
	err = snd_ctl_elem_info(card->ctl, info);
	if (err < 0)
		return err;
	return has_right_shape(info, element) ? 0 : -EEXIST;
}

/* Returns 1 if it was there.  Another stream may add it between our look and our try. */
static int find_or_add(const struct card *card, enum setting element, int missing)
{
	snd_ctl_elem_info_t *info;
	snd_ctl_elem_id_t *id;
	int err;

	snd_ctl_elem_info_alloca(&info);
	snd_ctl_elem_id_alloca(&id);
	err = look_for(card, element, info, id);
	if (err != -ENOENT)
		return err < 0 ? err : 1;
	err = add_element(card, element, info, id, missing);
	if (err != -EBUSY)
		return err;
	err = look_for(card, element, info, id);
	return err < 0 ? err : 1;
}

int card_find(struct card *card, const int missing[PANEL_ELEMENTS], unsigned int *there,
	      enum setting *failed)
{
	int first = 0;

	card->elements = *there = 0;
	for (int e = 0; e < PANEL_ELEMENTS; e++) {
		int err = find_or_add(card, (enum setting)e, missing[e]);

		if (err >= 0)
			card->elements |= 1u << e;
		if (err > 0)
			*there |= 1u << e;
		if (err < 0 && first == 0) {
			first = err;
			*failed = (enum setting)e;
		}
	}
	snd_ctl_subscribe_events(card->ctl, 1);
	return first;
}

/* What an event is of, in bits; another element of the same name has another index. */
static unsigned int event_bits(const struct card *card, const snd_ctl_event_t *event)
{
	const char *name = snd_ctl_event_elem_get_name(event);
	unsigned int mask, bits, e = 0;

	if (snd_ctl_event_get_type(event) != SND_CTL_EVENT_ELEM ||
	    snd_ctl_event_elem_get_index(event) != 0)
		return 0;
	while (e < PANEL_ELEMENTS && !(is_ours(card, (int)e) && strcmp(card->name[e], name) == 0))
		e++;
	if (e == PANEL_ELEMENTS)
		return 0;
	mask = snd_ctl_event_elem_get_mask(event);
	bits = mask & (SND_CTL_EVENT_MASK_VALUE | SND_CTL_EVENT_MASK_ADD) ? 1u << e : 0;
	if (e == SETTING_LEVEL_DB && mask & SND_CTL_EVENT_MASK_TLV)
		bits |= CARD_MARKS;
	return bits;
}

bool card_events(const struct card *card, unsigned int *ours)
{
	snd_ctl_event_t *event;

	snd_ctl_event_alloca(&event);
	*ours = 0;
	for (int n = 0; n < CARD_EVENTS; n++) {
		/* an unplugged card has no events either */
		if (snd_ctl_read(card->ctl, event) <= 0)
			return true;
		*ours |= event_bits(card, event);
	}
	return false;
}

int card_read(const struct card *card, int position[PANEL_ELEMENTS])
{
	for (int e = 0; e < PANEL_ELEMENTS; e++) {
		int err = is_ours(card, e) ? get_position(card, (enum setting)e, &position[e]) : 0;

		/* one that somebody took away may come back */
		if (err < 0 && err != -ENOENT)
			return err;
	}
	return 0;
}

static bool level_id(const struct card *card, snd_ctl_elem_id_t *id)
{
	make_id(card, SETTING_LEVEL_DB, id);
	return is_ours(card, SETTING_LEVEL_DB);
}

int card_read_marks(const struct card *card, struct card_marks *marks)
{
	unsigned int tlv[TLV_WORDS_MAX];
	const unsigned int *ours = tlv + 2 + PANEL_DB_SCALE_WORDS;
	snd_ctl_elem_id_t *id;
	int err;

	snd_ctl_elem_id_alloca(&id);
	if (!level_id(card, id))
		return -ENOENT;
	err = snd_ctl_elem_tlv_read(card->ctl, id, tlv, sizeof(tlv));
	if (err < 0)
		return err;
	if (tlv[0] != SND_CTL_TLVT_CONTAINER || tlv[1] != (TLV_WORDS - 2) * sizeof(int) ||
	    ours[0] != TLV_TYPE_MARKS || ours[1] != sizeof(*marks))
		return -ENOENT;
	memcpy(marks, ours + 2, sizeof(*marks));
	return 0;
}

int card_write_marks(const struct card *card, const struct card_marks *marks)
{
	unsigned int tlv[TLV_WORDS] = {
		SND_CTL_TLVT_CONTAINER, (TLV_WORDS - 2) * sizeof(unsigned int),
	};
	unsigned int *ours = tlv + 2 + PANEL_DB_SCALE_WORDS;
	snd_ctl_elem_id_t *id;
	int err;

	snd_ctl_elem_id_alloca(&id);
	if (!level_id(card, id))
		return -ENOENT;
	panel_db_scale(tlv + 2, SETTING_LEVEL_DB);
	ours[0] = TLV_TYPE_MARKS;
	ours[1] = sizeof(*marks);
	memcpy(ours + 2, marks, sizeof(*marks));
	err = snd_ctl_elem_tlv_write(card->ctl, id, tlv);
	return err < 0 ? err : 0;
}

int card_open(struct card *card, const char *ctl_name, const char *prefix, snd_config_t *root)
{
	int err = snd_ctl_open_lconf(&card->ctl, ctl_name, SND_CTL_NONBLOCK, root);

	if (err < 0)
		return err;
	for (int e = 0; e < PANEL_ELEMENTS; e++)
		panel_name(card->name[e], prefix, (enum setting)e);
	return 0;
}

void card_close(struct card *card)
{
	snd_ctl_close(card->ctl);
}

void card_id(const struct card *card, char *id, size_t size, const char *fallback)
{
	snd_ctl_card_info_t *info;

	snd_ctl_card_info_alloca(&info);
	if (snd_ctl_card_info(card->ctl, info) == 0)
		fallback = snd_ctl_card_info_get_id(info);
	snprintf(id, size, "%s", fallback);
}
