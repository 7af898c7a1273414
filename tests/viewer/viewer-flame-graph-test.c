/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "flame-graph.h"

#include "sample-profile.h"

#define WIDTH 1000
#define ROW 22

static const gchar *const lines[] = { "main;make;leaf 600", "main;make 100", "main;keep;leaf 300",
                                      NULL };

/* The widths do not depend on what is around it. */
static GtkWidget *
make_graph (MemsnoopCallProfile *profile, GtkTextDirection direction)
{
  GtkWidget *graph = g_object_ref_sink (memsnoop_flame_graph_new ());
  int height;

  gtk_widget_set_direction (graph, direction);
  memsnoop_flame_graph_set_profile (MEMSNOOP_FLAME_GRAPH (graph), profile);
  gtk_widget_measure (graph, GTK_ORIENTATION_VERTICAL, WIDTH, &height, NULL, NULL, NULL);
  gtk_widget_allocate (graph, WIDTH, height, -1, NULL);
  return graph;
}

static void
assert_found (
    GtkWidget *graph, MemsnoopCallProfile *profile, double x, double level, const gchar *expected)
{
  guint call;
  gboolean found =
      memsnoop_flame_graph_find (MEMSNOOP_FLAME_GRAPH (graph), x, level * ROW + ROW / 2, &call);

  g_assert_cmpint (found, ==, expected != NULL);
  if (found)
    g_assert_cmpstr (memsnoop_call_profile_get_call (profile, call)->text, ==, expected);
}

static void
test_calls_are_as_wide_as_their_memory (void)
{
  g_autoptr (MemsnoopCallProfile) profile = sample_profile (lines);
  g_autoptr (GtkWidget) graph = make_graph (profile, GTK_TEXT_DIR_LTR);

  assert_found (graph, profile, 500, 1, "main");
  assert_found (graph, profile, 0, 2, "make");
  assert_found (graph, profile, 699, 2, "make");
  assert_found (graph, profile, 701, 2, "keep");
  assert_found (graph, profile, 599, 3, "leaf");
  assert_found (graph, profile, 650, 3, NULL);
  assert_found (graph, profile, 500, 4, NULL);
  assert_found (graph, profile, 500, -1, NULL);
}

static void
test_it_is_mirrored_where_one_reads_from_right_to_left (void)
{
  g_autoptr (MemsnoopCallProfile) profile = sample_profile (lines);
  g_autoptr (GtkWidget) graph = make_graph (profile, GTK_TEXT_DIR_RTL);

  assert_found (graph, profile, 299, 2, "keep");
  assert_found (graph, profile, 301, 2, "make");
}

static void
test_what_is_zoomed_into_is_as_wide_as_the_graph (void)
{
  g_autoptr (MemsnoopCallProfile) profile = sample_profile (lines);
  g_autoptr (GtkWidget) graph = make_graph (profile, GTK_TEXT_DIR_LTR);

  memsnoop_flame_graph_zoom (MEMSNOOP_FLAME_GRAPH (graph), sample_profile_find (profile, "keep"));
  assert_found (graph, profile, 1, 2, "keep");
  assert_found (graph, profile, 999, 2, "keep");
  assert_found (graph, profile, 999, 1, "main");
  assert_found (graph, profile, 1, 3, "leaf");
}

static void
test_zoom_stays_at_the_same_functions_when_a_profile_arrives (void)
{
  const gchar *const later[] = { "main;keep;leaf 900", "main;make 100", NULL };
  g_autoptr (MemsnoopCallProfile) before = sample_profile (lines), after = sample_profile (later);
  g_autoptr (GtkWidget) graph = make_graph (before, GTK_TEXT_DIR_LTR);

  memsnoop_flame_graph_zoom (MEMSNOOP_FLAME_GRAPH (graph), sample_profile_find (before, "keep"));
  memsnoop_flame_graph_set_profile (MEMSNOOP_FLAME_GRAPH (graph), after);
  g_assert_cmpuint (memsnoop_flame_graph_get_zoom (MEMSNOOP_FLAME_GRAPH (graph)), ==,
                    sample_profile_find (after, "keep"));
  memsnoop_flame_graph_set_profile (MEMSNOOP_FLAME_GRAPH (graph), NULL);
  g_assert_cmpuint (memsnoop_flame_graph_get_zoom (MEMSNOOP_FLAME_GRAPH (graph)), ==, 0);
}

