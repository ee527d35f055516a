# Several programs: two players over dmix with one switch; one ends, the other plays on untouched.
# SPDX-License-Identifier: LGPL-2.1-or-later
# guest: clock=counted limit=180
# shellcheck disable=SC2317 # called by name, through ok
. "$HERE/guest.sh"

device=several
switch='Crossfeed Playback Switch'
rate=48000

# No headroom is taken and "off" is a copy, so that a mix of left noise and right noise stays exact.
cat >"$HOME/.asoundrc" <<'RC'
pcm.mixed {
    type dmix
    ipc_key 19670
    slave { pcm "hw:CARD=DAC,DEV=0" rate 48000 channels 2 format S32_LE period_size 960 buffer_size 4800 }
}
pcm.several {
    type plug
    slave.pcm {
        type crossfeed
        slave { pcm mixed }
        bypass direct
        control { card DAC }
    }
}
RC

# start SOUND: adds to $players
start() {
    aplay -q -D "$device" --buffer-time=100000 "$WORK/$1.wav" 2>>"$WORK/complaints" &
    eval "$1=$!"
}

both_run() { [ "$(pgrep -c aplay)" -eq 2 ]; }
ends_well() { wait "$1"; }
switch_to() { amixer -q -c DAC cset "name=$switch" "$1"; }
no_complaints() { cat "$WORK/complaints"; [ ! -s "$WORK/complaints" ]; }

make_sound -k left  -i 1 -r "$rate" -n $((rate * 8)) -z 0.3 "$WORK/left.wav"
make_sound -k right -i 2 -r "$rate" -n $((rate * 4)) -z 0.3 "$WORK/right.wav"

ok 'the DAC is plugged in' plug_dac
start left
within 20 playing DAC
start right
ok 'two players run' within 20 both_run
hear DAC "$rate" 500
ok 'one switch for both' switch_to off
# shellcheck disable=SC2154 # set by start
ok 'the shorter one ends' ends_well "$right"
# shellcheck disable=SC2154 # set by start
ok 'the longer one plays on to its end' ends_well "$left"
ok 'nobody complained' no_complaints
keep "$(recording)" several.wav
ok 'before the switch the sound was crossfed' not exact -c left "$WORK/left.wav" "$(recording)"
ok 'after the switch the left player is untouched, also past the end of the other' \
    exact -c left -s $((rate * 2)) "$WORK/left.wav" "$(recording)"
ok 'after the switch the right player is untouched' \
    exact -c right -s $((rate * 2)) "$WORK/right.wav" "$(recording)"
finish
