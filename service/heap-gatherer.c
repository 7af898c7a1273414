/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "heap-gatherer.h"

#include "boot-time.h"
#include "heap-summary.h"
#include "history.h"
#include "printable-text.h"
#include "process-memory.h"

#include <string.h>

/* Nanoseconds: growth is told of at least so long, and at most about twice as long. */
#define GROWTH_PERIOD (30 * MEMSNOOP_SECOND)

struct _MemsnoopHeapGatherer
{
  const MemsnoopProcessIdentity *identity;
  gchar *comm;
  gchar *executable;
  guint64 sample_interval;
  gint complete; /* atomic */
  MemsnoopProbeList *probes;
  gdouble cpu_budget;
  gdouble cpu_cost;
  guint32 program;
  GHashTable *growth; /* number of a context to Growth */
  guint64 last_run;   /* CLOCK_BOOTTIME nanoseconds; 0: none */
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
  self->comm = memsnoop_printable_text (identity->comm);
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
  g_free (self->comm);
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

/* Live bytes of a context at two earlier moments, and at the first snapshot. */
typedef struct
{
  guint64 first_time;
  gdouble first_bytes;
  guint64 time;
  guint64 newer_time;
  gdouble bytes;
  gdouble newer_bytes;
} Growth;

/* A context that is new since the last snapshot had nothing then. */
static Growth
begin_growth (const MemsnoopHeapGatherer *self, const MemsnoopHeapContext *context, guint64 now)
{
  guint64 time = self->last_run != 0 ? self->last_run : now;
  gdouble bytes = self->last_run != 0 ? 0 : context->live_bytes;

  return (Growth){ time, bytes, time, time, bytes, bytes };
}

static gdouble
rate_since (guint64 time, gdouble bytes, const MemsnoopHeapContext *context, guint64 now)
{
  gdouble seconds = (gdouble) (now - time) / (gdouble) MEMSNOOP_SECOND;

  return seconds > 0 ? (context->live_bytes - bytes) / seconds : 0;
}

static void
measure_growth (MemsnoopHeapGatherer *self, MemsnoopHeapContext *context, guint64 now)
{
  Growth *growth = g_hash_table_lookup (self->growth, GUINT_TO_POINTER (context->number));

  if (growth == NULL)
    {
      growth = g_new (Growth, 1);
      *growth = begin_growth (self, context, now);
      g_hash_table_insert (self->growth, GUINT_TO_POINTER (context->number), growth);
    }
  context->growth_rate = rate_since (growth->time, growth->bytes, context, now);
  context->mean_growth_rate = rate_since (growth->first_time, growth->first_bytes, context, now);
  if (now - growth->newer_time < GROWTH_PERIOD)
    return;
  growth->time = growth->newer_time;
  growth->bytes = growth->newer_bytes;
  growth->newer_time = now;
  growth->newer_bytes = context->live_bytes;
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
G_STATIC_ASSERT (MEMSNOOP_HEAP_RECENT == MEMSNOOP_HEAP_RECENT_SIZES);

static guint64
last_time (const GArray *history)
{
  return history->len > 0 ? g_array_index (history, MemsnoopHistoryPoint, history->len - 1).time
                          : 0;
}

/* The last point is of the snapshot itself. */
static void
describe_history (MemsnoopHeapTracer *tracer, MemsnoopHeapSnapshot *snapshot)
{
  g_array_unref (snapshot->history);
  snapshot->history = memsnoop_heap_tracer_get_history (tracer);
  if (snapshot->exited_at == 0 && last_time (snapshot->history) < snapshot->taken_at)
    memsnoop_history_add (snapshot->history, snapshot->taken_at, snapshot->current_bytes);
}

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
  memcpy (snapshot->recent_sizes, totals.recent_sizes, sizeof snapshot->recent_sizes);
  snapshot->n_recent_sizes = totals.n_recent_sizes;
  snapshot->last_thread = totals.last_thread;
  if (snapshot->source == MEMSNOOP_STACK_SOURCE_GROWTH)
    describe_growth (&totals, snapshot);
  else
    describe_blocks (&totals, snapshot);
  snapshot->map_bytes = memsnoop_heap_tracer_get_maps (tracer)->bytes;
  describe_history (tracer, snapshot);
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
  g_autofree gchar *comm = memsnoop_process_identity_read_comm (self->identity, NULL);

  /* Another program has another, and any may change its own. */
  if (comm != NULL)
    {
      g_free (self->comm);
      self->comm = memsnoop_printable_text (comm);
    }
  snapshot->pid = self->identity->pid;
  snapshot->uid = self->identity->real_uid;
  snapshot->start_time = self->identity->start_time;
  snapshot->comm = g_strdup (self->comm);
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
  self->last_run = 0;
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
  guint64 now = memsnoop_boot_time ();

  note_program (self, memsnoop_heap_tracer_get_maps (tracer)->process->program);
  for (guint i = 0; i < contexts->len; i++)
    measure_growth (self, &g_array_index (contexts, MemsnoopHeapContext, i), now);
  self->last_run = now;
  snapshot->source = memsnoop_heap_tracer_get_source (tracer);
  describe_process (self, snapshot);
  describe_totals (self, tracer, snapshot);
  describe_cost (self, tracer, snapshot);
  memsnoop_heap_stacks_describe (stacks, contexts, snapshot);
  return snapshot;
}