static void
test_an_empty_profile_has_a_root_alone (void)
{
  const gchar *const nothing[] = { NULL };
  g_autoptr (MemsnoopCallProfile) profile = sample_profile (nothing);
  g_autoptr (GtkWidget) graph = make_graph (profile, GTK_TEXT_DIR_LTR);

  assert_found (graph, profile, 500, 1, NULL);
  memsnoop_flame_graph_zoom (MEMSNOOP_FLAME_GRAPH (graph), 0);
}

static void
test_ten_thousand_contexts_are_drawn_and_zoomed_in_time (void)
{
  g_autoptr (GPtrArray) many = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (MemsnoopCallProfile) profile = NULL;
  g_autoptr (GtkWidget) graph = NULL;
  gint64 begin;
  double elapsed;

  for (guint i = 0; i < 10000; i++)
    g_ptr_array_add (many, g_strdup_printf ("main;f%u;g%u;h%u %u", i % 10, i % 100, i, i + 1));
  g_ptr_array_add (many, NULL);
  profile = sample_profile ((const gchar *const *) many->pdata);
  graph = make_graph (profile, GTK_TEXT_DIR_LTR);
  for (guint zoom = 0; zoom < 3; zoom++)
    {
      g_autoptr (GtkSnapshot) snapshot = gtk_snapshot_new ();

      begin = g_get_monotonic_time ();
      memsnoop_flame_graph_zoom (MEMSNOOP_FLAME_GRAPH (graph), zoom);
      GTK_WIDGET_GET_CLASS (graph)->snapshot (graph, snapshot);
      elapsed = (double) (g_get_monotonic_time () - begin) / 1000;
      g_test_message ("zoom into %u: %.1f ms", zoom, elapsed);
      g_assert_cmpfloat (elapsed, <, zoom == 0 ? 200 : 50);
    }
}

static void
test_what_is_found_is_counted_and_gone_through (void)
{
  g_autoptr (MemsnoopCallProfile) profile = sample_profile (lines);
  g_autoptr (GtkWidget) graph = make_graph (profile, GTK_TEXT_DIR_LTR);
  MemsnoopFlameGraph *flame = MEMSNOOP_FLAME_GRAPH (graph);
  guint64 value;

  g_assert_cmpuint (memsnoop_flame_graph_count_found (flame, &value), ==, 0);
  memsnoop_flame_graph_next_found (flame);
  memsnoop_flame_graph_set_search (flame, "LEAF");
  g_assert_cmpuint (memsnoop_flame_graph_count_found (flame, &value), ==, 2);
  g_assert_cmpuint (value, ==, 900);
  memsnoop_flame_graph_set_search (flame, "ma");
  g_assert_cmpuint (memsnoop_flame_graph_count_found (flame, &value), ==, 2);
  g_assert_cmpuint (value, ==, 1000);
  memsnoop_flame_graph_set_search (flame, "keep");
  memsnoop_flame_graph_zoom (flame, sample_profile_find (profile, "make"));
  memsnoop_flame_graph_next_found (flame);
  g_assert_cmpuint (memsnoop_flame_graph_get_zoom (flame), ==, 0);
}

/* As GTK does when the graph has the focus. */
static void
press (GtkWidget *graph, guint key)
{
  g_autoptr (GListModel) controllers = gtk_widget_observe_controllers (graph);
  gboolean done;

  for (guint i = 0; i < g_list_model_get_n_items (controllers); i++)
    {
      g_autoptr (GtkEventController) controller = g_list_model_get_item (controllers, i);

      if (GTK_IS_EVENT_CONTROLLER_KEY (controller))
        g_signal_emit_by_name (controller, "key-pressed", key, 0, 0, &done);
    }
}

/* Enter zooms into what has the focus. */
static void
assert_reached (GtkWidget *graph, MemsnoopCallProfile *profile, const gchar *expected)
{
  guint zoom;

  press (graph, GDK_KEY_Return);
  zoom = memsnoop_flame_graph_get_zoom (MEMSNOOP_FLAME_GRAPH (graph));
  g_assert_cmpstr (memsnoop_call_profile_get_call (profile, zoom)->text, ==, expected);
}

