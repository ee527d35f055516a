# Route: a USB DAC played through the installed device equals the model, and the input when neutral.
# SPDX-License-Identifier: LGPL-2.1-or-later
# guest: clock=counted limit=120
# shellcheck disable=SC2317 # called by name, through ok
. "$HERE/guest.sh"

device=crossfeedhw:CARD=DAC,DEV=0
description='crossfeed'         # what aplay -L says of it, any case

# The direct path, and per rate: cross level at 100 300 1000 3000 10000 Hz, delay in us at 100 300 1000 Hz.
own=-6.06
own_tolerance=0.02
tolerance=0.02
delay_tolerance=2
model() {
    case $1 in
    44100) echo '-11.71 -11.75 -12.27 -15.30 -25.01 392.7 383.2 315.1' ;;
    48000) echo '-11.71 -11.75 -12.27 -15.30 -24.75 392.8 383.4 315.2' ;;
    96000) echo '-11.71 -11.76 -12.28 -15.29 -23.81 393.6 384.1 315.5' ;;
    esac
}

play() { forget_recordings; timeout 60 aplay -q -D "$1" "$2"; }

lists_description() { aplay -L | grep -A 3 "^$device\$" | grep -i "$description"; }

# as_model CHANNEL, then the figures of model in words
as_model() {
    channel=$1; shift
    for hz in 100 300 1000 3000 10000; do
        echo "direct at $hz Hz" && near "$(level_of own "$channel" "$hz")" "$own" "$own_tolerance" || return 1
        echo "cross at $hz Hz" && near "$(level_of cross "$channel" "$hz")" "$1" "$tolerance" || return 1
        shift
    done
    for hz in 100 300 1000; do
        echo "delay at $hz Hz" && near "$(delay_of "$channel" "$hz")" "$1" "$delay_tolerance" || return 1
        shift
    done
}

# route FORMAT RATE: once as installed, once neutral
route() {
    sound=$WORK/$1-$2.wav
    make_sound -k tones -f "$1" -r "$2" -n $(($2 * 3 / 2)) -z 0.3 "$sound"
    ok "$1 at $2 Hz plays" play "$device" "$sound"
    keep "$(recording)" "crossfeed-$1-$2.wav"
    ok "$1 at $2 Hz is measured" measure "$sound" "$(recording)"
    # shellcheck disable=SC2046 # figures in words
    for channel in left right; do
        ok "$1 at $2 Hz equals the model, played on the $channel" as_model "$channel" $(model "$2")
    done
    ok "$1 at $2 Hz crossfed is another sound" not exact "$sound" "$(recording)"
    ok "$1 at $2 Hz plays neutral" play neutral "$sound"
    ok "$1 at $2 Hz neutral is the input bit for bit" exact "$sound" "$(recording)"
}

ok 'the DAC is plugged in' plug_dac
define_neutral DAC
ok 'aplay -L lists the device for the card' lists_description
aplay -D "$device" --dump-hw-params -d 1 -f S16_LE -r 48000 -c 2 /dev/zero >"$WORK/params" 2>&1
cat "$WORK/params"
ok 'the device says what it can do' grep '^RATE: ' "$WORK/params"
route S16_LE 44100
route S16_LE 48000
route S24_3LE 96000
finish
