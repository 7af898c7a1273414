/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "heap-tracer.h"

#include "boot-time.h"
#include "error.h"
#include "history.h"
#include "growth-maps.h"
#include "snapshot.h"

#include <errno.h>
#include <string.h>

/* The last minute, and the epoch that is not over. */
#define CHURN_EPOCHS (60 * MEMSNOOP_SECOND / MEMSNOOP_AGE_UNIT + 1)

G_STATIC_ASSERT (CHURN_EPOCHS < MEMSNOOP_HEAP_EPOCH_RING);

struct _MemsnoopHeapTracer
{
  MemsnoopHeapMaps *maps;
  struct ring_buffer *captures;
  MemsnoopHeapCaptureFunction function; /* NULL but while captures are read */
  gpointer user_data;
  int n_read;
  GMutex lock;
  GArray *history; /* of the program @history_of */
  guint32 history_of;
};

static gboolean
is_whole (const struct memsnoop_heap_capture *capture, size_t size)
{
  return size >= sizeof *capture && capture->room <= MEMSNOOP_WALK_DEPTH_MAX &&
         capture->depth <= capture->room &&
         size - sizeof *capture >= capture->room * sizeof (guint64) &&
         size - sizeof *capture - capture->room * sizeof (guint64) >= capture->stack_bytes;
}

static int
take_capture (void *context, void *data, size_t size)
{
  MemsnoopHeapTracer *self = context;
  const struct memsnoop_heap_capture *capture = data;

  if (is_whole (capture, size))
    self->function (capture, self->user_data);
  return ++self->n_read < MEMSNOOP_HEAP_TRACER_CAPTURES ? 0 : -ENOBUFS;
}

/* @maps: (transfer full) (nullable) */
static MemsnoopHeapTracer *
tracer_new (MemsnoopHeapMaps *maps, GError **error)
{
  g_autoptr (MemsnoopHeapTracer) self = NULL;

  if (maps == NULL)
    return NULL;
  self = g_new0 (MemsnoopHeapTracer, 1);
  self->maps = maps;
  g_mutex_init (&self->lock);
  self->history = memsnoop_history_new ();
  self->captures = ring_buffer__new (memsnoop_heap_maps_captures (maps), take_capture, self, NULL);
  if (self->captures != NULL)
    return g_steal_pointer (&self);
  memsnoop_error_set_errno (error, errno, "Cannot open the ring buffer of captures");
  return NULL;
}

MemsnoopHeapTracer *
memsnoop_heap_tracer_start (MemsnoopUprobeSupport support,
                            guint32 pid,
                            const MemsnoopHeapProbe *probes,
                            gsize n_probes,
                            guint64 sample_interval,
                            guint64 map_memory,
                            GError **error)
{
  return tracer_new (
      memsnoop_heap_maps_load (support, pid, probes, n_probes, sample_interval, map_memory, error),
      error);
}

MemsnoopHeapTracer *
memsnoop_heap_tracer_start_growth (guint32 pid, guint64 map_memory, GError **error)
{
  return tracer_new (memsnoop_growth_maps_load (pid, map_memory, error), error);
}

void
memsnoop_heap_tracer_stop (MemsnoopHeapTracer *self)
{
  if (self == NULL)
    return;
  ring_buffer__free (self->captures);
  memsnoop_heap_maps_free (self->maps);
  g_array_unref (self->history);
  g_mutex_clear (&self->lock);
  g_free (self);
}

void
memsnoop_heap_tracer_detach (MemsnoopHeapTracer *self)
{
  if (self->maps->growth != NULL)
    {
      memsnoop_growth_maps_detach (self->maps);
      return;
    }
  /* No block begins from here on: the kernel takes out the probes one after the other, and frees
   * would be missing first. */
  __atomic_store_n (&self->maps->process->paused, MEMSNOOP_HEAP_ENDING, __ATOMIC_RELEASE);
  memsnoop_heap_attachment_end (self->maps->attachment);
}

MemsnoopStackSource
memsnoop_heap_tracer_get_source (MemsnoopHeapTracer *self)
{
  return self->maps->growth != NULL ? MEMSNOOP_STACK_SOURCE_GROWTH : MEMSNOOP_STACK_SOURCE_HEAP;
}

static guint64
read_number (const __u64 *number)
{
  return __atomic_load_n (number, __ATOMIC_RELAXED);
}

static guint64
round_count (guint64 parts)
{
  return (parts + MEMSNOOP_HEAP_COUNT_ONE / 2) / MEMSNOOP_HEAP_COUNT_ONE;
}

