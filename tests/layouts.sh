#!/bin/bash
# alsa-crossfeed - installs as distributions lay their files out, and takes all away again
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# usage: tests/layouts.sh
#
# distcheck does not see a path that does not follow configure when root runs it: the file
# goes there and is removed again. Here each file has to be below DESTDIR, where it belongs.
set -euo pipefail
cd "$(dirname "$0")/.."

folder=build-layouts

fail() {
	echo "failed: $1"
	exit 1
}

# layout NAME PLUGINS CONF MAN CONFIGURE-ARGUMENTS...
layout() {
	local name=$1 plugins=$2 conf=$3 man=$4
	shift 4
	rm -rf "$folder"
	mkdir "$folder"
	(cd "$folder" && ../configure -q CFLAGS=-O0 "$@" >/dev/null)
	make -s -C "$folder" -j2 >/dev/null
	make -s -C "$folder" install DESTDIR="$PWD/$folder/root" >/dev/null
	{
		echo "$plugins/libasound_module_pcm_crossfeed.so"
		echo "$plugins/libasound_module_ctl_crossfeed.so"
		echo "$conf/60-crossfeed.conf"
		echo "$man/man7/crossfeed.7"
	} | LC_ALL=C sort >"$folder/expected"
	(cd "$folder/root" && find . ! -type d | cut -c 2- | LC_ALL=C sort) >"$folder/found"
	diff "$folder/expected" "$folder/found" || fail "$name: files are not where they belong"
	make -s -C "$folder" uninstall DESTDIR="$PWD/$folder/root" >/dev/null
	[ -z "$(find "$folder/root" ! -type d)" ] || fail "$name: uninstall leaves files"
	echo "$name: in order"
}

layout 'multiarch' /usr/lib/triplet/alsa-lib /etc/alsa/conf.d /usr/share/man --prefix=/usr \
	--with-alsaplugindir=/usr/lib/triplet/alsa-lib --with-alsaconfdir=/etc/alsa/conf.d
layout 'lib64' /usr/lib64/alsa-lib /usr/share/alsa/alsa.conf.d /usr/share/man --prefix=/usr \
	--libdir=/usr/lib64 --with-alsaplugindir=/usr/lib64/alsa-lib \
	--with-alsaconfdir=/usr/share/alsa/alsa.conf.d
layout 'a store of its own' /store/one/lib/alsa-lib /store/two/conf.d /store/one/man \
	--prefix=/store/one --mandir=/store/one/man \
	--with-alsaplugindir=/store/one/lib/alsa-lib --with-alsaconfdir=/store/two/conf.d
rm -rf "$folder"
