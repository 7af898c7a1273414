/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session-list.h"

#include "command-error.h"
#include "dictionary.h"
#include "memsnoop-names.h"
#include "user-names.h"

#include <string.h>

static void
session_entry_free (gpointer data)
{
  MemsnoopSessionEntry *self = data;

  g_free (self->path);
  g_free (self->state);
  g_strfreev (self->sources);
  g_array_unref (self->pids);
  g_free (self);
}

gboolean
memsnoop_session_state_is_over (const gchar *state)
{
  static const gchar *const ends[] = { "stopped", "failed", "over-budget", NULL };

  return g_strv_contains (ends, state);
}

gboolean
memsnoop_session_entry_is_running (const MemsnoopSessionEntry *self)
{
  return !memsnoop_session_state_is_over (self->state);
}

static gchar **
read_sources (GVariant *properties)
{
  g_autoptr (GVariant) sources =
      g_variant_lookup_value (properties, "Sources", G_VARIANT_TYPE_STRING_ARRAY);

  return sources != NULL ? g_variant_dup_strv (sources, NULL) : g_new0 (gchar *, 1);
}

static GArray *
read_pids (GVariant *properties)
{
  g_autoptr (GVariant) pids = g_variant_lookup_value (properties, "Pids", G_VARIANT_TYPE ("au"));
  GArray *array = g_array_new (FALSE, FALSE, sizeof (guint32));
  gconstpointer elements;
  gsize count;

  if (pids != NULL)
    {
      elements = g_variant_get_fixed_array (pids, &count, sizeof (guint32));
      if (count > 0)
        g_array_append_vals (array, elements, (guint) count);
    }
  return array;
}

static MemsnoopSessionEntry *
session_entry_new (const gchar *path, GVariant *properties)
{
  MemsnoopSessionEntry *self = g_new0 (MemsnoopSessionEntry, 1);
  const gchar *number = strrchr (path, '/');

  self->path = g_strdup (path);
  self->number = number != NULL ? g_ascii_strtoull (number + 1, NULL, 10) : 0;
  self->state = memsnoop_dictionary_lookup_string (properties, "State");
  if (self->state == NULL)
    self->state = g_strdup ("unknown");
  self->sources = read_sources (properties);
  self->pids = read_pids (properties);
  memsnoop_dictionary_lookup_number (properties, "Owner", &self->owner);
  memsnoop_dictionary_lookup_number (properties, "StartedAt", &self->started_at);
  memsnoop_dictionary_lookup_number (properties, "EventsSeen", &self->events_seen);
  memsnoop_dictionary_lookup_number (properties, "EventsLost", &self->events_lost);
  memsnoop_dictionary_lookup_number (properties, "LiveEntries", &self->live_entries);
  memsnoop_dictionary_lookup_number (properties, "MemoryUsed", &self->memory_used);
  memsnoop_dictionary_lookup_number (properties, "ChildrenRecorded", &self->children_recorded);
  memsnoop_dictionary_lookup_number (properties, "ChildrenNotRecorded",
                                     &self->children_not_recorded);
  return self;
}

static gint
compare_numbers (gconstpointer first, gconstpointer second)
{
  const MemsnoopSessionEntry *a = *(const MemsnoopSessionEntry *const *) first;
  const MemsnoopSessionEntry *b = *(const MemsnoopSessionEntry *const *) second;

  return a->number < b->number ? -1 : a->number > b->number;
}

GPtrArray *
memsnoop_session_list_from_objects (GVariant *objects)
{
  GPtrArray *sessions = g_ptr_array_new_with_free_func (session_entry_free);
  GVariantIter iter;
  const gchar *path;
  GVariant *interfaces;

  g_variant_iter_init (&iter, objects);
  while (g_variant_iter_loop (&iter, "{&o@a{sa{sv}}}", &path, &interfaces))
    {
      g_autoptr (GVariant) properties =
          g_variant_lookup_value (interfaces, MEMSNOOP_SESSION_INTERFACE, G_VARIANT_TYPE_VARDICT);

      if (properties != NULL)
        g_ptr_array_add (sessions, session_entry_new (path, properties));
    }

  g_ptr_array_sort (sessions, compare_numbers);
  return sessions;
}

static GPtrArray *
list_from_reply (GVariant *reply)
{
  g_autoptr (GVariant) objects = g_variant_get_child_value (reply, 0);

  return memsnoop_session_list_from_objects (objects);
}

GPtrArray *
memsnoop_session_list_load (GDBusConnection *connection, GError **error)
{
  g_autoptr (GVariant) reply = g_dbus_connection_call_sync (
      connection, MEMSNOOP_BUS_NAME, MEMSNOOP_OBJECT_PATH, "org.freedesktop.DBus.ObjectManager",
      "GetManagedObjects", NULL, G_VARIANT_TYPE ("(a{oa{sa{sv}}})"), G_DBUS_CALL_FLAGS_NONE, -1,
      NULL, error);

  return reply != NULL ? list_from_reply (reply) : NULL;
}

void
memsnoop_session_list_load_async (GDBusConnection *connection,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data)
{
  g_dbus_connection_call (connection, MEMSNOOP_BUS_NAME, MEMSNOOP_OBJECT_PATH,
                          "org.freedesktop.DBus.ObjectManager", "GetManagedObjects", NULL,
                          G_VARIANT_TYPE ("(a{oa{sa{sv}}})"), G_DBUS_CALL_FLAGS_NO_AUTO_START, -1,
                          cancellable, callback, user_data);
}

