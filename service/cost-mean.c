/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cost-mean.h"

#include <math.h>

#define MEAN_SECONDS 10.0

void
memsnoop_cost_mean_add (MemsnoopCostMean *self, gdouble cost, gdouble seconds)
{
  gdouble weight = self->known ? -expm1 (-seconds / MEAN_SECONDS) : 1;

  self->value += weight * (cost - self->value);
  self->known = TRUE;
}
