# alsa-crossfeed - what the scripts here have in common: a failure does not end them; sourced, not run
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh disable=SC2034 # they use folder, the project's, and exit with failed

folder=${srcdir:-..}
failed=0

fail() {
	echo "failed: $1"
	failed=1
}
