/* alsa-crossfeed - a stand-in for the mixer of a sound card, as the kernel keeps it */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "mixer_card.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

/* The kernel's own words, not alsa-lib's: these structs are what alsa-lib hands over. */
#include <sound/asound.h>

enum { ELEMENTS = 300, HANDLES = 200, TLV_WORDS = 64 };

struct handle;

struct element {
	struct snd_ctl_elem_info info;
	long value;
	unsigned int tlv[TLV_WORDS];
	struct handle *owner;
};

struct handle {
	bool used, subscribed;
	unsigned int card;		/* which plugging it belongs to */
	unsigned int mask[ELEMENTS];	/* of the event that waits for each element, or 0 */
	struct snd_ctl_elem_id id[ELEMENTS];
};

static struct element elements[ELEMENTS], stored[ELEMENTS];
static struct handle handles[HANDLES];
static unsigned int card = 1;
static bool plugged = true;
static unsigned int last_numid;
static unsigned long looks;
static void (*before_subscribing)(void);
static char busy;

/* No mutex, which test_realtime would count as one of ours. */
static void lock(void)
{
	while (__atomic_test_and_set(&busy, __ATOMIC_ACQUIRE))
		sched_yield();
}

static void unlock(void)
{
	__atomic_clear(&busy, __ATOMIC_RELEASE);
}

/* --- with the lock held --------------------------------------------------------------------- */

static struct element *find(const struct snd_ctl_elem_id *id)
{
	for (int e = 0; e < ELEMENTS; e++) {
		const struct snd_ctl_elem_id *here = &elements[e].info.id;

		if (here->numid == 0)
			continue;
		if (id->numid ? here->numid == id->numid :
		    here->iface == id->iface && here->index == id->index &&
		    strcmp((const char *)here->name, (const char *)id->name) == 0)
			return &elements[e];
	}
	return NULL;
}

static struct element *find_name(const char *name, unsigned int index)
{
	struct snd_ctl_elem_id id = { .iface = SNDRV_CTL_ELEM_IFACE_MIXER, .index = index };

	snprintf((char *)id.name, sizeof(id.name), "%s", name);
	return find(&id);
}

static void notify(const struct element *element, unsigned int mask)
{
	for (int h = 0; h < HANDLES; h++) {
		if (!handles[h].used || !handles[h].subscribed || handles[h].card != card)
			continue;
		handles[h].mask[element - elements] |= mask;
		handles[h].id[element - elements] = element->info.id;
	}
}

static void set(struct element *element, long value)
{
	if (element->value == value)
		return;
	element->value = value;
	notify(element, SNDRV_CTL_EVENT_MASK_VALUE);
}

static struct element *add(const struct snd_ctl_elem_info *info)
{
	int e = 0;

	while (e < ELEMENTS && elements[e].info.id.numid)
		e++;
	if (e == ELEMENTS)
		abort();
	elements[e] = (struct element){ .info = *info };
	elements[e].info.id.numid = ++last_numid;
	notify(&elements[e], SNDRV_CTL_EVENT_MASK_ADD);
	return &elements[e];
}

static struct element *add_named(const char *name, unsigned int index)
{
	struct snd_ctl_elem_info info = {
		.id = { .iface = SNDRV_CTL_ELEM_IFACE_MIXER, .index = index },
		.type = SNDRV_CTL_ELEM_TYPE_INTEGER, .count = 1,
		.access = SNDRV_CTL_ELEM_ACCESS_READWRITE,
		.value.integer.max = 100,
	};

	snprintf((char *)info.id.name, sizeof(info.id.name), "%s", name);
	return add(&info);
}

static bool is_dead(const struct handle *handle)
{
	return !plugged || handle->card != card;
}

/* --- for tests ------------------------------------------------------------------------------ */

void mixer_card_unplug(void)
{
	lock();
	memset(elements, 0, sizeof(elements));
	plugged = false;
	unlock();
}

void mixer_card_plug(void)
{
	mixer_card_unplug();
	lock();
	card++;
	plugged = true;
	unlock();
}

int mixer_card_get(const char *name)
{
	struct element *element;
	int value;

	lock();
	element = find_name(name, 0);
	value = element ? (int)element->value : -1;
	unlock();
	return value;
}

void mixer_card_set(const char *name, int value)
{
	struct element *element;

	lock();
	element = find_name(name, 0);
	if (element)
		set(element, value);
	unlock();
}

void mixer_card_add_foreign(void)
{
	char name[40];

	lock();
	for (int n = 0; n < MIXER_CARD_FOREIGN; n++) {
		snprintf(name, sizeof(name), "Foreign %d", n);
		add_named(name, 0);
	}
	unlock();
}

void mixer_card_move_foreign(void)
{
	char name[40];

	lock();
	for (int n = 0; n < MIXER_CARD_FOREIGN; n++) {
		struct element *element;

		snprintf(name, sizeof(name), "Foreign %d", n);
		element = find_name(name, 0);
		set(element, (element->value + 1) % 100);
	}
	unlock();
}

