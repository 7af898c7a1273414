/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "chart-scale.h"

#include <math.h>

/* More lines are no easier to read. */
#define LINES_MAX 4
/* What is drawn of nothing. */
#define LEAST_MOST (1024.0 * 1024)

/* Sizes are told in powers of 1024, in which quarters and halves of powers of two are short. */
void
memsnoop_chart_scale_set_most (MemsnoopChartScale *self, double most)
{
  most = MAX (most, LEAST_MOST);
  self->step = exp2 (ceil (log2 (most / LINES_MAX)));
  self->lines = (guint) ceil (most / self->step);
}

double
memsnoop_chart_scale_x (const MemsnoopChartScale *self, guint64 time)
{
  double passed = (double) time - (double) self->begin;
  double x = passed / (double) (self->end - self->begin) * self->width;

  return self->mirrored ? self->width - x : x;
}

double
memsnoop_chart_scale_y (const MemsnoopChartScale *self, double bytes)
{
  return self->height * (1 - bytes / (self->step * self->lines));
}

guint64
memsnoop_chart_scale_time (const MemsnoopChartScale *self, double x)
{
  double share = CLAMP (x / self->width, 0, 1);

  if (self->mirrored)
    share = 1 - share;
  return self->begin + (guint64) (share * (double) (self->end - self->begin));
}
