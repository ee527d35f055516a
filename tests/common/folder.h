/* alsa-crossfeed - how many entries a folder has, for the tests */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#ifndef FOLDER_H
#define FOLDER_H

#include <dirent.h>

/* As /proc has one each of open files and running threads; 0 if there is no such folder. */
static inline int folder_entries(const char *path)
{
	DIR *folder = opendir(path);
	int count = 0;

	if (!folder)
		return 0;
	while (readdir(folder))
		count++;
	closedir(folder);
	return count;
}

#endif