static void
test_keys_lead_along_what_is_drawn (void)
{
  const gchar *const narrow[] = { "main;a 4000", "main;b;c 3000", "main;d 2000",
                                  "main;d;e 1",  "main;f 1",      NULL };
  const struct
  {
    guint keys[8];
    const gchar *expected;
  } walks[] = {
    { { GDK_KEY_Home, GDK_KEY_Down, GDK_KEY_Down }, "a" },
    { { GDK_KEY_Home, GDK_KEY_Down, GDK_KEY_Down, GDK_KEY_Right, GDK_KEY_Down }, "c" },
    { { GDK_KEY_Home, GDK_KEY_Down, GDK_KEY_Down, GDK_KEY_Right, GDK_KEY_Right, GDK_KEY_Right,
        GDK_KEY_Down },
      "d" },
    { { GDK_KEY_Home, GDK_KEY_Down, GDK_KEY_Down, GDK_KEY_Right, GDK_KEY_Right, GDK_KEY_Left,
        GDK_KEY_Up },
      "main" },
  };
  g_autoptr (MemsnoopCallProfile) profile = sample_profile (narrow);
  g_autoptr (GtkWidget) graph = make_graph (profile, GTK_TEXT_DIR_LTR);

  for (gsize i = 0; i < G_N_ELEMENTS (walks); i++)
    {
      for (gsize j = 0; walks[i].keys[j] != 0; j++)
        press (graph, walks[i].keys[j]);
      assert_reached (graph, profile, walks[i].expected);
    }
}

static void
test_keys_do_not_lead_beside_what_is_zoomed_into (void)
{
  g_autoptr (MemsnoopCallProfile) profile = sample_profile (lines);
  g_autoptr (GtkWidget) graph = make_graph (profile, GTK_TEXT_DIR_LTR);

  memsnoop_flame_graph_zoom (MEMSNOOP_FLAME_GRAPH (graph), sample_profile_find (profile, "keep"));
  press (graph, GDK_KEY_Left);
  assert_reached (graph, profile, "keep");
  press (graph, GDK_KEY_Up);
  press (graph, GDK_KEY_Down);
  assert_reached (graph, profile, "keep");
}

static void
test_what_is_found_is_drawn (void)
{
  const gchar *const narrow[] = { "main;wide 9999", "main;thin 1", NULL };
  g_autoptr (MemsnoopCallProfile) profile = sample_profile (narrow);
  g_autoptr (GtkWidget) graph = make_graph (profile, GTK_TEXT_DIR_LTR);

  memsnoop_flame_graph_set_search (MEMSNOOP_FLAME_GRAPH (graph), "thin");
  memsnoop_flame_graph_next_found (MEMSNOOP_FLAME_GRAPH (graph));
  assert_found (graph, profile, 500, 2, "thin");
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
  g_test_add_func ("/flame-graph/calls-are-as-wide-as-their-memory",
                   test_calls_are_as_wide_as_their_memory);
  g_test_add_func ("/flame-graph/it-is-mirrored-where-one-reads-from-right-to-left",
                   test_it_is_mirrored_where_one_reads_from_right_to_left);
  g_test_add_func ("/flame-graph/what-is-zoomed-into-is-as-wide-as-the-graph",
                   test_what_is_zoomed_into_is_as_wide_as_the_graph);
  g_test_add_func ("/flame-graph/zoom-stays-at-the-same-functions-when-a-profile-arrives",
                   test_zoom_stays_at_the_same_functions_when_a_profile_arrives);
  g_test_add_func ("/flame-graph/an-empty-profile-has-a-root-alone",
                   test_an_empty_profile_has_a_root_alone);
  g_test_add_func ("/flame-graph/ten-thousand-contexts-are-drawn-and-zoomed-in-time",
                   test_ten_thousand_contexts_are_drawn_and_zoomed_in_time);
  g_test_add_func ("/flame-graph/what-is-found-is-counted-and-gone-through",
                   test_what_is_found_is_counted_and_gone_through);
  g_test_add_func ("/flame-graph/keys-lead-along-what-is-drawn",
                   test_keys_lead_along_what_is_drawn);
  g_test_add_func ("/flame-graph/keys-do-not-lead-beside-what-is-zoomed-into",
                   test_keys_do_not_lead_beside_what_is_zoomed_into);
  g_test_add_func ("/flame-graph/what-is-found-is-drawn", test_what_is_found_is_drawn);
  return g_test_run ();
}
