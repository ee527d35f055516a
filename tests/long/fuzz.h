/* alsa-crossfeed - what every fuzzer has: libFuzzer's entry, or a main() that runs a corpus */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* Never fails: what is wrong with a module ends in an abort or a sanitizer's report. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#ifndef FUZZING
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

enum { FUZZ_INPUT_MAX = 65536 };

static inline void fuzz_file(const char *path)
{
	static uint8_t input[FUZZ_INPUT_MAX];
	FILE *file = fopen(path, "rb");
	size_t size;

	if (!file) {
		perror(path);
		exit(EXIT_FAILURE);
	}
	size = fread(input, 1, sizeof(input), file);
	fclose(file);
	LLVMFuzzerTestOneInput(input, size);
}

/* Run the folder of inputs in tests/long/corpus; an empty one would be no test. */
static inline int fuzz_main(const char *name)
{
	char folder[500], path[800];
	struct dirent *entry;
	unsigned int inputs = 0;
	DIR *corpus;

	snprintf(folder, sizeof(folder), "%s/%s", CORPUS_DIR, name);
	corpus = opendir(folder);
	while (corpus && (entry = readdir(corpus))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		fuzz_file(path);
		inputs++;
	}
	if (corpus)
		closedir(corpus);
	printf("%s: %u inputs\n", name, inputs);
	return inputs ? EXIT_SUCCESS : EXIT_FAILURE;
}
#endif

#endif
