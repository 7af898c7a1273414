/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "column-sorting.h"

#include "column-titles.h"

#include <glib/gi18n.h>

#define SORTING_KEY "memsnoop-sorting"

/* @view: weak. */
typedef struct
{
  GtkColumnView *view;
  GSimpleAction *action;
  guint32 texts;
  gboolean ascending;
  guint idle;
} Sorting;

static void
sorting_free (gpointer data)
{
  Sorting *sorting = data;

  g_clear_handle_id (&sorting->idle, g_source_remove);
  g_clear_weak_pointer (&sorting->view);
  g_free (sorting);
}

static gboolean
on_idle (gpointer user_data)
{
  Sorting *sorting = user_data;
  gint number = sorting->view != NULL
                    ? memsnoop_column_titles_find_sorted (sorting->view, &sorting->ascending)
                    : -1;

  sorting->idle = 0;
  if (number >= 0)
    g_simple_action_set_state (sorting->action, g_variant_new_int32 (number));
  return G_SOURCE_REMOVE;
}

/* A click on a title sorts, too; it shows that later. */
static void
on_sorter_changed (GSimpleAction *action)
{
  Sorting *sorting = g_object_get_data (G_OBJECT (action), SORTING_KEY);

  if (sorting->idle == 0)
    sorting->idle = g_idle_add (on_idle, sorting);
}

static void
on_sort (GSimpleAction *action, GVariant *parameter, Sorting *sorting)
{
  guint number = (guint) g_variant_get_int32 (parameter);
  g_autoptr (GVariant) before = g_action_get_state (G_ACTION (action));
  g_autoptr (GtkColumnViewColumn) column =
      g_list_model_get_item (gtk_column_view_get_columns (sorting->view), number);

  if (column == NULL)
    return;
  if (g_variant_equal (before, parameter))
    sorting->ascending = !sorting->ascending;
  else
    sorting->ascending = (sorting->texts & 1u << number) != 0;
  /* Not by what was before among equals, which would be shown, too. */
  gtk_column_view_sort_by_column (sorting->view, NULL, GTK_SORT_ASCENDING);
  gtk_column_view_sort_by_column (sorting->view, column,
                                  sorting->ascending ? GTK_SORT_ASCENDING : GTK_SORT_DESCENDING);
  g_simple_action_set_state (action, parameter);
}

void
memsnoop_column_sorting_install (GtkColumnView *view,
                                 GActionMap *group,
                                 guint sorted,
                                 guint32 texts)
{
  GVariant *state = g_variant_new_int32 ((gint32) sorted);
  g_autoptr (GSimpleAction) action =
      g_simple_action_new_stateful ("sort", G_VARIANT_TYPE_INT32, state);
  Sorting *sorting = g_new0 (Sorting, 1);

  g_set_weak_pointer (&sorting->view, view);
  sorting->action = action;
  sorting->texts = texts;
  g_object_set_data_full (G_OBJECT (action), SORTING_KEY, sorting, sorting_free);
  g_signal_connect (action, "activate", G_CALLBACK (on_sort), sorting);
  g_signal_connect_object (gtk_column_view_get_sorter (view), "changed",
                           G_CALLBACK (on_sorter_changed), action, G_CONNECT_SWAPPED);
  g_action_map_add_action (group, G_ACTION (action));
}

GMenuModel *
memsnoop_column_sorting_make_menu (GtkColumnView *view, const gchar *prefix)
{
  GListModel *columns = gtk_column_view_get_columns (view);
  g_autoptr (GMenu) section = g_menu_new ();
  g_autofree gchar *name = g_strconcat (prefix, ".sort", NULL);
  GMenu *menu = g_menu_new ();

  for (guint i = 0; i < g_list_model_get_n_items (columns); i++)
    {
      g_autoptr (GtkColumnViewColumn) column = g_list_model_get_item (columns, i);
      g_autoptr (GMenuItem) item =
          g_menu_item_new (gtk_column_view_column_get_title (column), NULL);

      g_menu_item_set_action_and_target (item, name, "i", (gint32) i);
      g_menu_append_item (section, item);
    }
  g_menu_append_section (menu, _ ("Sort By"), G_MENU_MODEL (section));
  return G_MENU_MODEL (menu);
}
