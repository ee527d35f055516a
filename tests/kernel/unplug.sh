# Unplug: the plug pulled during playback gives the player -ENODEV at once; replugged, all is as
# before: what somebody moved, and the configuration for the rest.
# SPDX-License-Identifier: LGPL-2.1-or-later
# guest: clock=counted limit=240
# shellcheck disable=SC2317 # called by name, through ok
. "$HERE/guest.sh"

device=crossfeedhw:CARD=DAC,DEV=0
qemu_device=crossfeedhw:CARD=Audio,DEV=0
prompt_ms=1000          # from the plug pulled to the player's end
own=-6.06               # 100 Hz at 48 kHz, as in the panel scenario
own_tolerance=0.02
persistent_element='Crossfeed Gain'
persistent_value=1      # medium; not what a new element would have

noise=$WORK/noise.wav
tones=$WORK/tones.wav

start_player() {
    aplay -q -D "$1" "$noise" 2>"$WORK/player" &
    player=$!
    within 20 playing "$2"
}

pull_dac() { pulled=$(now_ms); unplug_dac; }

said_no_device() { cat "$WORK/player"; grep -q 'No such device' "$WORK/player"; }
ended_with_failure() { ! wait "$player"; }

# From $pulled on.
ends_promptly() {
    within 20 has_ended "$player" || return 1
    took=$(($(now_ms) - pulled))
    echo "$took ms"
    [ "$took" -le "$prompt_ms" ]
}

plays_as_before() {
    forget_recordings
    aplay -q -D "$device" "$tones" && measure "$tones" "$(recording)" &&
        near "$(level_of own left 100)" "$1" "$own_tolerance"
}

set_element() { amixer -q -c DAC cset "name=$1" -- "$2"; }
element_is() {
    is=$(amixer -c DAC cget "name=$1" | sed -n 's/^ *: values=//p')
    echo "$1 is $is"
    [ "$is" = "$2" ]
}

# A device with a preset of its own.
configure() {
    cat >"$HOME/.asoundrc" <<-RC
	pcm.mine {
	    type plug
	    slave.pcm { type crossfeed slave.pcm "hw:CARD=DAC" preset $1 }
	}
	RC
}
play_mine() { aplay -q -D mine "$tones"; }

state=$HOME/.local/state/alsa-crossfeed/Crossfeed.DAC
remembered() { cat "$state"; grep -qx "$1" "$state"; }
replug() { unplug_dac && plug_dac; }
nothing_is_there() { ! amixer -c DAC controls | grep Crossfeed; }

setting_is_back() { amixer -c DAC cget name="$persistent_element" | tail -n 1 | grep "values=$persistent_value\$"; }

make_sound -k noise -n $((48000 * 20)) "$noise"
make_sound -k tones -n $((48000 * 3 / 2)) -z 0.3 "$tones"

ok 'the DAC is plugged in' plug_dac
ok 'a player runs' start_player "$device" DAC
ok 'a setting is changed' amixer -q -c DAC cset name="$persistent_element" "$persistent_value"
hear DAC 48000 500
ok 'the DAC is unplugged' pull_dac
ok 'the player ends at once' ends_promptly
ok 'the player reports failure' ended_with_failure
ok 'the player was told ENODEV' said_no_device

ok 'the DAC is plugged in again' plug_dac
ok 'it plays' aplay -q -D "$device" "$tones"
ok 'the setting is back' setting_is_back
ok 'the setting is set to high' amixer -q -c DAC cset name="$persistent_element" 2
ok 'it plays as before' plays_as_before "$own"

configure linkwitz
ok 'a device with a preset of its own plays' play_mine
ok 'its preset is on the card' element_is 'Crossfeed Preset' 5
configure meier
ok 'it is configured anew and plays' play_mine
ok 'the new preset is on the card' element_is 'Crossfeed Preset' 6
ok 'and not taken for moved' not remembered 'preset .* moved'
ok 'a setting is changed while nothing plays' set_element "$persistent_element" 0
ok 'the next one plays' play_mine
ok 'it is in the file' remembered 'gain low moved'
ok 'it is changed again' set_element "$persistent_element" 1
ok 'the next one plays' play_mine
ok 'it is in the file' remembered 'gain medium moved'
ok 'the system stores the card' alsactl store -f "$WORK/asound.state" DAC
ok 'it is changed again' set_element "$persistent_element" 0
ok 'the next one plays' play_mine
ok 'the DAC is unplugged and plugged in' replug
ok 'nothing is there yet' nothing_is_there
ok 'the system restores what it stored' alsactl restore -f "$WORK/asound.state" DAC
ok 'opening the device is enough' aplay -q -D mine -t raw /dev/null
ok 'what was changed last is back' element_is "$persistent_element" 0
ok 'the preset is as configured' element_is 'Crossfeed Preset' 6
ok 'what was stored is restored by hand' alsactl restore -f "$WORK/asound.state" DAC
ok 'the next one plays' play_mine
ok 'it is as it was restored' element_is "$persistent_element" 1

# One that slept through it is told when it wakes.
ok 'a player runs and is stopped' start_player "$device" DAC
kill -STOP "$player"
ok 'the DAC is unplugged meanwhile' pull_dac
pulled=$(now_ms)
kill -CONT "$player"
ok 'the stopped player ends at once' ends_promptly
ok 'the stopped player was told ENODEV' said_no_device

ok 'QEMU has a USB card of its own' load_qemu_usb
ok 'a player runs on it' start_player "$qemu_device" Audio
hear Audio 48000 500
pulled=$(now_ms)
machine device_del usbdac
ok 'its player ends at once' ends_promptly
ok 'its player was told ENODEV' said_no_device
ok 'its card is gone' within 5 card_is_gone Audio
machine device_add usb-audio,id=usbdac,bus=xhci.0,audiodev=usb
ok 'its card is back' within 10 card_is_there Audio
ok 'it plays again' aplay -q -D "$qemu_device" "$tones"
finish
