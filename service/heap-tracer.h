/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The recording of one process's heap by eBPF, as figures. */
#pragma once

#include "heap-contexts.h"
#include "heap-maps.h"
#include "run-cost.h"
#include "stack-source.h"

G_BEGIN_DECLS

/**
 * MemsnoopHeapTotals:
 * @program: how many programs the process has executed since the recording began; all figures are of the
 *   last.
 * @since: CLOCK_BOOTTIME nanoseconds: when the recording, or that program, began.
 * @exited_at: CLOCK_BOOTTIME nanoseconds; 0 while the process runs.
 * @map_count, @map_bytes, @unmap_count, @unmap_bytes: memory without a file that the program itself has mapped; in no other figure.
 *   What is partly unmapped is unmapped and mapped again.
 * @depth, @depth_wanted: frames that stacks are walked now, and were to be: fewer when contexts are scarce.
 * @rules_refused: rules for walking stacks that found no room.
 * @counters: what was not recorded, by enum memsnoop_heap_counter.
 * @size_histogram: allocations by the power of two at or below their size.
 * @recent_sizes: the sizes that were asked for last, oldest first, @n_recent_sizes of them; best effort.
 * @churn: share (0 to 1) of the last minute's allocations freed within it; 0 without any.
 * @recursion_misses: calls that the kernel skipped.
 * @paused: nanoseconds, since the recording began, in which new blocks were not recorded.
 * @frees_missed: and in some of that neither were frees: blocks may seem live that are not.
 *
 * All of the process's heap since; estimates when the recording is sampled. Sizes are what the program asked for,
 * in bytes.
 */
typedef struct
{
  guint32 program;
  guint32 last_thread;
  guint64 since;
  guint64 exited_at;
  guint   depth;
  guint   depth_wanted;
  guint64 rules_refused;
  guint64 alloc_count;
  guint64 alloc_bytes;
  guint64 free_count;
  guint64 free_bytes;
  guint64 current_bytes;
  guint64 peak_bytes;
  guint64 map_count;
  guint64 map_bytes;
  guint64 unmap_count;
  guint64 unmap_bytes;
  guint64 counters[MEMSNOOP_HEAP_COUNTERS];
  guint64 size_histogram[MEMSNOOP_HEAP_SIZE_CLASSES];
  guint64 recent_sizes[MEMSNOOP_HEAP_RECENT_SIZES];
  guint n_recent_sizes;
  gdouble churn;
  guint64 recursion_misses;
  guint64 paused;
  gboolean frees_missed;
} MemsnoopHeapTotals;

/**
 * MemsnoopHeapCost:
 * @hits: how often places of each kind were reached.
 * @timed_runs, @timed_nanoseconds: a share of the runs of the programs there, and how long these took together.
 *
 * What the recording costs, since it began.
 */
typedef struct
{
  guint64 hits[MEMSNOOP_HEAP_HITS];
  guint64 timed_runs;
  guint64 timed_nanoseconds;
} MemsnoopHeapCost;

/* Captures that are read at once. */
#define MEMSNOOP_HEAP_TRACER_CAPTURES 256

typedef struct _MemsnoopHeapTracer MemsnoopHeapTracer;

/**
 * MemsnoopHeapCaptureFunction:
 * @capture: valid during the call; addresses and stack follow it.
 */
typedef void (*MemsnoopHeapCaptureFunction) (const struct memsnoop_heap_capture *capture,
                                             gpointer                            user_data);

/** See memsnoop_heap_maps_load(). */
MemsnoopHeapTracer *memsnoop_heap_tracer_start          (MemsnoopUprobeSupport        support,
                                                         guint32                      pid,
                                                         const MemsnoopHeapProbe     *probes,
                                                         gsize                        n_probes,
                                                         guint64                      sample_interval,
                                                         guint64                      map_memory,
                                                         GError                     **error);

/** A tracer of growth, of which the figures are those that memsnoop_growth_maps_load() tells of. */
MemsnoopHeapTracer *memsnoop_heap_tracer_start_growth   (guint32                      pid,
                                                         guint64                      map_memory,
                                                         GError                     **error);

/** Detaches everything; afterwards nothing of it is in the kernel. Blocks: for worker threads. */
void                memsnoop_heap_tracer_stop           (MemsnoopHeapTracer          *self);

