/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "module-table.h"
#include "process-identity.h"

G_BEGIN_DECLS

/**
 * memsnoop_process_modules_read:
 *
 * What is executable in the process now, with its files open as memsnoop_mapped_module_open() opens them, and the kernel's vDSO.
 *
 * Milliseconds, and may wait for file systems: for threads other than the main one.
 *
 * Returns: (transfer full): the table; %NULL when the process cannot be read.
 */
MemsnoopModuleTable *memsnoop_process_modules_read (const MemsnoopProcessIdentity  *identity,
                                                    GError                        **error);

G_END_DECLS
