/* alsa-crossfeed - tests the live controls: mixer plugin, state file, streams that follow */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "check_main.h"
#include "config_text.h"
#include "folder.h"
#include "panel.h"
#include "playback.h"
#include "signals.h"
#include "state.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { RATE_HZ = 48000, PERIOD = 480 };

/* A state file of this test's own, in a folder of its own. */
static char folder[256];
static char path[300];

static void make_folder(void)
{
	char here[128];

	ck_assert_ptr_nonnull(getcwd(here, sizeof(here)));
	snprintf(folder, sizeof(folder), "%s/controls-XXXXXX", here);
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/state", folder);
}

/* Whether root may do what the permissions of files forbid; nobody else may anyway. */
static void override_permissions(bool may)
{
	const uint32_t rights = 1u << CAP_DAC_OVERRIDE | 1u << CAP_DAC_READ_SEARCH;
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { { 0 } };

	ck_assert_int_eq((int)syscall(SYS_capget, &header, data), 0);
	if (may)
		data[0].effective |= data[0].permitted & rights;
	else
		data[0].effective &= ~rights;
	ck_assert_int_eq((int)syscall(SYS_capset, &header, data), 0);
}

static void remove_folder(void)
{
	const struct rlimit everything = { RLIM_INFINITY, RLIM_INFINITY };

	/* the tests of files we may not touch, and of a full disk, gave up rights */
	override_permissions(true);
	setrlimit(RLIMIT_FSIZE, &everything);
	chmod(folder, 0700);
	unlink(path);
	rmdir(path);
	ck_assert_int_eq(rmdir(folder), 0);
}

static int read_state(struct panel *panel)
{
	struct state state;
	int err;

	ck_assert_int_eq(state_open(&state, path, "", ""), 0);
	err = state_read(&state, panel);
	state_close(&state);
	return err;
}

/* As another program would. */
static int write_state_at(const char *where, const struct panel *panel)
{
	struct state state;
	int err;

	ck_assert_int_eq(state_open(&state, where, "", ""), 0);
	err = state_write(&state, panel);
	state_close(&state);
	return err;
}

static int write_state(const struct panel *panel)
{
	return write_state_at(path, panel);
}

static struct panel default_panel(void)
{
	struct settings settings = settings_initial();

	return panel_from_settings(&settings);
}

/* --- the mixer ------------------------------------------------------------------------------ */

