/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a recording costs over the last seconds. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * MemsnoopCostMean:
 * @value: share of one core; 0 while it is not known.
 * @known: whether anything was added yet.
 *
 * An exponential mean, in which what was ten seconds ago weighs e times less. All zeros to begin with.
 */
typedef struct
{
  gdouble  value;
  gboolean known;
} MemsnoopCostMean;

/** Adds that it cost @cost, a share of one core, for @seconds until now. */
void memsnoop_cost_mean_add (MemsnoopCostMean *self, gdouble cost, gdouble seconds);

G_END_DECLS
