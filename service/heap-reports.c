/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "heap-reports.h"

#include "heap-report.h"
#include "report.h"

typedef gboolean (*AppendFunction) (GString *, const MemsnoopHeapSnapshot *, guint, gsize);

static gboolean
append_all (GString *text,
            GPtrArray *heaps,
            guint limit,
            gsize size,
            const gchar *separator,
            AppendFunction append)
{
  gsize end = size > G_MAXSIZE - text->len ? G_MAXSIZE : text->len + size;
  gboolean cut = FALSE;

  for (guint i = 0; i < heaps->len; i++)
    {
      gsize room = end > text->len ? end - text->len : 0;

      if (i > 0)
        g_string_append (text, separator);
      /* Without a bound, each may take all there is. */
      cut |=
          append (text, heaps->pdata[i], limit, end == G_MAXSIZE ? room : room / (heaps->len - i));
    }
  return cut;
}

gboolean
memsnoop_heap_reports_append_text (GString *text, GPtrArray *heaps, guint limit, gsize size)
{
  return append_all (text, heaps, limit, size, "\n", memsnoop_heap_report_append_text);
}

gboolean
memsnoop_heap_reports_append_json (GString *text, GPtrArray *heaps, guint limit, gsize size)
{
  gboolean cut;

  g_string_append_c (text, '[');
  cut = append_all (text, heaps, limit, size, ",\n", memsnoop_heap_report_append_json);
  g_string_append_c (text, ']');
  return cut;
}

gboolean
memsnoop_heap_reports_append_folded (GString *text, GPtrArray *heaps, guint limit, gsize size)
{
  return append_all (text, heaps, limit, size, "", memsnoop_heap_report_append_folded);
}

gchar *
memsnoop_heap_reports_write_json (GPtrArray *heaps, guint limit, gsize size)
{
  g_autoptr (GString) text = g_string_new (NULL);
  gboolean cut;

  g_string_append_printf (text, "{\"report-version\":%d,\n\"memsnoop-version\":\"%s\",\n\"heaps\":",
                          MEMSNOOP_REPORT_VERSION, MEMSNOOP_VERSION);
  cut = memsnoop_heap_reports_append_json (text, heaps, limit, size);
  g_string_append_printf (text, ",\n\"truncated\":%s}\n", cut ? "true" : "false");
  return g_string_free (g_steal_pointer (&text), FALSE);
}
