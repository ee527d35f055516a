# Buffers: a rate conversion sleeps as plughw and plug:dmix do, whatever period and buffer a player asks for.
# SPDX-License-Identifier: LGPL-2.1-or-later
# guest: clock=counted limit=300
# shellcheck disable=SC2317 # called by name, through ok
. "$HERE/guest.sh"

card=CARD=Intel,DEV=0
seconds=2
sizes='--buffer-time=2000000|--period-size=1024 --buffer-size=4096|--period-size=441 --buffer-size=1764|'

# Processor time more than plug's, in % of the music's time, and wake-ups more than twice plug's,
# with what it reads from the disk.  A spin is 100 %.
most_copying=5
most_converting=40              # of the emulated processor, 500 million instructions a second
most_wakes=100

# The card has 44.1 kHz, and crossfeedhw plays it unconverted: these have the conversion.
cat >"$HOME/.asoundrc" <<RC
pcm.converting { type plug slave.pcm { type crossfeed rate 48000 resampler fastest slave.pcm "hw:$card" } }
pcm.converting_to_dmix { type plug slave.pcm { type crossfeed resampler fastest slave.pcm "dmix:$card" } }
RC

# play PCM RATE SIZES: prints processor time in ms, wake-ups, underruns.
play() {
    # shellcheck disable=SC2086 # several words
    busybox time -o "$WORK/time" -f '%U %S %w' aplay -q -D "$1" $3 "$WORK/sound-$2.wav" 2>"$WORK/said" || return 1
    underruns=$(grep -c underrun "$WORK/said")
    awk -v u="$underruns" '{ printf "%.0f %d %d\n", ($1 + $2) * 1000, $3, u }' "$WORK/time"
}

# sleeps OURS PLUG RATE SIZES MOST
sleeps() {
    theirs=$(play "$2" "$3" "$4") || { cat "$WORK/said"; return 2; }
    ours=$(play "$1" "$3" "$4") || { cat "$WORK/said"; return 2; }
    cat "$WORK/said"
    echo "$ours $theirs" | awk -v ms=$((seconds * $5 * 10)) -v wakes="$most_wakes" '{
        printf "%d ms (plug %d), %d wake-ups (%d), %d underruns (%d)\n", $1, $4, $2, $5, $3, $6
        exit !($1 <= $4 + ms && $2 <= 2 * $5 + wakes && $3 <= $6) }'
}

# While it reads a page of a program from a busy host the guest may run dry, plughw, too: not twice.
once_of_two() { "$@" || "$@"; }

# all_sizes OURS PLUG RATE MOST
all_sizes() {
    echo "$sizes" | tr '|' '\n' >"$WORK/sizes"
    while read -r size; do
        ok "$1, $3 Hz, ${size:-defaults}" once_of_two sleeps "$1" "$2" "$3" "$size" "$4"
    done <"$WORK/sizes"
}

ok 'the HDA card is there' load_hda
for rate in 48000 44100; do
    make_sound -k noise -r "$rate" -n $((seconds * rate)) -z 0.3 "$WORK/sound-$rate.wav"
done
all_sizes "crossfeedhw:$card" "plughw:$card" 44100 "$most_copying"
all_sizes converting "plughw:$card" 48000 "$most_copying"
all_sizes "crossfeed_to:'dmix:$card'" "plug:'dmix:$card'" 48000 "$most_copying"
all_sizes converting "plughw:$card" 44100 "$most_converting"
all_sizes converting_to_dmix "plug:'dmix:$card'" 44100 "$most_converting"
finish
