#!/bin/bash
# alsa-crossfeed - other compilers, C libraries, word sizes and byte orders
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# usage: tests/long/portability.sh [werror-gcc | werror-clang | m32 | musl | big-endian | aarch64 |
#        armhf]...
#
# The first two build all with -Werror; the others run the sound alone. Without arguments
# all of them. What cannot be built here is skipped (exit 77 if nothing else was asked).
# Debian has what it takes in clang, musl-tools, gcc-i686-linux-gnu, gcc-s390x-linux-gnu,
# gcc-aarch64-linux-gnu, gcc-arm-linux-gnueabihf and qemu-user. The whole suite elsewhere: distributions.sh.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source-path=SCRIPTDIR source=rows.sh
. tests/long/rows.sh

core='amp crossfeed filter loops presets quantiser samples settings sound'
strict='-std=gnu11 -ffp-contract=off -fexcess-precision=standard
	-Wall -Wextra -Wshadow -Wno-psabi -Werror'

# build_tree FOLDER CONFIGURE-ARGUMENTS...: with warnings as errors
build_tree() {
	local folder=$1
	shift
	rm -rf "$folder"
	mkdir "$folder"
	(cd "$folder" && ../configure -q "$@" >/dev/null)
	make -s -C "$folder" -j2 CFLAGS='-g -O2 -Werror' >/dev/null
	make -s -C "$folder" -j2 check TESTS= CFLAGS='-g -O2 -Werror' >/dev/null
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
	"$@" $strict -O2 -Iinclude -Itests/common tests/long/portable.c "${files[@]}" -lm \
		-o "build-portable/$name"
	${run-} "build-portable/$name"
}

check_werror-gcc() {
	has gcc || skip 'no gcc'
	build_tree build-werror-gcc CC=gcc
}

check_werror-clang() {
	has clang || skip 'no clang'
	build_tree build-werror-clang CC=clang
}

check_m32() {
	local compiler='gcc -m32'
	has i686-linux-gnu-gcc && compiler=i686-linux-gnu-gcc
	echo 'int main(void) { return 0; }' | $compiler -static -x c - -o /dev/null 2>/dev/null ||
		skip 'no 32-bit compiler'
	# shellcheck disable=SC2086 # a command and its flag
	self_test m32 $compiler -static
}

check_musl() {
	has musl-gcc || skip 'no musl-gcc'
	self_test musl musl-gcc -static
	[ "$(uname -m)" = x86_64 ] || return 0
	# with the loops for AVX2, and the choice between them
	# shellcheck disable=SC2086 # a list of flags
	musl-gcc $strict -O2 -mavx2 -DLOOPS=loops_avx2 -Iinclude -c plugin/loops.c \
		-o build-portable/loops_avx2.o
	self_test musl-avx2 musl-gcc -static -DHAVE_AVX2 build-portable/loops_avx2.o
}

# emulated NAME PROCESSOR COMPILER
emulated() {
	has "$3" || skip "no $3"
	has "qemu-$2" || skip "no qemu-$2"
	run=qemu-$2 self_test "$1" "$3" -static
}

check_big-endian() {
	emulated big-endian s390x s390x-linux-gnu-gcc
}

check_aarch64() {
	emulated aarch64 aarch64 aarch64-linux-gnu-gcc
}

check_armhf() {
	emulated armhf arm arm-linux-gnueabihf-gcc
}

if [ $# = 0 ]; then
	set -- werror-gcc werror-clang m32 musl big-endian aarch64 armhf
fi
run_rows "$@"
