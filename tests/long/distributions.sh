#!/bin/bash
# alsa-crossfeed - the whole suite in other Debians, and what they share with each other
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# usage: tests/long/distributions.sh [i386 | trixie | state | abi | old | deb12 | deb13 | arm64 | rpm | arch | sid | s390x]...
#
#   i386    the whole suite in Debian 12 for i386: 32 bits, without SSE2
#   trixie  the whole suite in Debian 13: a newer compiler, C library and alsa-lib
#   state   what a 32-bit mixer sets is what a 64-bit player plays, and the reverse,
#           before it plays and while it does
#   abi     modules built here in Debian 13's alsa-lib, its modules in ours
#   old     modules built here in Debian 11's alsa-lib 1.2.4, and configure before it
#   deb12   Debian's package built here and installed in a fresh Debian 12: it plays, passes
#           its own tests, keeps what an administrator did, and goes without a trace
#   deb13   likewise built and installed in Debian 13, to lintian's content
#   arm64   Debian's package built across in fresh Debians 12 and 13, played under qemu-aarch64
#   rpm     the package that rpmbuild makes, without its dependencies
#   arch    the package that makepkg makes, likewise
#   sid     the whole suite in Debian's newest, built by gcc and clang
#   s390x   the tests through alsa-lib in the other byte order, under qemu-s390x
#
# Without arguments all but the last two. After ./setup check, as root: debootstrap unpacks
# the Debians into build/distributions, where they stay for the next time, from the
# mirror that apt uses here or from $MIRROR. What cannot be had is skipped with the
# reason (exit 77 if nothing else was asked). Debian has what it takes in debootstrap,
# rpm, makepkg and libarchive-tools, debhelper, autopkgtest, gcc-s390x-linux-gnu and qemu-user.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source-path=SCRIPTDIR source=rows.sh
. tests/long/rows.sh
# shellcheck source-path=SCRIPTDIR source=debian.sh
. tests/long/debian.sh

roots=$PWD/build/distributions
shared=$roots/shared
suite_seconds=600
cores=$(getconf _NPROCESSORS_ONLN)

# What README asks for, and what the tests can use.
packages=gcc,libc6-dev,make,autoconf,automake,libtool,pkg-config,libasound2-dev
packages+=,libsamplerate0-dev,check,alsa-utils,libbs2b-dev,bs2b-ladspa,tmux

# name, architecture, suite, what uname says, more packages; - for a fresh one, with none.
# debootstrap does not know who provides lintian's perl-openssl-abi-3.
known() {
	cat <<'END'
i386    i386   bookworm  i686
trixie  amd64  trixie    x86_64  build-essential,debhelper,lintian,perl-openssl-defaults,pkgconf
fresh12 amd64  bookworm  x86_64  -
fresh13 amd64  trixie    x86_64  -
sid     amd64  sid       x86_64  clang
END
}

# logged NAME SECONDS COMMAND...: quietly; the end of the log if it fails
logged() {
	local log=$roots/$1.log seconds=$2
	shift 2
	timeout -k 10 "$seconds" "$@" >>"$log" 2>&1 </dev/null && return
	tail -n 60 "$log"
	fail "the whole log: $log"
}

# --- the folders ----------------------------------------------------------------------------

# have_root NAME: its folder
have_root() {
	local name arch suite more all
	read -r name arch suite _ more <<<"$(known | grep "^$1 ")"
	all=$packages${more:+,$more}
	[ "$more" != - ] || all=apt
	have_debian "$roots/$name" "$arch" "$suite" "$all"
}

# in_root NAME COMMAND: the shared folder is /shared there
in_root() {
	local root=$roots/$1 machine
	read -r _ _ _ machine _ <<<"$(known | grep "^$1 ")"
	mkdir -p "$root/shared"
	# shellcheck disable=SC2016 # expanded in there
	unshare --mount --pid --fork --kill-child bash -euc '
		mount -t proc proc "$1/proc"
		mount --rbind /dev "$1/dev"
		mount --bind "$2" "$1/shared"
		exec setarch "$3" chroot "$1" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
			LC_ALL=C.UTF-8 TERM=xterm bash -euc "$4"' - "$root" "$shared" "$machine" "$2"
}

