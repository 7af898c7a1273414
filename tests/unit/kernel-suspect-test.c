/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel-suspect.h"

#include "boot-time.h"
#include "snapshot-builder.h"

#define MIB (G_GUINT64_CONSTANT (1) << 20)
#define NOW (100000 * MEMSNOOP_SECOND)
#define MINUTE (60 * MEMSNOOP_SECOND)
#define PID 4711
#define START_TIME (50 * MEMSNOOP_SECOND)

/* Steps of age: blocks of the last minute, and of hours ago. */
#define YOUNG 0
#define OLD (MEMSNOOP_SITE_AGES - 1)

/* A snapshot with one process, whose sites are added; and what was found. */
typedef struct
{
  MemsnoopSnapshot *snapshot;
  GPtrArray *sites;
  MemsnoopSuspicionLevel level;
} Suspect;

static void
set_up (Suspect *suspect, gconstpointer data)
{
  suspect->snapshot = memsnoop_snapshot_new ();
  suspect->snapshot->taken_at = NOW;
  suspect->sites = g_ptr_array_new_with_free_func ((GDestroyNotify) memsnoop_suspicion_site_free);
  add_process (suspect->snapshot, PID, START_TIME, "leaking", 0);
}

static void
tear_down (Suspect *suspect, gconstpointer data)
{
  memsnoop_snapshot_unref (suspect->snapshot);
  g_ptr_array_unref (suspect->sites);
}

/* Valid until the next one is added. */
static MemsnoopSite *
add_site (Suspect *suspect, const gchar *cache, guint64 bytes, guint age)
{
  MemsnoopProcessSnapshot *process =
      &g_array_index (suspect->snapshot->processes, MemsnoopProcessSnapshot, 0);
  MemsnoopSite site = { .frame = "allocate+0x10", .cache = cache, .bytes = bytes };

  site.count = bytes / 256;
  site.bytes_by_age[age] = bytes;
  process->sites = g_renew (MemsnoopSite, process->sites, process->n_sites + 1);
  process->sites[process->n_sites] = site;
  process->figures.current_bytes += bytes;
  return &process->sites[process->n_sites++];
}

static gboolean
explain (Suspect *suspect, guint64 grown)
{
  suspect->level = 4711;
  return memsnoop_kernel_suspect_explain (suspect->snapshot, PID, START_TIME, grown, NOW - MINUTE,
                                          suspect->sites, &suspect->level);
}

static void
assert_evidence (Suspect *suspect, guint64 grown, MemsnoopSuspicionLevel level)
{
  g_assert_true (explain (suspect, grown));
  g_assert_cmpint (suspect->level, ==, level);
}

static void
assert_no_evidence (Suspect *suspect, guint64 grown)
{
  g_assert_false (explain (suspect, grown));
  g_assert_cmpint (suspect->level, ==, 4711);
  g_assert_cmpuint (suspect->sites->len, ==, 0);
}

static void
assert_site (Suspect *suspect, guint index, const gchar *cache, guint64 bytes)
{
  const MemsnoopSuspicionSite *site = g_ptr_array_index (suspect->sites, index);

  g_assert_cmpstr (site->cache, ==, cache);
  g_assert_cmpstr (site->frames[0], ==, "allocate+0x10");
  g_assert_cmpuint (site->bytes, ==, bytes);
  g_assert_cmpuint (site->count, ==, bytes / 256);
}

static void
test_a_leak_of_descriptors_is_probable (Suspect *suspect, gconstpointer data)
{
  add_site (suspect, "filp", 4 * MIB, YOUNG);
  add_site (suspect, "dentry", 3 * MIB, YOUNG)->reclaimable = TRUE;
  add_site (suspect, "kmalloc-64", MIB, YOUNG);
  add_site (suspect, "signal_cache", MIB / 16, YOUNG);
  assert_evidence (suspect, 8 * MIB, MEMSNOOP_SUSPICION_PROBABLE);
  g_assert_cmpuint (suspect->sites->len, ==, 3);
  assert_site (suspect, 0, "filp", 4 * MIB);
  assert_site (suspect, 1, "dentry", 3 * MIB);
  assert_site (suspect, 2, "kmalloc-64", MIB);
}

static void
test_what_is_freed_unseen_is_no_evidence (Suspect *suspect, gconstpointer data)
{
  add_site (suspect, "eventpoll_epi", 8 * MIB, YOUNG)->unseen_frees = 8 * MIB / 256;
  add_site (suspect, "filp", MIB / 2, YOUNG);
  assert_no_evidence (suspect, 8 * MIB);
  assert_no_evidence (suspect, 4 * MIB);
}

