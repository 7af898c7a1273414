/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The BPF programs that record one process's heap, their probes, and the maps they share with the service. What
 * a recording of growth shares is the same but for the live table: see growth-maps.h.
 */
#pragma once

#include "heap-attachment.h"
#include "walk-rules.h"

G_BEGIN_DECLS

#define MEMSNOOP_HEAP_MEMORY_MIN (4 * G_GUINT64_CONSTANT (1048576))
#define MEMSNOOP_HEAP_MEMORY_MAX (4096 * G_GUINT64_CONSTANT (1048576))

/**
 * MemsnoopHeapMaps:
 * @object: the programs, and whichever of @programs and @growth they are.
 * @buckets, @contexts, @totals, @costs, @process: mapped from the kernel, which writes them all the time. A recording of growth has
 *   neither buckets nor costs.
 * @rules: which the service writes.
 * @n_cpus: as many totals and costs there are.
 * @sample_interval: at the start; process->interval_shift raises it.
 * @live_capacity: blocks that the live table takes without loss: three quarters of its slots.
 * @bytes: kernel memory of all maps.
 * @since: CLOCK_BOOTTIME nanoseconds, when everything was attached.
 */
typedef struct
{
  struct bpf_object            *object;
  struct heap_memory_bpf       *programs;
  struct growth_memory_bpf     *growth;
  MemsnoopUprobeSupport         support;
  MemsnoopHeapAttachment       *attachment;
  struct memsnoop_heap_bucket  *buckets;
  gsize                         n_buckets;
  struct memsnoop_heap_context *contexts;
  gsize                         n_contexts;
  MemsnoopWalkRules             rules;
  struct memsnoop_heap_totals  *totals;
  struct memsnoop_heap_cost    *costs;
  gsize                         n_cpus;
  struct memsnoop_heap_process *process;
  guint64                       sample_interval;
  guint64                       live_capacity;
  guint64                       bytes;
  guint64                       since;
} MemsnoopHeapMaps;

/**
 * memsnoop_heap_maps_load:
 * @support: memsnoop_uprobe_support(), or less to do without what the kernel has.
 * @pid: the process, which the caller keeps from being another one (a pidfd, its folder in /proc).
 * @sample_interval: bytes, 0 for an exact recording, else up to MEMSNOOP_HEAP_INTERVAL_MAX.
 * @map_memory: bytes for all maps, MEMSNOOP_HEAP_MEMORY_MIN to MEMSNOOP_HEAP_MEMORY_MAX.
 *
 * Loads and attaches. Blocks for some hundred milliseconds: for worker threads.
 *
 * Returns: (transfer full): what memsnoop_heap_maps_free() detaches and frees; nothing of it is
 *   in the kernel then.
 */
MemsnoopHeapMaps *memsnoop_heap_maps_load              (MemsnoopUprobeSupport     support,
                                                        guint32                   pid,
                                                        const MemsnoopHeapProbe  *probes,
                                                        gsize                     n_probes,
                                                        guint64                   sample_interval,
                                                        guint64                   map_memory,
                                                        GError                  **error);
void              memsnoop_heap_maps_free              (MemsnoopHeapMaps         *self);

/**
 * memsnoop_heap_maps_pause:
 *
 * See memsnoop_heap_attachment_pause().
 */
gboolean          memsnoop_heap_maps_pause             (MemsnoopHeapMaps         *self,
                                                        MemsnoopHeapPause         pause,
                                                        GError                  **error);
/** Maps the tables of @self->object into memory, as many elements of each as @self tells. For those who load. */
gboolean          memsnoop_heap_maps_share             (MemsnoopHeapMaps         *self,
                                                        GError                  **error);

/** The descriptor of the ring buffer of captures. */
int               memsnoop_heap_maps_captures          (MemsnoopHeapMaps         *self);

/** Runs of a program that the kernel skipped: events that are in no figure. Microseconds. */
guint64           memsnoop_heap_maps_recursion_misses  (MemsnoopHeapMaps         *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MemsnoopHeapMaps, memsnoop_heap_maps_free)

G_END_DECLS
