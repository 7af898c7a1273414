/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "column-sorting.h"

static int
compare_texts (gconstpointer a, gconstpointer b, gpointer data)
{
  return g_strcmp0 (gtk_string_object_get_string ((GtkStringObject *) a),
                    gtk_string_object_get_string ((GtkStringObject *) b));
}

static int
compare_lengths (gconstpointer a, gconstpointer b, gpointer data)
{
  gsize one = strlen (gtk_string_object_get_string ((GtkStringObject *) a));
  gsize other = strlen (gtk_string_object_get_string ((GtkStringObject *) b));

  return one < other ? -1 : one > other;
}

static void
add_column (GtkColumnView *view, const gchar *title, GCompareDataFunc compare)
{
  g_autoptr (GtkSorter) sorter = GTK_SORTER (gtk_custom_sorter_new (compare, NULL, NULL));
  g_autoptr (GtkColumnViewColumn) column =
      gtk_column_view_column_new (title, gtk_signal_list_item_factory_new ());

  gtk_column_view_column_set_sorter (column, sorter);
  gtk_column_view_append_column (view, column);
}

static void
assert_first (GListModel *sorted, const gchar *expected)
{
  g_autoptr (GtkStringObject) first = g_list_model_get_item (sorted, 0);

  g_assert_cmpstr (gtk_string_object_get_string (first), ==, expected);
}

static void
sort_by (GSimpleActionGroup *group, gint32 column)
{
  g_action_group_activate_action (G_ACTION_GROUP (group), "sort", g_variant_new_int32 (column));
}

static void
test_a_column_is_sorted_by_and_turned_around (void)
{
  const gchar *const texts[] = { "pear", "fig", "banana", NULL };
  GtkColumnView *view = g_object_ref_sink (GTK_COLUMN_VIEW (gtk_column_view_new (NULL)));
  g_autoptr (GSimpleActionGroup) group = g_simple_action_group_new ();
  g_autoptr (GListModel) sorted =
      G_LIST_MODEL (gtk_sort_list_model_new (G_LIST_MODEL (gtk_string_list_new (texts)),
                                             g_object_ref (gtk_column_view_get_sorter (view))));
  g_autoptr (GMenuModel) menu = NULL;

  add_column (view, "Name", compare_texts);
  add_column (view, "Length", compare_lengths);
  memsnoop_column_sorting_install (view, G_ACTION_MAP (group), 1, 1u << 0);
  menu = memsnoop_column_sorting_make_menu (view, "test");
  g_assert_cmpint (g_menu_model_get_n_items (menu), ==, 1);
  sort_by (group, 0);
  assert_first (sorted, "banana");
  sort_by (group, 0);
  assert_first (sorted, "pear");
  sort_by (group, 1);
  assert_first (sorted, "banana");
  sort_by (group, 1);
  assert_first (sorted, "fig");
  sort_by (group, 99);
  assert_first (sorted, "fig");
  g_object_unref (view);
}

static gint32
get_state (GSimpleActionGroup *group)
{
  g_autoptr (GVariant) state = g_action_group_get_action_state (G_ACTION_GROUP (group), "sort");

  return g_variant_get_int32 (state);
}

static void
test_a_column_that_was_sorted_by_its_title_is_known (void)
{
  GtkColumnView *view = g_object_ref_sink (GTK_COLUMN_VIEW (gtk_column_view_new (NULL)));
  g_autoptr (GSimpleActionGroup) group = g_simple_action_group_new ();
  g_autoptr (GtkColumnViewColumn) name = NULL;

  add_column (view, "Name", compare_texts);
  add_column (view, "Length", compare_lengths);
  name = g_list_model_get_item (gtk_column_view_get_columns (view), 0);
  memsnoop_column_sorting_install (view, G_ACTION_MAP (group), 1, 1u << 0);
  /* As a click on the title does. */
  gtk_column_view_sort_by_column (view, name, GTK_SORT_DESCENDING);
  while (get_state (group) != 0)
    g_main_context_iteration (NULL, TRUE);
  sort_by (group, 1);
  g_assert_cmpint (get_state (group), ==, 1);
  gtk_column_view_sort_by_column (view, NULL, GTK_SORT_ASCENDING);
  g_object_unref (view);
}

int
main (int argc, char **argv)
{
  gtk_test_init (&argc, &argv, NULL);
  g_test_add_func ("/column-sorting/a-column-is-sorted-by-and-turned-around",
                   test_a_column_is_sorted_by_and_turned_around);
  g_test_add_func ("/column-sorting/a-column-that-was-sorted-by-its-title-is-known",
                   test_a_column_that_was_sorted_by_its_title_is_known);
  return g_test_run ();
}