static void
test_what_the_kernel_contradicts_is_no_evidence (Suspect *suspect, gconstpointer data)
{
  add_site (suspect, "eventpoll_epi", 8 * MIB, YOUNG)->contradicted = TRUE;
  assert_no_evidence (suspect, 8 * MIB);
}

static void
test_few_unseen_frees_do_not_hide_a_leak (Suspect *suspect, gconstpointer data)
{
  /* Missed where an interrupt came in the middle of another event, say. */
  add_site (suspect, "filp", 8 * MIB, YOUNG)->unseen_frees = 100;
  assert_evidence (suspect, 8 * MIB, MEMSNOOP_SUSPICION_PROBABLE);
  g_assert_cmpuint (suspect->sites->len, ==, 1);
}

static void
test_what_the_kernel_takes_back_is_no_evidence (Suspect *suspect, gconstpointer data)
{
  add_site (suspect, "ext4_inode_cache", 50 * MIB, YOUNG)->reclaimable = TRUE;
  add_site (suspect, "dentry", 10 * MIB, YOUNG)->reclaimable = TRUE;
  add_site (suspect, "filp", MIB, YOUNG);
  assert_no_evidence (suspect, 60 * MIB);
}

/* Of files with an inode each: more is in the inodes than in what only the process can free. */
static void
test_growth_that_is_explained_in_part_is_growth (Suspect *suspect, gconstpointer data)
{
  add_site (suspect, "ext4_inode_cache", 12 * MIB, YOUNG)->reclaimable = TRUE;
  add_site (suspect, "filp", 4 * MIB, YOUNG);
  assert_evidence (suspect, 16 * MIB, MEMSNOOP_SUSPICION_GROWTH);
  g_assert_cmpuint (suspect->sites->len, ==, 2);
}

static void
test_the_shares_have_their_bounds (Suspect *suspect, gconstpointer data)
{
  MemsnoopSite *site;

  add_site (suspect, "filp", 16 * MIB, YOUNG);
  site = add_site (suspect, "dentry", 8 * MIB, YOUNG);
  site->reclaimable = TRUE;
  assert_evidence (suspect, 16 * MIB, MEMSNOOP_SUSPICION_PROBABLE);
  site->bytes_by_age[YOUNG] += 1;
  assert_evidence (suspect, 16 * MIB, MEMSNOOP_SUSPICION_GROWTH);
  site->bytes_by_age[YOUNG] = 14 * MIB;
  assert_evidence (suspect, 16 * MIB, MEMSNOOP_SUSPICION_GROWTH);
  g_ptr_array_set_size (suspect->sites, 0);
  site->bytes_by_age[YOUNG] += 1;
  assert_no_evidence (suspect, 16 * MIB);
}

static void
test_what_was_there_before_explains_nothing (Suspect *suspect, gconstpointer data)
{
  MemsnoopSite *sockets;

  /* Neither does it hide anything. */
  add_site (suspect, "eventpoll_epi", 100 * MIB, OLD)->contradicted = TRUE;
  add_site (suspect, "dentry", 100 * MIB, OLD)->reclaimable = TRUE;
  sockets = add_site (suspect, "TCP", 100 * MIB, OLD);
  assert_no_evidence (suspect, 8 * MIB);
  sockets->bytes_by_age[OLD] -= 8 * MIB;
  sockets->bytes_by_age[YOUNG] += 8 * MIB;
  assert_evidence (suspect, 8 * MIB, MEMSNOOP_SUSPICION_PROBABLE);
  g_assert_cmpuint (suspect->sites->len, ==, 1);
  assert_site (suspect, 0, "TCP", 100 * MIB);
}

static void
test_the_site_that_grew_most_comes_first (Suspect *suspect, gconstpointer data)
{
  MemsnoopSite *large = add_site (suspect, "TCP", 100 * MIB, OLD);

  large->bytes_by_age[YOUNG] = MIB;
  add_site (suspect, "filp", 7 * MIB, YOUNG);
  assert_evidence (suspect, 8 * MIB, MEMSNOOP_SUSPICION_PROBABLE);
  g_assert_cmpuint (suspect->sites->len, ==, 2);
  assert_site (suspect, 0, "filp", 7 * MIB);
  assert_site (suspect, 1, "TCP", 100 * MIB);
}

