/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Call stacks in lines, for tools that draw flame graphs. */
#include "heap-report.h"

#include "folded-line.h"
#include "frame-text.h"

#include <string.h>

/* Pages and blocks are two views of the same memory, and are not to be taken for one. */
static void
begin_line (GString *line, const MemsnoopHeapSnapshot *heap)
{
  memsnoop_folded_line_add_process (line, heap->comm, heap->pid);
  if (heap->source == MEMSNOOP_STACK_SOURCE_GROWTH)
    memsnoop_folded_line_add (line, "[growth]");
}

static gchar *
site_line (const MemsnoopHeapSnapshot *heap, const MemsnoopHeapSite *site)
{
  g_auto (GStrv) texts = memsnoop_frame_texts (site->frames, site->n_frames);
  GString *line = g_string_new (NULL);

  begin_line (line, heap);
  if (!site->complete)
    memsnoop_folded_line_add (line, "[unknown]");
  for (guint i = g_strv_length (texts); i > 0; i--)
    memsnoop_folded_line_add (line, texts[i - 1]);
  if (site->is_mapping)
    memsnoop_folded_line_add (line, "[mapping]");
  memsnoop_folded_line_finish (line, site->live_bytes);
  return g_string_free (line, FALSE);
}

/* What found no room, so that the sum is right. */
static gchar *
rest_line (const MemsnoopHeapSnapshot *heap, guint first)
{
  GString *line = g_string_new (NULL);
  guint64 bytes = 0;

  for (guint i = first; i < heap->sites->len; i++)
    bytes += g_array_index (heap->sites, MemsnoopHeapSite, i).live_bytes;
  begin_line (line, heap);
  memsnoop_folded_line_add (line, "[left out]");
  memsnoop_folded_line_finish (line, bytes);
  return g_string_free (line, FALSE);
}

static gboolean
append_rest (GString *text, const MemsnoopHeapSnapshot *heap, guint first)
{
  g_autofree gchar *line = rest_line (heap, first);

  g_string_append (text, line);
  return TRUE;
}

gboolean
memsnoop_heap_report_append_folded (GString *text,
                                    const MemsnoopHeapSnapshot *heap,
                                    guint limit,
                                    gsize size)
{
  gsize end = size > G_MAXSIZE - text->len ? G_MAXSIZE : text->len + size;

  for (guint i = 0; i < heap->sites->len; i++)
    {
      const MemsnoopHeapSite *site = &g_array_index (heap->sites, MemsnoopHeapSite, i);
      g_autofree gchar *line = NULL;

      if (site->live_bytes == 0)
        break;
      if (limit > 0 && i >= limit)
        return !append_rest (text, heap, i);
      line = site_line (heap, site);
      if (text->len + strlen (line) > end)
        return append_rest (text, heap, i);
      g_string_append (text, line);
    }
  return FALSE;
}
