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

static void
tell_revealed (GtkInfoBar *bar)
{
  gtk_accessible_update_state (GTK_ACCESSIBLE (bar), GTK_ACCESSIBLE_STATE_HIDDEN,
                               !gtk_info_bar_get_revealed (bar), -1);
}

void
memsnoop_hidden_pages_follow_bar (GtkInfoBar *bar)
{
  g_signal_connect (bar, "notify::revealed", G_CALLBACK (tell_revealed), NULL);
  tell_revealed (bar);
}