void mixer_card_add_second(const char *name)
{
	lock();
	add_named(name, 1);
	unlock();
}

void mixer_card_remove_second(const char *name)
{
	struct element *element;

	lock();
	element = find_name(name, 1);
	notify(element, SNDRV_CTL_EVENT_MASK_REMOVE);
	memset(element, 0, sizeof(*element));
	unlock();
}

void mixer_card_forget_marks(void)
{
	lock();
	for (int e = 0; e < ELEMENTS; e++)
		if (elements[e].tlv[0] == 0 && elements[e].tlv[1])
			memmove(elements[e].tlv, elements[e].tlv + 2, 4 * sizeof(unsigned int));
	unlock();
}

void mixer_card_store(void)
{
	lock();
	memcpy(stored, elements, sizeof(stored));
	unlock();
}

static void restore_one(const struct element *from)
{
	struct element *element;
	struct snd_ctl_elem_id id = from->info.id;

	id.numid = 0;
	lock();
	element = find(&id);
	if (!element) {
		element = add(&from->info);
		if (from->info.type == SNDRV_CTL_ELEM_TYPE_INTEGER)
			memcpy(element->tlv, from->tlv, sizeof(element->tlv));
	}
	set(element, from->value);
	unlock();
}

void mixer_card_restore(void)
{
	for (int e = 0; e < ELEMENTS; e++)
		if (stored[e].info.id.numid)
			restore_one(&stored[e]);
}

void mixer_card_before_subscribing(void (*moves)(void))
{
	before_subscribing = moves;
}

unsigned long mixer_card_looks(void)
{
	return __atomic_load_n(&looks, __ATOMIC_RELAXED);
}

/* --- in place of alsa-lib's ----------------------------------------------------------------- */

int snd_ctl_open_lconf(struct handle **handle, const char *name, int mode, void *config);
int snd_ctl_close(struct handle *handle);
int snd_ctl_subscribe_events(struct handle *handle, int subscribe);
int snd_ctl_read(struct handle *handle, struct snd_ctl_event *event);
int snd_ctl_card_info(struct handle *handle, struct snd_ctl_card_info *info);
int snd_ctl_elem_info(struct handle *handle, struct snd_ctl_elem_info *info);
int snd_ctl_elem_read(struct handle *handle, struct snd_ctl_elem_value *value);
int snd_ctl_elem_write(struct handle *handle, struct snd_ctl_elem_value *value);
int snd_ctl_elem_unlock(struct handle *handle, struct snd_ctl_elem_id *id);
int snd_ctl_elem_tlv_read(struct handle *handle, const struct snd_ctl_elem_id *id,
			  unsigned int *tlv, unsigned int size);
int snd_ctl_elem_tlv_write(struct handle *handle, const struct snd_ctl_elem_id *id,
			   const unsigned int *tlv);
int snd_ctl_add_boolean_elem_set(struct handle *handle, struct snd_ctl_elem_info *info,
				 unsigned int elements, unsigned int members);
int snd_ctl_add_integer_elem_set(struct handle *handle, struct snd_ctl_elem_info *info,
				 unsigned int elements, unsigned int members, long min, long max,
				 long step);
int snd_ctl_add_enumerated_elem_set(struct handle *handle, struct snd_ctl_elem_info *info,
				    unsigned int elements, unsigned int members,
				    unsigned int items, const char *const names[]);

int snd_ctl_open_lconf(struct handle **handlep, const char *name, int mode, void *config)
{
	struct handle *handle = NULL;

	(void)mode;
	(void)config;
	if (strncmp(name, "hw:", 3) != 0)
		return -ENOENT;
	lock();
	for (int h = 0; h < HANDLES && plugged && !handle; h++)
		if (!handles[h].used)
			handle = &handles[h];
	if (handle)
		*handle = (struct handle){ .used = true, .card = card };
	unlock();
	*handlep = handle;
	return handle ? 0 : -ENOENT;
}

int snd_ctl_close(struct handle *handle)
{
	lock();
	for (int e = 0; e < ELEMENTS; e++)
		if (elements[e].owner == handle)
			elements[e].owner = NULL;
	handle->used = false;
	unlock();
	return 0;
}

int snd_ctl_subscribe_events(struct handle *handle, int subscribe)
{
	void (*moves)(void) = before_subscribing;

	before_subscribing = NULL;
	if (moves)
		moves();
	lock();
	handle->subscribed = subscribe;
	unlock();
	return 0;
}

int snd_ctl_read(struct handle *handle, struct snd_ctl_event *event)
{
	int e = 0, got;

	__atomic_fetch_add(&looks, 1, __ATOMIC_RELAXED);
	lock();
	while (e < ELEMENTS && !handle->mask[e])
		e++;
	got = is_dead(handle) ? -ENODEV : e == ELEMENTS ? -EAGAIN : 1;
	if (got == 1) {
		event->type = SNDRV_CTL_EVENT_ELEM;
		event->data.elem.mask = handle->mask[e];
		event->data.elem.id = handle->id[e];
		handle->mask[e] = 0;
	}
	unlock();
	return got;
}

