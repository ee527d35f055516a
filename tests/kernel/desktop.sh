# Desktop: Debian 13's PipeWire and WirePlumber, nothing configured: the profile chosen, heard, unplugged.
# SPDX-License-Identifier: LGPL-2.1-or-later
# guest: clock=counted limit=420
# debian: trixie pipewire wireplumber pipewire-pulse pipewire-alsa pulseaudio-utils alsa-utils alsa-ucm-conf dbus-x11 udev libsamplerate0 procps
# shellcheck disable=SC2317 # called by name, through ok
. "$HERE/guest.sh"

dac_card=alsa_card.usb-Crossfeed_Hi-Fi_DAC_1-00
qemu_card=alsa_card.usb-QEMU_QEMU_USB_Audio_1-0000_00_04.0-1-00
sink=alsa_output.usb-Crossfeed_Hi-Fi_DAC_1-00.crossfeed-stereo
stock_sink=alsa_output.usb-Crossfeed_Hi-Fi_DAC_1-00.analog-stereo
profile=output:crossfeed-stereo
description='Headphones with crossfeed'
own=-6.06               # direct path
cross=-11.76            # of 300 Hz, against the direct path
tolerance=0.02
rates='44100 48000 96000'
volume=70%              # of the desktop's slider, a cubic one: -9.29 dB
volume_db=-9.00         # of that, what the DAC does in steps of 0.5 dB
silence=-90             # below this nothing is left, dB of full scale
session=/run/session
config=$session/home/.config
drop_in=wireplumber.conf.d/20-crossfeed.conf
examples=$WORK/examples # of the manual page, by section

# ---- the desktop ----

# /run is the same folder inside and outside.
inside() {
    chroot "$DEBIAN" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME="$session/home" LANG=C.UTF-8 \
        XDG_RUNTIME_DIR="$session" DBUS_SESSION_BUS_ADDRESS="unix:path=$session/bus" "$@"
}

skip() { echo "SKIP: $*"; exit 77; }

# The host's C library may be newer than that one.
runs_there() { ! inside sh -c 'ldd /usr/lib/*/alsa-lib/libasound_module_pcm_crossfeed.so' 2>&1 | grep 'not found'; }

enter_debian() {
    mkdir -p "$session/home"
    for system in proc sys dev run; do mount --rbind "/$system" "$DEBIAN/$system"; done
    inside /usr/lib/systemd/systemd-udevd --daemon
    inside dbus-daemon --session --address="unix:path=$session/bus" --fork --nopidfile
}

# udevd sees cards that were there before it when they say that they have changed.
announce_cards() {
    for card in /sys/class/sound/card*; do echo change >"$card/uevent"; done
}

has_cards() { [ "$(inside pactl list short cards | grep -c alsa_card)" -eq "$1" ]; }

# log_in CARDS: until the servers have found so many
log_in() {
    inside pipewire >>"$OUT/pipewire.log" 2>&1 &
    within 10 test -S "$session/pipewire-0"
    inside wireplumber >>"$OUT/wireplumber.log" 2>&1 &
    inside pipewire-pulse >>"$OUT/pipewire-pulse.log" 2>&1 &
    within 30 inside pactl info && within 30 has_cards "$1"
}

servers='pipewire|wireplumber|pipewire-pulse'
servers_have_ended() { ! pgrep -x "$servers"; }
log_out() { pkill -x "$servers"; within 20 servers_have_ended; }

cards() { inside pactl list cards | grep -E 'Name: |sinks: |Active Profile: '; }
cards_without_ours() { cards | grep -v "$profile"; }
profiles_of() { cards | sed -n "/Name: $1/,/Active Profile/p"; }
profile_is() { profiles_of "$dac_card" | grep -F "Active Profile: $1"; }
same_cards() { cards_without_ours >"$WORK/cards.now" && diff "$WORK/cards.stock" "$WORK/cards.now"; }

lists_profile() { profiles_of "$1" | grep "$profile: $description (sinks: 1, sources: 0"; }

choose() { inside sh -e <"$examples/pipewire-1.sh"; }

# ---- sound ----

play() { inside timeout 60 pw-play "$1"; }

start_playing() {
    play "$WORK/sine.wav" >"$WORK/player" 2>&1 &
    within 20 playing "$1"
}

has_closed() { grep -q closed "/proc/asound/$1"/pcm*p/sub0/status; }

