/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What changed from one JSON report to another: which code holds more, or less, than it did. */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/**
 * MemsnoopSiteState:
 * @MEMSNOOP_SITE_NEW: held nothing before, and holds something now.
 * @MEMSNOOP_SITE_GONE: the other way round.
 */
typedef enum
{
  MEMSNOOP_SITE_GROWN,
  MEMSNOOP_SITE_SHRUNK,
  MEMSNOOP_SITE_NEW,
  MEMSNOOP_SITE_GONE,
} MemsnoopSiteState;

/**
 * MemsnoopSiteChange:
 * @process: whose heap it is, "name (pid)" as in the later report that has it; %NULL for kernel memory.
 * @frames: the innermost first.
 * @cache: (nullable): slab cache of kernel memory.
 * @before_bytes, @after_bytes, @before_count, @after_count: live.
 * @seconds: between the two moments, when both are of the same recording and the second is later; else 0.
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
  gdouble seconds;
} MemsnoopSiteChange;

/** Of one report. @left_out: sites that are not in it. */
typedef struct
{
  gint64 bytes;
  gint64 count;
  gint64 taken_at;
  gint64 left_out;
} MemsnoopReportTotals;

/**
 * MemsnoopReportDiff:
 * @seconds: between the reports, when all that they tell of is of the same recordings; else 0.
 * @reversed: the second report is of an earlier moment of the same recording.
 * @changes: MemsnoopSiteChange: what has grown, the most first, then what has shrunk, likewise.
 */
typedef struct
{
  MemsnoopReportTotals before;
  MemsnoopReportTotals after;
  gdouble seconds;
  gboolean reversed;
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

MemsnoopSiteState   memsnoop_site_change_get_state (const MemsnoopSiteChange *self);

/** Whether it is more than before. */
gboolean            memsnoop_site_change_is_growth (const MemsnoopSiteChange *self);

/** Bytes per second from @before to @after bytes in @seconds; 0 when these are not known. */
gdouble             memsnoop_report_diff_rate (gint64               before,
                                               gint64               after,
                                               gdouble              seconds);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MemsnoopReportDiff, memsnoop_report_diff_free)

G_END_DECLS
