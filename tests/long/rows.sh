# alsa-crossfeed - what the scripts of several rows have in common; sourced, not run
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# A row NAME is a function check_NAME. It runs in a subshell, in which errexit holds.

# skip REASON...: ends the row as one that cannot be had here
skip() {
	echo "skipped: $*"
	exit 77
}

# fail REASON...: ends the row as failed
fail() {
	echo "failed: $*"
	exit 1
}

has() {
	command -v "$1" >/dev/null
}

# run_rows NAME...: all of them, whatever becomes of the others; 0, 1 if any failed, 77 if
# all were skipped
run_rows() {
	local name status skipped=0 failed=0
	for name in "$@"; do
		declare -F "check_$name" >/dev/null || fail "no such row: $name"
	done
	for name in "$@"; do
		echo "--- $name"
		# errexit would be off in a subshell whose status is asked for at once
		set +e
		(
			set -e
			"check_$name"
		)
		status=$?
		set -e
		case $status in
		0) ;;
		77) skipped=$((skipped + 1)) ;;
		*) failed=1 ;;
		esac
	done
	[ $failed = 0 ] || return 1
	[ "$skipped" -lt $# ] || return 77
}