# recorded SINK: what was played, whole
recorded() {
    inside pactl suspend-sink "$1" 1
    within 20 has_closed DAC
    inside pactl suspend-sink "$1" 0
}

# recorded_at SOUND [SINK]
recorded_at() { recorded "${2:-$sink}" && measure "$1" "$(recording)"; }
is_crossed() { near "$(level_of cross "$1" 300)" "$cross" "$tolerance"; }
is_direct() { near "$(level_of own "$1" 300)" "$own" "$tolerance"; }

# Without a file; for good it is a line in ~/.config/pipewire/pipewire.conf.d.
allow_rates() { inside pw-metadata -n settings 0 clock.allowed-rates "[ $rates ]"; }

at_rate() {
    sound=$WORK/$1.wav
    make_sound -k tones -f S32_LE -r "$1" -n $(($1 * 3 / 2)) -z 0.3 "$sound"
    forget_recordings
    ok "$1 Hz plays" play "$sound"
    ok "$1 Hz reaches the DAC as it is" recorded_at "$sound"
    keep "$(recording)" "$1.wav"
    for channel in left right; do
        ok "$1 Hz, played on the $channel: the other ear" is_crossed "$channel"
        ok "$1 Hz, played on the $channel: its own ear" is_direct "$channel"
    done
}

mixer_says() { amixer -c DAC sget PCM | grep "$1"; }

toggle() { sh "$examples/a-key-for-the-toggle-1.sh"; }
crossfeed_is() { amixer -c DAC sget Crossfeed | grep "\[$1\]"; }

# On, off and on again, in slices of 50 ms.
heard_toggled() {
    compare track "$(recording)" | awk -v silence="$silence" '
        $2 < -20 { next }
        $3 < silence { off++; next }
        $3 - $2 > -12 && off { again++; next }
        $3 - $2 > -12 { on++ }
        END { print on + 0 " slices on, " off + 0 " off, " again + 0 " on again"; exit !(on > 5 && off > 5 && again > 5) }'
}

# ---- cards that are described otherwise ----

# A profile set of its own, by udev as for all of these.
give_own_set() {
    mkdir -p "$DEBIAN/etc/udev/rules.d"
    echo 'SUBSYSTEM=="sound", KERNEL=="card*", ATTR{id}=="Dummy", ENV{ACP_PROFILE_SET}="analog-only.conf"' \
        >"$DEBIAN/etc/udev/rules.d/99-test.rules"
    pkill -HUP -x systemd-udevd
}

has_own_set() { inside pactl list cards | grep 'device.profile-set = "analog-only.conf"'; }

# A use case configuration for QEMU's card.
give_ucm() {
    ucm=$DEBIAN/usr/share/alsa/ucm2/conf.d/USB-Audio
    mkdir -p "$ucm"
    cat >"$ucm/USB-Audio.conf" <<-CONF
	Syntax 4
	If.qemu {
	    Condition { Type String String1 "\${CardId}" String2 "Audio" }
	    True.SectionUseCase."HiFi" { File "/conf.d/USB-Audio/HiFi.conf" Comment "HiFi" }
	    False.Error "another card"
	}
	CONF
    cat >"$ucm/HiFi.conf" <<-CONF
	SectionDevice."Line" { Comment "Line" Value { PlaybackPriority 100 PlaybackPCM "hw:\${CardId}" } }
	CONF
}

has_use_cases() { profiles_of "$qemu_card" | grep 'HiFi:' && ! lists_profile "$qemu_card"; }

# from_manual EXAMPLE FILE: as a user would write it, for these cards
from_manual() {
    mkdir -p "$config/${2%/*}"
    sed "s/alsa_card.pci-0000_00_1f.3/$qemu_card/" "$examples/$1" >"$config/$2"
}

# ---- what is shown ----

[ -e "$DEBIAN/usr/share/wireplumber/$drop_in" ] || skip 'this build is not for WirePlumber 0.5'
load_qemu_usb
load snd-dummy
enter_debian
runs_there || skip 'the modules of this build do not run in Debian 13'
announce_cards
mkdir -p "$examples"
awk -v out="$examples" -f "$HERE/../docs/examples.awk" "$HERE/../../doc/crossfeed.7"
make_sound -k sine -r 48000 -n $((48000 * 60)) "$WORK/sine.wav"

