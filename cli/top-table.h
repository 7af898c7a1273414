/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rows of memsnoopctl top: read, sorted and laid out, without a terminal. */
#pragma once

#include "user-names.h"

G_BEGIN_DECLS

typedef enum
{
  MEMSNOOP_TOP_PID,
  MEMSNOOP_TOP_USER,
  MEMSNOOP_TOP_ANONYMOUS,
  MEMSNOOP_TOP_FILE,
  MEMSNOOP_TOP_SHARED,
  MEMSNOOP_TOP_SWAP,
  MEMSNOOP_TOP_GROWTH,
  /* A picture: nothing to sort by. */
  MEMSNOOP_TOP_HISTORY,
  MEMSNOOP_TOP_KERNEL,
  MEMSNOOP_TOP_PEAK,
  /* The last two are shown while a heap is recorded. */
  MEMSNOOP_TOP_HEAP,
  MEMSNOOP_TOP_RETAINED,
  /* A mark: nothing to sort by. */
  MEMSNOOP_TOP_SUSPECTED,
  MEMSNOOP_TOP_NAME,
  MEMSNOOP_TOP_N_COLUMNS,
} MemsnoopTopColumn;

/* A figure of a row that the service does not have. */
#define MEMSNOOP_TOP_UNKNOWN G_MAXUINT64

/**
 * MemsnoopTopRow:
 * @name, @user: fit for a terminal.
 * @process: what the service said.
 * @bytes: by column; those that are no sizes are not used.
 * @growth: bytes per second; not a number when that is not known.
 * @mark: of a process that is suspected of a leak: "?" when by its growth alone, else "!"; "" when it is not.
 */
typedef struct
{
  GVariant    *process;
  guint64      pid;
  gchar       *name;
  gchar       *user;
  guint64      bytes[MEMSNOOP_TOP_N_COLUMNS];
  gdouble      growth;
  const gchar *mark;
} MemsnoopTopRow;

/* What a column is called: on the screen, for --sort (as on the bus), the key that sorts by it; %NULL and 0 when one
 * cannot sort by it. */
typedef struct
{
  const gchar *title;
  const gchar *sort_key;
  gchar        key;
} MemsnoopTopColumnNames;

const MemsnoopTopColumnNames *memsnoop_top_column_names (MemsnoopTopColumn column);

/** By its name for --sort; an error lists the names there are. */
gboolean memsnoop_top_column_from_sort_key (const gchar       *sort_key,
                                            MemsnoopTopColumn *column,
                                            GError           **error);

/**
 * memsnoop_top_rows_from_processes:
 * @processes: `aa{sv}`, what ListProcesses returned.
 *
 * Returns: (transfer full): an array of MemsnoopTopRow.
 */
GPtrArray *memsnoop_top_rows_from_processes (GVariant          *processes,
                                             MemsnoopUserNames *users,
                                             gboolean           unicode);

/**
 * memsnoop_top_rows_mark:
 * @suspects: `aa{sv}`, what ListSuspects returned.
 *
 * Marks the rows of processes that are suspected, and no others. Returns: how many are.
 */
guint      memsnoop_top_rows_mark           (GPtrArray         *rows,
                                             GVariant          *suspects);

/** The column beside @column, to the right or to the left, by which one can sort. */
MemsnoopTopColumn memsnoop_top_column_next (MemsnoopTopColumn  column,
                                            gboolean           right);

/** Sizes and growth from the largest, the others from the smallest; the other way round when @reverse.
 * Figures that are not known come last either way. */
void       memsnoop_top_rows_sort           (GPtrArray         *rows,
                                             MemsnoopTopColumn  column,
                                             gboolean           reverse);

/** Returns: (transfer full): @processes as they are, in this order; at most @limit, 0 for all. */
GVariant  *memsnoop_top_sort_processes      (GVariant          *processes,
                                             MemsnoopTopColumn  column,
                                             gboolean           reverse,
                                             guint              limit);

/** Whether the service records the heap of one of the processes. */
gboolean   memsnoop_top_rows_have_heaps     (GPtrArray         *rows);

/**
 * memsnoop_top_layout:
 * @heaps: there are rows with figures of heaps.
 * @widths: (out): for each column how wide it is on a screen of @columns, 0 when there is no
 *   room for it.
 */
void       memsnoop_top_layout              (guint              columns,
                                             gboolean           heaps,
                                             guint              widths[MEMSNOOP_TOP_N_COLUMNS]);

/** Returns: (transfer full): the titles, in the widths given; @sorted is marked. */
gchar     *memsnoop_top_title_line          (const guint        widths[MEMSNOOP_TOP_N_COLUMNS],
                                             MemsnoopTopColumn  sorted,
                                             gboolean           reverse,
                                             gboolean           unicode);
/** Returns: (transfer full): the row, in the widths given. */
gchar     *memsnoop_top_row_line            (const MemsnoopTopRow *row,
                                             const guint           widths[MEMSNOOP_TOP_N_COLUMNS],
                                             gboolean              unicode);

/** Returns: (transfer full): at most @limit rows (0: all) under their titles, as wide as needed and
 * without pictures. */
gchar     *memsnoop_top_plain_text          (GPtrArray *rows,
                                             guint      limit);

G_END_DECLS
