/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The figures of one process's heap recording at one moment: its totals, and the call stacks that hold its live
 * memory. A snapshot never changes after it is made, so that a report can be written from it in
 * any thread.
 *
 * Bytes are bytes as the program asked for them, times CLOCK_BOOTTIME nanoseconds.
 */
#pragma once

#include "heap-expense.h"
#include "probe-list.h"
#include "stack-source.h"

G_BEGIN_DECLS

#define MEMSNOOP_HEAP_SIZE_HISTOGRAM_BUCKETS 48
/* Ages by which live blocks are told apart, as for kernel memory: MEMSNOOP_SITE_AGES of snapshot.h. */
#define MEMSNOOP_HEAP_AGES 7

/**
 * MemsnoopFunction:
 * @name: demangled, printable text; %NULL when it is not known.
 * @file: of its source, printable text; %NULL when it is not known.
 * @line: in @file; 0 when it is not known.
 *
 * One function at a place in a module.
 */
typedef struct
{
  const gchar *name;
  const gchar *file;
  guint        line;
} MemsnoopFunction;

/**
 * MemsnoopFrame:
 * @module: path of the mapped file as the process sees it, printable text; %NULL for code that lies in no file.
 * @offset: in the file, of the instruction; its address where there is no file.
 * @functions: what is known of it: the innermost inlined function first, the one that has been compiled
 *   there last; @n_functions of them, 0 when nothing is known.
 *
 * One place in a call stack. Equal places of a snapshot are one frame, so that pointers can be compared.
 */
typedef struct
{
  const gchar            *module;
  guint64                 offset;
  const MemsnoopFunction *functions;
  guint                   n_functions;
} MemsnoopFrame;

/**
 * MemsnoopHeapSite:
 * @frames: innermost first; @n_frames of them, 0 when the stack is not known (yet, or because it was lost).
 * @complete: whether the outermost frame is the thread's first one.
 * @is_mapping: what comes from there are mappings that the program makes itself, instead of blocks.
 * @live_bytes, @live_count: blocks that are allocated and not freed; estimates when the recording samples.
 * @alloc_bytes, @alloc_count, @free_bytes, @free_count: since the recording began.
 * @oldest_age: nanoseconds since the oldest live block was allocated, to a step of five seconds.
 * @bytes_by_age: live bytes by their age, as MemsnoopSite has it.
 * @growth_rate: bytes per second that live bytes grew over the last snapshots; 0 when too few.
 * @standard_error: of @live_bytes, when the recording samples; 0 when it is exact.
 *
 * Everything that was allocated with one call stack.
 */
typedef struct
{
  const MemsnoopFrame *const *frames;
  guint                       n_frames;
  gboolean                    complete;
  gboolean                    is_mapping;
  guint64                     live_bytes;
  guint64                     live_count;
  guint64                     alloc_bytes;
  guint64                     alloc_count;
  guint64                     free_bytes;
  guint64                     free_count;
  guint64                     oldest_age;
  guint64                     bytes_by_age[MEMSNOOP_HEAP_AGES];
  gdouble                     growth_rate;
  gdouble                     standard_error;
} MemsnoopHeapSite;

/**
 * MemsnoopHeapLoss:
 * @table_full: allocations that found no room in the live table; in the totals, not among the live blocks.
 * @contexts_full: allocations whose call stack found no room; in the figures, under no stack.
 * @stacks_lost: call stacks that were seen and could not be sent; tried again when seen again.
 * @stacks_not_unwound: call stacks of which nothing but the innermost frame is known.
 * @stacks_in_part: call stacks that the programs in the kernel could not follow to the end (yet): each is that of the first call, and others
 *   with the same innermost part at the same height may be under it.
 * @rules_full: addresses that found no room in the table by which stacks are followed.
 * @depth: frames that call stacks are followed to by now, because there were too many; 0: as many as was asked for.
 * @recursion_misses: calls that the kernel skipped.
 * @unseen_frees: frees that were noticed only when the address was allocated again: the kernel had skipped the call, or a child of
 *   vfork() made it. The figures had the block until then.
 * @other: calls whose thread had no room, that were left without a return, or blocks that could not be read.
 *
 * What is not in the figures, or not where it belongs.
 */
typedef struct
{
  guint64 table_full;
  guint64 contexts_full;
  guint64 stacks_lost;
  guint64 stacks_not_unwound;
  guint64 stacks_in_part;
  guint64 rules_full;
  guint   depth;
  guint64 recursion_misses;
  guint64 unseen_frees;
  guint64 other;
} MemsnoopHeapLoss;

