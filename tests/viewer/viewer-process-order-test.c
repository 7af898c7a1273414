/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "process-order.h"

#include "process-item.h"

typedef struct
{
  GListStore *processes;
  MemsnoopProcessOrder *order;
  /* What the last change told, and how many there were. */
  guint changes;
  guint position;
  guint removed;
  guint added;
} Fixture;

static int
compare (gconstpointer a, gconstpointer b, gpointer data)
{
  guint64 one = memsnoop_process_item_get_figures ((gpointer) a)->resident;
  guint64 other = memsnoop_process_item_get_figures ((gpointer) b)->resident;

  return one > other   ? GTK_ORDERING_SMALLER
         : one < other ? GTK_ORDERING_LARGER
                       : GTK_ORDERING_EQUAL;
}

static void
on_changed (GListModel *model, guint position, guint removed, guint added, gpointer user_data)
{
  Fixture *fixture = user_data;

  fixture->changes++;
  fixture->position = position;
  fixture->removed = removed;
  fixture->added = added;
}

static void
set_resident (Fixture *fixture, guint index, guint64 resident)
{
  g_autoptr (MemsnoopProcessItem) item =
      g_list_model_get_item (G_LIST_MODEL (fixture->processes), index);
  MemsnoopProcessFigures figures = { .resident = resident };
  g_autofree gchar *name = g_strdup_printf ("p%u", memsnoop_process_item_get_pid (item));

  memsnoop_process_item_set (item, name, 0, &figures);
}

static void
add (Fixture *fixture, guint32 pid, guint64 resident)
{
  g_autoptr (MemsnoopProcessItem) item = memsnoop_process_item_new (pid, 1);

  g_list_store_append (fixture->processes, item);
  set_resident (fixture, g_list_model_get_n_items (G_LIST_MODEL (fixture->processes)) - 1,
                resident);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GtkSorter) sorter = GTK_SORTER (gtk_custom_sorter_new (compare, NULL, NULL));

  fixture->processes = g_list_store_new (MEMSNOOP_TYPE_PROCESS_ITEM);
  add (fixture, 1, 10);
  add (fixture, 2, 30);
  add (fixture, 3, 20);
  add (fixture, 4, 5);
  fixture->order = memsnoop_process_order_new (G_LIST_MODEL (fixture->processes), sorter);
  g_signal_connect (fixture->order, "items-changed", G_CALLBACK (on_changed), fixture);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_object_unref (fixture->order);
  g_object_unref (fixture->processes);
}

static void
assert_order (Fixture *fixture, const gchar *expected)
{
  g_autoptr (GString) pids = g_string_new (NULL);

  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (fixture->order)); i++)
    {
      g_autoptr (MemsnoopProcessItem) item =
          g_list_model_get_item (G_LIST_MODEL (fixture->order), i);

      g_string_append_printf (pids, "%s%u", i > 0 ? " " : "", memsnoop_process_item_get_pid (item));
    }
  g_assert_cmpstr (pids->str, ==, expected);
}

static void
test_what_comes_goes_and_moves_is_one_change (Fixture *fixture, gconstpointer data)
{
  assert_order (fixture, "2 3 1 4");
  add (fixture, 5, 15);
  g_list_store_remove (fixture->processes, 2);
  assert_order (fixture, "2 3 1 4");
  memsnoop_process_order_update (fixture->order);
  assert_order (fixture, "2 5 1 4");
  g_assert_cmpuint (fixture->changes, ==, 1);
  g_assert_cmpuint (fixture->position, ==, 1);
  g_assert_cmpuint (fixture->removed, ==, 1);
  g_assert_cmpuint (fixture->added, ==, 1);
}

static void
test_an_order_that_stays_is_no_change (Fixture *fixture, gconstpointer data)
{
  set_resident (fixture, 1, 31);
  memsnoop_process_order_update (fixture->order);
  g_assert_cmpuint (fixture->changes, ==, 0);
}

static void
test_what_is_equal_stays_where_it_is (Fixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < 4; i++)
    set_resident (fixture, i, 7);
  memsnoop_process_order_update (fixture->order);
  assert_order (fixture, "2 3 1 4");
  g_assert_cmpuint (fixture->changes, ==, 0);
  add (fixture, 5, 7);
  add (fixture, 6, 7);
  memsnoop_process_order_update (fixture->order);
  assert_order (fixture, "2 3 1 4 5 6");
}

static void
test_what_is_searched_for_is_shown (Fixture *fixture, gconstpointer data)
{
  memsnoop_process_order_set_needle (fixture->order, "p3");
  assert_order (fixture, "3");
  add (fixture, 33, 1);
  memsnoop_process_order_update (fixture->order);
  assert_order (fixture, "3 33");
  memsnoop_process_order_set_needle (fixture->order, "nobody");
  assert_order (fixture, "");
  memsnoop_process_order_set_needle (fixture->order, NULL);
  assert_order (fixture, "2 3 1 4 33");
}

#define ADD_TEST(path, function)                                                                   \
  g_test_add ("/process-order/" path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD_TEST ("what-comes-goes-and-moves-is-one-change",
            test_what_comes_goes_and_moves_is_one_change);
  ADD_TEST ("an-order-that-stays-is-no-change", test_an_order_that_stays_is_no_change);
  ADD_TEST ("what-is-equal-stays-where-it-is", test_what_is_equal_stays_where_it_is);
  ADD_TEST ("what-is-searched-for-is-shown", test_what_is_searched_for_is_shown);
  return g_test_run ();
}
