/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session-limit.h"

#include <glib/gi18n.h>

gboolean
memsnoop_session_limit_holds (GDBusObjectManager *sessions, GError **error)
{
  GList *objects = g_dbus_object_manager_get_objects (sessions);
  guint n = g_list_length (objects);

  g_list_free_full (objects, g_object_unref);
  if (n <= MEMSNOOP_SESSION_LIMIT)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
               _ ("it tells of %u recordings, and can have %u at most"), n, MEMSNOOP_SESSION_LIMIT);
  return FALSE;
}
