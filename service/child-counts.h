/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How many children of a session's processes were recorded, and why others were not. */
#pragma once

#include "report-options.h"

G_BEGIN_DECLS

/**
 * MemsnoopChildLoss:
 * @MEMSNOOP_CHILD_SHORT_LIVED: exited before its recording had begun.
 * @MEMSNOOP_CHILD_NO_ROOM: too many were recorded at the same time.
 * @MEMSNOOP_CHILD_NOT_OWN: became another user's, or may not be looked into; the session is for the user's own.
 * @MEMSNOOP_CHILD_NO_HEAP: nothing that allocates was found in it.
 * @MEMSNOOP_CHILD_FAILED: its recording failed for another reason.
 * @MEMSNOOP_CHILD_UNSEEN: the kernel had no room to tell of it.
 *
 * Why a child is not recorded.
 */
typedef enum
{
  MEMSNOOP_CHILD_SHORT_LIVED,
  MEMSNOOP_CHILD_NO_ROOM,
  MEMSNOOP_CHILD_NOT_OWN,
  MEMSNOOP_CHILD_NO_HEAP,
  MEMSNOOP_CHILD_FAILED,
  MEMSNOOP_CHILD_UNSEEN,
  MEMSNOOP_CHILD_LOSSES,
} MemsnoopChildLoss;

/**
 * MemsnoopChildCounts:
 * @followed: whether children are recorded at all; otherwise all is 0.
 * @recorded: children that are or were recorded.
 * @forgotten: of those, children that exited and whose figures are not kept any more.
 * @lost: others, by MemsnoopChildLoss.
 */
typedef struct
{
  gboolean followed;
  guint64  recorded;
  guint64  forgotten;
  guint64  lost[MEMSNOOP_CHILD_LOSSES];
} MemsnoopChildCounts;

guint64 memsnoop_child_counts_sum_lost    (const MemsnoopChildCounts *self);

/**
 * memsnoop_child_counts_add:
 * @report: (transfer full): on heaps, in @format.
 *
 * Adds a line of text, or the member "children" that docs/report-format.md describes; nothing when children are not followed.
 *
 * Returns: (transfer full): the report.
 */
gchar  *memsnoop_child_counts_add         (const MemsnoopChildCounts *self,
                                           gchar                     *report,
                                           MemsnoopReportFormat       format);

G_END_DECLS
