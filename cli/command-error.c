/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command-error.h"

#include <gio/gio.h>

G_DEFINE_QUARK (memsnoop - command - error - quark, memsnoop_command_error)

/* GDBus has no code for this one. */
static gboolean
needs_password (const GError *error)
{
  g_autofree gchar *name = g_dbus_error_get_remote_error (error);

  return g_strcmp0 (name, "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired") == 0;
}

static gboolean
is_refusal (const GError *error)
{
  return g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED) ||
         needs_password (error);
}

/* The bus, or systemd for it, tried to start the service. */
static gboolean
is_failed_start (const GError *error)
{
  static const gchar *const prefixes[] = { "org.freedesktop.DBus.Error.Spawn.",
                                           "org.freedesktop.systemd1." };
  g_autofree gchar *name = g_dbus_error_get_remote_error (error);

  if (g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_TIMED_OUT))
    return TRUE;
  for (gsize i = 0; name != NULL && i < G_N_ELEMENTS (prefixes); i++)
    if (g_str_has_prefix (name, prefixes[i]))
      return TRUE;
  return FALSE;
}

static gboolean
is_usage (const GError *error)
{
  return error->domain == G_OPTION_ERROR ||
         g_error_matches (error, MEMSNOOP_COMMAND_ERROR, MEMSNOOP_COMMAND_ERROR_USAGE) ||
         g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS);
}

gboolean
memsnoop_command_error_is_absence (const GError *error)
{
  return g_error_matches (error, MEMSNOOP_COMMAND_ERROR, MEMSNOOP_COMMAND_ERROR_NO_SERVICE) ||
         g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_SERVICE_UNKNOWN) ||
         g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_NAME_HAS_NO_OWNER) ||
         g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_NO_REPLY) || is_failed_start (error);
}

MemsnoopExitStatus
memsnoop_command_error_exit_status (const GError *error)
{
  if (is_refusal (error))
    return MEMSNOOP_EXIT_NOT_AUTHORISED;
  if (is_usage (error))
    return MEMSNOOP_EXIT_USAGE;
  return MEMSNOOP_EXIT_FAILED;
}

static const gchar *
find_hint (const GError *error)
{
  if (needs_password (error))
    return "This needs a password: run it as root, or where it can be asked for, in a terminal "
           "with pkttyagent or\nin a session with a polkit agent.";
  if (g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED))
    return "Run this as root, or ask an administrator for a polkit rule. Your own processes and "
           "sessions need no authorisation.";
  if (g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_NO_REPLY))
    return "The service ended or hangs: see its log with 'journalctl -u memsnoopd'.";
  if (is_failed_start (error))
    return "See why with 'systemctl status memsnoopd' and 'journalctl -u memsnoopd'. Where there "
           "is no systemd,\nrun memsnoopd by hand, as root.";
  if (memsnoop_command_error_is_absence (error))
    return "Start it with 'systemctl start memsnoopd', or where there is no systemd run memsnoopd "
           "by hand, as root;\nif it runs on a bus of its own, name that bus with --bus-address.";
  if (g_error_matches (error, MEMSNOOP_COMMAND_ERROR, MEMSNOOP_COMMAND_ERROR_NO_BUS))
    return "Is a system bus running here? Another one is named with --bus-address or with "
           "DBUS_SYSTEM_BUS_ADDRESS.";
  return NULL;
}

static gchar *
find_message (const GError *error)
{
  g_autoptr (GError) plain = g_error_copy (error);

  if (g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_SERVICE_UNKNOWN) ||
      g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_NAME_HAS_NO_OWNER))
    return g_strdup ("the Memsnoop service is not running");
  if (is_failed_start (error))
    {
      g_dbus_error_strip_remote_error (plain);
      return g_strdup_printf ("the Memsnoop service cannot be started: %s", plain->message);
    }
  if (g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_METHOD))
    return g_strdup ("the service that runs does not know this request: it is another version");

  g_dbus_error_strip_remote_error (plain);
  return g_strdup (plain->message);
}

gchar *
memsnoop_command_error_describe (const GError *error)
{
  g_autofree gchar *message = find_message (error);
  const gchar *hint = find_hint (error);

  if (is_usage (error))
    return g_strdup_printf ("memsnoopctl: %s\nTry '%s --help'.\n", message, g_get_prgname ());
  if (hint != NULL)
    return g_strdup_printf ("memsnoopctl: %s\n%s\n", message, hint);
  return g_strdup_printf ("memsnoopctl: %s\n", message);
}
