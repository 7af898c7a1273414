/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "heap-expense.h"

void
memsnoop_heap_expense_add (MemsnoopHeapExpense *self, const MemsnoopHeapExpense *other)
{
  self->cpu_cost += other->cpu_cost;
  self->sample_interval = MAX (self->sample_interval, other->sample_interval);
  self->recorded_share = MIN (self->recorded_share, other->recorded_share);
  self->frees_missed |= other->frees_missed;
  self->n_probes += other->n_probes;
  self->n_fast_probes += other->n_fast_probes;
}
