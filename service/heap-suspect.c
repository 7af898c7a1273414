/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "heap-suspect.h"

#include "boot-time.h"
#include "frame-text.h"
#include "snapshot.h"

#include <math.h>

/* The score from which Scalene reports a leak. */
#define SURVIVAL_MINIMUM 0.95
/* From this part of the growth on the sites explain it; as for kernel memory. */
#define EXPLANATION_PART 2
/* Growth of the live heap below this part of the whole is what any process does meanwhile; as for
 * kernel memory. */
#define EVIDENCE_PART 8
/* A site that has grown by less than this part of the whole is not worth naming. */
#define NAMED_PART 64
#define NAMED_MAXIMUM 16
/* Two of the steps in which the C library's heap takes memory from the kernel (M_TOP_PAD): growth
 * of less says nothing about who needed it. */
#define GROWTH_MINIMUM (256 * 1024)
/* Standard errors of an estimate: 97.5 % of them are not farther off to one side. */
#define ERRORS 2.0
/* Of the calls, that were not recorded: more, and nothing is said about what is not live. */
#define LOSS_PART 1000

/* Of the growth, what the recording has seen. */
typedef struct
{
  /* Nanoseconds until the snapshot. */
  guint64 time;
  /* The recording has begun with it or later: no block that it knows is older. */
  gboolean whole;
  /* By how much the process has grown meanwhile. */
  gdouble bytes;
} Part;

static Part
find_part (const MemsnoopHeapSnapshot *snapshot, guint64 grown, guint64 since)
{
  guint64 begin = MAX (since, snapshot->since);
  guint64 all = snapshot->taken_at - MIN (since, snapshot->taken_at);
  Part part = { .time = snapshot->taken_at - MIN (begin, snapshot->taken_at),
                .whole = snapshot->since >= since };

  part.bytes = all == 0 ? 0 : (gdouble) grown * (gdouble) part.time / (gdouble) all;
  return part;
}

gdouble
memsnoop_heap_suspect_survival (const MemsnoopHeapSite *site)
{
  gdouble live = (gdouble) (site->alloc_count - MIN (site->free_count, site->alloc_count));
  gdouble score = 1 - ((gdouble) site->free_count + 1) / (live + 2);

  return MAX (score, 0);
}

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
sum_old (const MemsnoopHeapSite *site, const Part *part, guint young)
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

/* What is young may be freed yet, and what is only old was allocated once. */
static gdouble
growth_by_age (const MemsnoopHeapSite *site, const Part *part)
{
  Ages young = { .bytes = site->bytes_by_age[0], .time = end_of_step (0) };
  Ages old;
  guint step = 0;

  if (end_of_step (0) > part->time / 2)
    return 0;
  for (; step + 1 < MEMSNOOP_HEAP_AGES && end_of_step (step + 1) <= part->time / 2; step++)
    {
      young.bytes += site->bytes_by_age[step + 1];
      young.time = end_of_step (step + 1);
    }
  old = sum_old (site, part, step);
  return MIN (rate_of (&young), rate_of (&old)) * (gdouble) part->time;
}

/* Growth from snapshot to snapshot */

/* Live bytes that can be of the part. */
static gdouble
live_in_part (const MemsnoopHeapSite *site, const Part *part)
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
growth_by_rate (const MemsnoopHeapSite *site, const Part *part)
{
  gdouble growth = site->growth_rate * (gdouble) part->time / (gdouble) MEMSNOOP_SECOND;

  return CLAMP (growth, 0, live_in_part (site, part));
}

static gdouble
steady_growth (const MemsnoopHeapSite *site, const Part *part)
{
  gdouble by_age = growth_by_age (site, part);

  if (site->growth_rate < 0)
    return 0;
  if (memsnoop_heap_suspect_survival (site) < SURVIVAL_MINIMUM)
    return by_age;
  return MAX (by_age, growth_by_rate (site, part));
}

guint64
memsnoop_heap_suspect_growth (const MemsnoopHeapSnapshot *snapshot,
                              const MemsnoopHeapSite *site,
                              guint64 since)
{
  Part part = find_part (snapshot, 0, since);

  return (guint64) steady_growth (site, &part);
}

/* The whole heap */

typedef struct
{
  /* Of sites that can be named and grow steadily, with the standard error of what they have. */
  gdouble held;
  gdouble held_error;
  guint64 held_count;
  guint64 held_bytes;
  /* By what all of the heap can have grown: by age, and from snapshot to snapshot. */
  gdouble live;
  gdouble by_rate;
  gdouble error;
  gboolean has_rates;
} Sum;

static void
add_site (Sum *sum, const MemsnoopHeapSite *site, const Part *part)
{
  gdouble growth = site->n_frames > 0 ? steady_growth (site, part) : 0;

  sum->live += live_in_part (site, part);
  sum->by_rate += site->growth_rate * (gdouble) part->time / (gdouble) MEMSNOOP_SECOND;
  sum->error = hypot (sum->error, site->standard_error);
  sum->has_rates |= site->growth_rate != 0;
  if (growth <= 0)
    return;
  sum->held += growth;
  sum->held_error = hypot (sum->held_error, site->standard_error);
  sum->held_count += site->live_count;
  sum->held_bytes += site->live_bytes;
}

