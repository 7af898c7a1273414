/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "heap-suspect.h"

#include "boot-time.h"
#include "heap-sites.h"
#include "snapshot.h"

#define MIB (G_GUINT64_CONSTANT (1) << 20)
#define NOW (100000 * MEMSNOOP_SECOND)
#define BLOCK 4096

/* The process grows by 1 MiB in a second, for 160 seconds; the recording covers it from then on. */
#define DURATION (160 * MEMSNOOP_SECOND)
#define GROWN (160 * MIB)

typedef struct
{
  MemsnoopHeapSnapshot *snapshot;
  MemsnoopHeapSites *builder;
  guint n_sites;
  GPtrArray *sites;
  gdouble strength;
} Suspect;

static void
set_up (Suspect *suspect, gconstpointer unused)
{
  suspect->snapshot = memsnoop_heap_snapshot_new ();
  suspect->snapshot->taken_at = NOW;
  suspect->snapshot->since = NOW - DURATION;
  suspect->snapshot->resident_anonymous = 800 * MIB;
  suspect->builder = memsnoop_heap_sites_new (suspect->snapshot);
  suspect->sites = g_ptr_array_new_with_free_func ((GDestroyNotify) memsnoop_suspicion_site_free);
}

static void
tear_down (Suspect *suspect, gconstpointer unused)
{
  memsnoop_heap_sites_free (suspect->builder);
  memsnoop_heap_snapshot_unref (suspect->snapshot);
  g_ptr_array_unref (suspect->sites);
}

/* Two frames, of which the inner one is "function0", "function1" and so on. */
static void
add_site (Suspect *suspect, MemsnoopHeapSite site)
{
  g_autofree gchar *name = g_strdup_printf ("function%u", suspect->n_sites++);
  MemsnoopFunction inner = { name, NULL, 0 }, outer = { "main", "main.c", 7 };
  const MemsnoopFrame *frames[] = {
    memsnoop_heap_sites_add_frame (suspect->builder, "/bin/program", suspect->n_sites, &inner, 1),
    memsnoop_heap_sites_add_frame (suspect->builder, "/bin/program", 4711, &outer, 1),
  };

  site.frames = frames;
  site.n_frames = G_N_ELEMENTS (frames);
  site.live_count = site.live_bytes / BLOCK;
  for (guint i = 0; i < MEMSNOOP_HEAP_AGES; i++)
    site.survival.count_by_age[i] = site.bytes_by_age[i] / BLOCK;
  /* Garbage. */
  site.survival.freed_by_lifetime[0] = site.free_count;
  if (site.alloc_count == 0)
    site.alloc_count = site.live_count + site.free_count;
  suspect->snapshot->current_bytes += site.live_bytes;
  suspect->snapshot->alloc_count += site.alloc_count;
  suspect->snapshot->free_count += site.free_count;
  memsnoop_heap_sites_add (suspect->builder, &site);
}

/* A leak by so many MiB in a second over all of the time; ages end at 20, 80 and 320 seconds. */
static MemsnoopHeapSite
leak (guint64 rate)
{
  return (MemsnoopHeapSite){ .live_bytes = 160 * rate * MIB,
                             .bytes_by_age = { 20 * rate * MIB, 60 * rate * MIB, 80 * rate * MIB },
                             .growth_rate = (gdouble) (rate * MIB) };
}

static MemsnoopHeapFinding
explain_since (Suspect *suspect, guint64 grown, guint64 since)
{
  memsnoop_heap_sites_finish (suspect->builder);
  return memsnoop_heap_suspect_explain (suspect->snapshot, grown, since, suspect->sites,
                                        &suspect->strength);
}

static MemsnoopHeapFinding
explain (Suspect *suspect)
{
  return explain_since (suspect, GROWN, NOW - DURATION);
}

static void
assert_site (Suspect *suspect, guint index, const gchar *function, guint64 bytes)
{
  const MemsnoopSuspicionSite *site = g_ptr_array_index (suspect->sites, index);
  g_autofree gchar *inner = g_strdup_printf ("%s (program)", function);

  g_assert_cmpuint (g_strv_length (site->frames), ==, 2);
  g_assert_cmpstr (site->frames[0], ==, inner);
  g_assert_cmpstr (site->frames[1], ==, "main (main.c:7)");
  g_assert_null (site->cache);
  g_assert_cmpuint (site->bytes, ==, bytes);
  g_assert_cmpuint (site->count, ==, bytes / BLOCK);
}

