# Xrun, pause, drain: no frame is lost or changed by a stop, and the last one is played.
# SPDX-License-Identifier: LGPL-2.1-or-later
# guest: clock=counted limit=240
# shellcheck disable=SC2317 # called by name, through ok
. "$HERE/guest.sh"

device=neutral                  # of define_neutral: a copy, so that every frame can be told
lengths='1 2 7 331 4801 47911'  # frames, none a multiple of a period
queued=960                      # frames, 20 ms: what the card's own queue may drop when it runs dry
rate=48000
noise=$WORK/noise.wav

start_player() {
    forget_recordings
    aplay -q -D "$device" "$@" "$noise" 2>"$WORK/player" &
    player=$!
    within 20 playing DAC
}

player_ends() { wait "$player"; }
said() { cat "$WORK/player"; grep -q "$1" "$WORK/player"; }

# Not merely stopped and continued: the card has to have run dry in between.
run_dry() {
    kill -STOP "$player"
    within 20 state_is DAC XRUN
    kill -CONT "$player"
}

# aplay has its keys on a terminal only.
start_pausable_player() {
    forget_recordings
    terminal new-session -d "aplay -i -D $device $noise 2>$WORK/player"
    within 20 playing DAC
}
terminal_is_closed() { ! terminal has-session 2>/dev/null; }

# Drained, not cut: the file ends with its last frame and no silence behind.
plays_whole() {
    make_sound -k noise -r "$rate" -n "$1" -i "$1" "$WORK/short.wav"
    forget_recordings
    aplay -q -D "$2" "$WORK/short.wav" && exact "$WORK/short.wav" "$(recording)"
}

make_sound -k noise -r "$rate" -n $((rate * 4)) -z 0.3 "$noise"
ok 'the DAC is plugged in' plug_dac
define_neutral DAC

ok 'a player runs' start_player
hear DAC "$rate" 500
ok 'it runs dry while stopped' run_dry
ok 'it plays on to the end' player_ends
ok 'it was told of the underrun' said underrun
ok 'it lost no more than the card dropped' exact -g 1 -l "$queued" "$noise" "$(recording)"
ok 'the gap is there to be seen' not exact -g 0 "$noise" "$(recording)"

ok 'a mapping player runs' start_player -M
hear DAC "$rate" 500
ok 'it runs dry while stopped' run_dry
ok 'it plays on to the end' player_ends
ok 'it lost no more than the card dropped' exact -g 1 -l "$queued" "$noise" "$(recording)"

ok 'a player with keys runs' start_pausable_player
hear DAC "$rate" 500
press Space
ok 'it pauses' within 5 state_is DAC PAUSED
press Space
ok 'it plays on' within 5 playing DAC
ok 'it ends' within 20 terminal_is_closed
ok 'the pause took no frame' exact -g 1 "$noise" "$(recording)"

for length in $lengths; do
    ok "a file of $length frames is played to its last" plays_whole "$length" "$device"
done
finish
