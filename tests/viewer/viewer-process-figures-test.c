/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "process-figures.h"

#include "history-thinning.h"
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
  g_autoptr (GArray) known = new_points ();
  g_autoptr (GVariant) young = parse ("{'memory': <{'rss-anon': <uint64 5>}>}");
  g_autoptr (GVariant) later =
      parse ("{'memory': <{'rss-anon': <uint64 7>, 'history':"
             " <[(uint64 25, uint64 6, uint64 0, uint64 0, uint64 0)]>}>}");
  g_autoptr (GArray) first = memsnoop_process_figures_read_history (young, 10, known);
  g_autoptr (GArray) second = memsnoop_process_figures_read_history (young, 20, known);
  g_autoptr (GArray) third = memsnoop_process_figures_read_history (later, 30, known);

  g_assert_cmpuint (first->len, ==, 1);
  g_assert_cmpuint (second->len, ==, 2);
  assert_point (second, 0, 10, 5);
  g_assert_cmpuint (third->len, ==, 4);
  assert_point (third, 1, 20, 5);
  assert_point (third, 2, 25, 6);
  assert_point (third, 3, 30, 7);
}

static void
test_what_was_known_stays_when_the_service_begins_anew (void)
{
  g_autoptr (GArray) known = new_points ();
  g_autoptr (GVariant) before =
      parse ("{'memory': <{'rss-anon': <uint64 7>, 'history':"
             " <[(uint64 10, uint64 5, uint64 0, uint64 0, uint64 0), (20, 6, 0, 0, 0)]>}>}");
  g_autoptr (GVariant) anew = parse ("{'memory': <{'rss-anon': <uint64 8>}>}");
  g_autoptr (GVariant) later =
      parse ("{'memory': <{'rss-anon': <uint64 9>, 'history':"
             " <[(uint64 45, uint64 8, uint64 0, uint64 0, uint64 0), (55, 8, 0, 0, 0)]>}>}");
  g_autoptr (GVariant) back =
      parse ("{'memory': <{'rss-anon': <uint64 9>, 'history':"
             " <[(uint64 10, uint64 5, uint64 0, uint64 0, uint64 0), (65, 9, 0, 0, 0)]>}>}");
  g_autoptr (GArray) first = memsnoop_process_figures_read_history (before, 30, known);
  g_autoptr (GArray) second = memsnoop_process_figures_read_history (anew, 50, known);
  g_autoptr (GArray) third = memsnoop_process_figures_read_history (later, 60, known);
  g_autoptr (GArray) fourth = memsnoop_process_figures_read_history (back, 70, known);

  g_assert_cmpuint (first->len, ==, 3);
  g_assert_cmpuint (second->len, ==, 4);
  assert_point (second, 0, 10, 5);
  assert_point (second, 3, 50, 8);
  g_assert_cmpuint (third->len, ==, 6);
  assert_point (third, 2, 30, 7);
  assert_point (third, 3, 45, 8);
  assert_point (third, 5, 60, 9);
  g_assert_cmpuint (fourth->len, ==, 3);
  assert_point (fourth, 1, 65, 9);
}

static void
test_only_so_much_is_kept_of_what_was_known_before (void)
{
  g_autoptr (GArray) known = new_points ();

  for (guint64 now = 10; now <= 50000; now += 10)
    {
      g_autofree gchar *text = g_strdup_printf ("{'memory': <{'rss-anon': <uint64 7>, 'history':"
                                                " <[(uint64 %" G_GUINT64_FORMAT
                                                ", uint64 5, uint64 0, uint64 0, uint64 0)]>}>}",
                                                now - 1);
      g_autoptr (GVariant) stats = parse (text);

      g_array_unref (memsnoop_process_figures_read_history (stats, now, known));
    }
  g_assert_cmpuint (known->len, <=, MEMSNOOP_HISTORY_THINNING_MAX + 2);
  assert_point (known, known->len - 1, 50000, 7);
}

static void
test_only_so_much_is_kept_of_what_was_seen (void)
{
  g_autoptr (GArray) known = new_points ();
  g_autoptr (GVariant) stats = parse ("{'memory': <{'rss-anon': <uint64 5>}>}");

  for (guint64 now = 1; now <= 1000; now++)
    g_array_unref (memsnoop_process_figures_read_history (stats, now, known));
  g_assert_cmpuint (known->len, ==, 300);
  assert_point (known, 299, 1000, 5);
}

static void
test_without_memory_nothing_is_seen (void)
{
  g_autoptr (GArray) known = new_points ();
  g_autoptr (GVariant) stats = parse ("{'memory': <'odd'>, 'pid': <uint32 7>}");
  g_autoptr (GArray) history = memsnoop_process_figures_read_history (stats, 10, known);

  g_assert_cmpuint (history->len, ==, 0);
  g_assert_cmpuint (known->len, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/process-figures/what-was-seen-stands-in-until-there-is-a-history",
                   test_what_was_seen_stands_in_until_there_is_a_history);
  g_test_add_func ("/process-figures/what-was-known-stays-when-the-service-begins-anew",
                   test_what_was_known_stays_when_the_service_begins_anew);
  g_test_add_func ("/process-figures/only-so-much-is-kept-of-what-was-known-before",
                   test_only_so_much_is_kept_of_what_was_known_before);
  g_test_add_func ("/process-figures/only-so-much-is-kept-of-what-was-seen",
                   test_only_so_much_is_kept_of_what_was_seen);
  g_test_add_func ("/process-figures/without-memory-nothing-is-seen",
                   test_without_memory_nothing_is_seen);
  return g_test_run ();
}
