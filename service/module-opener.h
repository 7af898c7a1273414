/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The service's side of memsnoop-opener: a process that keeps the rights to open what other processes execute, which the
 * service itself gives up. Who takes the service over gets code that is mapped already out of it, and no other file.
 */
#pragma once

#include "mapped-modules.h"
#include "process-identity.h"

G_BEGIN_DECLS

/**
 * memsnoop_module_opener_start:
 * @program: (nullable): path of the opener; %NULL: the one beside the service's program.
 *
 * Before the service gives up its rights, and before any thread exists. Where it cannot be had, modules are opened
 * by their paths only; memsnoop_module_opener_check() says why. It ends with the service.
 */
void     memsnoop_module_opener_start (const gchar                    *program);

/**
 * memsnoop_module_opener_check:
 * @reason: (out) (transfer full): why not, as a sentence.
 *
 * Whether modules can be opened by their mappings, tried on this process. Milliseconds.
 */
gboolean memsnoop_module_opener_check (gchar                         **reason);

/**
 * memsnoop_module_opener_open:
 *
 * Opens the file of one mapping of @module. Without an opener this process tries it with the rights that it has. Any thread; waits
 * for the file system, but for some seconds only.
 *
 * Returns: a descriptor open for reading, of a regular file; or a negative errno, as struct memsnoop_opener_answer
 *   tells it, -ETIMEDOUT when the file system does not answer, and -EPIPE when the opener is gone.
 */
int      memsnoop_module_opener_open  (const MemsnoopMappedModule     *module,
                                       const MemsnoopModuleMapping    *mapping,
                                       const MemsnoopProcessIdentity  *identity);

/** Ends it; for tests. No other call may be under way. */
void     memsnoop_module_opener_stop  (void);

G_END_DECLS
