#!/bin/bash
# alsa-crossfeed - installs as distributions lay their files out, and takes all away again
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# usage: tests/long/layouts.sh
#
# distcheck does not see a path that does not follow configure when root runs it: the file
# goes there and is removed again. Here each file has to be below DESTDIR, where it belongs.
set -euo pipefail
cd "$(dirname "$0")/../.."

folder=build-layouts

fail() {
	echo "failed: $1"
	exit 1
}

# layout NAME PLUGINS CONF MAN FOR-THE-DESKTOP CONFIGURE-ARGUMENTS...
layout() {
	local name=$1 plugins=$2 conf=$3 man=$4 desktop=$5
	shift 5
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
		# shellcheck disable=SC2086 # a list of words
		printf '%s\n' $desktop
	} | LC_ALL=C sort >"$folder/expected"
	(cd "$folder/root" && find . ! -type d | cut -c 2- | LC_ALL=C sort) >"$folder/found"
	diff "$folder/expected" "$folder/found" || fail "$name: files are not where they belong"
	make -s -C "$folder" uninstall DESTDIR="$PWD/$folder/root" >/dev/null
	[ -z "$(find "$folder/root" ! -type d)" ] || fail "$name: uninstall leaves files"
	echo "$name: in order"
}

sets='/usr/share/alsa-card-profile/mixer/profile-sets/crossfeed.conf
	/usr/share/pulseaudio/alsa-mixer/profile-sets/crossfeed.conf'
layout 'multiarch' /usr/lib/triplet/alsa-lib /etc/alsa/conf.d /usr/share/man \
	"$sets /usr/share/wireplumber/wireplumber.conf.d/20-crossfeed.conf" --prefix=/usr \
	--with-alsaplugindir=/usr/lib/triplet/alsa-lib --with-alsaconfdir=/etc/alsa/conf.d \
	--with-wireplumberdir --without-wireplumberluadir
layout 'lib64, WirePlumber 0.4' /usr/lib64/alsa-lib /usr/share/alsa/alsa.conf.d /usr/share/man \
	"$sets /usr/share/wireplumber/main.lua.d/50-crossfeed.lua" --prefix=/usr \
	--libdir=/usr/lib64 --with-alsaplugindir=/usr/lib64/alsa-lib \
	--with-alsaconfdir=/usr/share/alsa/alsa.conf.d \
	--without-wireplumberdir --with-wireplumberluadir
layout 'a store of its own' /store/one/lib/alsa-lib /store/two/conf.d /store/one/man \
	'/store/acp/crossfeed.conf /store/wireplumber/20-crossfeed.conf' \
	--prefix=/store/one --mandir=/store/one/man \
	--with-alsaplugindir=/store/one/lib/alsa-lib --with-alsaconfdir=/store/two/conf.d \
	--with-acpdir=/store/acp --with-wireplumberdir=/store/wireplumber \
	--without-wireplumberluadir --without-pulsedir
rm -rf "$folder"
