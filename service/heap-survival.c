/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "heap-survival.h"

void
memsnoop_heap_survival_add (MemsnoopHeapSurvival *sum, const MemsnoopHeapSurvival *part)
{
  for (guint i = 0; i < MEMSNOOP_HEAP_AGES; i++)
    sum->count_by_age[i] += part->count_by_age[i];
  for (guint i = 0; i < MEMSNOOP_HEAP_LIFETIMES; i++)
    sum->freed_by_lifetime[i] += part->freed_by_lifetime[i];
  sum->lifetime += part->lifetime;
  sum->moved += part->moved;
  sum->peak_samples += part->peak_samples;
  sum->peak_samples_freed += part->peak_samples_freed;
}

/* Blocks that were freed when they were older than of the steps up to @young. */
static guint64
ended_after (const MemsnoopHeapSurvival *self, guint young)
{
  guint64 ended = 0;

  /* The last step has no end. */
  for (guint i = MIN (young + 1, MEMSNOOP_HEAP_LIFETIMES - 1); i < MEMSNOOP_HEAP_LIFETIMES; i++)
    ended += self->freed_by_lifetime[i];
  return ended;
}

guint64
memsnoop_heap_survival_ended (const MemsnoopHeapSurvival *self)
{
  return self->freed_by_lifetime[0] + ended_after (self, 0);
}

guint64
memsnoop_heap_survival_mean_lifetime (const MemsnoopHeapSurvival *self)
{
  guint64 ended = memsnoop_heap_survival_ended (self);

  return ended == 0 ? 0 : (guint64) (self->lifetime / (gdouble) ended);
}

gdouble
memsnoop_heap_survival_score (guint64 allocations, guint64 frees)
{
  gdouble live = (gdouble) (allocations - MIN (frees, allocations));
  gdouble score = 1 - ((gdouble) frees + 1) / (live + 2);

  return MAX (score, 0);
}

gdouble
memsnoop_heap_survival_of_peaks (const MemsnoopHeapSurvival *self)
{
  return memsnoop_heap_survival_score (self->peak_samples, self->peak_samples_freed);
}

gdouble
memsnoop_heap_survival_of_old (const MemsnoopHeapSurvival *self, guint young)
{
  guint64 ended = ended_after (self, young), live = 0;

  for (guint i = young + 1; i < MEMSNOOP_HEAP_AGES; i++)
    live += self->count_by_age[i];
  return memsnoop_heap_survival_score (live + ended, ended);
}

gdouble
memsnoop_heap_survival_of_all (const MemsnoopHeapSurvival *self, guint64 live)
{
  guint64 ended = memsnoop_heap_survival_ended (self);
  guint64 moved = ended == 0 ? self->moved : 0;

  return memsnoop_heap_survival_score (live + moved + ended, ended);
}
