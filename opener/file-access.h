/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <sys/stat.h>

/**
 * memsnoop_file_access_check:
 * @directory: the process's folder under /proc.
 * @file: of the file.
 *
 * Whether the user that the process acts as may read the file, by the file's mode (access control lists
 * are not looked at): a program may be executed, and so be mapped, by who may not read it. In processes that are not
 * dumpable any file may be read, because they are nobody's own: only administrators are told of them.
 *
 * Returns: 0 or a negative errno: -EACCES when not.
 */
int memsnoop_file_access_check (int directory, const struct stat *file);
