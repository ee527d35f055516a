/* alsa-crossfeed - makes the n-th call of the modules, or the n-th allocation, fail */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#ifndef FAILING_H
#define FAILING_H

#include <stdbool.h>

/*
 * failing.c has functions of its own in place of those of libasound and libc
 * that the modules call and that can fail, and of malloc and its kin.  They
 * pass everything on, but for the one call that is to fail.
 */

enum failing { FAILING_NOTHING, FAILING_CALL, FAILING_ALLOCATION };

/* From now on, fail the n-th (from 1) call of this kind. */
void failing_start(enum failing what, unsigned int n);

/* Fail no more.  Returns what has failed, or NULL if there was no n-th call. */
const char *failing_stop(void);

/* Blocks that are allocated at the moment. */
long failing_blocks(void);

/* Whether the failure was within alsa-lib, which may lose memory of its own. */
bool failing_was_in_alsa_lib(void);

#endif
