/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "column-titles.h"

/* A title is a button with a box of the text and the sign that it is sorted by. */
static void
align_title (GtkWidget *title)
{
  GtkWidget *box = gtk_widget_get_first_child (title);

  if (box != NULL)
    gtk_widget_set_halign (box, GTK_ALIGN_END);
}

static GtkWidget *
find_first_title (GtkColumnView *view)
{
  GtkWidget *header = gtk_widget_get_first_child (GTK_WIDGET (view));

  return header != NULL ? gtk_widget_get_first_child (header) : NULL;
}

void
memsnoop_column_titles_align (GtkColumnView *view, guint32 texts)
{
  GtkWidget *title = find_first_title (view);

  for (guint i = 0; title != NULL; i++, title = gtk_widget_get_next_sibling (title))
    if ((texts >> i & 1) == 0)
      align_title (title);
}

static gboolean
shows (GtkWidget *title, const gchar *order)
{
  GtkWidget *box = gtk_widget_get_first_child (title);
  GtkWidget *sign = box != NULL ? gtk_widget_get_last_child (box) : NULL;

  return sign != NULL && gtk_widget_has_css_class (sign, order);
}

gint
memsnoop_column_titles_find_sorted (GtkColumnView *view, gboolean *ascending)
{
  GtkWidget *title = find_first_title (view);

  for (gint i = 0; title != NULL; i++, title = gtk_widget_get_next_sibling (title))
    if (shows (title, "ascending") || shows (title, "descending"))
      {
        *ascending = shows (title, "ascending");
        return i;
      }
  return -1;
}
