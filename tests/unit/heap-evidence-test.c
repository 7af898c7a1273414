/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What code does with its memory, as snapshots show it, and what is to be said of it. */
#include "heap-evidence.h"

#include "boot-time.h"

#define MIB (G_GUINT64_CONSTANT (1) << 20)
#define BLOCK 4096
#define BLOCKS(bytes) ((bytes) / BLOCK)

/* The recording, and the growth, have lasted for 160 seconds; ages end at 20, 80 and 320 of them.
 */
static const MemsnoopHeapPart part = { .time = 160 * MEMSNOOP_SECOND, .whole = TRUE };

/* Blocks of one size, by age. */
static MemsnoopHeapSite
site_with (guint64 young, guint64 middle, guint64 old)
{
  return (MemsnoopHeapSite){ .live_bytes = young + middle + old,
                             .live_count = BLOCKS (young + middle + old),
                             .alloc_count = BLOCKS (young + middle + old),
                             .bytes_by_age = { young, middle, old },
                             .survival.count_by_age = { BLOCKS (young), BLOCKS (middle),
                                                        BLOCKS (old) } };
}

static void
free_blocks (MemsnoopHeapSite *site, guint lifetime, guint64 count)
{
  site->survival.freed_by_lifetime[lifetime] += count;
  site->free_count += count;
  site->alloc_count += count;
}

static void
assert_evidence (const MemsnoopHeapSite *site, const gchar *reason, guint64 least)
{
  MemsnoopHeapEvidence evidence = memsnoop_heap_evidence_find (site, &part);

  g_assert_cmpstr (memsnoop_heap_reason_name (evidence.reason), ==, reason);
  if (*reason == '\0')
    {
      g_assert_cmpfloat (evidence.growth, ==, 0);
      g_assert_cmpfloat (evidence.survival, ==, 0);
      return;
    }
  g_assert_cmpfloat (evidence.growth, >=, (gdouble) least);
  g_assert_cmpfloat (evidence.growth, <=, (gdouble) site->live_bytes);
  g_assert_cmpfloat (evidence.survival, >, 0.8);
  g_assert_cmpfloat (evidence.survival, <=, 1);
}

/* Leaks */

static void
test_a_leak_is_never_freed (void)
{
  MemsnoopHeapSite site = site_with (20 * MIB, 60 * MIB, 80 * MIB);

  site.growth_rate = (gdouble) MIB;
  assert_evidence (&site, "never-freed", 159 * MIB);
}

/* A thousand blocks are freed for each that stays. */
static void
test_a_slow_leak_in_big_churn_of_one_stack_is_told_by_what_became_old (void)
{
  MemsnoopHeapSite site = site_with (2 * MIB, 6 * MIB, 8 * MIB);

  site.growth_rate = 0.1 * (gdouble) MIB;
  free_blocks (&site, 0, 1000 * site.live_count);
  assert_evidence (&site, "old-stay", 15 * MIB);
}

static void
test_a_young_leak_in_churn_is_told_by_its_peaks (void)
{
  MemsnoopHeapPart young = { .time = 16 * MEMSNOOP_SECOND, .whole = TRUE };
  MemsnoopHeapSite site = site_with (16 * MIB, 0, 0);
  MemsnoopHeapEvidence evidence;

  site.growth_rate = (gdouble) MIB;
  free_blocks (&site, 0, site.live_count);
  evidence = memsnoop_heap_evidence_find (&site, &young);
  g_assert_cmpfloat (evidence.growth, ==, 0);
  site.survival.peak_samples = 18;
  evidence = memsnoop_heap_evidence_find (&site, &young);
  g_assert_cmpint (evidence.reason, ==, MEMSNOOP_HEAP_REASON_PEAKS_STAY);
  g_assert_cmpfloat_with_epsilon (evidence.growth, 16.0 * MIB, 1);
  g_assert_cmpfloat_with_epsilon (evidence.survival, 0.95, 1e-9);
}

/* One block, made larger twelve times; the last was just now, and the one before long ago. */
static void
test_a_vector_that_grows_is_reallocated (void)
{
  MemsnoopHeapSite site = { .live_bytes = 64 * MIB,
                            .live_count = 1,
                            .alloc_count = 13,
                            .free_count = 12,
                            .bytes_by_age = { 64 * MIB },
                            .survival = { .count_by_age = { 1 }, .moved = 12 },
                            .mean_growth_rate = 0.4 * (gdouble) MIB };

  assert_evidence (&site, "reallocated", 63 * MIB);
}

/* What is no leak */

