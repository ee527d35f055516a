# Clients: the players and sound servers of Debian's packages, each to the card through the device.
# SPDX-License-Identifier: LGPL-2.1-or-later
# guest: clock=counted limit=400
# shellcheck disable=SC2317 # called by name, through ok
. "$HERE/guest.sh"

installed=crossfeedhw:CARD=DAC,DEV=0
device=neutral                  # of define_neutral: a copy, so that every frame can be told
rate=48000
own=-6.06                       # of the installed device, direct path
own_tolerance=0.05
limit=30                        # guest seconds a client may take

sound=$WORK/sound.wav
wide=$WORK/wide.wav

run() { timeout -k 5 "$limit" "$@" </dev/null; }

# The same for one that plays.
plays() { forget_recordings; run "$@"; }

# One that is not installed is said to be left out; nothing else may leave one out.
client() {
    command -v "$1" >/dev/null && return 0
    echo "left out - $1 is not installed"
    return 1
}

heard() { exact "$1" "$(recording)"; }

# copies SENTENCE COMMAND...: plays $sound and every frame arrives
copies() {
    what=$1; shift
    ok "$what plays" plays "$@"
    ok "$what: the DAC has it bit for bit" heard "$sound"
}

with_aplay() {
    copies 'aplay' aplay -q -D "$device" "$sound"
    copies 'aplay, mapping' aplay -q -M -D "$device" "$sound"
    copies 'aplay, not blocking' aplay -q -N -D "$device" "$sound"
    ok 'aplay plays 24 bit' plays aplay -q -D "$device" "$wide"
    ok 'aplay, 24 bit: the DAC has it bit for bit' heard "$wide"
}

# Only the louder side of each slice of the recording counts: the other has the crossfeed.
heard_in_turn() {
    compare track "$(recording)" | awk '
        $2 > -40 && $2 > $3 { left++; if (right) again++ }
        $3 > -40 && $3 > $2 { right++ }
        END { print left " slices left, " right " right, " again + 0 " left again"; exit !(left && right && !again) }'
}

with_speaker_test() {
    client speaker-test || return
    ok 'speaker-test plays' plays speaker-test -D "$installed" -c 2 -r "$rate" -t sine -f 100 -l 1
    ok 'speaker-test: the left, then the right speaker is heard' heard_in_turn
}

with_mpg123() {
    client mpg123 || return
    run ffmpeg -v error -y -i "$sound" -b:a 192k "$WORK/sound.mp3"
    run mpg123 -q -w "$WORK/decoded.wav" "$WORK/sound.mp3"
    ok 'mpg123 plays' plays mpg123 -q -o alsa -a "$device" "$WORK/sound.mp3"
    ok 'mpg123: the DAC has what it decodes bit for bit' heard "$WORK/decoded.wav"
}

with_sox() { client sox && copies sox sox -q "$sound" -t alsa "$device"; }
with_ffmpeg() { client ffmpeg && copies ffmpeg ffmpeg -v error -i "$sound" -f alsa "$device"; }

with_mpv() {
    client mpv || return
    copies mpv mpv --no-config --no-video --really-quiet --ao=alsa --audio-device="alsa/$device" "$sound"
}

mpd_has_ended() { ! mpc status | grep -q '\[playing\]'; }

# mpd_plays COMMAND...: by the output that comes in; the command looks on while it is heard
mpd_plays() {
    {
        printf '%s "%s"\n' music_directory "$WORK/mpd" db_file "$WORK/mpd.db" \
            bind_to_address "$WORK/mpd.socket"
        cat
    } >"$WORK/mpd.conf"
    mpd --no-daemon "$WORK/mpd.conf" >"$WORK/mpd.log" 2>&1 &
    mpd=$!
    ok 'mpd answers' within 20 mpc status || return
    ok 'mpd knows the sound' mpc -q update --wait
    ok 'mpd queues it' mpc -q add sound.wav
    forget_recordings
    ok 'mpd plays' mpc -q play
    ok 'mpd is heard' within 20 playing DAC
    "$@"
    ok 'mpd has played' within 20 mpd_has_ended
    mpc -q stop
    kill "$mpd"
    wait "$mpd"
}

volume_is_lower() { amixer -c DAC sget 'Crossfeed Amp' | grep '\[-[0-9.]*dB\]'; }

# The manual's example: MPD's volume is the panel's.
moves_the_panel() {
    ok 'mpd sets the volume' mpc -q volume 50
    ok 'the panel shows it' within 5 volume_is_lower
    ok 'mpd sets it back' mpc -q volume 100
}

