/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The one place that opens a file by what a process has mapped of it. */
#pragma once

#include "memsnoop-opener-protocol.h"

/**
 * memsnoop_mapped_file_open:
 *
 * Opens the very file that is mapped, wherever it lies and whatever became of its path. Takes CAP_CHECKPOINT_RESTORE to follow
 * the kernel's link to it, CAP_SYS_PTRACE for other users' processes, and CAP_DAC_READ_SEARCH for that and for files that not everybody may read.
 *
 * Only a mapping that is executable, before and after, of a regular file that the process's user may read. Nothing that is not is
 * opened, not even for a moment: a device or a pipe would notice.
 *
 * Returns: a descriptor open for reading, or a negative errno as struct memsnoop_opener_answer tells it.
 */
int memsnoop_mapped_file_open (const struct memsnoop_opener_request *request);
