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

static GPtrArray *
select_source (GPtrArray *all, MemsnoopStackSource source)
{
  GPtrArray *selected = g_ptr_array_new ();

  for (guint i = 0; i < all->len; i++)
    if (((const MemsnoopHeapSnapshot *) all->pdata[i])->source == source)
      g_ptr_array_add (selected, all->pdata[i]);
  return selected;
}

static gboolean
append_array (GString *text, const gchar *name, GPtrArray *heaps, guint limit, gsize size)
{
  gboolean cut;

  g_string_append_printf (text, "\"%s\":[", name);
  cut = append_all (text, heaps, limit, size, ",\n", memsnoop_heap_report_append_json);
  g_string_append_c (text, ']');
  return cut;
}

gboolean
memsnoop_heap_reports_append_json (GString *text, GPtrArray *heaps, guint limit, gsize size)
{
  g_autoptr (GPtrArray) blocks = select_source (heaps, MEMSNOOP_STACK_SOURCE_HEAP);
  g_autoptr (GPtrArray) growths = select_source (heaps, MEMSNOOP_STACK_SOURCE_GROWTH);
  gsize half = blocks->len > 0 && growths->len > 0 && size < G_MAXSIZE ? size / 2 : size;
  gboolean cut = append_array (text, "heaps", blocks, limit, half);

  if (growths->len == 0)
    return cut;
  g_string_append (text, ",\n");
  return append_array (text, "growth", growths, limit, half) || cut;
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

  g_string_append_printf (text, "{\"report-version\":%d,\n\"memsnoop-version\":\"%s\",\n",
                          MEMSNOOP_REPORT_VERSION, MEMSNOOP_VERSION);
  cut = memsnoop_heap_reports_append_json (text, heaps, limit, size);
  g_string_append_printf (text, ",\n\"truncated\":%s}\n", cut ? "true" : "false");
  return g_string_free (g_steal_pointer (&text), FALSE);
}
