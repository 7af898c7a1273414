/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "call-list.h"

#include "accessible-name.h"
#include "call-item.h"
#include "column-sorting.h"
#include "column-titles.h"

#include <glib/gi18n.h>

static const MemsnoopCall *
call_of (gconstpointer item)
{
  return memsnoop_call_item_get_call ((MemsnoopCallItem *) item);
}

/* Columns */

typedef struct
{
  const gchar *title;
  gboolean is_function;
  gchar *(*text) (MemsnoopCallItem *item);
  GCompareDataFunc compare;
} Column;

static gchar *
function_text (MemsnoopCallItem *item)
{
  return g_strdup (call_of (item)->text);
}

static gchar *
total_text (MemsnoopCallItem *item)
{
  return memsnoop_call_profile_format (memsnoop_call_item_get_profile (item),
                                       call_of (item)->value);
}

static gchar *
own_text (MemsnoopCallItem *item)
{
  return call_of (item)->own > 0 ? memsnoop_call_profile_format (
                                       memsnoop_call_item_get_profile (item), call_of (item)->own)
                                 : g_strdup ("");
}

static gchar *
share_text (MemsnoopCallItem *item)
{
  guint64 all = memsnoop_call_profile_get_call (memsnoop_call_item_get_profile (item), 0)->value;

  return g_strdup_printf (_ ("%.1f %%"),
                          all > 0 ? (double) call_of (item)->value * 100 / (double) all : 0.0);
}

static int
compare_functions (gconstpointer a, gconstpointer b, gpointer data)
{
  return CLAMP (g_utf8_collate (call_of (a)->text, call_of (b)->text), GTK_ORDERING_SMALLER,
                GTK_ORDERING_LARGER);
}

static int
compare_numbers (guint64 a, guint64 b)
{
  return a < b ? GTK_ORDERING_SMALLER : a > b ? GTK_ORDERING_LARGER : GTK_ORDERING_EQUAL;
}

static int
compare_totals (gconstpointer a, gconstpointer b, gpointer data)
{
  return compare_numbers (call_of (a)->value, call_of (b)->value);
}

static int
compare_own (gconstpointer a, gconstpointer b, gpointer data)
{
  return compare_numbers (call_of (a)->own, call_of (b)->own);
}

static const Column columns[] = {
  { N_ ("Function"), TRUE, function_text, compare_functions },
  { N_ ("Memory"), FALSE, total_text, compare_totals },
  { N_ ("Own"), FALSE, own_text, compare_own },
  { N_ ("Share"), FALSE, share_text, compare_totals },
};

static void
on_setup (GtkSignalListItemFactory *factory, GtkListItem *row, const Column *column)
{
  GtkWidget *label = gtk_label_new (NULL), *expander;

  gtk_label_set_xalign (GTK_LABEL (label), column->is_function ? 0 : 1);
  if (!column->is_function)
    {
      gtk_widget_add_css_class (label, "numeric");
      gtk_list_item_set_child (row, label);
      return;
    }
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_MIDDLE);
  expander = gtk_tree_expander_new ();
  gtk_tree_expander_set_child (GTK_TREE_EXPANDER (expander), label);
  gtk_list_item_set_child (row, expander);
}

static void
set_text (GtkLabel *label, const gchar *text)
{
  if (g_strcmp0 (gtk_label_get_text (label), text) != 0)
    gtk_label_set_text (label, text);
}

/* "main (tree.c:7)" and "4.0 MiB, own 1.0 MiB, 66.7 %". */
static void
name_row (MemsnoopCallItem *item, GtkWidget *cell)
{
  g_autofree gchar *total = total_text (item), *own = own_text (item), *share = share_text (item);
  g_autofree gchar *text = g_strdup_printf (_ ("%s, %s of it its own, %s"), total,
                                            *own != '\0' ? own : _ ("nothing"), share);

  memsnoop_accessible_name_set_row (cell, call_of (item)->text, text);
}

static void
update_cell (MemsnoopCallItem *item, GtkListItem *row)
{
  const Column *column = g_object_get_data (G_OBJECT (row), "memsnoop-column");
  GtkWidget *child = gtk_list_item_get_child (row);
  g_autofree gchar *text = column->text (item);

  if (column->is_function)
    child = gtk_tree_expander_get_child (GTK_TREE_EXPANDER (child));
  set_text (GTK_LABEL (child), text);
  if (*text == '\0')
    memsnoop_accessible_name_set (child, _ ("Nothing"));
  if (column->is_function)
    name_row (item, child);
}

