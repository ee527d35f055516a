#!/bin/sh
# alsa-crossfeed - the plan of the code: no two rooms know each other, no function is long
# SPDX-License-Identifier: LGPL-2.1-or-later
set -eu
# shellcheck source-path=SCRIPTDIR source=verdict.sh
. "${srcdir:-..}/tests/docs/verdict.sh"

# A room is NAME.h and NAME.c.  It knows those whose headers either of its files includes.

# ROOM KNOWN, a line each
includes() {
	for file in "$folder"/include/*.h "$folder"/plugin/*.c; do
		room=$(basename "$file")
		room=${room%.*}
		sed -n 's/^#include "\(.*\)\.h".*/\1/p' "$file" | grep -vxF -e "$room" | sed "s/^/$room /" || true
	done
}

# FILE FUNCTION LINES: from its opening brace to its closing one, both in the first column
functions() {
	awk 'FNR == 1 { open = 0 }
	     /^[a-zA-Z].*\(/ { name = $0; sub(/\(.*/, "", name); sub(/.*[ *]/, "", name) }
	     /^{/ { open = FNR }
	     /^}/ && open { print FILENAME, name, FNR - open - 1; open = 0 }' \
		"$folder"/include/*.h "$folder"/plugin/*.c
}

includes >rooms.includes
tsort rooms.includes >rooms.order 2>rooms.cycle ||
	fail "these rooms know each other in a circle: $(cat rooms.cycle)"
functions | sort -n -k 3 >rooms.functions
long=$(awk '$3 > 40 { print $1 ": " $2 "(), " $3 }' rooms.functions)
[ -z "$long" ] || fail "longer than 40 lines: $long"
awk '{ lines[NR] = $3 }
     END { printf "%d functions, median %d lines, longest %d\n", NR, lines[int((NR + 1) / 2)], lines[NR] }' \
	rooms.functions
for least in 'rooms.includes 30' 'rooms.functions 200'; do
	# shellcheck disable=SC2086 # a file and a number
	set -- $least
	[ "$(wc -l <"$1")" -ge "$2" ] || fail "too few lines in $1"
done
rm -f rooms.includes rooms.order rooms.cycle rooms.functions
exit "$failed"
