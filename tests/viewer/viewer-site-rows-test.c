/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "site-rows.h"

static GVariant *
parse (const gchar *text)
{
  return g_variant_parse (G_VARIANT_TYPE ("aa{sv}"), text, NULL, NULL, NULL);
}

static GtkWidget *
find_row (GtkWidget *widget, const gchar *title)
{
  if (ADW_IS_PREFERENCES_ROW (widget) &&
      g_strcmp0 (adw_preferences_row_get_title (ADW_PREFERENCES_ROW (widget)), title) == 0)
    return widget;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *row = find_row (child, title);

      if (row != NULL)
        return row;
    }
  return NULL;
}

static const gchar *
size_of (AdwPreferencesGroup *group, const gchar *title)
{
  return adw_expander_row_get_subtitle (ADW_EXPANDER_ROW (find_row (GTK_WIDGET (group), title)));
}

static void
test_what_was_opened_stays_when_bytes_change (void)
{
  AdwPreferencesGroup *group =
      g_object_ref_sink (ADW_PREFERENCES_GROUP (adw_preferences_group_new ()));
  g_autoptr (MemsnoopSiteRows) rows = memsnoop_site_rows_new (group);
  g_autoptr (GVariant) before = parse ("[{'bytes': <uint64 2048>, 'frames': <['a', 'main']>},"
                                       " {'bytes': <uint64 1024>, 'frames': <['b', 'main']>}]");
  g_autoptr (GVariant) after = parse ("[{'bytes': <uint64 4096>, 'frames': <['b', 'main']>},"
                                      " {'bytes': <uint64 3072>, 'frames': <['a', 'main']>}]");
  GtkWidget *row;

  memsnoop_site_rows_set (rows, before);
  row = find_row (GTK_WIDGET (group), "b");
  adw_expander_row_set_expanded (ADW_EXPANDER_ROW (row), TRUE);
  memsnoop_site_rows_set (rows, after);
  g_assert_true (find_row (GTK_WIDGET (group), "b") == row);
  g_assert_true (adw_expander_row_get_expanded (ADW_EXPANDER_ROW (row)));
  g_assert_cmpstr (size_of (group, "b"), ==, "4.0\u00a0KiB, called by main");
  g_object_unref (group);
}

static void
test_what_was_opened_stays_when_places_come (void)
{
  AdwPreferencesGroup *group =
      g_object_ref_sink (ADW_PREFERENCES_GROUP (adw_preferences_group_new ()));
  g_autoptr (MemsnoopSiteRows) rows = memsnoop_site_rows_new (group);
  g_autoptr (GVariant) before = parse ("[{'bytes': <uint64 2048>, 'frames': <['a', 'main']>}]");
  g_autoptr (GVariant) after = parse ("[{'bytes': <uint64 4096>, 'frames': <['b', 'main']>},"
                                      " {'bytes': <uint64 3072>, 'frames': <['a', 'main']>}]");

  memsnoop_site_rows_set (rows, before);
  adw_expander_row_set_expanded (ADW_EXPANDER_ROW (find_row (GTK_WIDGET (group), "a")), TRUE);
  memsnoop_site_rows_set (rows, after);
  g_assert_true (
      adw_expander_row_get_expanded (ADW_EXPANDER_ROW (find_row (GTK_WIDGET (group), "a"))));
  g_assert_false (
      adw_expander_row_get_expanded (ADW_EXPANDER_ROW (find_row (GTK_WIDGET (group), "b"))));
  g_object_unref (group);
}

static void
test_many_places_are_behind_one_row (void)
{
  AdwPreferencesGroup *group =
      g_object_ref_sink (ADW_PREFERENCES_GROUP (adw_preferences_group_new ()));
  g_autoptr (MemsnoopSiteRows) rows = memsnoop_site_rows_new (group);
  g_autoptr (GVariant) sites =
      parse ("[{'bytes': <uint64 5>, 'frames': <['a']>}, {'bytes': <uint64 4>, 'frames': <['b']>},"
             " {'bytes': <uint64 3>, 'frames': <['c']>}, {'bytes': <uint64 2>, 'frames': <['d']>},"
             " {'bytes': <uint64 1>, 'cache': <'filp'>, 'frames': <@as []>}]");

  memsnoop_site_rows_set (rows, sites);
  g_assert_nonnull (find_row (GTK_WIDGET (group), "2 more places"));
  g_assert_true (ADW_IS_EXPANDER_ROW (find_row (GTK_WIDGET (group), "c")));
  g_assert_true (ADW_IS_ACTION_ROW (find_row (GTK_WIDGET (group), "Unknown code")));
  memsnoop_site_rows_set_note (rows, "Nothing is known.");
  g_assert_null (find_row (GTK_WIDGET (group), "a"));
  memsnoop_site_rows_set (rows, sites);
  g_assert_nonnull (find_row (GTK_WIDGET (group), "a"));
  g_object_unref (group);
}

static void
test_calls_that_look_the_same_are_one_place (void)
{
  AdwPreferencesGroup *group =
      g_object_ref_sink (ADW_PREFERENCES_GROUP (adw_preferences_group_new ()));
  g_autoptr (MemsnoopSiteRows) rows = memsnoop_site_rows_new (group);
  g_autoptr (GVariant) sites =
      parse ("[{'bytes': <uint64 2048>, 'count': <uint64 2>, 'frames': <['a', 'main']>},"
             " {'bytes': <uint64 1024>, 'count': <uint64 1>, 'frames': <['b', 'main']>},"
             " {'bytes': <uint64 1024>, 'count': <uint64 1>, 'frames': <['a', 'main']>}]");

  memsnoop_site_rows_set (rows, sites);
  g_assert_cmpstr (size_of (group, "a"), ==, "3.0\u00a0KiB in 3 blocks, called by main");
  g_assert_cmpstr (size_of (group, "b"), ==, "1.0\u00a0KiB in 1 block, called by main");
  g_object_unref (group);
}

int
main (int argc, char **argv)
{
  gtk_test_init (&argc, &argv, NULL);
  adw_init ();
  g_test_add_func ("/site-rows/what-was-opened-stays-when-bytes-change",
                   test_what_was_opened_stays_when_bytes_change);
  g_test_add_func ("/site-rows/what-was-opened-stays-when-places-come",
                   test_what_was_opened_stays_when_places_come);
  g_test_add_func ("/site-rows/many-places-are-behind-one-row",
                   test_many_places_are_behind_one_row);
  g_test_add_func ("/site-rows/calls-that-look-the-same-are-one-place",
                   test_calls_that_look_the_same_are_one_place);
  return g_test_run ();
}