static void
on_bind (GtkSignalListItemFactory *factory, GtkListItem *row, const Column *column)
{
  GtkTreeListRow *tree_row = gtk_list_item_get_item (row);
  g_autoptr (MemsnoopCallItem) item = gtk_tree_list_row_get_item (tree_row);
  GtkWidget *child = gtk_list_item_get_child (row);

  g_object_set_data (G_OBJECT (row), "memsnoop-column", (gpointer) column);
  if (column->is_function)
    {
      gtk_tree_expander_set_list_row (GTK_TREE_EXPANDER (child), tree_row);
      child = gtk_tree_expander_get_child (GTK_TREE_EXPANDER (child));
      gtk_widget_set_tooltip_text (child,
                                   *call_of (item)->module != '\0' ? call_of (item)->module : NULL);
    }
  update_cell (item, row);
  g_object_set_data_full (G_OBJECT (row), "memsnoop-item", g_object_ref (item), g_object_unref);
  g_signal_connect (item, "changed", G_CALLBACK (update_cell), row);
}

static void
on_unbind (GtkSignalListItemFactory *factory, GtkListItem *row, gpointer data)
{
  gpointer item = g_object_get_data (G_OBJECT (row), "memsnoop-item");

  g_signal_handlers_disconnect_by_func (item, update_cell, row);
  g_object_set_data (G_OBJECT (row), "memsnoop-item", NULL);
}

static GtkColumnViewColumn *
make_column (const Column *description)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  g_autoptr (GtkSorter) sorter =
      GTK_SORTER (gtk_custom_sorter_new (description->compare, NULL, NULL));
  GtkColumnViewColumn *column;

  g_signal_connect (factory, "setup", G_CALLBACK (on_setup), (gpointer) description);
  g_signal_connect (factory, "bind", G_CALLBACK (on_bind), (gpointer) description);
  g_signal_connect (factory, "unbind", G_CALLBACK (on_unbind), NULL);
  column = gtk_column_view_column_new (_ (description->title), factory);
  gtk_column_view_column_set_sorter (column, sorter);
  gtk_column_view_column_set_expand (column, description->is_function);
  gtk_column_view_column_set_resizable (column, TRUE);
  return column;
}

void
memsnoop_call_list_set_up (GtkColumnView *view)
{
  for (gsize i = 0; i < G_N_ELEMENTS (columns); i++)
    {
      g_autoptr (GtkColumnViewColumn) column = make_column (&columns[i]);

      gtk_column_view_append_column (view, column);
      if (columns[i].compare == compare_totals && columns[i].text == total_text)
        gtk_column_view_sort_by_column (view, column, GTK_SORT_DESCENDING);
    }
  /* The first one is that of functions. */
  memsnoop_column_titles_align (view, 1);
}

GMenuModel *
memsnoop_call_list_make_menu (GtkColumnView *view, GtkWidget *widget)
{
  g_autoptr (GSimpleActionGroup) group = g_simple_action_group_new ();

  /* By memory; functions are text. */
  memsnoop_column_sorting_install (view, G_ACTION_MAP (group), 1, 1u << 0);
  gtk_widget_insert_action_group (widget, "calls", G_ACTION_GROUP (group));
  return memsnoop_column_sorting_make_menu (view, "calls");
}

/* Models */

/* Opens the widest call of each level, down to where none holds half of its caller's memory. */
static void
open_widest (GtkTreeListModel *tree)
{
  guint position = 0;

  for (;;)
    {
      g_autoptr (GtkTreeListRow) row = gtk_tree_list_model_get_row (tree, position);
      g_autoptr (GtkTreeListRow) next = NULL;
      g_autoptr (MemsnoopCallItem) caller = NULL, called = NULL;

      if (row == NULL || !gtk_tree_list_row_is_expandable (row))
        return;
      gtk_tree_list_row_set_expanded (row, TRUE);
      next = gtk_tree_list_model_get_row (tree, ++position);
      if (next == NULL)
        return;
      caller = gtk_tree_list_row_get_item (row);
      called = gtk_tree_list_row_get_item (next);
      if (call_of (called)->value < call_of (caller)->value / 2)
        return;
    }
}

