/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "process-columns.h"
#include "process-list.h"
#include "under-valgrind.h"

#include <gio/gio.h>
#include <string.h>

#define TICK G_GUINT64_CONSTANT (10000000)
/* Of the watch. */
#define INTERVAL G_GUINT64_CONSTANT (2000000000)

static void
add_process (GArray *memory, guint32 pid, guint64 rss_anon, gboolean kernel_thread)
{
  MemsnoopProcessMemory process = { .pid = pid,
                                    .uid = 1000,
                                    .start_time = 7 * TICK,
                                    .comm = "a\377b",
                                    .kernel_thread = kernel_thread,
                                    .rss_anon = rss_anon,
                                    .rss_file = 2,
                                    .rss_shmem = 1000 - rss_anon };

  g_array_append_val (memory, process);
}

static void
add_recorded (GArray *recorded, guint32 pid, guint64 start_time, guint64 bytes)
{
  MemsnoopProcessFigures figures = { .kind = MEMSNOOP_PROCESS_KIND_PROGRAM,
                                     .pid = pid,
                                     .start_time = start_time,
                                     .current_bytes = bytes,
                                     .peak_bytes = 2 * bytes };

  memsnoop_process_list_add_recorded (&figures, recorded);
}

typedef struct
{
  GArray *memory;
  GArray *recorded;
  GArray *heaps;
  MemsnoopWatchedList *watched;
  MemsnoopProcessListOptions options;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->memory = g_array_new (FALSE, FALSE, sizeof (MemsnoopProcessMemory));
  fixture->recorded = g_array_new (FALSE, FALSE, sizeof (MemsnoopRecordedProcess));
  fixture->heaps = g_array_new (FALSE, FALSE, sizeof (MemsnoopRecordedHeap));
  fixture->watched = memsnoop_process_list_read_watched (NULL, FALSE);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_array_unref (fixture->memory);
  g_array_unref (fixture->recorded);
  g_array_unref (fixture->heaps);
  memsnoop_watched_list_free (fixture->watched);
}

/* The pids of the rows, in their order, as text. */
static gchar *
list_pids (Fixture *fixture)
{
  g_autoptr (GVariant) rows = g_variant_ref_sink (memsnoop_process_list_build (
      fixture->memory, fixture->recorded, fixture->heaps, fixture->watched, &fixture->options));
  GString *text = g_string_new (NULL);

  for (gsize i = 0; i < g_variant_n_children (rows); i++)
    {
      g_autoptr (GVariant) row = g_variant_get_child_value (rows, i);
      guint32 pid;

      g_assert_true (g_variant_lookup (row, "pid", "u", &pid));
      g_string_append_printf (text, "%s%u", i == 0 ? "" : " ", pid);
    }
  return g_string_free (text, FALSE);
}

static GVariant *
first_row (Fixture *fixture)
{
  g_autoptr (GVariant) rows = g_variant_ref_sink (memsnoop_process_list_build (
      fixture->memory, fixture->recorded, fixture->heaps, fixture->watched, &fixture->options));

  return g_variant_get_child_value (rows, 0);
}

static void
test_rows_descend_by_the_key (Fixture *fixture, gconstpointer data)
{
  g_autofree gchar *by_anon = NULL;
  g_autofree gchar *by_shmem = NULL;
  g_autofree gchar *by_file = NULL;

  add_process (fixture->memory, 5, 100, FALSE);
  add_process (fixture->memory, 6, 300, FALSE);
  add_process (fixture->memory, 4, 200, FALSE);
  by_anon = list_pids (fixture);
  g_assert_cmpstr (by_anon, ==, "6 4 5");
  fixture->options.sort = MEMSNOOP_PROCESS_LIST_RSS_SHMEM;
  by_shmem = list_pids (fixture);
  g_assert_cmpstr (by_shmem, ==, "5 4 6");
  /* Equal ones by pid. */
  fixture->options.sort = MEMSNOOP_PROCESS_LIST_RSS_FILE;
  by_file = list_pids (fixture);
  g_assert_cmpstr (by_file, ==, "4 5 6");
}

static void
add_heap (GArray *heaps, guint32 pid, guint64 start_time, guint64 bytes)
{
  MemsnoopRecordedHeap heap = {
    .pid = pid, .start_time = start_time, .current_bytes = bytes, .mapped_bytes = 20
  };

  g_array_append_val (heaps, heap);
}

