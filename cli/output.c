/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "output.h"

#include "json-output.h"
#include "terminal-text.h"

#include <errno.h>
#include <gio/gio.h>
#include <string.h>
#include <unistd.h>

gboolean
memsnoop_output_write_bytes (const gchar *bytes, gsize length, GError **error)
{
  while (length > 0)
    {
      gssize written = write (STDOUT_FILENO, bytes, length);
      int number = errno;

      if (written < 0 && number == EINTR)
        continue;
      if (written < 0)
        {
          g_set_error (error, G_IO_ERROR, g_io_error_from_errno (number),
                       "cannot write the output: %s", g_strerror (number));
          return FALSE;
        }
      bytes += written;
      length -= (gsize) written;
    }
  return TRUE;
}

gboolean
memsnoop_output_write (const gchar *text, GError **error)
{
  g_autofree gchar *ascii = NULL;

  if (memsnoop_terminal_text_is_unicode ())
    return memsnoop_output_write_bytes (text, strlen (text), error);

  ascii = memsnoop_terminal_text_to_ascii (text);
  return memsnoop_output_write_bytes (ascii, strlen (ascii), error);
}

/* JSON is UTF-8 whatever the locale is. */
gboolean
memsnoop_output_write_json (JsonNode *node, GError **error)
{
  g_autofree gchar *text = memsnoop_json_output_to_text (node);

  return memsnoop_output_write_bytes (text, strlen (text), error);
}

gboolean
memsnoop_output_write_json_line (JsonNode *node, GError **error)
{
  g_autofree gchar *json = memsnoop_json_output_to_line (node);
  g_autofree gchar *line = g_strconcat (json, "\n", NULL);

  return memsnoop_output_write_bytes (line, strlen (line), error);
}

void
memsnoop_output_remark (const gchar *format, ...)
{
  g_autofree gchar *text = NULL;
  g_autofree gchar *line = NULL;
  va_list arguments;

  if (!isatty (STDERR_FILENO))
    return;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);

  line = memsnoop_terminal_text_escape_lines (text, memsnoop_terminal_text_is_unicode ());
  g_printerr ("%s\n", line);
}
