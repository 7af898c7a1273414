/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What it takes to begin the recording of a heap: finding the functions of the process's allocator, and attaching to them. */
#pragma once

#include "heap-tracer.h"
#include "module-table.h"
#include "probe-list.h"
#include "process-identity.h"
#include "worker.h"

G_BEGIN_DECLS

/**
 * MemsnoopHeapSetup:
 * @table: what the process has mapped.
 * @tracer: (nullable): which records; whoever takes it leaves %NULL.
 * @complete: whether every way to a block is probed; otherwise the figures are not exact.
 * @notes: (element-type utf8): for people: what cannot be probed, where a probe is slow, and what was passed over.
 * @probes: what is probed, and where.
 * @known: (element-type utf8): set of the modules that were looked at.
 * @no_return_probes: the program is written in Go.
 */
typedef struct
{
  MemsnoopModuleTable *table;
  MemsnoopHeapTracer  *tracer;
  gboolean             complete;
  GPtrArray           *notes;
  MemsnoopProbeList   *probes;
  GHashTable          *known;
  gboolean             no_return_probes;
} MemsnoopHeapSetup;

/**
 * memsnoop_heap_setup_async:
 * @identity: of the process; has to stay until it finishes.
 * @sample_interval: bytes; 0 for every block.
 * @map_memory: bytes for all maps.
 *
 * Fails with %G_DBUS_ERROR_NOT_SUPPORTED when no allocator is found or the kernel refuses, and as
 * memsnoop_mapped_modules_read().
 */
void               memsnoop_heap_setup_async  (MemsnoopWorker                 *worker,
                                               const MemsnoopProcessIdentity  *identity,
                                               guint64                         sample_interval,
                                               guint64                         map_memory,
                                               GAsyncReadyCallback             callback,
                                               gpointer                        user_data);

/**
 * memsnoop_heap_setup_growth_async:
 *
 * The same for a recording of growth, for which no allocator is looked for.
 */
void               memsnoop_heap_setup_growth_async (MemsnoopWorker                 *worker,
                                                     const MemsnoopProcessIdentity  *identity,
                                                     guint64                         map_memory,
                                                     GAsyncReadyCallback             callback,
                                                     gpointer                        user_data);

/** Returns: (transfer full): it records already. */
MemsnoopHeapSetup *memsnoop_heap_setup_finish (GAsyncResult                   *result,
                                               GError                        **error);

/**
 * memsnoop_heap_setup_extend_async:
 * @self: of a recording that has begun; has to stay until it finishes, like the others. One extension at a time.
 * @tracer: that records.
 *
 * Looks at what the process has mapped since, as by dlopen() or by executing another program, and probes the allocators that are
 * found there. Symbols of a module that is loaded later do not take the place of earlier ones, but the module itself may
 * use its own, so all of its functions are probed.
 */
void               memsnoop_heap_setup_extend_async  (MemsnoopHeapSetup              *self,
                                                      MemsnoopWorker                 *worker,
                                                      const MemsnoopProcessIdentity  *identity,
                                                      MemsnoopHeapTracer             *tracer,
                                                      GCancellable                   *cancellable,
                                                      GAsyncReadyCallback             callback,
                                                      gpointer                        user_data);

/** Returns: how many functions are probed now that were not before; -1 on error. */
gssize             memsnoop_heap_setup_extend_finish (GAsyncResult                   *result,
                                                      GError                        **error);

/** Stops the tracer, if nobody took it. */
void               memsnoop_heap_setup_free   (MemsnoopHeapSetup              *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MemsnoopHeapSetup, memsnoop_heap_setup_free)

G_END_DECLS