/** Detaches the probes; what was recorded stays readable. Blocks: for worker threads. */
void                memsnoop_heap_tracer_detach         (MemsnoopHeapTracer          *self);

/** What it records. Any thread. */
MemsnoopStackSource memsnoop_heap_tracer_get_source     (MemsnoopHeapTracer          *self);

/** Any thread; microseconds. */
void                memsnoop_heap_tracer_get_totals     (MemsnoopHeapTracer          *self,
                                                         MemsnoopHeapTotals          *totals);

/**
 * memsnoop_heap_tracer_get_contexts:
 *
 * See memsnoop_heap_contexts_read(). One thread at a time.
 */
GArray             *memsnoop_heap_tracer_get_contexts   (MemsnoopHeapTracer          *self,
                                                         gboolean                     with_blocks);

/** Steps the clock of the ages of blocks, and notes the live bytes. The thread that starts and stops the recording. */
void                memsnoop_heap_tracer_advance_epoch  (MemsnoopHeapTracer          *self);

/** Returns: (transfer full): MemsnoopHistoryPoint of the live bytes of the present program. Any thread. */
GArray             *memsnoop_heap_tracer_get_history    (MemsnoopHeapTracer          *self);

/**
 * memsnoop_heap_tracer_raise_interval:
 *
 * Doubles the sample interval of a sampled recording, to make it cheaper; blocks that are drawn already keep their weight.
 *
 * Returns: the new interval in bytes; 0 when the recording is exact, or the interval at its highest.
 */
guint64             memsnoop_heap_tracer_raise_interval (MemsnoopHeapTracer          *self);

/** The sample interval in bytes, as it is now; 0 when the recording is exact. */
guint64             memsnoop_heap_tracer_get_interval   (MemsnoopHeapTracer          *self);

/**
 * memsnoop_heap_tracer_pause:
 * @pause: MEMSNOOP_HEAP_PAUSE_NONE to go on.
 *
 * Takes probes away for a while. From the first pause on the figures are not exact. Blocks: for worker threads. After
 * memsnoop_heap_tracer_detach() it does nothing.
 */
gboolean            memsnoop_heap_tracer_pause          (MemsnoopHeapTracer          *self,
                                                         MemsnoopHeapPause            pause,
                                                         GError                     **error);

/** Any thread; microseconds. */
void                memsnoop_heap_tracer_get_cost       (MemsnoopHeapTracer          *self,
                                                         MemsnoopHeapCost            *cost);

/** What the programs of a tracer of growth have cost. Any thread; microseconds. */
void                memsnoop_heap_tracer_get_run_cost   (MemsnoopHeapTracer          *self,
                                                         MemsnoopRunCost             *cost);

/** What becomes readable when captures wait. Owned by the tracer. */
int                 memsnoop_heap_tracer_get_descriptor (MemsnoopHeapTracer          *self);

/**
 * memsnoop_heap_tracer_read_captures:
 *
 * Calls @function for each capture that is there, at most MEMSNOOP_HEAP_TRACER_CAPTURES. One thread at a time.
 *
 * Returns: their number, or a negative errno.
 */
int                 memsnoop_heap_tracer_read_captures  (MemsnoopHeapTracer          *self,
                                                         MemsnoopHeapCaptureFunction  function,
                                                         gpointer                     user_data);

/** The maps, which the tracer owns. */
MemsnoopHeapMaps   *memsnoop_heap_tracer_get_maps       (MemsnoopHeapTracer          *self);

/**
 * memsnoop_heap_tracer_add_probes:
 *
 * More functions of the same process. As slow as the start.
 */
gboolean            memsnoop_heap_tracer_add_probes    (MemsnoopHeapTracer               *self,
                                                        const MemsnoopHeapProbe          *probes,
                                                        gsize                             n_probes,
                                                        GError                          **error);

/** From now on stacks are walked up to @depth frames, 1 to MEMSNOOP_WALK_DEPTH_MAX. */
void                memsnoop_heap_tracer_set_depth     (MemsnoopHeapTracer               *self,
                                                        guint                             depth);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MemsnoopHeapTracer, memsnoop_heap_tracer_stop)

G_END_DECLS
