/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kernel-event-cost: what recording adds to one allocation or free of kernel memory, beside
 * programs that do nothing and other tracers, all in turn in one run. Prints Markdown.
 */
#include "comparison.h"
#include "running-kernel.h"

#include <bpf/libbpf.h>
#include <stdio.h>
#include <stdlib.h>

static const BenchWorkload *const workloads[] = { &bench_eventfd_workload, &bench_crowd_workload,
                                                  &bench_live_blocks_workload };
static const gchar *const workload_names[] = { "eventfd", "crowd", "live-blocks", NULL };
static const BenchContestant *const contestants[BENCH_CONTESTANTS_MAX] = {
  &bench_empty_contestant, &bench_memsnoop_contestant, &bench_hash_contestant,
  &bench_bpftrace_contestant
};
static const gchar *const contestant_names[] = { "empty", "memsnoop", "hash", "bpftrace", NULL };

typedef struct
{
  gint rounds;
  gint pairs;
  gint slices;
  gint patience;
  gboolean count;
  gchar **workloads;
  gchar **contestants;
} Options;

static gboolean
is_chosen (gchar **chosen, const gchar *name)
{
  return chosen == NULL || g_strv_contains ((const gchar *const *) chosen, name);
}

static gboolean
check_names (gchar **chosen, const gchar *const *names, GError **error)
{
  for (; chosen != NULL && *chosen != NULL; chosen++)
    if (!g_strv_contains (names, *chosen))
      {
        g_autofree gchar *list = g_strjoinv (", ", (gchar **) names);

        g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                     "'%s' does not exist; there are %s", *chosen, list);
        return FALSE;
      }
  return TRUE;
}

static gboolean
check_options (const Options *options, GError **error)
{
  if (options->rounds < 1 || options->pairs < 1 || options->slices < 1)
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                   "Rounds, pairs and slices must be at least 1, but are %d, %d and %d",
                   options->rounds, options->pairs, options->slices);
      return FALSE;
    }
  return check_names (options->workloads, workload_names, error) &&
         check_names (options->contestants, contestant_names, error);
}

static gboolean
parse_arguments (int *count, char ***values, Options *options, GError **error)
{
  const GOptionEntry entries[] = {
    { "rounds", 'r', 0, G_OPTION_ARG_INT, &options->rounds, "Rounds for each workload (9)", "N" },
    { "workload", 'w', 0, G_OPTION_ARG_STRING_ARRAY, &options->workloads,
      "Only this one: eventfd, crowd, live-blocks; may be repeated", "NAME" },
    { "contestant", 'c', 0, G_OPTION_ARG_STRING_ARRAY, &options->contestants,
      "Only this one: empty, memsnoop, hash, bpftrace; may be repeated", "NAME" },
    { "pairs", 'p', 0, G_OPTION_ARG_INT, &options->pairs,
      "Pairs of allocation and free in a slice (2000)", "N" },
    { "slices", 's', 0, G_OPTION_ARG_INT, &options->slices,
      "Slices in a measurement, which is their median (150)", "N" },
    { "patience", 0, 0, G_OPTION_ARG_INT, &options->patience,
      "Repeat what other tracers disturb, for so long with each workload (0)", "SECONDS" },
    { "count", 0, 0, G_OPTION_ARG_NONE, &options->count,
      "Only count the events of each workload, without tracing", NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);

  g_option_context_set_summary (context, "Measures what recording adds to an allocation or free "
                                         "of kernel memory. Needs root.");
  g_option_context_add_main_entries (context, entries, NULL);
  return g_option_context_parse (context, count, values, error) && check_options (options, error);
}

static gboolean
is_available (const BenchContestant *contestant)
{
  g_autofree gchar *path = NULL;

  if (contestant != &bench_bpftrace_contestant)
    return TRUE;
  path = g_find_program_in_path ("bpftrace");
  if (path == NULL)
    g_printerr ("bpftrace is not installed: going on without it.\n");
  return path != NULL;
}

static guint
choose_contestants (const Options *options, const BenchContestant **chosen)
{
  guint n_chosen = 0;

  for (guint i = 0; i < G_N_ELEMENTS (contestants); i++)
    if (is_chosen (options->contestants, contestants[i]->name) && is_available (contestants[i]))
      chosen[n_chosen++] = contestants[i];
  return n_chosen;
}

static gboolean
compare (const BenchWorkload *workload, const Options *options, GError **error)
{
  const BenchContestant *chosen[BENCH_CONTESTANTS_MAX];
  guint n_chosen = choose_contestants (options, chosen);
  g_autoptr (BenchComparison) comparison = bench_comparison_new (
      workload, chosen, n_chosen, (guint) options->pairs, (guint) options->slices);

  comparison->patience = g_get_monotonic_time () + options->patience * G_USEC_PER_SEC;
  for (gint round = 0; round < options->rounds; round++)
    {
      g_printerr ("%s: round %d of %d\n", workload->name, round + 1, options->rounds);
      if (!bench_comparison_round (comparison, error))
        return FALSE;
    }
  bench_comparison_print (comparison);
  return TRUE;
}

/* For programs: one line, allocations and frees for each pair. */
static gboolean
count (const BenchWorkload *workload, GError **error)
{
  BenchEventCounts counts;

  if (!bench_count_events (workload, &counts, error))
    return FALSE;
  printf ("%s %.4f %.4f\n", workload->name, counts.allocations, counts.frees);
  return TRUE;
}

static gboolean
run (const Options *options, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (workloads); i++)
    if (is_chosen (options->workloads, workloads[i]->name) &&
        !(options->count ? count (workloads[i], error) : compare (workloads[i], options, error)))
      return FALSE;
  return TRUE;
}

static int
print_warnings (enum libbpf_print_level level, const char *format, va_list arguments)
{
  return level == LIBBPF_WARN ? vfprintf (stderr, format, arguments) : 0;
}

int
main (int argument_count, char **arguments)
{
  Options options = { .rounds = 9, .pairs = 2000, .slices = 150 };
  g_autoptr (GError) error = NULL;
  gboolean done;

  libbpf_set_print (print_warnings);
  done = parse_arguments (&argument_count, &arguments, &options, &error) &&
         bench_mount_tracefs (&error) && run (&options, &error);
  if (!done)
    g_printerr ("kernel-event-cost: %s\n", error->message);
  g_strfreev (options.workloads);
  g_strfreev (options.contestants);
  return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
