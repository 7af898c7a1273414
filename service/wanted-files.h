/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the worker wants, opened in a thread. */
#pragma once

#include "memsnoop-worker-protocol.h"
#include "module-table.h"

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct
{
  /* Of enum memsnoop_worker_role; of a table nothing is opened. */
  guint8 role;
  gchar *key;
  /* -1: there is no such file. */
  int    descriptor;
} MemsnoopWantedFile;

/**
 * memsnoop_wanted_files_open_async:
 * @source: the source object of the result.
 * @wanted: as %MEMSNOOP_WORKER_WANTED has it.
 *
 * Cannot fail: what cannot be opened is not there.
 */
void       memsnoop_wanted_files_open_async  (gpointer             source,
                                              MemsnoopModuleTable *table,
                                              GVariant            *wanted,
                                              GAsyncReadyCallback  callback,
                                              gpointer             user_data);

/* Returns: (transfer full): MemsnoopWantedFile; descriptors that are not taken out are closed with it. */
GPtrArray *memsnoop_wanted_files_open_finish (GAsyncResult        *result);

G_END_DECLS
