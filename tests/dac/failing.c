/* alsa-crossfeed - makes the n-th call of the modules, or the n-th allocation, fail */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "failing.h"

#include <alsa/asoundlib.h>
#include <alsa/control_external.h>
#include <alsa/pcm_external.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

/* What runs as part of malloc runs before the address sanitizer has set itself up. */
#define EARLY __attribute__((no_sanitize("address", "undefined")))

static enum failing kind;
static unsigned int countdown;
static const char *failed;
static bool in_alsa_lib;
static long blocks;

void failing_start(enum failing what, unsigned int n)
{
	kind = what;
	countdown = n;
	failed = NULL;
	in_alsa_lib = false;
}

const char *failing_stop(void)
{
	kind = FAILING_NOTHING;
	return failed;
}

long failing_blocks(void)
{
	return blocks;
}

bool failing_was_in_alsa_lib(void)
{
	return in_alsa_lib;
}

/* alsa-lib's own calls are no business of ours. */
EARLY
static bool is_module(void *caller)
{
	Dl_info info;

	return dladdr(caller, &info) && strstr(info.dli_fname, "_crossfeed.so");
}

EARLY
static bool fails(enum failing what, const char *name, void *caller)
{
	bool ours;

	if (kind != what || countdown == 0)
		return false;
	ours = is_module(caller);
	if (what == FAILING_CALL && !ours)
		return false;
	if (--countdown > 0)
		return false;
	failed = name;
	in_alsa_lib = !ours;
	return true;
}