/* The calls that the table begins with: the root, or those that were searched for. */
static GArray *
list_roots (MemsnoopCallProfile *profile, const gchar *search)
{
  GArray *roots = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autofree gchar *needle = search != NULL ? g_utf8_casefold (search, -1) : NULL;
  guint n = profile != NULL ? memsnoop_call_profile_get_n_calls (profile) : 0;

  for (guint i = 0; i < n; i++)
    {
      g_autofree gchar *text =
          g_utf8_casefold (memsnoop_call_profile_get_call (profile, i)->text, -1);

      if (needle == NULL || *needle == '\0' ? i == 0 : strstr (text, needle) != NULL)
        g_array_append_val (roots, i);
    }
  return roots;
}

static GListModel *
list_called (gpointer item, gpointer user_data)
{
  return memsnoop_call_item_list_called (item);
}

/* @roots: (transfer full): as they are at first: what comes to a view later takes it far longer. */
static void
set_model (GtkColumnView *view, GListStore *roots)
{
  GtkTreeListModel *tree = gtk_tree_list_model_new (G_LIST_MODEL (g_object_ref (roots)), FALSE,
                                                    FALSE, list_called, NULL, NULL);
  GtkSorter *sorter =
      GTK_SORTER (gtk_tree_list_row_sorter_new (g_object_ref (gtk_column_view_get_sorter (view))));
  GtkSortListModel *sorted = gtk_sort_list_model_new (G_LIST_MODEL (g_object_ref (tree)), sorter);
  g_autoptr (GtkSingleSelection) selection = gtk_single_selection_new (G_LIST_MODEL (sorted));

  g_object_set_data_full (G_OBJECT (view), "memsnoop-roots", roots, g_object_unref);
  g_object_set_data_full (G_OBJECT (view), "memsnoop-tree", tree, g_object_unref);
  gtk_column_view_set_model (view, GTK_SELECTION_MODEL (selection));
}

/* What is there stays, with new figures. */
static void
change_roots (GtkColumnView *view, GListStore *roots, MemsnoopCallProfile *profile, GArray *numbers)
{
  memsnoop_call_items_match (roots, profile, numbers);
  memsnoop_call_items_change (roots);
  gtk_sorter_changed (gtk_column_view_get_sorter (view), GTK_SORTER_CHANGE_DIFFERENT);
  memsnoop_call_items_add (roots, profile, numbers);
}

/* Before anything is recorded there is a root alone, which nobody can have closed. */
static gboolean
is_root_alone (GtkColumnView *view)
{
  GtkTreeListModel *tree = g_object_get_data (G_OBJECT (view), "memsnoop-tree");
  g_autoptr (GtkTreeListRow) row = gtk_tree_list_model_get_row (tree, 0);

  return row != NULL && !gtk_tree_list_row_is_expandable (row);
}

void
memsnoop_call_list_show (GtkColumnView *view, MemsnoopCallProfile *profile, const gchar *search)
{
  const gchar *before = g_object_get_data (G_OBJECT (view), "memsnoop-search");
  GListStore *roots = g_object_get_data (G_OBJECT (view), "memsnoop-roots");
  g_autoptr (GArray) numbers = list_roots (profile, search);

  if (roots != NULL && g_strcmp0 (before, search) == 0 &&
      g_list_model_get_n_items (G_LIST_MODEL (roots)) > 0)
    {
      gboolean alone = is_root_alone (view);

      change_roots (view, roots, profile, numbers);
      if (alone && (search == NULL || *search == '\0'))
        open_widest (g_object_get_data (G_OBJECT (view), "memsnoop-tree"));
      return;
    }
  g_object_set_data_full (G_OBJECT (view), "memsnoop-search", g_strdup (search), g_free);
  roots = g_list_store_new (MEMSNOOP_TYPE_CALL_ITEM);
  memsnoop_call_items_add (roots, profile, numbers);
  set_model (view, roots);
  if (search == NULL || *search == '\0')
    open_widest (g_object_get_data (G_OBJECT (view), "memsnoop-tree"));
}
