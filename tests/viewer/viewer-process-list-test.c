/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "process-list.h"

#include "process-rows.h"

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

static void
take_columns (MemsnoopProcessList *list, const gchar *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) columns = g_variant_parse (G_VARIANT_TYPE_VARDICT, text, NULL, NULL, &error);

  g_assert_no_error (error);
  memsnoop_process_list_take_columns (list, columns);
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

static void
test_columns_are_read_like_rows (void)
{
  g_autoptr (MemsnoopProcessList) list = make_list ();
  const MemsnoopProcessFigures *first, *second;

  take_columns (list, "{'pid': <[uint32 7, 8]>, 'uid': <[uint32 0, 0]>, 'comm': <['a', 'b']>,"
                      " 'start-time': <[uint64 1, 2]>, 'rss-anon': <[uint64 5, 6]>,"
                      " 'rss-file': <[uint64 10, 20]>, 'swap': <[uint64 3, 4]>,"
                      " 'growth-rate': <[1.5, -2]>,"
                      " 'heap.current-bytes': <[uint64 18446744073709551615, 9]>,"
                      " 'recent-count': <[uint32 1, 2]>, 'recent-private': <[uint64 30, 40, 50]>}");
  g_assert_cmpuint (count (list), ==, 2);
  first = memsnoop_process_item_get_figures (memsnoop_process_list_find (list, 7));
  second = memsnoop_process_item_get_figures (memsnoop_process_list_find (list, 8));
  g_assert_cmpuint (first->resident, ==, 15);
  g_assert_cmpuint (second->resident, ==, 26);
  g_assert_cmpuint (second->swap, ==, 4);
  g_assert_cmpfloat (second->growth_rate, ==, -2);
  g_assert_false (first->has_heap);
  g_assert_true (second->has_heap);
  g_assert_cmpuint (second->heap, ==, 9);
  g_assert_false (second->has_kernel);
  g_assert_cmpuint (first->n_recent, ==, 1);
  g_assert_cmpuint (second->n_recent, ==, 2);
  g_assert_cmpuint (second->recent[1], ==, 50);
  g_assert_cmpstr (memsnoop_process_item_get_name (memsnoop_process_list_find (list, 8)), ==, "b");
  g_assert_cmpuint (memsnoop_process_item_get_start_time (memsnoop_process_list_find (list, 8)), ==,
                    2);
}

static void
test_hostile_columns_are_survived (void)
{
  g_autoptr (MemsnoopProcessList) list = make_list ();

  take_columns (list, "@a{sv} {}");
  take_columns (list, "{'pid': <'seven'>, 'rss-anon': <[uint64 1]>}");
  g_assert_cmpuint (count (list), ==, 0);
  /* Columns of another length, of another type, and more values than there are. */
  take_columns (list, "{'pid': <[uint32 7, 0, 4294967295]>, 'rss-anon': <[uint64 1]>,"
                      " 'comm': <['a']>, 'uid': <[1, 2, 3]>, 'rss-file': <[uint64 4, 5, 6]>,"
                      " 'rss-shmem': <[uint64 18446744073709551615, 1, 1]>,"
                      " 'recent-count': <[uint32 1, 4294967295, 5]>,"
                      " 'recent-private': <[uint64 30, 40]>}");
  g_assert_cmpuint (count (list), ==, 1);
  g_assert_cmpuint (
      memsnoop_process_item_get_figures (memsnoop_process_list_find (list, 7))->resident, ==,
      G_MAXUINT64);
  g_assert_cmpuint (
      memsnoop_process_item_get_figures (memsnoop_process_list_find (list, 7))->n_recent, ==, 1);
}

static void
test_a_user_who_is_not_told_is_nobody (void)
{
  g_autoptr (MemsnoopProcessList) list = make_list ();

  take (list, "[{'pid': <uint32 7>}, {'pid': <uint32 8>, 'uid': <uint64 4294967296>}]");
  g_assert_cmpstr (memsnoop_process_item_get_user (memsnoop_process_list_find (list, 7)), ==, "");
  g_assert_cmpstr (memsnoop_process_item_get_user (memsnoop_process_list_find (list, 8)), ==, "");
}