static void
test_a_heap_that_is_recorded_has_its_bytes (Fixture *fixture, gconstpointer data)
{
  g_autofree gchar *by_heap = NULL;
  g_autoptr (GVariant) row = NULL;
  guint64 bytes;

  add_process (fixture->memory, 5, 100, FALSE);
  add_process (fixture->memory, 6, 300, FALSE);
  add_process (fixture->memory, 7, 400, FALSE);
  add_heap (fixture->heaps, 5, 7 * TICK, 1000);
  add_heap (fixture->heaps, 6, 7 * TICK, 10);
  /* Of a process that had the pid before. */
  add_heap (fixture->heaps, 7, 6 * TICK, 5000);
  fixture->options.sort = MEMSNOOP_PROCESS_LIST_HEAP_CURRENT_BYTES;
  by_heap = list_pids (fixture);
  g_assert_cmpstr (by_heap, ==, "5 6 7");
  row = first_row (fixture);
  g_assert_true (g_variant_lookup (row, "heap.current-bytes", "t", &bytes));
  g_assert_cmpuint (bytes, ==, 1000);
  /* It has less, and the other 300. */
  g_assert_true (g_variant_lookup (row, "heap.retained-bytes", "t", &bytes));
  g_assert_cmpuint (bytes, ==, 0);
  fixture->options.sort = MEMSNOOP_PROCESS_LIST_HEAP_RETAINED_BYTES;
  g_clear_pointer (&row, g_variant_unref);
  row = first_row (fixture);
  g_assert_true (g_variant_lookup (row, "heap.retained-bytes", "t", &bytes));
  g_assert_cmpuint (bytes, ==, 270);
}

static void
test_the_limit_cuts_the_end (Fixture *fixture, gconstpointer data)
{
  g_autofree gchar *limited = NULL;
  g_autofree gchar *all = NULL;

  add_process (fixture->memory, 5, 100, FALSE);
  add_process (fixture->memory, 6, 300, FALSE);
  fixture->options.limit = 1;
  limited = list_pids (fixture);
  g_assert_cmpstr (limited, ==, "6");
  fixture->options.limit = G_MAXUINT32;
  all = list_pids (fixture);
  g_assert_cmpstr (all, ==, "6 5");
}

static void
test_recorded_figures_join_their_process (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GVariant) row = NULL;
  g_autofree gchar *order = NULL;
  guint64 bytes;

  add_process (fixture->memory, 5, 100, FALSE);
  add_process (fixture->memory, 6, 300, FALSE);
  /* The recording knows start times more precisely. */
  add_recorded (fixture->recorded, 5, 7 * TICK + 123, 4096);
  fixture->options.sort = MEMSNOOP_PROCESS_LIST_KERNEL_PEAK_BYTES;
  order = list_pids (fixture);
  g_assert_cmpstr (order, ==, "5 6");
  row = first_row (fixture);
  g_assert_true (g_variant_lookup (row, "kernel.current-bytes", "t", &bytes));
  g_assert_cmpuint (bytes, ==, 4096);
  g_assert_true (g_variant_lookup (row, "kernel.peak-bytes", "t", &bytes));
  g_assert_cmpuint (bytes, ==, 8192);
}

static void
test_figures_of_an_earlier_process_do_not_join (Fixture *fixture, gconstpointer data)
{
  MemsnoopProcessFigures exited = { .pid = 5, .start_time = 7 * TICK, .exited_at = 1 };
  g_autoptr (GVariant) row = NULL;

  add_process (fixture->memory, 5, 100, FALSE);
  add_recorded (fixture->recorded, 5, 6 * TICK, 4096);
  memsnoop_process_list_add_recorded (&exited, fixture->recorded);
  row = first_row (fixture);
  g_assert_false (g_variant_lookup (row, "kernel.current-bytes", "t", NULL));
}

static void
test_kernel_threads_are_there_while_they_hold_memory (Fixture *fixture, gconstpointer data)
{
  g_autofree gchar *pids = NULL;

  add_process (fixture->memory, 2, 0, TRUE);
  add_process (fixture->memory, 3, 0, TRUE);
  add_process (fixture->memory, 4, 0, TRUE);
  add_recorded (fixture->recorded, 3, 7 * TICK, 64);
  add_recorded (fixture->recorded, 4, 7 * TICK, 0);
  pids = list_pids (fixture);
  g_assert_cmpstr (pids, ==, "3");
}

