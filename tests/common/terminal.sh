# alsa-crossfeed - what the tests share that a terminal takes part in; sourced, not run
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh

skip() {
	echo "skipped: $1"
	exit 77
}

fail() {
	echo "failed: $1"
	exit 1
}

need_tools() {
	for tool in "$@"; do
		command -v "$tool" >/dev/null || skip "no $tool here"
	done
}

# The programs of the system do not load modules that are built with sanitizers.
need_plain_module() {
	! grep -q -e __asan_init -e __tsan_init .libs/libasound_module_pcm_crossfeed.so ||
		skip 'a player without sanitizers does not load modules with them'
}

# A tmux of the test's own, also when it is run inside another
terminal() {
	tmux -L crossfeed-test -f /dev/null "$@"
}

screen() {
	terminal capture-pane -p
}

screen_shows() {
	screen | grep -q "$1"
}

# Tries until it is so; what is waited for takes milliseconds, more on a busy machine.
wait_for() {
	end=$(($(date +%s) + 60))
	until "$@"; do
		[ "$(date +%s)" -lt "$end" ] || fail "waited in vain: $*"
	done
}

# The test's own folder goes, however it ends.
remove_work() {
	terminal kill-server 2>/dev/null || true
	rm -rf "$work"
}

work=$(mktemp -d)
export TMUX_TMPDIR="$work"
trap remove_work EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