static void
test_of_too_many_processes_those_with_most_memory_are_kept (void)
{
  g_autoptr (MemsnoopProcessList) list = make_list ();
  g_autoptr (GVariant) rows = NULL;
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint pid = 1; pid <= MEMSNOOP_PROCESS_LIST_MAX + 5; pid++)
    g_variant_builder_add_parsed (&builder, "{'pid': <%u>, 'rss-anon': <%t>}", pid, (guint64) pid);
  rows = g_variant_ref_sink (g_variant_builder_end (&builder));
  memsnoop_process_list_take (list, rows);
  g_assert_cmpuint (count (list), ==, MEMSNOOP_PROCESS_LIST_MAX);
  g_assert_cmpuint (memsnoop_process_list_get_left_out (list), ==, 5);
  g_assert_null (memsnoop_process_list_find (list, 5));
  g_assert_nonnull (memsnoop_process_list_find (list, 6));
  take (list, "[{'pid': <uint32 7>}]");
  g_assert_cmpuint (memsnoop_process_list_get_left_out (list), ==, 0);
}

/* Process I has number I + 1, I bytes of memory, name "nI", and one figure of before, I. The
 * largest are in no order. */
static GVariant *
columns_of_many (guint n)
{
  g_autofree guint32 *pids = g_new (guint32, n), *counts = g_new (guint32, n);
  g_autofree guint64 *bytes = g_new (guint64, n);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  GVariantDict columns;

  for (guint i = 0; i < n; i++)
    {
      guint number = (guint) ((guint64) i * 7919 % n);

      pids[i] = number + 1;
      counts[i] = 1;
      bytes[i] = number;
      g_ptr_array_add (names, g_strdup_printf ("n%u", number));
    }
  g_variant_dict_init (&columns, NULL);
  g_variant_dict_insert_value (&columns, "pid",
                               g_variant_new_fixed_array (G_VARIANT_TYPE_UINT32, pids, n, 4));
  g_variant_dict_insert_value (&columns, "recent-count",
                               g_variant_new_fixed_array (G_VARIANT_TYPE_UINT32, counts, n, 4));
  g_variant_dict_insert_value (&columns, "rss-anon",
                               g_variant_new_fixed_array (G_VARIANT_TYPE_UINT64, bytes, n, 8));
  g_variant_dict_insert_value (&columns, "recent-private",
                               g_variant_new_fixed_array (G_VARIANT_TYPE_UINT64, bytes, n, 8));
  g_variant_dict_insert_value (&columns, "comm",
                               g_variant_new_strv ((const gchar *const *) names->pdata, n));
  return g_variant_ref_sink (g_variant_dict_end (&columns));
}

static void
test_of_more_columns_than_fit_there_are_rows_of_the_largest_alone (void)
{
  g_autoptr (GVariant) columns = columns_of_many (30011);
  g_autoptr (MemsnoopProcessRows) rows = memsnoop_process_rows_read_columns (columns, 1000);
  guint64 sum = 0;

  g_assert_cmpuint (rows->rows->len, ==, 1000);
  g_assert_cmpuint (rows->left_out, ==, 29011);
  for (guint i = 0; i < rows->rows->len; i++)
    {
      const MemsnoopProcessRow *row = &g_array_index (rows->rows, MemsnoopProcessRow, i);
      g_autofree gchar *name = g_strdup_printf ("n%u", (guint) row->pid - 1);

      g_assert_cmpuint (row->pid, >, 29011);
      g_assert_cmpuint (row->figures.resident, ==, row->pid - 1);
      g_assert_cmpuint (row->figures.recent[0], ==, row->pid - 1);
      g_assert_cmpstr (row->comm, ==, name);
      sum += row->pid;
    }
  g_assert_cmpuint (sum, ==, (29012 + 30011) * 500);
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
  g_test_add_func ("/process-list/columns-are-read-like-rows", test_columns_are_read_like_rows);
  g_test_add_func ("/process-list/hostile-columns-are-survived", test_hostile_columns_are_survived);
  g_test_add_func ("/process-list/a-user-who-is-not-told-is-nobody",
                   test_a_user_who_is_not_told_is_nobody);
  g_test_add_func ("/process-list/of-too-many-processes-those-with-most-memory-are-kept",
                   test_of_too_many_processes_those_with_most_memory_are_kept);
  g_test_add_func ("/process-list/of-more-columns-than-fit-there-are-rows-of-the-largest-alone",
                   test_of_more_columns_than_fit_there_are_rows_of_the_largest_alone);
  return g_test_run ();
}
