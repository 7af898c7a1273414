/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a session recorded, for people and for programs; docs/report-format.md describes both. */
#pragma once

#include "heap-snapshot.h"
#include "report-options.h"
#include "scope.h"
#include "snapshot.h"

G_BEGIN_DECLS

/* Of the JSON: raised when a member changes its meaning or goes; not when one is added. */
#define MEMSNOOP_REPORT_VERSION 1
/* A longer report is cut at a row, and says so. */
#define MEMSNOOP_REPORT_SIZE_MAXIMUM (4 * 1024 * 1024)

/**
 * memsnoop_report_write:
 * @kernel: (nullable): the recording of kernel memory.
 * @heaps: (nullable) (element-type MemsnoopHeapSnapshot): recordings of the heaps of processes.
 * @scope: (nullable): the processes whose kernel memory to report on; %NULL for everything. @heaps are reported on all.
 * @options: which form, and how much.
 *
 * Writes a report. It looks at nothing but its arguments (and the clocks and the time zone, to tell
 * the time of day), and may be called in any thread. Fails with
 * %G_DBUS_ERROR_UNIX_PROCESS_ID_UNKNOWN when the process that is asked for is neither in the scope nor among @heaps.
 *
 * Returns: (transfer full): the report, valid UTF-8 of at most
 *   MEMSNOOP_REPORT_SIZE_MAXIMUM bytes.
 */
gchar *memsnoop_report_write (const MemsnoopSnapshot       *kernel,
                              GPtrArray                    *heaps,
                              const MemsnoopScope          *scope,
                              const MemsnoopReportOptions  *options,
                              GError                      **error);

G_END_DECLS
