/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "process-figures.h"

#include "memory-history.h"

static GVariant *
parse (const gchar *text)
{
  return g_variant_parse (G_VARIANT_TYPE_VARDICT, text, NULL, NULL, NULL);
}

static GArray *
new_points (void)
{
  return g_array_new (FALSE, FALSE, sizeof (MemsnoopMemoryPoint));
}

static void
assert_point (GArray *points, guint i, guint64 time, guint64 anonymous)
{
  g_assert_cmpuint (i, <, points->len);
  g_assert_cmpuint (g_array_index (points, MemsnoopMemoryPoint, i).time, ==, time);
  g_assert_cmpuint (g_array_index (points, MemsnoopMemoryPoint, i).bytes[MEMSNOOP_MEMORY_ANONYMOUS],
                    ==, anonymous);
}

static void
test_what_was_seen_stands_in_until_there_is_a_history (void)
{
  g_autoptr (GArray) seen = new_points ();
  g_autoptr (GVariant) young = parse ("{'memory': <{'rss-anon': <uint64 5>}>}");
  g_autoptr (GVariant) later =
      parse ("{'memory': <{'rss-anon': <uint64 7>, 'history':"
             " <[(uint64 25, uint64 6, uint64 0, uint64 0, uint64 0)]>}>}");
  g_autoptr (GArray) first = memsnoop_process_figures_read_history (young, 10, seen);
  g_autoptr (GArray) second = memsnoop_process_figures_read_history (young, 20, seen);
  g_autoptr (GArray) third = memsnoop_process_figures_read_history (later, 30, seen);

  g_assert_cmpuint (first->len, ==, 1);
  g_assert_cmpuint (second->len, ==, 2);
  assert_point (second, 0, 10, 5);
  g_assert_cmpuint (third->len, ==, 2);
  assert_point (third, 0, 25, 6);
  assert_point (third, 1, 30, 7);
}

static void
test_only_so_much_is_kept_of_what_was_seen (void)
{
  g_autoptr (GArray) seen = new_points ();
  g_autoptr (GVariant) stats = parse ("{'memory': <{'rss-anon': <uint64 5>}>}");

  for (guint64 now = 1; now <= 1000; now++)
    g_array_unref (memsnoop_process_figures_read_history (stats, now, seen));
  g_assert_cmpuint (seen->len, ==, 300);
  assert_point (seen, 299, 1000, 5);
}

static void
test_without_memory_nothing_is_seen (void)
{
  g_autoptr (GArray) seen = new_points ();
  g_autoptr (GVariant) stats = parse ("{'memory': <'odd'>, 'pid': <uint32 7>}");
  g_autoptr (GArray) history = memsnoop_process_figures_read_history (stats, 10, seen);

  g_assert_cmpuint (history->len, ==, 0);
  g_assert_cmpuint (seen->len, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/process-figures/what-was-seen-stands-in-until-there-is-a-history",
                   test_what_was_seen_stands_in_until_there_is_a_history);
  g_test_add_func ("/process-figures/only-so-much-is-kept-of-what-was-seen",
                   test_only_so_much_is_kept_of_what_was_seen);
  g_test_add_func ("/process-figures/without-memory-nothing-is-seen",
                   test_without_memory_nothing_is_seen);
  return g_test_run ();
}