static void
add_totals (MemsnoopHeapTotals *sum, const struct memsnoop_heap_totals *part)
{
  sum->alloc_count += read_number (&part->alloc_count);
  sum->alloc_bytes += read_number (&part->alloc_bytes);
  sum->free_count += read_number (&part->free_count);
  sum->free_bytes += read_number (&part->free_bytes);
  sum->map_count += read_number (&part->map_count);
  sum->map_bytes += read_number (&part->map_bytes);
  sum->unmap_count += read_number (&part->unmap_count);
  sum->unmap_bytes += read_number (&part->unmap_bytes);
  for (guint i = 0; i < MEMSNOOP_HEAP_COUNTERS; i++)
    sum->counters[i] += read_number (&part->counters[i]);
  for (guint i = 0; i < MEMSNOOP_HEAP_SIZE_CLASSES; i++)
    sum->size_histogram[i] += read_number (&part->size_histogram[i]);
}

static void
round_counts (MemsnoopHeapTotals *totals)
{
  totals->alloc_count = round_count (totals->alloc_count);
  totals->free_count = round_count (totals->free_count);
  totals->map_count = round_count (totals->map_count);
  totals->unmap_count = round_count (totals->unmap_count);
  for (guint i = 0; i < MEMSNOOP_HEAP_SIZE_CLASSES; i++)
    totals->size_histogram[i] = round_count (totals->size_histogram[i]);
}

static gdouble
churn_of (const MemsnoopHeapMaps *maps)
{
  guint64 allocated = 0, freed = 0;
  guint32 epoch = maps->process->epoch;

  for (guint i = 0; i < CHURN_EPOCHS && i <= epoch; i++)
    for (gsize cpu = 0; cpu < maps->n_cpus; cpu++)
      {
        guint slot = (epoch - i) % MEMSNOOP_HEAP_EPOCH_RING;

        allocated += read_number (&maps->totals[cpu].epoch_allocated[slot]);
        freed += read_number (&maps->totals[cpu].epoch_freed[slot]);
      }
  return allocated == 0 ? 0 : MIN (1.0, (gdouble) freed / (gdouble) allocated);
}

static guint64
current_bytes (const MemsnoopHeapMaps *maps)
{
  gint64 current = __atomic_load_n (&maps->process->current_bytes, __ATOMIC_RELAXED);

  return (guint64) MAX (current, 0);
}

/* Others write them meanwhile. */
static void
read_recent_sizes (const MemsnoopHeapMaps *maps, MemsnoopHeapTotals *totals)
{
  guint32 next = __atomic_load_n (&maps->process->recent_sizes, __ATOMIC_RELAXED);
  guint n = MIN (next, MEMSNOOP_HEAP_RECENT_SIZES);

  for (guint i = 0; i < n; i++)
    totals->recent_sizes[i] =
        read_number (&maps->recent->sizes[(next - n + i) % MEMSNOOP_HEAP_RECENT_SIZES]);
  totals->n_recent_sizes = n;
}

void
memsnoop_heap_tracer_get_totals (MemsnoopHeapTracer *self, MemsnoopHeapTotals *totals)
{
  const struct memsnoop_heap_process *process = self->maps->process;

  memset (totals, 0, sizeof *totals);
  for (gsize i = 0; i < self->maps->n_cpus; i++)
    add_totals (totals, &self->maps->totals[i]);
  round_counts (totals);
  totals->churn = churn_of (self->maps);
  read_recent_sizes (self->maps, totals);
  totals->current_bytes = current_bytes (self->maps);
  totals->peak_bytes = read_number (&process->peak_bytes);
  totals->program = process->program;
  totals->last_thread = process->last_thread;
  totals->since = process->executed_at != 0 ? process->executed_at : self->maps->since;
  totals->exited_at = process->exited_at;
  totals->depth = __atomic_load_n (&process->depth, __ATOMIC_RELAXED);
  totals->depth_wanted = process->depth_wanted;
  totals->rules_refused = self->maps->rules.refused;
  if (self->maps->attachment != NULL)
    totals->paused =
        memsnoop_heap_attachment_get_paused (self->maps->attachment, &totals->frees_missed);
  totals->recursion_misses = memsnoop_heap_maps_recursion_misses (self->maps);
}

GArray *
memsnoop_heap_tracer_get_contexts (MemsnoopHeapTracer *self, gboolean with_blocks)
{
  return memsnoop_heap_contexts_read (self->maps, with_blocks);
}

static void
note_live_bytes (MemsnoopHeapTracer *self)
{
  g_mutex_lock (&self->lock);
  if (self->history_of != self->maps->process->program)
    g_array_set_size (self->history, 0);
  self->history_of = self->maps->process->program;
  if (self->maps->process->exited_at == 0)
    memsnoop_history_add (self->history, memsnoop_boot_time (), current_bytes (self->maps));
  g_mutex_unlock (&self->lock);
}

