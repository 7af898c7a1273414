/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The dictionary that GetProcessStats answers with. */
#pragma once

#include "heap-snapshot.h"
#include "process-memory.h"
#include "usage-history.h"
#include "snapshot.h"

G_BEGIN_DECLS

/**
 * MemsnoopProcessStats:
 * @start_time: CLOCK_BOOTTIME nanoseconds.
 * @comm, @executable: raw bytes.
 * @has_memory: %FALSE for a process that has exited.
 * @usage: (nullable): MemsnoopUsagePoint, of a process that is watched; and the rest is set then:
 * @interval, @page_size: what a tick and a page are, in nanoseconds and bytes.
 * @watched_since: when @usage begins.
 * @growth_rate: bytes per second.
 * @has_kernel: whether @kernel and what follows are set.
 * @since: when the recording began.
 * @history: MemsnoopHistoryPoint.
 * @snapshot: where the call sites are, at most a few seconds old.
 * @now: of the clock of all these times; set when @has_kernel, @heap or @growth is.
 * @heap: (nullable): the process's heap, at most a few seconds old.
 * @growth: (nullable): the process's growth, as old.
 * @heap_history: (nullable): MemsnoopHistoryPoint of its live bytes.
 */
typedef struct
{
  guint32 pid;
  guint32 uid;
  guint64 start_time;
  gchar *comm;
  gchar *executable;

  gboolean has_memory;
  MemsnoopProcessDetails memory;

  GArray *usage;
  guint64 interval;
  guint64 page_size;
  guint64 watched_since;
  gdouble growth_rate;

  gboolean has_kernel;
  MemsnoopProcessFigures kernel;
  guint64 since;
  GArray *history;
  MemsnoopSnapshot *snapshot;
  guint64 now;

  MemsnoopHeapSnapshot *heap;
  GArray *heap_history;
  MemsnoopHeapSnapshot *growth;
} MemsnoopProcessStats;

MemsnoopProcessStats *memsnoop_process_stats_new   (void);
void                  memsnoop_process_stats_free  (MemsnoopProcessStats        *self);

/** Returns: (transfer floating): @self as a{sv}, as the bus has it. */
GVariant             *memsnoop_process_stats_write (const MemsnoopProcessStats  *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MemsnoopProcessStats, memsnoop_process_stats_free)

G_END_DECLS
