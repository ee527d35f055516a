#!/bin/sh
# alsa-crossfeed - every ALSA configuration in README.md, the manual page and the template plays
# SPDX-License-Identifier: LGPL-2.1-or-later
set -eu

# tests/kernel/examples.sh plays them on a real card, and runs the commands, too.

# shellcheck source-path=SCRIPTDIR source=../common/terminal.sh
. "${srcdir:-..}/tests/common/terminal.sh"
need_tools aplay
need_plain_module
[ -r /usr/share/alsa/alsa.conf ] || skip 'no configuration of alsa-lib here'

# shellcheck source-path=SCRIPTDIR source=verdict.sh
. "${srcdir:-..}/tests/docs/verdict.sh"

# What is no configuration to be tried here, and where it is tried or why it is not.
elsewhere() {
	cat <<'END'
chain-1.text                    a diagram
mpd-1.text                      tests/kernel/clients.sh: MPD plays by it
pipewire-2.text                 tests/kernel/desktop.sh: PipeWire allows these rates
pipewire-3.text                 tests/kernel/desktop.sh: WirePlumber follows it
pipewire-4.text                 tests/kernel/desktop.sh: PipeWire plays by it
pulseaudio-1.text               udev's; tried by hand on Debian 12
pulseaudio-2.text               tests/kernel/clients.sh: PulseAudio plays by it
readme-hear-it-test-it-1.text   .ci/run
readme-hear-it-test-it-2.text   what a command says
readme-install-1.text           tests/docs/setup.sh: what setup installs
readme-install-2.text           .ci/run has the same in steps
several-programs-at-once-2.conf dmix wants a card's driver: tests/kernel/examples.sh
squeezelite-1.text              plays only what a music server sends it
synopsis-1.conf                 a form to be filled in
END
}

# Any card is the stand-in, so that the definitions are tried as they are written.
system() {
	cat <<END
<confdir:alsa.conf>
pcm_type.hw { lib "$PWD/.libs/libasound_module_pcm_dac.so" open _snd_pcm_dac_open }
pcm_type.crossfeed.lib "$PWD/.libs/libasound_module_pcm_crossfeed.so"
ctl_type.crossfeed.lib "$PWD/.libs/libasound_module_ctl_crossfeed.so"
<$(cd "$folder" && pwd)/conf/60-crossfeed.conf>
END
}

# The devices that a configuration defines
devices() {
	sed -n 's/^pcm\.!*\([A-Za-z0-9_]*\)[ .].*/\1/p' "$1" | sort -u
}

plays() {
	timeout 20 aplay -v -D "$1" -d 1 -t raw -f cd /dev/zero
}

# The recipe's plugin lies elsewhere in other distributions.
misses_plugin() {
	path=$(sed -n 's/^ *path "\(.*\)"$/\1/p' "$1")
	[ -n "$path" ] && [ ! -e "$path/bs2b.so" ]
}

try_configuration() {
	if misses_plugin "$1"; then
		echo "$2: not tried, no bs2b.so in $path"
		return
	fi
	{ system; cat "$1"; } >"$work/asound.conf"
	[ -n "$(devices "$1")" ] || fail "$2 defines no device"
	for device in $(devices "$1"); do
		plays "$device" >"$work/said" 2>&1 || {
			tail -n 5 "$work/said"
			fail "$2 does not play"
		}
		grep -q -e 'Crossfeed PCM' -e 'LADSPA PCM' "$work/said" || fail "$2 is not crossfed"
	done
}

try_example() {
	name=${1##*/}
	elsewhere | grep -q "^$name " && return
	case $name in
	*.conf) try_configuration "$1" "$name" ;;
	*.sh) ;;
	*) fail "$name is neither run nor on the list of those that are not" ;;
	esac
}

mkdir "$work/all"
awk -v out="$work/all" -f "$folder/tests/docs/examples.awk" "$folder/README.md" "$folder/doc/crossfeed.7"
ALSA_CONFIG_PATH=$work/asound.conf
XDG_STATE_HOME=$work/state
export ALSA_CONFIG_PATH XDG_STATE_HOME
# each preset that the manual lists
sed -n '/^\.It Em preset/,/^\.El/s/^\.It \([a-z0-9-]*\) Ta.*/\1/p' "$folder/doc/crossfeed.7" |
	while read -r preset; do
		sed "s/@CARD@/DAC/g; s/@PRESET@/$preset/g" "$folder/conf/asound.conf.in" \
			>"$work/all/template-$preset.conf"
	done
[ -e "$work/all/template-meier.conf" ] || fail 'the manual lists no presets'
for example in "$work/all"/*; do
	try_example "$example"
done
elsewhere | while read -r name reason; do
	[ -e "$work/all/$name" ] || echo "failed: there is no $name ($reason)"
done | grep . && failed=1
exit "$failed"
