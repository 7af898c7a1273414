/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "process-columns.h"

#include "accessible-name.h"
#include "column-sorting.h"
#include "column-titles.h"
#include "growth-curve.h"
#include "process-item.h"
#include "text-direction.h"
#include "wording.h"

#include <glib/gi18n.h>

#define ICON_SIZE 16

/* A cell follows the item of its row; what it shows is in the closure of its column. */
typedef struct
{
  const gchar *id;
  const gchar *title;
  gboolean numeric;
  /* Whether it is there in a narrow window, too. */
  gboolean important;
  /* For which there is room, and in the narrowest window, too. */
  guint characters;
  guint least;
  /* Returns: (transfer full). */
  gchar *(*text) (MemsnoopProcessItem *item);
  GCompareDataFunc compare;
} Column;

static int
compare_numbers (guint64 a, guint64 b)
{
  return a < b ? GTK_ORDERING_SMALLER : a > b ? GTK_ORDERING_LARGER : GTK_ORDERING_EQUAL;
}

static int
compare_names (gconstpointer a, gconstpointer b, gpointer data)
{
  int order = g_utf8_collate (memsnoop_process_item_get_name ((MemsnoopProcessItem *) a),
                              memsnoop_process_item_get_name ((MemsnoopProcessItem *) b));

  return CLAMP (order, GTK_ORDERING_SMALLER, GTK_ORDERING_LARGER);
}

static int
compare_users (gconstpointer a, gconstpointer b, gpointer data)
{
  int order = g_utf8_collate (memsnoop_process_item_get_user ((MemsnoopProcessItem *) a),
                              memsnoop_process_item_get_user ((MemsnoopProcessItem *) b));

  return CLAMP (order, GTK_ORDERING_SMALLER, GTK_ORDERING_LARGER);
}

static int
compare_pids (gconstpointer a, gconstpointer b, gpointer data)
{
  return compare_numbers (memsnoop_process_item_get_pid ((MemsnoopProcessItem *) a),
                          memsnoop_process_item_get_pid ((MemsnoopProcessItem *) b));
}

static const MemsnoopProcessFigures *
figures_of (gconstpointer item)
{
  return memsnoop_process_item_get_figures ((MemsnoopProcessItem *) item);
}

static int
compare_resident (gconstpointer a, gconstpointer b, gpointer data)
{
  return compare_numbers (figures_of (a)->resident, figures_of (b)->resident);
}

static int
compare_growth (gconstpointer a, gconstpointer b, gpointer data)
{
  gdouble one = figures_of (a)->growth_rate, other = figures_of (b)->growth_rate;

  return one < other   ? GTK_ORDERING_SMALLER
         : one > other ? GTK_ORDERING_LARGER
                       : GTK_ORDERING_EQUAL;
}

/* What is not recorded is less than nothing. */
static int
compare_kernel (gconstpointer a, gconstpointer b, gpointer data)
{
  const MemsnoopProcessFigures *one = figures_of (a), *other = figures_of (b);

  if (one->has_kernel != other->has_kernel)
    return compare_numbers (one->has_kernel, other->has_kernel);
  return compare_numbers (one->kernel, other->kernel);
}

static int
compare_heap (gconstpointer a, gconstpointer b, gpointer data)
{
  const MemsnoopProcessFigures *one = figures_of (a), *other = figures_of (b);

  if (one->has_heap != other->has_heap)
    return compare_numbers (one->has_heap, other->has_heap);
  return compare_numbers (one->heap, other->heap);
}

static gchar *
name_text (MemsnoopProcessItem *item)
{
  return g_strdup (memsnoop_process_item_get_name (item));
}

static gchar *
user_text (MemsnoopProcessItem *item)
{
  return g_strdup (memsnoop_process_item_get_user (item));
}

static gchar *
pid_text (MemsnoopProcessItem *item)
{
  return g_strdup_printf ("%u", memsnoop_process_item_get_pid (item));
}

static gchar *
resident_text (MemsnoopProcessItem *item)
{
  return memsnoop_wording_size (figures_of (item)->resident);
}

static gchar *
growth_text (MemsnoopProcessItem *item)
{
  return memsnoop_wording_short_rate (figures_of (item)->growth_rate);
}

static gchar *
kernel_text (MemsnoopProcessItem *item)
{
  return figures_of (item)->has_kernel ? memsnoop_wording_size (figures_of (item)->kernel)
                                       : g_strdup ("");
}

static gchar *
heap_text (MemsnoopProcessItem *item)
{
  return figures_of (item)->has_heap ? memsnoop_wording_size (figures_of (item)->heap)
                                     : g_strdup ("");
}