GPtrArray *
memsnoop_session_list_load_finish (GDBusConnection *connection,
                                   GAsyncResult *result,
                                   GError **error)
{
  g_autoptr (GVariant) reply = g_dbus_connection_call_finish (connection, result, error);

  return reply != NULL ? list_from_reply (reply) : NULL;
}

static gchar *
describe_entry (const MemsnoopSessionEntry *session, MemsnoopUserNames *users)
{
  return g_strdup_printf ("%" G_GUINT64_FORMAT " (%s, of %s)", session->number, session->state,
                          memsnoop_user_names_lookup (users, session->owner));
}

gchar *
memsnoop_session_entry_describe (const MemsnoopSessionEntry *self)
{
  g_autoptr (MemsnoopUserNames) users = memsnoop_user_names_new ();

  return describe_entry (self, users);
}

/* "1 (recording, of root), 4 (stopped, of alice)" */
static gchar *
enumerate (GPtrArray *sessions)
{
  g_autoptr (MemsnoopUserNames) users = memsnoop_user_names_new ();
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < sessions->len; i++)
    {
      g_autofree gchar *entry = describe_entry (sessions->pdata[i], users);

      g_string_append_printf (text, "%s%s", i > 0 ? ", " : "", entry);
    }
  return g_string_free (text, FALSE);
}

const MemsnoopSessionEntry *
memsnoop_session_list_find (GPtrArray *sessions, const gchar *name, GError **error)
{
  g_autofree gchar *known = NULL;
  guint64 number;
  gboolean is_number = g_ascii_string_to_unsigned (name, 10, 0, G_MAXUINT64, &number, NULL);

  if (!is_number && !g_str_has_prefix (name, MEMSNOOP_SESSION_PATH_PREFIX "/"))
    {
      g_set_error (error, MEMSNOOP_COMMAND_ERROR, MEMSNOOP_COMMAND_ERROR_USAGE,
                   "a session is named by its number or its path %s/NUMBER, not '%s'",
                   MEMSNOOP_SESSION_PATH_PREFIX, name);
      return NULL;
    }

  for (guint i = 0; i < sessions->len; i++)
    {
      const MemsnoopSessionEntry *session = sessions->pdata[i];

      if (is_number ? session->number == number : strcmp (session->path, name) == 0)
        return session;
    }

  known = enumerate (sessions);
  g_set_error (error, MEMSNOOP_COMMAND_ERROR, MEMSNOOP_COMMAND_ERROR_FAILED,
               "there is no session %s; %s%s", name,
               sessions->len > 0 ? "there are " : "there are none at all", known);
  return NULL;
}

GPtrArray *
memsnoop_session_list_running_of (GPtrArray *sessions, guint64 owner)
{
  GPtrArray *running = g_ptr_array_new ();

  for (guint i = 0; i < sessions->len; i++)
    {
      MemsnoopSessionEntry *session = sessions->pdata[i];

      if (session->owner == owner && memsnoop_session_entry_is_running (session))
        g_ptr_array_add (running, session);
    }
  return running;
}

static const MemsnoopSessionEntry *
choose_only (GPtrArray *candidates, const gchar *none, GError **error)
{
  g_autofree gchar *known = NULL;

  if (candidates->len == 1)
    return candidates->pdata[0];

  if (candidates->len == 0)
    {
      g_set_error_literal (error, MEMSNOOP_COMMAND_ERROR, MEMSNOOP_COMMAND_ERROR_FAILED, none);
      return NULL;
    }

  known = enumerate (candidates);
  g_set_error (error, MEMSNOOP_COMMAND_ERROR, MEMSNOOP_COMMAND_ERROR_FAILED,
               "which session is meant? Name one by its number: %s", known);
  return NULL;
}

/* Whether @session is meant rather than @other, an older one. */
static gboolean
is_likelier (const MemsnoopSessionEntry *session, const MemsnoopSessionEntry *other, guint64 owner)
{
  if ((session->owner == owner) != (other->owner == owner))
    return session->owner == owner;
  return memsnoop_session_entry_is_running (session) || !memsnoop_session_entry_is_running (other);
}

const MemsnoopSessionEntry *
memsnoop_session_list_choose_to_read (GPtrArray *sessions, guint64 owner, GError **error)
{
  const MemsnoopSessionEntry *chosen = NULL;

  /* Later ones have higher numbers. */
  for (guint i = 0; i < sessions->len; i++)
    if (chosen == NULL || is_likelier (sessions->pdata[i], chosen, owner))
      chosen = sessions->pdata[i];
  if (chosen == NULL)
    g_set_error_literal (error, MEMSNOOP_COMMAND_ERROR, MEMSNOOP_COMMAND_ERROR_FAILED,
                         "nothing is recorded; start a recording with 'memsnoopctl start'");
  return chosen;
}

const MemsnoopSessionEntry *
memsnoop_session_list_choose_to_stop (GPtrArray *sessions, guint64 owner, GError **error)
{
  g_autoptr (GPtrArray) own = memsnoop_session_list_running_of (sessions, owner);

  return choose_only (
      own, "you have no running session; 'memsnoopctl status' lists those of others", error);
}
