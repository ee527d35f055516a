/* alsa-crossfeed - a state file of a test's own */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#ifndef STATE_FILE_H
#define STATE_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "panel.h"

/* In a folder of its own, where the program runs; for a test's fixture. */
extern char state_file_folder[256];
extern char state_file_path[300];
void state_file_make(void);
void state_file_remove(void);

/* Whether root may do what the permissions of files forbid; nobody else may anyway. */
void state_file_override_permissions(bool may);

/* As another program would: 0 or -errno. */
int state_file_read(struct panel *panel);
int state_file_write(const struct panel *panel);
int state_file_write_at(const char *where, const struct panel *panel);

/* Crossfeed off, moved. */
void state_file_write_good(void);

/* Its bytes. */
void state_file_write_text(const char *text, size_t size);
size_t state_file_read_text(char *text, size_t size);

/* Where nothing is configured. */
struct panel default_panel(void);

#endif
