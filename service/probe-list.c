/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "probe-list.h"

struct _MemsnoopProbeList
{
  GMutex mutex;
  GPtrArray *details; /* MemsnoopProbeDetail */
};

MemsnoopProbeDetail *
memsnoop_probe_detail_new (void)
{
  return g_atomic_rc_box_new0 (MemsnoopProbeDetail);
}

static void
clear_detail (gpointer data)
{
  MemsnoopProbeDetail *detail = data;

  g_free (detail->functions);
  g_free (detail->module);
  g_free (detail->placement);
}

void
memsnoop_probe_detail_unref (MemsnoopProbeDetail *self)
{
  g_atomic_rc_box_release_full (self, clear_detail);
}

static GPtrArray *
new_details (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) memsnoop_probe_detail_unref);
}

MemsnoopProbeList *
memsnoop_probe_list_new (void)
{
  MemsnoopProbeList *self = g_new0 (MemsnoopProbeList, 1);

  g_mutex_init (&self->mutex);
  self->details = new_details ();
  return self;
}

void
memsnoop_probe_list_free (MemsnoopProbeList *self)
{
  g_ptr_array_unref (self->details);
  g_mutex_clear (&self->mutex);
  g_free (self);
}

static void
add_all (GPtrArray *to, const GPtrArray *from)
{
  for (guint i = 0; i < from->len; i++)
    g_ptr_array_add (to, g_atomic_rc_box_acquire (from->pdata[i]));
}

void
memsnoop_probe_list_add (MemsnoopProbeList *self, const GPtrArray *details)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);

  add_all (self->details, details);
}

GPtrArray *
memsnoop_probe_list_copy (MemsnoopProbeList *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);
  GPtrArray *copy = new_details ();

  add_all (copy, self->details);
  return copy;
}

void
memsnoop_probe_list_count (MemsnoopProbeList *self, guint *n, guint *n_fast)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);

  *n = self->details->len;
  *n_fast = 0;
  for (guint i = 0; i < self->details->len; i++)
    {
      const MemsnoopProbeDetail *detail = self->details->pdata[i];

      *n_fast += detail->fast && detail->n_returns == 0;
    }
}
