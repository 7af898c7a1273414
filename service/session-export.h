/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An export of kernel memory, and of heaps behind it; heap-export.h is for heaps alone. */
#pragma once

#include "heap-export.h"
#include "report-options.h"
#include "scope.h"
#include "session-figures.h"

G_BEGIN_DECLS

/**
 * memsnoop_session_export_write:
 * @figures: with kernel memory.
 * @options: whether it is about one process; the rest is not looked at.
 *
 * What GetReport tells of kernel memory, with as many rows as that may have, and the heaps in full. For any thread. Fails with
 * %G_DBUS_ERROR_INVALID_ARGS for a form that kernel memory does not have, and as memsnoop_report_write().
 */
GBytes *memsnoop_session_export_write (const MemsnoopSessionFigures  *figures,
                                       const MemsnoopScope           *scope,
                                       MemsnoopHeapExportForm         form,
                                       const MemsnoopReportOptions   *options,
                                       GError                       **error);

G_END_DECLS
