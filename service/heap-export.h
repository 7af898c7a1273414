/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Heaps in full, written to a descriptor. */
#pragma once

#include "heap-snapshot.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* How long a client may take to read an export; less than a call on the bus may last. */
#define MEMSNOOP_HEAP_EXPORT_MILLISECONDS 20000

typedef enum
{
  MEMSNOOP_HEAP_EXPORT_FOLDED,
  MEMSNOOP_HEAP_EXPORT_PPROF,
  MEMSNOOP_HEAP_EXPORT_JSON,
} MemsnoopHeapExportForm;

/** Reads the name of a form: "folded", "pprof" or "json". Fails with %G_DBUS_ERROR_INVALID_ARGS and these names. */
gboolean memsnoop_heap_export_parse_form (const gchar             *name,
                                          MemsnoopHeapExportForm  *form,
                                          GError                 **error);

/**
 * memsnoop_heap_export_async:
 * @heaps: (element-type MemsnoopHeapSnapshot): what to write, with all call stacks; not changed until the call is done.
 * @descriptor: (transfer full): where to; see memsnoop_descriptor_check().
 * @milliseconds: how long it may take, MEMSNOOP_HEAP_EXPORT_MILLISECONDS in general.
 *
 * Fails as memsnoop_descriptor_write_async() does.
 */
void     memsnoop_heap_export_async      (GPtrArray               *heaps,
                                          MemsnoopHeapExportForm   form,
                                          gint                     descriptor,
                                          guint                    milliseconds,
                                          GAsyncReadyCallback      callback,
                                          gpointer                 user_data);
gboolean memsnoop_heap_export_finish     (GAsyncResult            *result,
                                          GError                 **error);

G_END_DECLS
