/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What recordings of heaps cost, and what was done to have them cost less. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * MemsnoopHeapExpense:
 * @cpu_cost: share of one core that the recording takes from the process, a mean of the last seconds; 0 while it is not known.
 * @sample_interval: bytes, as it is now; 0 when every block is recorded.
 * @recorded_share: of the time since the recording began, that in which new blocks were recorded: 0 to 1.
 * @frees_missed: whether frees were not seen for some of the rest.
 * @n_probes: functions that are probed.
 * @n_fast_probes: of them, those that the kernel need not single-step.
 */
typedef struct
{
  gdouble  cpu_cost;
  guint64  sample_interval;
  gdouble  recorded_share;
  gboolean frees_missed;
  guint    n_probes;
  guint    n_fast_probes;
} MemsnoopHeapExpense;

/** What both cost together, and what was done with the worse of them. */
void memsnoop_heap_expense_add (MemsnoopHeapExpense *self, const MemsnoopHeapExpense *other);

G_END_DECLS
