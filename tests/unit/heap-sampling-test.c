/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "heap-sampling.h"

#include <math.h>

static void
test_an_exact_recording_counts_each_block_once (void)
{
  g_assert_cmpfloat (memsnoop_heap_sampling_count (0, 0), ==, 1);
  g_assert_cmpfloat (memsnoop_heap_sampling_count (1000, 0), ==, 1);
  g_assert_cmpfloat (memsnoop_heap_sampling_variance (1000, 0), ==, 0);
}

/* How often a block is drawn, times what it stands for then, is one block. */
static void
test_what_a_block_stands_for_is_unbiased (void)
{
  const guint64 sizes[] = { 1, 16, 4096, 524288, 5242880 };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      gdouble drawn = -expm1 (-(gdouble) sizes[i] / 524288);

      g_assert_cmpfloat_with_epsilon (drawn * memsnoop_heap_sampling_count (sizes[i], 524288), 1,
                                      1e-12);
    }
}

/* A small block stands for the interval, and a large one for itself, without error. */
static void
test_small_and_large_blocks (void)
{
  g_assert_cmpfloat_with_epsilon (memsnoop_heap_sampling_count (1, 524288), 524288.5, 0.01);
  g_assert_cmpfloat_with_epsilon (memsnoop_heap_sampling_count (1 << 28, 524288), 1, 1e-12);
  g_assert_cmpfloat_with_epsilon (memsnoop_heap_sampling_variance (1 << 28, 524288), 0, 1e-3);
  g_assert_cmpfloat_with_epsilon (memsnoop_heap_sampling_variance (1, 1000), 1000.0 * 1000, 1000);
}

static void
test_the_tables_are_the_functions (void)
{
  guint32 logarithms[MEMSNOOP_HEAP_LOGARITHMS + 1], weights[MEMSNOOP_HEAP_WEIGHTS + 1];

  memsnoop_heap_sampling_fill (logarithms, weights);
  g_assert_cmpuint (logarithms[0], ==, 0);
  g_assert_cmpuint (logarithms[MEMSNOOP_HEAP_LOGARITHMS], ==, 1u << MEMSNOOP_HEAP_LOGARITHM_BITS);
  g_assert_cmpuint (weights[0], ==, 65536);
  g_assert_cmpuint (weights[MEMSNOOP_HEAP_WEIGHTS], ==, MEMSNOOP_HEAP_WEIGHT_END * 65536);
  for (guint i = 1; i <= MEMSNOOP_HEAP_LOGARITHMS; i++)
    g_assert_cmpuint (logarithms[i], >, logarithms[i - 1]);
  for (guint i = 1; i <= MEMSNOOP_HEAP_WEIGHTS; i++)
    {
      guint64 size = (guint64) i * 1048576 * MEMSNOOP_HEAP_WEIGHT_END / MEMSNOOP_HEAP_WEIGHTS;
      gdouble bytes = (gdouble) size * memsnoop_heap_sampling_count (size, 1048576);

      g_assert_cmpuint (weights[i], >, weights[i - 1]);
      g_assert_cmpfloat_with_epsilon (weights[i] / 65536.0, bytes / 1048576, 1e-5);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/heap-sampling/an-exact-recording-counts-each-block-once",
                   test_an_exact_recording_counts_each_block_once);
  g_test_add_func ("/heap-sampling/what-a-block-stands-for-is-unbiased",
                   test_what_a_block_stands_for_is_unbiased);
  g_test_add_func ("/heap-sampling/small-and-large-blocks", test_small_and_large_blocks);
  g_test_add_func ("/heap-sampling/the-tables-are-the-functions",
                   test_the_tables_are_the_functions);
  return g_test_run ();
}
