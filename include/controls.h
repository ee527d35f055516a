/* alsa-crossfeed - live controls of a stream: from the card's mixer or from a state file */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#ifndef CONTROLS_H
#define CONTROLS_H

#include <alsa/asoundlib.h>
#include <stdbool.h>

#include "card.h"
#include "definition.h"
#include "panel.h"
#include "state.h"

/*
 * Where the positions come from, first found wins: the live element; what was
 * remembered of it; the configuration; the preset.
 *
 * Of a file, the mixer plugin writes what somebody moves; streams only read.
 *
 * Of a card, a mixer sets the elements in the kernel, and none of us is asked:
 *
 * - A new preset brings its level, unless the level was set since: heard at
 *   once, and shown on the card at the next look that finds nothing new, so that
 *   whoever sets preset and level in one go has had his turn.  On a card nobody
 *   can see that a level was set to what it was.
 * - What somebody moved is settled when alsa-lib calls us outside the audio
 *   path: open, hw_params, prepare, hw_free and close.  An element was moved if it
 *   does not stand where it was settled last; it is then written to the state
 *   file.  In the middle of a stream there is no such call, and we start no thread
 *   in somebody's player: a power cut loses what was moved since the last one.  An
 *   unplugged card does not; the audio path has seen it.
 * - Streams of any program leave each other marks on the card (see card.h), so
 *   that it does not matter which of them settles first, or was paused.
 * - One card has one panel: what nobody moved stands as the device that was
 *   opened last is configured, for all streams of the card.
 */

enum controls_source { CONTROLS_NONE, CONTROLS_CARD, CONTROLS_FILE };

/* How often in a second of music a look at the controls is worth its system call. */
enum { CONTROLS_LOOKS_HZ = 200 };

/* Plain data but for the handles of the source in use. */
struct controls {
	enum controls_source source;
	struct definition definition;
	struct panel panel;		/* as last looked at */
	size_t frames_since_look;
	struct state state;

	/* of CONTROLS_CARD */
	struct card card;
	struct card_marks marks;	/* as we left them */
	bool marks_are_old;		/* another stream has left newer ones since */
	struct panel remembered;	/* by the version of the file that was read last */
	bool unsettled;			/* something came since the last look that found nothing */
	bool level_set;			/* since then */
	int level;			/* of the element, while the preset's own is heard */
	int preset;			/* before then */
};

/*
 * Find the controls the definition asks for.  card is the one the slave ends in,
 * or -1.  Controls that cannot be had are said in one message, and the stream
 * plays with the positions it knows: this cannot fail.
 */
void controls_open(struct controls *controls, const struct definition *definition, int card,
		   snd_config_t *root);

/* Settle, and give the handles back. */
void controls_close(struct controls *controls);

/*
 * See to it that what somebody moved is remembered; waits for no other program,
 * but for the disk.
 */
void controls_settle(struct controls *controls);

/*
 * Before so many frames are played: look for a change, unless less than
 * 1/CONTROLS_LOOKS_HZ of a second was played since the last look.  A look is one
 * system call if it finds nothing, at most four more on a file, and on a card
 * CARD_EVENTS, and one for each element.  True if settings are to be taken anew.
 * Nothing is written but a preset's level to its element.  Real-time safe; as for the
 * file, see state_changed().
 */
bool controls_read(struct controls *controls, size_t frames, unsigned int rate_hz);

/* The settings in force. */
struct settings controls_settings(const struct controls *controls);

#endif
