# Shell functions for the scenarios; each sources this file first.
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh disable=SC2317 # called by name, through ok
#
# Set by the guest: WORK, a folder in memory; OUT, the folder that stays; HERE, this folder.

failures=0

# ok SENTENCE COMMAND...: one thing shown; its output is the evidence, whole if it fails.
# Through a file and not $(...), so that the command may set variables and leave jobs behind.
ok() {
    sentence=$1; shift
    if "$@" >"$WORK/evidence" 2>&1; then
        echo "ok - $sentence: $(tail -n 1 "$WORK/evidence")"
        return 0
    fi
    failures=$((failures + 1))
    echo "NOT OK - $sentence: $*"
    sed 's/^/    /' "$WORK/evidence"
    return 1
}

# not COMMAND...: succeeds where the command says no (exit code 1), not where it could not tell.
not() {
    "$@"
    [ $? -eq 1 ]
}

kernel_is_well() { ! dmesg | grep -E 'BUG:|Oops|WARNING:|general protection|blocked for more than'; }

# The last line of a scenario. A panic ends the machine, a mere oops shows here.
finish() {
    unplug_dac
    ok 'the kernel has nothing to complain about' kernel_is_well
    echo "$failures failed, $(cut -d ' ' -f 1 /proc/uptime) s of guest time"
    [ "$failures" -eq 0 ]
    exit
}

# ---- waiting ----

# within SECONDS COMMAND...: ask again until it is so.
within() {
    deadline=$(($(now_ms) + $1 * 1000)); shift
    until "$@" >/dev/null 2>&1; do
        [ "$(now_ms)" -lt "$deadline" ] || { echo "not within the time: $*" >&2; return 1; }
        sleep 0.05
    done
}

now_ms() { awk '{ printf "%d\n", $1 * 1000 }' /proc/uptime; }

card_is_there() { grep -q "\[$1 *\]" /proc/asound/cards; }
card_is_gone() { ! card_is_there "$1"; }
playing() { grep -q RUNNING "/proc/asound/$1"/pcm*p/sub*/status; }
state_is() { grep -q "state: $2" "/proc/asound/$1"/pcm*p/sub*/status; }
recording_runs() { grep -q RUNNING "/proc/asound/$1"/pcm*c/sub*/status; }
has_ended() { ! kill -0 "$1"; }

# ---- cards ----

load() { modprobe -q "$@"; }

# QEMU's own USB card starts at 94 % of its volume.
load_qemu_usb() {
    load xhci-pci; load snd-usb-audio
    within 10 card_is_there Audio && amixer -q -c Audio sset 'Audio Output Volume Control' 100% unmute
}

# Loaded first, since the kernel cannot ask for it here.
load_hda() { load snd-hda-codec-generic; load snd-hda-intel && within 10 card_is_there Intel; }

load_loopback() { load snd-aloop && within 10 card_is_there Loopback; }

dac=
dac_plugs=0

# Each plugging has its own folder of recordings.
plug_dac() {
    dac_plugs=$((dac_plugs + 1))
    recordings=$WORK/dac$dac_plugs
    mkdir -p "$recordings"
    load vhci-hcd; load snd-usb-audio
    usb_dac "$recordings" "${1:-50}" 2>>"$OUT/usb_dac.log" &
    dac=$!
    within 10 card_is_there DAC
}

unplug_dac() {
    [ -n "$dac" ] || return 0
    kill "$dac" && wait "$dac"
    dac=
    within 10 card_is_gone DAC
}