static snd_ctl_t *open_mixer(void)
{
	char text[1000];
	snd_config_t *config;
	snd_ctl_t *ctl;

	snprintf(text, sizeof(text), PLAYBACK_TYPES "ctl.test { type crossfeed file \"%s\" }\n", path);
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

static int mixer_set(snd_ctl_t *ctl, enum setting element, int position)
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

static int mixer_get(snd_ctl_t *ctl, enum setting element)
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

static void set_once(enum setting element, int position)
{
	snd_ctl_t *ctl = open_mixer();

	ck_assert_int_ge(mixer_set(ctl, element, position), 0);
	snd_ctl_close(ctl);
}

START_TEST(mixer_shows_the_elements)
{
	const struct {
		const char *name;
		snd_ctl_elem_type_t type;
	} expected[PANEL_ELEMENTS] = {
		{ "Crossfeed Playback Switch", SND_CTL_ELEM_TYPE_BOOLEAN },
		{ "Crossfeed Playback Volume", SND_CTL_ELEM_TYPE_INTEGER },
		{ "Crossfeed Preset", SND_CTL_ELEM_TYPE_ENUMERATED },
		{ "Crossfeed Gain", SND_CTL_ELEM_TYPE_ENUMERATED },
		{ "Crossfeed Brightness", SND_CTL_ELEM_TYPE_ENUMERATED },
		{ "Crossfeed Amp Playback Volume", SND_CTL_ELEM_TYPE_INTEGER },
		{ "Crossfeed Amp Playback Switch", SND_CTL_ELEM_TYPE_BOOLEAN },
	};
	snd_ctl_t *ctl = open_mixer();
	snd_ctl_elem_list_t *list;
	snd_ctl_elem_info_t *info;
	snd_ctl_elem_id_t *id;

	snd_ctl_elem_list_alloca(&list);
	snd_ctl_elem_info_alloca(&info);
	snd_ctl_elem_id_alloca(&id);
	ck_assert_int_eq(snd_ctl_elem_list_alloc_space(list, 20), 0);
	ck_assert_int_eq(snd_ctl_elem_list(ctl, list), 0);
	ck_assert_uint_eq(snd_ctl_elem_list_get_used(list), PANEL_ELEMENTS);
	for (unsigned int e = 0; e < PANEL_ELEMENTS; e++) {
		snd_ctl_elem_list_get_id(list, e, id);
		ck_assert_str_eq(snd_ctl_elem_id_get_name(id), expected[e].name);
		snd_ctl_elem_info_set_id(info, id);
		ck_assert_int_eq(snd_ctl_elem_info(ctl, info), 0);
		ck_assert_int_eq(snd_ctl_elem_info_get_type(info), expected[e].type);
	}
	snd_ctl_elem_list_free_space(list);
	snd_ctl_close(ctl);
}
END_TEST

START_TEST(mixer_knows_db)
{
	const enum setting element = _i ? SETTING_VOLUME_DB : SETTING_LEVEL_DB;
	snd_ctl_t *ctl = open_mixer();
	snd_ctl_elem_id_t *id;
	char name[PANEL_NAME_SIZE];
	long min, max, db;

	snd_ctl_elem_id_alloca(&id);
	panel_name(name, "Crossfeed", element);
	snd_ctl_elem_id_set_interface(id, SND_CTL_ELEM_IFACE_MIXER);
	snd_ctl_elem_id_set_name(id, name);
	snd_ctl_elem_id_set_numid(id, (unsigned int)element + 1);
	ck_assert_int_eq(snd_ctl_get_dB_range(ctl, id, &min, &max), 0);
	ck_assert_int_eq(min, _i ? -8000 : -3000);
	ck_assert_int_eq(max, _i ? 0 : -300);
	ck_assert_int_eq(snd_ctl_convert_to_dB(ctl, id, mixer_get(ctl, element), &db), 0);
	ck_assert_int_eq(db, _i ? 0 : -1170);
	snd_ctl_close(ctl);
}
END_TEST

START_TEST(mixer_keeps_what_is_set)
{
	snd_ctl_t *ctl = open_mixer();

	for (int e = 0; e < PANEL_ELEMENTS; e++) {
		ck_assert_int_ge(mixer_set(ctl, (enum setting)e, 1), 0);
		ck_assert_int_eq(mixer_get(ctl, (enum setting)e), 1);
		ck_assert_int_eq(mixer_set(ctl, (enum setting)e, 1), 0);
	}
	snd_ctl_close(ctl);
	ctl = open_mixer();
	for (int e = SETTING_PRESET; e < PANEL_ELEMENTS; e++)
		ck_assert_int_eq(mixer_get(ctl, (enum setting)e), 1);
	snd_ctl_close(ctl);
}
END_TEST

START_TEST(mixer_refuses_what_is_out_of_range)
{
	snd_ctl_t *ctl = open_mixer();

	for (int e = 0; e < PANEL_ELEMENTS; e++) {
		int max = panel_info((enum setting)e).max;

		ck_assert_int_eq(mixer_set(ctl, (enum setting)e, max + 1), -EINVAL);
		ck_assert_int_ge(mixer_set(ctl, (enum setting)e, max), 0);
	}
	snd_ctl_close(ctl);
}
END_TEST

/* A mixer that looks for all of a kind counts on the first that is not there. */
static const struct {
	snd_ctl_elem_iface_t interface;
	const char *name;
	unsigned int index, device, subdevice, numid;
	int err;
} ids[] = {
	{ SND_CTL_ELEM_IFACE_MIXER, "Crossfeed Playback Switch", .err = 0 },
	{ SND_CTL_ELEM_IFACE_MIXER, "Crossfeed Playback Switch", .index = 1, .err = -ENOENT },
	{ SND_CTL_ELEM_IFACE_MIXER, "Crossfeed Playback Switch", .device = 1, .err = -ENOENT },
	{ SND_CTL_ELEM_IFACE_MIXER, "Crossfeed Playback Switch", .subdevice = 1, .err = -ENOENT },
	{ SND_CTL_ELEM_IFACE_PCM, "Crossfeed Playback Switch", .err = -ENOENT },
	{ SND_CTL_ELEM_IFACE_MIXER, "Crossfeed", .err = -ENOENT },
	{ SND_CTL_ELEM_IFACE_MIXER, "", .numid = PANEL_ELEMENTS, .err = 0 },
	{ SND_CTL_ELEM_IFACE_MIXER, "", .numid = PANEL_ELEMENTS + 1, .err = -ENOENT },
	{ SND_CTL_ELEM_IFACE_MIXER, "", .numid = UINT32_MAX, .err = -ENOENT },
};

enum { IDS = sizeof(ids) / sizeof(ids[0]) };

START_TEST(only_the_elements_that_are_listed_are_found)
{
	snd_ctl_t *ctl = open_mixer();
	snd_ctl_elem_value_t *value;
	snd_ctl_elem_info_t *info;
	snd_ctl_elem_id_t *id;

	snd_ctl_elem_id_alloca(&id);
	snd_ctl_elem_info_alloca(&info);
	snd_ctl_elem_value_alloca(&value);
	snd_ctl_elem_id_set_interface(id, ids[_i].interface);
	snd_ctl_elem_id_set_name(id, ids[_i].name);
	snd_ctl_elem_id_set_index(id, ids[_i].index);
	snd_ctl_elem_id_set_device(id, ids[_i].device);
	snd_ctl_elem_id_set_subdevice(id, ids[_i].subdevice);
	snd_ctl_elem_id_set_numid(id, ids[_i].numid);
	snd_ctl_elem_info_set_id(info, id);
	snd_ctl_elem_value_set_id(value, id);
	ck_assert_int_eq(snd_ctl_elem_info(ctl, info), ids[_i].err);
	ck_assert_int_eq(snd_ctl_elem_read(ctl, value), ids[_i].err);
	snd_ctl_elem_value_set_id(value, id);
	ck_assert_int_eq(snd_ctl_elem_write(ctl, value), ids[_i].err);
	snd_ctl_close(ctl);
}
END_TEST

/* The name of the element of the next event, waiting for it at most 100 ms. */
static const char *next_event(snd_ctl_t *ctl)
{
	static char name[PANEL_NAME_SIZE];
	snd_ctl_event_t *event;
	struct pollfd fd;

	snd_ctl_event_alloca(&event);
	if (snd_ctl_read(ctl, event) <= 0) {
		ck_assert_int_eq(snd_ctl_poll_descriptors(ctl, &fd, 1), 1);
		if (poll(&fd, 1, 100) != 1 || snd_ctl_read(ctl, event) <= 0)
			return "none";
	}
	ck_assert_uint_eq(snd_ctl_event_elem_get_mask(event), SND_CTL_EVENT_MASK_VALUE);
	snprintf(name, sizeof(name), "%s", snd_ctl_event_elem_get_name(event));
	return name;
}

START_TEST(mixers_see_each_other)
{
	snd_ctl_t *one = open_mixer();
	snd_ctl_t *other = open_mixer();

	ck_assert_int_eq(snd_ctl_subscribe_events(other, 1), 0);
	ck_assert_int_eq(mixer_set(one, SETTING_CROSSFEED, 0), 1);
	ck_assert_str_eq(next_event(other), "Crossfeed Playback Switch");
	ck_assert_int_eq(mixer_get(other, SETTING_CROSSFEED), 0);
	ck_assert_int_eq(mixer_set(other, SETTING_GAIN_DB, 0), 1);
	ck_assert_int_eq(mixer_get(one, SETTING_GAIN_DB), 0);
	snd_ctl_close(one);
	snd_ctl_close(other);
}
END_TEST

/* Whether a mixer that waits would wake up now. */
static bool wakes(snd_ctl_t *ctl)
{
	struct pollfd fd;
	unsigned short revents;

	ck_assert_int_eq(snd_ctl_poll_descriptors(ctl, &fd, 1), 1);
	if (poll(&fd, 1, 0) != 1)
		return false;
	ck_assert_int_eq(snd_ctl_poll_descriptors_revents(ctl, &fd, 1, &revents), 0);
	return revents & POLLIN;
}

/* Events that are there now, all of which are read. */
static int read_events(snd_ctl_t *ctl)
{
	snd_ctl_event_t *event;
	int count = 0;

	snd_ctl_event_alloca(&event);
	while (snd_ctl_read(ctl, event) > 0)
		count++;
	return count;
}

/* And sleeps again once it has read all there is, or it would be a busy loop. */
START_TEST(a_waiting_mixer_wakes_once_for_a_change)
{
	snd_ctl_t *one = open_mixer();
	snd_ctl_t *waiting = open_mixer();

	ck_assert_int_eq(snd_ctl_subscribe_events(waiting, 1), 0);
	read_events(waiting);
	for (int n = 0; n < 10; n++) {
		ck_assert(!wakes(waiting));
		ck_assert_int_eq(mixer_set(one, SETTING_CROSSFEED, n % 2), 1);
		ck_assert(wakes(waiting));
		ck_assert_int_eq(read_events(waiting), 1);
	}
	ck_assert(!wakes(waiting));
	snd_ctl_close(one);
	snd_ctl_close(waiting);
}
END_TEST

/* One that reads one event each time it wakes is woken for the next. */
START_TEST(a_mixer_is_woken_for_every_event)
{
	snd_ctl_t *one = open_mixer();
	snd_ctl_t *waiting = open_mixer();
	snd_ctl_event_t *event;

	snd_ctl_event_alloca(&event);
	ck_assert_int_eq(snd_ctl_subscribe_events(waiting, 1), 0);
	read_events(waiting);
	/* a preset and its level */
	ck_assert_int_eq(mixer_set(one, SETTING_PRESET, PRESET_MEIER), 1);
	ck_assert(wakes(waiting));
	ck_assert_int_eq(snd_ctl_read(waiting, event), 1);
	ck_assert(wakes(waiting));
	ck_assert_int_eq(snd_ctl_read(waiting, event), 1);
	ck_assert_int_eq(read_events(waiting), 0);
	ck_assert(!wakes(waiting));
	snd_ctl_close(one);
	snd_ctl_close(waiting);
}
END_TEST

/* As a file comes that somebody made elsewhere, and as our own comes last of all. */
START_TEST(a_file_moved_into_place_wakes_a_mixer)
{
	snd_ctl_t *waiting = open_mixer();
	struct panel panel = default_panel();
	char elsewhere[STATE_PATH_SIZE];

	snprintf(elsewhere, sizeof(elsewhere), "%s.elsewhere", folder);
	panel_move(&panel, SETTING_CROSSFEED, 0);
	ck_assert_int_eq(write_state_at(elsewhere, &panel), 0);
	ck_assert_int_eq(snd_ctl_subscribe_events(waiting, 1), 0);
	read_events(waiting);
	ck_assert_int_eq(rename(elsewhere, path), 0);
	ck_assert(wakes(waiting));
	ck_assert_int_eq(read_events(waiting), 1);
	snd_ctl_close(waiting);
}
END_TEST

START_TEST(preset_takes_its_level_along)
{
	snd_ctl_t *ctl = open_mixer();

	ck_assert_int_eq(snd_ctl_subscribe_events(ctl, 1), 0);
	ck_assert_int_eq(mixer_set(ctl, SETTING_PRESET, PRESET_BS2B_CMOY), 1);
	ck_assert_int_eq(mixer_get(ctl, SETTING_LEVEL_DB), 220);
	ck_assert_str_eq(next_event(ctl), "Crossfeed Playback Volume");
	ck_assert_str_eq(next_event(ctl), "Crossfeed Preset");
	snd_ctl_close(ctl);
}
END_TEST

/* --- positions and settings ----------------------------------------------------------------- */

START_TEST(untouched_panel_changes_nothing)
{
	struct settings settings = settings_initial(), after;
	struct panel panel;

	settings.value[SETTING_PRESET] = _i;
	settings.value[SETTING_GAIN_DB] = -3.3;
	settings.value[SETTING_VOLUME_DB] = -12.34;
	settings.value[SETTING_LOWPASS_HZ] = 777;
	if (_i % 2)
		settings.value[SETTING_LEVEL_DB] = -11.111;
	panel = panel_from_settings(&settings);
	after = panel_settings(&panel, &settings);
	ck_assert_mem_eq(after.value, settings.value, sizeof(settings.value));
}
END_TEST

START_TEST(another_preset_is_that_preset_whole)
{
	struct settings settings = settings_initial();
	struct panel panel;
	struct crossfeed_params is, expected = preset_params(PRESET_BS2B_JMEIER);

	settings.value[SETTING_LOWPASS_HZ] = 5000;
	settings.value[SETTING_LEVEL_DB] = -20;
	panel = panel_from_settings(&settings);
	panel_move(&panel, SETTING_PRESET, PRESET_BS2B_JMEIER);
	settings = panel_settings(&panel, &settings);
	is = settings_crossfeed(&settings);
	ck_assert(is.level_db == expected.level_db);
	ck_assert(is.lowpass_hz == expected.lowpass_hz);
}
END_TEST

START_TEST(gain_in_db_is_the_high_position)
{
	struct settings settings = settings_initial(), after;
	struct panel panel;

	settings.value[SETTING_GAIN_DB] = 15.72;
	panel = panel_from_settings(&settings);
	panel_move(&panel, SETTING_GAIN_DB, 0);
	after = panel_settings(&panel, &settings);
	ck_assert_double_eq_tol(after.value[SETTING_GAIN_DB], 4.04, 1e-9);
	panel_move(&panel, SETTING_AMP, 0);
	after = panel_settings(&panel, &settings);
	ck_assert(after.value[SETTING_AMP] == 0);
}
END_TEST

/* --- the file ------------------------------------------------------------------------------- */

START_TEST(file_survives_the_round_trip)
{
	struct panel panel = default_panel(), back = default_panel();

	panel_move(&panel, SETTING_PRESET, PRESET_MEIER);
	panel_move(&panel, SETTING_VOLUME_DB, 123);
	ck_assert_int_eq(read_state(&back), -ENOENT);
	ck_assert_int_eq(write_state(&panel), 0);
	ck_assert_int_eq(read_state(&back), 0);
	for (int e = 0; e < PANEL_ELEMENTS; e++) {
		ck_assert_int_eq(back.position[e], panel.position[e]);
		ck_assert_int_eq(back.moved[e], panel.moved[e]);
	}
}
END_TEST

/* Every position of every element has a word of its own, which is found again. */
START_TEST(positions_have_words)
{
	const enum setting element = (enum setting)_i;
	char word[SETTINGS_WORD_SIZE];

	for (int value = 0; value <= panel_info(element).max; value++) {
		panel_write(word, element, value);
		ck_assert_int_eq(panel_read(element, word), value);
	}
	ck_assert_int_eq(panel_read(element, ""), -1);
	ck_assert_int_eq(panel_read(element, "-"), -1);
	ck_assert_int_eq(panel_read(element, "louder"), -1);
}
END_TEST

/* Those of the configuration. */
START_TEST(words_are_the_settings_words)
{
	const struct {
		enum setting element;
		int value;
		const char *word;
	} rows[] = {
		{ SETTING_CROSSFEED, 0, "off" }, { SETTING_CROSSFEED, 1, "on" },
		{ SETTING_LEVEL_DB, 183, "-11.7" }, { SETTING_LEVEL_DB, 0, "-30.0" },
		{ SETTING_PRESET, PRESET_MEIER, "meier" }, { SETTING_GAIN_DB, 0, "low" },
		{ SETTING_GAIN_DB, 2, "high" }, { SETTING_BRIGHTNESS, 2, "brighter" },
		{ SETTING_VOLUME_DB, 800, "0.0" }, { SETTING_VOLUME_DB, 795, "-0.5" },
		{ SETTING_AMP, 0, "off" },
	};
	char word[SETTINGS_WORD_SIZE];

	for (size_t r = 0; r < sizeof(rows) / sizeof(rows[0]); r++) {
		panel_write(word, rows[r].element, rows[r].value);
		ck_assert_str_eq(word, rows[r].word);
	}
	ck_assert_int_eq(panel_read(SETTING_LEVEL_DB, "-12"), 180);
	ck_assert_int_eq(panel_read(SETTING_LEVEL_DB, "-99"), -1);
	ck_assert_int_eq(panel_read(SETTING_LEVEL_DB, "3.5"), -1);
}
END_TEST

/* With a clock as coarse as can be: only the inode differs, if the file system does not use it again. */
static void write_at_the_same_time(const struct panel *panel)
{
	const struct timespec same[2] = { { 0 } };

	ck_assert_int_eq(write_state(panel), 0);
	ck_assert_int_eq(utimensat(AT_FDCWD, path, same, 0), 0);
}

START_TEST(every_version_of_the_file_is_noticed)
{
	struct panel panel = default_panel(), seen = default_panel();
	struct state follower;

	ck_assert_int_eq(state_open(&follower, path, "", ""), 0);
	ck_assert(!state_changed(&follower));
	for (int n = 0; n < 200; n++) {
		/* one, or two in a row, which makes ext4 use the first inode again */
		for (int k = 0; k <= n % 2; k++) {
			panel.position[SETTING_VOLUME_DB] = 2 * (n % 100) + 100 + k;
			write_at_the_same_time(&panel);
		}
		ck_assert(state_changed(&follower));
		ck_assert_int_eq(state_read(&follower, &seen), 0);
		ck_assert(!state_changed(&follower));
		ck_assert_int_eq(seen.position[SETTING_VOLUME_DB], panel.position[SETTING_VOLUME_DB]);
	}
	state_close(&follower);
}
END_TEST

static const char *path_for(const char *state_home, const char *home, const char *card_id)
{
	static struct state state;
	int err;

	setenv("XDG_STATE_HOME", state_home, 1);
	setenv("HOME", home, 1);
	err = state_open(&state, "", "Name", card_id);
	if (err == -ENAMETOOLONG)
		return "too long";
	ck_assert_int_eq(err, 0);
	return state.path;
}

START_TEST(default_path_follows_the_environment)
{
	char home[STATE_PATH_SIZE + 10];
	struct state state;

	ck_assert_str_eq(path_for("/x", "/h", ""), "/x/alsa-crossfeed/Name");
	ck_assert_str_eq(path_for("relative", "/h", "DAC"),
			 "/h/.local/state/alsa-crossfeed/Name.DAC");
	memset(home, 'h', sizeof(home));
	home[0] = '/';
	home[1000] = '\0';
	ck_assert_uint_eq(strlen(path_for("", home, "")), 1000 + strlen("/.local/state/alsa-crossfeed/Name"));
	home[1000] = 'h';
	home[STATE_PATH_SIZE] = '\0';
	ck_assert_str_eq(path_for("", home, ""), "too long");
	unsetenv("XDG_STATE_HOME");
	unsetenv("HOME");
	ck_assert_int_eq(state_open(&state, "", "Name", ""), -ENOENT);
	ck_assert_str_eq(state.path, "");
}
END_TEST

static void write_text(const char *text, size_t size)
{
	FILE *file = fopen(path, "wb");

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(text, 1, size, file), size);
	fclose(file);
}

