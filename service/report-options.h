/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the caller of GetReport asks for. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define MEMSNOOP_REPORT_LIMIT_DEFAULT 20

typedef enum
{
  MEMSNOOP_REPORT_FORMAT_TEXT,
  MEMSNOOP_REPORT_FORMAT_JSON,
  /* Call stacks in lines, for flame graphs. */
  MEMSNOOP_REPORT_FORMAT_FOLDED,
} MemsnoopReportFormat;

/* By what processes, and call stacks of heaps, are ordered, descending. */
typedef enum
{
  MEMSNOOP_REPORT_SORT_CURRENT_BYTES,
  MEMSNOOP_REPORT_SORT_PEAK_BYTES,
  MEMSNOOP_REPORT_SORT_ALLOC_BYTES,
  MEMSNOOP_REPORT_SORT_ALLOC_COUNT,
  MEMSNOOP_REPORT_SORT_CHURN,
  MEMSNOOP_REPORT_SORT_INTERNAL_FRAGMENTATION,
  /* Of call stacks in a heap; the last two of nothing else. */
  MEMSNOOP_REPORT_SORT_CURRENT_COUNT,
  MEMSNOOP_REPORT_SORT_GROWTH_RATE,
  MEMSNOOP_REPORT_SORT_OLDEST_AGE,
} MemsnoopReportSort;

/**
 * MemsnoopReportOptions:
 * @limit: rows in each table; 0 for as many as fit, as always in folded form.
 * @has_pid: report on the process @pid alone, with its histogram and call sites.
 */
typedef struct
{
  MemsnoopReportFormat format;
  guint limit;
  MemsnoopReportSort sort;
  gboolean has_pid;
  guint32 pid;
} MemsnoopReportOptions;

/**
 * memsnoop_report_options_parse:
 * @format: as the caller gave it.
 * @options: (nullable): a dictionary of type a{sv}; %NULL for none.
 * @parsed: (out caller-allocates): complete when successful, else unchanged.
 *
 * Reads the arguments of GetReport. A format, key, type or value that does not exist fails with
 * %G_DBUS_ERROR_INVALID_ARGS and a message that lists those that do.
 */
gboolean     memsnoop_report_options_parse (const gchar            *format,
                                            GVariant               *options,
                                            MemsnoopReportOptions  *parsed,
                                            GError                **error);

/** The name of a sort key on the bus. */
const gchar *memsnoop_report_sort_name     (MemsnoopReportSort      sort);

G_END_DECLS
