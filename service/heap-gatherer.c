/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "heap-gatherer.h"

#include "boot-time.h"
#include "heap-summary.h"
#include "printable-text.h"
#include "process-memory.h"

#include <string.h>

/* Nanoseconds: growth is told of at least so long, and at most about twice as long. */
#define GROWTH_PERIOD (30 * MEMSNOOP_SECOND)

struct _MemsnoopHeapGatherer
{
  const MemsnoopProcessIdentity *identity;
  gchar *executable;
  guint64 sample_interval;
  gint complete; /* atomic */
  MemsnoopProbeList *probes;
  gdouble cpu_budget;
  gdouble cpu_cost;
  guint32 program;
  GHashTable *growth; /* number of a context to Growth */
};

MemsnoopHeapGatherer *
memsnoop_heap_gatherer_new (const MemsnoopProcessIdentity *identity,
                            guint64 sample_interval,
                            gboolean complete,
                            MemsnoopProbeList *probes)
{
  MemsnoopHeapGatherer *self = g_new0 (MemsnoopHeapGatherer, 1);
  g_autofree gchar *executable = memsnoop_process_identity_read_executable (identity);

  self->identity = identity;
  self->executable = memsnoop_printable_text (executable);
  self->sample_interval = sample_interval;
  self->complete = complete;
  self->probes = probes;
  self->growth = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  return self;
}

void
memsnoop_heap_gatherer_free (MemsnoopHeapGatherer *self)
{
  g_hash_table_unref (self->growth);
  g_free (self->executable);
  g_free (self);
}

void
memsnoop_heap_gatherer_set_incomplete (MemsnoopHeapGatherer *self)
{
  g_atomic_int_set (&self->complete, FALSE);
}

void
memsnoop_heap_gatherer_set_cost (MemsnoopHeapGatherer *self, gdouble budget, gdouble cost)
{
  self->cpu_budget = budget;
  self->cpu_cost = cost;
}

/* Growth */

/* Live bytes of a context at two earlier moments. */
typedef struct
{
  guint64 time;
  guint64 newer_time;
  gdouble bytes;
  gdouble newer_bytes;
} Growth;

/* Bytes per second since the older of the two. */
static gdouble
measure_growth (GHashTable *growth, const MemsnoopHeapContext *context, guint64 now)
{
  Growth *before = g_hash_table_lookup (growth, GUINT_TO_POINTER (context->number));
  gdouble seconds;

  if (before == NULL)
    {
      Growth first = { now, now, context->live_bytes, context->live_bytes };

      g_hash_table_insert (growth, GUINT_TO_POINTER (context->number),
                           g_memdup2 (&first, sizeof first));
      return 0;
    }
  seconds = (gdouble) (now - before->time) / (gdouble) MEMSNOOP_SECOND;
  if (now - before->newer_time >= GROWTH_PERIOD)
    *before = (Growth){ before->newer_time, now, before->newer_bytes, context->live_bytes };
  return seconds > 0 ? (context->live_bytes - before->bytes) / seconds : 0;
}

guint64
memsnoop_heap_gatherer_lost (const MemsnoopHeapTotals *totals)
{
  const guint64 *counters = totals->counters;

  return counters[MEMSNOOP_HEAP_TABLE_FULL] + counters[MEMSNOOP_HEAP_THREADS_FULL] +
         counters[MEMSNOOP_HEAP_ABANDONED_CALLS] + counters[MEMSNOOP_HEAP_UNREADABLE] +
         totals->recursion_misses;
}

static void
describe_loss (const MemsnoopHeapTotals *totals, MemsnoopHeapLoss *loss)
{
  const guint64 *counters = totals->counters;

  loss->table_full = counters[MEMSNOOP_HEAP_TABLE_FULL];
  loss->contexts_full = counters[MEMSNOOP_HEAP_CONTEXTS_FULL];
  loss->stacks_lost = counters[MEMSNOOP_HEAP_CAPTURES_DROPPED];
  loss->rules_full = totals->rules_refused;
  loss->depth = totals->depth < totals->depth_wanted ? totals->depth : 0;
  loss->recursion_misses = totals->recursion_misses;
  loss->unseen_frees = counters[MEMSNOOP_HEAP_UNSEEN_FREES];
  loss->other = counters[MEMSNOOP_HEAP_THREADS_FULL] + counters[MEMSNOOP_HEAP_ABANDONED_CALLS] +
                counters[MEMSNOOP_HEAP_UNREADABLE];
}

G_STATIC_ASSERT (MEMSNOOP_HEAP_SIZE_HISTOGRAM_BUCKETS == MEMSNOOP_HEAP_SIZE_CLASSES);

static void
describe_blocks (const MemsnoopHeapTotals *totals, MemsnoopHeapSnapshot *snapshot)
{
  snapshot->mmap_count = totals->map_count;
  snapshot->mmap_bytes = totals->map_bytes;
  snapshot->munmap_count = totals->unmap_count;
  snapshot->munmap_bytes = totals->unmap_bytes;
  snapshot->untracked_frees = totals->counters[MEMSNOOP_HEAP_UNTRACKED_FREES];
}

