/* alsa-crossfeed - the mixer plugin: the front panel for chains without a card */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * ctl.x { type crossfeed  name "Crossfeed"  file "/PATH" }
 *
 * Shows and sets what the state file says; the streams and other mixers that
 * follow the same file see every change.  inotify on the file's folder is what
 * a mixer waits for.
 */

#include <alsa/asoundlib.h>
#include <alsa/control_external.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "definition.h"
#include "panel.h"
#include "state.h"

/* The oldest interface with dB information. */
#define CTL_EXT_VERSION_1_0_1 0x010001

struct ctl_crossfeed {
	snd_ctl_ext_t ext;
	char prefix[DEFINITION_NAME_SIZE];
	struct state state;
	struct panel panel;
	unsigned int unreported;	/* changed elements, one bit each */
};

static void refresh(struct ctl_crossfeed *ctl)
{
	struct panel now = ctl->panel;

	if (!state_changed(&ctl->state) || state_read(&ctl->state, &now) < 0)
		return;
	for (int e = 0; e < PANEL_ELEMENTS; e++)
		if (now.position[e] != ctl->panel.position[e])
			ctl->unreported |= 1u << e;
	ctl->panel = now;
}

static int ctl_elem_count(snd_ctl_ext_t *ext)
{
	(void)ext;
	return PANEL_ELEMENTS;
}

static int ctl_elem_list(snd_ctl_ext_t *ext, unsigned int offset, snd_ctl_elem_id_t *id)
{
	struct ctl_crossfeed *ctl = ext->private_data;
	char name[PANEL_NAME_SIZE];

	if (offset >= PANEL_ELEMENTS)
		return -EINVAL;
	panel_name(name, ctl->prefix, (enum setting)offset);
	snd_ctl_elem_id_set_interface(id, SND_CTL_ELEM_IFACE_MIXER);
	snd_ctl_elem_id_set_name(id, name);
	return 0;
}

/* A mixer that asks for one index after the other ends at the first that is not there. */
static bool is_first_of_its_name(const snd_ctl_elem_id_t *id)
{
	return snd_ctl_elem_id_get_interface(id) == SND_CTL_ELEM_IFACE_MIXER &&
	       snd_ctl_elem_id_get_index(id) == 0 && snd_ctl_elem_id_get_device(id) == 0 &&
	       snd_ctl_elem_id_get_subdevice(id) == 0;
}

static snd_ctl_ext_key_t ctl_find_elem(snd_ctl_ext_t *ext, const snd_ctl_elem_id_t *id)
{
	struct ctl_crossfeed *ctl = ext->private_data;
	unsigned int numid = snd_ctl_elem_id_get_numid(id);
	char name[PANEL_NAME_SIZE];

	if (numid > 0)
		return numid <= PANEL_ELEMENTS ? numid - 1 : SND_CTL_EXT_KEY_NOT_FOUND;
	if (!is_first_of_its_name(id))
		return SND_CTL_EXT_KEY_NOT_FOUND;
	for (unsigned int e = 0; e < PANEL_ELEMENTS; e++) {
		panel_name(name, ctl->prefix, (enum setting)e);
		if (strcmp(name, snd_ctl_elem_id_get_name(id)) == 0)
			return e;
	}
	return SND_CTL_EXT_KEY_NOT_FOUND;
}

static int ctl_get_attribute(snd_ctl_ext_t *ext, snd_ctl_ext_key_t key, int *type,
			     unsigned int *access, unsigned int *count)
{
	(void)ext;
	*type = panel_info((enum setting)key).type;
	*access = SND_CTL_EXT_ACCESS_READWRITE;
	if (*type == SND_CTL_ELEM_TYPE_INTEGER)
		*access |= SND_CTL_EXT_ACCESS_TLV_READ | SND_CTL_EXT_ACCESS_TLV_CALLBACK;
	*count = 1;
	return 0;
}

static int ctl_get_integer_info(snd_ctl_ext_t *ext, snd_ctl_ext_key_t key, long *min, long *max,
				long *step)
{
	(void)ext;
	*min = 0;
	*max = panel_info((enum setting)key).max;
	*step = 1;
	return 0;
}

