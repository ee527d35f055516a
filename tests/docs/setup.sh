#!/bin/sh
# alsa-crossfeed - runs ./setup play as a user would, over stand-ins for card and decoder
# SPDX-License-Identifier: LGPL-2.1-or-later
set -eu

# shellcheck source-path=SCRIPTDIR source=../common/terminal.sh
. "${srcdir:-..}/tests/common/terminal.sh"

build=$(pwd -P)
root=$(cd "${srcdir:-..}" && pwd -P)
[ "$build" = "$root/build" ] || skip 'setup plays what is built in ./build'
need_tools aplay tmux
need_plain_module
alsa=$(pkg-config --variable=datadir alsa 2>/dev/null || true)
alsa=${ALSA_CONFIG_DIR:-${alsa:-/usr/share}/alsa}
[ -f "$alsa/alsa.conf" ] || skip 'no configuration of alsa-lib here'

trap 'remove_work; rm -f "$build"/play/setup-test*; rmdir "$build/play" 2>/dev/null || true' EXIT

# --- the machine: a system without decoders and without anything to build --------------------

aplay=$(command -v aplay)
mkdir "$work/bin" "$work/alsa" "$work/home"
echo "$PATH" | tr : '\n' | while read -r folder; do
	ln -s "$folder"/* "$work/bin" 2>/dev/null || true
done
(cd "$work/bin" && rm -f aplay make sudo ffmpeg ffprobe sox apt-get)

# stand_in NAME: a program of that name, from standard input
stand_in() {
	{
		echo '#!/bin/sh'
		cat
	} >"$work/bin/$1"
	chmod +x "$work/bin/$1"
}

stand_in make <<END
exit 0
END
stand_in sudo <<'END'
[ "$1" = -v ] || exec "$@"
END
# Lists the card that the test wants, and plays each piece into a file of its own.
stand_in aplay <<END
if [ "\$1" = -l ]; then
	cat '$work/cards'
	exit
fi
echo >>'$work/pieces'
STAND_IN='$work/card'\$(wc -l <'$work/pieces') exec '$aplay' "\$@"
END

# The card is the tests' DAC, which has few formats and a clock that may stand still.
for file in "$alsa"/*; do
	ln -s "$file" "$work/alsa"
done
rm "$work/alsa/alsa.conf"
cat >"$work/alsa/alsa.conf" <<END
<$alsa/alsa.conf>
@hooks.1 {
	func load
	files [ "$work/alsa/machine.conf" ]
}
END
cat >"$work/alsa/machine.conf" <<END
pcm_type.dac.lib "$build/.libs/libasound_module_pcm_dac.so"
pcm.dac {
	type dac
	file { @func getenv vars [ STAND_IN ] default "$work/card" }
	formats [ S16 ]
	rates [ 44100 48000 96000 ]
}
pcm.stuck {
	type dac
	file "$work/stuck"
	clock "$work/clock"
}
pcm.!hw {
	@args [ CARD DEV ]
	@args.CARD { type string }
	@args.DEV { type string }
	@func concat
	strings [ \$CARD ]
}
pcm.!default dac
END
mkfifo "$work/clock"

# How the user stands there, in words of the shell
in_its_folder() {
	echo "cd '$root' && exec env -u MAKEFLAGS -u MFLAGS PATH='$work/bin' \
		ALSA_CONFIG_DIR='$work/alsa' HOME='$work/home'"
}

# play [FILE]: what it says is in $work/said
play() {
	: >"$work/pieces"
	sh -c "$(in_its_folder) ./setup play \"\$@\"" sh "$@" >"$work/said" 2>&1 </dev/null
}

# complain WORDS: fail, and show what it said
complain() {
	cat "$work/said"
	fail "$1"
}

plays() {
	play "$@" || complain "./setup play $* ended with $?"
}

refuses() {
	! play "$1" || complain "$1 was taken"
	says "$2"
}

# says WORDS: wherever the lines are wrapped
says() {
	tr '\n' ' ' <"$work/said" | grep -q "$1" || complain "it does not say: $1"
}

says_line() {
	grep -qx "$1" "$work/said" || complain "there is no line: $1"
}

says_not() {
	! grep -q "$1" "$work/said" || complain "it says: $1"
}

# Nothing but results is left, of this or an earlier run.
tidy() {
	left=$(find "$build/play" -type f ! -name '*-before.wav' ! -name '*-after.wav' 2>/dev/null)
	[ -z "$left" ] || fail "left behind: $left"
}

use_card() {
	printf 'card 7: %s [Stand-in], device 0: DAC [DAC]\n' "$1" >"$work/cards"
}

no_card() {
	: >"$work/cards"
}

# --- music -----------------------------------------------------------------------------------

# bytes NUMBER COUNT: the lowest first
bytes() {
	number=$1
	for _ in $(seq "$2"); do
		# shellcheck disable=SC2059 # an octal escape
		printf "\\$(printf %03o $((number % 256)))"
		number=$((number / 256))
	done
}

# wav CHANNELS MASK WHICH SECONDS: a square wave of 375 Hz at 48 kHz in that channel (from 0)
wav() {
	frame=$((2 * $1))
	size=$((48000 * frame * $4))
	printf RIFF
	bytes $((size + 60)) 4
	printf 'WAVEfmt '
	bytes 40 4
	bytes 65534 2
	bytes "$1" 2
	bytes 48000 4
	bytes $((48000 * frame)) 4
	bytes $frame 2
	bytes 16 2
	bytes 22 2
	bytes 16 2
	bytes "$2" 4
	bytes 1 2
	printf '\000\000\000\000\020\000\200\000\000\252\000\070\233\161'
	printf data
	bytes $size 4
	for value in 8192 57344; do
		for channel in $(seq 0 $(($1 - 1))); do
			bytes $((channel == $3 ? value : 0)) 2
		done >"$work/half"
		for _ in 1 2 3 4 5 6; do
			cat "$work/half" "$work/half" >"$work/doubled"
			mv "$work/doubled" "$work/half"
		done
		cat "$work/half"
	done >"$work/wave"
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		cat "$work/wave" "$work/wave" >"$work/doubled"
		mv "$work/doubled" "$work/wave"
	done
	cat "$work/wave" "$work/wave" | head -c $size
}

# ears FILE SKIP: the level of each ear of 16-bit stereo in 0.01 dB, of the second half second on;
# -99 dB for silence
ears() {
	od -An -v -td2 -j $(($2 + 96000)) -N 96000 "$1" | LC_ALL=C awk '
	{ for (i = 1; i <= NF; i++) power[n++ % 2] += $i * $i }
	function db(sum) {
		sum /= n / 2 * 32768 * 32768
		return sum > 1e-9 ? int(1000 * log(sum) / log(10)) : -9900
	}
	END { print db(power[0]), db(power[1]) }'
}

# compare WHAT BEFORE AFTER SKIP: of music on the left only, the left ear is as loud in both, and
# crossfeed alone gives the right one some
compare() {
	ls "$2" "$3" >/dev/null || fail "$1: there are not two sides"
	# shellcheck disable=SC2046 # two numbers each
	set -- "$1" $(ears "$2" "$4") $(ears "$3" "$4")
	apart=$(($2 - $4))
	[ "$2" -gt -6000 ] || fail "$1: nothing is heard"
	[ ${apart#-} -le 10 ] || fail "$1: before and after are not equally loud: $*"
	[ "$3" -lt -6000 ] || fail "$1: crossfeed before: $*"
	crossed=$(($5 - $4 + 1200))
	[ ${crossed#-} -lt 300 ] || fail "$1: no crossfeed after: $*"
}

wav 2 3 0 4 >"$work/setup-test.wav"
wav 6 63 4 2 >"$work/setup-test51.wav"
wav 3 0 0 2 >"$work/setup-test3.wav"
head -c 200000 "$work/setup-test.wav" >"$work/setup-test-half.wav"

# --- the manual build ------------------------------------------------------------------------

# README tells the packages that setup would install.
column=1
for command in 'apt-get install' 'dnf install' 'pacman -S --needed'; do
	ours=$(sed -n 's/^build [^ ]* *//p' "$root/setup" | awk -v n=$column '{ print $n }' |
		tr , ' ' | xargs)
	told=$(sed -n "/^    sudo $command /,/[^\\\\]\$/p" "$root/README.md" |
		sed "s/^ *sudo $command//" | tr -d '\134' | xargs)
	[ "$ours" = "$told" ] || fail "README's $command: $told; setup's: $ours"
	column=$((column + 1))
