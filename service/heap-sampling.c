/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "heap-sampling.h"

#include <math.h>

void
memsnoop_heap_sampling_fill (guint32 logarithms[MEMSNOOP_HEAP_LOGARITHMS + 1],
                             guint32 weights[MEMSNOOP_HEAP_WEIGHTS + 1])
{
  for (guint i = 0; i <= MEMSNOOP_HEAP_LOGARITHMS; i++)
    logarithms[i] =
        (guint32) llround (log2 (1 + (gdouble) i / MEMSNOOP_HEAP_LOGARITHMS) *
                           (gdouble) (G_GUINT64_CONSTANT (1) << MEMSNOOP_HEAP_LOGARITHM_BITS));
  weights[0] = 1 << 16;
  for (guint i = 1; i <= MEMSNOOP_HEAP_WEIGHTS; i++)
    {
      gdouble intervals = (gdouble) i * MEMSNOOP_HEAP_WEIGHT_END / MEMSNOOP_HEAP_WEIGHTS;

      weights[i] = (guint32) llround (intervals / -expm1 (-intervals) * (1 << 16));
    }
}

static gdouble
probability (guint64 size, guint64 interval)
{
  return interval != 0 ? -expm1 (-(gdouble) size / (gdouble) interval) : 1;
}

gdouble
memsnoop_heap_sampling_count (guint64 size, guint64 interval)
{
  return 1 / probability (size, interval);
}

gdouble
memsnoop_heap_sampling_variance (guint64 size, guint64 interval)
{
  gdouble drawn = probability (size, interval);

  return (gdouble) size * (gdouble) size * (1 - drawn) / (drawn * drawn);
}