static void
test_a_leak_is_held_by_its_call_stack (Suspect *suspect, gconstpointer unused)
{
  add_site (suspect, leak (1));
  add_site (suspect, (MemsnoopHeapSite){ .live_bytes = MIB, .bytes_by_age = { 0, 0, MIB } });
  g_assert_cmpint (explain (suspect), ==, MEMSNOOP_HEAP_HELD);
  g_assert_cmpuint (suspect->sites->len, ==, 1);
  assert_site (suspect, 0, "function0", 160 * MIB);
}

static void
test_half_of_the_growth_is_enough_and_less_is_not (Suspect *suspect, gconstpointer unused)
{
  add_site (suspect, leak (1));
  memsnoop_heap_sites_finish (suspect->builder);
  g_assert_cmpint (memsnoop_heap_suspect_explain (suspect->snapshot, 2 * GROWN, NOW - DURATION,
                                                  suspect->sites, &suspect->strength),
                   ==, MEMSNOOP_HEAP_HELD);
  g_assert_cmpint (memsnoop_heap_suspect_explain (suspect->snapshot, 2 * GROWN + 2 * MIB,
                                                  NOW - DURATION, suspect->sites,
                                                  &suspect->strength),
                   ==, MEMSNOOP_HEAP_UNEXPLAINED);
}

/* Four of five blocks of the same stack are freed at once. */
static void
test_a_leak_among_garbage_is_told_by_its_old_blocks (Suspect *suspect, gconstpointer unused)
{
  MemsnoopHeapSite site = leak (1);

  site.free_count = 4 * site.live_bytes / BLOCK;
  add_site (suspect, site);
  g_assert_cmpint (explain (suspect), ==, MEMSNOOP_HEAP_HELD);
}

static void
test_garbage_is_not_held (Suspect *suspect, gconstpointer unused)
{
  add_site (suspect, (MemsnoopHeapSite){ .live_bytes = 160 * MIB,
                                         .bytes_by_age = { 160 * MIB },
                                         .free_count = 1000000,
                                         .growth_rate = 4.0 * MIB });
  g_assert_cmpint (explain (suspect), ==, MEMSNOOP_HEAP_UNEXPLAINED);
}

static void
test_what_is_allocated_once_is_not_growth (Suspect *suspect, gconstpointer unused)
{
  add_site (suspect,
            (MemsnoopHeapSite){ .live_bytes = 160 * MIB, .bytes_by_age = { 0, 0, 160 * MIB } });
  g_assert_cmpint (explain (suspect), ==, MEMSNOOP_HEAP_UNEXPLAINED);
  g_assert_cmpuint (suspect->sites->len, ==, 0);
}

static void
test_what_shrinks_is_not_held (Suspect *suspect, gconstpointer unused)
{
  MemsnoopHeapSite site = leak (1);

  site.growth_rate = -1;
  add_site (suspect, site);
  g_assert_cmpint (explain (suspect), ==, MEMSNOOP_HEAP_RETAINED);
}

/* Too early for ages: two snapshots, and blocks that survive. */
static void
test_a_short_recording_takes_growth_and_survival (Suspect *suspect, gconstpointer unused)
{
  suspect->snapshot->since = NOW - 16 * MEMSNOOP_SECOND;
  add_site (suspect, (MemsnoopHeapSite){ .live_bytes = 16 * MIB,
                                         .bytes_by_age = { 16 * MIB },
                                         .growth_rate = (gdouble) MIB });
  g_assert_cmpint (explain (suspect), ==, MEMSNOOP_HEAP_HELD);
}

static void
test_a_short_recording_with_one_snapshot_tells_nothing (Suspect *suspect, gconstpointer unused)
{
  suspect->snapshot->since = NOW - 16 * MEMSNOOP_SECOND;
  add_site (suspect, (MemsnoopHeapSite){ .live_bytes = 16 * MIB, .bytes_by_age = { 16 * MIB } });
  g_assert_cmpint (explain (suspect), ==, MEMSNOOP_HEAP_UNEXPLAINED);
}

static void
test_a_site_that_frees_needs_old_blocks (Suspect *suspect, gconstpointer unused)
{
  suspect->snapshot->since = NOW - 16 * MEMSNOOP_SECOND;
  add_site (suspect, (MemsnoopHeapSite){ .live_bytes = 16 * MIB,
                                         .bytes_by_age = { 16 * MIB },
                                         .free_count = 16 * MIB / BLOCK / 10,
                                         .growth_rate = (gdouble) MIB });
  g_assert_cmpint (explain (suspect), ==, MEMSNOOP_HEAP_UNEXPLAINED);
  g_assert_cmpuint (suspect->sites->len, ==, 1);
}

