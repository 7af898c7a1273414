/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cpu-budget.h"

/* Of the cost before, what may be left for the raise of an interval to have been of use. */
#define USEFUL_RAISE 0.9
/* Of the budget, what the probes on frees alone may take. */
#define MOST_FOR_FREES 0.8
/* One slice may be dear by chance, so many in a row are not; nor is one that leaves next to
 * nothing. */
#define MOST_TOO_DEAR 2
#define HOPELESS_SHARE (MEMSNOOP_CPU_BUDGET_LEAST_SHARE / 5)

static MemsnoopCpuBudgetStep
go_on (MemsnoopCpuBudget *self)
{
  *self = (MemsnoopCpuBudget){ 0 };
  return (MemsnoopCpuBudgetStep){ MEMSNOOP_CPU_BUDGET_GO_ON, MEMSNOOP_CPU_BUDGET_SLICE };
}

/* The interval is at its highest, or what remains is the cost of the traps. */
static gboolean
is_worth_raising (MemsnoopCpuBudget *self, gdouble cost, gboolean can_raise)
{
  if (!can_raise || self->raising_is_futile)
    return FALSE;
  self->raising_is_futile =
      self->cost_before_raise > 0 && cost > USEFUL_RAISE * self->cost_before_raise;
  return !self->raising_is_futile;
}

/* The share of the time after which both together cost what they may. */
static gdouble
possible_share (MemsnoopCpuBudget *self, gdouble budget, gdouble cost)
{
  gdouble share = (budget - self->cost_of_frees) / (cost - self->cost_of_frees);

  if (!self->frees_too_dear && share >= MEMSNOOP_CPU_BUDGET_LEAST_SHARE)
    return share;
  self->frees_too_dear = TRUE;
  return budget / cost;
}

static MemsnoopCpuBudgetStep
pause_or_give_up (MemsnoopCpuBudget *self, gdouble budget, gdouble cost)
{
  gdouble share = possible_share (self, budget, cost);

  if (share < HOPELESS_SHARE)
    return (MemsnoopCpuBudgetStep){ MEMSNOOP_CPU_BUDGET_GIVE_UP, 0 };
  self->too_dear = share < MEMSNOOP_CPU_BUDGET_LEAST_SHARE ? self->too_dear + 1 : 0;
  if (self->too_dear >= MOST_TOO_DEAR)
    return (MemsnoopCpuBudgetStep){ MEMSNOOP_CPU_BUDGET_GIVE_UP, 0 };
  share = CLAMP (share, MEMSNOOP_CPU_BUDGET_LEAST_SHARE, 1);
  self->paused = TRUE;
  return (MemsnoopCpuBudgetStep){ self->frees_too_dear ? MEMSNOOP_CPU_BUDGET_PAUSE_ALL
                                                       : MEMSNOOP_CPU_BUDGET_PAUSE_BEGINNINGS,
                                  (guint) (MEMSNOOP_CPU_BUDGET_SLICE * (1 / share - 1)) + 1 };
}

static MemsnoopCpuBudgetStep
resume (MemsnoopCpuBudget *self, gdouble budget, gdouble cost)
{
  if (!self->frees_too_dear)
    self->cost_of_frees = cost;
  self->frees_too_dear |= cost > MOST_FOR_FREES * budget;
  self->paused = FALSE;
  return (MemsnoopCpuBudgetStep){ MEMSNOOP_CPU_BUDGET_RESUME, MEMSNOOP_CPU_BUDGET_SLICE };
}

MemsnoopCpuBudgetStep
memsnoop_cpu_budget_judge (MemsnoopCpuBudget *self,
                           gdouble budget,
                           gdouble cost,
                           gboolean can_raise)
{
  if (self->paused)
    return resume (self, budget, cost);
  if (cost <= budget)
    return go_on (self);
  if (is_worth_raising (self, cost, can_raise))
    {
      self->cost_before_raise = cost;
      return (MemsnoopCpuBudgetStep){ MEMSNOOP_CPU_BUDGET_RAISE_INTERVAL,
                                      MEMSNOOP_CPU_BUDGET_SLICE };
    }
  return pause_or_give_up (self, budget, cost);
}
