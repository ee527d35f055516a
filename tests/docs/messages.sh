#!/bin/sh
# alsa-crossfeed - every message of the modules has its place in the manual page's DIAGNOSTICS
# SPDX-License-Identifier: LGPL-2.1-or-later
set -eu

folder=${srcdir:-..}
failed=0

# How each message begins, up to the first value or quotation mark in it
beginnings() {
	sed -n 's/.*SNDERR("[a-z ]*crossfeed: \([^%\\"]*\).*/\1/p' "$folder"/plugin/*.c |
		sed 's/[:; ]*$//' | grep . | sort -u
}

sed -n '/^\.Sh DIAGNOSTICS/,/^\.Sh/p' "$folder/doc/crossfeed.7" >messages.manual
beginnings >messages.module
while read -r beginning; do
	grep -qF -e "$beginning" messages.manual || {
		echo "failed: not in doc/crossfeed.7, DIAGNOSTICS: $beginning"
		failed=1
	}
done <messages.module
[ "$(wc -l <messages.module)" -ge 8 ] || {
	echo 'failed: the modules have too few messages'
	failed=1
}
rm -f messages.module messages.manual
exit $failed
