/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command-error.h"
#include "session-list.h"
#include "terminal-text.h"
#include "top-frame.h"
#include "top-request.h"
#include "value-text.h"

#include <string.h>

#define PROCESSES                                                                                  \
  "[{'pid': <uint32 30>, 'uid': <uint32 4000000000>, 'comm': <'small'>, 'rss-anon': <uint64 100>," \
  "  'rss-file': <uint64 2048>, 'swap': <uint64 0>},"                                              \
  " {'pid': <uint32 10>, 'uid': <uint32 4000000000>, 'comm': <'evil\\u001b[2J'>,"                  \
  "  'start-time': <uint64 77>, 'rss-anon': <uint64 1073741824>,"                                  \
  "  'kernel.current-bytes': <uint64 4096>,"                                                       \
  "  'kernel.peak-bytes': <uint64 8192>},"                                                         \
  " {'pid': <uint32 20>, 'uid': <uint32 4000000000>, 'comm': <'日本語日本語日本語'>,"     \
  "  'rss-anon': <uint64 100>, 'kernel.current-bytes': <uint64 8192>},"                            \
  " {'pid': <'odd'>, 'unknown-key': <true>, 'rss-anon': <-5>}]"

static GPtrArray *
make_rows (void)
{
  g_autoptr (GVariant) processes = parse_value ("aa{sv}", PROCESSES);
  g_autoptr (MemsnoopUserNames) users = memsnoop_user_names_new ();

  return memsnoop_top_rows_from_processes (processes, users, TRUE);
}

static void
assert_order (GPtrArray *rows, MemsnoopTopColumn column, gboolean reverse, const gchar *expected)
{
  g_autoptr (GString) order = g_string_new (NULL);

  memsnoop_top_rows_sort (rows, column, reverse);
  for (guint i = 0; i < rows->len; i++)
    g_string_append_printf (order, "%s%" G_GUINT64_FORMAT, i > 0 ? " " : "",
                            ((const MemsnoopTopRow *) rows->pdata[i])->pid);
  g_assert_cmpstr (order->str, ==, expected);
}

static void
test_rows_are_sorted_by_any_column (void)
{
  g_autoptr (GPtrArray) rows = make_rows ();

  assert_order (rows, MEMSNOOP_TOP_ANONYMOUS, FALSE, "10 20 30 0");
  assert_order (rows, MEMSNOOP_TOP_ANONYMOUS, TRUE, "20 30 10 0");
  assert_order (rows, MEMSNOOP_TOP_PID, FALSE, "0 10 20 30");
  assert_order (rows, MEMSNOOP_TOP_PID, TRUE, "30 20 10 0");
  assert_order (rows, MEMSNOOP_TOP_NAME, FALSE, "0 10 30 20");
  assert_order (rows, MEMSNOOP_TOP_KERNEL, FALSE, "20 10 0 30");
}

static void
test_unknown_figures_come_last_either_way (void)
{
  g_autoptr (GPtrArray) rows = make_rows ();

  assert_order (rows, MEMSNOOP_TOP_KERNEL, TRUE, "10 20 0 30");
  assert_order (rows, MEMSNOOP_TOP_PEAK, TRUE, "10 0 20 30");
}

static void
test_sort_keys_are_those_of_the_bus (void)
{
  g_autoptr (GError) error = NULL;
  MemsnoopTopColumn column;

  g_assert_true (memsnoop_top_column_from_sort_key ("kernel.peak-bytes", &column, &error));
  g_assert_cmpint (column, ==, MEMSNOOP_TOP_PEAK);
  g_assert_false (memsnoop_top_column_from_sort_key ("size", &column, &error));
  g_assert_error (error, MEMSNOOP_COMMAND_ERROR, MEMSNOOP_COMMAND_ERROR_USAGE);
  g_assert_nonnull (strstr (error->message, "rss-anon"));
  g_assert_nonnull (strstr (error->message, "'size'"));
}