static const Column columns[] = {
  { "name", N_ ("Name"), FALSE, TRUE, 15, 8, name_text, compare_names },
  { "pid", N_ ("PID"), TRUE, FALSE, 7, 7, pid_text, compare_pids },
  { "user", N_ ("User"), FALSE, FALSE, 8, 8, user_text, compare_users },
  { "resident", N_ ("Resident"), TRUE, TRUE, 9, 9, resident_text, compare_resident },
  { "growth", N_ ("Growth"), TRUE, TRUE, 15, 13, growth_text, compare_growth },
  { "kernel", N_ ("Kernel"), TRUE, FALSE, 9, 9, kernel_text, compare_kernel },
  { "heap", N_ ("Heap"), TRUE, FALSE, 9, 9, heap_text, compare_heap },
};

/* Cells */

typedef struct
{
  const Column *column;
  GtkInscription *text;
  /* Its text without the marks of its direction. */
  gchar *shown;
  GtkImage *image;
  GIcon *icon;
  /* Seen while something is suspected. */
  GtkImage *mark;
  MemsnoopGrowthCurve *curve;
  gulong handler;
} Cell;

/* "firefox 4711" and "root, resident 1.2 GiB, growth +12 MiB/min". */
static void
name_row (MemsnoopProcessItem *item, Cell *cell)
{
  const gchar *suspicion = memsnoop_process_item_get_suspicion (item);
  g_autofree gchar *name = g_strdup_printf ("%s %u", memsnoop_process_item_get_name (item),
                                            memsnoop_process_item_get_pid (item));
  g_autoptr (GString) text = g_string_new (memsnoop_process_item_get_user (item));

  for (gsize i = 0; i < G_N_ELEMENTS (columns); i++)
    {
      g_autofree gchar *figure = columns[i].numeric ? columns[i].text (item) : NULL;

      if (figure != NULL && *figure != '\0' && columns[i].text != pid_text)
        g_string_append_printf (text, ", %s %s", _ (columns[i].title), figure);
    }
  if (suspicion != NULL)
    g_string_append_printf (text, ", %s", suspicion);
  memsnoop_accessible_name_set_row (GTK_WIDGET (cell->text), name, text->str);
}

/* What the name has beside it. */
static void
update_name (MemsnoopProcessItem *item, Cell *cell)
{
  const gchar *suspicion = memsnoop_process_item_get_suspicion (item);
  GIcon *icon = memsnoop_process_item_get_icon (item);

  if (cell->icon != icon)
    {
      gtk_image_set_from_gicon (cell->image, icon);
      cell->icon = icon;
    }
  gtk_widget_set_visible (GTK_WIDGET (cell->mark), suspicion != NULL);
  if (g_strcmp0 (gtk_widget_get_tooltip_text (GTK_WIDGET (cell->mark)), suspicion) != 0)
    gtk_widget_set_tooltip_text (GTK_WIDGET (cell->mark), suspicion);
  name_row (item, cell);
}

static void
set_text (Cell *cell, const gchar *text)
{
  g_autofree gchar *directed = NULL;

  if (g_strcmp0 (cell->shown, text) == 0)
    return;
  g_free (cell->shown);
  cell->shown = g_strdup (text);
  directed = memsnoop_text_direction_set (text, gtk_widget_get_direction (GTK_WIDGET (cell->text)));
  gtk_inscription_set_text (cell->text, directed);
  memsnoop_accessible_name_set (GTK_WIDGET (cell->text), *text != '\0' ? text : _ ("Nothing"));
}

static void
update_cell (MemsnoopProcessItem *item, Cell *cell)
{
  g_autofree gchar *text = cell->column->text (item);
  const MemsnoopProcessFigures *figures = figures_of (item);

  set_text (cell, text);
  if (cell->image != NULL)
    update_name (item, cell);
  if (cell->curve != NULL)
    memsnoop_growth_curve_set (cell->curve, figures->recent, figures->n_recent);
}

static void
cell_free (gpointer data)
{
  g_free (((Cell *) data)->shown);
  g_free (data);
}

static Cell *
cell_of (GtkListItem *row)
{
  return g_object_get_data (G_OBJECT (row), "memsnoop-cell");
}

/* Unlike a label it is as wide as it is whatever its text: figures change all the time, and with
 * each change of a label all rows would be laid out anew. */
static GtkWidget *
make_text (const Column *column)
{
  GtkWidget *widget = gtk_inscription_new (NULL);
  GtkInscription *text = GTK_INSCRIPTION (widget);

  gtk_inscription_set_min_chars (text, column->least);
  gtk_inscription_set_nat_chars (text, column->characters);
  gtk_inscription_set_text_overflow (text, GTK_INSCRIPTION_OVERFLOW_ELLIPSIZE_END);
  gtk_inscription_set_yalign (text, 0.5f);
  gtk_inscription_set_xalign (text, column->numeric ? 1 : 0);
  gtk_widget_set_hexpand (widget, TRUE);
  if (column->numeric)
    gtk_widget_add_css_class (widget, "numeric");
  return widget;
}

