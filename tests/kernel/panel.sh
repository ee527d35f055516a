# Panel: every element shown, set and heard while the first player runs; what is set last counts,
# by alsamixer, alsactl, two mixers, and behind the events of 200 other elements.
# SPDX-License-Identifier: LGPL-2.1-or-later
# guest: clock=counted limit=240
# shellcheck disable=SC2317 # called by name, through ok
. "$HERE/guest.sh"

device=crossfeedhw:CARD=DAC,DEV=0
rate=48000
own=-6.06               # direct path at this rate; crossfeed off is 0.06 above
cross=-11.71            # of 100 Hz, against the direct path
own_at_20=-5.99         # with the level at -20 dB, for the same loudness
low=-11.68              # gain switch at low
silence=-90             # below this nothing is left
smooth=-60              # no step is larger, dB of full scale
tolerance=0.1           # a slice of 50 ms
elements='Crossfeed Playback Switch
Crossfeed Playback Volume
Crossfeed Preset
Crossfeed Gain
Crossfeed Brightness
Crossfeed Amp Playback Volume
Crossfeed Amp Playback Switch'

sine=$WORK/sine.wav
sine_level=-6.02

# Short buffer: a change is heard within one period of it.
start_player() {
    aplay -q -D "$device" --period-time=20000 --buffer-time=100000 "$sine" 2>"$WORK/player" &
    player=$!
    within 20 playing DAC
}

# The sine is longer than the test: it is cut, by the same signal that Ctrl-C sends to a player.
end_player() { kill -INT "$player"; wait "$player"; }

set_element() { amixer -q -c DAC cset "name=$1" -- "$2"; }
get_element() { amixer -c DAC cget "name=$1" | sed -n 's/^ *: values=//p'; }
element_is() { echo "$1 is $(get_element "$1")"; [ "$(get_element "$1")" = "$2" ]; }

all_elements() {
    amixer -c DAC controls >"$WORK/controls"
    echo "$elements" | while read -r name; do
        grep -F "name='$name'" "$WORK/controls" || { echo "no $name"; return 1; }
    done
}

# Remember what is expected of the left and right channel now; looked at when the recording is whole.
: >"$WORK/marks"
mark() {
    hear DAC "$rate" 600
    echo "$(heard_ms DAC "$rate") $2 $3 $1" >>"$WORK/marks"
}

sum() { awk 'BEGIN { for (i = 1; i < ARGC; i++) s += ARGV[i]; print s }' "$@"; }

# The slice that had been heard 100 ms before the mark; at or below silence is silence.
heard_at() {
    awk -v t="$1" -v l="$2" -v r="$3" -v tolerance="$tolerance" -v silence="$silence" '
        function far(got, want) {
            if (want <= silence) return got > silence
            return got - want > tolerance || want - got > tolerance
        }
        $1 <= t / 1000 - 0.15 { line = $0; left = $2; right = $3 }
        END { print line " (" l " " r ")"; exit !(line != "") || far(left, l) || far(right, r) }' "$WORK/track"
}

judge_marks() {
    compare track "$(recording)" >"$WORK/track"
    while read -r time left right what; do
        ok "heard: $what" heard_at "$time" "$left" "$right"
    done <"$WORK/marks"
}

no_click() {
    compare step -e "$played" "$(recording)" >"$WORK/step" || return 1
    awk -v most="$smooth" '{ print $1 " dB of full scale at " $2 " s"; exit !($1 <= most) }' "$WORK/step"
}

# The two in one process, and so in one go.
set_preset_and_level() {
    printf "cset name='Crossfeed Preset' %s\\ncset name='Crossfeed Playback Volume' %s\\n" "$1" "$2" |
        amixer -q -s -c DAC
}

# Both stay where they were set, also after another second.
stay() {
    hear DAC "$rate" 1000
    element_is 'Crossfeed Preset' "$1" && element_is 'Crossfeed Playback Volume' "$2"
}

# A state of alsactl's with 200 elements at this value: it adds those that are not there.
foreign_state() {
    echo 'state.DAC {'
    seq 200 | while read -r n; do
        echo "control.$((1000 + n)) { iface MIXER name 'Foreign $n' value $1
              comment { access 'read write user' type INTEGER count 1 range '0 - 100' } }"
    done
    echo '}'
}
move_foreign() { foreign_state "$1" >"$WORK/foreign" && alsactl -I restore -f "$WORK/foreign" DAC; }
foreign_are_there() { amixer -c DAC controls | grep -c Foreign | grep -x 200; }

