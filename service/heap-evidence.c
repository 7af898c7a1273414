/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "heap-evidence.h"

#include "boot-time.h"
#include "snapshot.h"

/* So often a block has to have been made larger: sixteenfold, where that doubles it. */
#define MOVES_MINIMUM 4

/* Growth by age */

/* Where blocks of the step begin to be older, in nanoseconds. */
static guint64
end_of_step (guint step)
{
  return MEMSNOOP_AGE_UNIT << (2 * (step + 1));
}

/* The blocks of some steps of age: how many bytes for how long. */
typedef struct
{
  guint64 bytes;
  guint64 time;
} Ages;

/* Older ones than of the steps up to @young, as long as all of them are of the part. */
static Ages
sum_old (const MemsnoopHeapSite *site, const MemsnoopHeapPart *part, guint young)
{
  guint64 begin = end_of_step (young);
  Ages old = { 0 };

  for (guint step = young + 1; step < MEMSNOOP_HEAP_AGES; step++)
    {
      if (end_of_step (step) > part->time && !part->whole)
        break;
      old.bytes += site->bytes_by_age[step];
      old.time = MIN (end_of_step (step), part->time) - begin;
      if (end_of_step (step) >= part->time)
        break;
    }
  return old;
}

static gdouble
rate_of (const Ages *ages)
{
  return ages->time == 0 ? 0 : (gdouble) ages->bytes / (gdouble) ages->time;
}

/* What is young may be freed yet, and what is only old was allocated once. @young: the last step
 * that is young. */
static gdouble
growth_by_age (const MemsnoopHeapSite *site, const MemsnoopHeapPart *part, guint *young)
{
  Ages recent = { .bytes = site->bytes_by_age[0], .time = end_of_step (0) };
  Ages old;
  guint step = 0;

  *young = 0;
  if (end_of_step (0) > part->time / 2)
    return 0;
  for (; step + 1 < MEMSNOOP_HEAP_AGES && end_of_step (step + 1) <= part->time / 2; step++)
    {
      recent.bytes += site->bytes_by_age[step + 1];
      recent.time = end_of_step (step + 1);
    }
  *young = step;
  old = sum_old (site, part, step);
  return MIN (rate_of (&recent), rate_of (&old)) * (gdouble) part->time;
}

/* Growth from snapshot to snapshot */

gdouble
memsnoop_heap_evidence_live (const MemsnoopHeapSite *site, const MemsnoopHeapPart *part)
{
  guint64 sum = 0;

  if (part->whole)
    return (gdouble) site->live_bytes;
  for (guint step = 0; step < MEMSNOOP_HEAP_AGES; step++)
    {
      sum += site->bytes_by_age[step];
      if (end_of_step (step) > part->time)
        return (gdouble) MIN (sum, site->live_bytes);
    }
  return (gdouble) site->live_bytes;
}

static gdouble
growth_at (gdouble rate, const MemsnoopHeapSite *site, const MemsnoopHeapPart *part)
{
  gdouble growth = rate * (gdouble) part->time / (gdouble) MEMSNOOP_SECOND;

  return CLAMP (growth, 0, memsnoop_heap_evidence_live (site, part));
}

gdouble
memsnoop_heap_evidence_change (const MemsnoopHeapSite *site, const MemsnoopHeapPart *part)
{
  return growth_at (site->growth_rate, site, part);
}

/* Evidence */

/* A block that doubles does so ever more rarely: so from the first snapshot on. */
static gboolean
is_reallocated (const MemsnoopHeapSite *site)
{
  return site->live_count > 0 && site->survival.moved >= MOVES_MINIMUM &&
         memsnoop_heap_survival_ended (&site->survival) == 0;
}

static void
take_larger (MemsnoopHeapEvidence *evidence,
             MemsnoopHeapReason reason,
             gdouble survival,
             gdouble growth)
{
  if (growth <= evidence->growth)
    return;
  *evidence = (MemsnoopHeapEvidence){ growth, survival, reason };
}

MemsnoopHeapEvidence
memsnoop_heap_evidence_find (const MemsnoopHeapSite *site, const MemsnoopHeapPart *part)
{
  MemsnoopHeapEvidence evidence = { 0 };
  guint young;
  gdouble by_age = growth_by_age (site, part, &young);
  gdouble change = memsnoop_heap_evidence_change (site, part);
  gdouble of_all = memsnoop_heap_survival_of_all (&site->survival, site->live_count);
  gdouble of_old = memsnoop_heap_survival_of_old (&site->survival, young);
  gdouble of_peaks = memsnoop_heap_survival_of_peaks (&site->survival);

  if (site->growth_rate < 0)
    return evidence;
  if (of_all >= MEMSNOOP_HEAP_SURVIVAL_LEAK)
    take_larger (&evidence, MEMSNOOP_HEAP_REASON_NEVER_FREED, of_all, MAX (change, by_age));
  if (of_old >= MEMSNOOP_HEAP_SURVIVAL_LEAK)
    take_larger (&evidence, MEMSNOOP_HEAP_REASON_OLD_STAY, of_old, by_age);
  if (of_peaks >= MEMSNOOP_HEAP_SURVIVAL_LEAK)
    take_larger (&evidence, MEMSNOOP_HEAP_REASON_PEAKS_STAY, of_peaks, change);
  if (is_reallocated (site))
    {
      gdouble growth = growth_at (MAX (site->mean_growth_rate, site->growth_rate), site, part);

      if (growth >= evidence.growth && growth > 0)
        evidence = (MemsnoopHeapEvidence){ growth, of_all, MEMSNOOP_HEAP_REASON_REALLOCATED };
    }
  return evidence;
}

const gchar *
memsnoop_heap_reason_name (MemsnoopHeapReason reason)
{
  static const gchar *const names[MEMSNOOP_HEAP_N_REASONS] = {
    [MEMSNOOP_HEAP_REASON_NONE] = "",
    [MEMSNOOP_HEAP_REASON_NEVER_FREED] = "never-freed",
    [MEMSNOOP_HEAP_REASON_OLD_STAY] = "old-stay",
    [MEMSNOOP_HEAP_REASON_PEAKS_STAY] = "peaks-stay",
    [MEMSNOOP_HEAP_REASON_REALLOCATED] = "reallocated",
  };

  g_return_val_if_fail ((guint) reason < G_N_ELEMENTS (names), "");
  return names[reason];
}
