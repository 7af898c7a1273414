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

void
memsnoop_column_titles_align (GtkColumnView *view, guint32 texts)
{
  GtkWidget *header = gtk_widget_get_first_child (GTK_WIDGET (view));
  GtkWidget *title = header != NULL ? gtk_widget_get_first_child (header) : NULL;

  for (guint i = 0; title != NULL; i++, title = gtk_widget_get_next_sibling (title))
    if ((texts >> i & 1) == 0)
      align_title (title);
}