static Sum
sum_up (const MemsnoopHeapSnapshot *snapshot, const Part *part)
{
  Sum sum = { 0 };

  for (guint i = 0; i < snapshot->sites->len; i++)
    add_site (&sum, &g_array_index (snapshot->sites, MemsnoopHeapSite, i), part);
  return sum;
}

/* Blocks from before the recording that were freed meanwhile: the new ones only replace them. How
 * large they were is not known. */
static gdouble
replaced_bytes (const MemsnoopHeapSnapshot *snapshot, const Sum *sum)
{
  if (sum->held_count == 0)
    return 0;
  return (gdouble) snapshot->untracked_frees * (gdouble) sum->held_bytes /
         (gdouble) sum->held_count;
}

static gboolean
is_held (const MemsnoopHeapSnapshot *snapshot, const Sum *sum, const Part *part)
{
  gdouble certain = sum->held - ERRORS * sum->held_error - replaced_bytes (snapshot, sum);

  return certain >= part->bytes / EXPLANATION_PART;
}

/* Without two snapshots all that is live may have been allocated meanwhile. */
static gboolean
is_retained (const MemsnoopHeapSnapshot *snapshot, const Sum *sum, const Part *part)
{
  gdouble growth = sum->has_rates ? MIN (sum->live, sum->by_rate) : sum->live;

  return memsnoop_heap_snapshot_get_lost (snapshot) <= snapshot->alloc_count / LOSS_PART &&
         growth + ERRORS * sum->error < part->bytes / EVIDENCE_PART;
}

/* Names */

typedef struct
{
  const MemsnoopHeapSite *site;
  gdouble growth;
} Named;

static gint
compare_growth (gconstpointer a, gconstpointer b)
{
  const Named *left = a, *right = b;

  return left->growth > right->growth ? -1 : left->growth < right->growth;
}

static void
name_sites (const MemsnoopHeapSnapshot *snapshot, const Part *part, GPtrArray *sites)
{
  g_autoptr (GArray) named = g_array_new (FALSE, FALSE, sizeof (Named));

  for (guint i = 0; i < snapshot->sites->len; i++)
    {
      const MemsnoopHeapSite *site = &g_array_index (snapshot->sites, MemsnoopHeapSite, i);
      Named candidate = { site, MAX (steady_growth (site, part), growth_by_rate (site, part)) };

      if (site->n_frames > 0 && candidate.growth > part->bytes / NAMED_PART)
        g_array_append_val (named, candidate);
    }
  g_array_sort (named, compare_growth);
  for (guint i = 0; i < MIN (named->len, NAMED_MAXIMUM); i++)
    {
      const MemsnoopHeapSite *site = g_array_index (named, Named, i).site;

      g_ptr_array_add (sites, memsnoop_suspicion_site_new_stack (
                                  site->live_bytes, site->live_count,
                                  memsnoop_frame_texts (site->frames, site->n_frames)));
    }
}

MemsnoopHeapFinding
memsnoop_heap_suspect_explain (const MemsnoopHeapSnapshot *snapshot,
                               guint64 grown,
                               guint64 since,
                               GPtrArray *sites)
{
  Part part = find_part (snapshot, grown, since);
  Sum sum;

  /* Where frees were missed, what lives and what only seems to cannot be told apart. */
  if (part.bytes < GROWTH_MINIMUM || snapshot->expense.frees_missed)
    return MEMSNOOP_HEAP_UNEXPLAINED;
  /* Of what was allocated in pauses, nothing is there. */
  part.bytes *= snapshot->expense.recorded_share;
  sum = sum_up (snapshot, &part);
  name_sites (snapshot, &part, sites);
  if (is_held (snapshot, &sum, &part))
    return MEMSNOOP_HEAP_HELD;
  return is_retained (snapshot, &sum, &part) ? MEMSNOOP_HEAP_RETAINED : MEMSNOOP_HEAP_UNEXPLAINED;
}

static void
take_sites (MemsnoopSuspicion *suspicion, GPtrArray *sites, guint64 now)
{
  g_ptr_array_unref (suspicion->sites);
  suspicion->sites = g_ptr_array_ref (sites);
  suspicion->sites_at = now;
}

void
memsnoop_heap_suspect_explain_again (const MemsnoopHeapSnapshot *snapshot,
                                     MemsnoopSuspicion *suspicion)
{
  g_autoptr (GPtrArray) sites =
      g_ptr_array_new_with_free_func ((GDestroyNotify) memsnoop_suspicion_site_free);
  MemsnoopHeapFinding finding =
      memsnoop_heap_suspect_explain (snapshot, suspicion->bytes, suspicion->since, sites);

  if (finding == MEMSNOOP_HEAP_HELD)
    {
      suspicion->kind = MEMSNOOP_SUSPICION_HEAP;
      suspicion->level = MEMSNOOP_SUSPICION_PROBABLE;
      suspicion->retained = 0;
      take_sites (suspicion, sites, snapshot->taken_at);
      return;
    }
  /* What was found before stays. */
  if (suspicion->level == MEMSNOOP_SUSPICION_PROBABLE)
    return;
  suspicion->retained =
      finding == MEMSNOOP_HEAP_RETAINED ? memsnoop_heap_snapshot_retained (snapshot) : 0;
  if (sites->len > 0)
    take_sites (suspicion, sites, snapshot->taken_at);
}
