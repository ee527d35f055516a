/* alsa-crossfeed - what tests know of the stand-in DAC */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#ifndef PCM_DAC_H
#define PCM_DAC_H

/* Frames that a byte p through its clock's FIFO plays. */
enum { PCM_DAC_CLOCK_FRAMES = 64 };

#endif