static size_t read_text(char *text, size_t size)
{
	FILE *file = fopen(path, "rb");
	size_t read;

	ck_assert_ptr_nonnull(file);
	read = fread(text, 1, size, file);
	fclose(file);
	return read;
}

static void write_good_file(void)
{
	struct panel panel = default_panel();

	panel_move(&panel, SETTING_CROSSFEED, 0);
	ck_assert_int_eq(write_state(&panel), 0);
}

/* Who has the file open, or comes while it is written, has the whole of one version. */
START_TEST(a_new_version_leaves_the_old_one_whole)
{
	struct panel panel = default_panel();
	char was[1000], is[1000];
	size_t size;
	FILE *old;

	write_good_file();
	size = read_text(was, sizeof(was));
	old = fopen(path, "rb");
	ck_assert_ptr_nonnull(old);
	panel_move(&panel, SETTING_GAIN_DB, 0);
	ck_assert_int_eq(write_state(&panel), 0);
	ck_assert_uint_eq(fread(is, 1, sizeof(is), old), size);
	ck_assert_mem_eq(is, was, size);
	fclose(old);
}
END_TEST

START_TEST(a_write_that_fails_leaves_the_old_version)
{
	const struct rlimit nothing = { 0, RLIM_INFINITY };
	const struct rlimit everything = { RLIM_INFINITY, RLIM_INFINITY };
	struct panel panel = default_panel(), back;
	int err;

	write_good_file();
	panel_move(&panel, SETTING_GAIN_DB, 0);
	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &nothing), 0);
	err = write_state(&panel);
	setrlimit(RLIMIT_FSIZE, &everything);
	ck_assert_int_eq(err, -EFBIG);
	ck_assert_int_eq(read_state(&back), 0);
	ck_assert_int_eq(back.position[SETTING_CROSSFEED], 0);
	ck_assert(!back.moved[SETTING_GAIN_DB]);
}
END_TEST

