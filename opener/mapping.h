/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "memsnoop-opener-protocol.h"

/** The request of ioctl() that asks for one mapping (Linux 6.11). */
extern const unsigned long memsnoop_mapping_query;

/**
 * memsnoop_mapping_check:
 * @directory: the process's folder under /proc.
 *
 * Whether the process has the mapping now, exactly as @request has it: the same addresses, of the same file, executable.
 *
 * Returns: 0 or a negative errno: -ESTALE when it has not.
 */
int memsnoop_mapping_check (int directory, const struct memsnoop_opener_request *request);
