/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "call-list.h"

#include "call-item.h"
#include "sample-profile.h"

static const gchar *const lines[] = { "main;make;leaf 600", "main;keep;leaf 300",
                                      "main;keep;bud 20", NULL };

static GtkWidget *
make_view (void)
{
  GtkWidget *view = g_object_ref_sink (gtk_column_view_new (NULL));

  memsnoop_call_list_set_up (GTK_COLUMN_VIEW (view));
  return view;
}

static GtkTreeListRow *
row_at (GtkColumnView *view, guint position)
{
  return g_list_model_get_item (G_LIST_MODEL (gtk_column_view_get_model (view)), position);
}

/* The functions from top to bottom. */
static gchar *
list_functions (GtkColumnView *view)
{
  GListModel *model = G_LIST_MODEL (gtk_column_view_get_model (view));
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < g_list_model_get_n_items (model); i++)
    {
      g_autoptr (GtkTreeListRow) row = row_at (view, i);
      g_autoptr (MemsnoopCallItem) item = gtk_tree_list_row_get_item (row);

      g_string_append_printf (text, "%s%s", i > 0 ? " " : "",
                              i > 0 || memsnoop_call_item_get_call (item)->level > 0
                                  ? memsnoop_call_item_get_call (item)->text
                                  : "root");
    }
  return g_string_free (text, FALSE);
}

static void
assert_functions (GtkColumnView *view, const gchar *expected)
{
  g_autofree gchar *functions = list_functions (view);

  g_assert_cmpstr (functions, ==, expected);
}

static void
test_the_widest_path_is_open_at_first (void)
{
  g_autoptr (GtkWidget) widget = make_view ();
  g_autoptr (MemsnoopCallProfile) profile = sample_profile (lines);
  GtkColumnView *view = GTK_COLUMN_VIEW (widget);

  memsnoop_call_list_show (view, profile, "");
  assert_functions (view, "root main make leaf keep");
}

static void
test_it_is_open_as_soon_as_something_is_recorded (void)
{
  const gchar *const nothing[] = { NULL };
  g_autoptr (GtkWidget) widget = make_view ();
  g_autoptr (MemsnoopCallProfile) before = sample_profile (nothing), after = sample_profile (lines);
  GtkColumnView *view = GTK_COLUMN_VIEW (widget);

  memsnoop_call_list_show (view, before, "");
  assert_functions (view, "root");
  memsnoop_call_list_show (view, after, "");
  assert_functions (view, "root main make leaf keep");
}

static void
test_what_was_opened_and_selected_stays_while_rows_are_sorted_anew (void)
{
  const gchar *const later[] = { "main;make;leaf 600", "main;keep;leaf 900", "main;keep;bud 1000",
                                 NULL };
  g_autoptr (GtkWidget) widget = make_view ();
  g_autoptr (MemsnoopCallProfile) before = sample_profile (lines), after = sample_profile (later);
  g_autoptr (GtkTreeListRow) keep = NULL;
  GtkSingleSelection *selection;
  GtkColumnView *view = GTK_COLUMN_VIEW (widget);

  memsnoop_call_list_show (view, before, "");
  keep = row_at (view, 4);
  gtk_tree_list_row_set_expanded (keep, TRUE);
  assert_functions (view, "root main make leaf keep leaf bud");
  selection = GTK_SINGLE_SELECTION (gtk_column_view_get_model (view));
  gtk_single_selection_set_selected (selection, 6);
  memsnoop_call_list_show (view, after, "");
  assert_functions (view, "root main keep bud leaf make leaf");
  g_assert_true (GTK_SINGLE_SELECTION (gtk_column_view_get_model (view)) == selection);
  g_assert_cmpuint (gtk_single_selection_get_selected (selection), ==, 3);
}

static void
test_a_search_shows_what_it_finds_and_goes_on_finding_it (void)
{
  const gchar *const later[] = { "main;make;leaf 600", "main;keep;leaf 900", NULL };
  g_autoptr (GtkWidget) widget = make_view ();
  g_autoptr (MemsnoopCallProfile) before = sample_profile (lines), after = sample_profile (later);
  GtkColumnView *view = GTK_COLUMN_VIEW (widget);

  memsnoop_call_list_show (view, before, "LEAF");
  assert_functions (view, "leaf leaf");
  memsnoop_call_list_show (view, after, "LEAF");
  assert_functions (view, "leaf leaf");
  memsnoop_call_list_show (view, after, "nothing of this name");
  assert_functions (view, "");
  memsnoop_call_list_show (view, after, "");
  assert_functions (view, "root main keep leaf make");
}

/* Each of a caller of its own, and in no order: "main;caller-00001;leaf 7920". */
static MemsnoopCallProfile *
profile_of_many (guint n)
{
  g_autoptr (GPtrArray) many = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < n; i++)
    g_ptr_array_add (many, g_strdup_printf ("main;caller-%05u;leaf %u", i, i * 7919 % n + 1));
  g_ptr_array_add (many, NULL);
  return sample_profile ((const gchar *const *) many->pdata);
}

static void
count_rows (GtkColumnView *view, GParamSpec *property, guint *rows)
{
  *rows = g_list_model_get_n_items (G_LIST_MODEL (gtk_column_view_get_model (view)));
}

/* A row that comes to a view alone makes it look at all others. */
static void
test_a_view_is_given_all_that_a_search_finds_at_once (void)
{
  g_autoptr (GtkWidget) widget = make_view ();
  g_autoptr (MemsnoopCallProfile) profile = profile_of_many (8000);
  GtkColumnView *view = GTK_COLUMN_VIEW (widget);
  guint rows = 0;

  g_signal_connect (view, "notify::model", G_CALLBACK (count_rows), &rows);
  memsnoop_call_list_show (view, profile, "caller");
  g_assert_cmpuint (rows, ==, 8000);
  memsnoop_call_list_show (view, profile, "leaf");
  g_assert_cmpuint (rows, ==, 8000);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  if (!gtk_init_check ())
    {
      g_print ("1..0 # SKIP display: widgets need one\n");
      return 0;
    }
  g_test_add_func ("/call-list/the-widest-path-is-open-at-first",
                   test_the_widest_path_is_open_at_first);
  g_test_add_func ("/call-list/it-is-open-as-soon-as-something-is-recorded",
                   test_it_is_open_as_soon_as_something_is_recorded);
  g_test_add_func ("/call-list/what-was-opened-and-selected-stays-while-rows-are-sorted-anew",
                   test_what_was_opened_and_selected_stays_while_rows_are_sorted_anew);
  g_test_add_func ("/call-list/a-search-shows-what-it-finds-and-goes-on-finding-it",
                   test_a_search_shows_what_it_finds_and_goes_on_finding_it);
  g_test_add_func ("/call-list/a-view-is-given-all-that-a-search-finds-at-once",
                   test_a_view_is_given_all_that_a_search_finds_at_once);
  return g_test_run ();
}
