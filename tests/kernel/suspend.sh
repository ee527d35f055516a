# Suspend: the system sleeps with a stream open; the player goes on and what follows is exact.
# SPDX-License-Identifier: LGPL-2.1-or-later
# guest: clock=counted limit=180
# shellcheck disable=SC2317 # called by name, through ok
#
# On snd-aloop and QEMU's card: vhci_hcd refuses to sleep with a device plugged in.
. "$HERE/guest.sh"

device=neutral                  # of define_neutral: a copy
qemu_device=crossfeedhw:CARD=Audio,DEV=0
rate=48000
after=$((rate * 4))             # frames; the sleep is well over by then
noise=$WORK/noise.wav
recorded=$WORK/recorded.wav

if [ -z "${IN_MEMORY:-}" ]; then
    load_qemu_usb
    load_loopback
    define_neutral Loopback
    in_memory "$0" sh awk sed grep cat tail cut sleep mkdir dmesg aplay arecord amixer compare
fi

# start NAME DEVICE CARD; not quiet, because that would hide the word of the suspend
start() {
    aplay -D "$2" "$noise" 2>"$WORK/$1" &
    player=$!
    within 20 playing "$3" || { cat "$WORK/$1" "$WORK/recorder" "/proc/asound/$3"/pcm*/sub0/status; return 1; }
}
start_recorder() {
    arecord -q -D hw:CARD=Loopback,DEV=1 -f S16_LE -r "$rate" -c 2 "$recorded" 2>"$WORK/recorder" &
    recorder=$!
    within 20 recording_runs Loopback
}
ends_well() { wait "$player"; }
was_suspended() { cat "$WORK/$1"; grep -q 'Suspended' "$WORK/$1"; }

make_sound -k noise -r "$rate" -n $((rate * 6)) -z 0.5 "$noise"

ok 'a recorder runs on the other end' start_recorder
ok 'a player runs on the loopback' start looped "$device" Loopback
hear Loopback "$rate" 500
ok 'the system sleeps and wakes' suspend
ok 'the player ends well' ends_well
kill -INT "$recorder"
wait "$recorder"
ok 'it was told of the suspend' was_suspended looped
ok 'what follows is the input bit for bit' exact -s "$after" "$noise" "$recorded"

ok 'a player runs on the USB card' start usb "$qemu_device" Audio
hear Audio "$rate" 500
ok 'the system sleeps and wakes' suspend
ok 'the player ends well' ends_well
ok 'it was told of the suspend' was_suspended usb
finish
