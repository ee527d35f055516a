#!/bin/sh
# alsa-crossfeed - one version and one home in all files that have to name them
# SPDX-License-Identifier: LGPL-2.1-or-later
set -eu
# shellcheck source-path=SCRIPTDIR source=verdict.sh
. "${srcdir:-..}/tests/docs/verdict.sh"

# version_in FILE SED-EXPRESSION: the first thing that it prints is configure's version
version_in() {
	found=$(sed -n "$2" "$folder/$1" | sed -n 1p)
	[ "$found" = "$version" ] || fail "$1 has version \"$found\", configure.ac $version"
}

version=$(sed -n 's/^AC_INIT(\[[^]]*\], \[\([^]]*\)\].*/\1/p' "$folder/configure.ac")
home=$(sed -n 's/^ *\[\(https:[^]]*\)\])$/\1/p' "$folder/configure.ac")
case $version=$home in
'='* | *'=') fail 'configure.ac has no version or no home' ;;
esac

version_in NEWS.md 's/^## \([^ ]*\).*/\1/p'
# a tarball has no debian/
[ ! -e "$folder/debian" ] || version_in debian/changelog 's/^alsa-crossfeed (\([^)]*\)-[^-]*).*/\1/p'
version_in packaging/PKGBUILD 's/^pkgver=//p'
version_in packaging/alsa-crossfeed.spec 's/^Version: *//p'
version_in packaging/alsa-crossfeed.spec 's/^\* .* \([^ ]*\)-[^-]*$/\1/p'

for file in debian/control debian/copyright debian/watch debian/upstream/metadata \
	packaging/PKGBUILD packaging/alsa-crossfeed.spec; do
	[ -e "$folder/debian" ] || [ "${file%%/*}" != debian ] || continue
	grep -qF -e "$home" "$folder/$file" || fail "$file does not name $home"
done
exit "$failed"