with_mpd() {
    client mpd && client mpc || return
    mkdir -p "$WORK/mpd"
    cp "$sound" "$WORK/mpd/"
    export MPD_HOST="$WORK/mpd.socket"
    printf 'audio_output {\n type "alsa"\n name "neutral"\n device "%s"\n mixer_type "none"\n}\n' \
        "$device" | mpd_plays :
    ok 'mpd: the DAC has it bit for bit' heard "$sound"
    awk -v out="$WORK" -f "$HERE/../docs/examples.awk" "$HERE/../../doc/crossfeed.7"
    ok 'mpd: the manual has an example' test -s "$WORK/mpd-1.text" || return
    mpd_plays moves_the_panel <"$WORK/mpd-1.text"
}

# A sound server mixes in its own format and at its own volume: measured, not compared. It may
# keep the device open for all its life, which then is one recording.
as_installed() {
    measure "$sound" "$(recording)" && near "$(level_of own left 1000)" "$own" "$own_tolerance"
}

pulse_is_there() { pactl info; }

with_pulseaudio() {
    client pulseaudio && client pacat || return
    export XDG_RUNTIME_DIR="$WORK/pulse"
    mkdir -p "$XDG_RUNTIME_DIR" "$HOME/.config/pulse"
    echo "default-sample-rate = $rate" >"$HOME/.config/pulse/daemon.conf"
    forget_recordings
    pulseaudio -n --daemonize=no --exit-idle-time=-1 --use-pid-file=no \
        -L module-native-protocol-unix \
        -L 'module-alsa-card device_id=DAC profile_set=crossfeed.conf' >"$WORK/pulse.log" 2>&1 &
    pulse=$!
    ok 'pulseaudio answers' within 20 pulse_is_there || return
    ok 'pulseaudio has the profile' pactl set-card-profile alsa_card.DAC output:crossfeed-stereo
    ok 'paplay plays' run paplay "$sound"
    kill "$pulse"
    wait "$pulse"
    ok 'pulseaudio: the DAC has it crossfed' as_installed
}

pipewire_has_sink() { pw-cli ls Node | grep -q crossfeed-sink; }

with_pipewire() {
    client pipewire && client pw-cat || return
    export XDG_RUNTIME_DIR="$WORK/pipewire"
    mkdir -p "$XDG_RUNTIME_DIR"
    cat >"$WORK/pipewire.conf" <<-CONF
	context.properties = { core.daemon = true core.name = pipewire-0 default.clock.rate = $rate }
	context.spa-libs = { audio.convert.* = audioconvert/libspa-audioconvert
	    api.alsa.* = alsa/libspa-alsa support.* = support/libspa-support }
	context.modules = [
	    { name = libpipewire-module-protocol-native }
	    { name = libpipewire-module-spa-node-factory }
	    { name = libpipewire-module-client-node }
	    { name = libpipewire-module-adapter }
	    { name = libpipewire-module-link-factory }
	    { name = libpipewire-module-metadata }
	    { name = libpipewire-module-access }
	]
	context.objects = [
	    { factory = adapter flags = [ nofail ] args = { factory.name = api.alsa.pcm.sink
	        node.name = crossfeed-sink node.description = "Headphones with crossfeed"
	        adapter.auto-port-config = { mode = dsp monitor = false position = preserve }
	        media.class = Audio/Sink api.alsa.path = "$installed"
	        audio.channels = 2 audio.position = [ FL FR ] } }
	]
	CONF
    forget_recordings
    pipewire -c "$WORK/pipewire.conf" >"$WORK/pipewire.log" 2>&1 &
    pipewire=$!
    ok 'pipewire has the device as its sink' within 20 pipewire_has_sink || return
    # No session manager: the ports and links it would make are asked for here.
    run pw-cat -p -P '{ adapter.auto-port-config = { mode = dsp } }' "$sound" >"$WORK/pw-cat.log" 2>&1 &
    pw_cat=$!
    ok 'pipewire links the left' within 20 pw-link pw-cat:output_FL crossfeed-sink:playback_FL
    ok 'pipewire links the right' within 20 pw-link pw-cat:output_FR crossfeed-sink:playback_FR
    ok 'pw-cat plays' wait "$pw_cat"
    kill "$pipewire"
    wait "$pipewire"
    ok 'pipewire: the DAC has it crossfed' as_installed
}

make_sound -k tones -r "$rate" -n $((rate * 3 / 2)) -z 0.5 "$sound"
make_sound -k noise -f S24_3LE -r 96000 -n 96000 -z 0.3 "$wide"
ok 'the DAC is plugged in' plug_dac
define_neutral DAC
[ $# -gt 0 ] || set -- aplay speaker_test mpg123 sox ffmpeg mpv mpd pulseaudio pipewire
for one; do "with_$one"; done
for log in mpd pulse pipewire pw-cat; do [ ! -s "$WORK/$log.log" ] || keep "$WORK/$log.log" "$log.log"; done
finish
