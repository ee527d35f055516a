# Examples: what README.md and the manual page tell people to type, typed, on a USB DAC of the name they use.
# SPDX-License-Identifier: LGPL-2.1-or-later
# guest: clock=counted limit=180
# shellcheck disable=SC2317 # called by name, through ok
. "$HERE/guest.sh"

project=$HERE/../..
examples=$WORK/examples
sound=$WORK/music.wav

# ALSA's device of that name, in the configuration that lies in ~/.asoundrc
play() { forget_recordings; timeout 30 aplay -q -D "$1" "$sound"; }

is_crossed() { measure "$sound" "$(recording)" && near "$(level_of cross left 100)" "$1" 0.1; }

# Of the other channel at 100 Hz, dB: bs2b's, with the recipe as with the preset, or headroom's.
level_in() {
    case $1 in
    migration-*) echo -4.6 ;;
    *) echo -11.7 ;;
    esac
}

try_configuration() {
    cp "$1" "$HOME/.asoundrc"
    device=$(sed -n 's/^pcm\.!*\([A-Za-z0-9_]*\)[ .].*/\1/p' "$1")
    ok "${1##*/}: $device plays" play "$device"
    ok "${1##*/}: the DAC has it crossfed" is_crossed "$(level_in "${1##*/}")"
    rm "$HOME/.asoundrc"
}

# A mixer in a terminal stays until it is left.
try_command() {
    case $1 in
    alsamixer*)
        ok "$1" open_panel "${1#alsamixer}"
        ok 'it shows the crossfeed' within 10 screen_shows Crossfeed
        close_panel
        ;;
    *) ok "$1" timeout 30 sh -c "$1" ;;
    esac
}

try_commands() {
    sed 's/  *# .*//' "$1" >"$WORK/commands"
    while read -r command <&3; do
        [ -z "$command" ] || try_command "$command"
    done 3<"$WORK/commands"
}

ok 'the DAC is plugged in' plug_dac
make_sound -k tones -r 48000 -n 72000 -z 0.5 "$sound"
mkdir -p "$examples" /var/lib/mpd
awk -v out="$examples" -f "$project/tests/docs/examples.awk" "$project/README.md" "$project/doc/crossfeed.7"
# a form to be filled in; what desktop.sh runs
rm "$examples/synopsis-1.conf" "$examples/pipewire-1.sh"
cd "$WORK" || exit
# First the devices, which also put the panel on the card, then what moves it.
[ -e /usr/lib/ladspa/bs2b.so ] || rm "$examples/migration-1.conf"
for example in "$examples"/*.conf; do try_configuration "$example"; done
for example in "$examples"/*.sh; do try_commands "$example"; done
finish
