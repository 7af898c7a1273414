/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wheel-passing.h"

#define PAGE 100

static GtkWidget *
make_scrolled (GtkWidget *child)
{
  GtkWidget *scrolled = gtk_scrolled_window_new ();
  GtkAdjustment *adjustment = gtk_adjustment_new (0, 0, 3 * PAGE, 1, PAGE, PAGE);

  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled), child);
  gtk_scrolled_window_set_vadjustment (GTK_SCROLLED_WINDOW (scrolled), adjustment);
  return scrolled;
}

static double
place_of (GtkWidget *scrolled)
{
  return gtk_adjustment_get_value (
      gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (scrolled)));
}

static void
move_to (GtkWidget *scrolled, double place)
{
  gtk_adjustment_set_value (gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (scrolled)),
                            place);
}

/* Whether it was taken from the scrolled window. */
static gboolean
turn_wheel (GtkWidget *scrolled, double down)
{
  g_autoptr (GListModel) controllers = gtk_widget_observe_controllers (scrolled);
  gboolean taken = FALSE, one;

  for (guint i = 0; i < g_list_model_get_n_items (controllers); i++)
    {
      g_autoptr (GtkEventController) controller = g_list_model_get_item (controllers, i);

      if (GTK_IS_EVENT_CONTROLLER_SCROLL (controller) &&
          gtk_event_controller_get_propagation_phase (controller) == GTK_PHASE_CAPTURE)
        {
          g_signal_emit_by_name (controller, "scroll", 0.0, down, &one);
          taken = taken || one;
        }
    }
  return taken;
}

static void
test_the_wheel_moves_the_page_at_the_ends_alone (void)
{
  GtkWidget *inner = make_scrolled (gtk_label_new (NULL));
  GtkWidget *outer = g_object_ref_sink (make_scrolled (inner));

  memsnoop_wheel_passing_install (inner);
  g_assert_false (turn_wheel (inner, 1));
  g_assert_cmpfloat (place_of (outer), ==, 0);
  move_to (inner, 2 * PAGE);
  g_assert_true (turn_wheel (inner, 1));
  g_assert_cmpfloat (place_of (outer), >, 10);
  g_assert_false (turn_wheel (inner, -1));
  move_to (inner, 0);
  g_assert_true (turn_wheel (inner, -1));
  g_assert_cmpfloat (place_of (outer), ==, 0);
  g_assert_false (turn_wheel (inner, 0));
  g_object_unref (outer);
}

static void
test_what_is_within_no_page_keeps_the_wheel (void)
{
  GtkWidget *alone = make_scrolled (gtk_label_new (NULL));
  GtkWidget *box = g_object_ref_sink (gtk_box_new (GTK_ORIENTATION_VERTICAL, 0));

  gtk_box_append (GTK_BOX (box), alone);
  memsnoop_wheel_passing_install (alone);
  move_to (alone, 2 * PAGE);
  g_assert_false (turn_wheel (alone, 1));
  g_object_unref (box);
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
  g_test_add_func ("/wheel-passing/the-wheel-moves-the-page-at-the-ends-alone",
                   test_the_wheel_moves_the_page_at_the_ends_alone);
  g_test_add_func ("/wheel-passing/what-is-within-no-page-keeps-the-wheel",
                   test_what_is_within_no_page_keeps_the_wheel);
  return g_test_run ();
}
