#!/bin/sh
# alsa-crossfeed - looks at what the built modules export and import
# SPDX-License-Identifier: LGPL-2.1-or-later
set -eu

fail() {
	echo "failed: $1"
	exit 1
}

command -v nm >/dev/null || { echo 'skipped: no nm here'; exit 77; }

# A library in somebody's player ends no process and writes to no terminal (compilers make
# fwrite to stderr of fprintf, and __printf_chk of printf), leaves the process as it was, and
# nothing of it runs on or again after it was unloaded (atexit is imported as __cxa_atexit).
unwelcome='exit|_exit|_Exit|quick_exit|abort|__assert_fail|raise|kill
stdout|stderr|puts|putchar|perror|psignal|(__)?v?[fd]?printf(_chk)?|(__)?v?syslog(_chk)?
setlocale|uselocale|signal|sigaction|sigprocmask|pthread_sigmask|setenv|putenv|chdir|umask
atexit|on_exit|__cxa_atexit|__cxa_at_quick_exit|__cxa_thread_atexit(_impl)?|timer_create
pthread_create|pthread_key_create|pthread_atfork|__register_atfork|thrd_create|tss_create'
# In a 32-bit program these fail on file systems with 64-bit inodes; stat64 and its kin do not.
narrow='open|stat|fstat|lstat|fstatat|__xstat|__fxstat|__lxstat|readdir|mkostemp|lseek|creat|fopen'

# what alsa-lib looks for in each: an entry point and the version it was built for
entry_points() {
	case $1 in
	pcm) echo __snd_pcm_crossfeed_open_dlsym_pcm_001 _snd_pcm_crossfeed_open ;;
	ctl) echo __snd_ctl_crossfeed_open_dlsym_control_001 _snd_ctl_crossfeed_open ;;
	esac
}

for kind in pcm ctl; do
	module=.libs/libasound_module_${kind}_crossfeed.so
	[ -f "$module" ] || fail "no $module"
	if nm -D --undefined-only "$module" | grep -q '__[at]san_init'; then
		echo 'skipped: built with a sanitizer, which has symbols of its own'
		exit 77
	fi
	exported=$(nm -D --defined-only "$module" | awk '{ print $NF }' | LC_ALL=C sort | xargs)
	[ "$exported" = "$(entry_points $kind | xargs)" ] || fail "$module exports $exported"
	imported=$(nm -D --undefined-only "$module" | awk '{ print $NF }' | sed 's/@.*//')
	found=$(echo "$imported" | grep -Ex "$unwelcome" || true)
	[ -z "$found" ] || fail "$module imports $found"
	if [ "$(od -An -tu1 -j 4 -N 1 "$module")" -eq 1 ]; then
		found=$(echo "$imported" | grep -Ex "$narrow" || true)
		[ -z "$found" ] || fail "$module, of 32 bits, imports $found"
	fi
done