static void
test_names_are_made_printable (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GVariant) row = NULL;
  const gchar *comm;

  add_process (fixture->memory, 5, 100, FALSE);
  row = first_row (fixture);
  g_assert_true (g_variant_lookup (row, "comm", "&s", &comm));
  g_assert_cmpstr (comm, ==, "a\\xffb");
}

static void
test_a_long_list_fits_one_message (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GVariant) rows = NULL;

  for (guint32 pid = 1; pid <= 100000; pid++)
    add_process (fixture->memory, pid, 100, FALSE);
  rows = g_variant_ref_sink (memsnoop_process_list_build (
      fixture->memory, fixture->recorded, fixture->heaps, fixture->watched, &fixture->options));
  g_assert_cmpuint (g_variant_n_children (rows), >, 10000);
  g_assert_cmpuint (g_variant_n_children (rows), <, 100000);
  g_assert_cmpuint (g_variant_get_size (rows), <, 17 * 1024 * 1024);
}

static void
test_options_are_checked (Fixture *fixture, gconstpointer data)
{
  const gchar *const refused[] = { "{'sort': <'pid'>}",       "{'sort': <'growth'>}",
                                   "{'sort': <uint32 1>}",    "{'limit': <1>}",
                                   "{'order': <'rss-anon'>}", "{'history': <uint32 1>}" };

  for (gsize i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GVariant) options =
          g_variant_parse (G_VARIANT_TYPE_VARDICT, refused[i], NULL, NULL, NULL);

      g_assert_false (memsnoop_process_list_options_parse (options, &fixture->options, &error));
      g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS);
      if (strstr (refused[i], "<'") != NULL && strstr (refused[i], "sort") != NULL)
        g_assert_nonnull (strstr (error->message, "swap, growth-rate, kernel.current-bytes"));
    }
}

static void
test_options_are_read (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GVariant) options = g_variant_parse (
      G_VARIANT_TYPE_VARDICT, "{'sort': <'swap'>, 'limit': <uint32 4294967295>}", NULL, NULL, NULL);

  g_assert_true (memsnoop_process_list_options_parse (options, &fixture->options, NULL));
  g_assert_cmpint (fixture->options.sort, ==, MEMSNOOP_PROCESS_LIST_SWAP);
  g_assert_cmpuint (fixture->options.limit, ==, G_MAXUINT32);
}

#define ADD_TEST(path, function)                                                                   \
  g_test_add ("/process-list/" path, Fixture, NULL, set_up, function, tear_down)

/* The watch's growth of a process, with two recent values. */
static void
add_growth (Fixture *fixture, guint32 pid, guint64 start_time, gdouble rate)
{
  const guint64 values[] = { pid, pid + 1 };
  MemsnoopWatchedGrowth growth = { .pid = pid,
                                   .start_time = start_time,
                                   .growth_rate = rate,
                                   .first_recent = fixture->watched->recent->len,
                                   .n_recent = G_N_ELEMENTS (values) };

  g_array_append_vals (fixture->watched->recent, values, G_N_ELEMENTS (values));
  g_array_append_val (fixture->watched->growth, growth);
}

static void
test_the_fastest_growth_comes_first (Fixture *fixture, gconstpointer data)
{
  g_autofree gchar *pids = NULL;

  for (guint32 pid = 1; pid <= 4; pid++)
    add_process (fixture->memory, pid, 10, FALSE);
  add_growth (fixture, 1, 7 * TICK, -5);
  add_growth (fixture, 3, 7 * TICK, 0.5);
  /* Of an earlier process with this pid. */
  add_growth (fixture, 4, 6 * TICK, 100);
  fixture->options.sort = MEMSNOOP_PROCESS_LIST_GROWTH_RATE;
  pids = list_pids (fixture);
  g_assert_cmpstr (pids, ==, "3 2 4 1");
}

