/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "heap-stats.h"

#include "heap-sample.h"
#include "history.h"
#include "process-stats.h"

static guint64
number (GVariant *dictionary, const gchar *key)
{
  guint64 value = 0;

  g_assert_true (g_variant_lookup (dictionary, key, "t", &value));
  return value;
}

static void
assert_printed (GVariant *dictionary, const gchar *key, const gchar *expected)
{
  g_autoptr (GVariant) value = g_variant_lookup_value (dictionary, key, NULL);
  g_autofree gchar *text = NULL;

  g_assert_nonnull (value);
  text = g_variant_print (value, TRUE);
  g_assert_cmpstr (text, ==, expected);
}

static void
test_every_figure_of_the_contract_is_told (void)
{
  g_autoptr (MemsnoopHeapSnapshot) heap = heap_sample_new ();
  g_autoptr (GVariant) stats = NULL;

  memsnoop_history_add (heap->history, 200 * SECOND, 0);
  memsnoop_history_add (heap->history, 300 * SECOND, 6 * MEBIBYTE);
  stats = g_variant_ref_sink (memsnoop_heap_stats_write (heap, 302 * SECOND));
  g_assert_cmpuint (number (stats, "since"), ==, 200 * SECOND);
  g_assert_cmpuint (number (stats, "alloc-count"), ==, 100);
  g_assert_cmpuint (number (stats, "free-count"), ==, 30);
  g_assert_cmpuint (number (stats, "alloc-bytes"), ==, 10 * MEBIBYTE);
  g_assert_cmpuint (number (stats, "free-bytes"), ==, 4 * MEBIBYTE);
  g_assert_cmpuint (number (stats, "requested-bytes"), ==, 10 * MEBIBYTE);
  g_assert_cmpuint (number (stats, "current-bytes"), ==, 6 * MEBIBYTE);
  g_assert_cmpuint (number (stats, "peak-bytes"), ==, 7 * MEBIBYTE);
  g_assert_cmpuint (number (stats, "sites-age"), ==, 2 * SECOND);
  g_assert_cmpuint (number (stats, "lost"), ==, 0);
  g_assert_cmpuint (number (stats, "resident-anonymous"), ==, 8 * MEBIBYTE);
  g_assert_cmpuint (number (stats, "retained"), ==, 2 * MEBIBYTE);
  assert_printed (stats, "churn", "0.29999999999999999");
  assert_printed (stats, "exact", "true");
  assert_printed (stats, "last-thread", "uint32 1240");
  assert_printed (stats, "recent-sizes", "[uint64 65536, 80000, 1]");
  assert_printed (stats, "size-histogram", "[(uint64 1, uint64 1), (65536, 99)]");
  assert_printed (stats, "history", "[(uint64 200000000000, uint64 0), (300000000000, 6291456)]");
}

static void
test_sites_are_the_stacks_that_hold_memory (void)
{
  g_autoptr (MemsnoopHeapSnapshot) heap = heap_sample_new ();
  g_autoptr (GVariant) sites = g_variant_ref_sink (memsnoop_heap_stats_write_sites (heap, 16));
  g_autoptr (GVariant) largest = g_variant_get_child_value (sites, 0);
  g_autoptr (GVariant) one = g_variant_ref_sink (memsnoop_heap_stats_write_sites (heap, 1));

  g_assert_cmpuint (g_variant_n_children (sites), ==, 2);
  g_assert_cmpuint (g_variant_n_children (one), ==, 1);
  g_assert_cmpuint (number (largest, "bytes"), ==, 4 * MEBIBYTE);
  g_assert_cmpuint (number (largest, "count"), ==, 64);
  g_assert_cmpuint (number (largest, "oldest-age"), ==, 95 * SECOND);
  assert_printed (largest, "growth-rate", "40960.0");
  assert_printed (largest, "count-by-age", "[uint64 16, 16, 32, 0, 0, 0, 0]");
  assert_printed (largest, "freed-by-lifetime", "[uint64 0, 0, 0, 0, 0, 0]");
  assert_printed (largest, "survival", "0.95238095238095233");
  g_assert_false (g_variant_lookup (largest, "mean-lifetime", "t", NULL));
  assert_printed (largest, "frames",
                  "['make_leaf (tree.c:12) [inlined]', 'grow (tree.c:34)', 'main (main.c:7)', "
                  "'__libc_start_call_main (libc.so.6)', 'tree+0x1099']");
}

static void
test_what_is_not_known_is_left_out (void)
{
  g_autoptr (MemsnoopHeapSnapshot) heap = memsnoop_heap_snapshot_new ();
  g_autoptr (GVariant) stats = g_variant_ref_sink (memsnoop_heap_stats_write (heap, 0));

  g_assert_false (g_variant_lookup (stats, "retained", "t", NULL));
  g_assert_false (g_variant_lookup (stats, "resident-anonymous", "t", NULL));
  assert_printed (stats, "history", "@a(tt) []");
  assert_printed (stats, "recent-sizes", "@at []");
  assert_printed (stats, "sites", "@aa{sv} []");
}

static void
test_it_is_among_what_is_known_of_a_process (void)
{
  g_autoptr (MemsnoopProcessStats) process = memsnoop_process_stats_new ();
  g_autoptr (GVariant) without = NULL, with = NULL, stats = NULL;

  process->comm = g_strdup ("tree");
  process->executable = g_strdup ("");
  without = g_variant_ref_sink (memsnoop_process_stats_write (process));
  g_assert_null (g_variant_lookup_value (without, "heap", NULL));
  process->heap = heap_sample_new ();
  with = g_variant_ref_sink (memsnoop_process_stats_write (process));
  stats = g_variant_lookup_value (with, "heap", G_VARIANT_TYPE_VARDICT);
  g_assert_cmpuint (number (stats, "current-bytes"), ==, 6 * MEBIBYTE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/heap-stats/every-figure-of-the-contract-is-told",
                   test_every_figure_of_the_contract_is_told);
  g_test_add_func ("/heap-stats/sites-are-the-stacks-that-hold-memory",
                   test_sites_are_the_stacks_that_hold_memory);
  g_test_add_func ("/heap-stats/what-is-not-known-is-left-out", test_what_is_not_known_is_left_out);
  g_test_add_func ("/heap-stats/it-is-among-what-is-known-of-a-process",
                   test_it_is_among_what_is_known_of_a_process);
  return g_test_run ();
}