static int ctl_get_enumerated_info(snd_ctl_ext_t *ext, snd_ctl_ext_key_t key,
				   unsigned int *items)
{
	(void)ext;
	*items = (unsigned int)panel_info((enum setting)key).max + 1;
	return 0;
}

static int ctl_get_enumerated_name(snd_ctl_ext_t *ext, snd_ctl_ext_key_t key, unsigned int item,
				   char *name, size_t name_max_len)
{
	enum setting element = (enum setting)key;

	(void)ext;
	if (item > (unsigned int)panel_info(element).max)
		return -EINVAL;
	snprintf(name, name_max_len, "%s", setting_word(element, item, NULL));
	return 0;
}

static int ctl_read_integer(snd_ctl_ext_t *ext, snd_ctl_ext_key_t key, long *value)
{
	struct ctl_crossfeed *ctl = ext->private_data;

	refresh(ctl);
	*value = ctl->panel.position[key];
	return 0;
}

static int ctl_read_enumerated(snd_ctl_ext_t *ext, snd_ctl_ext_key_t key, unsigned int *items)
{
	struct ctl_crossfeed *ctl = ext->private_data;

	refresh(ctl);
	*items = (unsigned int)ctl->panel.position[key];
	return 0;
}

/* On what the file says now; a damaged file is replaced. */
static int move_element(struct ctl_crossfeed *ctl, enum setting element, int position)
{
	struct panel panel;
	unsigned int changed;
	int err;

	refresh(ctl);
	panel = ctl->panel;
	changed = panel_move(&panel, element, position);
	err = state_write(&ctl->state, &panel);
	if (err < 0)
		return err;
	ctl->panel = panel;
	ctl->unreported |= changed;
	return changed ? 1 : 0;
}

static int move(struct ctl_crossfeed *ctl, enum setting element, long position)
{
	int lock, changed;

	if (position < 0 || position > panel_info(element).max)
		return -EINVAL;
	/* whoever may read the folder can hold its lock, and is waited for so long only */
	lock = state_lock(&ctl->state, STATE_LOCK_MS);
	changed = move_element(ctl, element, (int)position);
	state_unlock(lock);
	return changed;
}

static int ctl_write_integer(snd_ctl_ext_t *ext, snd_ctl_ext_key_t key, long *value)
{
	return move(ext->private_data, (enum setting)key, *value);
}

static int ctl_write_enumerated(snd_ctl_ext_t *ext, snd_ctl_ext_key_t key, unsigned int *items)
{
	return move(ext->private_data, (enum setting)key, (long)*items);
}

static int ctl_tlv(snd_ctl_ext_t *ext, snd_ctl_ext_key_t key, int op_flag, unsigned int numid,
		   unsigned int *tlv, unsigned int tlv_size)
{
	(void)ext;
	(void)numid;
	if (op_flag != 0)
		return -ENXIO;
	if (tlv_size < PANEL_DB_SCALE_WORDS * sizeof(*tlv))
		return -ENOMEM;
	panel_db_scale(tlv, (enum setting)key);
	return 0;
}

/* What inotify says is of no interest, only that it says something. */
static void drain_inotify(int file)
{
	char events[4096];

	while (read(file, events, sizeof(events)) > 0)
		;
}

static int ctl_read_event(snd_ctl_ext_t *ext, snd_ctl_elem_id_t *id, unsigned int *event_mask)
{
	struct ctl_crossfeed *ctl = ext->private_data;
	unsigned int element = 0;

	refresh(ctl);
	/* the descriptor stays readable until the last event was taken */
	if (!ctl->unreported) {
		drain_inotify(ext->poll_fd);
		refresh(ctl);
	}
	if (!ctl->unreported)
		return -EAGAIN;
	while (!(ctl->unreported & 1u << element))
		element++;
	ctl->unreported &= ~(1u << element);
	ctl_elem_list(ext, element, id);
	snd_ctl_elem_id_set_numid(id, element + 1);
	*event_mask = SND_CTL_EVENT_MASK_VALUE;
	return 1;
}

