/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "watch-keeper.h"

#include "watch-state.h"

/* After the start, and from then on: what a crash may cost. */
#define FIRST_SECONDS 60
#define SECONDS 600

struct _MemsnoopWatchKeeper
{
  MemsnoopWatch *watch;
  gchar *folder;
  guint timer;
  /* Of the save that is under way. */
  GCancellable *cancellable;
};

static gboolean on_timer (gpointer user_data);

static void
schedule (MemsnoopWatchKeeper *self, guint seconds)
{
  self->timer = g_timeout_add_seconds (seconds, on_timer, self);
}

static void
saved (GObject *source, GAsyncResult *result, gpointer user_data)
{
  MemsnoopWatchKeeper *self = user_data;
  g_autoptr (GError) error = NULL;

  memsnoop_watch_state_save_finish (result, &error);
  /* Then the keeper is there no more. */
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (error != NULL)
    g_warning ("What the watch knows could not be kept: %s", error->message);
  g_clear_object (&self->cancellable);
  schedule (self, SECONDS);
}

static gboolean
on_timer (gpointer user_data)
{
  MemsnoopWatchKeeper *self = user_data;

  self->timer = 0;
  self->cancellable = g_cancellable_new ();
  memsnoop_watch_state_save_async (self->watch, self->folder, self->cancellable, saved, self);
  return G_SOURCE_REMOVE;
}

MemsnoopWatchKeeper *
memsnoop_watch_keeper_new (MemsnoopWatch *watch, const gchar *folder)
{
  MemsnoopWatchKeeper *self = g_new0 (MemsnoopWatchKeeper, 1);

  self->watch = g_object_ref (watch);
  self->folder = g_strdup (folder);
  if (folder != NULL)
    {
      memsnoop_watch_state_restore (watch, folder);
      schedule (self, FIRST_SECONDS);
    }
  memsnoop_watch_start (watch);
  return self;
}

void
memsnoop_watch_keeper_end (MemsnoopWatchKeeper *self)
{
  g_autoptr (GError) error = NULL;

  g_clear_handle_id (&self->timer, g_source_remove);
  memsnoop_watch_stop (self->watch);
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  if (self->folder != NULL && !memsnoop_watch_state_save (self->watch, self->folder, &error))
    g_warning ("What the watch knows could not be kept: %s", error->message);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->watch);
  g_free (self->folder);
  g_free (self);
}
