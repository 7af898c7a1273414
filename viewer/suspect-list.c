/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "suspect-list.h"

#include "suspicions.h"

#include <glib/gi18n.h>

/* Signals come in crowds; the list is read again when they are over. */
#define SETTLE_SECONDS 1
/* Nothing is signalled of one that goes on as before, but its figures become old. */
#define REFRESH_SECONDS 30

struct _MemsnoopSuspectList
{
  GObject parent_instance;

  MemsnoopService *service;
  GListStore *items;
  GCancellable *cancellable;
  guint timer;
  guint refresh_timer;
  guint dropped;
};

static guint ignored_signal;
static guint failed_signal;

G_DEFINE_FINAL_TYPE (MemsnoopSuspectList, memsnoop_suspect_list, G_TYPE_OBJECT)

static void
tell_failure (MemsnoopSuspectList *self, const gchar *what, GError *error)
{
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  g_dbus_error_strip_remote_error (error);
  g_signal_emit (self, failed_signal, 0, what, error);
}

/* Items */

static MemsnoopSuspectItem *
find_item (MemsnoopSuspectList *self, guint64 id, guint *position)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->items));

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (MemsnoopSuspectItem) item = g_list_model_get_item (G_LIST_MODEL (self->items), i);

      if (memsnoop_suspect_item_get_id (item) != id)
        continue;
      if (position != NULL)
        *position = i;
      /* The store owns it. */
      return item;
    }
  return NULL;
}

static void
remove_item (MemsnoopSuspectList *self, guint64 id)
{
  guint position;

  if (find_item (self, id, &position) != NULL)
    g_list_store_remove (self->items, position);
}

static void
set_item (MemsnoopSuspectList *self, guint64 id, guint32 pid, const gchar *comm, GVariant *evidence)
{
  MemsnoopSuspectItem *item = find_item (self, id, NULL);
  g_autoptr (MemsnoopSuspectItem) added = NULL;

  if (item != NULL)
    {
      memsnoop_suspect_item_set (item, pid, comm, evidence);
      return;
    }
  if (g_list_model_get_n_items (G_LIST_MODEL (self->items)) >= MEMSNOOP_SUSPECT_LIST_MAX)
    {
      self->dropped++;
      return;
    }
  added = memsnoop_suspect_item_new (id);
  memsnoop_suspect_item_set (added, pid, comm, evidence);
  g_list_store_append (self->items, added);
}

/* What the caller may see is in the list, and with its executable. Others' suspicions are told by
 * signals alone: those stay until a signal clears them. */
static void
remove_all_but (MemsnoopSuspectList *self, GHashTable *standing)
{
  for (guint i = g_list_model_get_n_items (G_LIST_MODEL (self->items)); i > 0; i--)
    {
      g_autoptr (MemsnoopSuspectItem) item =
          g_list_model_get_item (G_LIST_MODEL (self->items), i - 1);
      guint64 id = memsnoop_suspect_item_get_id (item);

      if (memsnoop_suspect_item_get_executable (item) != NULL &&
          !g_hash_table_contains (standing, &id))
        g_list_store_remove (self->items, i - 1);
    }
}

/* Order */

static gint
compare (gconstpointer a, gconstpointer b)
{
  return memsnoop_suspect_item_compare (*(MemsnoopSuspectItem *const *) a,
                                        *(MemsnoopSuspectItem *const *) b);
}

static GPtrArray *
list_items (MemsnoopSuspectList *self)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->items));
  GPtrArray *items = g_ptr_array_new_full (n, g_object_unref);

  for (guint i = 0; i < n; i++)
    g_ptr_array_add (items, g_list_model_get_item (G_LIST_MODEL (self->items), i));
  return items;
}

/* What is in its place already is not touched: it may have the focus. */
static void
sort_items (MemsnoopSuspectList *self)
{
  g_autoptr (GPtrArray) before = list_items (self), sorted = list_items (self);
  guint first = 0, end = before->len;

  g_ptr_array_sort (sorted, compare);
  while (first < end && before->pdata[first] == sorted->pdata[first])
    first++;
  while (end > first && before->pdata[end - 1] == sorted->pdata[end - 1])
    end--;
  if (end > first)
    g_list_store_splice (self->items, first, end - first, sorted->pdata + first, end - first);
}

static void
take_row (guint64 id, guint32 pid, const gchar *comm, GVariant *row, gpointer user_data)
{
  set_item (user_data, id, pid, comm, row);
}

void
memsnoop_suspect_list_take (MemsnoopSuspectList *self, GVariant *rows)
{
  g_autoptr (GHashTable) standing = NULL;

  self->dropped = 0;
  standing = memsnoop_suspicions_read (rows, take_row, self);
  remove_all_but (self, standing);
  sort_items (self);
}

/* Asking for them */

static void
on_listed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (MemsnoopSuspectList) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) rows =
      memsnoop_suspicions_list_finish (MEMSNOOP_SERVICE (source), result, &error);

  if (rows != NULL)
    memsnoop_suspect_list_take (self, rows);
  else if (!g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_NOT_SUPPORTED))
    tell_failure (self, _ ("What is suspected cannot be read"), error);
}

static void
read_list (MemsnoopSuspectList *self)
{
  if (memsnoop_service_get_state (self->service) == MEMSNOOP_SERVICE_READY)
    memsnoop_suspicions_list_async (self->service, self->cancellable, on_listed,
                                    g_object_ref (self));
}

static gboolean
on_timer (gpointer user_data)
{
  MemsnoopSuspectList *self = user_data;

  self->timer = 0;
  read_list (self);
  return G_SOURCE_REMOVE;
}