# The newest stream of the DAC; it is whole once the player has closed the device.
recording() {
    for newest in "$recordings"/*.wav; do :; done
    echo "$newest"
}

# Before each playback, so that an older recording is never taken for the new one.
forget_recordings() { rm -f "$recordings"/*.wav; }

# Take a recording out of the guest.
keep() { cp "$1" "$OUT/$2"; }

# QEMU's monitor: device_del usbdac, device_add usb-audio,id=usbdac,bus=xhci.0,audiodev=usb
machine() { echo "$*" >/dev/vport0p3; }

# ---- suspend ----

# The files of the root are lost to a suspend: go on in a script with these programs from a copy
# in memory. This shell does not come back, since its own pages may be lost too.
# in_memory SCRIPT PROGRAM...
in_memory() {
    copy=$WORK/root
    mkdir -p "$copy/proc" "$copy/sys" "$copy/dev" "$copy/run" "$copy/tmp"
    script=$1; shift
    for program; do
        file=$(command -v "$program")
        # shellcheck disable=SC2046 # the libraries in words
        cp -L --parents "$file" $(ldd "$file" | grep -o '/[^ ]*') "$copy"
    done
    # Plugins and what they need besides the players' libraries.
    for file in /usr/lib/*/alsa-lib/*crossfeed*; do
        # shellcheck disable=SC2046
        cp -L --parents "$file" $(ldd "$file" | grep -o '/[^ ]*') "$copy"
    done
    cp -L -r --parents /usr/share/alsa /etc/alsa "$script" "$HERE/guest.sh" "$copy"
    for system in proc sys dev run; do mount --rbind "/$system" "$copy/$system"; done
    export IN_MEMORY=yes
    exec chroot "$copy" "$(command -v sh)" "$script"
}

# All devices are suspended and resumed at once: no firmware, no wake-up is needed.
suspend() {
    echo devices >/sys/power/pm_test
    echo 0 >/sys/module/suspend/parameters/pm_test_delay
    echo freeze >/sys/power/state
}

# ---- sound ----

make_sound() { compare make "$@"; }
exact() { compare exact "$@"; }

# near VALUE WANTED TOLERANCE
near() {
    awk -v v="$1" -v w="$2" -v t="$3" 'BEGIN {
        print v " (" w " +-" t ")"
        exit !(v != "" && v - w <= t && w - v <= t)
    }'
}

# level_of own|cross left|right HZ: dB, of the file that `compare levels` wrote to $WORK/levels.
level_of() { awk -v a="$1" -v b="$2" -v c="$3" '$1 == a && $2 == b && $3 == c { print $4 }' "$WORK/levels"; }
delay_of() { awk -v b="$1" -v c="$2" '$1 == "cross" && $2 == b && $3 == c { print $5 }' "$WORK/levels"; }

measure() { compare levels "$1" "$2" >"$WORK/levels"; }

# A device "neutral" over the DAC: the plugin with nothing to do, which has to be a copy.
define_neutral() {
    cat >"$HOME/.asoundrc" <<-RC
	pcm.neutral {
	    type plug
	    slave.pcm {
	        type crossfeed
	        slave { pcm "hw:CARD=$1,DEV=0" }
	        crossfeed off
	        bypass direct
	        control none
	    }
	}
	RC
}

# What the card has played of the running stream, in ms.
heard_ms() { awk -v rate="$2" '$1 == "hw_ptr" { printf "%d\n", $3 * 1000 / rate }' "/proc/asound/$1"/pcm*p/sub0/status; }
heard_by() { [ "$(heard_ms "$1" "$2")" -ge "$3" ]; }

# hear CARD RATE MS: let so much be played.
hear() { within 20 heard_by "$1" "$2" $(($(heard_ms "$1" "$2") + $3)); }

# ---- alsamixer in a terminal ----

terminal() { tmux -L panel -f /dev/null "$@"; }
open_panel() { terminal new-session -d -x 110 -y 32 "alsamixer $*"; }
close_panel() { terminal kill-server; }
press() { terminal send-keys "$@"; }
screen() { terminal capture-pane -p; }
screen_shows() { screen | grep -qF -- "$1"; }
screen_changed() { ! screen | cmp -s - "$1"; }

# Walk right until the named element has the focus.
focus() {
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
        screen | grep -q "Item: $1 *\[" && return 0
        before=$(screen | grep 'Item:')
        press Right
        within 2 screen_is_not "$before" || return 1
    done
    return 1
}
screen_is_not() { [ "$(screen | grep 'Item:')" != "$1" ]; }
