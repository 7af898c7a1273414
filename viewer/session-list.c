/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session-list.h"

struct _MemsnoopSessionList
{
  GObject parent_instance;

  MemsnoopService *service;
  GListStore *shown;
  guint left_out;
  guint idle;
};

static guint updated_signal;

G_DEFINE_FINAL_TYPE (MemsnoopSessionList, memsnoop_session_list, G_TYPE_OBJECT)

/* The latest first, and of the same time as the paths tell. */
static gint
compare_sessions (gconstpointer a, gconstpointer b)
{
  MemsnoopBusSession *one = *(MemsnoopBusSession *const *) a;
  MemsnoopBusSession *other = *(MemsnoopBusSession *const *) b;
  guint64 begun = memsnoop_bus_session_get_started_at (one);
  guint64 other_begun = memsnoop_bus_session_get_started_at (other);

  if (begun != other_begun)
    return begun > other_begun ? -1 : 1;
  return g_strcmp0 (g_dbus_proxy_get_object_path (G_DBUS_PROXY (other)),
                    g_dbus_proxy_get_object_path (G_DBUS_PROXY (one)));
}

/* Those that are shown and stay keep their rows, and with them the focus. */
static void
remove_gone (MemsnoopSessionList *self, GPtrArray *sessions)
{
  for (guint i = g_list_model_get_n_items (G_LIST_MODEL (self->shown)); i > 0; i--)
    {
      g_autoptr (GObject) session = g_list_model_get_item (G_LIST_MODEL (self->shown), i - 1);

      if (!g_ptr_array_find (sessions, session, NULL))
        g_list_store_remove (self->shown, i - 1);
    }
}

static void
show (MemsnoopSessionList *self, GPtrArray *sessions)
{
  remove_gone (self, sessions);
  for (guint i = 0; i < sessions->len; i++)
    {
      g_autoptr (GObject) shown = g_list_model_get_item (G_LIST_MODEL (self->shown), i);
      guint place;

      if (shown == sessions->pdata[i])
        continue;
      if (g_list_store_find (self->shown, sessions->pdata[i], &place))
        g_list_store_remove (self->shown, place);
      g_list_store_insert (self->shown, i, sessions->pdata[i]);
    }
}

void
memsnoop_session_list_take (MemsnoopSessionList *self, GPtrArray *sessions)
{
  g_ptr_array_sort (sessions, compare_sessions);
  self->left_out =
      sessions->len > MEMSNOOP_SESSION_LIST_MAX ? sessions->len - MEMSNOOP_SESSION_LIST_MAX : 0;
  g_ptr_array_set_size (sessions, (gint) (sessions->len - self->left_out));
  show (self, sessions);
  g_signal_emit (self, updated_signal, 0);
}

static GPtrArray *
collect (MemsnoopSessionList *self)
{
  GDBusObjectManager *manager = memsnoop_service_get_sessions (self->service);
  GList *objects = manager != NULL ? g_dbus_object_manager_get_objects (manager) : NULL;
  GPtrArray *sessions = g_ptr_array_new_with_free_func (g_object_unref);

  for (GList *link = objects; link != NULL; link = link->next)
    {
      MemsnoopBusSession *session = memsnoop_bus_object_peek_session (link->data);

      if (session != NULL)
        g_ptr_array_add (sessions, g_object_ref (session));
    }
  g_list_free_full (objects, g_object_unref);
  return sessions;
}

static gboolean
on_idle (gpointer user_data)
{
  MemsnoopSessionList *self = user_data;
  g_autoptr (GPtrArray) sessions = collect (self);

  self->idle = 0;
  memsnoop_session_list_take (self, sessions);
  return G_SOURCE_REMOVE;
}

/* They may come in crowds. */
static void
queue_update (MemsnoopSessionList *self)
{
  if (self->idle == 0)
    self->idle = g_idle_add (on_idle, self);
}

static void
follow (MemsnoopSessionList *self)
{
  GDBusObjectManager *manager = memsnoop_service_get_sessions (self->service);

  queue_update (self);
  if (manager == NULL)
    return;
  g_signal_handlers_disconnect_by_data (manager, self);
  g_signal_connect_object (manager, "object-added", G_CALLBACK (queue_update), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (manager, "object-removed", G_CALLBACK (queue_update), self,
                           G_CONNECT_SWAPPED);
}

static void
memsnoop_session_list_finalize (GObject *object)
{
  MemsnoopSessionList *self = MEMSNOOP_SESSION_LIST (object);

  g_clear_handle_id (&self->idle, g_source_remove);
  g_clear_object (&self->service);
  g_object_unref (self->shown);
  G_OBJECT_CLASS (memsnoop_session_list_parent_class)->finalize (object);
}

static void
memsnoop_session_list_class_init (MemsnoopSessionListClass *class)
{
  G_OBJECT_CLASS (class)->finalize = memsnoop_session_list_finalize;
  updated_signal = g_signal_new ("updated", G_TYPE_FROM_CLASS (class), G_SIGNAL_RUN_LAST, 0, NULL,
                                 NULL, NULL, G_TYPE_NONE, 0);
}

static void
memsnoop_session_list_init (MemsnoopSessionList *self)
{
  self->shown = g_list_store_new (MEMSNOOP_BUS_TYPE_SESSION);
}

MemsnoopSessionList *
memsnoop_session_list_new (MemsnoopService *service)
{
  MemsnoopSessionList *self = g_object_new (MEMSNOOP_TYPE_SESSION_LIST, NULL);

  self->service = g_object_ref (service);
  g_signal_connect_object (service, "notify::state", G_CALLBACK (follow), self, G_CONNECT_SWAPPED);
  follow (self);
  return self;
}

GListModel *
memsnoop_session_list_get_sessions (MemsnoopSessionList *self)
{
  return G_LIST_MODEL (self->shown);
}

guint
memsnoop_session_list_get_left_out (MemsnoopSessionList *self)
{
  return self->left_out;
}
