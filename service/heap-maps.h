/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The BPF programs that record one process's heap, their probes, and the maps they share with the service. */
#pragma once

#include "uprobe-link.h"

#include <linux/types.h>

#include "memsnoop-heap-layout.h"
#include "memsnoop-heap-survival-layout.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define MEMSNOOP_HEAP_MEMORY_MIN (4 * G_GUINT64_CONSTANT (1048576))
#define MEMSNOOP_HEAP_MEMORY_MAX (4096 * G_GUINT64_CONSTANT (1048576))

/**
 * MemsnoopHeapProbe:
 * @module: descriptor of the file that defines the function; needed only while attaching.
 * @function: what it does.
 * @offset: in the file: where to probe its entry. Argument registers and stack pointer are there
 *   what they were at its first instruction.
 * @n_returns: 0 for a function whose return may be probed by the kernel's way.
 * @returns: else the offsets of all its return instructions: for a function that may throw, or whose stack moves.
 * @code_before, @code_after: for mmap() and mremap(): bytes of the module's code before and from @offset on; calls from
 *   there are the C library's own and do not count. 0 where they do, as in a program that is linked statically.
 * @allocator_start, @allocator_end: also for these: addresses of the allocator's code, whose calls do not count either; 0 when
 *   there is none elsewhere. Of the program that runs, not of one that it executes.
 *
 * One function of an allocator. Names may share a function: each address once.
 */
typedef struct
{
  int                        module;
  enum memsnoop_heap_function function;
  guint64                    offset;
  const guint64             *returns;
  gsize                      n_returns;
  guint64                    code_before;
  guint64                    code_after;
  guint64                    allocator_start;
  guint64                    allocator_end;
} MemsnoopHeapProbe;

/**
 * MemsnoopHeapMaps:
 * @buckets, @contexts, @totals, @process: mapped from the kernel, which writes them all the time.
 * @outer: of each context, which the service writes once its stack is unwound.
 * @survivals: of each context.
 * @peak_sample, @recent: see memsnoop-heap-survival-layout.h.
 * @n_cpus: as many totals there are.
 * @sample_interval: at the start; process->interval_shift raises it.
 * @live_capacity: blocks that the live table takes without loss: three quarters of its slots.
 * @bytes: kernel memory of all maps.
 * @since: CLOCK_BOOTTIME nanoseconds, when everything was attached.
 */
typedef struct
{
  struct heap_memory_bpf       *programs;
  MemsnoopUprobeSupport         support;
  GPtrArray                    *links;
  struct memsnoop_heap_bucket  *buckets;
  gsize                         n_buckets;
  struct memsnoop_heap_context *contexts;
  gsize                         n_contexts;
  struct memsnoop_heap_outer   *outer;
  struct memsnoop_heap_survival *survivals;
  const struct memsnoop_heap_peak_sample *peak_sample;
  const struct memsnoop_heap_recent *recent;
  struct memsnoop_heap_totals  *totals;
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
/** Probes more functions; blocks as the load does. */
gboolean          memsnoop_heap_maps_link              (MemsnoopHeapMaps         *self,
                                                        guint32                   pid,
                                                        const MemsnoopHeapProbe  *probes,
                                                        gsize                     n_probes,
                                                        GError                  **error);
void              memsnoop_heap_maps_free              (MemsnoopHeapMaps         *self);

/** Detaches the probes; the maps stay. Blocks: for worker threads. */
void              memsnoop_heap_maps_detach            (MemsnoopHeapMaps         *self);

/** The descriptor of the ring buffer of captures. */
int               memsnoop_heap_maps_captures          (MemsnoopHeapMaps         *self);

/** Runs of a program that the kernel skipped: events that are in no figure. Microseconds. */
guint64           memsnoop_heap_maps_recursion_misses  (MemsnoopHeapMaps         *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MemsnoopHeapMaps, memsnoop_heap_maps_free)

G_END_DECLS
