/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel-suspect.h"

#include "process-identity.h"

/* Certain growth below this part of the whole is no evidence: it is what any process does
 * meanwhile. */
#define EVIDENCE_PART 8
/* From this part of the growth on, the sites that are named explain it. */
#define EXPLANATION_PART 2
/* A site that can have grown by less than this part of the whole is not worth naming. */
#define NAMED_PART 64

/* By how much the sites of one process can have grown. */
typedef struct
{
  /* Live as far as one can know, in caches that only the process empties. */
  guint64 firm;
  /* May be free already. */
  guint64 doubtful;
  /* The kernel can take back what nobody uses. */
  guint64 reclaimable;
  /* Of sites that are not in the snapshot. */
  guint64 unlisted;
} Growth;

static guint64
less (guint64 from, guint64 amount)
{
  return from > amount ? from - amount : 0;
}

/* As many blocks again may be free as were found to be: those lie in slabs that are in use. */
static guint64
doubtful_bytes (const MemsnoopSite *site)
{
  if (site->contradicted || site->unseen_frees >= site->count)
    return site->bytes;
  return site->bytes / site->count * site->unseen_frees;
}

static Growth
sum_up (const MemsnoopProcessSnapshot *process, guint64 window)
{
  guint64 listed = 0;
  Growth sum = { 0 };

  for (guint i = 0; i < process->n_sites; i++)
    {
      const MemsnoopSite *site = &process->sites[i];
      guint64 growth = memsnoop_site_bytes_since (site, window);
      guint64 doubtful = MIN (doubtful_bytes (site), growth);

      listed += site->bytes;
      sum.doubtful += doubtful;
      if (site->reclaimable)
        sum.reclaimable += growth - doubtful;
      else
        sum.firm += growth - doubtful;
    }
  sum.unlisted = less (process->figures.current_bytes, listed);
  return sum;
}

static const MemsnoopProcessSnapshot *
find_process (const MemsnoopSnapshot *snapshot, guint32 pid, guint64 start_time)
{
  guint64 rounded = memsnoop_round_start_time (start_time);

  for (guint i = 0; i < snapshot->processes->len; i++)
    {
      const MemsnoopProcessSnapshot *process =
          &g_array_index (snapshot->processes, MemsnoopProcessSnapshot, i);

      if (process->figures.pid == pid && pid != 0 &&
          memsnoop_round_start_time (process->figures.start_time) == rounded)
        return process;
    }
  return NULL;
}

static gint
compare_growth (gconstpointer a, gconstpointer b, gpointer window)
{
  guint64 left = memsnoop_site_bytes_since (*(const MemsnoopSite *const *) a, *(guint64 *) window);
  guint64 right = memsnoop_site_bytes_since (*(const MemsnoopSite *const *) b, *(guint64 *) window);

  return left > right ? -1 : left < right;
}

static void
name_sites (const MemsnoopProcessSnapshot *process, guint64 grown, guint64 window, GPtrArray *sites)
{
  g_autoptr (GPtrArray) candidates = g_ptr_array_new ();

  for (guint i = 0; i < process->n_sites; i++)
    {
      const MemsnoopSite *site = &process->sites[i];

      if (less (memsnoop_site_bytes_since (site, window), doubtful_bytes (site)) >
          grown / NAMED_PART)
        g_ptr_array_add (candidates, (gpointer) site);
    }
  g_ptr_array_sort_with_data (candidates, compare_growth, &window);
  for (guint i = 0; i < candidates->len; i++)
    {
      const MemsnoopSite *site = g_ptr_array_index (candidates, i);

      g_ptr_array_add (
          sites, memsnoop_suspicion_site_new (site->bytes, site->count, site->frame, site->cache));
    }
}

gboolean
memsnoop_kernel_suspect_explain (const MemsnoopSnapshot *snapshot,
                                 guint32 pid,
                                 guint64 start_time,
                                 guint64 grown,
                                 guint64 since,
                                 GPtrArray *sites,
                                 MemsnoopSuspicionLevel *level)
{
  const MemsnoopProcessSnapshot *process = find_process (snapshot, pid, start_time);
  guint64 window = less (snapshot->taken_at, since);
  guint64 certain, explained;
  Growth growth;

  if (process == NULL || grown == 0)
    return FALSE;
  growth = sum_up (process, window);
  certain =
      MIN (less (less (grown, growth.doubtful), growth.reclaimable), growth.firm + growth.unlisted);
  explained = MIN (less (certain, growth.unlisted), growth.firm);
  if (certain < grown / EVIDENCE_PART)
    return FALSE;
  *level = explained >= grown / EXPLANATION_PART ? MEMSNOOP_SUSPICION_PROBABLE
                                                 : MEMSNOOP_SUSPICION_GROWTH;
  name_sites (process, grown, window, sites);
  return TRUE;
}

void
memsnoop_kernel_suspect_explain_again (const MemsnoopSnapshot *snapshot,
                                       MemsnoopSuspicion *suspicion)
{
  g_autoptr (GPtrArray) sites =
      g_ptr_array_new_with_free_func ((GDestroyNotify) memsnoop_suspicion_site_free);
  MemsnoopSuspicionLevel level;

  if (!memsnoop_kernel_suspect_explain (snapshot, suspicion->pid, suspicion->start_time,
                                        suspicion->bytes, suspicion->since, sites, &level))
    return;
  g_ptr_array_unref (suspicion->sites);
  suspicion->sites = g_steal_pointer (&sites);
  suspicion->sites_at = snapshot->taken_at;
  suspicion->level = MAX (suspicion->level, level);
}
