/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "service-error.h"

#include "memsnoop-names.h"
#include "wording.h"

#include <glib/gi18n.h>

gchar *
memsnoop_service_error_describe (const GError *error)
{
  g_autoptr (GError) shown = NULL;

  if (memsnoop_service_error_is_dismissal (error))
    return g_strdup (_ ("no password was given"));
  shown = g_error_copy (error);
  g_dbus_error_strip_remote_error (shown);
  return memsnoop_wording_name (shown->message, MEMSNOOP_SERVICE_MESSAGE_MAX);
}

/* GLib has no code of its own for it. */
static gboolean
is_remote_error (const GError *error, const gchar *name)
{
  g_autofree gchar *remote = error != NULL ? g_dbus_error_get_remote_error (error) : NULL;

  return g_strcmp0 (remote, name) == 0;
}

gboolean
memsnoop_service_error_is_refusal (const GError *error)
{
  return g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED) ||
         g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_AUTH_FAILED) ||
         is_remote_error (error, "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired");
}

gboolean
memsnoop_service_error_is_dismissal (const GError *error)
{
  return g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED) &&
         g_str_has_suffix (error->message, MEMSNOOP_QUESTION_DISMISSED);
}