off_behind_foreign() { move_foreign 2 && set_element 'Crossfeed Playback Switch' off; }

left_on=$(sum "$sine_level" "$own")
right_on=$(sum "$left_on" "$cross")

make_sound -k sine -r "$rate" -n $((rate * 20)) "$sine"
ok 'the DAC is plugged in' plug_dac
ok 'the first player runs' start_player
ok 'every element is there' all_elements
ok 'amixer shows the slider' amixer -c DAC sget Crossfeed
mark 'crossfeed on' "$left_on" "$right_on"

ok 'switched off during the first playback' set_element 'Crossfeed Playback Switch' off
mark 'crossfeed off at the same level' "$left_on" "$silence"
ok 'switched on' set_element 'Crossfeed Playback Switch' on
mark 'crossfeed on again' "$left_on" "$right_on"
ok 'level set to -20 dB' amixer -q -c DAC sset Crossfeed -- -20dB
left_at_20=$(sum "$sine_level" "$own_at_20")
mark 'crossfeed at -20 dB' "$left_at_20" "$(sum "$left_at_20" -20.01)"
ok 'level set back' amixer -q -c DAC sset Crossfeed -- -11.7dB
ok 'volume set to -20 dB' amixer -q -c DAC sset 'Crossfeed Amp' -- -20dB
mark 'volume at -20 dB' "$(sum "$left_on" -20)" "$(sum "$right_on" -20)"
ok 'volume muted' set_element 'Crossfeed Amp Playback Switch' off
mark 'muted' "$silence" "$silence"
ok 'volume unmuted' set_element 'Crossfeed Amp Playback Switch' on
ok 'volume set back' amixer -q -c DAC sset 'Crossfeed Amp' -- 0dB
ok 'gain set to low' set_element 'Crossfeed Gain' low
mark 'gain low' "$(sum "$left_on" "$low")" "$(sum "$right_on" "$low")"
ok 'gain set to high' set_element 'Crossfeed Gain' high

ok 'alsamixer opens' open_panel -c DAC -V playback
ok 'alsamixer shows the crossfeed' within 10 screen_shows Crossfeed
ok 'alsamixer reaches the crossfeed' focus Crossfeed
screen | tee "$OUT/alsamixer.txt"
terminal capture-pane -p -e >"$OUT/alsamixer.ansi"
mark 'gain high' "$left_on" "$right_on"
ok 'M is pressed' press m
ok 'M has switched the crossfeed off' within 5 element_is 'Crossfeed Playback Switch' off
mark 'crossfeed off by alsamixer' "$left_on" "$silence"
screen >"$WORK/before"
ok 'another mixer switches it on' set_element 'Crossfeed Playback Switch' on
ok 'alsamixer shows that' within 5 screen_changed "$WORK/before"
mark 'crossfeed on by amixer' "$left_on" "$right_on"
# Stopping takes the packets back one by one, and one behind may still be played: no click of ours.
# The kernel counts packets when it has queued them: what it counted 100 ms ago is recorded.
played=$(($(heard_ms DAC "$rate") - 100))
end_player
keep "$(recording)" panel.wav
judge_marks
ok 'no change clicks' no_click
close_panel

forget_recordings
: >"$WORK/marks"
ok 'alsactl stores a panel' alsactl store -f "$WORK/panel.state" DAC
ok 'a player runs again' start_player
ok 'a preset is chosen' set_element 'Crossfeed Preset' linkwitz
ok 'it brings its level' within 5 element_is 'Crossfeed Playback Volume' 245
ok 'preset and level are set in one go' set_preset_and_level meier 100
ok 'both stay as they were set' stay 6 100
ok 'alsactl restores while it plays' alsactl restore -f "$WORK/panel.state" DAC
ok 'what it restored stays' stay 0 183
mark 'crossfeed on, restored' "$left_on" "$right_on"
ok 'the card gets 200 other elements' move_foreign 1
ok 'they are there' foreign_are_there
ok 'all of them move, and then the switch' off_behind_foreign
mark 'crossfeed off behind 200 other elements' "$left_on" "$silence"
ok 'switched on' set_element 'Crossfeed Playback Switch' on
end_player
judge_marks

ok 'a setting to be kept' set_element 'Crossfeed Gain' low
ok 'alsactl stores' alsactl store -f "$WORK/asound.state" DAC
ok 'the card and its elements go' unplug_dac
ok 'the card comes back' plug_dac
ok 'alsactl restores' alsactl restore -f "$WORK/asound.state" DAC
ok 'every element is back' all_elements
ok 'the setting is back' element_is 'Crossfeed Gain' 0
finish