/* A player of another user may follow the panel. */
START_TEST(the_file_may_be_read_by_everybody)
{
	struct stat status;

	umask(077);
	write_good_file();
	ck_assert_int_eq(stat(path, &status), 0);
	ck_assert_uint_eq(status.st_mode & 0777, 0644);
}
END_TEST

START_TEST(one_writer_waits_for_the_other)
{
	struct state state;
	int lock;

	ck_assert_int_eq(state_open(&state, path, "", ""), 0);
	lock = state_lock(&state, 0);
	ck_assert_int_ge(lock, 0);
	ck_assert_int_eq(state_lock(&state, 0), -EWOULDBLOCK);
	state_unlock(lock);
	lock = state_lock(&state, 0);
	ck_assert_int_ge(lock, 0);
	state_unlock(lock);
}
END_TEST

static double now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Whoever may read the folder may hold its lock, for ever. */
START_TEST(a_held_lock_delays_a_mixer_by_a_second)
{
	snd_ctl_t *ctl = open_mixer();
	struct state state;
	double before;
	int lock;

	ck_assert_int_eq(state_open(&state, path, "", ""), 0);
	lock = state_lock(&state, 0);
	ck_assert_int_ge(lock, 0);
	before = now_s();
	ck_assert_int_eq(mixer_set(ctl, SETTING_CROSSFEED, 0), 1);
	ck_assert_double_lt(now_s() - before, 3);
	ck_assert_int_eq(mixer_get(ctl, SETTING_CROSSFEED), 0);
	state_unlock(lock);
	snd_ctl_close(ctl);
}
END_TEST

/* 0.9 had plain numbers in columns, and two other keys. */
START_TEST(files_of_0_9_are_read)
{
	struct panel panel = default_panel();
	const char *const text =
		"alsa-crossfeed state 1\n"
		"switch     +0000 moved\n"
		"level      +0220 moved\n"
		"preset     +0003 moved\n"
		"gain       +0000 -    \n"
		"brightness +0001 -    \n"
		"volume     +0700 moved\n"
		"unmute     +0000 moved\n";

	write_text(text, strlen(text));
	ck_assert_int_eq(read_state(&panel), 0);
	ck_assert_int_eq(panel.position[SETTING_CROSSFEED], 0);
	ck_assert_int_eq(panel.position[SETTING_LEVEL_DB], 220);
	ck_assert_int_eq(panel.position[SETTING_PRESET], PRESET_BS2B_CMOY);
	ck_assert_int_eq(panel.position[SETTING_VOLUME_DB], 700);
	ck_assert_int_eq(panel.position[SETTING_AMP], 0);
	ck_assert(panel.moved[SETTING_CROSSFEED] && panel.moved[SETTING_AMP]);
	ck_assert(!panel.moved[SETTING_GAIN_DB] && !panel.moved[SETTING_BRIGHTNESS]);
}
END_TEST

