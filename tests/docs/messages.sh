#!/bin/sh
# alsa-crossfeed - every message of the modules has its place in the manual page's DIAGNOSTICS
# SPDX-License-Identifier: LGPL-2.1-or-later
set -eu
# shellcheck source-path=SCRIPTDIR source=verdict.sh
. "${srcdir:-..}/tests/docs/verdict.sh"

# How each message begins, up to the first value or quotation mark in it
beginnings() {
	sed -n 's/.*SNDERR("[a-z ]*crossfeed: \([^%\\"]*\).*/\1/p' "$folder"/plugin/*.c |
		sed 's/[:; ]*$//' | grep . | sort -u
}

sed -n '/^\.Sh DIAGNOSTICS/,/^\.Sh/p' "$folder/doc/crossfeed.7" >messages.manual
beginnings >messages.module
while read -r beginning; do
	grep -qF -e "$beginning" messages.manual ||
		fail "not in doc/crossfeed.7, DIAGNOSTICS: $beginning"
done <messages.module
[ "$(wc -l <messages.module)" -ge 8 ] || fail 'the modules have too few messages'
rm -f messages.module messages.manual
exit "$failed"
