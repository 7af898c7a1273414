/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "process-list.h"

#include "process-rows.h"

#define SHORTEST_INTERVAL 1.0

struct _MemsnoopProcessList
{
  GObject parent_instance;

  MemsnoopService *service;
  GListStore *items;
  GHashTable *by_pid; /* of pids to items, which the store owns */
  GCancellable *cancellable;
  guint timer;
  guint left_out;
  gboolean running;
  gboolean reading;
  /* The service is too old to know columns, which take far less time to read. */
  gboolean by_rows;
};

static guint updated_signal;
static guint failed_signal;

G_DEFINE_FINAL_TYPE (MemsnoopProcessList, memsnoop_process_list, G_TYPE_OBJECT)

/* Finds the item of each row, or makes one. */
static void
find_items (MemsnoopProcessList *self,
            MemsnoopProcessRows *rows,
            GHashTable *seen,
            GPtrArray *added)
{
  for (guint i = 0; i < rows->rows->len; i++)
    {
      MemsnoopProcessRow *row = &g_array_index (rows->rows, MemsnoopProcessRow, i);
      gpointer key = GUINT_TO_POINTER ((guint32) row->pid);

      if (row->pid == 0 || row->pid > G_MAXINT32)
        continue;
      row->item = g_hash_table_lookup (self->by_pid, key);
      if (row->item == NULL || memsnoop_process_item_get_start_time (row->item) != row->start_time)
        {
          row->item = memsnoop_process_item_new ((guint32) row->pid, row->start_time);
          g_ptr_array_add (added, row->item);
          g_hash_table_insert (self->by_pid, key, row->item);
        }
      g_hash_table_add (seen, row->item);
    }
}

static void
set_figures (MemsnoopProcessRows *rows)
{
  for (guint i = 0; i < rows->rows->len; i++)
    {
      const MemsnoopProcessRow *row = &g_array_index (rows->rows, MemsnoopProcessRow, i);

      if (row->item != NULL)
        memsnoop_process_item_set (row->item, row->comm != NULL ? row->comm : "",
                                   (guint32) MIN (row->uid, MEMSNOOP_PROCESS_NO_USER),
                                   &row->figures);
    }
}

/* Rows beside each other go in one step, since each step makes the view look at all that is behind.
 */
static void
remove_unseen (MemsnoopProcessList *self, GHashTable *seen, guint n_added)
{
  guint end = g_list_model_get_n_items (G_LIST_MODEL (self->items));
  guint run = 0;

  if (g_hash_table_size (seen) == end + n_added)
    return;
  for (guint i = end; i > 0; i--)
    {
      g_autoptr (MemsnoopProcessItem) item =
          g_list_model_get_item (G_LIST_MODEL (self->items), i - 1);
      gpointer key = GUINT_TO_POINTER (memsnoop_process_item_get_pid (item));
      gboolean gone = !g_hash_table_contains (seen, item);

      if (gone && g_hash_table_lookup (self->by_pid, key) == item)
        g_hash_table_remove (self->by_pid, key);
      if (gone)
        run++;
      if (run > 0 && (!gone || i == 1))
        {
          g_list_store_splice (self->items, gone ? i - 1 : i, run, NULL, 0);
          run = 0;
        }
    }
}

/* What is shown of them follows when all is as it is now: "updated". */
static void
take (MemsnoopProcessList *self, MemsnoopProcessRows *rows)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  g_autoptr (GPtrArray) added = g_ptr_array_new_with_free_func (g_object_unref);

  self->left_out = rows->left_out;
  find_items (self, rows, seen, added);
  remove_unseen (self, seen, added->len);
  set_figures (rows);
  if (added->len > 0)
    g_list_store_splice (self->items, g_list_model_get_n_items (G_LIST_MODEL (self->items)), 0,
                         added->pdata, added->len);
  g_signal_emit (self, updated_signal, 0);
}

void
memsnoop_process_list_take (MemsnoopProcessList *self, GVariant *rows)
{
  g_autoptr (MemsnoopProcessRows) read =
      memsnoop_process_rows_read (rows, MEMSNOOP_PROCESS_LIST_MAX);

  take (self, read);
}

void
memsnoop_process_list_take_columns (MemsnoopProcessList *self, GVariant *columns)
{
  g_autoptr (MemsnoopProcessRows) read =
      memsnoop_process_rows_read_columns (columns, MEMSNOOP_PROCESS_LIST_MAX);

  take (self, read);
}

/* Asking for them */

static void read_list (MemsnoopProcessList *self);

static gboolean
on_timer (gpointer user_data)
{
  MemsnoopProcessList *self = user_data;

  self->timer = 0;
  read_list (self);
  return G_SOURCE_REMOVE;
}

/* From the end of one reading to the beginning of the next, so that a slow service is not asked
 * more than it answers. */
static void
schedule (MemsnoopProcessList *self)
{
  gdouble interval =
      CLAMP (memsnoop_service_get_watch_interval (self->service) / 2, SHORTEST_INTERVAL, 60.0);

  if (self->running && self->timer == 0)
    self->timer = g_timeout_add ((guint) (interval * 1000), on_timer, self);
}