#define NEWER_FILE \
	"alsa-crossfeed state 2\n" \
	"# of a newer version\n" \
	"serial 7\n" \
	"balance -3.0 moved\n" \
	"preset quadraphonic moved\n" \
	"gain low moved\n" \
	"crossfeed off moved with care\n"

START_TEST(unknown_keys_are_skipped_and_kept)
{
	snd_ctl_t *ctl;
	char text[1000];
	size_t size;

	write_text(NEWER_FILE, strlen(NEWER_FILE));
	ctl = open_mixer();
	ck_assert_int_eq(mixer_get(ctl, SETTING_GAIN_DB), 0);
	ck_assert_int_eq(mixer_get(ctl, SETTING_CROSSFEED), 0);
	ck_assert_int_eq(mixer_get(ctl, SETTING_PRESET), PRESET_HEADROOM);
	for (int n = 1; n < 3; n++) {
		ck_assert_int_eq(mixer_set(ctl, SETTING_GAIN_DB, n), 1);
		size = read_text(text, sizeof(text) - 1);
		text[size] = '\0';
		ck_assert_ptr_nonnull(strstr(text, "\nbalance -3.0 moved\n"));
		ck_assert_ptr_nonnull(strstr(text, "\n# of a newer version\n"));
		ck_assert_ptr_nonnull(strstr(text, n == 1 ? "\nserial 8\n" : "\nserial 9\n"));
		ck_assert_ptr_nonnull(strstr(text, n == 1 ? "\ngain medium moved\n" :
							    "\ngain high moved\n"));
	}
	snd_ctl_close(ctl);
}
END_TEST

START_TEST(what_is_out_of_range_says_nothing)
{
	const char *const text = "alsa-crossfeed state 2\nlevel 7.5 moved\nvolume -800.0 moved\n";
	const struct panel usual = default_panel();
	struct panel panel = usual;

	write_text(text, strlen(text));
	ck_assert_int_eq(read_state(&panel), 0);
	ck_assert_mem_eq(&panel, &usual, sizeof(usual));
}
END_TEST

/* What the file says of an element is what was written, or nothing: never another position. */
static void require_truth(const struct panel *panel, const struct panel *written)
{
	const struct panel usual = default_panel();

	for (int e = 0; e < PANEL_ELEMENTS; e++) {
		if (panel->moved[e])
			ck_assert_int_eq(panel->position[e], written->position[e]);
		else
			ck_assert(panel->position[e] == usual.position[e] ||
				  panel->position[e] == written->position[e]);
	}
}

/* Every length it can be cut to. */
START_TEST(a_file_cut_short_tells_no_lies)
{
	struct panel panel, written = default_panel();
	char text[1000];
	size_t size;

	panel_move(&written, SETTING_PRESET, PRESET_BS2B_JMEIER);
	panel_move(&written, SETTING_VOLUME_DB, 111);
	ck_assert_int_eq(write_state(&written), 0);
	size = read_text(text, sizeof(text));
	for (size_t n = 0; n < size; n++) {
		int err;

		write_text(text, n);
		panel = default_panel();
		err = read_state(&panel);
		ck_assert_int_eq(err, n && text[n - 1] == '\n' ? 0 : -EBADMSG);
		require_truth(&panel, &written);
	}
}
END_TEST

START_TEST(damaged_files_are_told_from_good_ones)
{
	static char text[2 * STATE_TEXT_SIZE] = "alsa-crossfeed state 2\n";
	const char *const damaged[] = {
		"", "\n", "alsa-crossfeed state\n", "alsa-crossfeed state x\n",
		"alsa-crossfeed state 0\n", "alsa-crossfeed state 3\n", "alsa-crossfeed state 2 \n",
		"alsa-crossfeed state 2\ngain l\x01w moved\n", "alsa-crossfeed state 2\ngain low",
	};
	struct panel panel = default_panel(), was = panel;

	for (size_t n = 0; n < sizeof(damaged) / sizeof(damaged[0]); n++) {
		write_text(damaged[n], strlen(damaged[n]));
		ck_assert_int_eq(read_state(&panel), -EBADMSG);
		ck_assert_mem_eq(&panel.position, &was.position, sizeof(was.position));
	}
	write_text("alsa-crossfeed state 2\n\0\n", 25);
	ck_assert_int_eq(read_state(&panel), -EBADMSG);
	memset(text + strlen(text), '\n', STATE_TEXT_SIZE);
	write_text(text, STATE_TEXT_SIZE);
	ck_assert_int_eq(read_state(&panel), -EBADMSG);
	write_text(text, STATE_TEXT_SIZE - 1);
	ck_assert_int_eq(read_state(&panel), 0);
}
END_TEST

/* A program that was killed in the middle of it. */
START_TEST(what_a_crash_left_is_cleaned_up)
{
	char left[310];
	FILE *file;

	snprintf(left, sizeof(left), "%s.new", path);
	file = fopen(left, "w");
	ck_assert_ptr_nonnull(file);
	fputs("alsa-cr", file);
	fclose(file);
	write_good_file();
	/* ., .. and the file itself */
	ck_assert_int_eq(folder_entries(folder), 3);
}
END_TEST

/* With sudo and the HOME of a user, who could not write to what root left there. */
START_TEST(root_writes_into_nobodys_home)
{
	struct panel panel = default_panel();
	struct state state;
	struct stat status;

	if (geteuid() != 0) {
		puts("skipped: this is for root");
		return;
	}
	ck_assert_int_eq(chown(folder, 12345, 12345), 0);
	setenv("XDG_STATE_HOME", folder, 1);
	ck_assert_int_eq(state_open(&state, "", "Crossfeed", ""), 0);
	ck_assert_int_eq(state_write(&state, &panel), -EPERM);
	ck_assert_int_eq(state_lock(&state, 0), -EPERM);
	ck_assert_int_eq(folder_entries(folder), 2);
	/* a file that was named is meant */
	ck_assert_int_eq(write_state(&panel), 0);
	ck_assert_int_eq(stat(path, &status), 0);
}
END_TEST

/* --- streams that follow -------------------------------------------------------------------- */

/* One stream whose control is the file of this test; more keys may be given. */
static void start_stream(struct playback *p, const char *keys)
{
	char definition[1000];

	snprintf(definition, sizeof(definition), "type crossfeed control { file \"%s\" } %s "
		 "slave.pcm { type dac file \"%%s\" formats [ FLOAT64 ] }", path, keys);
	playback_start(p, definition, SND_PCM_ACCESS_RW_INTERLEAVED, SND_PCM_FORMAT_FLOAT64, RATE_HZ);
}

