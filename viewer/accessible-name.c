/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "accessible-name.h"

void
memsnoop_accessible_name_set (GtkWidget *widget, const gchar *name)
{
  gtk_accessible_reset_relation (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_RELATION_LABELLED_BY);
  gtk_accessible_update_property (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}

void
memsnoop_accessible_name_reset (GtkWidget *button)
{
  gtk_accessible_reset_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL);
}

void
memsnoop_accessible_name_reset_all (GtkWidget *widget)
{
  GtkWidget *child = gtk_widget_get_first_child (widget);

  if (GTK_IS_BUTTON (widget))
    memsnoop_accessible_name_reset (widget);
  for (; child != NULL; child = gtk_widget_get_next_sibling (child))
    memsnoop_accessible_name_reset_all (child);
}

void
memsnoop_accessible_name_set_row (GtkWidget *cell, const gchar *name, const gchar *description)
{
  GtkWidget *row = cell;

  while (row != NULL &&
         gtk_accessible_get_accessible_role (GTK_ACCESSIBLE (row)) != GTK_ACCESSIBLE_ROLE_ROW)
    row = gtk_widget_get_parent (row);
  if (row == NULL)
    return;
  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, name,
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                  description != NULL ? description : "", -1);
}

static GtkWidget *
find_button (GtkWidget *widget)
{
  GtkWidget *button = GTK_IS_BUTTON (widget) ? widget : NULL;
  GtkWidget *child = gtk_widget_get_first_child (widget);

  for (; button == NULL && child != NULL; child = gtk_widget_get_next_sibling (child))
    button = find_button (child);
  return button;
}

void
memsnoop_accessible_name_set_button_in (GtkWidget *widget, const gchar *name)
{
  GtkWidget *button = find_button (widget);

  if (button != NULL)
    memsnoop_accessible_name_set (button, name);
}
