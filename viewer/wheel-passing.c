/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wheel-passing.h"

#include <math.h>

static gboolean
can_move (GtkAdjustment *adjustment, double down)
{
  double value = gtk_adjustment_get_value (adjustment);
  double last = gtk_adjustment_get_upper (adjustment) - gtk_adjustment_get_page_size (adjustment);

  return down < 0 ? value > gtk_adjustment_get_lower (adjustment) : value < last;
}

/* As far as GtkScrolledWindow moves. */
static double
step_of (GtkEventControllerScroll *controller, GtkAdjustment *adjustment)
{
  if (gtk_event_controller_scroll_get_unit (controller) == GDK_SCROLL_UNIT_SURFACE)
    return 1;
  return pow (gtk_adjustment_get_page_size (adjustment), 2.0 / 3);
}

static gboolean
on_scroll (GtkEventControllerScroll *controller, double right, double down)
{
  GtkEventController *events = GTK_EVENT_CONTROLLER (controller);
  GtkWidget *inner = gtk_event_controller_get_widget (events);
  GtkWidget *outer =
      gtk_widget_get_ancestor (gtk_widget_get_parent (inner), GTK_TYPE_SCROLLED_WINDOW);
  GtkAdjustment *own = gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (inner)), *page;

  /* With Shift the wheel moves to the side. */
  if (outer == NULL || down == 0 || can_move (own, down) ||
      (gtk_event_controller_get_current_event_state (events) & GDK_SHIFT_MASK) != 0)
    return FALSE;
  page = gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (outer));
  gtk_adjustment_set_value (page,
                            gtk_adjustment_get_value (page) + down * step_of (controller, page));
  return TRUE;
}

void
memsnoop_wheel_passing_install (GtkWidget *inner)
{
  GtkEventController *controller =
      gtk_event_controller_scroll_new (GTK_EVENT_CONTROLLER_SCROLL_VERTICAL);

  /* Before it takes the event itself. */
  gtk_event_controller_set_propagation_phase (controller, GTK_PHASE_CAPTURE);
  g_signal_connect (controller, "scroll", G_CALLBACK (on_scroll), NULL);
  gtk_widget_add_controller (inner, controller);
}