static void
test_growth_in_sites_that_are_not_listed_is_growth (Suspect *suspect, gconstpointer data)
{
  add_site (suspect, "filp", MIB, YOUNG);
  g_array_index (suspect->snapshot->processes, MemsnoopProcessSnapshot, 0).figures.current_bytes +=
      20 * MIB;
  assert_evidence (suspect, 8 * MIB, MEMSNOOP_SUSPICION_GROWTH);
}

static void
test_growth_that_is_nowhere_is_no_evidence (Suspect *suspect, gconstpointer data)
{
  assert_no_evidence (suspect, 8 * MIB);
  assert_no_evidence (suspect, 0);
  add_site (suspect, "filp", MIB / 2, YOUNG);
  assert_no_evidence (suspect, 8 * MIB);
  assert_no_evidence (suspect, 0);
  assert_no_evidence (suspect, G_MAXUINT64);
}

static void
test_processes_are_told_apart_by_their_start (Suspect *suspect, gconstpointer data)
{
  MemsnoopSuspicionLevel level = 0;

  add_site (suspect, "filp", 8 * MIB, YOUNG);
  add_process (suspect->snapshot, PID, 60 * MEMSNOOP_SECOND, "other", 8 * MIB);
  /* To the kernel's clock tick, which /proc tells. */
  g_assert_true (memsnoop_kernel_suspect_explain (suspect->snapshot, PID, START_TIME + 999, 8 * MIB,
                                                  0, suspect->sites, &level));
  g_assert_false (memsnoop_kernel_suspect_explain (
      suspect->snapshot, PID, START_TIME + MEMSNOOP_SECOND, 8 * MIB, 0, suspect->sites, &level));
  g_assert_false (memsnoop_kernel_suspect_explain (suspect->snapshot, PID + 1, START_TIME, 8 * MIB,
                                                   0, suspect->sites, &level));
}

static void
test_interrupts_are_no_process (Suspect *suspect, gconstpointer data)
{
  MemsnoopSuspicionLevel level = 0;

  add_process (suspect->snapshot, 0, 0, "", 8 * MIB)->figures.kind =
      MEMSNOOP_PROCESS_KIND_INTERRUPTS;
  g_assert_false (memsnoop_kernel_suspect_explain (suspect->snapshot, 0, 0, 8 * MIB, 0,
                                                   suspect->sites, &level));
}

/* In the future, as after a clock that is not CLOCK_BOOTTIME: no time, and the least step of age.
 */
static void
test_a_beginning_after_the_snapshot_does_no_harm (Suspect *suspect, gconstpointer data)
{
  MemsnoopSuspicionLevel level = 0;

  add_site (suspect, "filp", 8 * MIB, OLD);
  g_assert_false (memsnoop_kernel_suspect_explain (suspect->snapshot, PID, START_TIME, 8 * MIB,
                                                   G_MAXUINT64, suspect->sites, &level));
}

static void
test_ages_are_told_apart_in_steps (void)
{
  static const guint32 ages[] = { 0, 3, 4, 15, 16, 63, 64, 16383, 16384, G_MAXUINT32 };
  static const guint steps[] = { 0, 0, 1, 1, 2, 2, 3, 6, 7, 15 };
  MemsnoopSite site = { .bytes = 1000, .bytes_by_age = { 1, 2, 4, 8, 16, 32, 64 } };

  for (guint i = 0; i < G_N_ELEMENTS (ages); i++)
    g_assert_cmpuint (memsnoop_site_age_step (ages[i]), ==, steps[i]);
  g_assert_cmpuint (memsnoop_site_bytes_since (&site, 0), ==, 1);
  g_assert_cmpuint (memsnoop_site_bytes_since (&site, 14 * MEMSNOOP_SECOND), ==, 1);
  g_assert_cmpuint (memsnoop_site_bytes_since (&site, 15 * MEMSNOOP_SECOND), ==, 3);
  g_assert_cmpuint (memsnoop_site_bytes_since (&site, 8 * MINUTE), ==, 15);
  g_assert_cmpuint (memsnoop_site_bytes_since (&site, 16 * 60 * MINUTE), ==, 127);
  g_assert_cmpuint (memsnoop_site_bytes_since (&site, 48 * 60 * MINUTE), ==, 1000);
  g_assert_cmpuint (memsnoop_site_bytes_since (&site, G_MAXUINT64), ==, 1000);
}