/* What the service said takes long to be read and freed when it is much. */
static void
read_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GVariant **reply = data;
  g_autoptr (GVariant) processes = g_variant_get_child_value (*reply, 0);
  MemsnoopProcessRows *rows =
      g_variant_is_of_type (processes, G_VARIANT_TYPE_VARDICT)
          ? memsnoop_process_rows_read_columns (processes, MEMSNOOP_PROCESS_LIST_MAX)
          : memsnoop_process_rows_read (processes, MEMSNOOP_PROCESS_LIST_MAX);

  g_clear_pointer (&processes, g_variant_unref);
  g_clear_pointer (reply, g_variant_unref);
  g_task_return_pointer (task, rows, (GDestroyNotify) memsnoop_process_rows_free);
}

static void
on_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  MemsnoopProcessList *self = MEMSNOOP_PROCESS_LIST (source);
  g_autoptr (MemsnoopProcessRows) rows = g_task_propagate_pointer (G_TASK (result), NULL);

  self->reading = FALSE;
  if (rows == NULL)
    return;
  schedule (self);
  take (self, rows);
}

static void
read_rows (MemsnoopProcessList *self, GVariant *reply)
{
  g_autoptr (GTask) task = g_task_new (self, self->cancellable, on_read, NULL);
  GVariant **data = g_new (GVariant *, 1);

  *data = reply;
  g_task_set_task_data (task, data, g_free);
  g_task_run_in_thread (task, read_in_thread);
}

static void
on_listed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (MemsnoopProcessList) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply =
      memsnoop_service_call_finish (MEMSNOOP_SERVICE (source), result, &error);

  self->reading = reply != NULL;
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (!self->by_rows && g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_METHOD))
    {
      self->by_rows = TRUE;
      read_list (self);
      return;
    }
  if (reply != NULL)
    {
      read_rows (self, g_steal_pointer (&reply));
      return;
    }
  schedule (self);
  g_signal_emit (self, failed_signal, 0, error);
}

static void
read_list (MemsnoopProcessList *self)
{
  GVariantDict options;

  if (self->reading || memsnoop_service_get_state (self->service) != MEMSNOOP_SERVICE_READY)
    return;
  self->reading = TRUE;
  g_variant_dict_init (&options, NULL);
  g_variant_dict_insert (&options, "history", "b", TRUE);
  memsnoop_service_call (self->service, self->by_rows ? "ListProcesses" : "ListProcessColumns",
                         g_variant_new ("(@a{sv})", g_variant_dict_end (&options)),
                         self->by_rows ? "(aa{sv})" : "(a{sv})", FALSE, -1, self->cancellable,
                         on_listed, g_object_ref (self));
}

void
memsnoop_process_list_set_running (MemsnoopProcessList *self, gboolean running)
{
  self->running = running;
  g_clear_handle_id (&self->timer, g_source_remove);
  if (running)
    read_list (self);
}

MemsnoopProcessItem *
memsnoop_process_list_find (MemsnoopProcessList *self, guint32 pid)
{
  return g_hash_table_lookup (self->by_pid, GUINT_TO_POINTER (pid));
}

guint
memsnoop_process_list_get_left_out (MemsnoopProcessList *self)
{
  return self->left_out;
}

GListModel *
memsnoop_process_list_get_model (MemsnoopProcessList *self)
{
  return G_LIST_MODEL (self->items);
}

static void
on_state (MemsnoopProcessList *self)
{
  self->by_rows = FALSE;
  if (self->running)
    read_list (self);
}

static void
memsnoop_process_list_dispose (GObject *object)
{
  MemsnoopProcessList *self = MEMSNOOP_PROCESS_LIST (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_handle_id (&self->timer, g_source_remove);
  if (self->service != NULL)
    g_signal_handlers_disconnect_by_data (self->service, self);
  g_clear_object (&self->service);
  G_OBJECT_CLASS (memsnoop_process_list_parent_class)->dispose (object);
}

static void
memsnoop_process_list_finalize (GObject *object)
{
  MemsnoopProcessList *self = MEMSNOOP_PROCESS_LIST (object);

  g_hash_table_unref (self->by_pid);
  g_object_unref (self->items);
  g_object_unref (self->cancellable);
  G_OBJECT_CLASS (memsnoop_process_list_parent_class)->finalize (object);
}

static void
memsnoop_process_list_class_init (MemsnoopProcessListClass *class)
{
  GType type = G_TYPE_FROM_CLASS (class);

  G_OBJECT_CLASS (class)->dispose = memsnoop_process_list_dispose;
  G_OBJECT_CLASS (class)->finalize = memsnoop_process_list_finalize;
  updated_signal =
      g_signal_new ("updated", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  failed_signal = g_signal_new ("failed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                                1, G_TYPE_ERROR);
}

static void
memsnoop_process_list_init (MemsnoopProcessList *self)
{
  self->items = g_list_store_new (MEMSNOOP_TYPE_PROCESS_ITEM);
  self->by_pid = g_hash_table_new (NULL, NULL);
  self->cancellable = g_cancellable_new ();
}

MemsnoopProcessList *
memsnoop_process_list_new (MemsnoopService *service)
{
  MemsnoopProcessList *self = g_object_new (MEMSNOOP_TYPE_PROCESS_LIST, NULL);

  self->service = g_object_ref (service);
  g_signal_connect_swapped (service, "notify::state", G_CALLBACK (on_state), self);
  return self;
}
