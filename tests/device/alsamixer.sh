#!/bin/sh
# alsa-crossfeed - presses M in a real alsamixer while a real aplay plays
# SPDX-License-Identifier: LGPL-2.1-or-later
set -eu

# shellcheck source-path=SCRIPTDIR source=../common/terminal.sh
. "${srcdir:-..}/tests/common/terminal.sh"
need_tools tmux alsamixer amixer aplay
need_plain_module

# numbers in the locale's way, but words in English, whatever catalogues are installed
export LANGUAGE=C
modules=$PWD/.libs
export ALSA_CONFIG_PATH="$work/asound.conf"
export XDG_STATE_HOME="$work/state"
cat >"$work/asound.conf" <<END
pcm_type.crossfeed.lib "$modules/libasound_module_pcm_crossfeed.so"
ctl_type.crossfeed.lib "$modules/libasound_module_ctl_crossfeed.so"
ctl.crossfeed { type crossfeed }
pcm.test {
	type crossfeed
	slave.pcm { type file file "$work/heard" format raw slave.pcm { type null } }
}
END

is_switched() {
	amixer -D crossfeed sget Crossfeed | grep -q "\[$1\]"
}

# make_second FILE: at 48 kHz, S16: 16384 on the left, 0 on the right
make_second() {
	printf '\000\100\000\000' >"$1.doubled"
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do
		cat "$1.doubled" "$1.doubled" >"$1"
		mv "$1" "$1.doubled"
	done
	head -c 192000 "$1.doubled" >"$1"
}

# frame N of what was heard: left and right, 32 bits
heard_at() {
	od -An -td4 -j $((8 * $1)) -N 8 "$work/heard"
}

TERM=xterm terminal new-session -d -x 100 -y 30 'alsamixer -D crossfeed' ||
	skip 'no terminal to be had here'
for element in 'Card: Crossfeed' 'Crossfeed Amp' 'Crossfeed Gain' 'Crossfeed Preset' headroom; do
	wait_for screen_shows "$element"
done
is_switched on || fail 'the switch is not on at first'

make_second "$work/second"
mkfifo "$work/music"
aplay -q -t raw -f S16_LE -c 2 -r 48000 --period-size=480 --buffer-size=4800 -D test "$work/music" &
player=$!
exec 3>"$work/music"
cat "$work/second" >&3
wait_for test -s "$work/heard"
# all of the first second but what fits a buffer is out before the key
is_played() {
	[ "$(wc -c <"$work/heard")" -ge $((8 * 43200)) ]
}
wait_for is_played
terminal send-keys m
wait_for is_switched off
cat "$work/second" >&3
exec 3>&-
wait "$player"

# shellcheck disable=SC2046 # two numbers each
set -- $(heard_at 24000) $(heard_at 95000)
[ "$2" -gt 100000000 ] || fail "before M: $2 on the right, expected crossfeed"
[ "${4#-}" -lt 10 ] || fail "after M: $4 on the right, expected nothing"
change=$(($1 - $3))
# as loud for noise, which for this ear is within 1 %
[ "${change#-}" -lt $(($1 / 100)) ] || fail "loudness changed: $1, then $3"
screen | sed 's/[[:space:]]*$//'
