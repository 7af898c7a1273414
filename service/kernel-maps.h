/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The BPF programs that record kernel memory, and the maps they share with the service. */
#pragma once

#include "kernel-tracepoints.h"

#include <linux/types.h>

#include "memsnoop-kernel-layout.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define MEMSNOOP_MAP_MEMORY_MIN (4 * G_GUINT64_CONSTANT (1048576))
#define MEMSNOOP_MAP_MEMORY_MAX (4096 * G_GUINT64_CONSTANT (1048576))

/**
 * MemsnoopKernelMaps:
 * @records, @buckets: mapped from the kernel, which writes them all the time.
 * @n_records: of which those from memsnoop_kernel_maps_records_end() on have never been used.
 * @records_returned: how often a record became free.
 * @live_capacity: blocks that the live table takes without loss: three quarters of its slots.
 * @bytes: kernel memory of all maps.
 * @since: CLOCK_BOOTTIME nanoseconds, when everything was attached.
 */
typedef struct
{
  struct kernel_memory_bpf       *programs;
  struct memsnoop_process_record *records;
  gsize                           n_records;
  guint32                         records_returned;
  struct memsnoop_bucket         *buckets;
  gsize                           n_buckets;
  guint64                         live_capacity;
  guint64                         bytes;
  guint64                         since;
} MemsnoopKernelMaps;

/**
 * memsnoop_kernel_maps_load:
 * @map_memory: bytes for all maps, MEMSNOOP_MAP_MEMORY_MIN to MEMSNOOP_MAP_MEMORY_MAX.
 *
 * Loads and attaches. Takes some hundred milliseconds, most of them in the kernel's verifier.
 *
 * Returns: (transfer full): what memsnoop_kernel_maps_free() detaches and frees; nothing of it
 * is in the kernel then.
 */
MemsnoopKernelMaps          *memsnoop_kernel_maps_load             (const MemsnoopKernelTracepoints  *tracepoints,
                                                                    guint64                           map_memory,
                                                                    GError                          **error);
void                         memsnoop_kernel_maps_free             (MemsnoopKernelMaps               *self);

/** Whether this kernel, and this process's rights, allow such programs. */
gboolean                     memsnoop_kernel_maps_permitted        (gchar                           **reason);

/** The number of records up to the last that has ever been used. */
guint32                      memsnoop_kernel_maps_records_end      (MemsnoopKernelMaps               *self);

/** The number of records that no process has; which of them, the kernel knows. */
guint32                      memsnoop_kernel_maps_free_records     (MemsnoopKernelMaps               *self);

/** When an allocation last found no record for its process, CLOCK_BOOTTIME nanoseconds; 0 for never. */
guint64                      memsnoop_kernel_maps_processes_full_at (MemsnoopKernelMaps              *self);

/** The current epoch; only the service writes it. */
guint32                     *memsnoop_kernel_maps_epoch            (MemsnoopKernelMaps               *self);
const struct memsnoop_cache *memsnoop_kernel_maps_cache            (MemsnoopKernelMaps               *self,
                                                                    guint32                           number);
guint64                      memsnoop_kernel_maps_call_site        (MemsnoopKernelMaps               *self,
                                                                    gint32                            distance);

/** The sums of the per-CPU counters, in @counters by enum memsnoop_counter. */
void                         memsnoop_kernel_maps_read_counters    (MemsnoopKernelMaps               *self,
                                                                    guint64                           counters[MEMSNOOP_COUNTERS]);

/** How often the kernel skipped one of the programs because it interrupted itself. */
guint64                      memsnoop_kernel_maps_recursion_misses (MemsnoopKernelMaps               *self);

/** Unseen frees by call site and cache: calls @function for each. */
typedef void (*MemsnoopUnseenSiteFunction) (const struct memsnoop_unseen_site *site,
                                            guint64                            frees,
                                            gpointer                           user_data);
void                         memsnoop_kernel_maps_foreach_unseen   (MemsnoopKernelMaps               *self,
                                                                    MemsnoopUnseenSiteFunction        function,
                                                                    gpointer                          user_data);

/**
 * memsnoop_kernel_maps_drop_stale:
 * @min_age: only blocks at least so many epochs old.
 *
 * Drops blocks that were freed without a tracepoint and whose slab is gone; see
 * stale-blocks.bpf.h. Takes about as long as a walk over the live table.
 *
 * Returns: how many; 0 where the kernel cannot tell.
 */
guint64                      memsnoop_kernel_maps_drop_stale       (MemsnoopKernelMaps               *self,
                                                                    guint                             min_age);

/** Gives a record back to the programs. */
void                         memsnoop_kernel_maps_return_record    (MemsnoopKernelMaps               *self,
                                                                    guint32                           index);
/** Makes the programs forget which record a process has. */
void                         memsnoop_kernel_maps_forget_process   (MemsnoopKernelMaps               *self,
                                                                    guint32                           pid,
                                                                    guint64                           start_time);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MemsnoopKernelMaps, memsnoop_kernel_maps_free)

G_END_DECLS