static MemsnoopSuspicion *
followed (void)
{
  MemsnoopSuspicion *suspicion = memsnoop_suspicion_new (1, MEMSNOOP_SUSPICION_KERNEL);

  suspicion->pid = PID;
  suspicion->start_time = START_TIME;
  suspicion->since = NOW - MINUTE;
  suspicion->bytes = 8 * MIB;
  suspicion->sites_at = NOW - MINUTE / 2;
  g_ptr_array_add (suspicion->sites, memsnoop_suspicion_site_new (1, 1, "before", NULL));
  return suspicion;
}

static void
test_what_comes_to_be_explained_rises_and_has_the_sites_of_the_moment (Suspect *suspect,
                                                                       gconstpointer data)
{
  g_autoptr (MemsnoopSuspicion) suspicion = followed ();
  const MemsnoopSuspicionSite *site;

  add_site (suspect, "kmalloc-256", 8 * MIB, YOUNG);
  memsnoop_kernel_suspect_explain_again (suspect->snapshot, suspicion);
  g_assert_cmpint (suspicion->level, ==, MEMSNOOP_SUSPICION_PROBABLE);
  g_assert_cmpuint (suspicion->sites->len, ==, 1);
  site = g_ptr_array_index (suspicion->sites, 0);
  g_assert_cmpstr (site->cache, ==, "kmalloc-256");
  g_assert_cmpuint (suspicion->sites_at, ==, NOW);
}

static void
test_what_is_no_evidence_leaves_the_suspicion_as_it_was (Suspect *suspect, gconstpointer data)
{
  g_autoptr (MemsnoopSuspicion) suspicion = followed ();
  const MemsnoopSuspicionSite *site;

  suspicion->level = MEMSNOOP_SUSPICION_PROBABLE;
  memsnoop_kernel_suspect_explain_again (suspect->snapshot, suspicion);
  g_assert_cmpint (suspicion->level, ==, MEMSNOOP_SUSPICION_PROBABLE);
  site = g_ptr_array_index (suspicion->sites, 0);
  g_assert_cmpstr (site->frames[0], ==, "before");
  g_assert_cmpuint (suspicion->sites_at, ==, NOW - MINUTE / 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, test) g_test_add ("/kernel-suspect/" name, Suspect, NULL, set_up, test, tear_down)
  ADD ("a-leak-of-descriptors-is-probable", test_a_leak_of_descriptors_is_probable);
  ADD ("what-is-freed-unseen-is-no-evidence", test_what_is_freed_unseen_is_no_evidence);
  ADD ("what-the-kernel-contradicts-is-no-evidence",
       test_what_the_kernel_contradicts_is_no_evidence);
  ADD ("few-unseen-frees-do-not-hide-a-leak", test_few_unseen_frees_do_not_hide_a_leak);
  ADD ("what-the-kernel-takes-back-is-no-evidence", test_what_the_kernel_takes_back_is_no_evidence);
  ADD ("growth-that-is-explained-in-part-is-growth",
       test_growth_that_is_explained_in_part_is_growth);
  ADD ("the-shares-have-their-bounds", test_the_shares_have_their_bounds);
  ADD ("what-was-there-before-explains-nothing", test_what_was_there_before_explains_nothing);
  ADD ("the-site-that-grew-most-comes-first", test_the_site_that_grew_most_comes_first);
  ADD ("growth-in-sites-that-are-not-listed-is-growth",
       test_growth_in_sites_that_are_not_listed_is_growth);
  ADD ("growth-that-is-nowhere-is-no-evidence", test_growth_that_is_nowhere_is_no_evidence);
  ADD ("processes-are-told-apart-by-their-start", test_processes_are_told_apart_by_their_start);
  ADD ("interrupts-are-no-process", test_interrupts_are_no_process);
  ADD ("a-beginning-after-the-snapshot-does-no-harm",
       test_a_beginning_after_the_snapshot_does_no_harm);
  ADD ("what-comes-to-be-explained-rises-and-has-the-sites-of-the-moment",
       test_what_comes_to_be_explained_rises_and_has_the_sites_of_the_moment);
  ADD ("what-is-no-evidence-leaves-the-suspicion-as-it-was",
       test_what_is_no_evidence_leaves_the_suspicion_as_it_was);
  g_test_add_func ("/kernel-suspect/ages-are-told-apart-in-steps",
                   test_ages_are_told_apart_in_steps);
  return g_test_run ();
}
