/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the service tells of processes, as it was read. */
#pragma once

#include "process-item.h"

G_BEGIN_DECLS

/**
 * MemsnoopProcessRow:
 * @pid: 0 when it was not told.
 * @uid: %G_MAXUINT64 when it was not told.
 * @comm: (nullable): as the service tells it.
 * @item: (transfer none) (nullable): what it is the row of, for who takes the row.
 */
typedef struct
{
  guint64                pid;
  guint64                start_time;
  guint64                uid;
  const gchar           *comm;
  MemsnoopProcessFigures figures;
  MemsnoopProcessItem   *item;
} MemsnoopProcessRow;

/** @rows: of MemsnoopProcessRow; @texts and @kept have what these point to. @left_out: how many were left out. */
typedef struct
{
  GArray       *rows;
  GStringChunk *texts;
  GPtrArray    *kept;
  guint         left_out;
} MemsnoopProcessRows;

/**
 * memsnoop_process_rows_read:
 * @rows: `aa{sv}`, what ListProcesses returned; what is not as the contract says is left out.
 * @most: only the rows of that many are kept, those with the most resident memory, however many there are.
 */
MemsnoopProcessRows *memsnoop_process_rows_read         (GVariant            *rows,
                                                         guint                most);
/** The same of what ListProcessColumns returned: `a{sv}`. */
MemsnoopProcessRows *memsnoop_process_rows_read_columns (GVariant            *columns,
                                                         guint                most);
void                 memsnoop_process_rows_free         (MemsnoopProcessRows *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MemsnoopProcessRows, memsnoop_process_rows_free)

G_END_DECLS
