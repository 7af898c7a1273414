/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fake-tracer.h"

#include <time.h>

struct _MemsnoopFakeTracer
{
  MemsnoopTracer parent_instance;

  GMutex lock;
  gchar *missing;
  gchar *failure;
  gulong start_delay;
  gulong stop_delay;
  gulong gather_delay;
  GArray *processes;
  MemsnoopTracerTotals totals;

  gboolean started;
  guint n_starts;
  guint n_stops;
  guint n_gathers;
  guint n_epochs;
  guint64 map_memory;
};

G_DEFINE_FINAL_TYPE (MemsnoopFakeTracer, memsnoop_fake_tracer, MEMSNOOP_TYPE_TRACER)

static guint64
boot_time_now (void)
{
  struct timespec now;

  clock_gettime (CLOCK_BOOTTIME, &now);
  return (guint64) now.tv_sec * 1000000000 + (guint64) now.tv_nsec;
}

static gboolean
fake_probe (MemsnoopTracer *tracer, gchar **reason)
{
  MemsnoopFakeTracer *self = MEMSNOOP_FAKE_TRACER (tracer);

  if (self->missing == NULL)
    return TRUE;
  *reason = g_strdup (self->missing);
  return FALSE;
}

static gboolean
fake_start (MemsnoopTracer *tracer, guint64 map_memory, GError **error)
{
  MemsnoopFakeTracer *self = MEMSNOOP_FAKE_TRACER (tracer);
  g_autoptr (GMutexLocker) locker = NULL;

  g_usleep (self->start_delay);
  locker = g_mutex_locker_new (&self->lock);
  g_assert_false (self->started);
  if (self->failure != NULL)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, self->failure);
      return FALSE;
    }
  self->started = TRUE;
  self->n_starts++;
  self->map_memory = map_memory;
  self->totals.since = boot_time_now ();
  self->totals.map_bytes = map_memory;
  return TRUE;
}

static void
fake_stop (MemsnoopTracer *tracer)
{
  MemsnoopFakeTracer *self = MEMSNOOP_FAKE_TRACER (tracer);
  g_autoptr (GMutexLocker) locker = NULL;

  g_usleep (self->stop_delay);
  locker = g_mutex_locker_new (&self->lock);
  g_assert_true (self->started);
  self->started = FALSE;
  self->n_stops++;
}

static void
fake_advance_epoch (MemsnoopTracer *tracer)
{
  MemsnoopFakeTracer *self = MEMSNOOP_FAKE_TRACER (tracer);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  g_assert_true (self->started);
  self->n_epochs++;
}

static void
fake_make_room (MemsnoopTracer *tracer)
{
  g_assert_true (MEMSNOOP_FAKE_TRACER (tracer)->started);
}

static gboolean
fake_lookup (MemsnoopTracer *tracer, guint32 pid, MemsnoopProcessFigures *figures)
{
  MemsnoopFakeTracer *self = MEMSNOOP_FAKE_TRACER (tracer);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  g_assert_true (self->started);
  for (guint i = 0; i < self->processes->len; i++)
    if (g_array_index (self->processes, MemsnoopProcessFigures, i).pid == pid)
      {
        *figures = g_array_index (self->processes, MemsnoopProcessFigures, i);
        return TRUE;
      }
  return FALSE;
}

static void
fake_foreach (MemsnoopTracer *tracer, MemsnoopFiguresFunction function, gpointer user_data)
{
  MemsnoopFakeTracer *self = MEMSNOOP_FAKE_TRACER (tracer);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  g_assert_true (self->started);
  for (guint i = 0; i < self->processes->len; i++)
    function (&g_array_index (self->processes, MemsnoopProcessFigures, i), user_data);
}

static void
add_to_snapshot (MemsnoopSnapshot *snapshot, const MemsnoopProcessFigures *figures)
{
  MemsnoopSite site = { .frame = "fake_allocation+0x10",
                        .cache = "fake-cache",
                        .bytes = figures->current_bytes,
                        .count = 1 };
  MemsnoopProcessSnapshot process = { .figures = *figures };

  process.sites = g_memdup2 (&site, sizeof site);
  process.n_sites = 1;
  g_array_append_val (snapshot->processes, process);
  g_array_append_val (snapshot->sites, site);
}