/* Left only, so that the right channel tells whether crossfeed is on. */
static void play_left(struct playback *p, size_t frames)
{
	static double in[2 * RATE_HZ];

	ck_assert_uint_le(frames, RATE_HZ);
	for (size_t n = 0; n < frames; n++)
		in[2 * n] = 0.5;
	playback_write(p, in, frames, PERIOD);
}

/* The last frame that came out. */
static void finish(struct playback *p, double last[2])
{
	size_t bytes;
	double *heard = playback_finish(p, &bytes);
	size_t frames = bytes / sizeof(double) / 2;

	last[0] = heard[2 * frames - 2];
	last[1] = heard[2 * frames - 1];
	free(heard);
}

static bool heard_on(struct playback *p)
{
	double last[2];

	finish(p, last);
	return last[1] > 0.01;
}

START_TEST(stream_follows_the_switch)
{
	struct playback p;
	double *heard;
	size_t bytes;

	start_stream(&p, "");
	play_left(&p, 9600);
	set_once(SETTING_CROSSFEED, 0);
	play_left(&p, 9600);
	set_once(SETTING_CROSSFEED, 1);
	play_left(&p, 9600);
	heard = playback_finish(&p, &bytes);
	ck_assert_uint_eq(bytes, 3 * 9600 * 16);
	/* on; off within 30 ms; on again; all of it as loud on the left, within 0.1 dB */
	ck_assert_double_gt(heard[2 * 9599 + 1], 0.05);
	ck_assert(heard[2 * (9600 + RATE_HZ * 3 / 100) + 1] == 0);
	ck_assert(heard[2 * (9600 + PERIOD) + 1] < heard[2 * 9599 + 1]);
	ck_assert_double_gt(heard[2 * (3 * 9600 - 1) + 1], 0.05);
	for (size_t n = 100; n < 3 * 9600; n++)
		ck_assert_double_eq_tol(heard[2 * n] / heard[2 * 100], 1, 0.01);
	free(heard);
}
END_TEST

/* To a DAC that would be dithered: not a single step once the mute has faded. */
START_TEST(mute_is_exact_zero)
{
	char definition[1000];
	struct playback p;
	int16_t *heard;
	size_t bytes;

	snprintf(definition, sizeof(definition), "type crossfeed control { file \"%s\" } "
		 "slave.pcm { type dac file \"%%s\" formats [ S16 ] }", path);
	playback_start(&p, definition, SND_PCM_ACCESS_RW_INTERLEAVED, SND_PCM_FORMAT_FLOAT64,
		       RATE_HZ);
	play_left(&p, 9600);
	set_once(SETTING_AMP, 0);
	play_left(&p, 9600);
	set_once(SETTING_AMP, 1);
	play_left(&p, 9600);
	heard = playback_finish(&p, &bytes);
	ck_assert_uint_eq(bytes, 3 * 9600 * 4);
	for (size_t n = 2 * (9600 + RATE_HZ * 3 / 100); n < 2 * 2 * 9600; n++)
		ck_assert_int_eq(heard[n], 0);
	ck_assert_int_ne(heard[2 * 3 * 9600 - 2], 0);
	free(heard);
}
END_TEST

START_TEST(two_streams_follow_one_switch)
{
	struct playback one, other;

	start_stream(&one, "");
	start_stream(&other, "");
	play_left(&one, 4800);
	play_left(&other, 4800);
	set_once(SETTING_CROSSFEED, 0);
	play_left(&one, PERIOD + 960);
	play_left(&other, PERIOD + 960);
	ck_assert(!heard_on(&one));
	ck_assert(!heard_on(&other));
}
END_TEST

START_TEST(set_before_the_first_playback)
{
	struct playback p;

	set_once(SETTING_CROSSFEED, 0);
	start_stream(&p, "");
	play_left(&p, 4800);
	ck_assert(!heard_on(&p));
}
END_TEST

/* Precedence: what somebody moved, else the configuration, even if it is newer. */
START_TEST(untouched_elements_follow_the_configuration)
{
	struct playback p;
	double last[2];

	start_stream(&p, "volume -6");
	playback_close(&p);
	set_once(SETTING_GAIN_DB, 2);
	start_stream(&p, "volume -20 headroom none");
	play_left(&p, 4800);
	finish(&p, last);
	ck_assert_double_eq_tol(last[0], 0.05, 1e-6);
	set_once(SETTING_VOLUME_DB, 800);
	start_stream(&p, "volume -20 headroom none");
	play_left(&p, 4800);
	finish(&p, last);
	ck_assert_double_eq_tol(last[0], 0.5, 1e-6);
}
END_TEST

START_TEST(mixer_shows_what_the_stream_was_configured_to)
{
	struct playback p;
	snd_ctl_t *ctl;

	start_stream(&p, "preset meier brightness bright");
	ctl = open_mixer();
	ck_assert_int_eq(mixer_get(ctl, SETTING_PRESET), PRESET_MEIER);
	ck_assert_int_eq(mixer_get(ctl, SETTING_BRIGHTNESS), CROSSFEED_BRIGHT);
	ck_assert_int_eq(mixer_get(ctl, SETTING_LEVEL_DB), 177);
	snd_ctl_close(ctl);
	playback_close(&p);
}
END_TEST

START_TEST(mute_is_exact_and_ends_in_an_exact_copy)
{
	struct playback p;
	double *heard;
	size_t bytes;

	start_stream(&p, "crossfeed off bypass direct");
	play_left(&p, 4800);
	set_once(SETTING_AMP, 0);
	play_left(&p, 4800);
	set_once(SETTING_AMP, 1);
	play_left(&p, 4800);
	heard = playback_finish(&p, &bytes);
	ck_assert(heard[2 * 4799] == 0.5);
	for (size_t n = 4800 + RATE_HZ * 3 / 100; n < 2 * 4800; n++)
		ck_assert(heard[2 * n] == 0);
	for (size_t n = 2 * 4800 + RATE_HZ * 3 / 100; n < 3 * 4800; n++)
		ck_assert(heard[2 * n] == 0.5);
	free(heard);
}
END_TEST

/* No step above -60 dBFS beyond the tone's own slope, for every control and back. */
START_TEST(changes_do_not_click)
{
	const int target[PANEL_ELEMENTS] = {
		[SETTING_CROSSFEED] = 0, [SETTING_LEVEL_DB] = 270, [SETTING_PRESET] = PRESET_BS2B_DEFAULT,
		[SETTING_GAIN_DB] = 0, [SETTING_BRIGHTNESS] = 2, [SETTING_VOLUME_DB] = 0,
		[SETTING_AMP] = 0,
	};
	enum { FRAMES = 9600, HZ = 100 };
	const enum setting element = (enum setting)_i;
	static double in[2 * FRAMES];
	struct playback p;
	double *heard;
	size_t bytes;

	for (size_t n = 0; n < FRAMES; n++) {
		in[2 * n] = 0.99 * signals_sine(HZ, RATE_HZ, n);
		in[2 * n + 1] = -0.5 * signals_sine(HZ, RATE_HZ, n);
	}
	start_stream(&p, "");
	playback_write(&p, in, FRAMES, PERIOD);
	set_once(element, target[element]);
	playback_write(&p, in, FRAMES, PERIOD);
	set_once(element, default_panel().position[element]);
	playback_write(&p, in, FRAMES, PERIOD);
	heard = playback_finish(&p, &bytes);
	for (size_t n = 1000; n < 6 * FRAMES; n++) {
		double bend = heard[n] - 2 * heard[n - 2] + heard[n - 4];

		/* 1.7e-4 is the tone's own */
		ck_assert_double_lt(fabs(bend), 1e-3 + 1.7e-4);
	}
	free(heard);
}
END_TEST

