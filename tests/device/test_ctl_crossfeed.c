/* alsa-crossfeed - tests the mixer plugin: elements, events, what it keeps */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "check_main.h"
#include "mixer.h"
#include "panel.h"
#include "state.h"
#include "state_file.h"

#include <poll.h>
#include <stdio.h>
#include <time.h>

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
	snd_ctl_t *ctl = mixer_open();
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
	snd_ctl_t *ctl = mixer_open();
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
	snd_ctl_t *ctl = mixer_open();

	for (int e = 0; e < PANEL_ELEMENTS; e++) {
		ck_assert_int_ge(mixer_set(ctl, (enum setting)e, 1), 0);
		ck_assert_int_eq(mixer_get(ctl, (enum setting)e), 1);
		ck_assert_int_eq(mixer_set(ctl, (enum setting)e, 1), 0);
	}
	snd_ctl_close(ctl);
	ctl = mixer_open();
	for (int e = SETTING_PRESET; e < PANEL_ELEMENTS; e++)
		ck_assert_int_eq(mixer_get(ctl, (enum setting)e), 1);
	snd_ctl_close(ctl);
}
END_TEST

START_TEST(mixer_refuses_what_is_out_of_range)
{
	snd_ctl_t *ctl = mixer_open();

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
	snd_ctl_t *ctl = mixer_open();
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
	snd_ctl_t *one = mixer_open();
	snd_ctl_t *other = mixer_open();

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
	snd_ctl_t *one = mixer_open();
	snd_ctl_t *waiting = mixer_open();

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
	snd_ctl_t *one = mixer_open();
	snd_ctl_t *waiting = mixer_open();
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
	snd_ctl_t *waiting = mixer_open();
	struct panel panel = default_panel();
	char elsewhere[STATE_PATH_SIZE];

	snprintf(elsewhere, sizeof(elsewhere), "%s.elsewhere", state_file_folder);
	panel_move(&panel, SETTING_CROSSFEED, 0);
	ck_assert_int_eq(state_file_write_at(elsewhere, &panel), 0);
	ck_assert_int_eq(snd_ctl_subscribe_events(waiting, 1), 0);
	read_events(waiting);
	ck_assert_int_eq(rename(elsewhere, state_file_path), 0);
	ck_assert(wakes(waiting));
	ck_assert_int_eq(read_events(waiting), 1);
	snd_ctl_close(waiting);
}
END_TEST

START_TEST(preset_takes_its_level_along)
{
	snd_ctl_t *ctl = mixer_open();

	ck_assert_int_eq(snd_ctl_subscribe_events(ctl, 1), 0);
	ck_assert_int_eq(mixer_set(ctl, SETTING_PRESET, PRESET_BS2B_CMOY), 1);
	ck_assert_int_eq(mixer_get(ctl, SETTING_LEVEL_DB), 220);
	ck_assert_str_eq(next_event(ctl), "Crossfeed Playback Volume");
	ck_assert_str_eq(next_event(ctl), "Crossfeed Preset");
	snd_ctl_close(ctl);
}
END_TEST

static double now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Whoever may read the state_file_folder may hold its lock, for ever. */
START_TEST(a_held_lock_delays_a_mixer_by_a_second)
{
	snd_ctl_t *ctl = mixer_open();
	struct state state;
	double before;
	int lock;

	ck_assert_int_eq(state_open(&state, state_file_path, "", ""), 0);
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

	state_file_write_text(NEWER_FILE, strlen(NEWER_FILE));
	ctl = mixer_open();
	ck_assert_int_eq(mixer_get(ctl, SETTING_GAIN_DB), 0);
	ck_assert_int_eq(mixer_get(ctl, SETTING_CROSSFEED), 0);
	ck_assert_int_eq(mixer_get(ctl, SETTING_PRESET), PRESET_HEADROOM);
	for (int n = 1; n < 3; n++) {
		ck_assert_int_eq(mixer_set(ctl, SETTING_GAIN_DB, n), 1);
		size = state_file_read_text(text, sizeof(text) - 1);
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

static Suite *ctl_crossfeed_suite(void)
{
	Suite *suite = suite_create("ctl_crossfeed");
	TCase *all = tcase_create("all");

	tcase_add_checked_fixture(all, state_file_make, state_file_remove);
	tcase_set_timeout(all, 60);
	tcase_add_test(all, mixer_shows_the_elements);
	tcase_add_loop_test(all, mixer_knows_db, 0, 2);
	tcase_add_test(all, mixer_keeps_what_is_set);
	tcase_add_test(all, mixer_refuses_what_is_out_of_range);
	tcase_add_loop_test(all, only_the_elements_that_are_listed_are_found, 0, IDS);
	tcase_add_test(all, mixers_see_each_other);
	tcase_add_test(all, a_waiting_mixer_wakes_once_for_a_change);
	tcase_add_test(all, a_mixer_is_woken_for_every_event);
	tcase_add_test(all, a_file_moved_into_place_wakes_a_mixer);
	tcase_add_test(all, preset_takes_its_level_along);
	tcase_add_test(all, unknown_keys_are_skipped_and_kept);
	tcase_add_test(all, a_held_lock_delays_a_mixer_by_a_second);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	return check_main(ctl_crossfeed_suite());
}