static void
test_recent_memory_is_there_when_it_is_asked_for (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GVariant) plain = NULL;
  g_autoptr (GVariant) row = NULL;
  g_autoptr (GVariant) recent = NULL;
  g_autoptr (GVariant) expected = NULL;
  gdouble rate;

  add_process (fixture->memory, 7, 10, FALSE);
  add_growth (fixture, 7, 7 * TICK, 2.5);
  plain = first_row (fixture);
  g_assert_true (g_variant_lookup (plain, "growth-rate", "d", &rate));
  g_assert_cmpfloat (rate, ==, 2.5);
  g_assert_false (g_variant_lookup (plain, "recent-private", "@at", NULL));
  fixture->options.history = TRUE;
  row = first_row (fixture);
  g_assert_true (g_variant_lookup (row, "recent-private", "@at", &recent));
  expected = g_variant_parse (G_VARIANT_TYPE ("at"), "[7, 8]", NULL, NULL, NULL);
  g_assert_cmpvariant (recent, expected);
}

static GVariant *
list_columns (Fixture *fixture)
{
  return g_variant_ref_sink (memsnoop_process_columns_build (
      fixture->memory, fixture->recorded, fixture->heaps, fixture->watched, &fixture->options));
}

static void
test_columns_tell_the_same_as_rows (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GVariant) columns = NULL;
  g_autoptr (GVariant) expected = NULL;

  add_process (fixture->memory, 5, 100, FALSE);
  add_process (fixture->memory, 6, 300, FALSE);
  add_heap (fixture->heaps, 5, 7 * TICK, 10);
  add_growth (fixture, 6, 7 * TICK, 2.5);
  fixture->options.history = TRUE;
  columns = list_columns (fixture);
  expected = g_variant_parse (
      G_VARIANT_TYPE_VARDICT,
      "{'pid': <[uint32 6, 5]>, 'uid': <[uint32 1000, 1000]>, 'comm': <['a\\\\xffb', 'a\\\\xffb']>,"
      " 'start-time': <[uint64 70000000, 70000000]>, 'rss-anon': <[uint64 300, 100]>,"
      " 'rss-file': <[uint64 2, 2]>, 'rss-shmem': <[uint64 700, 900]>, 'swap': <[uint64 0, 0]>,"
      " 'heap.current-bytes': <[uint64 18446744073709551615, 10]>,"
      " 'heap.retained-bytes': <[uint64 18446744073709551615, 70]>,"
      " 'growth-rate': <[2.5, 0.0]>, 'recent-count': <[uint32 2, 0]>,"
      " 'recent-private': <[uint64 6, 7]>}",
      NULL, NULL, NULL);
  g_assert_nonnull (expected);
  for (gsize i = 0; i < g_variant_n_children (expected); i++)
    {
      g_autoptr (GVariant) value = NULL, found = NULL;
      g_autofree gchar *key = NULL;

      g_variant_get_child (expected, i, "{sv}", &key, &value);
      found = g_variant_lookup_value (columns, key, NULL);
      g_assert_nonnull (found);
      g_assert_cmpvariant (found, value);
    }
  g_assert_cmpuint (g_variant_n_children (columns), ==, g_variant_n_children (expected));
}

static void
test_columns_have_a_limit (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GVariant) few = NULL, many = NULL, pids = NULL;

  for (guint32 pid = 1; pid <= 100000; pid++)
    add_process (fixture->memory, pid, 100, FALSE);
  fixture->options.limit = 3;
  few = list_columns (fixture);
  pids = g_variant_lookup_value (few, "pid", G_VARIANT_TYPE ("au"));
  g_assert_cmpuint (g_variant_n_children (pids), ==, 3);
  fixture->options.limit = 0;
  many = list_columns (fixture);
  g_assert_cmpuint (g_variant_get_size (many), >, 1024 * 1024);
  g_assert_cmpuint (g_variant_get_size (many), <, MEMSNOOP_PROCESS_LIST_SIZE_MAX);
}

/* A name of which each byte is escaped, and all that may be known of it. */
static void
add_widest_process (Fixture *fixture, guint32 pid)
{
  MemsnoopWatchedGrowth growth = {
    .pid = pid, .start_time = 7 * TICK, .growth_rate = 1, .n_recent = MEMSNOOP_USAGE_BLOCKS
  };
  MemsnoopProcessMemory *process;

  add_process (fixture->memory, pid, 100, FALSE);
  process = &g_array_index (fixture->memory, MemsnoopProcessMemory, fixture->memory->len - 1);
  memset (process->comm, '\377', sizeof process->comm - 1);
  add_recorded (fixture->recorded, pid, 7 * TICK, 5);
  add_heap (fixture->heaps, pid, 7 * TICK, 10);
  g_array_append_val (fixture->watched->growth, growth);
}

