/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The test's own process as one that is recorded. */
#pragma once

#include "memsnoop-worker-protocol.h"

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  gchar  *path;
  gchar  *key;
  guint64 start;
  guint64 end;
  guint64 offset;
} OwnMapping;

/* Returns: (transfer full): OwnMapping: what is mapped executable from files, by address. */
GPtrArray  *own_process_read_mappings (void);

/* Returns: (nullable): the mapping that covers @address. */
OwnMapping *own_process_find_mapping  (GPtrArray     *mappings,
                                       gconstpointer  address);

/* Registers and a copy of the stack, as a probe would take them. */
typedef struct
{
  guint64 registers[MEMSNOOP_WORKER_REGISTERS];
  guint64 base;
  gsize   length;
  guint8  stack[MEMSNOOP_WORKER_STACK_MAX];
} OwnSample;

/* Takes @length bytes, or as many as there are, of the calling function's stack, which is the innermost of its frames but this function's own. */
void        own_process_sample        (OwnSample *sample,
                                       gsize      length);

/* Returns: (transfer floating): a request for unwinding, of the kind %MEMSNOOP_WORKER_UNWIND. */
GVariant   *own_process_ask_to_unwind (const OwnSample *sample,
                                       guint32          table,
                                       guint            depth);

/* Returns: (transfer floating): the table of the kind %MEMSNOOP_WORKER_TABLE. */
GVariant   *own_process_tell_table    (GPtrArray *mappings,
                                       guint32    table);

G_END_DECLS
