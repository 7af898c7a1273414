/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What changed between two reports, for people. */
#pragma once

#include "report-diff.h"

G_BEGIN_DECLS

/**
 * memsnoop_diff_text:
 * @before, @after: what the person calls the reports.
 * @limit: changes to tell of at most; 0 for all.
 *
 * Returns: (transfer full): lines, of which none depends on the width of a terminal but for the names of functions.
 */
gchar *memsnoop_diff_text (const MemsnoopReportDiff *diff,
                           const gchar              *before,
                           const gchar              *after,
                           guint                     limit);

G_END_DECLS