static void
test_json_rows_keep_what_the_service_said (void)
{
  g_autoptr (GVariant) processes = parse_value ("aa{sv}", PROCESSES);
  g_autoptr (GVariant) sorted =
      memsnoop_top_sort_processes (processes, MEMSNOOP_TOP_ANONYMOUS, FALSE, 2);
  g_autoptr (GVariant) first = g_variant_get_child_value (sorted, 0);
  g_autoptr (GVariant) expected = g_variant_get_child_value (processes, 1);

  g_assert_cmpuint (g_variant_n_children (sorted), ==, 2);
  g_assert_true (g_variant_equal (first, expected));
}

static void
test_plain_text_shows_what_is_not_known (void)
{
  g_autoptr (GPtrArray) rows = make_rows ();
  g_autofree gchar *text = NULL;

  memsnoop_top_rows_sort (rows, MEMSNOOP_TOP_PID, TRUE);
  text = memsnoop_top_plain_text (rows, 1);
  g_assert_cmpstr (
      text, ==,
      "PID  USER        ANONYMOUS     FILE  SHARED  SWAP  GROWTH  KERNEL  PEAK  HEAP  RETAINED  !  "
      "NAME\n"
      " 30  4000000000  100 bytes  2.0 KiB       -     0       -       -     -     -         -     "
      "small\n");
}

static void
assert_columns (guint screen_columns, gboolean heaps, const gchar *expected)
{
  guint widths[MEMSNOOP_TOP_N_COLUMNS];
  g_autofree gchar *line = NULL;
  g_auto (GStrv) words = NULL;
  g_autoptr (GString) titles = g_string_new (NULL);

  memsnoop_top_layout (screen_columns, heaps, widths);
  line = memsnoop_top_title_line (widths, MEMSNOOP_TOP_N_COLUMNS, FALSE, TRUE);
  words = g_strsplit_set (line, " ", -1);
  for (gsize i = 0; words[i] != NULL; i++)
    if (*words[i] != '\0')
      g_string_append_printf (titles, "%s%s", titles->len > 0 ? " " : "", words[i]);
  g_assert_cmpstr (titles->str, ==, expected);
}

static void
test_a_narrow_screen_has_fewer_columns (void)
{
  assert_columns (200, FALSE,
                  "PID USER ANONYMOUS FILE SHARED SWAP GROWTH HISTORY KERNEL PEAK ! NAME");
  assert_columns (80, FALSE, "PID USER ANONYMOUS GROWTH HISTORY KERNEL ! NAME");
  assert_columns (60, FALSE, "PID ANONYMOUS GROWTH KERNEL ! NAME");
  assert_columns (40, FALSE, "PID ANONYMOUS ! NAME");
  assert_columns (20, FALSE, "PID NAME");
}

static void
test_recorded_heaps_have_columns (void)
{
  g_autoptr (GVariant) processes =
      parse_value ("aa{sv}", "[{'pid': <uint32 1>, 'rss-anon': <uint64 3072>,"
                             "  'heap.current-bytes': <uint64 1024>,"
                             "  'heap.retained-bytes': <uint64 2048>},"
                             " {'pid': <uint32 2>, 'rss-anon': <uint64 1>}]");
  g_autoptr (MemsnoopUserNames) users = memsnoop_user_names_new ();
  g_autoptr (GPtrArray) rows = memsnoop_top_rows_from_processes (processes, users, TRUE);
  g_autoptr (GPtrArray) others = make_rows ();

  g_assert_true (memsnoop_top_rows_have_heaps (rows));
  g_assert_false (memsnoop_top_rows_have_heaps (others));
  assert_order (rows, MEMSNOOP_TOP_RETAINED, FALSE, "1 2");
  assert_columns (200, TRUE,
                  "PID USER ANONYMOUS FILE SHARED SWAP GROWTH HISTORY KERNEL PEAK HEAP RETAINED ! "
                  "NAME");
  assert_columns (80, TRUE, "PID ANONYMOUS GROWTH HEAP RETAINED ! NAME");
}

/* Columns a line takes up without its escape sequences for colours. */
static guint
visible_width (const gchar *line)
{
  g_autoptr (GRegex) colours = g_regex_new ("\033\\[[0-9]*m", 0, 0, NULL);
  g_autofree gchar *plain = g_regex_replace_literal (colours, line, -1, 0, "", 0, NULL);

  g_assert_null (strchr (plain, '\033'));
  return memsnoop_terminal_text_width (plain);
}

