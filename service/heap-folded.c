/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Call stacks in lines, for tools that draw flame graphs. */
#include "heap-report.h"

#include "frame-text.h"
#include "printable-text.h"

#include <string.h>

/*
 * A semicolon ends a frame, and a number after the last space of a line is its weight; some tools
 * take a second number before it for another weight. Lines are printable already. A colon stands
 * for a semicolon, as in stackcollapse-perf.pl.
 */
static void
append_frame (GString *line, const gchar *text)
{
  gsize start = line->len;
  gsize digits;

  g_string_append (line, text);
  for (gsize i = start; i < line->len; i++)
    if (line->str[i] == ';')
      line->str[i] = ':';
  for (digits = line->len; digits > start; digits--)
    if (strchr ("0123456789.", line->str[digits - 1]) == NULL)
      break;
  if (digits > start && digits < line->len && line->str[digits - 1] == ' ')
    line->str[digits - 1] = '_';
}

static void
append_process (GString *line, const MemsnoopHeapSnapshot *heap)
{
  g_autofree gchar *comm = memsnoop_printable_line (heap->comm != NULL ? heap->comm : "");
  g_autofree gchar *text = g_strdup_printf ("%s (%u)", comm, heap->pid);

  append_frame (line, text);
}

static gchar *
site_line (const MemsnoopHeapSnapshot *heap, const MemsnoopHeapSite *site)
{
  g_auto (GStrv) texts = memsnoop_frame_texts (site->frames, site->n_frames);
  GString *line = g_string_new (NULL);

  append_process (line, heap);
  if (!site->complete)
    g_string_append (line, ";[unknown]");
  for (guint i = g_strv_length (texts); i > 0; i--)
    {
      g_string_append_c (line, ';');
      append_frame (line, texts[i - 1]);
    }
  g_string_append_printf (line, " %" G_GUINT64_FORMAT "\n", site->live_bytes);
  return g_string_free (line, FALSE);
}

gboolean
memsnoop_heap_report_append_folded (GString *text,
                                    const MemsnoopHeapSnapshot *heap,
                                    guint limit,
                                    gsize size)
{
  gsize end = size > G_MAXSIZE - text->len ? G_MAXSIZE : text->len + size;

  for (guint i = 0; i < heap->sites->len && (limit == 0 || i < limit); i++)
    {
      const MemsnoopHeapSite *site = &g_array_index (heap->sites, MemsnoopHeapSite, i);
      g_autofree gchar *line = NULL;

      if (site->live_bytes == 0)
        break;
      line = site_line (heap, site);
      if (text->len + strlen (line) > end)
        return TRUE;
      g_string_append (text, line);
    }
  return FALSE;
}