int snd_ctl_card_info(struct handle *handle, struct snd_ctl_card_info *info)
{
	if (is_dead(handle))
		return -ENODEV;
	strcpy((char *)info->id, "DAC");
	return 0;
}

int snd_ctl_elem_info(struct handle *handle, struct snd_ctl_elem_info *info)
{
	struct element *element;
	int err = -ENOENT;

	lock();
	element = find(&info->id);
	if (is_dead(handle))
		err = -ENODEV;
	if (element) {
		*info = element->info;
		err = 0;
	}
	unlock();
	return err;
}

int snd_ctl_elem_read(struct handle *handle, struct snd_ctl_elem_value *value)
{
	struct element *element;
	int err = -ENOENT;

	lock();
	element = find(&value->id);
	if (is_dead(handle))
		err = -ENODEV;
	if (element) {
		value->id = element->info.id;
		if (element->info.type == SNDRV_CTL_ELEM_TYPE_ENUMERATED)
			value->value.enumerated.item[0] = (unsigned int)element->value;
		else
			value->value.integer.value[0] = element->value;
		err = 0;
	}
	unlock();
	return err;
}

int snd_ctl_elem_write(struct handle *handle, struct snd_ctl_elem_value *value)
{
	struct element *element;
	int err = 0;

	lock();
	element = find(&value->id);
	if (!element)
		err = is_dead(handle) ? -ENODEV : -ENOENT;
	else if (element->owner && element->owner != handle)
		err = -EPERM;
	else
		set(element, element->info.type == SNDRV_CTL_ELEM_TYPE_ENUMERATED ?
		    (long)value->value.enumerated.item[0] : value->value.integer.value[0]);
	unlock();
	return err;
}

int snd_ctl_elem_unlock(struct handle *handle, struct snd_ctl_elem_id *id)
{
	struct element *element;

	(void)handle;
	lock();
	element = find(id);
	if (element)
		element->owner = NULL;
	unlock();
	return element ? 0 : -ENOENT;
}

int snd_ctl_elem_tlv_read(struct handle *handle, const struct snd_ctl_elem_id *id,
			  unsigned int *tlv, unsigned int size)
{
	struct element *element;
	int err = -ENXIO;

	(void)handle;
	lock();
	element = find(id);
	if (element && element->tlv[1] && element->tlv[1] + 8 <= size) {
		memcpy(tlv, element->tlv, element->tlv[1] + 8);
		err = 0;
	}
	unlock();
	return err;
}

int snd_ctl_elem_tlv_write(struct handle *handle, const struct snd_ctl_elem_id *id,
			   const unsigned int *tlv)
{
	struct element *element;
	size_t size = tlv[1] + 8;
	int err = is_dead(handle) ? -ENODEV : -ENOENT;

	lock();
	element = find(id);
	if (element && size <= sizeof(element->tlv)) {
		if (memcmp(element->tlv, tlv, size) != 0)
			notify(element, SNDRV_CTL_EVENT_MASK_TLV);
		memcpy(element->tlv, tlv, size);
		err = 0;
	}
	unlock();
	return err;
}

static int add_by(struct handle *handle, struct snd_ctl_elem_info *info)
{
	struct element *element;
	int err = 0;

	info->count = 1;
	info->access = SNDRV_CTL_ELEM_ACCESS_READWRITE | SNDRV_CTL_ELEM_ACCESS_TLV_READWRITE |
		SNDRV_CTL_ELEM_ACCESS_USER;
	lock();
	if (is_dead(handle))
		err = -ENODEV;
	else if (find(&info->id))
		err = -EBUSY;
	if (err == 0) {
		element = add(info);
		element->owner = handle;
		*info = element->info;
	}
	unlock();
	return err;
}

int snd_ctl_add_boolean_elem_set(struct handle *handle, struct snd_ctl_elem_info *info,
				 unsigned int sets, unsigned int members)
{
	(void)sets;
	(void)members;
	info->type = SNDRV_CTL_ELEM_TYPE_BOOLEAN;
	info->value.integer.max = 1;
	return add_by(handle, info);
}

int snd_ctl_add_integer_elem_set(struct handle *handle, struct snd_ctl_elem_info *info,
				 unsigned int sets, unsigned int members, long min, long max,
				 long step)
{
	(void)sets;
	(void)members;
	(void)step;
	info->type = SNDRV_CTL_ELEM_TYPE_INTEGER;
	info->value.integer.min = min;
	info->value.integer.max = max;
	return add_by(handle, info);
}

int snd_ctl_add_enumerated_elem_set(struct handle *handle, struct snd_ctl_elem_info *info,
				    unsigned int sets, unsigned int members,
				    unsigned int items, const char *const names[])
{
	(void)sets;
	(void)members;
	(void)names;
	info->type = SNDRV_CTL_ELEM_TYPE_ENUMERATED;
	info->value.enumerated.items = items;
	return add_by(handle, info);
}
