#!/bin/bash
# alsa-crossfeed - make dist gives the same bytes elsewhere, and leaves no file out
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# usage: tests/long/tarball.sh
#
# In a checkout, after ./setup check. What is changed and not committed is tried, too;
# what git does not know yet, is not.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source-path=SCRIPTDIR source=rows.sh
. tests/long/rows.sh

work=$PWD/build/tarball

# make_tarball FOLDER FILE: of the sources in FOLDER
make_tarball() {
	mkdir -p "$1/build"
	(cd "$1/build" && { [ -f Makefile ] || ../configure -q; } && make -s dist) >"$work/log" 2>&1 ||
		{ cat "$work/log"; fail "no tarball of $1"; }
	mv "$1"/build/alsa-crossfeed-*.tar.xz "$work/$2"
}

# Another folder, date, umask, time zone and language.
check_checkout() {
	git clone -q . "$work/checkout"
	git diff --binary HEAD | (cd "$work/checkout" && git apply --allow-empty)
	find "$work/checkout" -exec touch -d 2001-01-01 {} +
	(
		umask 077
		export TZ=Pacific/Kiritimati LC_ALL=C.UTF-8
		cp -r "$work/checkout" "$work/private"
		cd "$work/private"
		autoreconf -i >/dev/null 2>&1
		make_tarball "$work/private" checkout.tar.xz
	)
	cmp "$work/here.tar.xz" "$work/checkout.tar.xz" || fail 'another checkout, other bytes'
}

check_unpacked() {
	mkdir "$work/unpacked"
	tar -C "$work/unpacked" --strip-components=1 -xf "$work/here.tar.xz"
	make_tarball "$work/unpacked" unpacked.tar.xz
	cmp "$work/here.tar.xz" "$work/unpacked.tar.xz" || fail 'unpacked and made again, other bytes'
}

# All but git's own file, and debian/, which distributions want to bring themselves.
check_files() {
	tar -tf "$work/here.tar.xz" | sed 's/^[^/]*\///' | sort >"$work/files"
	git ls-files | grep -v -e '^\.gitignore$' -e ^debian/ | sort | comm -23 - "$work/files" >"$work/missing"
	[ ! -s "$work/missing" ] || fail "not in the tarball: $(xargs <"$work/missing")"
}

[ -e .git ] || skip 'this is no checkout'
[ -f build/Makefile ] || skip 'nothing is built here: ./setup check comes first'
rm -rf "$work"
mkdir "$work"
make_tarball . here.tar.xz
run_rows files checkout unpacked
rm -rf "$work"