static void ctl_close(snd_ctl_ext_t *ext)
{
	struct ctl_crossfeed *ctl = ext->private_data;

	if (ext->poll_fd >= 0)
		close(ext->poll_fd);
	state_close(&ctl->state);
	free(ctl);
}

static const snd_ctl_ext_callback_t callbacks = {
	.close = ctl_close,
	.elem_count = ctl_elem_count,
	.elem_list = ctl_elem_list,
	.find_elem = ctl_find_elem,
	.get_attribute = ctl_get_attribute,
	.get_integer_info = ctl_get_integer_info,
	.get_enumerated_info = ctl_get_enumerated_info,
	.get_enumerated_name = ctl_get_enumerated_name,
	.read_integer = ctl_read_integer,
	.read_enumerated = ctl_read_enumerated,
	.write_integer = ctl_write_integer,
	.write_enumerated = ctl_write_enumerated,
	.read_event = ctl_read_event,
};

/* A mixer without a folder to watch still shows and sets; others' changes it shows late. */
static int watch_folder(const struct state *state)
{
	char folder[STATE_PATH_SIZE];
	int file = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

	state_make_folder(state);
	state_folder(folder, state);
	if (file >= 0)
		inotify_add_watch(file, folder, IN_MOVED_TO | IN_CLOSE_WRITE | IN_DELETE);
	return file;
}

static void load_state(struct ctl_crossfeed *ctl)
{
	struct settings settings = settings_initial();
	int err;

	ctl->panel = panel_from_settings(&settings);
	err = state_read(&ctl->state, &ctl->panel);
	if (err < 0 && err != -ENOENT)
		SNDERR("crossfeed: control file \"%s\": %s", ctl->state.path,
		       err == -EBADMSG ? "damaged: the next change replaces it" :
		       snd_strerror(err));
}

static int find_state(struct ctl_crossfeed *ctl, const struct definition *definition)
{
	int err = state_open(&ctl->state, definition->file, definition->name, "");

	if (err < 0)
		SNDERR("crossfeed: no state file: %s: expected another, or file \"/PATH\"",
		       err == -ENOENT ? "neither HOME nor XDG_STATE_HOME is set" :
					"the home's path is too long");
	return err;
}

static struct ctl_crossfeed *ctl_new(const struct definition *definition)
{
	struct ctl_crossfeed *ctl = calloc(1, sizeof(*ctl));

	if (!ctl)
		return NULL;
	snprintf(ctl->prefix, sizeof(ctl->prefix), "%s", definition->name);
	ctl->ext.version = CTL_EXT_VERSION_1_0_1;
	ctl->ext.card_idx = -1;
	strcpy(ctl->ext.id, "crossfeed");
	strcpy(ctl->ext.driver, "crossfeed");
	strcpy(ctl->ext.name, "Crossfeed");
	strcpy(ctl->ext.longname, "Headphone crossfeed");
	strcpy(ctl->ext.mixername, "Crossfeed");
	ctl->ext.poll_fd = -1;
	ctl->state.version = -1;
	ctl->ext.callback = &callbacks;
	ctl->ext.tlv.c = ctl_tlv;
	ctl->ext.private_data = ctl;
	return ctl;
}

/* the macro declares no prototype, and clang asks for one */
SND_CTL_PLUGIN_DEFINE_FUNC(crossfeed);

SND_CTL_PLUGIN_DEFINE_FUNC(crossfeed)
{
	char message[DEFINITION_MESSAGE_SIZE];
	struct definition definition;
	struct ctl_crossfeed *ctl;
	int err;

	(void)root;
	err = definition_read_ctl(&definition, conf, message);
	if (err < 0) {
		SNDERR("crossfeed: %s", message);
		return err;
	}
	ctl = ctl_new(&definition);
	if (!ctl)
		return -ENOMEM;
	err = find_state(ctl, &definition);
	if (err == 0) {
		ctl->ext.poll_fd = watch_folder(&ctl->state);
		load_state(ctl);
		err = snd_ctl_ext_create(&ctl->ext, name, mode);
	}
	if (err < 0) {
		ctl_close(&ctl->ext);
		return err;
	}
	*handlep = ctl->ext.handle;
	return 0;
}

SND_CTL_PLUGIN_SYMBOL(crossfeed);
