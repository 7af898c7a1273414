/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Contestants compared under one workload, in rounds in which each has its turn. */
#pragma once

#include "contestant.h"
#include "event-counter.h"

G_BEGIN_DECLS

#define BENCH_CONTESTANTS_MAX 4

/**
 * BenchComparison:
 * @n_contestants: they come in the order of the table; the first is the floor.
 * @patience: until when (g_get_monotonic_time()) a turn in which somebody else traced the same
 *   is repeated.
 * @disturbed: turns with that, which count all the same.
 * @untraced: nanoseconds for one pair with nothing attached, by measurement.
 * @added: by contestant and round, nanoseconds that it adds to one event.
 * @block_bytes: by contestant, kernel memory for a live block; 0 when it has no table.
 */
typedef struct
{
  const BenchWorkload   *workload;
  BenchEventCounts       events;
  const BenchContestant *contestants[BENCH_CONTESTANTS_MAX];
  guint                  n_contestants;
  guint                  pairs;
  guint                  slices;
  gint64                 patience;
  guint                  disturbed;
  GArray                *untraced;
  GArray                *added[BENCH_CONTESTANTS_MAX];
  gdouble                block_bytes[BENCH_CONTESTANTS_MAX];
} BenchComparison;

BenchComparison *bench_comparison_new   (const BenchWorkload           *workload,
                                         const BenchContestant *const  *contestants,
                                         guint                          n_contestants,
                                         guint                          pairs,
                                         guint                          slices);
void             bench_comparison_free  (BenchComparison               *self);

/** One turn for each contestant, and before and after each a measurement with nothing attached. */
gboolean         bench_comparison_round (BenchComparison               *self,
                                         GError                       **error);

/** Prints the table of all rounds so far, at least one. */
void             bench_comparison_print (BenchComparison               *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BenchComparison, bench_comparison_free)

G_END_DECLS
