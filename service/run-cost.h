/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What BPF programs at tracepoints cost, of which few runs are timed: see run-cost.bpf.h. */
#pragma once

#include "cost-mean.h"

#include <bpf/libbpf.h>

G_BEGIN_DECLS

/**
 * MemsnoopRunCost:
 * @runs: how often programs have run.
 * @timed_runs, @timed_nanoseconds: some of these runs, and how long they took together.
 *
 * Of all CPUs, since the recording began.
 */
typedef struct
{
  guint64 runs;
  guint64 timed_runs;
  guint64 timed_nanoseconds;
} MemsnoopRunCost;

/**
 * MemsnoopRunMeter:
 *
 * A recording's cost over the last seconds. All zeros to begin with.
 */
typedef struct
{
  MemsnoopRunCost  before;
  guint64          since;
  MemsnoopCostMean mean;
} MemsnoopRunMeter;

/** Reads @map, the run_costs of the programs; nothing but zeros when that fails. Any thread; microseconds. */
void    memsnoop_run_cost_read        (const struct bpf_map  *map,
                                       MemsnoopRunCost       *cost);

/**
 * memsnoop_run_cost_sum_up:
 *
 * What the runs between @before and @now took: their number times the mean of those of them that were timed, or of all
 * that ever were when none of them was.
 *
 * Returns: nanoseconds.
 */
gdouble memsnoop_run_cost_sum_up      (const MemsnoopRunCost *before,
                                       const MemsnoopRunCost *now);

/**
 * memsnoop_run_meter_update:
 * @now: what was counted until @time, CLOCK_BOOTTIME nanoseconds.
 *
 * Adds to the mean what was counted since the last call; the first only begins.
 */
void    memsnoop_run_meter_update     (MemsnoopRunMeter      *self,
                                       const MemsnoopRunCost *now,
                                       guint64                time);

G_END_DECLS