/* See memsnoop_growth_maps_load(). */
static void
describe_growth (const MemsnoopHeapTotals *totals, MemsnoopHeapSnapshot *snapshot)
{
  snapshot->current_bytes = snapshot->peak_bytes = totals->alloc_bytes;
  snapshot->by_kernel_count = totals->map_count;
  snapshot->by_kernel_bytes = totals->map_bytes;
  snapshot->from_swap_count = totals->unmap_count;
  snapshot->from_swap_bytes = totals->unmap_bytes;
}

static void
describe_totals (MemsnoopHeapGatherer *self,
                 MemsnoopHeapTracer *tracer,
                 MemsnoopHeapSnapshot *snapshot)
{
  MemsnoopHeapTotals totals;

  memsnoop_heap_tracer_get_totals (tracer, &totals);
  snapshot->taken_at = memsnoop_boot_time ();
  snapshot->since = totals.since;
  snapshot->exited_at = totals.exited_at;
  snapshot->alloc_count = totals.alloc_count;
  snapshot->alloc_bytes = totals.alloc_bytes;
  snapshot->free_count = totals.free_count;
  snapshot->free_bytes = totals.free_bytes;
  snapshot->current_bytes = totals.current_bytes;
  snapshot->peak_bytes = totals.peak_bytes;
  snapshot->churn = totals.churn;
  memcpy (snapshot->size_histogram, totals.size_histogram, sizeof snapshot->size_histogram);
  snapshot->last_thread = totals.last_thread;
  if (snapshot->source == MEMSNOOP_STACK_SOURCE_GROWTH)
    describe_growth (&totals, snapshot);
  else
    describe_blocks (&totals, snapshot);
  snapshot->map_bytes = memsnoop_heap_tracer_get_maps (tracer)->bytes;
  describe_loss (&totals, &snapshot->loss);
  snapshot->exact = g_atomic_int_get (&self->complete) &&
                    memsnoop_heap_gatherer_lost (&totals) == 0 &&
                    snapshot->loss.unseen_frees == 0 && snapshot->sample_interval == 0;
}

static void
describe_cost (MemsnoopHeapGatherer *self,
               MemsnoopHeapTracer *tracer,
               MemsnoopHeapSnapshot *snapshot)
{
  g_ptr_array_unref (snapshot->probes);
  snapshot->probes = memsnoop_probe_list_copy (self->probes);
  snapshot->cpu_budget = self->cpu_budget;
  snapshot->expense.cpu_cost = self->cpu_cost;
  memsnoop_heap_summary_read_expense (tracer, &snapshot->expense);
  if (snapshot->expense.recorded_share < 1)
    snapshot->exact = FALSE;
}

static void
describe_process (MemsnoopHeapGatherer *self, MemsnoopHeapSnapshot *snapshot)
{
  MemsnoopProcessDetails details = { 0 };

  snapshot->pid = self->identity->pid;
  snapshot->uid = self->identity->real_uid;
  snapshot->start_time = self->identity->start_time;
  snapshot->comm = memsnoop_printable_text (self->identity->comm);
  snapshot->executable = g_strdup (self->executable);
  snapshot->sample_interval = self->sample_interval;
  if (memsnoop_process_memory_read_details (snapshot->pid, snapshot->start_time, &details, NULL))
    snapshot->resident_anonymous = details.rss_anon;
}

/* Another one has contexts of its own, with numbers of those before, and another name. */
static void
note_program (MemsnoopHeapGatherer *self, guint32 program)
{
  g_autofree gchar *executable = NULL;

  if (program == self->program)
    return;
  self->program = program;
  g_hash_table_remove_all (self->growth);
  executable = memsnoop_process_identity_read_executable (self->identity);
  if (executable[0] == '\0')
    return;
  g_free (self->executable);
  self->executable = memsnoop_printable_text (executable);
}

MemsnoopHeapSnapshot *
memsnoop_heap_gatherer_run (MemsnoopHeapGatherer *self,
                            MemsnoopHeapTracer *tracer,
                            MemsnoopHeapStacks *stacks)
{
  MemsnoopHeapSnapshot *snapshot = memsnoop_heap_snapshot_new ();
  g_autoptr (GArray) contexts = memsnoop_heap_tracer_get_contexts (tracer, TRUE);
  g_autofree gdouble *growth_rates = g_new (gdouble, contexts->len);
  guint64 now = memsnoop_boot_time ();

  note_program (self, memsnoop_heap_tracer_get_maps (tracer)->process->program);
  for (guint i = 0; i < contexts->len; i++)
    growth_rates[i] =
        measure_growth (self->growth, &g_array_index (contexts, MemsnoopHeapContext, i), now);
  snapshot->source = memsnoop_heap_tracer_get_source (tracer);
  describe_process (self, snapshot);
  describe_totals (self, tracer, snapshot);
  describe_cost (self, tracer, snapshot);
  memsnoop_heap_stacks_describe (stacks, contexts, growth_rates, snapshot);
  return snapshot;
}
