/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the allocator that was found in a process to the places to probe. */
#pragma once

#include "allocator-discovery.h"
#include "heap-maps.h"
#include "probe-list.h"

G_BEGIN_DECLS

/**
 * MemsnoopHeapProbes:
 * @probes: (element-type MemsnoopHeapProbe).
 * @complete: whether every way to a block is probed. Otherwise some are not in the figures, and these not exact.
 * @notes: (element-type utf8): what cannot be probed and why, and where a probe is slow, for people.
 * @details: (element-type MemsnoopProbeDetail): of each of @probes.
 */
typedef struct
{
  GArray    *probes;
  gboolean   complete;
  GPtrArray *notes;
  GPtrArray *details;
  GArray    *descriptors;
  GPtrArray *returns;
} MemsnoopHeapProbes;

/**
 * memsnoop_heap_probes_new:
 * @identity: of the process, whose files are opened. Blocks for as long as that takes: for worker threads.
 *
 * Returns: (transfer full): with the files open; %NULL with the error of memsnoop_mapped_module_open(), or with
 *   %G_DBUS_ERROR_NOT_SUPPORTED when nothing that allocates can be probed.
 */
MemsnoopHeapProbes *memsnoop_heap_probes_new  (const MemsnoopAllocatorChoice  *choice,
                                               const MemsnoopMappedModules    *modules,
                                               const MemsnoopProcessIdentity  *identity,
                                               GError                        **error);
void                memsnoop_heap_probes_free (MemsnoopHeapProbes             *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MemsnoopHeapProbes, memsnoop_heap_probes_free)

G_END_DECLS
