/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * flame-graph-time [ROUNDS]: from a report's arrival to its flame graph on the display, and from a
 * click to the zoomed graph. Needs a display; bench/viewer-flame-graph makes one.
 */
#include "call-list.h"
#include "flame-graph.h"
#include "series.h"

#include <adwaita.h>
#include <stdlib.h>

#define CONTEXTS 10000
#define LEAST_DEPTH 8
#define DEPTHS 17
#define WIDTH 1000
#define HEIGHT 700
/* Calls that are zoomed into, one after the other, in each round. */
#define ZOOMS 3

typedef struct
{
  GtkWidget *window;
  GtkWidget *graph;
  GtkWidget *tree;
  GMainLoop *loop;
  MemsnoopCallProfile *profile;
} Bed;

/* Stacks part at each level in a way that real ones do: few ways at first, many near the leaves. */
static void
append_context (GString *report, guint number)
{
  guint depth = LEAST_DEPTH + number % DEPTHS;

  g_string_append_printf (report, "%s{\"bytes\":%u,\"count\":1,\"complete\":true,\"frames\":[",
                          number > 0 ? "," : "", 16 * (1 + number * 7919 % 4096));
  for (guint level = depth; level > 0; level--)
    {
      guint ways = level >= depth - 1 ? CONTEXTS : level * level;

      g_string_append_printf (
          report, "%s\"component_%u_level_%u_function (source-%u.c:%u) [library-%u.so]\"",
          level < depth ? "," : "", number % ways, level, number % ways % 97, 100 + level,
          number % ways % 13);
    }
  g_string_append (report, "]}");
}

static GBytes *
make_report (void)
{
  GString *report = g_string_new (
      "{\"report-version\":1,\"heaps\":[{\"pid\":7,\"comm\":\"many\",\"current-bytes\":400000000,"
      "\"current-count\":10000,\"sites\":[");

  for (guint i = 0; i < CONTEXTS; i++)
    append_context (report, i);
  g_string_append (report, "]}]}");
  return g_string_free_to_bytes (report);
}

static void
on_painted (GdkFrameClock *clock, Bed *bed)
{
  g_main_loop_quit (bed->loop);
}

/* Until what was asked for has been drawn; to be called when something is to be drawn. */
static void
await_frame (Bed *bed)
{
  GdkFrameClock *clock = gtk_widget_get_frame_clock (bed->window);
  gulong handler = g_signal_connect (clock, "after-paint", G_CALLBACK (on_painted), bed);

  g_main_loop_run (bed->loop);
  g_signal_handler_disconnect (clock, handler);
}

static void
on_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Bed *bed = user_data;
  g_autoptr (GError) error = NULL;

  g_clear_object (&bed->profile);
  bed->profile = memsnoop_call_profile_read_finish (result, &error);
  if (bed->profile == NULL)
    g_error ("%s", error->message);
  g_main_loop_quit (bed->loop);
}

static gdouble
milliseconds_since (gint64 begin)
{
  return (gdouble) (g_get_monotonic_time () - begin) / 1000;
}

/* As the window does with a report. */
static void
show_report (Bed *bed, GBytes *report, GArray *reading, GArray *drawing, GArray *both)
{
  gint64 begin = g_get_monotonic_time ();
  gdouble read;

  memsnoop_call_profile_read_async (report, MEMSNOOP_CALL_PROFILE_HEAP, MEMSNOOP_FLAME_BYTES, NULL,
                                    on_read, bed);
  g_main_loop_run (bed->loop);
  read = milliseconds_since (begin);
  memsnoop_flame_graph_set_profile (MEMSNOOP_FLAME_GRAPH (bed->graph), bed->profile);
  memsnoop_call_list_show (GTK_COLUMN_VIEW (bed->tree), bed->profile, "");
  gtk_widget_queue_draw (bed->graph);
  await_frame (bed);
  bench_series_add (reading, read);
  bench_series_add (drawing, milliseconds_since (begin) - read);
  bench_series_add (both, milliseconds_since (begin));
}

static void
zoom (Bed *bed, guint call, GArray *series)
{
  gint64 begin = g_get_monotonic_time ();

  memsnoop_flame_graph_zoom (MEMSNOOP_FLAME_GRAPH (bed->graph), call);
  gtk_widget_queue_draw (bed->graph);
  await_frame (bed);
  bench_series_add (series, milliseconds_since (begin));
}

/* Inwards along the first calls of each level, and out at once. */
static void
zoom_in_and_out (Bed *bed, GArray *in, GArray *out)
{
  for (guint call = 1; call <= ZOOMS; call++)
    zoom (bed, call, in);
  zoom (bed, 0, out);
}

static void
open_window (Bed *bed)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *graph = gtk_scrolled_window_new (), *tree = gtk_scrolled_window_new ();

  bed->window = adw_window_new ();
  bed->graph = memsnoop_flame_graph_new ();
  bed->tree = gtk_column_view_new (NULL);
  memsnoop_call_list_set_up (GTK_COLUMN_VIEW (bed->tree));
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (graph), bed->graph);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (tree), bed->tree);
  gtk_widget_set_vexpand (graph, TRUE);
  gtk_widget_set_vexpand (tree, TRUE);
  gtk_box_append (GTK_BOX (box), adw_header_bar_new ());
  gtk_box_append (GTK_BOX (box), graph);
  gtk_box_append (GTK_BOX (box), tree);
  adw_window_set_content (ADW_WINDOW (bed->window), box);
  gtk_window_set_default_size (GTK_WINDOW (bed->window), WIDTH, HEIGHT);
  gtk_window_present (GTK_WINDOW (bed->window));
  await_frame (bed);
}

static void
print_row (const gchar *what, GArray *series)
{
  g_autofree gchar *text = bench_summary_format (bench_series_summarize (series), 1);

  g_print ("| %s | %s |\n", what, text);
  g_array_unref (series);
}

int
main (int argc, char **argv)
{
  guint rounds = argc > 1 ? (guint) MAX (atoi (argv[1]), 1) : 15;
  g_autoptr (GBytes) report = make_report ();
  GArray *reading = bench_series_new (), *drawing = bench_series_new (),
         *both = bench_series_new ();
  GArray *in = bench_series_new (), *out = bench_series_new (), *same = bench_series_new ();
  Bed bed = { .loop = g_main_loop_new (NULL, FALSE) };

  adw_init ();
  open_window (&bed);
  for (guint i = 0; i < rounds; i++)
    {
      show_report (&bed, report, reading, drawing, both);
      zoom_in_and_out (&bed, in, out);
      zoom (&bed, 0, same);
    }
  g_print ("%u contexts in %.1f MB of JSON, %u calls; renderer: %s.\n\n", CONTEXTS,
           (gdouble) g_bytes_get_size (report) / 1e6,
           memsnoop_call_profile_get_n_calls (bed.profile),
           G_OBJECT_TYPE_NAME (gtk_native_get_renderer (GTK_NATIVE (bed.window))));
  g_print ("| what | ms |\n| --- | ---: |\n");
  print_row ("reading the report, in a thread", reading);
  print_row ("drawing the flame graph, and filling the table", drawing);
  print_row ("**both: from the report's arrival to its flame graph**", both);
  print_row ("**zooming into a call**", in);
  print_row ("zooming out to all", out);
  print_row ("the floor: drawing the same graph again, unzoomed", same);
  g_print ("\n");
  return 0;
}