static void
test_a_pool_of_the_beginning_is_silent (void)
{
  MemsnoopHeapSite site = site_with (0, 0, 160 * MIB);

  site.mean_growth_rate = (gdouble) MIB;
  assert_evidence (&site, "", 0);
}

/* Entries live for 100 seconds: blocks of each age are there, and all of them get old. */
static void
test_a_cache_with_steady_turnover_is_silent (void)
{
  MemsnoopHeapSite site = site_with (20 * MIB, 60 * MIB, 20 * MIB);

  site.growth_rate = 0.01 * (gdouble) MIB;
  free_blocks (&site, 2, BLOCKS (60 * MIB));
  assert_evidence (&site, "", 0);
}

/* All is freed together, each minute; the snapshots before were at the bottom of it. */
static void
test_a_sawtooth_is_silent (void)
{
  MemsnoopHeapSite site = site_with (20 * MIB, 35 * MIB, 0);

  site.growth_rate = (gdouble) MIB;
  site.mean_growth_rate = 0.3 * (gdouble) MIB;
  free_blocks (&site, 0, BLOCKS (40 * MIB));
  free_blocks (&site, 1, BLOCKS (80 * MIB));
  site.survival.peak_samples = 100;
  site.survival.peak_samples_freed = 20;
  assert_evidence (&site, "", 0);
}

/* A few large ones, given back when they are used up. */
static void
test_arenas_are_silent (void)
{
  MemsnoopHeapSite site = { .live_bytes = 32 * MIB,
                            .live_count = 4,
                            .alloc_count = 100,
                            .free_count = 96,
                            .bytes_by_age = { 24 * MIB, 8 * MIB },
                            .survival = { .count_by_age = { 3, 1 },
                                          .freed_by_lifetime = { 90, 6 },
                                          .peak_samples = 10,
                                          .peak_samples_freed = 8 },
                            .growth_rate = 0.2 * (gdouble) MIB };

  assert_evidence (&site, "", 0);
}

/* As a cache that is nearly full, it takes ever less: what it took at first is no growth. */
static void
test_a_program_that_warms_up_grows_as_it_does_now (void)
{
  MemsnoopHeapSite site = site_with (MIB, 4 * MIB, 115 * MIB);

  site.growth_rate = 0.05 * (gdouble) MIB;
  site.mean_growth_rate = 0.7 * (gdouble) MIB;
  g_assert_cmpfloat (memsnoop_heap_evidence_find (&site, &part).growth, <=, 10.0 * MIB);
}

/* A buffer for each request, made larger a hundred times and freed at its end. */
static void
test_buffers_that_grow_and_go_are_silent (void)
{
  MemsnoopHeapSite site = { .live_bytes = 32 * MIB,
                            .live_count = 1,
                            .alloc_count = 1000,
                            .free_count = 999,
                            .bytes_by_age = { 32 * MIB },
                            .survival = { .count_by_age = { 1 },
                                          .freed_by_lifetime = { 9 },
                                          .moved = 990,
                                          .peak_samples = 60,
                                          .peak_samples_freed = 4 },
                            .growth_rate = (gdouble) MIB,
                            .mean_growth_rate = 0.2 * (gdouble) MIB };

  assert_evidence (&site, "", 0);
}

static void
test_what_shrinks_is_silent (void)
{
  MemsnoopHeapSite site = site_with (20 * MIB, 60 * MIB, 80 * MIB);

  site.growth_rate = -1;
  assert_evidence (&site, "", 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/heap-evidence/leak", test_a_leak_is_never_freed);
  g_test_add_func ("/heap-evidence/leak-in-churn",
                   test_a_slow_leak_in_big_churn_of_one_stack_is_told_by_what_became_old);
  g_test_add_func ("/heap-evidence/peaks", test_a_young_leak_in_churn_is_told_by_its_peaks);
  g_test_add_func ("/heap-evidence/vector", test_a_vector_that_grows_is_reallocated);
  g_test_add_func ("/heap-evidence/pool", test_a_pool_of_the_beginning_is_silent);
  g_test_add_func ("/heap-evidence/turnover", test_a_cache_with_steady_turnover_is_silent);
  g_test_add_func ("/heap-evidence/sawtooth", test_a_sawtooth_is_silent);
  g_test_add_func ("/heap-evidence/arenas", test_arenas_are_silent);
  g_test_add_func ("/heap-evidence/warm", test_a_program_that_warms_up_grows_as_it_does_now);
  g_test_add_func ("/heap-evidence/buffers", test_buffers_that_grow_and_go_are_silent);
  g_test_add_func ("/heap-evidence/shrinks", test_what_shrinks_is_silent);
  return g_test_run ();
}