# The stock profiles, of a user who has taken ours away by an empty file.
mkdir -p "$config/wireplumber/${drop_in%/*}"
: >"$config/wireplumber/$drop_in"
ok 'logging in, with our drop-in taken away' log_in 2
cards_without_ours >"$WORK/cards.stock"
cat "$WORK/cards.stock"
ok 'the profile is not there then' not lists_profile "$qemu_card"
ok 'logging out' log_out
rm "$config/wireplumber/$drop_in"

ok 'logging in without the DAC' log_in 2
cards
ok 'the cards have the profiles they had, and the same is active' same_cards
ok 'the DAC is plugged in' plug_dac
ok 'it is there' within 20 has_cards 3
ok 'the profile is listed' lists_profile "$dac_card"
ok 'another is active' profile_is output:analog-stereo

# A program that opens ALSA itself, beside the sound server.
sound=$WORK/beside.wav
make_sound -k tones -f S32_LE -r 48000 -n 72000 -z 0.3 "$sound"
ok 'the stock profile at full volume' inside pactl set-sink-volume "$stock_sink" 100%
ok 'the stock profile is where sound goes' inside pactl set-default-sink "$stock_sink"
ok 'crossfeed_to:pipewire plays' inside timeout 60 aplay -q -D crossfeed_to:pipewire "$sound"
ok 'it reaches the DAC' recorded_at "$sound" "$stock_sink"
ok 'crossfed' is_crossed left

ok 'the profile is chosen' choose
ok 'its sink is there' within 10 inside pactl set-default-sink "$sink"
ok 'the desktop at full volume' inside pactl set-sink-volume "$sink" 100%
inside pactl list sinks | grep -A 60 "$sink" | grep -E 'Name:|Description|Sample|Volume: |card.profile|alsa.card '
ok 'all rates are allowed' allow_rates
for rate in $rates; do at_rate "$rate"; done

ok 'the desktop at 70 %' inside pactl set-sink-volume "$sink" "$volume"
ok 'the DAC at 70 %' mixer_says "\[${volume_db}dB\]"
ok 'the desktop muted' inside pactl set-sink-mute "$sink" 1
ok 'the DAC muted' within 5 mixer_says '\[off\]'
ok 'the desktop heard again' inside pactl set-sink-mute "$sink" 0
ok 'the DAC heard again' within 5 mixer_says '\[on\]'
inside pactl set-sink-volume "$sink" 100%

forget_recordings
ok 'a player runs' start_playing DAC
hear DAC 48000 1000
ok 'a key is pressed' toggle
ok 'a key switches crossfeed off' crossfeed_is off
hear DAC 48000 1000
ok 'a key is pressed' toggle
ok 'a key switches crossfeed on' crossfeed_is on
hear DAC 48000 1000
inside pkill -x pw-play
recorded "$sink"
keep "$(recording)" toggled.wav
ok 'off, and on again, are heard' heard_toggled

ok 'a player runs again' start_playing DAC
hear DAC 48000 500
ok 'the DAC is unplugged while it plays' unplug_dac
ok 'the player goes on, on the other card' within 20 playing Audio
ok 'the DAC is plugged in again' plug_dac
ok 'its profile is the chosen one' within 20 profile_is "$profile"
ok 'the player is back on it' within 20 playing DAC
inside pkill -x pw-play

ok 'logging out' log_out
unplug_dac
# What the manual has for other cards, and cards for it.
ok 'a card has a profile set of its own' give_own_set
ok 'a card has a use case configuration' give_ucm
announce_cards
ok 'more rates for good' from_manual pipewire-2.text pipewire/pipewire.conf.d/rates.conf
ok 'a sink without a profile' from_manual pipewire-4.text pipewire/pipewire.conf.d/crossfeed.conf
ok 'logging in without the DAC' log_in 2
ok 'a profile set of its own stays' has_own_set
ok 'the use case configuration stays' has_use_cases
ok 'a player runs on the other card' start_playing Audio
inside pkill -x pw-play
ok 'the DAC is plugged in' plug_dac
ok 'its profile is still the chosen one' within 20 profile_is "$profile"
ok 'a player runs on it' start_playing DAC
inside pkill -x pw-play
ok 'its profile is off' inside pactl set-card-profile "$dac_card" off

ok 'a rule for the card with use cases' from_manual pipewire-3.text wireplumber/wireplumber.conf.d/headphones.conf
ok 'logging out' log_out
ok 'logging in with the DAC' log_in 3
ok 'the card with use cases has the profile' lists_profile "$qemu_card"
sink=crossfeed
ok 'the sink without a profile is there' within 10 inside pactl set-default-sink "$sink"
at_rate 44100
log_out
finish