static void
test_growth_before_the_recording_does_not_count (Suspect *suspect, gconstpointer unused)
{
  add_site (suspect, leak (1));
  g_assert_cmpint (explain_since (suspect, 10 * GROWN, NOW - 10 * DURATION), ==,
                   MEMSNOOP_HEAP_HELD);
}

/* The recording is older than the growth: what was there before is no part of it. */
static void
test_what_was_live_before_the_growth_does_not_count (Suspect *suspect, gconstpointer unused)
{
  suspect->snapshot->since = NOW - 10 * DURATION;
  add_site (suspect,
            (MemsnoopHeapSite){ .live_bytes = 500 * MIB, .bytes_by_age = { 0, 0, 0, 500 * MIB } });
  g_assert_cmpint (explain (suspect), ==, MEMSNOOP_HEAP_RETAINED);
}

static void
test_blocks_that_only_replace_earlier_ones_are_not_held (Suspect *suspect, gconstpointer unused)
{
  add_site (suspect, leak (1));
  suspect->snapshot->untracked_frees = 160 * MIB / BLOCK;
  g_assert_cmpint (explain (suspect), ==, MEMSNOOP_HEAP_UNEXPLAINED);
}

/* One that may be off by half explains nothing. */
static void
test_an_estimate_has_to_be_sure (Suspect *suspect, gconstpointer unused)
{
  MemsnoopHeapSite site = leak (1);

  site.standard_error = 60.0 * MIB;
  add_site (suspect, site);
  g_assert_cmpint (explain (suspect), ==, MEMSNOOP_HEAP_UNEXPLAINED);
}

static void
test_a_stack_that_is_not_known_explains_nothing (Suspect *suspect, gconstpointer unused)
{
  MemsnoopHeapSite site = leak (1);

  memsnoop_heap_sites_add (suspect->builder, &site);
  g_assert_cmpint (explain (suspect), ==, MEMSNOOP_HEAP_UNEXPLAINED);
  g_assert_cmpuint (suspect->sites->len, ==, 0);
}

static void
test_memory_that_no_live_block_holds_is_retained (Suspect *suspect, gconstpointer unused)
{
  add_site (suspect, (MemsnoopHeapSite){ .live_bytes = 4 * MIB,
                                         .bytes_by_age = { MIB, 0, 3 * MIB },
                                         .free_count = 100000 });
  g_assert_cmpint (explain (suspect), ==, MEMSNOOP_HEAP_RETAINED);
}

/* It is large, but that is all from before the second last snapshot. */
static void
test_a_large_heap_that_does_not_grow_is_retained (Suspect *suspect, gconstpointer unused)
{
  add_site (suspect, (MemsnoopHeapSite){ .live_bytes = 100 * MIB,
                                         .bytes_by_age = { 0, 0, 100 * MIB },
                                         .growth_rate = 1 });
  g_assert_cmpint (explain (suspect), ==, MEMSNOOP_HEAP_RETAINED);
}

static void
test_a_recording_with_loss_does_not_tell_what_is_retained (Suspect *suspect, gconstpointer unused)
{
  add_site (suspect, (MemsnoopHeapSite){
                         .live_bytes = MIB, .bytes_by_age = { 0, 0, MIB }, .alloc_count = 1000 });
  suspect->snapshot->loss.table_full = 2;
  g_assert_cmpint (explain (suspect), ==, MEMSNOOP_HEAP_UNEXPLAINED);
}

static void
test_growth_that_is_too_little_tells_nothing (Suspect *suspect, gconstpointer unused)
{
  add_site (suspect, leak (1));
  g_assert_cmpint (explain_since (suspect, 255 * 1024, NOW - DURATION), ==,
                   MEMSNOOP_HEAP_UNEXPLAINED);
  g_assert_cmpint (explain_since (suspect, GROWN, NOW), ==, MEMSNOOP_HEAP_UNEXPLAINED);
  g_assert_cmpint (explain_since (suspect, GROWN, NOW + DURATION), ==, MEMSNOOP_HEAP_UNEXPLAINED);
}

static void
test_sites_are_named_by_growth_and_at_most_sixteen (Suspect *suspect, gconstpointer unused)
{
  for (guint i = 0; i < 20; i++)
    add_site (suspect, leak (i + 1));
  g_assert_cmpint (explain (suspect), ==, MEMSNOOP_HEAP_HELD);
  g_assert_cmpuint (suspect->sites->len, ==, 16);
  assert_site (suspect, 0, "function19", 20 * 160 * MIB);
  assert_site (suspect, 15, "function4", 5 * 160 * MIB);
}

