/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Loops that allocate and free kernel memory in pairs. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * BenchWorkload:
 * @name: for options.
 * @title: for tables.
 * @threads: how many threads run it, each on a CPU of its own; 0 for one on every CPU.
 * @prepare: called once a contestant is attached; makes the live blocks that the loop finds. May
 *   be %NULL.
 * @run: does so many pairs of allocation and free.
 */
typedef struct
{
  const gchar *name;
  const gchar *title;
  guint        threads;
  gboolean   (*prepare) (GError  **error);
  void       (*run)     (guint     pairs);
} BenchWorkload;

extern const BenchWorkload bench_eventfd_workload;
extern const BenchWorkload bench_crowd_workload;
extern const BenchWorkload bench_live_blocks_workload;

/** Threads that @workload has on this machine. */
guint   bench_workload_threads (const BenchWorkload *workload);

/**
 * bench_workload_measure:
 * @slices: how often each thread takes the time of @pairs pairs.
 *
 * Returns: nanoseconds of CPU time for one pair, the median of all slices. What the thread waits
 *   while others run on its CPU is not in it.
 */
gdouble bench_workload_measure (const BenchWorkload *workload,
                                guint                pairs,
                                guint                slices);

G_END_DECLS
