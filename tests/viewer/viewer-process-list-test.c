/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "process-list.h"

static MemsnoopProcessList *
make_list (void)
{
  g_autoptr (MemsnoopService) service = memsnoop_service_new ();

  return memsnoop_process_list_new (service);
}

static void
take (MemsnoopProcessList *list, const gchar *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) rows = g_variant_parse (G_VARIANT_TYPE ("aa{sv}"), text, NULL, NULL, &error);

  g_assert_no_error (error);
  memsnoop_process_list_take (list, rows);
}

static guint
count (MemsnoopProcessList *list)
{
  return g_list_model_get_n_items (memsnoop_process_list_get_model (list));
}

static void
test_a_process_keeps_its_row_while_it_lives (void)
{
  g_autoptr (MemsnoopProcessList) list = make_list ();
  MemsnoopProcessItem *item;

  take (list,
        "[{'pid': <uint32 7>, 'start-time': <uint64 1>, 'comm': <'a'>, 'rss-anon': <uint64 5>}]");
  item = memsnoop_process_list_find (list, 7);
  g_assert_nonnull (item);
  take (list,
        "[{'pid': <uint32 8>, 'start-time': <uint64 1>, 'comm': <'b'>},"
        " {'pid': <uint32 7>, 'start-time': <uint64 1>, 'comm': <'c'>, 'rss-anon': <uint64 9>,"
        "  'rss-file': <uint64 2>}]");
  g_assert_true (memsnoop_process_list_find (list, 7) == item);
  g_assert_cmpstr (memsnoop_process_item_get_name (item), ==, "c");
  g_assert_cmpuint (memsnoop_process_item_get_figures (item)->resident, ==, 11);
  g_assert_cmpuint (count (list), ==, 2);
  take (list, "@aa{sv} []");
  g_assert_cmpuint (count (list), ==, 0);
  g_assert_null (memsnoop_process_list_find (list, 7));
}

static void
test_a_number_that_is_used_again_is_another_process (void)
{
  g_autoptr (MemsnoopProcessList) list = make_list ();
  g_autoptr (MemsnoopProcessItem) before = NULL;

  take (list, "[{'pid': <uint32 7>, 'start-time': <uint64 1>, 'comm': <'a'>}]");
  before = g_object_ref (memsnoop_process_list_find (list, 7));
  take (list, "[{'pid': <uint32 7>, 'start-time': <uint64 2>, 'comm': <'a'>}]");
  g_assert_cmpuint (count (list), ==, 1);
  g_assert_true (memsnoop_process_list_find (list, 7) != before);
}

static void
test_hostile_rows_are_survived (void)
{
  g_autoptr (MemsnoopProcessList) list = make_list ();

  take (list,
        "[{},"
        " {'pid': <'seven'>, 'comm': <uint32 5>},"
        " {'pid': <uint32 0>}, {'pid': <uint32 4294967295>},"
        " {'pid': <uint64 9>, 'start-time': <'never'>, 'comm': <true>, 'uid': <'root'>,"
        "  'rss-anon': <uint64 18446744073709551615>, 'rss-file': <uint64 18446744073709551615>,"
        "  'growth-rate': <'fast'>, 'recent-private': <'x'>, 'of the future': <[(1, 2)]>},"
        " {'pid': <uint64 10>, 'growth-rate': <-1e308>, 'recent-private': <@at []>,"
        "  'comm': <'<b>\\n\\u202e\\u001b[31m'>}]");
  g_assert_cmpuint (count (list), ==, 2);
  g_assert_cmpuint (
      memsnoop_process_item_get_figures (memsnoop_process_list_find (list, 9))->resident, ==,
      G_MAXUINT64);
  g_assert_null (
      strpbrk (memsnoop_process_item_get_name (memsnoop_process_list_find (list, 10)), "\n\x1b"));
}

static void
test_the_same_process_twice_is_one_row (void)
{
  g_autoptr (MemsnoopProcessList) list = make_list ();

  take (list, "[{'pid': <uint32 7>, 'start-time': <uint64 1>, 'comm': <'a'>},"
              " {'pid': <uint32 7>, 'start-time': <uint64 1>, 'comm': <'b'>}]");
  g_assert_cmpuint (count (list), ==, 1);
}

static void
test_more_recent_values_than_are_shown_leave_the_last (void)
{
  g_autoptr (MemsnoopProcessList) list = make_list ();
  g_autoptr (GString) text = g_string_new ("[{'pid': <uint32 7>, 'recent-private': <[uint64 0");
  const MemsnoopProcessFigures *figures;

  for (guint i = 1; i < 100; i++)
    g_string_append_printf (text, ", %u", i);
  g_string_append (text, "]>}]");
  take (list, text->str);
  figures = memsnoop_process_item_get_figures (memsnoop_process_list_find (list, 7));
  g_assert_cmpuint (figures->n_recent, ==, MEMSNOOP_PROCESS_RECENT_MAX);
  g_assert_cmpuint (figures->recent[MEMSNOOP_PROCESS_RECENT_MAX - 1], ==, 99);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/process-list/a-process-keeps-its-row-while-it-lives",
                   test_a_process_keeps_its_row_while_it_lives);
  g_test_add_func ("/process-list/a-number-that-is-used-again-is-another-process",
                   test_a_number_that_is_used_again_is_another_process);
  g_test_add_func ("/process-list/hostile-rows-are-survived", test_hostile_rows_are_survived);
  g_test_add_func ("/process-list/the-same-process-twice-is-one-row",
                   test_the_same_process_twice_is_one_row);
  g_test_add_func ("/process-list/more-recent-values-than-are-shown-leave-the-last",
                   test_more_recent_values_than_are_shown_leave_the_last);
  return g_test_run ();
}