static MemsnoopSuspicion *
suspicion_new (void)
{
  MemsnoopSuspicion *suspicion = memsnoop_suspicion_new (1, MEMSNOOP_SUSPICION_RSS);

  suspicion->since = NOW - DURATION;
  suspicion->bytes = GROWN;
  return suspicion;
}

static void
test_a_suspicion_becomes_probable_of_the_heap (Suspect *suspect, gconstpointer unused)
{
  g_autoptr (MemsnoopSuspicion) suspicion = suspicion_new ();

  suspicion->retained = 1;
  add_site (suspect, leak (1));
  memsnoop_heap_sites_finish (suspect->builder);
  memsnoop_heap_suspect_explain_again (suspect->snapshot, suspicion);
  g_assert_cmpint (suspicion->kind, ==, MEMSNOOP_SUSPICION_HEAP);
  g_assert_cmpint (suspicion->level, ==, MEMSNOOP_SUSPICION_PROBABLE);
  g_assert_cmpuint (suspicion->retained, ==, 0);
  g_assert_cmpuint (suspicion->sites->len, ==, 1);
  g_assert_cmpuint (suspicion->sites_at, ==, NOW);
  g_assert_true (memsnoop_suspicion_is_worth_telling (suspicion));
}

/* The growth is sure to a half, and all of it is explained by a call stack that is sure to 0.99. */
static void
test_what_is_found_makes_a_suspicion_surer (Suspect *suspect, gconstpointer unused)
{
  g_autoptr (MemsnoopSuspicion) suspicion = suspicion_new ();
  MemsnoopGrowthVerdict verdict = {
    .since = suspicion->since, .bytes = GROWN, .rate = (gdouble) MIB, .confidence = 0.5
  };

  memsnoop_suspicion_update (suspicion, &verdict, NOW, GROWN);
  g_assert_cmpfloat (suspicion->confidence, ==, 0.5);
  add_site (suspect, (MemsnoopHeapSite){ .live_bytes = 98 * BLOCK,
                                         .bytes_by_age = { 98 * BLOCK },
                                         .growth_rate = 1e9 });
  suspicion->bytes = 98 * BLOCK;
  memsnoop_heap_sites_finish (suspect->builder);
  memsnoop_heap_suspect_explain_again (suspect->snapshot, suspicion);
  g_assert_cmpint (suspicion->level, ==, MEMSNOOP_SUSPICION_PROBABLE);
  g_assert_cmpfloat_with_epsilon (suspicion->confidence, 1 - 0.5 * 0.01, 1e-9);
  /* It stays so when the growth is judged again. */
  verdict.confidence = 0.8;
  memsnoop_suspicion_update (suspicion, &verdict, NOW, GROWN);
  g_assert_cmpfloat_with_epsilon (suspicion->confidence, 1 - 0.2 * 0.01, 1e-9);
}

static void
test_a_site_tells_what_shows_that_it_stays (Suspect *suspect, gconstpointer unused)
{
  g_autoptr (MemsnoopSuspicion) suspicion = suspicion_new ();
  g_autoptr (GVariant) row = NULL;
  g_autoptr (GVariant) sites = NULL;
  g_autoptr (GVariant) site = NULL;
  g_autofree gchar *text = NULL;

  add_site (suspect, (MemsnoopHeapSite){ .live_bytes = 160 * MIB,
                                         .bytes_by_age = { 20 * MIB, 60 * MIB, 80 * MIB },
                                         .free_count = 1000000,
                                         .survival.lifetime = 2e15,
                                         .oldest_age = 155 * MEMSNOOP_SECOND,
                                         .growth_rate = (gdouble) MIB });
  memsnoop_heap_sites_finish (suspect->builder);
  memsnoop_heap_suspect_explain_again (suspect->snapshot, suspicion);
  row = g_variant_ref_sink (memsnoop_suspicion_write_row (suspicion, TRUE));
  sites = g_variant_lookup_value (row, "sites", NULL);
  site = g_variant_get_child_value (sites, 0);
  text = g_variant_print (site, FALSE);
  g_assert_cmpstr (text, ==,
                   "{'bytes': <uint64 167772160>, 'count': <uint64 40960>, 'frames': "
                   "<['function0 (program)', 'main (main.c:7)']>, 'growth': <uint64 167772160>, "
                   "'growth-rate': <1048576.0>, 'alloc-count': <uint64 1040960>, 'free-count': "
                   "<uint64 1000000>, 'oldest-age': <uint64 155000000000>, 'mean-lifetime': "
                   "<uint64 2000000000>, 'reason': <'old-stay'>, 'survival': "
                   "<0.999951176642906>}");
}

