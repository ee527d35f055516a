#!/bin/sh
# alsa-crossfeed - holds the tables of keys and presets against the module: names, defaults, words, ranges
# SPDX-License-Identifier: LGPL-2.1-or-later
set -eu
# shellcheck source-path=SCRIPTDIR source=verdict.sh
. "${srcdir:-..}/tests/docs/verdict.sh"

# The one source are the tables in plugin/settings.c and presets.c, asked by say_settings.
# README.md, doc/crossfeed.7 and conf/60-crossfeed.conf say the same in their own words.

# Each *_rows prints lines of: key, tab, default, tab, everything that is said of the key

# | key | default, other values | meaning |
readme_rows() {
	sed -n '/^| key /,/^$/p' "$folder/README.md" | sed 1,2d |
		awk -F ' *[|] *' 'NF > 3 { split($3, value, ", "); print $2 "\t" value[1] "\t" $3 " " $4 }'
}

# .It Cm key, then a line: Default default.
manual_rows() {
	sed -n '/^\.Sh KEYS/,/^\.El/p' "$folder/doc/crossfeed.7" | sed 's/\\-/-/g; s/^\.Ql //' |
		awk '/^\.It Cm/ { if (key) print key "\t" usual "\t" text; key = $3; usual = text = "" }
		     key && /^Default / && !usual { usual = $2; sub(/\.$/, "", usual) }
		     key && !/^\./ { text = text " " $0 }
		     END { print key "\t" usual "\t" text }'
}

# #   key default   text, with more text further to the right
conf_rows() {
	sed -n '/^# All keys/,/^$/p' "$folder/conf/60-crossfeed.conf" |
		awk '/^#   [a-z]/ { if (key) print key "\t" usual "\t" text
		                    key = $2; usual = $3; text = "" }
		     key { sub(/^# */, ""); text = text " " $0 }
		     END { print key "\t" usual "\t" text }' | sed 's/^slave\.pcm/slave/'
}

# The table of PRESETS: name, level, low-pass, all-pass
preset_rows() {
	sed -n '/^\.Sh PRESETS/,/^\.El/s/^\.It \([a-z].*\)/\1/p' "$folder/doc/crossfeed.7" |
		sed 's/\\-/-/g; s/ Ta / /g'
}

# Words and numbers of a text, one on each line
words() {
	sed 's/−/-/g; s/[^A-Za-z0-9_.-]/ /g' | tr -s ' ' '\n' | sed 's/\.*$//'
}

# What the module takes for a key: the words and numbers of its message for something else
allowed() {
	case $1 in
	slave) ;;
	control) echo auto none card name file | tr ' ' '\n' ;;
	*) tests/docs/say_settings "$1" wrong | sed 's/.*expected//' | words |
		grep -vx -e a -e number -e from -e to -e or -e '' ;;
	esac
}

say_keys() {
	tests/docs/say_settings wrong 1 | sed 's/.*expected //; s/, /\n/g'
}

# check_row DOCUMENT KEY DEFAULT TEXT
check_row() {
	case $2=$3 in
	slave=* | *=the | *"=the "*) ;; # the preset's, say
	*) said=$(tests/docs/say_settings "$2" "$3")
	   [ "$said" = default ] || fail "$1: $2: \"$3\" is not the default: $said" ;;
	esac
	for word in $(allowed "$2"); do
		printf '%s\n' "$4" | words | grep -qxF -e "$word" ||
			fail "$1: $2: \"$word\" is not mentioned"
	done
}

tab=$(printf '\t')
say_keys | sort >keys.module
readme_rows >keys.readme
manual_rows >keys.manual
conf_rows >keys.conf
for document in readme manual conf; do
	cut -f 1 "keys.$document" | sort | diff keys.module - >keys.diff ||
		fail "$document: other keys than the module's: $(cat keys.diff)"
	while IFS=$tab read -r key usual text; do
		if grep -qxF -e "$key" keys.module; then
			check_row "$document" "$key" "$usual" "$text"
		fi
	done <"keys.$document"
done
preset_rows >keys.presets
tests/docs/say_settings | diff keys.presets - >keys.diff ||
	fail "doc/crossfeed.7: other presets than the module's: $(cat keys.diff)"
[ "$(wc -l <keys.module)" -ge 13 ] || fail 'the module names too few keys'
rm -f keys.module keys.readme keys.manual keys.conf keys.presets keys.diff
exit "$failed"
