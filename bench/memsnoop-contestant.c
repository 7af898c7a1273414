/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "contestant.h"

#include "kernel-maps.h"
#include "record-events.h"
#include "running-kernel.h"

static MemsnoopKernelMaps *maps;

static gboolean
attach (GError **error)
{
  MemsnoopKernelTracepoints tracepoints = { 0 };

  if (!bench_running_kernel_read (&tracepoints, error))
    return FALSE;
  maps = memsnoop_kernel_maps_load (&tracepoints, BENCH_MAP_MEMORY, error);
  return maps != NULL;
}

static void
detach (void)
{
  g_clear_pointer (&maps, memsnoop_kernel_maps_free);
}

static guint64
events (void)
{
  return bench_record_events (maps->records, maps->n_records);
}

static gdouble
block_bytes (void)
{
  return (gdouble) (maps->n_buckets * sizeof *maps->buckets) / (gdouble) maps->live_capacity;
}

const BenchContestant bench_memsnoop_contestant = {
  .name = "memsnoop",
  .title = "Memsnoop, exact accounting",
  .attach = attach,
  .detach = detach,
  .events = events,
  .block_bytes = block_bytes,
};
