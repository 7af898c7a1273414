/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Histories that are saved and read again. */
#include "usage-history.h"

#include <string.h>

#define PAGE G_GUINT64_CONSTANT (4096)
/* The longest block, and some more than the longest memory. */
#define LONGEST_BLOCK (MEMSNOOP_USAGE_BLOCK_TICKS << (2 * (MEMSNOOP_USAGE_LEVELS - 1)))
#define ALL_TICKS ((MEMSNOOP_USAGE_BLOCKS + 2) * LONGEST_BLOCK)

static gboolean
add (MemsnoopUsageHistory *history, guint32 tick, guint32 anonymous)
{
  MemsnoopUsage usage = { anonymous, 1, 2, 3 };

  return memsnoop_usage_history_add (history, tick, &usage);
}

/* A history as long as @n_ticks, with some gaps in it. */
static MemsnoopUsageHistory *
make_history (guint32 n_ticks)
{
  MemsnoopUsageHistory *history = memsnoop_usage_history_new ();

  for (guint32 tick = 0; tick < n_ticks; tick++)
    {
      MemsnoopUsage usage = { (guint32) g_test_rand_int (), (guint32) g_test_rand_int (),
                              (guint32) g_test_rand_int (), (guint32) g_test_rand_int () };

      if (tick / 40 % 5 != 2)
        memsnoop_usage_history_add (history, tick, &usage);
    }
  return history;
}

static void
assert_same (const MemsnoopUsageHistory *history, const MemsnoopUsageHistory *other)
{
  g_autoptr (GArray) points = memsnoop_usage_history_get_points (history);
  g_autoptr (GArray) other_points = memsnoop_usage_history_get_points (other);
  guint64 values[MEMSNOOP_USAGE_BLOCKS], other_values[MEMSNOOP_USAGE_BLOCKS];

  g_assert_cmpmem (points->data, points->len * sizeof (MemsnoopUsagePoint), other_points->data,
                   other_points->len * sizeof (MemsnoopUsagePoint));
  for (guint level = 0; level < MEMSNOOP_USAGE_LEVELS; level++)
    for (guint kind = 0; kind < MEMSNOOP_USAGE_N_KINDS; kind++)
      {
        guint n = memsnoop_usage_history_get_blocks (history, kind, level, PAGE, values);
        guint n_other = memsnoop_usage_history_get_blocks (other, kind, level, PAGE, other_values);

        g_assert_cmpmem (values, n * sizeof *values, other_values, n_other * sizeof *other_values);
      }
}

static MemsnoopUsageHistory *
load (const guint8 *bytes, gsize length, gsize *rest)
{
  const guint8 *data = bytes;
  gsize left = length;
  MemsnoopUsageHistory *history = memsnoop_usage_history_load (&data, &left);

  g_assert_true (data + left == bytes + length);
  if (history == NULL)
    g_assert_cmpuint (left, ==, length);
  if (rest != NULL)
    *rest = left;
  return history;
}

static void
assert_survives (guint32 n_ticks)
{
  g_autoptr (MemsnoopUsageHistory) history = make_history (n_ticks);
  g_autoptr (MemsnoopUsageHistory) loaded = NULL;
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  guint8 next = 42;
  gsize rest;

  memsnoop_usage_history_save (history, bytes);
  g_byte_array_append (bytes, &next, 1);
  loaded = load (bytes->data, bytes->len, &rest);
  g_assert_nonnull (loaded);
  g_assert_cmpuint (rest, ==, 1);
  assert_same (history, loaded);
  /* And goes on as if nothing had been. */
  for (guint32 tick = n_ticks; tick < n_ticks + 2000; tick++)
    g_assert_cmpint (add (history, tick, tick), ==, add (loaded, tick, tick));
  assert_same (history, loaded);
}

static void
test_a_saved_history_goes_on (void)
{
  const guint32 lengths[] = { 1, 2, 14, 15, 16, 17, 70, 1000, 5000, LONGEST_BLOCK, ALL_TICKS };

  for (gsize i = 0; i < G_N_ELEMENTS (lengths); i++)
    assert_survives (lengths[i]);
}

