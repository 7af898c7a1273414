/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "process-families.h"

#include "error.h"

#include <glib-unix.h>

struct _MemsnoopProcessFamilies
{
  /* NULL while nobody listens. */
  MemsnoopFamilyTracer *tracer;
  guint source;
  gboolean starting;
  GQueue joiners;       /* GTask, with the listener: they wait for the start */
  GPtrArray *listeners; /* const MemsnoopFamilyListener */
};

MemsnoopProcessFamilies *
memsnoop_process_families_new (void)
{
  MemsnoopProcessFamilies *self = g_new0 (MemsnoopProcessFamilies, 1);

  g_queue_init (&self->joiners);
  self->listeners = g_ptr_array_new ();
  return self;
}

void
memsnoop_process_families_free (MemsnoopProcessFamilies *self)
{
  g_clear_handle_id (&self->source, g_source_remove);
  g_clear_pointer (&self->tracer, memsnoop_family_tracer_stop);
  g_ptr_array_unref (self->listeners);
  g_free (self);
}

/* A child whose parent left its family just before is nobody's. */
static void
dispatch (const struct memsnoop_family_event *event, gpointer user_data)
{
  MemsnoopProcessFamilies *self = user_data;
  gboolean taken = FALSE;

  for (guint i = 0; i < self->listeners->len; i++)
    {
      const MemsnoopFamilyListener *listener = self->listeners->pdata[i];

      taken |= listener->take_event (event, listener->user_data);
    }
  if (!taken && event->type != MEMSNOOP_FAMILY_EXIT)
    memsnoop_family_tracer_remove (self->tracer, event->pid);
}

static gboolean
on_events (gint descriptor, GIOCondition condition, gpointer user_data)
{
  MemsnoopProcessFamilies *self = user_data;

  memsnoop_family_tracer_read (self->tracer, dispatch, self);
  return G_SOURCE_CONTINUE;
}

static void
start_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GError *error = NULL;
  MemsnoopFamilyTracer *tracer = memsnoop_family_tracer_start (&error);

  if (tracer != NULL)
    g_task_return_pointer (task, tracer, (GDestroyNotify) memsnoop_family_tracer_stop);
  else
    g_task_return_error (task, error);
}

static void
join (MemsnoopProcessFamilies *self, GTask *task)
{
  g_ptr_array_add (self->listeners, g_task_get_task_data (task));
  g_task_return_boolean (task, TRUE);
}

static void
on_started (GObject *source, GAsyncResult *result, gpointer user_data)
{
  MemsnoopProcessFamilies *self = user_data;
  g_autoptr (GError) error = NULL;
  GTask *task;

  self->starting = FALSE;
  self->tracer = g_task_propagate_pointer (G_TASK (result), &error);
  if (self->tracer != NULL)
    self->source = g_unix_fd_add (memsnoop_family_tracer_get_descriptor (self->tracer), G_IO_IN,
                                  on_events, self);
  while ((task = g_queue_pop_head (&self->joiners)) != NULL)
    {
      if (self->tracer != NULL)
        join (self, task);
      else
        g_task_return_error (task, g_error_copy (error));
      g_object_unref (task);
    }
}

static void
start (MemsnoopProcessFamilies *self)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, on_started, self);

  self->starting = TRUE;
  g_task_set_source_tag (task, start);
  g_task_run_in_thread (task, start_in_thread);
}

void
memsnoop_process_families_join_async (MemsnoopProcessFamilies *self,
                                      const MemsnoopFamilyListener *listener,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, user_data);

  g_task_set_source_tag (task, memsnoop_process_families_join_async);
  g_task_set_task_data (task, (gpointer) listener, NULL);
  if (self->tracer != NULL)
    {
      join (self, task);
      return;
    }
  g_queue_push_tail (&self->joiners, g_steal_pointer (&task));
  if (!self->starting)
    start (self);
}

gboolean
memsnoop_process_families_join_finish (MemsnoopProcessFamilies *self,
                                       GAsyncResult *result,
                                       GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
stop_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  memsnoop_family_tracer_stop (data);
  g_task_return_boolean (task, TRUE);
}

void
memsnoop_process_families_leave_async (MemsnoopProcessFamilies *self,
                                       const MemsnoopFamilyListener *listener,
                                       GAsyncReadyCallback callback,
                                       gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, user_data);

  g_task_set_source_tag (task, memsnoop_process_families_leave_async);
  g_ptr_array_remove (self->listeners, (gpointer) listener);
  if (self->listeners->len > 0 || self->tracer == NULL)
    {
      g_task_return_boolean (task, TRUE);
      return;
    }
  g_clear_handle_id (&self->source, g_source_remove);
  g_task_set_task_data (task, g_steal_pointer (&self->tracer), NULL);
  g_task_run_in_thread (task, stop_in_thread);
}

void
memsnoop_process_families_leave_finish (MemsnoopProcessFamilies *self, GAsyncResult *result)
{
  g_task_propagate_boolean (G_TASK (result), NULL);
}

gboolean
memsnoop_process_families_add (MemsnoopProcessFamilies *self,
                               guint32 pid,
                               gboolean follow,
                               GError **error)
{
  if (self->tracer != NULL)
    return memsnoop_family_tracer_add (self->tracer, pid, follow, error);
  g_set_error_literal (error, MEMSNOOP_ERROR, MEMSNOOP_ERROR_FAILED, "No processes are followed");
  return FALSE;
}

void
memsnoop_process_families_remove (MemsnoopProcessFamilies *self, guint32 pid)
{
  for (guint i = 0; i < self->listeners->len; i++)
    {
      const MemsnoopFamilyListener *listener = self->listeners->pdata[i];

      if (listener->contains (pid, listener->user_data))
        return;
    }
  if (self->tracer != NULL)
    memsnoop_family_tracer_remove (self->tracer, pid);
}

guint64
memsnoop_process_families_count_unseen (MemsnoopProcessFamilies *self)
{
  return self->tracer != NULL ? memsnoop_family_tracer_count_unseen (self->tracer) : 0;
}

guint64
memsnoop_process_families_count_lost (MemsnoopProcessFamilies *self)
{
  return self->tracer != NULL ? memsnoop_family_tracer_count_lost (self->tracer) : 0;
}