static MemsnoopSnapshot *
fake_gather (MemsnoopTracer *tracer)
{
  MemsnoopFakeTracer *self = MEMSNOOP_FAKE_TRACER (tracer);
  MemsnoopSnapshot *snapshot = memsnoop_snapshot_new ();
  g_autoptr (GMutexLocker) locker = NULL;

  g_usleep (self->gather_delay);
  locker = g_mutex_locker_new (&self->lock);
  g_assert_true (self->started);
  self->n_gathers++;
  snapshot->taken_at = boot_time_now ();
  snapshot->totals = self->totals;
  for (guint i = 0; i < self->processes->len; i++)
    add_to_snapshot (snapshot, &g_array_index (self->processes, MemsnoopProcessFigures, i));
  return snapshot;
}

static void
fake_get_totals (MemsnoopTracer *tracer, MemsnoopTracerTotals *totals)
{
  MemsnoopFakeTracer *self = MEMSNOOP_FAKE_TRACER (tracer);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  g_assert_true (self->started);
  *totals = self->totals;
}

static void
memsnoop_fake_tracer_finalize (GObject *object)
{
  MemsnoopFakeTracer *self = MEMSNOOP_FAKE_TRACER (object);

  g_free (self->missing);
  g_free (self->failure);
  g_array_unref (self->processes);
  g_mutex_clear (&self->lock);
  G_OBJECT_CLASS (memsnoop_fake_tracer_parent_class)->finalize (object);
}

static void
memsnoop_fake_tracer_class_init (MemsnoopFakeTracerClass *class)
{
  MemsnoopTracerClass *tracer_class = MEMSNOOP_TRACER_CLASS (class);

  G_OBJECT_CLASS (class)->finalize = memsnoop_fake_tracer_finalize;
  tracer_class->probe = fake_probe;
  tracer_class->start = fake_start;
  tracer_class->stop = fake_stop;
  tracer_class->advance_epoch = fake_advance_epoch;
  tracer_class->make_room = fake_make_room;
  tracer_class->lookup = fake_lookup;
  tracer_class->foreach = fake_foreach;
  tracer_class->gather = fake_gather;
  tracer_class->get_totals = fake_get_totals;
}

static void
memsnoop_fake_tracer_init (MemsnoopFakeTracer *self)
{
  g_mutex_init (&self->lock);
  self->processes = g_array_new (FALSE, FALSE, sizeof (MemsnoopProcessFigures));
}

MemsnoopFakeTracer *
memsnoop_fake_tracer_new (void)
{
  return g_object_new (MEMSNOOP_TYPE_FAKE_TRACER, NULL);
}

void
memsnoop_fake_tracer_set_missing (MemsnoopFakeTracer *self, const gchar *reason)
{
  g_free (self->missing);
  self->missing = g_strdup (reason);
}

void
memsnoop_fake_tracer_set_failure (MemsnoopFakeTracer *self, const gchar *message)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  g_free (self->failure);
  self->failure = g_strdup (message);
}

void
memsnoop_fake_tracer_set_delay (MemsnoopFakeTracer *self, gulong start, gulong stop, gulong gather)
{
  self->start_delay = start;
  self->stop_delay = stop;
  self->gather_delay = gather;
}

void
memsnoop_fake_tracer_set_process (MemsnoopFakeTracer *self, const MemsnoopProcessFigures *figures)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  for (guint i = 0; i < self->processes->len; i++)
    {
      MemsnoopProcessFigures *known = &g_array_index (self->processes, MemsnoopProcessFigures, i);

      if (known->pid == figures->pid && known->start_time == figures->start_time)
        {
          *known = *figures;
          return;
        }
    }
  g_array_append_val (self->processes, *figures);
}

void
memsnoop_fake_tracer_set_totals (MemsnoopFakeTracer *self, const MemsnoopTracerTotals *totals)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  self->totals = *totals;
}

gboolean
memsnoop_fake_tracer_is_started (MemsnoopFakeTracer *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return self->started;
}

guint
memsnoop_fake_tracer_count_starts (MemsnoopFakeTracer *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return self->n_starts;
}

guint
memsnoop_fake_tracer_count_stops (MemsnoopFakeTracer *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return self->n_stops;
}

guint
memsnoop_fake_tracer_count_gathers (MemsnoopFakeTracer *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return self->n_gathers;
}

guint
memsnoop_fake_tracer_count_epochs (MemsnoopFakeTracer *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return self->n_epochs;
}

guint64
memsnoop_fake_tracer_get_map_memory (MemsnoopFakeTracer *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return self->map_memory;
}