# with_copy NAME COMMAND...: runs it here, while what it changes in the folder is soon forgotten
with_copy() {
	local root=$roots/$1
	shift
	mkdir -p "$roots/scratch" "$root/shared"
	# shellcheck disable=SC2016 # expanded in there
	unshare --mount --pid --fork --kill-child bash -euc '
		mount -t tmpfs tmpfs "$1"
		mkdir "$1/upper" "$1/work"
		mount -t overlay -o "lowerdir=$2,upperdir=$1/upper,workdir=$1/work" overlay "$2"
		mount -t proc proc /proc
		mount --rbind /proc "$2/proc"
		mount --rbind /dev "$2/dev"
		mount --bind "$3" "$2/shared"
		shift 3
		exec "$@"' - "$roots/scratch" "$root" "$shared" "$@"
}
export -f in_root with_copy known
export roots shared

# --- building -------------------------------------------------------------------------------

# Several rows need the same; in each run it is made once.
is_made() {
	[ "$(cat "$roots/$1.made" 2>/dev/null)" = $$ ]
}

made() {
	echo $$ >"$roots/$1.made"
}

make_tarball() {
	! is_made tarball || return 0
	make -s -C build dist
	made tarball
}

unpack_source() {
	remove "$1"
	mkdir "$1"
	tar -C "$1" --strip-components=1 -xf build/alsa-crossfeed-*.tar.xz
}

# prepare NAME: its folder, with the modules built by what is there and installed in /stage
prepare() {
	! is_made "$1" || return 0
	have_root "$1"
	make_tarball
	unpack_source "$roots/$1/src"
	: >"$roots/$1.log"
	logged "$1" $suite_seconds bash -euc 'in_root "$@"' - "$1" "
		cd /src
		autoreconf -fi
		mkdir build
		cd build
		../configure
		make -j$cores CFLAGS='-g -O2 -Werror'
		rm -rf /stage
		make install DESTDIR=/stage"
	made "$1"
}

versions() {
	# shellcheck disable=SC2016 # expanded in there
	in_root "$1" 'echo "gcc $(gcc -dumpfullversion), alsa-lib $(pkg-config --modversion alsa)"'
}

# counted LOG: the last summary of make check in it
counted() {
	sed -n 's/^# \(PASS\|SKIP\|FAIL\): *//p' "$1" | tail -n 3 |
		xargs printf '%s passed, %s skipped, %s failed\n'
}

# whole_suite NAME
whole_suite() {
	local log=$roots/$1.log
	prepare "$1"
	logged "$1" $suite_seconds bash -euc 'in_root "$@"' - "$1" "
		cd /src/build
		make -j$cores check TESTS= CFLAGS='-g -O2 -Werror'
		make check CFLAGS='-g -O2 -Werror'"
	echo "$(versions "$1"): $(counted "$log")"
}

# --- playing --------------------------------------------------------------------------------

