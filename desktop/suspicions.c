/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "suspicions.h"

#include "dictionary.h"

/* Listing */

void
memsnoop_suspicions_list_async (MemsnoopService *service,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data)
{
  memsnoop_service_call (service, "ListSuspects", NULL, "(aa{sv})", FALSE, -1, cancellable,
                         callback, user_data);
}

GVariant *
memsnoop_suspicions_list_finish (MemsnoopService *service, GAsyncResult *result, GError **error)
{
  g_autoptr (GVariant) reply = memsnoop_service_call_finish (service, result, error);

  return reply != NULL ? g_variant_get_child_value (reply, 0) : NULL;
}

static void
read_row (GVariant *row, MemsnoopSuspicionFunc func, gpointer user_data, GHashTable *ids)
{
  g_autofree gchar *comm = memsnoop_dictionary_lookup_string (row, "comm");
  guint64 id, pid;

  if (!memsnoop_dictionary_lookup_number (row, "id", &id) ||
      !memsnoop_dictionary_lookup_number (row, "pid", &pid) || pid == 0 || pid > G_MAXINT32)
    return;
  g_hash_table_add (ids, g_memdup2 (&id, sizeof id));
  func (id, (guint32) pid, comm, row, user_data);
}

GHashTable *
memsnoop_suspicions_read (GVariant *rows, MemsnoopSuspicionFunc func, gpointer user_data)
{
  GHashTable *ids = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  GVariantIter iterator;
  GVariant *row;

  g_variant_iter_init (&iterator, rows);
  while ((row = g_variant_iter_next_value (&iterator)) != NULL)
    {
      read_row (row, func, user_data, ids);
      g_variant_unref (row);
    }
  return ids;
}

gboolean
memsnoop_suspicion_identify (GVariant *evidence, guint64 *id, gboolean *cleared)
{
  g_autofree gchar *state = memsnoop_dictionary_lookup_string (evidence, "state");

  *cleared = g_strcmp0 (state, "cleared") == 0;
  return memsnoop_dictionary_lookup_number (evidence, "id", id);
}

/* Ignoring */

static void
on_ignored (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  g_autoptr (GVariant) reply =
      memsnoop_service_call_finish (MEMSNOOP_SERVICE (source), result, &error);

  if (reply == NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, g_strdup (g_task_get_task_data (task)), g_free);
}

/* @executable: (transfer full). */
static void
ignore (GTask *task, gchar *executable)
{
  g_task_set_task_data (task, executable, g_free);
  memsnoop_service_call (g_task_get_source_object (task), "Ignore",
                         g_variant_new ("(s)", executable), "()", TRUE, -1,
                         g_task_get_cancellable (task), on_ignored, g_object_ref (task));
}

static void
on_suspect (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  g_autoptr (GVariant) reply =
      memsnoop_service_call_finish (MEMSNOOP_SERVICE (source), result, &error);
  g_autoptr (GVariant) suspect = NULL;
  gchar *executable;

  if (reply == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  suspect = g_variant_get_child_value (reply, 0);
  executable = memsnoop_dictionary_lookup_string (suspect, "exe");
  /* The service says what is wrong with none. */
  ignore (task, executable != NULL ? executable : g_strdup (""));
}

void
memsnoop_suspicion_ignore_async (MemsnoopService *service,
                                 guint64 id,
                                 const gchar *executable,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (service, cancellable, callback, user_data);

  g_task_set_source_tag (task, memsnoop_suspicion_ignore_async);
  if (executable != NULL)
    ignore (task, g_strdup (executable));
  else
    memsnoop_service_call (service, "GetSuspect", g_variant_new ("(t)", id), "(a{sv})", TRUE, -1,
                           cancellable, on_suspect, g_steal_pointer (&task));
}

gchar *
memsnoop_suspicion_ignore_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