done

# --- without a card --------------------------------------------------------------------------

no_card
plays "$work/setup-test.wav"
says_line '  before: build/play/setup-test-before.wav'
says_line '  after:  build/play/setup-test-after.wav'
compare 'in files' "$build/play/setup-test-before.wav" "$build/play/setup-test-after.wav" 44
# without the bytes that continue a character
wide=$(LC_ALL=C tr -d '\200-\277' <"$work/said" | awk 'length > 60')
[ -z "$wide" ] || fail "wider than 60 columns: $wide"
awk '/brings your ears/ { said = 1 } /LEFT EAR/ { exit !said }' "$work/said" ||
	fail 'the picture comes before the sentence'
says_not 'breaks off'
tidy

# The fifth of six is the left one behind, in WAV's order; ALSA's own has the centre there.
plays "$work/setup-test51.wav"
compare '5.1' "$build/play/setup-test51-before.wav" "$build/play/setup-test51-after.wav" 44
refuses "$work/setup-test3.wav" 'does not say where its 3 channels belong'
plays "$work/setup-test-half.wav"
says 'breaks off: it has 0:01 of its 0:04'
refuses "$work/none.wav" 'no such file'
refuses "$work" 'not a file'
plays
says_line '  after:  build/play/demo-after.wav'
says 'equally loud, within 0\.[0-4] LU'

