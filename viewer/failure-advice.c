/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "failure-advice.h"

#include "service.h"
#include "wording.h"

#include <glib/gi18n.h>

#define MESSAGE_MAX 1000

static gboolean
is_lost_service (const GError *error)
{
  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED) ||
         g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CLOSED) ||
         g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_SERVICE_UNKNOWN) ||
         g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_NAME_HAS_NO_OWNER) ||
         g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_NO_REPLY) ||
         g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_DISCONNECTED);
}

const gchar *
memsnoop_failure_advice (const GError *error)
{
  if (memsnoop_service_is_refusal (error))
    return _ ("An administrator may do this: try again, and give the password when asked.");
  if (is_lost_service (error))
    return _ ("Try again when the service runs.");
  if (g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_LIMITS_EXCEEDED))
    return _ ("Stop a recording that is not needed any more, and try again.");
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE))
    return _ ("Make room there, or choose another folder.");
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND) ||
      g_error_matches (error, G_IO_ERROR, G_IO_ERROR_IS_DIRECTORY) ||
      g_error_matches (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT))
    return _ ("Choose another file, in a folder that is there.");
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED) ||
      g_error_matches (error, G_IO_ERROR, G_IO_ERROR_READ_ONLY))
    return _ ("Choose a folder in which you may write.");
  if (g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_UNIX_PROCESS_ID_UNKNOWN))
    return _ ("The process has exited.");
  if (g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_NOT_SUPPORTED) ||
      g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS) ||
      g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED))
    return NULL;
  return _ ("The service's log may tell more: “journalctl -u memsnoopd”.");
}

gchar *
memsnoop_failure_text (const gchar *what, const GError *error)
{
  const gchar *advice = memsnoop_failure_advice (error);
  g_autofree gchar *why = memsnoop_wording_name (error->message, MESSAGE_MAX);

  if (advice == NULL)
    return g_strdup_printf (_ ("%s: %s."), what, why);
  return g_strdup_printf (_ ("%s: %s. %s"), what, why, advice);
}
