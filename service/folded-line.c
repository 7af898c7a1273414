/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "folded-line.h"

#include "printable-text.h"

#include <string.h>

/*
 * A semicolon ends a frame, and a number after the last space of a line is its weight; some tools
 * take a second number before it for another weight. A colon stands for a semicolon, as in
 * stackcollapse-perf.pl.
 */
void
memsnoop_folded_line_add (GString *line, const gchar *raw)
{
  g_autofree gchar *text = memsnoop_printable_line (raw);
  gsize length = strlen (text), digits;

  g_strdelimit (text, ";", ':');
  for (digits = length; digits > 0; digits--)
    if (strchr ("0123456789.", text[digits - 1]) == NULL)
      break;
  if (digits > 0 && digits < length && text[digits - 1] == ' ')
    text[digits - 1] = '_';
  if (line->len > 0)
    g_string_append_c (line, ';');
  g_string_append (line, text);
}

void
memsnoop_folded_line_add_process (GString *line, const gchar *comm, guint32 pid)
{
  g_autofree gchar *text = g_strdup_printf ("%s (%u)", comm != NULL ? comm : "", pid);

  memsnoop_folded_line_add (line, text);
}

void
memsnoop_folded_line_finish (GString *line, guint64 weight)
{
  g_string_append_printf (line, " %" G_GUINT64_FORMAT "\n", weight);
}