/* What is beside the text. */
static GtkWidget *
make_box (Cell *cell)
{
  GtkWidget *text = GTK_WIDGET (cell->text), *box;

  if (!g_str_equal (cell->column->id, "name") && !g_str_equal (cell->column->id, "growth"))
    return text;
  box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  gtk_box_append (GTK_BOX (box), text);
  if (g_str_equal (cell->column->id, "name"))
    {
      /* The name says the same. */
      cell->image =
          g_object_new (GTK_TYPE_IMAGE, "accessible-role", GTK_ACCESSIBLE_ROLE_PRESENTATION, NULL);
      gtk_image_set_pixel_size (cell->image, ICON_SIZE);
      gtk_box_prepend (GTK_BOX (box), GTK_WIDGET (cell->image));
      cell->mark = GTK_IMAGE (gtk_image_new_from_icon_name ("dialog-warning-symbolic"));
      gtk_widget_add_css_class (GTK_WIDGET (cell->mark), "warning");
      memsnoop_accessible_name_set (GTK_WIDGET (cell->mark), _ ("Suspected"));
      gtk_box_append (GTK_BOX (box), GTK_WIDGET (cell->mark));
    }
  else
    {
      cell->curve = MEMSNOOP_GROWTH_CURVE (memsnoop_growth_curve_new ());
      gtk_box_prepend (GTK_BOX (box), GTK_WIDGET (cell->curve));
    }
  return box;
}

static void
on_setup (GtkSignalListItemFactory *factory, GtkListItem *row, gpointer data)
{
  Cell *cell = g_new0 (Cell, 1);

  cell->column = data;
  cell->text = GTK_INSCRIPTION (make_text (cell->column));
  gtk_list_item_set_child (row, make_box (cell));
  g_object_set_data_full (G_OBJECT (row), "memsnoop-cell", cell, cell_free);
}

static void
on_bind (GtkSignalListItemFactory *factory, GtkListItem *row, gpointer data)
{
  Cell *cell = cell_of (row);
  gpointer item = gtk_list_item_get_item (row);

  update_cell (item, cell);
  cell->handler = g_signal_connect (item, "changed", G_CALLBACK (update_cell), cell);
}

static void
on_unbind (GtkSignalListItemFactory *factory, GtkListItem *row, gpointer data)
{
  Cell *cell = cell_of (row);

  g_clear_signal_handler (&cell->handler, gtk_list_item_get_item (row));
}

static GtkColumnViewColumn *
make_column (const Column *description)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  GtkColumnViewColumn *column;
  g_autoptr (GtkSorter) sorter =
      GTK_SORTER (gtk_custom_sorter_new (description->compare, NULL, NULL));

  g_signal_connect (factory, "setup", G_CALLBACK (on_setup), (gpointer) description);
  g_signal_connect (factory, "bind", G_CALLBACK (on_bind), NULL);
  g_signal_connect (factory, "unbind", G_CALLBACK (on_unbind), NULL);
  column = gtk_column_view_column_new (_ (description->title), factory);
  gtk_column_view_column_set_sorter (column, sorter);
  gtk_column_view_column_set_resizable (column, TRUE);
  gtk_column_view_column_set_expand (column, g_str_equal (description->id, "name"));
  return column;
}

/* A bit for each column of text. */
static guint32
find_texts (void)
{
  guint32 texts = 0;

  for (guint i = 0; i < G_N_ELEMENTS (columns); i++)
    if (!columns[i].numeric)
      texts |= 1u << i;
  return texts;
}

void
memsnoop_process_columns_add (GtkColumnView *view)
{
  for (gsize i = 0; i < G_N_ELEMENTS (columns); i++)
    {
      g_autoptr (GtkColumnViewColumn) column = make_column (&columns[i]);

      gtk_column_view_append_column (view, column);
      if (g_str_equal (columns[i].id, "resident"))
        gtk_column_view_sort_by_column (view, column, GTK_SORT_DESCENDING);
    }
  memsnoop_column_titles_align (view, find_texts ());
}

void
memsnoop_process_columns_install_sorting (GtkColumnView *view, GActionMap *group)
{
  guint sorted = 0;

  for (guint i = 0; i < G_N_ELEMENTS (columns); i++)
    if (g_str_equal (columns[i].id, "resident"))
      sorted = i;
  memsnoop_column_sorting_install (view, group, sorted, find_texts ());
}

void
memsnoop_process_columns_set_narrow (GtkColumnView *view, gboolean narrow)
{
  GListModel *model = gtk_column_view_get_columns (view);

  for (guint i = 0; i < G_N_ELEMENTS (columns); i++)
    {
      g_autoptr (GtkColumnViewColumn) column = g_list_model_get_item (model, i);

      gtk_column_view_column_set_visible (column, !narrow || columns[i].important);
    }
}
