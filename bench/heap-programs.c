/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * heap-programs [ROUNDS [NUMBER]]: how much longer real programs take while their heap is recorded:
 * a job in Python, sqlite3 making an index, and a compiler. Each reads its work from its standard
 * input, so that what records is there before it begins. All ways of recording in turn in each
 * round. With a number only that program, from 0.
 */
#include "heap-bpftrace.h"
#include "heap-floor.h"
#include "heap-session.h"
#include "series.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define MAP_MEMORY (256 * G_GUINT64_CONSTANT (1048576))
#define SAMPLE_INTERVAL (512 * 1024)
/* Until a program waits for its input. */
#define BEGIN_MICROSECONDS (300 * 1000)
#define BEGIN_HEAPTRACK_MICROSECONDS (1500 * 1000)
#define FUNCTIONS 60
/* heaptrack adds the suffix of the compressor that it found. */
#define HEAPTRACK_FILE "/tmp/memsnoop-bench-heaptrack"

typedef struct
{
  const gchar *title;
  const gchar *arguments[6];
  gchar *(*make_input) (void);
} Program;

typedef enum
{
  UNTRACED,
  SAMPLED_FLOOR,
  EXACT_FLOOR,
  SAMPLED,
  EXACT,
  BPFTRACE,
  HEAPTRACK,
  WAYS,
} Way;

static const gchar *const way_titles[] = { "nothing",
                                           "empty programs, return skipped",
                                           "empty programs",
                                           "Memsnoop, sampled at 512 KiB",
                                           "Memsnoop, exact, with call stacks",
                                           "bpftrace, probes at the entries",
                                           "heaptrack (preloaded, for reference)" };

/* How long a program took, and for how long of that it had a CPU, in seconds. */
typedef struct
{
  gdouble elapsed;
  gdouble running;
} Times;

/* What the last recording counted, for the head of the table. */
static guint64 last_allocations;

static gchar *
make_python_job (void)
{
  return g_strdup ("import json\n"
                   "kept = []\n"
                   "for i in range(6):\n"
                   "    rows = [{'id': j, 'name': 'row %d' % j, 'tags': list(range(j % 30)),\n"
                   "             'text': 'x' * (j % 900)} for j in range(8000)]\n"
                   "    text = json.dumps(rows)\n"
                   "    kept.append(json.loads(text)[::7])\n"
                   "    rows.sort(key=lambda row: row['text'])\n");
}

static gchar *
make_index_job (void)
{
  return g_strdup (
      "create table t (a integer, b text, c blob);\n"
      "with recursive n(i) as (select 1 union all select i + 1 from n where i < 100000)\n"
      "insert into t select i, hex(i * 7919 % 200003), zeroblob(i % 64) from n;\n"
      "create index b on t (b, a);\n"
      "select count(*) from t where b > '3';\n");
}

static gchar *
make_source (void)
{
  GString *text = g_string_new ("struct s { int a, b; struct s *next; };\n");

  for (guint i = 0; i < FUNCTIONS; i++)
    g_string_append_printf (
        text,
        "int f%u (struct s *s, int n)\n{\n  int sum = %u;\n"
        "  for (int i = 0; i < n; i++)\n    for (struct s *t = s; t; t = t->next)\n"
        "      switch (t->a %% 7)\n        {\n"
        "        case 0: sum += t->b * i; break;\n"
        "        case 3: sum ^= t->a << (i & 7); break;\n"
        "        default: sum -= t->b / (i + 1);\n        }\n"
        "  return sum;\n}\n",
        i, i);
  return g_string_free (text, FALSE);
}

static const gchar *
find_compiler (void)
{
  static gchar *path;

  if (path == NULL &&
      g_spawn_command_line_sync ("gcc -print-prog-name=cc1", &path, NULL, NULL, NULL))
    g_strstrip (path);
  return path;
}

static void
keep_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static GSubprocess *
start_program (const Program *program, Way way)
{
  g_autoptr (GPtrArray) arguments = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;
  GSubprocess *process;

  if (way == HEAPTRACK)
    {
      g_ptr_array_add (arguments, (gpointer) "heaptrack");
      g_ptr_array_add (arguments, (gpointer) "-o");
      g_ptr_array_add (arguments, (gpointer) HEAPTRACK_FILE);
    }
  for (guint i = 0; program->arguments[i] != NULL; i++)
    g_ptr_array_add (arguments, (gpointer) (program->arguments[i][0] != '\0' ? program->arguments[i]
                                                                             : find_compiler ()));
  g_ptr_array_add (arguments, NULL);
  process = g_subprocess_newv ((const gchar *const *) arguments->pdata,
                               G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_SILENCE |
                                   G_SUBPROCESS_FLAGS_STDERR_SILENCE,
                               &error);
  if (process == NULL)
    g_error ("%s", error->message);
  g_usleep (way == HEAPTRACK ? BEGIN_HEAPTRACK_MICROSECONDS : BEGIN_MICROSECONDS);
  return process;
}

static gpointer
attach (guint32 pid, Way way)
{
  const MemsnoopHeapOptions options = { .map_memory = MAP_MEMORY,
                                        .sample_interval = way == SAMPLED ? SAMPLE_INTERVAL : 0,
                                        .stack_depth = 128 };

  if (way == SAMPLED_FLOOR || way == EXACT_FLOOR)
    return bench_heap_floor_attach (pid, way == SAMPLED_FLOOR);
  if (way == BPFTRACE)
    return bench_heap_bpftrace_attach (pid);
  return way == EXACT || way == SAMPLED ? bench_heap_session_start (pid, &options) : NULL;
}