static void
test_a_frame_never_exceeds_the_screen (void)
{
  g_autoptr (GPtrArray) rows = make_rows ();
  MemsnoopTopView view = { .rows = rows, .clock = "10:00:00", .unicode = TRUE, .help = TRUE };

  for (guint columns = 1; columns < 140; columns++)
    for (guint lines = 1; lines < 12; lines++)
      {
        g_autoptr (GPtrArray) frame = memsnoop_top_frame_lines (&view, columns, lines);

        g_assert_cmpuint (frame->len, <=, lines);
        for (guint i = 0; i < frame->len; i++)
          g_assert_cmpuint (visible_width (frame->pdata[i]), <=, columns);
      }
}

static void
assert_line_contains (const MemsnoopTopView *view, guint line, const gchar *expected)
{
  g_autoptr (GPtrArray) frame = memsnoop_top_frame_lines (view, 120, 24);

  g_assert_cmpuint (frame->len, >, line);
  if (strstr (frame->pdata[line], expected) == NULL)
    g_error ("line %u is '%s', without '%s'", line, (gchar *) frame->pdata[line], expected);
}

static void
test_the_header_tells_how_to_record (void)
{
  g_autoptr (GPtrArray) rows = make_rows ();
  g_autoptr (GVariant) objects =
      parse_value ("a{oa{sa{sv}}}",
                   "{'/org/memsnoop1/session/3': {'org.memsnoop1.Session': {'State': <'recording'>,"
                   " 'StartedAt': <uint64 1000000000>, 'EventsSeen': <uint64 1234567>}}}");
  g_autoptr (GPtrArray) sessions = memsnoop_session_list_from_objects (objects);
  MemsnoopTopView view = {
    .rows = rows, .clock = "10:00:00", .unicode = TRUE, .now = G_GUINT64_CONSTANT (61000000000)
  };

  assert_line_contains (&view, 0, "4 processes, anonymous 1.0 GiB");
  assert_line_contains (&view, 1, "memsnoopctl start");
  view.sessions = sessions;
  assert_line_contains (&view, 1, "recorded for 1 min 0 s (session 3)");
  assert_line_contains (&view, 1, "1,234,567 events, 0 lost");
}

static void
test_a_service_that_is_gone_is_waited_for (void)
{
  MemsnoopTopView view = { .clock = "10:00:00", .unicode = TRUE };

  assert_line_contains (&view, 0, "waiting for the service");
}

static void
test_names_cannot_steer_the_terminal (void)
{
  g_autoptr (GPtrArray) rows = make_rows ();
  MemsnoopTopView view = { .rows = rows, .clock = "10:00:00", .unicode = TRUE };

  memsnoop_top_rows_sort (rows, MEMSNOOP_TOP_PID, FALSE);
  assert_line_contains (&view, 4, "evil\\x1b[2J");
}

/* The marks of the rows by pid, "." for none. */
static void
assert_marks (GPtrArray *rows, const gchar *suspects, guint n_marked, const gchar *expected)
{
  g_autoptr (GVariant) parsed = parse_value ("aa{sv}", suspects);
  g_autoptr (GString) marks = g_string_new (NULL);

  g_assert_cmpuint (memsnoop_top_rows_mark (rows, parsed), ==, n_marked);
  memsnoop_top_rows_sort (rows, MEMSNOOP_TOP_PID, FALSE);
  for (guint i = 0; i < rows->len; i++)
    {
      const gchar *mark = ((const MemsnoopTopRow *) rows->pdata[i])->mark;

      g_string_append (marks, *mark != '\0' ? mark : ".");
    }
  g_assert_cmpstr (marks->str, ==, expected);
}

#define SUSPECT(level) "{'pid': <uint32 10>, 'start-time': <uint64 77>, 'level': <'" level "'>}"

