/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session-export.h"

#include "heap-reports.h"
#include "report.h"

#include <string.h>

/* Those that are asked for. */
static GPtrArray *
select_heaps (const MemsnoopSessionFigures *figures, const MemsnoopReportOptions *options)
{
  g_autoptr (GPtrArray) all = memsnoop_session_figures_get_stacked (figures);
  GPtrArray *heaps = g_ptr_array_new_with_free_func ((GDestroyNotify) memsnoop_heap_snapshot_unref);

  for (guint i = 0; i < all->len; i++)
    {
      MemsnoopHeapSnapshot *heap = g_ptr_array_index (all, i);

      if (!options->has_pid || heap->pid == options->pid)
        g_ptr_array_add (heaps, memsnoop_heap_snapshot_ref (heap));
    }
  return heaps;
}

/* The report on kernel memory; NULL without an error when it has nothing on the process that is
 * asked for, but a heap has. */
static gchar *
write_kernel (const MemsnoopSessionFigures *figures,
              const MemsnoopScope *scope,
              MemsnoopReportFormat format,
              const MemsnoopReportOptions *options,
              GPtrArray *heaps,
              GError **error)
{
  MemsnoopReportOptions whole = { .format = format,
                                  .has_pid = options->has_pid,
                                  .pid = options->pid };
  g_autoptr (GError) kernel_error = NULL;
  gchar *text = memsnoop_report_write (figures->kernel, NULL, scope, &whole, &kernel_error);

  if (text == NULL && heaps->len == 0)
    g_propagate_error (error, g_steal_pointer (&kernel_error));
  return text;
}

/* The heaps become a member of the object that the report on kernel memory is. */
static void
join_json (GString *text, GPtrArray *heaps)
{
  g_string_truncate (text, (gsize) (strrchr (text->str, '}') - text->str));
  g_string_append (text, ",\n");
  memsnoop_heap_reports_append_json (text, heaps, 0, G_MAXSIZE);
  g_string_append (text, "}\n");
}

static GBytes *
take_text (gchar *text)
{
  return g_bytes_new_take (text, strlen (text));
}

GBytes *
memsnoop_session_export_write (const MemsnoopSessionFigures *figures,
                               const MemsnoopScope *scope,
                               MemsnoopHeapExportForm form,
                               const MemsnoopReportOptions *options,
                               GError **error)
{
  g_autoptr (GPtrArray) heaps = select_heaps (figures, options);
  gboolean is_json = form == MEMSNOOP_HEAP_EXPORT_JSON;
  g_autofree gchar *kernel = NULL;
  GString *text;

  if (form == MEMSNOOP_HEAP_EXPORT_PPROF)
    {
      g_set_error_literal (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS,
                           "The format “pprof” is of heaps and growth, and the session records "
                           "kernel memory alone; there are: folded, json");
      return NULL;
    }
  kernel = write_kernel (figures, scope,
                         is_json ? MEMSNOOP_REPORT_FORMAT_JSON : MEMSNOOP_REPORT_FORMAT_FOLDED,
                         options, heaps, error);
  if (kernel == NULL && heaps->len == 0)
    return NULL;
  if (kernel == NULL && is_json)
    return take_text (memsnoop_heap_reports_write_json (heaps, 0, G_MAXSIZE));
  text = g_string_new (kernel);
  if (!is_json)
    memsnoop_heap_reports_append_folded (text, heaps, 0, G_MAXSIZE);
  else if (heaps->len > 0)
    join_json (text, heaps);
  return g_string_free_to_bytes (text);
}
