/* alsa-crossfeed - the sample formats, a row each */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#ifndef FORMATS_H
#define FORMATS_H

#include <stdbool.h>

/*
 * ALSA's formats of these names, in native byte order but for S24_3LE; S24 has
 * its bits in the low end of 4 bytes.  A row says how many bytes a sample takes, and
 * how many bits it resolves.  loops.c has its reader and its writer.
 */
#define FORMATS_OF_INTEGERS(ROW) ROW(S16, 2, 16) ROW(S24_3LE, 3, 24) ROW(S24, 4, 24) ROW(S32, 4, 32)
#define FORMATS_OF_FLOATS(ROW) ROW(FLOAT, 4, 25) ROW(FLOAT64, 8, 53)
#define FORMATS_ALL(ROW) FORMATS_OF_INTEGERS(ROW) FORMATS_OF_FLOATS(ROW)

#define FORMAT_ENUMERATOR(name, bytes, bits) FORMAT_##name,
enum format { FORMATS_ALL(FORMAT_ENUMERATOR) FORMATS };

/* Bytes one sample takes. */
static inline unsigned int format_bytes(enum format format)
{
#define FORMAT_BYTES(name, bytes, bits) bytes,
	static const unsigned char bytes_of[] = { FORMATS_ALL(FORMAT_BYTES) };

	return bytes_of[format];
}

/* Bits of resolution. */
static inline unsigned int format_bits(enum format format)
{
#define FORMAT_BITS(name, bytes, bits) bits,
	static const unsigned char bits_of[] = { FORMATS_ALL(FORMAT_BITS) };

	return bits_of[format];
}

static inline bool format_is_integer(enum format format)
{
	return format < FORMAT_FLOAT;
}

#endif
