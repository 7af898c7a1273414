/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What changed from one JSON report to another: which code holds more, or less, than it did. */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/**
 * MemsnoopSiteChange:
 * @process: whose heap it is, "name (pid)" as in the later report that has it; %NULL for kernel memory.
 * @frames: the innermost first.
 * @cache: (nullable): slab cache of kernel memory.
 * @before_bytes, @after_bytes, @before_count, @after_count: live.
 *
 * Something that holds more or less than before.
 */
typedef struct
{
  gchar *process;
  gchar **frames;
  gchar *cache;
  gint64 before_bytes;
  gint64 after_bytes;
  gint64 before_count;
  gint64 after_count;
} MemsnoopSiteChange;

/** Of one report. @left_out: sites that are not in it. */
typedef struct
{
  gint64 bytes;
  gint64 count;
  gint64 taken_at;
  gint64 left_out;
} MemsnoopReportTotals;

/** @changes: MemsnoopSiteChange, the largest first, whether more or less. */
typedef struct
{
  MemsnoopReportTotals before;
  MemsnoopReportTotals after;
  GPtrArray *changes;
} MemsnoopReportDiff;

/**
 * memsnoop_report_diff_new:
 *
 * Compares two reports as the service writes them. Heaps belong together when they are of the same process, or when each
 * report has only one, as of a program that was started again. Fails with %MEMSNOOP_COMMAND_ERROR_FAILED when one is no such
 * report; @before_name and @after_name are for the message.
 */
MemsnoopReportDiff *memsnoop_report_diff_new  (JsonNode            *before,
                                               const gchar         *before_name,
                                               JsonNode            *after,
                                               const gchar         *after_name,
                                               GError             **error);
void                memsnoop_report_diff_free (MemsnoopReportDiff  *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MemsnoopReportDiff, memsnoop_report_diff_free)

G_END_DECLS