# Files by themselves, so that no other configuration of the system has a say:
# player set STATE ELEMENT VALUE; player play STATE DEVICE [FILE]. Noise is what is played.
write_player() {
	seq 400000 | gzip -n >"$shared/noise"
	cat "$shared/noise" "$shared/noise" >"$shared/twice"
	cat >"$shared/player" <<'END'
set -eu
folder=${0%/*}
what=$1 state=$folder/$2
mkdir -p "$state"
file() {
	echo "type file file \"$state/$1\" format raw slave.pcm { type null }"
}
cat >"$state/conf" <<CONF
pcm.record { $(file heard) }
pcm.direct { type crossfeed slave.pcm { $(file direct) } }
pcm.converted { type crossfeed rate 96000 slave.pcm { $(file converted) } }
CONF
export ALSA_CONFIG_PATH="$stage/etc/alsa/conf.d/60-crossfeed.conf:$state/conf"
ALSA_PLUGIN_DIR=$(dirname "$(find "$stage" -name libasound_module_pcm_crossfeed.so)")
export ALSA_PLUGIN_DIR XDG_STATE_HOME="$state"
if [ "$what" = set ]; then
	"${tools:-}amixer" -q -D crossfeed sset "$3" "$4"
else
	"${tools:-}aplay" -q -t raw -f S16_LE -c 2 -r 48000 -D "$3" "$folder/${4:-noise}"
fi
END
}

# play_in NAME ENVIRONMENT WORDS...: the player in a root
play_in() {
	local name=$1 environment=$2
	shift 2
	in_root "$name" "env $environment bash /shared/player ${*@Q}"
}

same() {
	cmp "$shared/$1" "$shared/$2" || fail "$1 and $2 differ"
}

# --- rows -----------------------------------------------------------------------------------

check_i386() {
	whole_suite i386
}

check_trixie() {
	whole_suite trixie
}

check_sid() {
	whole_suite sid
	logged sid $suite_seconds bash -euc 'in_root "$@"' - sid "
		mkdir /src/clang
		cd /src/clang
		../configure CC=clang
		make -j$cores CFLAGS='-g -O2 -Werror'
		make -j$cores check TESTS= CFLAGS='-g -O2 -Werror'
		make check CFLAGS='-g -O2 -Werror'"
	echo "$(in_root sid 'clang --version | sed -n 1p'): $(counted "$roots/sid.log")"
}

# follows READER WRITER: READER plays by WRITER's settings as it plays by its own
follows() {
	remove "$shared/own"
	remove "$shared/other"
	remove "$shared/none"
	for setting in Preset:bs2b-cmoy Gain:low Brightness:bright; do
		play_in "$1" stage=/stage set own "Crossfeed ${setting%:*}" "${setting#*:}"
		play_in "$2" stage=/stage set other "Crossfeed ${setting%:*}" "${setting#*:}"
	done
	same own/alsa-crossfeed/Crossfeed other/alsa-crossfeed/Crossfeed
	for state in own other none; do
		play_in "$1" stage=/stage play $state crossfeed_to:record
	done
	same own/heard other/heard
	! cmp -s "$shared/own/heard" "$shared/none/heard" || fail 'the settings are not heard'
	echo "$1 follows $2"
}

# has_heard STATE BYTES: waits until so many have come out
has_heard() {
	local end=$((SECONDS + 60))
	until [ "$(stat -c %s "$shared/$1/heard" 2>/dev/null || echo 0)" -ge "$2" ]; do
		[ $SECONDS -lt $end ] || fail "$1 does not play"
	done
}

# follows_live READER WRITER: a stream that has begun follows, too
follows_live() {
	local reader=$1 writer=$2 player size
	for state in on off live; do
		remove "$shared/$state"
	done
	play_in "$reader" stage=/stage set off Crossfeed off
	for state in on off; do
		play_in "$reader" stage=/stage play $state crossfeed_to:record twice
	done
	size=$(stat -c %s "$shared/off/heard")
	rm -f "$shared/pipe"
	mkfifo "$shared/pipe"
	play_in "$reader" stage=/stage play live crossfeed_to:record pipe &
	player=$!
	# opened for both, and with a limit, so that a player that died keeps nobody waiting
	exec 3<>"$shared/pipe"
	timeout 60 cat "$shared/noise" >&3
	has_heard live $((size * 2 / 5))
	play_in "$writer" stage=/stage set live Crossfeed off
	timeout 60 cat "$shared/noise" >&3
	exec 3>&-
	wait $player
	cmp -n $((size * 2 / 5)) "$shared/on/heard" "$shared/live/heard" ||
		fail 'not as it was set at first'
	cmp -i $((size * 4 / 5)) "$shared/off/heard" "$shared/live/heard" ||
		fail 'what was set while it played is not heard'
	! cmp -s -i $((size * 4 / 5)) "$shared/on/heard" "$shared/off/heard" ||
		fail 'on and off sound the same'
	echo "$reader follows $writer while it plays"
}

check_state() {
	prepare i386
	prepare trixie
	write_player
	follows i386 trixie
	follows trixie i386
	follows_live i386 trixie
	follows_live trixie i386
}

# What is built here, and this system's alsa-lib with its programs, into the shared folder.
stage_here() {
	! is_made here || return 0
	write_player
	remove "$shared/here"
	make -s -C build install DESTDIR="$shared/here/stage" >/dev/null 2>&1
	cp -L "$(pkg-config --variable=libdir alsa)/libasound.so.2" "$(command -v aplay)" \
		"$(command -v amixer)" "$shared/here"
	made here
}

# hear NAME STATE ENVIRONMENT: through all modules
hear() {
	remove "$shared/$2"
	play_in "$1" "$3" play "$2" crossfeed_to:record
	play_in "$1" "$3" play "$2" converted
	play_in "$1" "$3" set "$2" Crossfeed off
	play_in "$1" "$3" play "$2" direct
}

# A C library has all that an older one has; the reverse is no matter of ours.
require_newer_libc() {
	local here there
	here=$(getconf GNU_LIBC_VERSION)
	there=$(in_root "$1" 'getconf GNU_LIBC_VERSION')
	[ "$(printf '%s\n' "$here" "$there" | sort -V | tail -n 1)" = "$there" ] ||
		skip "programs from here, with $here, do not run with $there"
}

check_abi() {
	local ours='tools=/shared/here/ LD_LIBRARY_PATH=/shared/here'
	prepare trixie
	stage_here
	require_newer_libc trixie
	in_root trixie "env $ours ldd /shared/here/aplay" >"$roots/abi.log"
	grep -q '/shared/here/libasound' "$roots/abi.log" ||
		fail 'the other alsa-lib is not used'
	hear trixie reference "$ours stage=/shared/here/stage"
	hear trixie theirs stage=/stage
	hear trixie ours-in-theirs stage=/shared/here/stage
	hear trixie theirs-in-ours "$ours stage=/stage"
	for state in theirs ours-in-theirs theirs-in-ours; do
		for file in heard converted direct alsa-crossfeed/Crossfeed; do
			same "reference/$file" "$state/$file"
		done
	done
	echo "alsa-lib $(pkg-config --modversion alsa) here, $(versions trixie) there:" \
		'the same samples from the modules of both in both'
}

# have_packages NAME ARCHITECTURE SUITE PACKAGES: only unpacked; nothing in it can be run
have_packages() {
	local tree=$roots/$1 file
	[ "$(cat "$tree/holds" 2>/dev/null)" != "$3 $4" ] || return 0
	remove "$tree"
	run_debootstrap "$tree" "$2" "$3" "$4" --download-only
	for file in "$tree"/var/cache/apt/archives/{lib,linux-libc-dev,check,bs2b}*.deb; do
		[ ! -e "$file" ] || dpkg-deb -x "$file" "$tree"
	done
	rm -f "$tree"/var/cache/apt/archives/*.deb
	echo "$3 $4" >"$tree/holds"
}

# The first alsa-lib we build for is 1.2.6, whose rate layer is the first of more than 16 bits;
# the modules run in an older one all the same.
check_old() {
	local tree=$roots/old libdir=usr/lib/x86_64-linux-gnu
	[ "$(uname -m)" = x86_64 ] || skip 'for x86_64 only'
	have_packages old amd64 bullseye libasound2-dev
	stage_here
	export stage=$shared/here/stage
	bash "$shared/player" play new direct
	bash "$shared/player" play new converted
	export LD_LIBRARY_PATH=$tree/$libdir
	bash "$shared/player" play old direct
	bash "$shared/player" play old converted
	same new/direct old/direct
	same new/converted old/converted
	unset LD_LIBRARY_PATH
	remove "$tree/build"
	mkdir "$tree/build"
	! (cd "$tree/build" && PKG_CONFIG_LIBDIR=$tree/$libdir/pkgconfig "$OLDPWD/configure") \
		>"$roots/old.log" 2>&1 || fail 'configure takes 1.2.4'
	grep -q 'alsa >= 1.2.6' "$roots/old.log" || fail 'configure does not say what it needs'
	echo "alsa-lib $(PKG_CONFIG_LIBDIR=$tree/$libdir/pkgconfig pkg-config --modversion alsa):" \
		'the same samples; configure says that it needs 1.2.6'
}

# Emulated, so without those that are minutes of arithmetic.
check_s390x() {
	local tree=$roots/s390x libdir=usr/lib/s390x-linux-gnu
	local tests='tests/unit/test_settings tests/unit/test_samples
		tests/unit/test_quantiser tests/unit/test_panel tests/unit/test_state
		tests/device/test_pcm tests/device/test_controls tests/device/test_ctl_crossfeed
		tests/device/test_channels tests/device/test_migration
		tests/device/test_sandbox tests/device/test_realtime tests/dac/test_negotiation
		tests/dac/test_failures tests/long/fuzz_settings tests/long/fuzz_state
		tests/long/fuzz_samples'
	has s390x-linux-gnu-gcc || skip 'no compiler for s390x'
	has qemu-s390x || skip 'no qemu-s390x'
	have_packages s390x s390x bookworm \
		libc6-dev,libasound2-dev,libsamplerate0-dev,check,libbs2b-dev,bs2b-ladspa
	make_tarball
	unpack_source "$tree/src"
	mkdir "$tree/src/build"
	: >"$roots/s390x.log"
	export PKG_CONFIG=pkg-config PKG_CONFIG_SYSROOT_DIR=$tree
	export PKG_CONFIG_LIBDIR=$tree/$libdir/pkgconfig
	export QEMU_LD_PREFIX=$tree ALSA_CONFIG_DIR=$tree/usr/share/alsa CK_TIMEOUT_MULTIPLIER=50
	logged s390x 1800 bash -euc "
		cd '$tree/src/build'
		../configure --host=s390x-linux-gnu --build=x86_64-pc-linux-gnu \
			CC='s390x-linux-gnu-gcc --sysroot=$tree -isystem $tree/usr/include/s390x-linux-gnu' \
			LDFLAGS='-Wl,-rpath-link,$tree/$libdir -Wl,-rpath-link,$tree/lib/s390x-linux-gnu'
		make -j$cores CFLAGS='-g -O2 -Werror'
		make -j$cores check TESTS= CFLAGS='-g -O2 -Werror'
		make check CFLAGS='-g -O2 -Werror' LOG_COMPILER=qemu-s390x TESTS='$(xargs <<<"$tests")'"
	counted "$roots/s390x.log"
}

# --- packages -------------------------------------------------------------------------------

# unpack_package NAME: the source package's parts, in the shared folder
unpack_package() {
	local folder=$shared/$1 tarball
	[ -e debian/control ] || skip 'a tarball has no debian/'
	make_tarball
	tarball=$(echo build/alsa-crossfeed-*.tar.xz)
	remove "$folder"
	mkdir "$folder"
	tar -C "$folder" -xf "$tarball"
	cp -r debian "$folder"/alsa-crossfeed-*/
	tarball=${tarball#build/alsa-crossfeed-}
	cp "build/alsa-crossfeed-$tarball" "$folder/alsa-crossfeed_${tarball%.tar.xz}.orig.tar.xz"
	: >"$roots/$1.log"
}

# What a user does, and an administrator, in a folder that had no package of ours.
write_owner() {
	cat >"$shared/owner" <<'END'
set -eu
export DEBIAN_FRONTEND=noninteractive HOME=/tmp XDG_STATE_HOME=/tmp/state
conf=/etc/alsa/conf.d/60-crossfeed.conf
everything() {
	find / -xdev \( -path /proc -o -path /dev -o -path /tmp -o -path /shared -o -path /var/log \
		-o -path /var/cache -o -path /var/lib/apt \) -prune -o -print | sort
}
apt-get -q update
apt-get -qy install --no-install-recommends alsa-utils libsamplerate0
everything >/tmp/before
# which needs nothing more than that
dpkg -i "$1"/*.deb
head -c 192000 /dev/zero | aplay -q -t raw -f cd -D crossfeed_to:null
amixer -D crossfeed sset Crossfeed off
aplay -L | grep -A 1 '^crossfeedhw'
echo '# mine' >>"$conf"
dpkg -i "$1"/*.deb
grep '# mine' "$conf"
rm "$conf"
dpkg -i "$1"/*.deb
[ ! -e "$conf" ] || { echo 'what was deleted has come back'; exit 1; }
dpkg -P libasound2-plugin-crossfeed
everything >/tmp/after
diff /tmp/before /tmp/after
END
}

# try_package NAME FRESH: installed, used and removed in the fresh folder; then its own tests
try_package() {
	local name=$1 fresh=$2 tested=0
	have_root "$fresh"
	write_owner
	logged "$name" 300 bash -euc 'with_copy "$@"' - "$fresh" \
		chroot "$roots/$fresh" sh /shared/owner "/shared/$name"
	has autopkgtest || skip 'installed, played and removed; but no autopkgtest here'
	timeout -k 10 600 bash -euc 'with_copy "$@"' - "$fresh" \
		autopkgtest -B "$shared/$name"/*.deb "$shared/$name"/*.dsc -- chroot "$roots/$fresh" \
		>"$roots/$name.tests" 2>&1 </dev/null || tested=$?
	# 2: a test was skipped
	[ $tested = 0 ] || [ $tested = 2 ] || {
		tail -n 60 "$roots/$name.tests"
		fail "autopkgtest: $roots/$name.tests"
	}
	echo 'installed, played, removed'
	sed -n '/@ summary$/,$p' "$roots/$name.tests" | grep -E '^[a-z0-9-]+ +(PASS|SKIP)'
}

check_deb12() {
	grep -qx 'VERSION_CODENAME=bookworm' /etc/os-release || skip 'this is no Debian 12'
	has dh || skip 'no debhelper here'
	require_debootstrap
	unpack_package deb12
	logged deb12 300 bash -euc "cd '$shared'/deb12/alsa-crossfeed-*
		DEB_BUILD_OPTIONS='nocheck noautodbgsym' dpkg-buildpackage -us -uc"
	try_package deb12 fresh12
}

# lintian here may know an older policy than the one that we follow.
check_deb13() {
	have_root trixie
	unpack_package deb13
	logged deb13 600 bash -euc 'in_root "$@"' - trixie '
		cd /shared/deb13/alsa-crossfeed-*
		DEB_BUILD_OPTIONS="nocheck noautodbgsym" dpkg-buildpackage -us -uc
		lintian --allow-root --pedantic --display-info --suppress-tags newer-standards-version \
			--fail-on error,warning,info,pedantic ../*.changes'
	try_package deb13 fresh13
}

# In a fresh folder: built across for arm64, installed beside its libraries, and played by
# programs of arm64 under qemu.
write_across() {
	cat >"$shared/across" <<'END'
set -eu
export DEBIAN_FRONTEND=noninteractive HOME=/tmp XDG_STATE_HOME=/tmp/state
dpkg --add-architecture arm64
apt-get -q update
apt-get -qy install --no-install-recommends build-essential crossbuild-essential-arm64 qemu-user
cp -r "$1"/alsa-crossfeed-*/ /tmp/source
cd /tmp/source
apt-get -qy build-dep --no-install-recommends -aarm64 -Pcross,nocheck .
DEB_BUILD_OPTIONS='nocheck noautodbgsym' dpkg-buildpackage -aarm64 -Pcross,nocheck -us -uc -b
apt-get -qy install --no-install-recommends alsa-utils:arm64
dpkg -i ../*_arm64.deb
head -c 192000 /dev/zero | qemu-aarch64 /usr/bin/aplay -q -t raw -f cd -D crossfeed_to:null
qemu-aarch64 /usr/bin/amixer -D crossfeed sset Crossfeed off
dpkg -P libasound2-plugin-crossfeed
END
}

check_arm64() {
	require_debootstrap
	write_across
	unpack_package arm64
	for fresh in fresh12 fresh13; do
		have_root $fresh
		logged arm64 900 bash -euc 'with_copy "$@"' - $fresh \
			chroot "$roots/$fresh" sh /shared/across /shared/arm64
		echo "$fresh: built across, installed, played, removed"
	done
}

# What make install installs, each file by its name, against the list given.
same_files() {
	stage_here
	diff <(find "$shared/here/stage" ! -type d -printf '%f\n' | sort -u) \
		<(sed 's/.*\///; s/\.gz$//' | grep crossfeed | sort -u) ||
		fail 'the package has other files than make install'
}

check_rpm() {
	local top=$roots/rpm
	has rpmbuild || skip 'no rpmbuild here'
	make_tarball
	remove "$top"
	: >"$roots/rpm.log"
	logged rpm 300 rpmbuild -tb --nodeps --nocheck --define "_topdir $top" \
		--define "_libdir $(pkg-config --variable=libdir alsa)" build/alsa-crossfeed-*.tar.xz
	rpm -qp --queryformat '[%{FILEMODES:perms} %{FILENAMES}\n]' "$top"/RPMS/*/*.rpm |
		sed '/^d/d; s/^[^ ]* //' >"$top/files"
	same_files <"$top/files"
	echo "$(wc -l <"$top/files") files"
}

check_arch() {
	local folder status=0
	has makepkg || skip 'no makepkg here'
	has pacman || skip 'no pacman here, which makepkg asks'
	has bsdtar || skip 'no bsdtar here'
	make_tarball
	: >"$roots/arch.log"
	# makepkg refuses root, who alone may see our folder, perhaps
	folder=$(mktemp -d)
	cp packaging/PKGBUILD build/alsa-crossfeed-*.tar.xz "$folder"
	chown -R nobody "$folder"
	(cd "$folder" && logged arch 300 setpriv --reuid=nobody --clear-groups \
		env HOME="$folder" PKGDEST="$folder" makepkg --nodeps --nocheck) || status=$?
	bsdtar -tf "$folder"/*.pkg.tar* >"$roots/arch.files" || status=$?
	remove "$folder"
	[ $status = 0 ] || exit $status
	grep -v '/$' "$roots/arch.files" | same_files
	echo "$(grep -c '[^/]$' "$roots/arch.files") files"
}

if [ $# = 0 ]; then
	set -- i386 trixie state abi old deb12 deb13 arm64 rpm arch
fi
if [ ! -f build/Makefile ]; then
	skip 'nothing is built here: ./setup check comes first'
fi
mkdir -p "$shared"
run_rows "$@"