static void
test_suspected_processes_are_marked (void)
{
  g_autoptr (GPtrArray) rows = make_rows ();

  assert_marks (rows, "[]", 0, "....");
  assert_marks (rows, "[" SUSPECT ("growth") "]", 1, ".?..");
  /* Of two kinds of memory, whichever comes first. */
  assert_marks (rows, "[" SUSPECT ("growth") "," SUSPECT ("probable") "]", 1, ".!..");
  assert_marks (rows, "[" SUSPECT ("probable") "," SUSPECT ("growth") "]", 1, ".!..");
  /* Withdrawn. */
  assert_marks (rows, "[]", 0, "....");
}

static void
test_another_process_with_the_same_pid_is_not_marked (void)
{
  g_autoptr (GPtrArray) rows = make_rows ();

  assert_marks (rows,
                "[{'pid': <uint32 10>, 'start-time': <uint64 78>, 'level': <'growth'>},"
                " {'pid': <uint32 20>, 'level': <'growth'>}, {'pid': <'odd'>}, {'level': <1>},"
                " {'pid': <uint32 99>, 'start-time': <uint64 77>}]",
                0, "....");
}

static void
test_marked_rows_stand_out_on_the_screen (void)
{
  g_autoptr (GVariant) suspects = parse_value ("aa{sv}", "[" SUSPECT ("probable") "]");
  g_autoptr (GPtrArray) rows = make_rows ();
  MemsnoopTopView view = { .rows = rows, .clock = "10:00:00", .unicode = TRUE, .n_suspected = 1 };

  memsnoop_top_rows_mark (rows, suspects);
  memsnoop_top_rows_sort (rows, MEMSNOOP_TOP_PID, FALSE);
  assert_line_contains (&view, 0, ", 1 suspected");
  assert_line_contains (&view, 4, "\033[1m     10 ");
  assert_line_contains (&view, 4, " ! evil");
}

static void
test_a_service_that_watches_nothing_marks_nothing (void)
{
  g_autoptr (GError) unwatched = g_error_new (G_DBUS_ERROR, G_DBUS_ERROR_NOT_SUPPORTED, "none");
  g_autoptr (GError) old = g_error_new (G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_METHOD, "unknown");
  g_autoptr (GError) gone = g_error_new (G_DBUS_ERROR, G_DBUS_ERROR_NO_REPLY, "gone");

  g_assert_true (memsnoop_top_request_is_no_watch (unwatched));
  g_assert_true (memsnoop_top_request_is_no_watch (old));
  g_assert_false (memsnoop_top_request_is_no_watch (gone));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/top/rows-are-sorted-by-any-column", test_rows_are_sorted_by_any_column);
  g_test_add_func ("/top/unknown-figures-come-last-either-way",
                   test_unknown_figures_come_last_either_way);
  g_test_add_func ("/top/sort-keys-are-those-of-the-bus", test_sort_keys_are_those_of_the_bus);
  g_test_add_func ("/top/json-rows-keep-what-the-service-said",
                   test_json_rows_keep_what_the_service_said);
  g_test_add_func ("/top/plain-text-shows-what-is-not-known",
                   test_plain_text_shows_what_is_not_known);
  g_test_add_func ("/top/a-narrow-screen-has-fewer-columns",
                   test_a_narrow_screen_has_fewer_columns);
  g_test_add_func ("/top/recorded-heaps-have-columns", test_recorded_heaps_have_columns);
  g_test_add_func ("/top/a-frame-never-exceeds-the-screen", test_a_frame_never_exceeds_the_screen);
  g_test_add_func ("/top/the-header-tells-how-to-record", test_the_header_tells_how_to_record);
  g_test_add_func ("/top/a-service-that-is-gone-is-waited-for",
                   test_a_service_that_is_gone_is_waited_for);
  g_test_add_func ("/top/names-cannot-steer-the-terminal", test_names_cannot_steer_the_terminal);
  g_test_add_func ("/top/suspected-processes-are-marked", test_suspected_processes_are_marked);
  g_test_add_func ("/top/another-process-with-the-same-pid-is-not-marked",
                   test_another_process_with_the_same_pid_is_not_marked);
  g_test_add_func ("/top/marked-rows-stand-out-on-the-screen",
                   test_marked_rows_stand_out_on_the_screen);
  g_test_add_func ("/top/a-service-that-watches-nothing-marks-nothing",
                   test_a_service_that_watches_nothing_marks_nothing);
  return g_test_run ();
}
