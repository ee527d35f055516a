# Timing: delay and wake-ups through the device equal the bare card's; its smallest period works.
# SPDX-License-Identifier: LGPL-2.1-or-later
# guest: clock=counted limit=180
# shellcheck disable=SC2317 # called by name, through ok
. "$HERE/guest.sh"

device=crossfeedhw:CARD=DAC,DEV=0
bare=hw:CARD=DAC,DEV=0
card_format=S16_LE
rate=48000
delay_tolerance=24      # frames, 0.5 ms: what the scheduler of the guest makes of two equal runs

wakes_tolerance=1

value() { awk -v name="$1" -v n="${3:-2}" '$1 == name { print $n }' "$2"; }

# same WHAT TOLERANCE [COLUMN]
same() { near "$(value "$1" "$WORK/device" "${3:-2}")" "$(value "$1" "$WORK/bare" "${3:-2}")" "$2"; }

clock() { timing "$1" "$card_format" "$rate" "$2" "$3" "$4" >"$WORK/$5"; cat "$WORK/$5"; }

# compare_clocks PERIOD BUFFER PERIODS
compare_clocks() {
    ok "bare card, period $1 of $2" clock "$bare" "$1" "$2" "$3" bare
    ok "device, period $1 of $2" clock "$device" "$1" "$2" "$3" device
    ok '  the same period' same period 0
    ok '  the same buffer' same buffer 0
    ok '  as many wake-ups' same wakes "$wakes_tolerance"
    ok '  the same delay' same delay "$delay_tolerance"
    ok '  the same longest delay' same delay "$delay_tolerance" 3
    ok '  the same room' same room "$delay_tolerance"
}

plays_exactly() {
    forget_recordings
    aplay -q -D neutral --period-size="$1" --buffer-size=$(($1 * 8)) "$WORK/noise.wav" &&
        exact "$WORK/noise.wav" "$(recording)"
}

make_sound -k noise -r "$rate" -n "$rate" -z 0.3 "$WORK/noise.wav"
ok 'the DAC is plugged in' plug_dac
define_neutral DAC
compare_clocks 1024 4096 100
compare_clocks 480 1920 200
clock "$bare" 0 1024 10 smallest
smallest=$(value period "$WORK/smallest")
compare_clocks "$smallest" $((smallest * 8)) 400
ok "a file plays exactly in periods of $smallest frames" plays_exactly "$smallest"
finish