static void
test_a_process_that_rests_is_saved_in_few_bytes (void)
{
  g_autoptr (MemsnoopUsageHistory) history = memsnoop_usage_history_new ();
  g_autoptr (GByteArray) bytes = g_byte_array_new ();

  for (guint32 tick = 0; tick < ALL_TICKS; tick++)
    add (history, tick, 1000000);
  memsnoop_usage_history_save (history, bytes);
  g_assert_cmpuint (bytes->len, <, 200);
}

static void
test_a_history_without_samples_is_none (void)
{
  g_autoptr (MemsnoopUsageHistory) history = memsnoop_usage_history_new ();
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autoptr (GArray) points = memsnoop_usage_history_get_points (history);

  g_assert_cmpuint (points->len, ==, 0);
  g_assert_cmpuint (memsnoop_usage_history_get_newest (history), ==, 0);
  memsnoop_usage_history_save (history, bytes);
  g_assert_null (load (bytes->data, bytes->len, NULL));
  g_assert_null (load (bytes->data, 0, NULL));
}

/* If it is taken for a history at all, then for one that works. */
static void
use_loaded (const guint8 *bytes, gsize length)
{
  g_autoptr (MemsnoopUsageHistory) history = load (bytes, length, NULL);
  g_autoptr (MemsnoopUsageHistory) again = NULL;
  g_autoptr (GByteArray) saved = g_byte_array_new ();
  guint32 newest;

  if (history == NULL)
    return;
  memsnoop_usage_history_save (history, saved);
  again = load (saved->data, saved->len, NULL);
  g_assert_nonnull (again);
  assert_same (history, again);
  newest = memsnoop_usage_history_get_newest (history);
  for (guint32 i = 1; i < 200 && newest <= G_MAXUINT32 - 1000 * i; i++)
    add (history, newest + i * i, i);
  assert_same (history, history);
}

static void
test_damaged_bytes_do_no_harm (void)
{
  for (guint round = 0; round < 3000; round++)
    {
      g_autoptr (MemsnoopUsageHistory) history =
          make_history ((guint32) g_test_rand_int_range (1, round % 50 == 0 ? 20000 : 300));
      g_autoptr (GByteArray) bytes = g_byte_array_new ();
      gint n_changes = g_test_rand_int_range (1, 5);

      memsnoop_usage_history_save (history, bytes);
      for (gint i = 0; i < n_changes; i++)
        bytes->data[g_test_rand_int_range (0, (gint32) bytes->len)] =
            (guint8) g_test_rand_int_range (0, 256);
      use_loaded (bytes->data, bytes->len);
      use_loaded (bytes->data, (gsize) g_test_rand_int_range (0, (gint32) bytes->len));
    }
}

/* Every end that is too early is noticed, since what is behind it is missing. */
static void
test_a_cut_history_is_none (void)
{
  g_autoptr (MemsnoopUsageHistory) history = make_history (5000);
  g_autoptr (GByteArray) bytes = g_byte_array_new ();

  memsnoop_usage_history_save (history, bytes);
  for (gsize length = 0; length < bytes->len; length++)
    {
      /* Where it ends, so that the sanitizer sees a step too far. */
      g_autofree guint8 *cut = g_memdup2 (bytes->data, length);

      g_assert_null (load (cut, length, NULL));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/usage-history-saved/a-saved-history-goes-on", test_a_saved_history_goes_on);
  g_test_add_func ("/usage-history-saved/a-process-that-rests-is-saved-in-few-bytes",
                   test_a_process_that_rests_is_saved_in_few_bytes);
  g_test_add_func ("/usage-history-saved/a-history-without-samples-is-none",
                   test_a_history_without_samples_is_none);
  g_test_add_func ("/usage-history-saved/damaged-bytes-do-no-harm", test_damaged_bytes_do_no_harm);
  g_test_add_func ("/usage-history-saved/a-cut-history-is-none", test_a_cut_history_is_none);
  return g_test_run ();
}
