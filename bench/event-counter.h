/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How many events of kernel memory a workload makes, as the kernel's own counters tell. */
#pragma once

#include "workload.h"

G_BEGIN_DECLS

/* kmalloc, kfree, kmem_cache_alloc, kmem_cache_free, and the variants of kernels before 6.1. */
#define BENCH_TRACEPOINTS 6

/**
 * BenchEventCounts:
 * @per_pair: events for one pair of the workload, by tracepoint, as bench_tracepoint_names.
 * @allocations, @frees: their sums; frees of NULL, which concern no block, are not among them.
 * @null_frees: those.
 */
typedef struct
{
  gdouble per_pair[BENCH_TRACEPOINTS];
  gdouble allocations;
  gdouble frees;
  gdouble null_frees;
} BenchEventCounts;

extern const gchar *const bench_tracepoint_names[BENCH_TRACEPOINTS];

/** Runs @workload under the counters; fails where tracefs is not mounted. */
gboolean bench_count_events (const BenchWorkload  *workload,
                             BenchEventCounts     *counts,
                             GError              **error);

G_END_DECLS
