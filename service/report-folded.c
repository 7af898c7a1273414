/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The report for flame graphs. It has no room for anything but call stacks: a report that is cut
 * ends early. */
#include "report-writer.h"

#include "folded-line.h"
#include "heap-reports.h"

static gchar *
site_line (const MemsnoopProcessFigures *figures, const MemsnoopSite *site)
{
  GString *line = g_string_new (NULL);

  memsnoop_folded_line_add_process (line, figures->comm, figures->pid);
  memsnoop_folded_line_add (line, site->frame);
  memsnoop_folded_line_add (line, site->cache);
  memsnoop_folded_line_finish (line, site->bytes);
  return g_string_free (line, FALSE);
}

/* Where kernel memory was allocated, by process: the function, and the slab cache inside it.
 * Returns the bytes that found no room. */
static guint64
append_process (GString *text, const MemsnoopProcessSnapshot *process, gsize end)
{
  guint64 left_out = 0;

  for (guint i = 0; i < process->n_sites; i++)
    {
      g_autofree gchar *line = site_line (&process->figures, &process->sites[i]);

      if (text->len + strlen (line) > end)
        left_out += process->sites[i].bytes;
      else
        g_string_append (text, line);
    }
  return left_out;
}

static void
append_kernel (GString *text, const MemsnoopReport *report)
{
  gsize end = memsnoop_report_room (report, MEMSNOOP_REPORT_WHOLE_SIZE);
  guint64 left_out = 0;

  for (guint i = 0; i < report->processes->len; i++)
    left_out += append_process (text, report->processes->pdata[i], end);
  if (left_out > 0)
    g_string_append_printf (text, "[left out] %" G_GUINT64_FORMAT "\n", left_out);
}

gchar *
memsnoop_report_write_folded (const MemsnoopReport *report)
{
  g_autoptr (GString) text = g_string_new (NULL);

  if (report->snapshot != NULL)
    append_kernel (text, report);
  memsnoop_heap_reports_append_folded (text, report->heaps, 0, memsnoop_report_heaps_room (report));
  return g_string_free (g_steal_pointer (&text), FALSE);
}
