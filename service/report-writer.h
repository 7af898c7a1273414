/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to the report: what report.c prepares and the writers of each format put into words. */
#pragma once

#include "report.h"

G_BEGIN_DECLS

/* Of a report, for the heaps of processes; nearly all of it when there is nothing else. */
#define MEMSNOOP_REPORT_HEAPS_SIZE (2 * 1024 * 1024)
#define MEMSNOOP_REPORT_WHOLE_SIZE (4000 * 1024)

/* How the bytes of a report are shared out, so that no table crowds out another; the rest is for
 * what stands around the tables. */
#define MEMSNOOP_REPORT_SITES_SIZE (1024 * 1024)
#define MEMSNOOP_REPORT_PROCESSES_SIZE (2560 * 1024)
#define MEMSNOOP_REPORT_CACHES_SIZE (256 * 1024)

/**
 * MemsnoopReport:
 * @snapshot: (nullable): %NULL in a report on nothing but heaps; nothing is about kernel memory then.
 * @heaps: MemsnoopHeapSnapshot, descending by live bytes.
 * @process: the process that the report is about, or %NULL.
 * @processes: MemsnoopProcessSnapshot of the scope, or @process alone; in the order asked for.
 * @sites: MemsnoopSite of the scope or of @process, descending by bytes.
 * @sites_complete: %FALSE when @sites was put together from each process's largest ones.
 * @caches: MemsnoopCacheFigures; empty unless the report is about everything.
 * @current_bytes, @current_blocks: live, of @processes together.
 * @n_processes: how many of @processes are processes, rather than interrupts and the like.
 * @n_exited: how many of those are no more.
 */
typedef struct
{
  const MemsnoopSnapshot *snapshot;
  GPtrArray *heaps;
  const MemsnoopScope *scope;
  const MemsnoopReportOptions *options;
  const MemsnoopProcessSnapshot *process;
  GPtrArray *processes;
  GArray *sites;
  gboolean sites_complete;
  GArray *caches;
  guint64 current_bytes;
  guint64 current_blocks;
  guint n_processes;
  guint n_exited;
} MemsnoopReport;

/** How many of @n rows the caller wants to see. */
guint                         memsnoop_report_wanted_rows   (const MemsnoopReport         *report,
                                                             guint                         n);

/** How much of @size, one of those above, is left for a table of kernel memory beside heaps. */
gsize                         memsnoop_report_room          (const MemsnoopReport         *report,
                                                             gsize                         size);

/** How much room the heaps have. */
gsize                         memsnoop_report_heaps_room    (const MemsnoopReport         *report);

/** Live blocks of a process. */
guint64                       memsnoop_report_live_blocks   (const MemsnoopProcessFigures *figures);

/** Whether figures of the whole system belong into the report: one about everything. */
gboolean                      memsnoop_report_is_of_system  (const MemsnoopReport         *report);

const MemsnoopProcessFigures *memsnoop_report_get_figures   (const MemsnoopReport         *report,
                                                             guint                         index);

gchar                        *memsnoop_report_write_text    (const MemsnoopReport         *report);
gchar                        *memsnoop_report_write_json    (const MemsnoopReport         *report);
gchar                        *memsnoop_report_write_folded  (const MemsnoopReport         *report);

/** Appends to a text report all that is known about its one process. */
void                          memsnoop_report_write_process (GString                      *text,
                                                             const MemsnoopReport         *report);

G_END_DECLS
