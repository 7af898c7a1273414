/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "inherited-probes.h"

/* From a fork on, and from then to the next time. */
#define DELAY_MILLISECONDS 100
#define PAUSE_MILLISECONDS 2000

struct _MemsnoopInheritedProbes
{
  MemsnoopLeaseSet *leases;
  guint timer;
  gint64 done_at; /* g_get_monotonic_time() */
  gboolean stopped;
};

MemsnoopInheritedProbes *
memsnoop_inherited_probes_new (MemsnoopLeaseSet *leases)
{
  MemsnoopInheritedProbes *self = g_new0 (MemsnoopInheritedProbes, 1);

  self->leases = leases;
  self->done_at = g_get_monotonic_time () - PAUSE_MILLISECONDS * (gint64) 1000;
  return self;
}

void
memsnoop_inherited_probes_free (MemsnoopInheritedProbes *self)
{
  g_clear_handle_id (&self->timer, g_source_remove);
  g_free (self);
}

static void
note_fork (gpointer recording, gpointer user_data)
{
  memsnoop_heap_recording_note_fork (recording);
}

static gboolean
on_due (gpointer user_data)
{
  MemsnoopInheritedProbes *self = user_data;

  self->timer = 0;
  self->done_at = g_get_monotonic_time ();
  memsnoop_lease_set_foreach_heap (self->leases, note_fork, NULL);
  return G_SOURCE_REMOVE;
}

void
memsnoop_inherited_probes_remove_soon (MemsnoopInheritedProbes *self)
{
  gint64 since = (g_get_monotonic_time () - self->done_at) / 1000;

  if (self->timer == 0 && !self->stopped)
    self->timer =
        g_timeout_add ((guint) MAX (PAUSE_MILLISECONDS - since, DELAY_MILLISECONDS), on_due, self);
}

void
memsnoop_inherited_probes_stop (MemsnoopInheritedProbes *self)
{
  self->stopped = TRUE;
  g_clear_handle_id (&self->timer, g_source_remove);
}
