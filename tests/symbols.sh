#!/bin/sh
# alsa-crossfeed - looks at what the built modules export and import
# SPDX-License-Identifier: LGPL-2.1-or-later
set -eu

fail() {
	echo "failed: $1"
	exit 1
}

command -v nm >/dev/null || { echo 'skipped: no nm here'; exit 77; }

# A library in somebody's player ends no process and writes to no terminal.
unwelcome='exit|_exit|_Exit|quick_exit|abort|__assert_fail|raise|printf|puts|putchar|fprintf|vprintf|vfprintf|perror|setlocale|atexit|signal|sigaction'

# each kind of module, and what alsa-lib calls it in its version symbols
for names in pcm:pcm ctl:control; do
	kind=${names%:*}
	module=.libs/libasound_module_${kind}_crossfeed.so
	[ -f "$module" ] || fail "no $module"
	if nm -D --undefined-only "$module" | grep -q '__[at]san_init'; then
		echo 'skipped: built with a sanitizer, which has symbols of its own'
		exit 77
	fi
	exported=$(nm -D --defined-only "$module" | awk '{ print $NF }' | sort | tr '\n' ' ')
	[ "$exported" = "__snd_${kind}_crossfeed_open_dlsym_${names#*:}_001 _snd_${kind}_crossfeed_open " ] ||
		fail "$module exports $exported"
	imported=$(nm -D --undefined-only "$module" | awk '{ print $NF }' | sed 's/@.*//')
	found=$(echo "$imported" | grep -Ex "$unwelcome" || true)
	[ -z "$found" ] || fail "$module imports $found"
done