/* A function that passes on, or fails as its kind does. */
#define PASS_ON(type, name, params, args, failure) \
	type name params \
	{ \
		static type (*real) params; \
		if (!real) \
			*(void **)&real = dlsym(RTLD_NEXT, #name); \
		if (fails(FAILING_CALL, #name, __builtin_return_address(0))) { \
			errno = EIO; \
			return failure; \
		} \
		return real args; \
	}
#define ALSA(name, params, args) PASS_ON(int, name, params, args, -EIO)
#define POSIX(name, params, args) PASS_ON(int, name, params, args, -1)

ALSA(snd_config_get_id, (const snd_config_t *c, const char **v), (c, v))
ALSA(snd_config_get_string, (const snd_config_t *c, const char **v), (c, v))
ALSA(snd_config_get_ascii, (const snd_config_t *c, char **v), (c, v))
ALSA(snd_config_get_ireal, (const snd_config_t *c, double *v), (c, v))
ALSA(snd_config_get_real, (const snd_config_t *c, double *v), (c, v))
ALSA(snd_config_make_real, (snd_config_t **c, const char *k), (c, k))
ALSA(snd_config_set_ascii, (snd_config_t *c, const char *v), (c, v))
ALSA(snd_config_search_definition, (snd_config_t *c, const char *b, const char *n,
				    snd_config_t **r), (c, b, n, r))
ALSA(snd_pcm_extplug_create, (snd_pcm_extplug_t *e, const char *n, snd_config_t *r,
			      snd_config_t *s, snd_pcm_stream_t d, int m), (e, n, r, s, d, m))
ALSA(snd_pcm_extplug_set_param_list, (snd_pcm_extplug_t *e, int t, unsigned int n,
				      const unsigned int *l), (e, t, n, l))
ALSA(snd_pcm_extplug_set_slave_param_list, (snd_pcm_extplug_t *e, int t, unsigned int n,
					    const unsigned int *l), (e, t, n, l))
ALSA(snd_pcm_extplug_set_param_minmax, (snd_pcm_extplug_t *e, int t, unsigned int a,
					unsigned int b), (e, t, a, b))
ALSA(snd_pcm_extplug_set_slave_param_minmax, (snd_pcm_extplug_t *e, int t, unsigned int a,
					      unsigned int b), (e, t, a, b))
ALSA(snd_pcm_hw_params_any, (snd_pcm_t *p, snd_pcm_hw_params_t *h), (p, h))
ALSA(snd_pcm_hw_params_test_rate, (snd_pcm_t *p, snd_pcm_hw_params_t *h, unsigned int v, int d),
     (p, h, v, d))
ALSA(snd_pcm_ioplug_create, (snd_pcm_ioplug_t *i, const char *n, snd_pcm_stream_t d, int m),
     (i, n, d, m))
ALSA(snd_pcm_ioplug_set_param_list, (snd_pcm_ioplug_t *i, int t, unsigned int n,
				     const unsigned int *l), (i, t, n, l))
ALSA(snd_pcm_ioplug_set_param_minmax, (snd_pcm_ioplug_t *i, int t, unsigned int a,
				       unsigned int b), (i, t, a, b))
ALSA(snd_pcm_nonblock, (snd_pcm_t *p, int n), (p, n))
ALSA(snd_pcm_hw_params_set_access, (snd_pcm_t *p, snd_pcm_hw_params_t *h, snd_pcm_access_t v),
     (p, h, v))
ALSA(snd_pcm_hw_params_set_format, (snd_pcm_t *p, snd_pcm_hw_params_t *h, snd_pcm_format_t v),
     (p, h, v))
ALSA(snd_pcm_hw_params_set_channels, (snd_pcm_t *p, snd_pcm_hw_params_t *h, unsigned int v),
     (p, h, v))
ALSA(snd_pcm_hw_params_set_rate, (snd_pcm_t *p, snd_pcm_hw_params_t *h, unsigned int v, int d),
     (p, h, v, d))
ALSA(snd_pcm_hw_params_get_buffer_size_max, (const snd_pcm_hw_params_t *h,
					     snd_pcm_uframes_t *v), (h, v))
ALSA(snd_pcm_hw_params_get_buffer_size, (const snd_pcm_hw_params_t *h, snd_pcm_uframes_t *v),
     (h, v))
ALSA(snd_pcm_hw_params, (snd_pcm_t *p, snd_pcm_hw_params_t *h), (p, h))
ALSA(snd_pcm_sw_params_current, (snd_pcm_t *p, snd_pcm_sw_params_t *s), (p, s))
ALSA(snd_pcm_sw_params, (snd_pcm_t *p, snd_pcm_sw_params_t *s), (p, s))
ALSA(snd_pcm_prepare, (snd_pcm_t *p), (p))
ALSA(snd_pcm_start, (snd_pcm_t *p), (p))
ALSA(snd_pcm_drain, (snd_pcm_t *p), (p))
ALSA(snd_pcm_drop, (snd_pcm_t *p), (p))
ALSA(snd_pcm_hw_free, (snd_pcm_t *p), (p))
ALSA(snd_pcm_delay, (snd_pcm_t *p, snd_pcm_sframes_t *d), (p, d))
PASS_ON(snd_pcm_sframes_t, snd_pcm_avail, (snd_pcm_t *p), (p), -EIO)
PASS_ON(snd_pcm_sframes_t, snd_pcm_writei, (snd_pcm_t *p, const void *b, snd_pcm_uframes_t n),
	(p, b, n), -EIO)
ALSA(snd_pcm_info, (snd_pcm_t *p, snd_pcm_info_t *i), (p, i))
ALSA(snd_pcm_dump, (snd_pcm_t *p, snd_output_t *o), (p, o))
ALSA(snd_output_buffer_open, (snd_output_t **o), (o))
ALSA(snd_output_putc, (snd_output_t *o, int c), (o, c))
ALSA(snd_ctl_open_lconf, (snd_ctl_t **c, const char *n, int m, snd_config_t *r), (c, n, m, r))
ALSA(snd_ctl_card_info, (snd_ctl_t *c, snd_ctl_card_info_t *i), (c, i))
ALSA(snd_ctl_elem_info, (snd_ctl_t *c, snd_ctl_elem_info_t *i), (c, i))
ALSA(snd_ctl_elem_read, (snd_ctl_t *c, snd_ctl_elem_value_t *v), (c, v))
ALSA(snd_ctl_elem_write, (snd_ctl_t *c, snd_ctl_elem_value_t *v), (c, v))
ALSA(snd_ctl_elem_tlv_read, (snd_ctl_t *c, const snd_ctl_elem_id_t *i, unsigned int *t,
			     unsigned int n), (c, i, t, n))
ALSA(snd_ctl_elem_tlv_write, (snd_ctl_t *c, const snd_ctl_elem_id_t *i, const unsigned int *t),
     (c, i, t))
ALSA(snd_ctl_read, (snd_ctl_t *c, snd_ctl_event_t *e), (c, e))
ALSA(snd_ctl_subscribe_events, (snd_ctl_t *c, int s), (c, s))
ALSA(snd_ctl_ext_create, (snd_ctl_ext_t *e, const char *n, int m), (e, n, m))
POSIX(mkdir, (const char *p, mode_t m), (p, m))
POSIX(fdatasync, (int f), (f))
POSIX(fchmod, (int f, mode_t m), (f, m))
POSIX(rename, (const char *a, const char *b), (a, b))
POSIX(flock, (int f, int o), (f, o))
POSIX(inotify_init1, (int f), (f))
POSIX(inotify_add_watch, (int f, const char *p, uint32_t m), (f, p, m))
PASS_ON(ssize_t, read, (int f, void *b, size_t n), (f, b, n), -1)
PASS_ON(ssize_t, write, (int f, const void *b, size_t n), (f, b, n), -1)

/* struct stat has several layouts, each with a function: fstatat() is the one compiled for. */
int stat(const char *restrict path, struct stat *restrict status)
{
	if (fails(FAILING_CALL, "stat", __builtin_return_address(0))) {
		errno = EIO;
		return -1;
	}
	return fstatat(AT_FDCWD, path, status, 0);
}

int open(const char *path, int flags, ...)
{
	static int (*real)(const char *path, int flags, ...);
	va_list args;
	int mode;

	va_start(args, flags);
	mode = va_arg(args, int);
	va_end(args);
	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "open");
	if (fails(FAILING_CALL, "open", __builtin_return_address(0))) {
		errno = EIO;
		return -1;
	}
	return real(path, flags, mode);
}

/* --- the heap --------------------------------------------------------------------------- */

EARLY
static void *count_block(void *block)
{
	__atomic_fetch_add(&blocks, block ? 1 : 0, __ATOMIC_RELAXED);
	return block;
}

/* alsa-lib 1.2.8 itself crashes there. */
EARLY
static bool is_fatal(void *caller)
{
	Dl_info info;

	return kind == FAILING_ALLOCATION && dladdr(caller, &info) && info.dli_sname &&
	       strcmp(info.dli_sname, "snd_config_top") == 0;
}

EARLY
static bool allocation_fails(const char *name, void *caller)
{
	if (is_fatal(caller) || !fails(FAILING_ALLOCATION, name, caller))
		return false;
	errno = ENOMEM;
	return true;
}

/* The address sanitizer calls malloc before anything can be looked up. */
#if defined(__SANITIZE_ADDRESS__)
#define REAL(type, name, params) \
	extern type __interceptor_##name params; \
	type (*real) params = __interceptor_##name
#else
#define REAL(type, name, params) \
	static type (*real) params; \
	if (!real) \
		*(void **)&real = dlsym(RTLD_NEXT, #name)
#endif

EARLY
void *malloc(size_t size)
{
	REAL(void *, malloc, (size_t));

	if (allocation_fails("malloc", __builtin_return_address(0)))
		return NULL;
	return count_block(real(size));
}

/* Not by the C library's own, which may call the malloc above, as musl's does. */
EARLY
void *calloc(size_t count, size_t size)
{
	REAL(void *, malloc, (size_t));
	size_t bytes;
	void *block;

	if (allocation_fails("calloc", __builtin_return_address(0)) ||
	    __builtin_mul_overflow(count, size, &bytes))
		return NULL;
	block = real(bytes);
	return count_block(block ? memset(block, 0, bytes) : NULL);
}

EARLY
void *realloc(void *block, size_t size)
{
	REAL(void *, realloc, (void *, size_t));

	if (allocation_fails("realloc", __builtin_return_address(0)))
		return NULL;
	if (block)
		return real(block, size);
	return count_block(real(block, size));
}

EARLY
void free(void *block)
{
	REAL(void, free, (void *));

	__atomic_fetch_sub(&blocks, block ? 1 : 0, __ATOMIC_RELAXED);
	real(block);
}
