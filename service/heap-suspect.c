/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "heap-suspect.h"

#include "boot-time.h"
#include "frame-text.h"
#include "heap-evidence.h"

#include <math.h>

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
  MemsnoopHeapPart seen;
  /* By how much the process has grown meanwhile. */
  gdouble bytes;
} Part;

static Part
find_part (const MemsnoopHeapSnapshot *snapshot, guint64 grown, guint64 since)
{
  guint64 begin = MAX (since, snapshot->since);
  guint64 all = snapshot->taken_at - MIN (since, snapshot->taken_at);
  Part part = { .seen = { .time = snapshot->taken_at - MIN (begin, snapshot->taken_at),
                          .whole = snapshot->since >= since } };

  part.bytes = all == 0 ? 0 : (gdouble) grown * (gdouble) part.seen.time / (gdouble) all;
  return part;
}

/* The whole heap */

typedef struct
{
  /* Of sites that can be named and grow steadily, with the standard error of what they have. */
  gdouble held;
  gdouble held_error;
  /* Of these, how sure it is that what they hold stays, by bytes. */
  gdouble survival;
  guint64 held_count;
  guint64 held_bytes;
  /* By what all of the heap can have grown: by age, and from snapshot to snapshot. */
  gdouble live;
  gdouble by_rate;
  gdouble by_mean_rate;
  gdouble error;
  gboolean has_rates;
} Sum;

static void
add_site (Sum *sum, const MemsnoopHeapSite *site, const MemsnoopHeapPart *part)
{
  MemsnoopHeapEvidence evidence = memsnoop_heap_evidence_find (site, part);

  sum->live += memsnoop_heap_evidence_live (site, part);
  sum->by_rate += site->growth_rate * (gdouble) part->time / (gdouble) MEMSNOOP_SECOND;
  sum->by_mean_rate += site->mean_growth_rate * (gdouble) part->time / (gdouble) MEMSNOOP_SECOND;
  sum->error = hypot (sum->error, site->standard_error);
  sum->has_rates |= site->growth_rate != 0;
  if (evidence.growth <= 0 || site->n_frames == 0)
    return;
  sum->held += evidence.growth;
  sum->survival += evidence.growth * evidence.survival;
  sum->held_error = hypot (sum->held_error, site->standard_error);
  sum->held_count += site->live_count;
  sum->held_bytes += site->live_bytes;
}

static Sum
sum_up (const MemsnoopHeapSnapshot *snapshot, const Part *part)
{
  Sum sum = { 0 };

  for (guint i = 0; i < snapshot->sites->len; i++)
    add_site (&sum, &g_array_index (snapshot->sites, MemsnoopHeapSite, i), &part->seen);
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

/* Without two snapshots all that is live may have been allocated meanwhile. What is live already
 * and only used now, as the room that a block has for more, is not retained. */
static gboolean
is_retained (const MemsnoopHeapSnapshot *snapshot, const Sum *sum, const Part *part)
{
  gdouble by_rates = MAX (sum->by_rate, sum->by_mean_rate);
  gdouble growth = sum->has_rates ? MIN (sum->live, by_rates) : sum->live;

  if ((gdouble) memsnoop_heap_snapshot_retained (snapshot) < part->bytes / EXPLANATION_PART)
    return FALSE;
  return memsnoop_heap_snapshot_get_lost (snapshot) <= snapshot->alloc_count / LOSS_PART &&
         growth + ERRORS * sum->error < part->bytes / EVIDENCE_PART;
}

/* Names */

typedef struct
{
  const MemsnoopHeapSite *site;
  MemsnoopHeapEvidence evidence;
  gdouble growth;
} Named;

static Named
find_named (const MemsnoopHeapSite *site, const MemsnoopHeapPart *part)
{
  Named named = { .site = site, .evidence = memsnoop_heap_evidence_find (site, part) };

  named.growth = MAX (named.evidence.growth, memsnoop_heap_evidence_change (site, part));
  return named;
}

static MemsnoopSuspicionSite *
name_site (const Named *named)
{
  const MemsnoopHeapSite *site = named->site;
  MemsnoopSuspicionSite *name = memsnoop_suspicion_site_new_stack (
      site->live_bytes, site->live_count, memsnoop_frame_texts (site->frames, site->n_frames));
  MemsnoopSuspicionEvidence evidence = {
    .growth = (guint64) named->growth,
    .growth_rate = site->growth_rate,
    .reason = memsnoop_heap_reason_name (named->evidence.reason),
    .survival = named->evidence.survival,
    .alloc_count = site->alloc_count,
    .free_count = site->free_count - MIN (site->survival.moved, site->free_count),
    .oldest_age = site->oldest_age,
    .mean_lifetime = memsnoop_heap_survival_mean_lifetime (&site->survival),
  };

  name->evidence = g_memdup2 (&evidence, sizeof evidence);
  return name;
}

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
      Named candidate = find_named (site, &part->seen);

      if (site->n_frames > 0 && candidate.growth > part->bytes / NAMED_PART)
        g_array_append_val (named, candidate);
    }
  g_array_sort (named, compare_growth);
  for (guint i = 0; i < MIN (named->len, NAMED_MAXIMUM); i++)
    g_ptr_array_add (sites, name_site (&g_array_index (named, Named, i)));
}

/* The share of the growth that is explained, as far as it is sure that it stays. */
static gdouble
strength_of (const Sum *sum, const Part *part)
{
  return sum->held <= 0 ? 0 : sum->survival / sum->held * MIN (1, sum->held / part->bytes);
}

MemsnoopHeapFinding
memsnoop_heap_suspect_explain (const MemsnoopHeapSnapshot *snapshot,
                               guint64 grown,
                               guint64 since,
                               GPtrArray *sites,
                               gdouble *strength)
{
  Part part = find_part (snapshot, grown, since);
  Sum sum;

  *strength = 0;
  /* Where frees were missed, what lives and what only seems to cannot be told apart. */
  if (part.bytes < GROWTH_MINIMUM || snapshot->expense.frees_missed)
    return MEMSNOOP_HEAP_UNEXPLAINED;
  /* Of what was allocated in pauses, nothing is there. */
  part.bytes *= snapshot->expense.recorded_share;
  sum = sum_up (snapshot, &part);
  name_sites (snapshot, &part, sites);
  if (is_held (snapshot, &sum, &part))
    {
      *strength = strength_of (&sum, &part);
      return MEMSNOOP_HEAP_HELD;
    }
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
  gdouble strength;
  MemsnoopHeapFinding finding = memsnoop_heap_suspect_explain (snapshot, suspicion->bytes,
                                                               suspicion->since, sites, &strength);

  if (finding == MEMSNOOP_HEAP_HELD)
    {
      suspicion->kind = MEMSNOOP_SUSPICION_HEAP;
      suspicion->level = MEMSNOOP_SUSPICION_PROBABLE;
      suspicion->retained = 0;
      memsnoop_suspicion_strengthen (suspicion, strength);
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
