/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "printable-text.h"

#include <string.h>

static void
append_escaped (GString *text, const gchar *bytes, gsize length)
{
  for (gsize i = 0; i < length; i++)
    g_string_append_printf (text, "\\x%02x", (guint) (guchar) bytes[i]);
}

gchar *
memsnoop_printable_text (const gchar *raw)
{
  g_autoptr (GString) text = g_string_new (NULL);
  const gchar *end;

  while (!g_utf8_validate (raw, -1, &end))
    {
      g_string_append_len (text, raw, end - raw);
      append_escaped (text, end, 1);
      raw = end + 1;
    }
  g_string_append (text, raw);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static gboolean
has_shape (gunichar character)
{
  GUnicodeType type = g_unichar_type (character);

  return g_unichar_isprint (character) && type != G_UNICODE_LINE_SEPARATOR &&
         type != G_UNICODE_PARAGRAPH_SEPARATOR;
}

gchar *
memsnoop_printable_line (const gchar *raw)
{
  g_autofree gchar *valid = memsnoop_printable_text (raw);
  g_autoptr (GString) line = g_string_sized_new (strlen (valid));
  const gchar *next;

  for (const gchar *position = valid; *position != '\0'; position = next)
    {
      next = g_utf8_next_char (position);
      if (has_shape (g_utf8_get_char (position)))
        g_string_append_len (line, position, next - position);
      else
        append_escaped (line, position, (gsize) (next - position));
    }
  return g_string_free (g_steal_pointer (&line), FALSE);
}