/**
 * MemsnoopHeapSnapshot:
 * @source: what it is of. A recording of growth has pages in the place of allocations, and no frees: it
 *   tells what was added, whatever became of it, and so do the live figures of its sites. Of the others only what is said here to be
 *   of growth is set.
 * @comm, @executable: printable text.
 * @since: when the recording began, or the process's present program.
 * @exited_at: 0 while the process runs.
 * @sample_interval: bytes; 0 when every block is recorded.
 * @mmap_count, @mmap_bytes, @munmap_count, @munmap_bytes: memory without a file that the program itself maps; in no other
 *   figure here, but among @sites.
 * @churn: share (0 to 1) of the last minute's allocations freed within it; 0 without any.
 * @size_histogram: allocations of 2^i up to 2^(i+1)-1 bytes, 0 with 1.
 * @by_kernel_count, @by_kernel_bytes: of growth: what the kernel touched in system calls, as read() does.
 * @from_swap_count, @from_swap_bytes: of growth: pages that came back from swap; in no other figure.
 * @untracked_frees: frees of blocks from before the recording.
 * @resident_anonymous: what the process has of anonymous memory; 0 when it is not known.
 * @map_bytes: kernel memory of the recording's tables.
 * @cpu_budget: share of one core that the recording may cost; 0 when it has no budget.
 * @expense: what it costs, and what was done to have it cost less.
 * @exact: nothing was lost that the totals would have, and nothing is an estimate.
 * @probes: (element-type MemsnoopProbeDetail): where the probes of the recording sit.
 * @sites: MemsnoopHeapSite, descending by live bytes; the one without frames, if any, at its place.
 */
typedef struct
{
  gatomicrefcount  reference_count;
  MemsnoopStackSource source;
  guint64          taken_at;
  guint32          pid;
  guint32          uid;
  guint64          start_time;
  gchar           *comm;
  gchar           *executable;
  guint64          since;
  guint64          exited_at;
  guint64          sample_interval;

  guint64          alloc_count;
  guint64          alloc_bytes;
  guint64          free_count;
  guint64          free_bytes;
  guint64          current_bytes;
  guint64          peak_bytes;
  guint64          mmap_count;
  guint64          mmap_bytes;
  guint64          munmap_count;
  guint64          munmap_bytes;
  guint64          by_kernel_count;
  guint64          by_kernel_bytes;
  guint64          from_swap_count;
  guint64          from_swap_bytes;
  gdouble          churn;
  guint64          size_histogram[MEMSNOOP_HEAP_SIZE_HISTOGRAM_BUCKETS];
  guint32          last_thread;
  guint64          untracked_frees;
  guint64          resident_anonymous;
  MemsnoopHeapLoss loss;
  gboolean         exact;
  guint64          map_bytes;
  gdouble          cpu_budget;
  MemsnoopHeapExpense expense;
  GPtrArray       *probes;

  GArray          *sites;
  /* What sites, frames and functions point to. */
  GStringChunk    *texts;
  GPtrArray       *memory;
} MemsnoopHeapSnapshot;

/** An empty snapshot, to be filled in by whoever makes it and then left alone. */
MemsnoopHeapSnapshot *memsnoop_heap_snapshot_new   (void);
MemsnoopHeapSnapshot *memsnoop_heap_snapshot_ref   (MemsnoopHeapSnapshot       *self);
void                  memsnoop_heap_snapshot_unref (MemsnoopHeapSnapshot       *self);

/** A copy of @text that lives as long as the snapshot; equal texts are the same pointer. %NULL for %NULL. */
const gchar          *memsnoop_heap_snapshot_add_text (MemsnoopHeapSnapshot    *self,
                                                       const gchar             *text);

/** Room for @n elements of @size bytes, zeroed, that lives as long as the snapshot. */
gpointer              memsnoop_heap_snapshot_allocate (MemsnoopHeapSnapshot    *self,
                                                       gsize                    n,
                                                       gsize                    size);

/** Bytes that the program has mapped itself, and not unmapped. */
guint64               memsnoop_heap_snapshot_get_mapped_bytes (const MemsnoopHeapSnapshot *self);

/** Live blocks. */
guint64               memsnoop_heap_snapshot_get_live_count (const MemsnoopHeapSnapshot *self);

/** Calls that are not in all figures as they should be. What only lacks its call stack is not among them. */
guint64               memsnoop_heap_snapshot_get_lost  (const MemsnoopHeapSnapshot *self);

/**
 * memsnoop_heap_snapshot_retained:
 *
 * What the process has resident and no live block and no mapping of its own explains: freed memory that its allocator keeps, what was there before
 * the recording, stacks and its allocator's own needs. Not a leak of its code.
 *
 * Returns: bytes; 0 when it is not known.
 */
guint64               memsnoop_heap_snapshot_retained (const MemsnoopHeapSnapshot *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MemsnoopHeapSnapshot, memsnoop_heap_snapshot_unref)

G_END_DECLS
