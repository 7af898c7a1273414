/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hidden-pages.h"

static void
tell_hidden (GtkWidget *stack)
{
  g_autoptr (GtkWidget) shown = NULL;
  GtkWidget *child = gtk_widget_get_first_child (stack);

  g_object_get (stack, "visible-child", &shown, NULL);
  for (; child != NULL; child = gtk_widget_get_next_sibling (child))
    gtk_accessible_update_state (GTK_ACCESSIBLE (child), GTK_ACCESSIBLE_STATE_HIDDEN,
                                 child != shown, -1);
}

void
memsnoop_hidden_pages_follow (GtkWidget *stack)
{
  g_signal_connect (stack, "notify::visible-child", G_CALLBACK (tell_hidden), NULL);
  tell_hidden (stack);
}