static gboolean
on_refresh (gpointer user_data)
{
  MemsnoopSuspectList *self = user_data;

  if (g_list_model_get_n_items (G_LIST_MODEL (self->items)) > 0)
    read_list (self);
  return G_SOURCE_CONTINUE;
}

void
memsnoop_suspect_list_take_signal (MemsnoopSuspectList *self,
                                   guint32 pid,
                                   const gchar *comm,
                                   GVariant *evidence)
{
  guint64 id;
  gboolean cleared;

  if (!memsnoop_suspicion_identify (evidence, &id, &cleared) || pid == 0 || pid > G_MAXINT32)
    return;
  if (cleared)
    {
      remove_item (self, id);
      return;
    }
  set_item (self, id, pid, comm, evidence);
  sort_items (self);
  if (self->timer == 0)
    self->timer = g_timeout_add_seconds (SETTLE_SECONDS, on_timer, self);
}

static void
on_suspicion (MemsnoopService *service,
              guint pid,
              const gchar *comm,
              GVariant *evidence,
              const gchar *session,
              MemsnoopSuspectList *self)
{
  memsnoop_suspect_list_take_signal (self, pid, comm, evidence);
}

/* The list of a service that has gone says nothing any more. */
static void
on_state (MemsnoopSuspectList *self)
{
  if (memsnoop_service_get_state (self->service) == MEMSNOOP_SERVICE_READY)
    read_list (self);
  else
    g_list_store_remove_all (self->items);
}

/* Ignoring */

typedef struct
{
  MemsnoopSuspectList *list;
  gchar *name;
} Ignoring;

static void
ignoring_free (Ignoring *ignoring)
{
  g_object_unref (ignoring->list);
  g_free (ignoring->name);
  g_free (ignoring);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Ignoring, ignoring_free)

static void
on_ignored (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Ignoring) ignoring = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *path = memsnoop_suspicion_ignore_finish (result, &error);

  if (path == NULL)
    tell_failure (ignoring->list, _ ("The program is not ignored"), error);
  else
    g_signal_emit (ignoring->list, ignored_signal, 0, ignoring->name, path);
}

void
memsnoop_suspect_list_ignore (MemsnoopSuspectList *self, MemsnoopSuspectItem *item)
{
  Ignoring *ignoring = g_new0 (Ignoring, 1);

  ignoring->list = g_object_ref (self);
  ignoring->name = g_strdup (memsnoop_suspect_item_get_name (item));
  memsnoop_suspicion_ignore_async (self->service, memsnoop_suspect_item_get_id (item),
                                   memsnoop_suspect_item_get_executable (item), self->cancellable,
                                   on_ignored, ignoring);
}

static void
on_unignored (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (MemsnoopSuspectList) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply =
      memsnoop_service_call_finish (MEMSNOOP_SERVICE (source), result, &error);

  if (reply == NULL)
    tell_failure (self, _ ("The program is still ignored"), error);
}

void
memsnoop_suspect_list_unignore (MemsnoopSuspectList *self, const gchar *path)
{
  memsnoop_service_call (self->service, "Unignore", g_variant_new ("(s)", path), "()", TRUE, -1,
                         self->cancellable, on_unignored, g_object_ref (self));
}

/* The object */

static void
memsnoop_suspect_list_dispose (GObject *object)
{
  MemsnoopSuspectList *self = MEMSNOOP_SUSPECT_LIST (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_handle_id (&self->timer, g_source_remove);
  g_clear_handle_id (&self->refresh_timer, g_source_remove);
  if (self->service != NULL)
    g_signal_handlers_disconnect_by_data (self->service, self);
  g_clear_object (&self->service);
  G_OBJECT_CLASS (memsnoop_suspect_list_parent_class)->dispose (object);
}

static void
memsnoop_suspect_list_finalize (GObject *object)
{
  MemsnoopSuspectList *self = MEMSNOOP_SUSPECT_LIST (object);

  g_object_unref (self->items);
  g_object_unref (self->cancellable);
  G_OBJECT_CLASS (memsnoop_suspect_list_parent_class)->finalize (object);
}

static void
memsnoop_suspect_list_class_init (MemsnoopSuspectListClass *class)
{
  GType type = G_TYPE_FROM_CLASS (class);

  G_OBJECT_CLASS (class)->dispose = memsnoop_suspect_list_dispose;
  G_OBJECT_CLASS (class)->finalize = memsnoop_suspect_list_finalize;
  ignored_signal = g_signal_new ("ignored", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                 G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_STRING);
  failed_signal = g_signal_new ("failed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                                2, G_TYPE_STRING, G_TYPE_ERROR);
}

static void
memsnoop_suspect_list_init (MemsnoopSuspectList *self)
{
  self->items = g_list_store_new (MEMSNOOP_TYPE_SUSPECT_ITEM);
  self->cancellable = g_cancellable_new ();
}

MemsnoopSuspectList *
memsnoop_suspect_list_new (MemsnoopService *service)
{
  MemsnoopSuspectList *self = g_object_new (MEMSNOOP_TYPE_SUSPECT_LIST, NULL);

  self->service = g_object_ref (service);
  g_signal_connect (service, "suspicion", G_CALLBACK (on_suspicion), self);
  g_signal_connect_swapped (service, "notify::state", G_CALLBACK (on_state), self);
  self->refresh_timer = g_timeout_add_seconds (REFRESH_SECONDS, on_refresh, self);
  on_state (self);
  return self;
}

GListModel *
memsnoop_suspect_list_get_model (MemsnoopSuspectList *self)
{
  return G_LIST_MODEL (self->items);
}

guint
memsnoop_suspect_list_get_left_out (MemsnoopSuspectList *self)
{
  guint left_out = memsnoop_service_get_suspects_left_out (self->service);

  return left_out < G_MAXUINT - self->dropped ? left_out + self->dropped : G_MAXUINT;
}