# --- other formats ---------------------------------------------------------------------------

# What decodes is installed when a file needs it, and only then.
stand_in apt-get <<END
echo "\$*" >>'$work/installed'
case "\$*" in
*' sox '*) mv '$work/decoder' '$work/bin/sox' ;;
esac
END
cat >"$work/decoder" <<END
#!/bin/sh
case "\$*" in
--help) echo 'AUDIO FILE FORMATS: flac mp3' ;;
'--i -D '*) echo 4.2 ;;
*damaged*) cat '$work/setup-test-half.wav'; echo 'lost sync' >&2 ;;
*setup-test.mp3*) cat '$work/setup-test.wav' ;;
*) exit 1 ;;
esac
END
chmod +x "$work/decoder"
echo ID3 >"$work/setup-test.mp3"
echo ID3 >"$work/setup-test-damaged.mp3"
plays "$work/setup-test.wav"
[ ! -e "$work/installed" ] || fail 'something was installed for a WAV file'
plays "$work/setup-test.mp3"
grep -q 'install .*sox libsox-fmt-mp3' "$work/installed" || fail 'no decoder was installed'
compare 'decoded' "$build/play/setup-test-before.wav" "$build/play/setup-test-after.wav" 44
rm "$work/installed"
plays "$work/setup-test-damaged.mp3"
says 'breaks off: it has 0:01 of its 0:04'
[ ! -e "$work/installed" ] || fail 'a decoder was installed twice'
echo words >"$work/setup-test.txt"
refuses "$work/setup-test.txt" 'no audio'

# --- on a card -------------------------------------------------------------------------------

use_card dac
plays "$work/setup-test.wav"
says 'Playing on .*Stand-in.* (hw:CARD=dac,DEV=0)'
# the first two are the ones that are measured
compare 'on a card' "$work/card3" "$work/card4" 0
use_card nosuch
plays "$work/setup-test.wav"
says 'trying the default device'

# Ctrl-C in a terminal, at a card that will never be done
use_card stuck
exec 3<>"$work/clock"
: >"$work/said"
terminal new-session -d -x 60 -y 40 "trap : INT; ($(in_its_folder) \
	./setup play '$work/setup-test.wav'); echo \$? >'$work/ended'" || skip 'no terminal here'
wait_for screen_shows '1. without crossfeed'
terminal send-keys C-c
wait_for test -s "$work/ended"
[ "$(cat "$work/ended")" = 130 ] || fail "Ctrl-C: $(cat "$work/ended")"
tidy
echo 'both sides equally loud, in files and on a card; 5.1 in its places'
