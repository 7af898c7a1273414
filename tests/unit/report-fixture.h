/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A snapshot whose figures are known, the reports of it, and what is looked for in them. */
#pragma once

#include "report.h"

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

#define SECOND G_GUINT64_CONSTANT (1000000000)

/* The site of the first process of the sample. */
extern const MemsnoopSite dentry_site;

/** Two programs (1234, and 99 which has exited), a kernel thread and interrupts. */
MemsnoopSnapshot *sample_snapshot (void);

/** Returns: (transfer full): a report that has to succeed. */
gchar            *write_report    (const MemsnoopSnapshot *snapshot,
                                   const MemsnoopScope    *scope,
                                   MemsnoopReportOptions   options);
/** The same as JSON, whatever format @options say. */
JsonObject       *write_json      (const MemsnoopSnapshot *snapshot,
                                   const MemsnoopScope    *scope,
                                   MemsnoopReportOptions   options);

/** Returns: (transfer none): a row of one of the tables of a JSON report. */
JsonObject       *report_row      (JsonObject  *report,
                                   const gchar *table,
                                   guint        index);
guint             count_rows      (JsonObject  *report,
                                   const gchar *table);

void              assert_contains (const gchar *report,
                                   const gchar *text);
void              assert_lacks    (const gchar *report,
                                   const gchar *text);

G_END_DECLS
