# alsa-crossfeed - cuts the examples out of README.md and the manual page, each into a file
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# awk -v out=FOLDER -f examples.awk README.md crossfeed.7
# writes FOLDER/SECTION-N.KIND, N counting the examples of a section, KIND being
#   conf    ALSA configuration
#   sh      commands, one a line
#   text    anything else: other programs' configuration, diagrams

function section(title) {
	flush()
	gsub(/[^A-Za-z0-9]+/, "-", title)
	gsub(/^-|-$/, "", title)
	name = tolower(title)
	count = 0
}

function kind() {
	if (block ~ /(^|\n)(pcm|ctl|defaults)\.[!?]?[a-zA-Z]/)
		return "conf"
	if (block ~ /^(aplay|arecord|amixer|alsamixer|alsactl|pactl|wpctl|sh|speaker-test) /)
		return "sh"
	return "text"
}

function flush() {
	if (block != "")
		printf "%s", block >(out "/" name "-" ++count "." kind())
	block = ""
}

# The manual's roff: what is escaped in a literal block
function plain(line) {
	gsub(/\\&/, "", line)
	gsub(/\\-/, "-", line)
	gsub(/\\\(dq/, "\"", line)
	gsub(/\\e/, "\\", line)
	return line
}

FNR == 1 { flush(); is_manual = FILENAME ~ /\.7$/; inside = 0 }
is_manual && /^\.S[hs] / { section(substr($0, 5)); next }
is_manual && /^\.Bd -literal/ { inside = 1; next }
is_manual && /^\.Ed/ { inside = 0; flush(); next }
is_manual { if (inside) block = block plain($0) "\n"; next }
/^#+ / { section("readme " substr($0, index($0, " ") + 1)); next }
/^    / { block = block substr($0, 5) "\n"; next }
/^$/ { if (block != "") block = block "\n"; next }
{ flush() }
END { flush() }
