# alsa-crossfeed - another Debian in a folder; sourced by what runs its programs, not run
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Who sources it has a function skip REASON..., which ends what cannot be had here. The mirror
# is the one that apt uses here, or $MIRROR.

require_debootstrap() {
	[ "$(id -u)" = 0 ] || skip 'debootstrap has to be root'
	command -v debootstrap >/dev/null || skip 'no debootstrap here'
	unshare --mount --pid --fork true 2>/dev/null || skip 'no mounting here'
}

mirror() {
	local from
	# shellcheck disable=SC2016 # apt's variables
	from=$(apt-get indextargets --format '$(REPO_URI) $(LABEL)' 'Created-By: Packages' \
		2>/dev/null | sed -n 's/ Debian$//p' | sed -n 1p)
	echo "${MIRROR:-${from:-http://deb.debian.org/debian}}"
}

remove() {
	rm -rf --one-file-system "$1"
}

# run_debootstrap FOLDER ARCHITECTURE SUITE PACKAGES OPTION...: its log is FOLDER.log. In a
# namespace of its own, whose mounts end with it whatever happens.
run_debootstrap() {
	local folder=$1 arch=$2 suite=$3 packages=$4
	shift 4
	require_debootstrap
	timeout -k 10 900 unshare --mount --pid --fork --kill-child debootstrap \
		--variant=minbase --arch="$arch" --include="$packages" "$@" \
		"$suite" "$folder" "$(mirror)" >"$folder.log" 2>&1 </dev/null ||
		skip "debootstrap: $(tail -n 1 "$folder.log")"
}

# have_debian FOLDER ARCHITECTURE SUITE PACKAGES: whole or not at all
have_debian() {
	[ "$(cat "$1/holds" 2>/dev/null)" != "$3 $4" ] || return 0
	remove "$1"
	run_debootstrap "$@"
	rm -rf "$1"/var/cache/apt/archives/*.deb
	echo "$3 $4" >"$1/holds"
}
