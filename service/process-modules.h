/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "module-table.h"
#include "process-identity.h"

G_BEGIN_DECLS

/**
 * memsnoop_process_modules_read:
 *
 * What is executable in the process now, from /proc/PID/maps, with its files open. Files are opened by way of the mapping, for which
 * the kernel wants CAP_CHECKPOINT_RESTORE, and else by path in the process's root; only a file with
 * the inode that is mapped is taken. The kernel's vDSO is a copy of this process's own: there is but one.
 *
 * Milliseconds, and may wait for file systems: for threads other than the main one.
 *
 * Returns: (transfer full): the table; %NULL when the process cannot be read.
 */
MemsnoopModuleTable *memsnoop_process_modules_read (const MemsnoopProcessIdentity  *identity,
                                                    GError                        **error);

G_END_DECLS