GArray *
memsnoop_heap_tracer_get_history (MemsnoopHeapTracer *self)
{
  GArray *copy;

  g_mutex_lock (&self->lock);
  copy = g_array_copy (self->history);
  if (self->history_of != self->maps->process->program)
    g_array_set_size (copy, 0);
  g_mutex_unlock (&self->lock);
  return copy;
}

void
memsnoop_heap_tracer_advance_epoch (MemsnoopHeapTracer *self)
{
  guint32 next = self->maps->process->epoch + 1, slot = next % MEMSNOOP_HEAP_EPOCH_RING;

  for (gsize i = 0; i < self->maps->n_cpus; i++)
    {
      __atomic_store_n (&self->maps->totals[i].epoch_allocated[slot], 0, __ATOMIC_RELAXED);
      __atomic_store_n (&self->maps->totals[i].epoch_freed[slot], 0, __ATOMIC_RELAXED);
    }
  __atomic_store_n (&self->maps->process->epoch, next, __ATOMIC_RELAXED);
  note_live_bytes (self);
}

guint64
memsnoop_heap_tracer_get_interval (MemsnoopHeapTracer *self)
{
  return self->maps->sample_interval
         << __atomic_load_n (&self->maps->process->interval_shift, __ATOMIC_RELAXED);
}

gboolean
memsnoop_heap_tracer_pause (MemsnoopHeapTracer *self, MemsnoopHeapPause pause, GError **error)
{
  return memsnoop_heap_maps_pause (self->maps, pause, error);
}

void
memsnoop_heap_tracer_get_cost (MemsnoopHeapTracer *self, MemsnoopHeapCost *cost)
{
  memset (cost, 0, sizeof *cost);
  for (gsize i = 0; self->maps->costs != NULL && i < self->maps->n_cpus; i++)
    {
      const struct memsnoop_heap_cost *part = &self->maps->costs[i];

      for (guint hit = 0; hit < MEMSNOOP_HEAP_HITS; hit++)
        cost->hits[hit] += read_number (&part->hits[hit]);
      cost->timed_runs += read_number (&part->timed_runs);
      cost->timed_nanoseconds += read_number (&part->timed_nanoseconds);
    }
}

void
memsnoop_heap_tracer_get_run_cost (MemsnoopHeapTracer *self, MemsnoopRunCost *cost)
{
  memsnoop_growth_maps_read_run_cost (self->maps, cost);
}

guint64
memsnoop_heap_tracer_raise_interval (MemsnoopHeapTracer *self)
{
  guint32 shift = self->maps->process->interval_shift + 1;
  guint64 interval = self->maps->sample_interval << shift;

  if (interval == 0 || shift > MEMSNOOP_HEAP_MOST_SHIFT || interval > MEMSNOOP_HEAP_INTERVAL_MAX)
    return 0;
  __atomic_store_n (&self->maps->process->interval_shift, shift, __ATOMIC_RELAXED);
  return interval;
}

int
memsnoop_heap_tracer_get_descriptor (MemsnoopHeapTracer *self)
{
  return ring_buffer__epoll_fd (self->captures);
}

int
memsnoop_heap_tracer_read_captures (MemsnoopHeapTracer *self,
                                    MemsnoopHeapCaptureFunction function,
                                    gpointer user_data)
{
  int result;

  self->function = function;
  self->user_data = user_data;
  self->n_read = 0;
  result = ring_buffer__consume (self->captures);
  /* As many as may be at once: the last of them ended it. */
  return self->n_read >= MEMSNOOP_HEAP_TRACER_CAPTURES ? self->n_read : result;
}

gboolean
memsnoop_heap_tracer_add_probes (MemsnoopHeapTracer *self,
                                 const MemsnoopHeapProbe *probes,
                                 gsize n_probes,
                                 GError **error)
{
  return memsnoop_heap_attachment_add (self->maps->attachment, probes, n_probes, error);
}

void
memsnoop_heap_tracer_set_depth (MemsnoopHeapTracer *self, guint depth)
{
  struct memsnoop_heap_process *process = self->maps->process;

  __atomic_store_n (&process->depth_wanted, depth, __ATOMIC_RELAXED);
  __atomic_store_n (&process->depth, depth, __ATOMIC_RELAXED);
}

MemsnoopHeapMaps *
memsnoop_heap_tracer_get_maps (MemsnoopHeapTracer *self)
{
  return self->maps;
}