static void
detach (gpointer attached, Way way)
{
  g_autoptr (MemsnoopHeapSnapshot) heap = NULL;

  if (way == SAMPLED_FLOOR || way == EXACT_FLOOR)
    bench_heap_floor_detach (attached);
  else if (way == BPFTRACE)
    bench_heap_bpftrace_detach (attached);
  else if (attached != NULL)
    heap = bench_heap_session_end (attached);
  if (way == HEAPTRACK)
    {
      g_unlink (HEAPTRACK_FILE ".gz");
      g_unlink (HEAPTRACK_FILE ".zst");
    }
  if (way == EXACT)
    last_allocations = heap->alloc_count;
}

/* Of the child processes that have ended. */
static gdouble
read_cpu_time (void)
{
  struct rusage usage;

  getrusage (RUSAGE_CHILDREN, &usage);
  return (gdouble) (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         (gdouble) (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static Times
measure (const Program *program, Way way)
{
  g_autoptr (GSubprocess) process = start_program (program, way);
  g_autofree gchar *input = program->make_input ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  gpointer attached =
      attach ((guint32) g_ascii_strtoull (g_subprocess_get_identifier (process), NULL, 10), way);
  gdouble begin = bench_milliseconds (), cpu_time = read_cpu_time ();
  Times times;

  g_subprocess_communicate_utf8_async (process, input, NULL, keep_result, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  times.elapsed = (bench_milliseconds () - begin) / 1000;
  if (!g_subprocess_communicate_utf8_finish (process, result, NULL, NULL, &error) ||
      !g_subprocess_get_successful (process))
    g_error ("%s failed", program->title);
  times.running = read_cpu_time () - cpu_time;
  detach (attached, way);
  return times;
}

/* By round. */
static gchar *
format_ratio (GArray *series, GArray *divisor)
{
  g_autoptr (GArray) ratios = bench_series_new ();

  for (guint i = 0; i < series->len; i++)
    bench_series_add (ratios,
                      g_array_index (series, gdouble, i) / g_array_index (divisor, gdouble, i));
  return bench_summary_format (bench_series_summarize (ratios), 2);
}

/* To the empty programs at the same places. */
static gchar *
format_ratio_to_floor (GArray *const *series, Way way)
{
  if (way == UNTRACED || way == HEAPTRACK)
    return g_strdup ("");
  if (way == SAMPLED_FLOOR || way == EXACT_FLOOR)
    return g_strdup ("1");
  return format_ratio (series[way], series[way == SAMPLED ? SAMPLED_FLOOR : EXACT_FLOOR]);
}

static void
print_table (const Program *program, GArray *const *elapsed, GArray *const *running)
{
  g_print ("**%s**: %" G_GUINT64_FORMAT " allocations.\n\n", program->title, last_allocations);
  g_print ("| what is attached | s | times untraced | times its floor | CPU time of the program, "
           "times its floor |\n| --- | ---: | ---: | ---: | ---: |\n");
  for (guint way = 0; way < WAYS; way++)
    {
      g_autofree gchar *ratio = format_ratio (elapsed[way], elapsed[UNTRACED]);
      g_autofree gchar *to_floor = format_ratio_to_floor (elapsed, way);
      g_autofree gchar *running_to_floor = format_ratio_to_floor (running, way);
      g_autoptr (GArray) sorted = g_array_copy (elapsed[way]);
      g_autofree gchar *time = bench_summary_format (bench_series_summarize (sorted), 2);

      g_print ("| %s | %s | %s | %s | %s |\n", way_titles[way], time, way == UNTRACED ? "1" : ratio,
               to_floor, running_to_floor);
    }
  g_print ("\n");
}

static void
measure_program (const Program *program, gint rounds)
{
  g_autofree gchar *heaptrack = g_find_program_in_path ("heaptrack");
  GArray *elapsed[WAYS], *running[WAYS];

  for (guint way = 0; way < WAYS; way++)
    {
      elapsed[way] = bench_series_new ();
      running[way] = bench_series_new ();
    }
  for (gint round = 0; round < rounds; round++)
    for (Way way = 0; way < WAYS; way++)
      {
        Times times = { (gdouble) NAN, (gdouble) NAN };

        if (way != HEAPTRACK || heaptrack != NULL)
          times = measure (program, way);
        bench_series_add (elapsed[way], times.elapsed);
        bench_series_add (running[way], times.running);
      }
  print_table (program, elapsed, running);
  for (guint way = 0; way < WAYS; way++)
    {
      g_array_unref (elapsed[way]);
      g_array_unref (running[way]);
    }
}

static const Program programs[] = {
  { "Python: rows to JSON and back", { "python3", "-" }, make_python_job },
  { "sqlite3: a table of 100,000 rows and an index", { "sqlite3", ":memory:" }, make_index_job },
  /* The compiler proper; its path is looked up. */
  { "gcc: 60 functions, -O1", { "", "-quiet", "-O1", "-o", "/dev/null" }, make_source },
};

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "");
  for (guint i = 0; i < G_N_ELEMENTS (programs); i++)
    if (argc < 3 || atoi (argv[2]) == (gint) i)
      measure_program (&programs[i], argc > 1 ? atoi (argv[1]) : 5);
  return 0;
}
