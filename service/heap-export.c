/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "heap-export.h"

#include "descriptor-writer.h"
#include "heap-pprof.h"
#include "heap-reports.h"
#include "quoted-text.h"

#include <string.h>

typedef struct
{
  GPtrArray *heaps;
  MemsnoopHeapExportForm form;
} Export;

gboolean
memsnoop_heap_export_parse_form (const gchar *name, MemsnoopHeapExportForm *form, GError **error)
{
  static const gchar *const names[] = {
    [MEMSNOOP_HEAP_EXPORT_FOLDED] = "folded",
    [MEMSNOOP_HEAP_EXPORT_PPROF] = "pprof",
    [MEMSNOOP_HEAP_EXPORT_JSON] = "json",
  };
  g_autofree gchar *quoted = memsnoop_quoted_text (name);

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_str_equal (name, names[i]))
      {
        *form = (MemsnoopHeapExportForm) i;
        return TRUE;
      }
  g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS,
               "There is no export format %s; there are: folded, pprof, json", quoted);
  return FALSE;
}

static void
export_free (gpointer data)
{
  Export *export = data;

  g_ptr_array_unref (export->heaps);
  g_free (export);
}

static GBytes *
write_folded (GPtrArray *heaps)
{
  g_autoptr (GString) text = g_string_new (NULL);

  memsnoop_heap_reports_append_folded (text, heaps, 0, G_MAXSIZE);
  return g_string_free_to_bytes (g_steal_pointer (&text));
}

static GBytes *
write_json (GPtrArray *heaps)
{
  gchar *text = memsnoop_heap_reports_write_json (heaps, 0, G_MAXSIZE);

  return g_bytes_new_take (text, strlen (text));
}

static GBytes *
write_content (gpointer user_data, GError **error)
{
  const Export *export = user_data;

  switch (export->form)
    {
    case MEMSNOOP_HEAP_EXPORT_FOLDED:
      return write_folded (export->heaps);
    case MEMSNOOP_HEAP_EXPORT_JSON:
      return write_json (export->heaps);
    case MEMSNOOP_HEAP_EXPORT_PPROF:
    default:
      return memsnoop_heap_pprof_write ((MemsnoopHeapSnapshot *const *) export->heaps->pdata,
                                        export->heaps->len, error);
    }
}

void
memsnoop_heap_export_async (GPtrArray *heaps,
                            MemsnoopHeapExportForm form,
                            gint descriptor,
                            guint milliseconds,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  Export *export = g_new0 (Export, 1);

  export->heaps = g_ptr_array_ref (heaps);
  export->form = form;
  memsnoop_descriptor_write_async (descriptor, milliseconds, write_content, export, export_free,
                                   callback, user_data);
}

gboolean
memsnoop_heap_export_finish (GAsyncResult *result, GError **error)
{
  return memsnoop_descriptor_write_finish (result, error);
}