static void
test_the_widest_columns_fill_a_message_and_no_more (Fixture *fixture, gconstpointer data)
{
  static const guint64 recent[MEMSNOOP_USAGE_BLOCKS] = { 0 };

  g_array_append_vals (fixture->watched->recent, recent, G_N_ELEMENTS (recent));
  for (guint32 pid = 1; pid <= (under_valgrind () ? 1000 : 120000); pid++)
    add_widest_process (fixture, pid);
  for (guint history = FALSE; history <= TRUE; history++)
    {
      g_autoptr (GVariant) columns = NULL;

      fixture->options.history = (gboolean) history;
      columns = list_columns (fixture);
      if (!under_valgrind ())
        g_assert_cmpuint (g_variant_get_size (columns), >, MEMSNOOP_PROCESS_LIST_SIZE_MAX / 10 * 9);
      g_assert_cmpuint (g_variant_get_size (columns), <, MEMSNOOP_PROCESS_LIST_SIZE_MAX);
    }
}

/* A table in which the machine slept for @slept blocks after a first one, and was watched for three
 * more. */
static MemsnoopProcessTable *
make_table_that_slept (guint slept)
{
  MemsnoopProcessTable *table = memsnoop_process_table_new (INTERVAL);
  g_autoptr (GArray) samples = g_array_new (FALSE, FALSE, sizeof (MemsnoopProcessMemory));
  guint32 first = 100 * MEMSNOOP_USAGE_BLOCK_TICKS;
  guint32 woken = first + (1 + slept) * MEMSNOOP_USAGE_BLOCK_TICKS;

  add_process (samples, 7, 1 << 20, FALSE);
  for (guint32 tick = first; tick < woken + 3 * MEMSNOOP_USAGE_BLOCK_TICKS; tick++)
    if (tick < first + MEMSNOOP_USAGE_BLOCK_TICKS || tick >= woken)
      memsnoop_process_table_update (table, samples, memsnoop_process_table_time_of (table, tick),
                                     NULL, NULL);
  return table;
}

static void
test_a_time_without_samples_is_a_gap (Fixture *fixture, gconstpointer data)
{
  g_autoptr (MemsnoopProcessTable) table = make_table_that_slept (2);
  MemsnoopWatchedList *watched = memsnoop_process_list_read_watched (table, TRUE);
  const guint64 expected[] = { 1 << 20, 0, 0, 1 << 20, 1 << 20 };

  g_assert_cmpmem (watched->recent->data, watched->recent->len * sizeof (guint64), expected,
                   sizeof expected);
  memsnoop_watched_list_free (watched);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD_TEST ("rows-descend-by-the-key", test_rows_descend_by_the_key);
  ADD_TEST ("a-heap-that-is-recorded-has-its-bytes", test_a_heap_that_is_recorded_has_its_bytes);
  ADD_TEST ("the-limit-cuts-the-end", test_the_limit_cuts_the_end);
  ADD_TEST ("recorded-figures-join-their-process", test_recorded_figures_join_their_process);
  ADD_TEST ("figures-of-an-earlier-process-do-not-join",
            test_figures_of_an_earlier_process_do_not_join);
  ADD_TEST ("kernel-threads-are-there-while-they-hold-memory",
            test_kernel_threads_are_there_while_they_hold_memory);
  ADD_TEST ("names-are-made-printable", test_names_are_made_printable);
  ADD_TEST ("a-long-list-fits-one-message", test_a_long_list_fits_one_message);
  ADD_TEST ("options-are-checked", test_options_are_checked);
  ADD_TEST ("options-are-read", test_options_are_read);
  ADD_TEST ("the-fastest-growth-comes-first", test_the_fastest_growth_comes_first);
  ADD_TEST ("recent-memory-is-there-when-it-is-asked-for",
            test_recent_memory_is_there_when_it_is_asked_for);
  ADD_TEST ("columns-tell-the-same-as-rows", test_columns_tell_the_same_as_rows);
  ADD_TEST ("columns-have-a-limit", test_columns_have_a_limit);
  ADD_TEST ("the-widest-columns-fill-a-message-and-no-more",
            test_the_widest_columns_fill_a_message_and_no_more);
  ADD_TEST ("a-time-without-samples-is-a-gap", test_a_time_without_samples_is_a_gap);
  return g_test_run ();
}
