/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run-cost.h"

#include <bpf/bpf.h>
#include <linux/types.h>
#include <string.h>

#include "memsnoop-run-cost-layout.h"

static void
add (MemsnoopRunCost *sum, const struct memsnoop_run_cost *part)
{
  guint64 begun = part->begun * MEMSNOOP_TIMED_RUNS;

  sum->runs += begun - MIN (part->left, begun);
  sum->timed_runs += part->timed_runs;
  sum->timed_nanoseconds += part->timed_nanoseconds;
}

void
memsnoop_run_cost_read (const struct bpf_map *map, MemsnoopRunCost *cost)
{
  int n_cpus = MAX (libbpf_num_possible_cpus (), 1);
  g_autofree struct memsnoop_run_cost *parts = g_new0 (struct memsnoop_run_cost, n_cpus);
  guint32 key = 0;

  memset (cost, 0, sizeof *cost);
  if (bpf_map_lookup_elem (bpf_map__fd (map), &key, parts) < 0)
    return;
  for (int cpu = 0; cpu < n_cpus; cpu++)
    add (cost, &parts[cpu]);
}

gdouble
memsnoop_run_cost_sum_up (const MemsnoopRunCost *before, const MemsnoopRunCost *now)
{
  guint64 timed_runs = now->timed_runs - before->timed_runs;
  guint64 nanoseconds = now->timed_nanoseconds - before->timed_nanoseconds;

  /* Counted without locks: a run may be seen before it is counted to its end. */
  if (now->runs <= before->runs || now->timed_runs == 0)
    return 0;
  if (timed_runs == 0)
    {
      timed_runs = now->timed_runs;
      nanoseconds = now->timed_nanoseconds;
    }
  return (gdouble) (now->runs - before->runs) * (gdouble) nanoseconds / (gdouble) timed_runs;
}

void
memsnoop_run_meter_update (MemsnoopRunMeter *self, const MemsnoopRunCost *now, guint64 time)
{
  gdouble elapsed = (gdouble) (time - self->since);

  if (self->since != 0 && time > self->since)
    memsnoop_cost_mean_add (&self->mean, memsnoop_run_cost_sum_up (&self->before, now) / elapsed,
                            elapsed / 1e9);
  self->before = *now;
  self->since = time;
}
