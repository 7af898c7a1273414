/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "call-item.h"

#include "sample-profile.h"

static const gchar *const lines[] = { "main;make;leaf 600", "main;keep 300", NULL };

static GArray *
only_the_root (void)
{
  GArray *numbers = g_array_new (FALSE, FALSE, sizeof (guint));
  guint root = 0;

  g_array_append_val (numbers, root);
  return numbers;
}

static void
show (GListStore *roots, MemsnoopCallProfile *profile)
{
  g_autoptr (GArray) numbers = only_the_root ();

  memsnoop_call_items_match (roots, profile, numbers);
  memsnoop_call_items_change (roots);
  memsnoop_call_items_add (roots, profile, numbers);
}

static GListModel *
open_item (GListModel *model, guint position)
{
  g_autoptr (MemsnoopCallItem) item = g_list_model_get_item (model, position);

  return memsnoop_call_item_list_called (item);
}

static const MemsnoopCall *
call_at (GListModel *model, guint position)
{
  g_autoptr (MemsnoopCallItem) item = g_list_model_get_item (model, position);

  return memsnoop_call_item_get_call (item);
}

static void
test_items_stay_the_same_when_a_profile_arrives (void)
{
  const gchar *const later[] = { "main;keep 900", "main;make;leaf 700", "main;make;bud 1", NULL };
  g_autoptr (GListStore) roots = g_list_store_new (MEMSNOOP_TYPE_CALL_ITEM);
  g_autoptr (MemsnoopCallProfile) before = sample_profile (lines), after = sample_profile (later);
  g_autoptr (GListModel) top = NULL, called = NULL, made = NULL;
  g_autoptr (GObject) make = NULL, make_after = NULL;

  show (roots, before);
  top = open_item (G_LIST_MODEL (roots), 0);
  called = open_item (top, 0);
  made = open_item (called, 0);
  make = g_list_model_get_item (called, 0);
  show (roots, after);
  make_after = g_list_model_get_item (called, 0);
  g_assert_true (make == make_after);
  g_assert_cmpuint (call_at (called, 0)->value, ==, 701);
  g_assert_cmpuint (call_at (called, 1)->value, ==, 900);
  g_assert_cmpuint (g_list_model_get_n_items (made), ==, 2);
  g_assert_cmpstr (call_at (made, 0)->text, ==, "leaf");
  g_assert_cmpuint (call_at (made, 0)->value, ==, 700);
  g_assert_cmpstr (call_at (made, 1)->text, ==, "bud");
}

static void
test_what_is_gone_goes (void)
{
  const gchar *const later[] = { "main;keep 300", NULL };
  g_autoptr (GListStore) roots = g_list_store_new (MEMSNOOP_TYPE_CALL_ITEM);
  g_autoptr (MemsnoopCallProfile) before = sample_profile (lines), after = sample_profile (later);
  g_autoptr (GListModel) top = NULL, called = NULL;

  show (roots, before);
  top = open_item (G_LIST_MODEL (roots), 0);
  called = open_item (top, 0);
  show (roots, after);
  g_assert_cmpuint (g_list_model_get_n_items (called), ==, 1);
  g_assert_cmpstr (call_at (called, 0)->text, ==, "keep");
}

/* It would stay a row that cannot be opened. */
static void
test_a_row_that_gets_calls_below_it_is_another_one (void)
{
  const gchar *const later[] = { "main;make;leaf 600", "main;keep;deep 300", NULL };
  g_autoptr (GListStore) roots = g_list_store_new (MEMSNOOP_TYPE_CALL_ITEM);
  g_autoptr (MemsnoopCallProfile) before = sample_profile (lines), after = sample_profile (later);
  g_autoptr (GListModel) top = NULL, called = NULL;
  g_autoptr (GObject) keep = NULL, keep_after = NULL;

  show (roots, before);
  top = open_item (G_LIST_MODEL (roots), 0);
  called = open_item (top, 0);
  keep = g_list_model_get_item (called, 1);
  show (roots, after);
  keep_after = g_list_model_get_item (called, 1);
  g_assert_true (keep != keep_after);
  g_assert_cmpstr (call_at (called, 1)->text, ==, "keep");
}

static void
count (GListModel *model, guint position, guint removed, guint added, guint *steps)
{
  (*steps)++;
}

/* "main;call-00001 1", or every second of them. */
static MemsnoopCallProfile *
profile_of_many (guint n, guint step)
{
  g_autoptr (GPtrArray) many = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < n; i += step)
    g_ptr_array_add (many, g_strdup_printf ("main;call-%05u 1", i));
  g_ptr_array_add (many, NULL);
  return sample_profile ((const gchar *const *) many->pdata);
}

/* Each step makes a view look at all of its rows. */
static void
test_many_come_and_go_in_few_steps (void)
{
  g_autoptr (GListStore) roots = g_list_store_new (MEMSNOOP_TYPE_CALL_ITEM);
  g_autoptr (MemsnoopCallProfile) half = profile_of_many (2000, 2), all = profile_of_many (2000, 1);
  g_autoptr (GListModel) top = NULL, called = NULL;
  guint steps = 0;

  show (roots, half);
  top = open_item (G_LIST_MODEL (roots), 0);
  called = open_item (top, 0);
  g_assert_cmpuint (g_list_model_get_n_items (called), ==, 1000);
  g_signal_connect (called, "items-changed", G_CALLBACK (count), &steps);
  show (roots, all);
  g_assert_cmpuint (g_list_model_get_n_items (called), ==, 2000);
  g_assert_cmpuint (steps, ==, 1);
  show (roots, half);
  g_assert_cmpuint (g_list_model_get_n_items (called), ==, 1000);
  g_assert_cmpuint (steps, <=, 2);
  show (roots, all);
  g_assert_cmpuint (steps, <=, 3);
}

/* The rows between them stay as they are. */
static void
test_some_that_go_leave_the_others_alone (void)
{
  const gchar *const before_lines[] = { "main;a 1", "main;b 1", "main;c 1",
                                        "main;d 1", "main;e 1", NULL };
  const gchar *const after_lines[] = { "main;c 1", NULL };
  g_autoptr (GListStore) roots = g_list_store_new (MEMSNOOP_TYPE_CALL_ITEM);
  g_autoptr (MemsnoopCallProfile) before = sample_profile (before_lines);
  g_autoptr (MemsnoopCallProfile) after = sample_profile (after_lines);
  g_autoptr (GListModel) top = NULL, called = NULL;
  guint steps = 0;

  show (roots, before);
  top = open_item (G_LIST_MODEL (roots), 0);
  called = open_item (top, 0);
  g_signal_connect (called, "items-changed", G_CALLBACK (count), &steps);
  show (roots, after);
  g_assert_cmpuint (steps, ==, 2);
  g_assert_cmpuint (g_list_model_get_n_items (called), ==, 1);
  g_assert_cmpstr (call_at (called, 0)->text, ==, "c");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/call-item/items-stay-the-same-when-a-profile-arrives",
                   test_items_stay_the_same_when_a_profile_arrives);
  g_test_add_func ("/call-item/what-is-gone-goes", test_what_is_gone_goes);
  g_test_add_func ("/call-item/a-row-that-gets-calls-below-it-is-another-one",
                   test_a_row_that_gets_calls_below_it_is_another_one);
  g_test_add_func ("/call-item/many-come-and-go-in-few-steps", test_many_come_and_go_in_few_steps);
  g_test_add_func ("/call-item/some-that-go-leave-the-others-alone",
                   test_some_that_go_leave_the_others_alone);
  return g_test_run ();
}
