/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is to be done so that a recording does not cost more than it may: pure functions of what was measured, without
 * a clock. In this order:
 *
 *  1. the sample interval is raised, as long as that makes the recording cheaper; an exact one has none,
 *  2. new blocks are recorded for a part of the time only, while their frees are always seen,
 *  3. and when these alone cost too much, nothing is seen for the rest of the time,
 *  4. when that part had to be too small to tell anything, the recording ends.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** How long each part lasts for which everything is recorded, in milliseconds; also how long is measured before the first step. */
#define MEMSNOOP_CPU_BUDGET_SLICE 1000
/** The least share of the time for which new blocks are recorded. */
#define MEMSNOOP_CPU_BUDGET_LEAST_SHARE 0.05

typedef enum
{
  MEMSNOOP_CPU_BUDGET_GO_ON,
  MEMSNOOP_CPU_BUDGET_RAISE_INTERVAL,
  /* Only what ends blocks stays attached. */
  MEMSNOOP_CPU_BUDGET_PAUSE_BEGINNINGS,
  MEMSNOOP_CPU_BUDGET_PAUSE_ALL,
  MEMSNOOP_CPU_BUDGET_RESUME,
  MEMSNOOP_CPU_BUDGET_GIVE_UP,
} MemsnoopCpuBudgetAction;

/**
 * MemsnoopCpuBudget:
 * @paused: whether new blocks are not recorded now.
 * @frees_too_dear: probes on frees alone cost about as much as there is.
 * @cost_of_frees: share of a core in the last pause with these.
 * @cost_before_raise: share of a core before the interval was raised last; 0 when it was not.
 * @raising_is_futile: the last time it did not help.
 * @too_dear: slices in a row of which too small a part was possible.
 *
 * All zero in the beginning.
 */
typedef struct
{
  gboolean paused;
  gboolean frees_too_dear;
  gdouble  cost_of_frees;
  gdouble  cost_before_raise;
  gboolean raising_is_futile;
  guint    too_dear;
} MemsnoopCpuBudget;

/**
 * MemsnoopCpuBudgetStep:
 * @milliseconds: from then until it is to be measured again.
 */
typedef struct
{
  MemsnoopCpuBudgetAction action;
  guint                   milliseconds;
} MemsnoopCpuBudgetStep;

/**
 * memsnoop_cpu_budget_judge:
 * @budget: share of one core that the recording may cost; above 0.
 * @cost: share of one core that it did since the last step.
 * @can_raise: whether it has a sample interval that can be raised.
 *
 * Returns: the next step, which @self takes as done.
 */
MemsnoopCpuBudgetStep memsnoop_cpu_budget_judge (MemsnoopCpuBudget *self,
                                                 gdouble            budget,
                                                 gdouble            cost,
                                                 gboolean           can_raise);

G_END_DECLS