/* --- what can be wrong with the file -------------------------------------------------------- */

static void lay_missing(void) { unlink(path); }
static void lay_empty(void) { unlink(path); write_text("", 0); }
static void lay_short(void) { unlink(path); write_text("alsa-crossfeed state 1\nswi", 26); }
static void lay_garbage(void) { unlink(path); write_text("\x7f""ELF\0\xff\xfe", 7); }
static void lay_folder(void) { unlink(path); mkdir(path, 0700); }
static void lay_dangling(void) { unlink(path); ck_assert_int_eq(symlink("nowhere", path), 0); }
static void lay_pipe(void) { unlink(path); ck_assert_int_eq(mkfifo(path, 0600), 0); }

static void lay_huge(void)
{
	unlink(path);
	write_text("x", 1);
	ck_assert_int_eq(truncate(path, 1 << 20), 0);
}

/* Another user's file that we may not even read; a folder that we may not write to. */
static void lay_locked(void)
{
	write_good_file();
	chmod(path, 0);
	chmod(folder, 0500);
	override_permissions(false);
}

static void lay_full_disk(void)
{
	const struct rlimit nothing = { 0, RLIM_INFINITY };

	unlink(path);
	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &nothing), 0);
}

static void (*const faults[])(void) = {
	lay_missing, lay_empty, lay_short, lay_garbage, lay_folder, lay_dangling, lay_pipe, lay_huge,
	lay_locked, lay_full_disk,
};

enum { FAULTS = sizeof(faults) / sizeof(faults[0]), FAULT_LOCKED = 8, FAULT_FULL = 9 };

/* A PCM that needs no file to play into. */
static int play_into_nothing(void)
{
	char definition[1000];
	static double in[2 * 4800];
	struct playback p = { .access = SND_PCM_ACCESS_RW_INTERLEAVED,
			      .format = SND_PCM_FORMAT_FLOAT64 };
	int err;

	snprintf(definition, sizeof(definition), PLAYBACK_TYPES "pcm.test { type crossfeed "
		 "control { file \"%s\" } slave.pcm \"null\" }\n", path);
	err = config_open_test(&p.pcm, definition);
	if (err < 0)
		return err;
	err = playback_configure(&p, p.access, p.format, RATE_HZ);
	if (err == 0)
		playback_write(&p, in, 4800, PERIOD);
	snd_pcm_close(p.pcm);
	return err;
}

START_TEST(audio_plays_whatever_the_file_is)
{
	faults[_i]();
	ck_assert_int_eq(play_into_nothing(), 0);
}
END_TEST

START_TEST(mixer_says_what_it_cannot_do)
{
	snd_ctl_t *ctl;
	int err;

	faults[_i]();
	ctl = open_mixer();
	ck_assert_int_eq(mixer_get(ctl, SETTING_CROSSFEED), 1);
	err = mixer_set(ctl, SETTING_CROSSFEED, 0);
	if (faults[_i] == lay_folder)
		ck_assert_int_eq(err, -EISDIR);
	else if (_i == FAULT_LOCKED)
		ck_assert_int_eq(err, -EACCES);
	else if (_i == FAULT_FULL)
		ck_assert_int_eq(err, -EFBIG);
	else
		ck_assert_int_eq(err, 1);
	ck_assert_int_eq(mixer_get(ctl, SETTING_CROSSFEED), err == 1 ? 0 : 1);
	snd_ctl_close(ctl);
}
END_TEST

START_TEST(faults_while_playing_change_nothing)
{
	struct playback p;

	write_good_file();
	start_stream(&p, "");
	play_left(&p, 4800);
	if (_i < FAULT_LOCKED)
		faults[_i]();
	play_left(&p, 4800);
	ck_assert(!heard_on(&p));
}
END_TEST

/* For somebody to look at; only a change by hand replaces it. */
START_TEST(a_damaged_file_is_left_as_it_is)
{
	struct playback p;
	char text[1000];

	lay_short();
	start_stream(&p, "");
	play_left(&p, 4800);
	playback_close(&p);
	ck_assert_uint_eq(read_text(text, sizeof(text)), 26);
	ck_assert_mem_eq(text, "alsa-crossfeed state 1\nswi", 26);
}
END_TEST

START_TEST(repaired_file_is_followed_again)
{
	struct playback p;

	start_stream(&p, "");
	play_left(&p, 4800);
	lay_garbage();
	play_left(&p, 4800);
	write_good_file();
	play_left(&p, 4800);
	ck_assert(!heard_on(&p));
}
END_TEST

START_TEST(no_home_is_no_reason_to_be_silent)
{
	static double in[2 * 4800];
	struct playback p;

	ck_assert_int_eq(playback_open(&p, "type crossfeed control none slave.pcm { type dac "
				       "file \"%s\" formats [ S16 ] }"), 0);
	unsetenv("XDG_STATE_HOME");
	unsetenv("HOME");
	playback_close(&p);
	/* playback_open() sets one; this one is opened without */
	path[0] = '\0';
	p = (struct playback){ .access = SND_PCM_ACCESS_RW_INTERLEAVED,
			       .format = SND_PCM_FORMAT_FLOAT64 };
	ck_assert_int_eq(config_open_test(&p.pcm, PLAYBACK_TYPES
					  "pcm.test { type crossfeed slave.pcm \"null\" }\n"), 0);
	ck_assert_int_eq(playback_configure(&p, p.access, p.format, RATE_HZ), 0);
	playback_write(&p, in, 4800, PERIOD);
	snd_pcm_close(p.pcm);
	snprintf(path, sizeof(path), "%s/state", folder);
}
END_TEST

/* --- a card's mixer ------------------------------------------------------------------------- */

static void start_card_stream(struct playback *p, const char *control)
{
	char definition[1000];

	setenv("CARD_STATE", path, 1);
	snprintf(definition, sizeof(definition), "type crossfeed control { %s } "
		 "slave.pcm { type dac file \"%%s\" formats [ FLOAT64 ] }", control);
	playback_start(p, definition, SND_PCM_ACCESS_RW_INTERLEAVED, SND_PCM_FORMAT_FLOAT64, RATE_HZ);
}

START_TEST(elements_of_a_card_are_adopted_and_followed)
{
	struct playback p;

	set_once(SETTING_CROSSFEED, 0);
	start_card_stream(&p, "card DAC");
	play_left(&p, 4800);
	set_once(SETTING_CROSSFEED, 1);
	/* an event for each element, one a period */
	play_left(&p, 4800);
	ck_assert(heard_on(&p));
}
END_TEST

