/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "comparison.h"

#include "running-kernel.h"
#include "series.h"

#include <stdio.h>

/* The kernel frees the maps of who was detached in the background. */
#define SETTLE_MICROSECONDS (300 * 1000)
#define QUIET_POLL_MICROSECONDS (100 * 1000)
/* The rest: allocations of a moment before, whose frees are counted or not. */
#define SEEN_SHARE 0.99

BenchComparison *
bench_comparison_new (const BenchWorkload *workload,
                      const BenchContestant *const *contestants,
                      guint n_contestants,
                      guint pairs,
                      guint slices)
{
  BenchComparison *self = g_new0 (BenchComparison, 1);

  g_assert (n_contestants <= BENCH_CONTESTANTS_MAX);
  self->workload = workload;
  self->pairs = pairs;
  self->slices = slices;
  self->n_contestants = n_contestants;
  self->untraced = bench_series_new ();
  for (guint i = 0; i < n_contestants; i++)
    {
      self->contestants[i] = contestants[i];
      self->added[i] = bench_series_new ();
    }
  return self;
}

void
bench_comparison_free (BenchComparison *self)
{
  if (self == NULL)
    return;
  g_array_unref (self->untraced);
  for (guint i = 0; i < self->n_contestants; i++)
    g_array_unref (self->added[i]);
  g_free (self);
}

/* A contestant that slept would be a fast one. */
static gboolean
check_events (BenchComparison *self,
              const BenchContestant *contestant,
              guint64 seen,
              GError **error)
{
  gdouble pairs =
      (gdouble) self->pairs * (self->slices + 1) * bench_workload_threads (self->workload);
  gdouble made = pairs * (self->events.allocations + self->events.frees);

  if ((gdouble) seen >= made * SEEN_SHARE)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
               "%s accounted %" G_GUINT64_FORMAT " events of at least %.0f", contestant->title,
               seen, made);
  return FALSE;
}

static gboolean
measure_traced (BenchComparison *self, guint index, gdouble *time, GError **error)
{
  const BenchContestant *contestant = self->contestants[index];
  guint64 before = 0;
  gboolean complete = TRUE;

  if (!contestant->attach (error))
    return FALSE;
  if (self->workload->prepare != NULL)
    complete = self->workload->prepare (error);
  if (complete && contestant->events != NULL)
    before = contestant->events ();
  if (complete)
    *time = bench_workload_measure (self->workload, self->pairs, self->slices);
  if (complete && contestant->events != NULL)
    complete = check_events (self, contestant, contestant->events () - before, error);
  if (contestant->block_bytes != NULL)
    self->block_bytes[index] = contestant->block_bytes ();
  contestant->detach ();
  g_usleep (SETTLE_MICROSECONDS);
  return complete;
}

static gboolean
is_alone (BenchComparison *self)
{
  while (bench_is_traced ())
    {
      if (g_get_monotonic_time () > self->patience)
        return FALSE;
      g_usleep (QUIET_POLL_MICROSECONDS);
    }
  return TRUE;
}

/* What the machine does by itself is taken before and after, for it drifts. */
static gboolean
take_turn (BenchComparison *self, guint index, GError **error)
{
  gdouble untraced, traced, events = self->events.allocations + self->events.frees;
  gboolean alone;

  do
    {
      alone = is_alone (self);
      untraced = bench_workload_measure (self->workload, self->pairs, self->slices) / 2;
      alone = alone && !bench_is_traced ();
      if (!measure_traced (self, index, &traced, error))
        return FALSE;
      untraced += bench_workload_measure (self->workload, self->pairs, self->slices) / 2;
      alone = alone && !bench_is_traced ();
    }
  while (!alone && g_get_monotonic_time () < self->patience);

  self->disturbed += !alone;
  bench_series_add (self->untraced, untraced);
  bench_series_add (self->added[index], (traced - untraced) / events);
  return TRUE;
}

gboolean
bench_comparison_round (BenchComparison *self, GError **error)
{
  if (self->untraced->len == 0 && !bench_count_events (self->workload, &self->events, error))
    return FALSE;
  for (guint i = 0; i < self->n_contestants; i++)
    if (!take_turn (self, i, error))
      return FALSE;
  return TRUE;
}

/* The table */

/* By round, so that what slows a whole round does not count. */
static gchar *
format_ratio (BenchComparison *self, guint index, guint divisor)
{
  g_autoptr (GArray) ratios = bench_series_new ();

  if (index == divisor)
    return g_strdup ("1");
  for (guint round = 0; round < self->added[index]->len; round++)
    bench_series_add (ratios, g_array_index (self->added[index], gdouble, round) /
                                  g_array_index (self->added[divisor], gdouble, round));
  return bench_summary_format (bench_series_summarize (ratios), 2);
}

static gboolean
find_contestant (BenchComparison *self, const BenchContestant *contestant, guint *index)
{
  for (guint i = 0; i < self->n_contestants; i++)
    if (self->contestants[i] == contestant)
      {
        *index = i;
        return TRUE;
      }
  return FALSE;
}

static gchar *
format_ratio_to (BenchComparison *self, guint index, const BenchContestant *contestant)
{
  guint divisor;

  return find_contestant (self, contestant, &divisor) ? format_ratio (self, index, divisor)
                                                      : g_strdup ("");
}

static void
print_row (BenchComparison *self, guint index)
{
  g_autofree gchar *to_floor = format_ratio_to (self, index, &bench_empty_contestant);
  g_autofree gchar *to_memsnoop = format_ratio_to (self, index, &bench_memsnoop_contestant);
  g_autoptr (GArray) sorted = g_array_copy (self->added[index]);
  g_autofree gchar *added = bench_summary_format (bench_series_summarize (sorted), 1);
  g_autofree gchar *bytes = self->block_bytes[index] > 0
                                ? g_strdup_printf ("%.1f", self->block_bytes[index])
                                : g_strdup ("");

  printf ("| %s | %s | %s | %s | %s |\n", self->contestants[index]->title, added, to_floor,
          to_memsnoop, bytes);
}

static void
print_events (const BenchEventCounts *events)
{
  printf ("%.1f events for each pair (", events->allocations + events->frees);
  for (guint i = 0, printed = 0; i < BENCH_TRACEPOINTS; i++)
    if (events->per_pair[i] > 0.05)
      printf ("%s%.1f %s", printed++ > 0 ? ", " : "", events->per_pair[i],
              bench_tracepoint_names[i]);
  if (events->null_frees > 0.05)
    printf ("; beside them %.1f frees of NULL", events->null_frees);
  printf (")");
}

void
bench_comparison_print (BenchComparison *self)
{
  g_autoptr (GArray) sorted = g_array_copy (self->untraced);
  g_autofree gchar *untraced = bench_summary_format (bench_series_summarize (sorted), 0);

  printf ("**%s**: ", self->workload->title);
  print_events (&self->events);
  printf (", which take %s ns when nothing is attached. %u rounds", untraced, self->added[0]->len);
  if (self->disturbed > 0)
    printf ("; %u of %u turns were disturbed by other tracers", self->disturbed,
            self->untraced->len);
  printf (".\n\n");
  printf ("| what is attached | added ns per event | times the floor | times Memsnoop | "
          "bytes per live block |\n| --- | ---: | ---: | ---: | ---: |\n");
  for (guint i = 0; i < self->n_contestants; i++)
    print_row (self, i);
  printf ("\n");
}
