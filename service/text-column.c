/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "text-column.h"

#include "figure-text.h"

#define BAR_WIDTH 40

void
memsnoop_text_column_take (GString *text, gsize width, gchar *value)
{
  gsize length = (gsize) g_utf8_strlen (value, -1);

  for (gsize i = length; i < width; i++)
    g_string_append_c (text, ' ');
  g_string_append (text, value);
  g_free (value);
}

static void
append_bar (GString *text, guint64 value, guint64 largest)
{
  /* What is there at all gets a bar. */
  gint length = MAX (1, (gint) ((gdouble) value / (gdouble) largest * BAR_WIDTH + 0.5));

  for (gint i = 0; i < length; i++)
    g_string_append_c (text, '#');
}

static void
append_bucket (GString *text, guint index, guint64 value, guint64 largest)
{
  memsnoop_text_column_take (text, 12, memsnoop_figure_text_size (G_GUINT64_CONSTANT (1) << index));
  memsnoop_text_column_take (text, 15, memsnoop_figure_text_count (value));
  if (value > 0)
    {
      g_string_append (text, "   ");
      append_bar (text, value, largest);
    }
  g_string_append_c (text, '\n');
}

void
memsnoop_text_column_append_histogram (GString *text, const guint64 *counts, guint n)
{
  guint first = n, last = 0;
  guint64 largest = 0;

  for (guint i = 0; i < n; i++)
    {
      if (counts[i] == 0)
        continue;
      first = MIN (first, i);
      last = i;
      largest = MAX (largest, counts[i]);
    }
  if (largest == 0)
    return;
  g_string_append (text, "\nAllocations by size\n\n     AT LEAST    ALLOCATIONS\n");
  for (guint i = first; i <= last; i++)
    append_bucket (text, i, counts[i], largest);
}
