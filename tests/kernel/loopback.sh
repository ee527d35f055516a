# Loopback: bit-exact in every format of ours that snd-aloop has, played neutral and recorded at the other end.
# SPDX-License-Identifier: LGPL-2.1-or-later
# guest: clock=counted limit=240
# shellcheck disable=SC2317 # called by name, through ok
. "$HERE/guest.sh"

device=neutral                  # of define_neutral: a copy
installed=crossfeedhw:CARD=Loopback,DEV=0
other_end=hw:CARD=Loopback,DEV=1,SUBDEV=0
formats='S16_LE S24_3LE S24_LE S32_LE FLOAT_LE'
rates='8000 44100 96000 192000' # each with one format
frames=9601

record() {
    arecord -q -D "$other_end" -t raw -f "$1" -r "$2" -c 2 --buffer-time=200000 "$WORK/recorded.raw" 2>"$WORK/recorder" &
    recorder=$!
    within 20 recording_runs Loopback
}

end_recorder() { kill -INT "$recorder"; wait "$recorder"; }

# passes DEVICE FORMAT RATE: the other end fixes the format, so that nothing is converted on the way.
passes() {
    make_sound -f "$2" -r "$3" -n "$frames" -z 0.5 "$WORK/played.raw"
    record "$2" "$3" || { cat "$WORK/recorder"; return 2; }
    aplay -q -D "$1" -t raw -f "$2" -r "$3" -c 2 "$WORK/played.raw" || { end_recorder; return 2; }
    end_recorder
    exact -f "$2" -r "$3" "$WORK/played.raw" "$WORK/recorded.raw"
}

ok 'the loopback card is there' load_loopback
define_neutral Loopback
for format in $formats; do ok "$format is passed bit for bit" passes "$device" "$format" 48000; done
for rate in $rates; do ok "S32_LE at $rate Hz is passed bit for bit" passes "$device" S32_LE "$rate"; done
ok 'crossfed it is another sound' not passes "$installed" S32_LE 48000
finish