static void
test_a_suspicion_of_retained_memory_stays_growth (Suspect *suspect, gconstpointer unused)
{
  g_autoptr (MemsnoopSuspicion) suspicion = suspicion_new ();

  add_site (suspect, (MemsnoopHeapSite){ .live_bytes = 4 * MIB,
                                         .bytes_by_age = { MIB, 0, 3 * MIB },
                                         .free_count = 100000 });
  memsnoop_heap_sites_finish (suspect->builder);
  memsnoop_heap_suspect_explain_again (suspect->snapshot, suspicion);
  g_assert_cmpint (suspicion->kind, ==, MEMSNOOP_SUSPICION_RSS);
  g_assert_cmpint (suspicion->level, ==, MEMSNOOP_SUSPICION_GROWTH);
  g_assert_cmpuint (suspicion->retained, ==, 796 * MIB);
  g_assert_true (memsnoop_suspicion_is_worth_telling (suspicion));
}

static void
test_what_was_found_before_stays (Suspect *suspect, gconstpointer unused)
{
  g_autoptr (MemsnoopSuspicion) suspicion = suspicion_new ();

  suspicion->kind = MEMSNOOP_SUSPICION_HEAP;
  suspicion->level = MEMSNOOP_SUSPICION_PROBABLE;
  g_ptr_array_add (suspicion->sites, memsnoop_suspicion_site_new (1, 1, "before", NULL));
  memsnoop_heap_sites_finish (suspect->builder);
  memsnoop_heap_suspect_explain_again (suspect->snapshot, suspicion);
  g_assert_cmpint (suspicion->level, ==, MEMSNOOP_SUSPICION_PROBABLE);
  g_assert_cmpuint (suspicion->retained, ==, 0);
  g_assert_cmpuint (suspicion->sites->len, ==, 1);
}

static void
add (const gchar *path, void (*test) (Suspect *, gconstpointer))
{
  g_test_add (path, Suspect, NULL, set_up, test, tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("/heap-suspect/leak", test_a_leak_is_held_by_its_call_stack);
  add ("/heap-suspect/half", test_half_of_the_growth_is_enough_and_less_is_not);
  add ("/heap-suspect/leak-among-garbage", test_a_leak_among_garbage_is_told_by_its_old_blocks);
  add ("/heap-suspect/garbage", test_garbage_is_not_held);
  add ("/heap-suspect/once", test_what_is_allocated_once_is_not_growth);
  add ("/heap-suspect/shrinking", test_what_shrinks_is_not_held);
  add ("/heap-suspect/short", test_a_short_recording_takes_growth_and_survival);
  add ("/heap-suspect/short-once", test_a_short_recording_with_one_snapshot_tells_nothing);
  add ("/heap-suspect/short-frees", test_a_site_that_frees_needs_old_blocks);
  add ("/heap-suspect/late-recording", test_growth_before_the_recording_does_not_count);
  add ("/heap-suspect/live-before", test_what_was_live_before_the_growth_does_not_count);
  add ("/heap-suspect/replaced", test_blocks_that_only_replace_earlier_ones_are_not_held);
  add ("/heap-suspect/estimate", test_an_estimate_has_to_be_sure);
  add ("/heap-suspect/unknown-stack", test_a_stack_that_is_not_known_explains_nothing);
  add ("/heap-suspect/retained", test_memory_that_no_live_block_holds_is_retained);
  add ("/heap-suspect/retained-large", test_a_large_heap_that_does_not_grow_is_retained);
  add ("/heap-suspect/loss", test_a_recording_with_loss_does_not_tell_what_is_retained);
  add ("/heap-suspect/little", test_growth_that_is_too_little_tells_nothing);
  add ("/heap-suspect/names", test_sites_are_named_by_growth_and_at_most_sixteen);
  add ("/heap-suspect/probable", test_a_suspicion_becomes_probable_of_the_heap);
  add ("/heap-suspect/confidence", test_what_is_found_makes_a_suspicion_surer);
  add ("/heap-suspect/evidence", test_a_site_tells_what_shows_that_it_stays);
  add ("/heap-suspect/stays-growth", test_a_suspicion_of_retained_memory_stays_growth);
  add ("/heap-suspect/found-before", test_what_was_found_before_stays);
  return g_test_run ();
}
