/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "module-table.h"
#include "process-identity.h"

#include <gio/gio.h>

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

/**
 * memsnoop_process_modules_read_async:
 * @source: the source object of the result, which holds @identity.
 *
 * The same in a thread. The result is a task's pointer, a MemsnoopModuleTable.
 */
void                 memsnoop_process_modules_read_async (gpointer                        source,
                                                          const MemsnoopProcessIdentity  *identity,
                                                          GCancellable                   *cancellable,
                                                          GAsyncReadyCallback             callback);

G_END_DECLS
