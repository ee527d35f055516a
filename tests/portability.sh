#!/bin/bash
# alsa-crossfeed - other compilers, C libraries, word sizes and byte orders
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# usage: tests/portability.sh [werror-gcc | werror-clang | m32 | musl | big-endian]...
#
# Without arguments all of them. What cannot be built here is skipped (exit 77
# if nothing else was asked). Debian has what it takes in clang, musl-tools,
# gcc-i686-linux-gnu, gcc-s390x-linux-gnu, qemu-user, and for the whole suite
# in place of the sound alone libasound2-dev and check of i386 and s390x.
set -euo pipefail
cd "$(dirname "$0")/.."

core='amp crossfeed filter presets quantiser samples sound'
strict='-std=gnu11 -ffp-contract=off -fexcess-precision=standard
	-Wall -Wextra -Wshadow -Wno-psabi -Werror'

skip() {
	echo "skipped: $*"
	return 77
}

has() {
	command -v "$1" >/dev/null
}

# build_tree FOLDER CONFIGURE-ARGUMENTS...: with warnings as errors
build_tree() {
	local folder=$1
	shift
	rm -rf "$folder"
	mkdir "$folder"
	(cd "$folder" && ../configure -q "$@" >/dev/null)
	make -s -C "$folder" -j2 CFLAGS='-g -O2 -Werror'
	make -s -C "$folder" -j2 check TESTS= CFLAGS='-g -O2 -Werror'
}

# the sound alone: self_test NAME COMPILER-AND-FLAGS...; then run by $run
self_test() {
	local name=$1
	shift
	local files=()
	for file in $core; do
		files+=("plugin/$file.c")
	done
	mkdir -p build-portable
	# shellcheck disable=SC2086 # a list of flags
	"$@" $strict -O2 -Iinclude -Itests tests/portable.c "${files[@]}" -lm \
		-o "build-portable/$name"
	${run-} "build-portable/$name"
}

has_libraries() {
	[ -e "/usr/lib/$1/pkgconfig/alsa.pc" ] && [ -e "/usr/lib/$1/pkgconfig/check.pc" ]
}

# whole_suite TRIPLET MULTIARCH RUNNER TESTS: cross-built
whole_suite() {
	PKG_CONFIG=pkg-config PKG_CONFIG_LIBDIR=/usr/lib/$2/pkgconfig:/usr/share/pkgconfig \
		build_tree "build-$1" --host="$1" --build=x86_64-pc-linux-gnu
	make -s -C "build-$1" check TESTS="$4" LOG_COMPILER="$3"
}

check_werror-gcc() {
	has gcc || skip 'no gcc' || return
	build_tree build-werror-gcc CC=gcc
}

check_werror-clang() {
	has clang || skip 'no clang' || return
	build_tree build-werror-clang CC=clang
}

check_m32() {
	local compiler='gcc -m32'
	has i686-linux-gnu-gcc && compiler=i686-linux-gnu-gcc
	echo 'int main(void) { return 0; }' | $compiler -static -x c - -o /dev/null 2>/dev/null ||
		skip 'no 32-bit compiler' || return
	# shellcheck disable=SC2086 # a command and its flag
	self_test m32 $compiler -static
	if has_libraries i386-linux-gnu && has i686-linux-gnu-gcc; then
		whole_suite i686-linux-gnu i386-linux-gnu '' \
			'test_crossfeed test_settings test_samples test_pcm test_controls'
	fi
}

check_musl() {
	has musl-gcc || skip 'no musl-gcc' || return
	self_test musl musl-gcc -static
}

check_big-endian() {
	has s390x-linux-gnu-gcc || skip 'no compiler for s390x' || return
	has qemu-s390x || skip 'no qemu-s390x' || return
	run=qemu-s390x self_test big-endian s390x-linux-gnu-gcc -static
	if has_libraries s390x-linux-gnu; then
		# the others are minutes of arithmetic in qemu
		whole_suite s390x-linux-gnu s390x-linux-gnu qemu-s390x test_settings
	fi
}

if [ $# = 0 ]; then
	set -- werror-gcc werror-clang m32 musl big-endian
fi
skipped=0
for what in "$@"; do
	echo "--- $what"
	# a subshell of its own, or set -e would be off in it
	set +e
	(
		set -e
		"check_$what"
	)
	status=$?
	set -e
	case $status in
	0) ;;
	77) skipped=$((skipped + 1)) ;;
	*) exit 1 ;;
	esac
done
[ "$skipped" -lt $# ] || exit 77