START_TEST(card_positions_are_adopted)
{
	struct playback p;

	set_once(SETTING_CROSSFEED, 0);
	start_card_stream(&p, "card DAC");
	play_left(&p, 4800);
	ck_assert(!heard_on(&p));
}
END_TEST

START_TEST(card_without_our_elements_plays_as_configured)
{
	struct playback p;

	/* the mixer has elements called Crossfeed only, and lets nobody add others */
	start_card_stream(&p, "card DAC name Other");
	play_left(&p, 4800);
	ck_assert(heard_on(&p));
}
END_TEST

START_TEST(missing_card_plays_as_configured)
{
	struct playback p;
	char definition[] = "type crossfeed control { card 77 } slave.pcm { type dac file \"%s\" "
		"formats [ FLOAT64 ] }";

	/* a file that cannot be made lets the stand-in mixer open, but nothing be set */
	setenv("CARD_STATE", "/dev/null/no", 1);
	playback_start(&p, definition, SND_PCM_ACCESS_RW_INTERLEAVED, SND_PCM_FORMAT_FLOAT64, RATE_HZ);
	play_left(&p, 4800);
	ck_assert(heard_on(&p));
}
END_TEST

/* --- one thread plays, one hammers ---------------------------------------------------------- */

static void *hammer(void *stop)
{
	snd_ctl_t *ctl = open_mixer();

	for (int n = 0; !__atomic_load_n((int *)stop, __ATOMIC_RELAXED); n++) {
		enum setting element = (enum setting)(n % PANEL_ELEMENTS);

		mixer_set(ctl, element, n / PANEL_ELEMENTS % (panel_info(element).max + 1));
	}
	snd_ctl_close(ctl);
	return NULL;
}

START_TEST(hammered_controls_end_where_they_were_left)
{
	struct playback p;
	pthread_t thread;
	int stop = 0;

	start_stream(&p, "");
	ck_assert_int_eq(pthread_create(&thread, NULL, hammer, &stop), 0);
	for (int n = 0; n < 50; n++)
		play_left(&p, 4800);
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	set_once(SETTING_AMP, 1);
	set_once(SETTING_VOLUME_DB, 800);
	set_once(SETTING_CROSSFEED, 0);
	play_left(&p, 4800);
	ck_assert(!heard_on(&p));
}
END_TEST

static Suite *controls_suite(void)
{
	Suite *suite = suite_create("controls");
	TCase *mixer = tcase_create("mixer");
	TCase *positions = tcase_create("positions");
	TCase *file = tcase_create("file");
	TCase *streams = tcase_create("streams");
	TCase *wrong = tcase_create("faults");
	TCase *card = tcase_create("card");
	TCase *threads = tcase_create("threads");
	TCase *all[] = { mixer, positions, file, streams, wrong, card, threads };

	for (size_t k = 0; k < sizeof(all) / sizeof(all[0]); k++) {
		tcase_add_checked_fixture(all[k], make_folder, remove_folder);
		tcase_set_timeout(all[k], 60);
		suite_add_tcase(suite, all[k]);
	}
	tcase_add_test(mixer, mixer_shows_the_elements);
	tcase_add_loop_test(mixer, mixer_knows_db, 0, 2);
	tcase_add_test(mixer, mixer_keeps_what_is_set);
	tcase_add_test(mixer, mixer_refuses_what_is_out_of_range);
	tcase_add_loop_test(mixer, only_the_elements_that_are_listed_are_found, 0, IDS);
	tcase_add_test(mixer, mixers_see_each_other);
	tcase_add_test(mixer, a_waiting_mixer_wakes_once_for_a_change);
	tcase_add_test(mixer, a_mixer_is_woken_for_every_event);
	tcase_add_test(mixer, a_file_moved_into_place_wakes_a_mixer);
	tcase_add_test(mixer, preset_takes_its_level_along);
	tcase_add_loop_test(positions, untouched_panel_changes_nothing, 0, PRESETS);
	tcase_add_test(positions, another_preset_is_that_preset_whole);
	tcase_add_test(positions, gain_in_db_is_the_high_position);
	tcase_add_test(file, file_survives_the_round_trip);
	tcase_add_loop_test(file, positions_have_words, 0, PANEL_ELEMENTS);
	tcase_add_test(file, words_are_the_settings_words);
	tcase_add_test(file, every_version_of_the_file_is_noticed);
	tcase_add_test(file, files_of_0_9_are_read);
	tcase_add_test(file, unknown_keys_are_skipped_and_kept);
	tcase_add_test(file, a_file_cut_short_tells_no_lies);
	tcase_add_test(file, what_a_crash_left_is_cleaned_up);
	tcase_add_test(file, root_writes_into_nobodys_home);
	tcase_add_test(file, a_held_lock_delays_a_mixer_by_a_second);
	tcase_add_test(file, a_new_version_leaves_the_old_one_whole);
	tcase_add_test(file, a_write_that_fails_leaves_the_old_version);
	tcase_add_test(file, the_file_may_be_read_by_everybody);
	tcase_add_test(file, one_writer_waits_for_the_other);
	tcase_add_test(file, default_path_follows_the_environment);
	tcase_add_test(file, what_is_out_of_range_says_nothing);
	tcase_add_test(file, damaged_files_are_told_from_good_ones);
	tcase_add_test(streams, stream_follows_the_switch);
	tcase_add_test(streams, mute_is_exact_zero);
	tcase_add_test(streams, two_streams_follow_one_switch);
	tcase_add_test(streams, set_before_the_first_playback);
	tcase_add_test(streams, untouched_elements_follow_the_configuration);
	tcase_add_test(streams, mixer_shows_what_the_stream_was_configured_to);
	tcase_add_test(streams, mute_is_exact_and_ends_in_an_exact_copy);
	tcase_add_loop_test(streams, changes_do_not_click, 0, PANEL_ELEMENTS);
	tcase_add_loop_test(wrong, audio_plays_whatever_the_file_is, 0, FAULTS);
	tcase_add_loop_test(wrong, mixer_says_what_it_cannot_do, 0, FAULTS);
	tcase_add_loop_test(wrong, faults_while_playing_change_nothing, 0, FAULT_LOCKED);
	tcase_add_test(wrong, a_damaged_file_is_left_as_it_is);
	tcase_add_test(wrong, repaired_file_is_followed_again);
	tcase_add_test(wrong, no_home_is_no_reason_to_be_silent);
	tcase_add_test(card, elements_of_a_card_are_adopted_and_followed);
	tcase_add_test(card, card_positions_are_adopted);
	tcase_add_test(card, card_without_our_elements_plays_as_configured);
	tcase_add_test(card, missing_card_plays_as_configured);
	tcase_add_test(threads, hammered_controls_end_where_they_were_left);
	return suite;
}

int main(void)
{
	return check_main(controls_suite());
}
