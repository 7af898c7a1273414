/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "failure-advice.h"

#include "service-error.h"
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

static gboolean
is_unknown_member (const GError *error)
{
  return g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_METHOD) ||
         g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_INTERFACE) ||
         g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_PROPERTY);
}

/* The bus has one name for all refusals; the sentences are those of the service's authority. */
static const gchar *
advise_on_refusal (const GError *error)
{
  if (strstr (error->message, "polkit knows no agent") != NULL)
    return _ ("An administrator may do this, but nothing in this session can ask for the password: "
              "start your desktop's authentication agent, and try again.");
  if (strstr (error->message, "no polkitd on the bus") != NULL)
    return _ ("An administrator may do this when polkit is installed and runs.");
  return _ ("An administrator may do this: try again, and give the password when asked.");
}

const gchar *
memsnoop_failure_advice (const GError *error)
{
  if (memsnoop_service_error_is_refusal (error))
    return advise_on_refusal (error);
  if (is_unknown_member (error))
    return _ ("Install the window and the service from the same version of Memsnoop.");
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

/* %NULL when that is not the cause. */
static gchar *
tell_versions (const GError *error, const gchar *version)
{
  g_autofree gchar *shown = NULL;

  if (version == NULL || !is_unknown_member (error) || g_str_equal (version, MEMSNOOP_VERSION))
    return NULL;
  shown = memsnoop_wording_name (version, MEMSNOOP_WORDING_NAME_MAX);
  return g_strdup_printf (_ ("The service is of version %s, and this window of version %s."), shown,
                          MEMSNOOP_VERSION);
}

gchar *
memsnoop_failure_text (const gchar *what, const GError *error, const gchar *version)
{
  gboolean dismissed = memsnoop_service_error_is_dismissal (error);
  const gchar *advice = dismissed ? NULL : memsnoop_failure_advice (error);
  g_autofree gchar *why = dismissed ? memsnoop_service_error_describe (error)
                                    : memsnoop_wording_name (error->message, MESSAGE_MAX);
  g_autofree gchar *versions = tell_versions (error, version);

  if (advice == NULL)
    return g_strdup_printf (_ ("%s: %s."), what, why);
  if (versions == NULL)
    return g_strdup_printf (_ ("%s: %s. %s"), what, why, advice);
  return g_strdup_printf (_ ("%s: %s. %s %s"), what, why, versions, advice);
}

const gchar *
memsnoop_failure_action (const GError *error)
{
  return memsnoop_service_error_is_dismissal (error) ? "win.tell" : "win.tell-failure";
}
