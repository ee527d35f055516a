/* alsa-crossfeed - what every test program ends with */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#ifndef CHECK_MAIN_H
#define CHECK_MAIN_H

#include <check.h>
#include <locale.h>
#include <stdlib.h>

/*
 * Run a suite in the locale of the environment, so that the whole suite can be
 * run under one with a decimal comma.
 */
static inline int check_main(Suite *suite)
{
	SRunner *runner;
	int failed;

	setlocale(LC_ALL, "");
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
