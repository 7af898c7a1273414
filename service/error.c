/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "error.h"

#include "memsnoop-names.h"

#include <gio/gio.h>

static const GDBusErrorEntry error_entries[] = {
  { MEMSNOOP_ERROR_FAILED, MEMSNOOP_ERROR_PREFIX ".Failed" },
  { MEMSNOOP_ERROR_NO_SUCH_SESSION, MEMSNOOP_ERROR_PREFIX ".NoSuchSession" },
  { MEMSNOOP_ERROR_NO_SUCH_SUSPECT, MEMSNOOP_ERROR_PREFIX ".NoSuchSuspect" },
  /* GDBus does not know this standard name. */
  { MEMSNOOP_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED,
    "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired" },
  { MEMSNOOP_ERROR_NOT_RECORDING, MEMSNOOP_ERROR_PREFIX ".NotRecording" },
};

GQuark
memsnoop_error_quark (void)
{
  static gsize quark = 0;

  g_dbus_error_register_error_domain ("memsnoop-error-quark", &quark, error_entries,
                                      G_N_ELEMENTS (error_entries));
  return (GQuark) quark;
}

void
memsnoop_error_set_errno (GError **error, int negative_errno, const gchar *format, ...)
{
  int number = ABS (negative_errno);
  g_autofree gchar *message = NULL;
  va_list arguments;

  va_start (arguments, format);
  message = g_strdup_vprintf (format, arguments);
  va_end (arguments);

  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (number), "%s: %s", message,
               g_strerror (number));
}
