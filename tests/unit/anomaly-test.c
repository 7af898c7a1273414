/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "anomaly.h"
#include "boot-time.h"

#include <math.h>

#define INTERVAL (2 * MEMSNOOP_SECOND)
#define KIB G_GUINT64_CONSTANT (1024)
#define MIB (1024 * KIB)

static const MemsnoopAnomalyThresholds thresholds = {
  .churn = 0.9,
  .churn_rate = 10000,
  .large_allocation = MIB,
  .large_allocation_factor = 10,
  .burst_factor = 10,
  .burst_rate = 16 * MIB,
  .fragmentation = 0.4,
  .fragmentation_bytes = 64 * MIB,
};

/* A process that is looked at; @found by the last look. */
typedef struct
{
  MemsnoopAnomalyMemory *memory;
  MemsnoopProcessFigures figures;
  guint64 now;
  guint n_found;
  MemsnoopAnomaly found[MEMSNOOP_ANOMALY_N_KINDS];
} Process;

static void
set_up (Process *process, gconstpointer data)
{
  process->memory = memsnoop_anomaly_memory_new ();
  process->now = 1000 * MEMSNOOP_SECOND;
  process->figures.pid = 4711;
  g_strlcpy (process->figures.comm, "firefox", sizeof process->figures.comm);
}

static void
tear_down (Process *process, gconstpointer data)
{
  memsnoop_anomaly_memory_free (process->memory);
}

static void
allocate (Process *process, guint64 size, guint64 count)
{
  process->figures.alloc_count += count;
  process->figures.alloc_bytes += count * size;
  process->figures.requested_bytes += count * size;
  process->figures.size_histogram[g_bit_storage (size) - 1] += count;
}

static guint
look_at (Process *process, guint64 now)
{
  process->now = now;
  process->n_found =
      memsnoop_anomaly_judge (process->memory, &process->figures, &thresholds, now, process->found);
  for (guint i = 0; i < process->n_found; i++)
    {
      g_assert_cmpuint (process->found[i].pid, ==, 4711);
      g_assert_cmpstr (process->found[i].comm, ==, "firefox");
      g_assert_true (isfinite (process->found[i].value));
      g_assert_true (isfinite (process->found[i].threshold));
    }
  return process->n_found;
}

/* One interval later. */
static guint
look (Process *process)
{
  return look_at (process, process->now + INTERVAL);
}

static void
assert_found (
    Process *process, MemsnoopAnomalyKind kind, gboolean raised, gdouble value, gdouble threshold)
{
  g_assert_cmpuint (process->n_found, ==, 1);
  g_assert_cmpint (process->found[0].kind, ==, kind);
  g_assert_cmpint (process->found[0].raised, ==, raised);
  g_assert_cmpfloat (process->found[0].value, ==, value);
  g_assert_cmpfloat (process->found[0].threshold, ==, threshold);
}

static void
test_kinds_are_named_as_on_the_bus (void)
{
  static const gchar *const names[] = { "churn", "large-allocation", "fragmentation", "burst" };

  for (guint kind = 0; kind < MEMSNOOP_ANOMALY_N_KINDS; kind++)
    g_assert_cmpstr (memsnoop_anomaly_kind_name (kind), ==, names[kind]);
}

static void
test_an_ordinary_process_has_none (Process *process, gconstpointer data)
{
  for (guint i = 0; i < 1000; i++)
    {
      allocate (process, 64, 1000 + i % 7 * 100);
      process->figures.churn = 0.95;
      process->figures.current_bytes = 64 * KIB;
      g_assert_cmpuint (look (process), ==, 0);
    }
}

static void
test_the_first_look_judges_nothing (Process *process, gconstpointer data)
{
  allocate (process, 64, 1000000000);
  allocate (process, 4 * MIB, 100);
  process->figures.churn = 1;
  g_assert_cmpuint (look (process), ==, 0);
  g_assert_cmpuint (memsnoop_anomaly_clear (process->memory, process->found), ==, 0);
}

static void
churn_for (Process *process, guint looks, guint64 per_second, gdouble churn)
{
  for (guint i = 0; i < looks; i++)
    {
      allocate (process, 64, per_second * INTERVAL / MEMSNOOP_SECOND);
      process->figures.churn = churn;
      look (process);
      if (i + 1 < looks)
        g_assert_cmpuint (process->n_found, ==, 0);
    }
}

static void
test_churn_is_raised_once_and_cleared_once (Process *process, gconstpointer data)
{
  look (process);
  churn_for (process, 5, 10000, 0.95);
  assert_found (process, MEMSNOOP_ANOMALY_CHURN, TRUE, 0.95, 0.9);
  churn_for (process, 100, 20000, 0.99);
  g_assert_cmpuint (process->n_found, ==, 0);
  churn_for (process, 15, 4999, 0.99);
  assert_found (process, MEMSNOOP_ANOMALY_CHURN, FALSE, 0.99, 0.9);
  churn_for (process, 100, 4999, 0.99);
  g_assert_cmpuint (process->n_found, ==, 0);
}

static void
test_churn_near_its_thresholds_does_not_flicker (Process *process, gconstpointer data)
{
  look (process);
  churn_for (process, 5, 10000, 0.91);
  assert_found (process, MEMSNOOP_ANOMALY_CHURN, TRUE, 0.91, 0.9);
  for (guint i = 0; i < 100; i++)
    {
      /* Below the threshold, above what it takes to be over; and shortly even below that. */
      churn_for (process, 3, 5000, 0.82);
      g_assert_cmpuint (process->n_found, ==, 0);
      churn_for (process, 14, 100, 0.5);
      g_assert_cmpuint (process->n_found, ==, 0);
    }
  churn_for (process, 3, 5000, 0.82);
  churn_for (process, 15, 5000, 0.80);
  assert_found (process, MEMSNOOP_ANOMALY_CHURN, FALSE, 0.82, 0.9);
}

static void
test_churn_needs_its_rate_its_share_and_some_time (Process *process, gconstpointer data)
{
  look (process);
  churn_for (process, 100, 9999, 1.0);
  g_assert_cmpuint (process->n_found, ==, 0);
  churn_for (process, 100, 10000, 0.9);
  g_assert_cmpuint (process->n_found, ==, 0);
  for (guint i = 0; i < 20; i++)
    {
      churn_for (process, 4, 100000, 0.99);
      g_assert_cmpuint (process->n_found, ==, 0);
      churn_for (process, 1, 9000, 0.99);
      g_assert_cmpuint (process->n_found, ==, 0);
    }
}

static void
test_a_large_allocation_is_far_larger_than_the_others (Process *process, gconstpointer data)
{
  allocate (process, 128, 1000);
  look (process);
  /* Not larger than the threshold. */
  allocate (process, MIB, 1);
  g_assert_cmpuint (look (process), ==, 0);
  allocate (process, 2 * MIB, 1);
  look (process);
  assert_found (process, MEMSNOOP_ANOMALY_LARGE_ALLOCATION, TRUE, 2.0 * MIB, MIB);
  /* One more is no other anomaly, but it lasts longer. */
  for (guint i = 0; i < 20; i++)
    g_assert_cmpuint (look (process), ==, 0);
  allocate (process, 4 * MIB, 1);
  g_assert_cmpuint (look (process), ==, 0);
  for (guint i = 0; i < 29; i++)
    g_assert_cmpuint (look (process), ==, 0);
  look (process);
  g_assert_cmpuint (process->n_found, ==, 1);
  g_assert_false (process->found[0].raised);
  g_assert_cmpfloat (process->found[0].value, ==, 4.0 * MIB);
  for (guint i = 0; i < 100; i++)
    g_assert_cmpuint (look (process), ==, 0);
}

static void
test_large_allocations_are_usual_for_some (Process *process, gconstpointer data)
{
  allocate (process, 512 * KIB, 10);
  look (process);
  for (guint i = 0; i < 50; i++)
    {
      allocate (process, 4 * MIB, 1);
      g_assert_cmpuint (look (process), ==, 0);
    }
}

static void
test_the_first_allocations_have_nothing_to_compare_with (Process *process, gconstpointer data)
{
  look (process);
  allocate (process, 4 * MIB, 1);
  g_assert_cmpuint (look (process), ==, 0);
}

static void
fragment_for (Process *process, guint looks, guint64 requested, guint64 live)
{
  for (guint i = 0; i < looks; i++)
    {
      process->figures.alloc_count += 10;
      process->figures.alloc_bytes += 1000;
      process->figures.requested_bytes =
          (guint64) ((gdouble) process->figures.alloc_bytes * (gdouble) requested / 1000);
      process->figures.current_bytes = live;
      look (process);
      if (i + 1 < looks)
        g_assert_cmpuint (process->n_found, ==, 0);
    }
}

static void
test_fragmentation_counts_where_much_is_live (Process *process, gconstpointer data)
{
  look (process);
  fragment_for (process, 100, 500, 64 * MIB - 1);
  g_assert_cmpuint (process->n_found, ==, 0);
  fragment_for (process, 5, 500, 64 * MIB);
  assert_found (process, MEMSNOOP_ANOMALY_FRAGMENTATION, TRUE, 0.5, 0.4);
  /* Less, but not over. */
  fragment_for (process, 100, 630, 32 * MIB);
  g_assert_cmpuint (process->n_found, ==, 0);
  fragment_for (process, 15, 630, 32 * MIB - 1);
  g_assert_cmpuint (process->n_found, ==, 1);
  g_assert_false (process->found[0].raised);
  g_assert_cmpfloat_with_epsilon (process->found[0].value, 0.37, 0.001);
  fragment_for (process, 100, 650, 640 * MIB);
  g_assert_cmpuint (process->n_found, ==, 0);
}

/* Allocates so many bytes a second in blocks of a page. */
static void
allocate_for (Process *process, guint looks, guint64 per_second)
{
  for (guint i = 0; i < looks; i++)
    {
      allocate (process, 4 * KIB, per_second * (INTERVAL / MEMSNOOP_SECOND) / (4 * KIB));
      look (process);
      if (i + 1 < looks)
        g_assert_cmpuint (process->n_found, ==, 0);
    }
}

static void
test_a_burst_is_raised_and_becomes_usual (Process *process, gconstpointer data)
{
  guint looks = 0;

  look (process);
  allocate_for (process, 30, 2 * MIB);
  g_assert_cmpuint (process->n_found, ==, 0);
  allocate_for (process, 1, 40 * MIB);
  assert_found (process, MEMSNOOP_ANOMALY_BURST, TRUE, 40.0 * MIB, 20.0 * MIB);
  while (process->n_found == 0 || process->found[0].raised)
    {
      allocate_for (process, 1, 40 * MIB);
      g_assert_cmpuint (++looks, <, 20);
    }
  g_test_message ("Usual after %u looks", looks);
  g_assert_false (process->found[0].raised);
  allocate_for (process, 200, 40 * MIB);
  g_assert_cmpuint (process->n_found, ==, 0);
  allocate_for (process, 200, 2 * MIB);
  g_assert_cmpuint (process->n_found, ==, 0);
}

static void
test_a_burst_that_ends_is_cleared (Process *process, gconstpointer data)
{
  look (process);
  allocate_for (process, 100, MIB);
  allocate_for (process, 1, 100 * MIB);
  assert_found (process, MEMSNOOP_ANOMALY_BURST, TRUE, 100.0 * MIB, 16.0 * MIB);
  allocate_for (process, 5, MIB);
  g_assert_cmpuint (process->n_found, ==, 1);
  g_assert_false (process->found[0].raised);
  g_assert_cmpfloat (process->found[0].value, ==, 100.0 * MIB);
}

static void
test_a_burst_needs_a_past_and_bytes (Process *process, gconstpointer data)
{
  look (process);
  /* Only so many looks are known. */
  allocate_for (process, 29, KIB);
  allocate_for (process, 1, 1024 * MIB);
  g_assert_cmpuint (process->n_found, ==, 0);
  allocate_for (process, 300, 4 * KIB);
  /* A thousand times the mean, but not much. */
  allocate_for (process, 1, 15 * MIB);
  g_assert_cmpuint (process->n_found, ==, 0);
}

static void
test_bursts_that_come_often_are_usual (Process *process, gconstpointer data)
{
  look (process);
  for (guint i = 0; i < 100; i++)
    {
      allocate_for (process, 5, MIB);
      g_assert_cmpuint (process->n_found, ==, 0);
      allocate_for (process, 1, 300 * MIB);
      g_assert_cmpuint (process->n_found, ==, 0);
    }
}

static void
test_time_that_stands_still_is_no_rate (Process *process, gconstpointer data)
{
  look (process);
  allocate_for (process, 40, MIB);
  for (guint i = 0; i < 40; i++)
    {
      allocate (process, 4 * KIB, 100000);
      process->figures.churn = 1;
      g_assert_cmpuint (look_at (process, process->now), ==, 0);
    }
  g_assert_cmpuint (look_at (process, process->now - INTERVAL), ==, 0);
  process->now += INTERVAL;
  /* The next look that comes later tells of all of them. */
  look (process);
  assert_found (process, MEMSNOOP_ANOMALY_BURST, TRUE, 40.0 * 4 * KIB * 100000 / 2, 16.0 * MIB);
}

static void
test_looks_in_haste_are_no_rate (Process *process, gconstpointer data)
{
  look (process);
  allocate_for (process, 40, MIB);
  for (guint i = 0; i < 40; i++)
    {
      /* A gibibyte a second, for a microsecond. */
      allocate (process, KIB, 1);
      g_assert_cmpuint (look_at (process, process->now + 1000), ==, 0);
      allocate_for (process, 1, MIB);
      g_assert_cmpuint (process->n_found, ==, 0);
    }
}

static void
test_another_interval_is_found_out (Process *process, gconstpointer data)
{
  static const guint64 steps[] = { 1000, MEMSNOOP_SECOND / 20, 3600 * MEMSNOOP_SECOND, INTERVAL };

  allocate (process, 64, 1000);
  look (process);
  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      guint64 rate = 0;

      for (guint n = 0; n < 2000 && process->n_found == 0; n++)
        {
          rate = 20000 * steps[i] / MEMSNOOP_SECOND;
          allocate (process, 64, MAX (rate, 1));
          process->figures.churn = 0.99;
          look_at (process, process->now + steps[i]);
        }
      assert_found (process, MEMSNOOP_ANOMALY_CHURN, TRUE, 0.99, 0.9);
      g_assert_cmpuint (memsnoop_anomaly_clear (process->memory, process->found), ==, 1);
      process->n_found = 0;
    }
}

static void
test_a_machine_that_slept_is_not_judged (Process *process, gconstpointer data)
{
  look (process);
  churn_for (process, 40, 1000, 0.99);
  for (guint i = 0; i < 20; i++)
    {
      /* A rate of nothing over hours would make everything that follows a burst. */
      g_assert_cmpuint (look_at (process, process->now + 8 * 3600 * MEMSNOOP_SECOND), ==, 0);
      churn_for (process, 1, 1000, 0.99);
      g_assert_cmpuint (process->n_found, ==, 0);
    }
  allocate_for (process, 300, 4 * MIB);
  g_assert_cmpuint (look_at (process, process->now + 8 * 3600 * MEMSNOOP_SECOND), ==, 0);
  allocate_for (process, 1, 39 * MIB);
  g_assert_cmpuint (process->n_found, ==, 0);
}

static void
test_counters_that_go_backwards_begin_anew (Process *process, gconstpointer data)
{
  look (process);
  allocate_for (process, 40, MIB);
  churn_for (process, 5, 100000, 0.99);
  assert_found (process, MEMSNOOP_ANOMALY_CHURN, TRUE, 0.99, 0.9);
  memset (process->figures.size_histogram, 0, sizeof process->figures.size_histogram);
  process->figures.alloc_count = process->figures.alloc_bytes = 0;
  allocate (process, 4 * MIB, 3);
  allocate (process, 16, 1000);
  g_assert_cmpuint (look (process), ==, 0);
  /* No past, no burst; what was raised is over in its time. */
  process->figures.churn = 0;
  for (guint i = 0; i < 14; i++)
    {
      allocate (process, 4 * KIB, 1000000);
      g_assert_cmpuint (look (process), ==, 0);
    }
  look (process);
  assert_found (process, MEMSNOOP_ANOMALY_CHURN, FALSE, 0.99, 0.9);
}

static void
test_what_is_no_number_is_no_anomaly (Process *process, gconstpointer data)
{
  look (process);
  for (guint i = 0; i < 100; i++)
    {
      allocate (process, 64, 30000);
      process->figures.churn = (gdouble) NAN;
      process->figures.requested_bytes = G_MAXUINT64;
      process->figures.current_bytes = G_MAXUINT64;
      g_assert_cmpuint (look (process), ==, 0);
    }
}

static void
test_anomalies_of_a_process_that_exits_are_cleared (Process *process, gconstpointer data)
{
  look (process);
  allocate_for (process, 40, MIB);
  allocate (process, 2 * MIB, 20);
  g_assert_cmpuint (look (process), ==, 2);
  g_assert_cmpint (process->found[0].kind, ==, MEMSNOOP_ANOMALY_LARGE_ALLOCATION);
  g_assert_cmpint (process->found[1].kind, ==, MEMSNOOP_ANOMALY_BURST);
  g_assert_cmpuint (memsnoop_anomaly_clear (process->memory, process->found), ==, 2);
  for (guint i = 0; i < 2; i++)
    g_assert_false (process->found[i].raised);
  g_assert_cmpint (process->found[0].kind, ==, MEMSNOOP_ANOMALY_LARGE_ALLOCATION);
  g_assert_cmpfloat (process->found[0].value, ==, 2.0 * MIB);
  g_assert_cmpint (process->found[1].kind, ==, MEMSNOOP_ANOMALY_BURST);
  g_assert_cmpfloat (process->found[1].value, ==, 20.0 * MIB);
  g_assert_cmpuint (memsnoop_anomaly_clear (process->memory, process->found), ==, 0);
}

/* Whatever happens: each kind is raised and cleared in turns, with finite values. */
static void
test_every_raise_has_one_clear (Process *process, gconstpointer data)
{
  gboolean raised[MEMSNOOP_ANOMALY_N_KINDS] = { FALSE };
  guint n_raised[MEMSNOOP_ANOMALY_N_KINDS] = { 0 };
  GRand *random = g_rand_new_with_seed (4711);

  for (guint round = 0; round < 200000; round++)
    {
      gboolean calm = round / 100 % 2 == 0;

      if (g_rand_int_range (random, 0, 5000) == 0)
        memset (&process->figures.alloc_count, 0,
                sizeof process->figures - G_STRUCT_OFFSET (MemsnoopProcessFigures, alloc_count));
      allocate (process, G_GUINT64_CONSTANT (1) << g_rand_int_range (random, 3, calm ? 12 : 23),
                (guint64) g_rand_int_range (random, 0, calm ? 100 : 60000));
      process->figures.requested_bytes =
          process->figures.alloc_bytes / 100 * (guint64) g_rand_int_range (random, 50, 75);
      process->figures.current_bytes = (guint64) g_rand_int_range (random, 0, 200) * MIB;
      process->figures.churn = g_rand_double_range (random, calm ? 0 : 0.89, 1);
      look_at (process,
               process->now + (g_rand_int_range (random, 0, 500) == 0
                                   ? 36000 * MEMSNOOP_SECOND
                                   : (guint64) g_rand_int_range (random, 0, 3) * INTERVAL));
      for (guint i = 0; i < process->n_found; i++)
        {
          const MemsnoopAnomaly *anomaly = &process->found[i];

          g_assert_cmpint (anomaly->raised, !=, raised[anomaly->kind]);
          g_assert_true (!anomaly->raised || anomaly->value >= anomaly->threshold);
          raised[anomaly->kind] = anomaly->raised;
          n_raised[anomaly->kind] += (guint) anomaly->raised;
        }
    }
  for (guint kind = 0; kind < MEMSNOOP_ANOMALY_N_KINDS; kind++)
    {
      g_test_message ("%s: %u times", memsnoop_anomaly_kind_name (kind), n_raised[kind]);
      g_assert_cmpuint (n_raised[kind], >, 0);
    }
  g_rand_free (random);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, test) g_test_add ("/anomaly/" name, Process, NULL, set_up, test, tear_down)
  g_test_add_func ("/anomaly/kinds-are-named-as-on-the-bus", test_kinds_are_named_as_on_the_bus);
  ADD ("an-ordinary-process-has-none", test_an_ordinary_process_has_none);
  ADD ("the-first-look-judges-nothing", test_the_first_look_judges_nothing);
  ADD ("churn-is-raised-once-and-cleared-once", test_churn_is_raised_once_and_cleared_once);
  ADD ("churn-near-its-thresholds-does-not-flicker",
       test_churn_near_its_thresholds_does_not_flicker);
  ADD ("churn-needs-its-rate-its-share-and-some-time",
       test_churn_needs_its_rate_its_share_and_some_time);
  ADD ("a-large-allocation-is-far-larger-than-the-others",
       test_a_large_allocation_is_far_larger_than_the_others);
  ADD ("large-allocations-are-usual-for-some", test_large_allocations_are_usual_for_some);
  ADD ("the-first-allocations-have-nothing-to-compare-with",
       test_the_first_allocations_have_nothing_to_compare_with);
  ADD ("fragmentation-counts-where-much-is-live", test_fragmentation_counts_where_much_is_live);
  ADD ("a-burst-is-raised-and-becomes-usual", test_a_burst_is_raised_and_becomes_usual);
  ADD ("a-burst-that-ends-is-cleared", test_a_burst_that_ends_is_cleared);
  ADD ("a-burst-needs-a-past-and-bytes", test_a_burst_needs_a_past_and_bytes);
  ADD ("bursts-that-come-often-are-usual", test_bursts_that_come_often_are_usual);
  ADD ("time-that-stands-still-is-no-rate", test_time_that_stands_still_is_no_rate);
  ADD ("looks-in-haste-are-no-rate", test_looks_in_haste_are_no_rate);
  ADD ("another-interval-is-found-out", test_another_interval_is_found_out);
  ADD ("a-machine-that-slept-is-not-judged", test_a_machine_that_slept_is_not_judged);
  ADD ("counters-that-go-backwards-begin-anew", test_counters_that_go_backwards_begin_anew);
  ADD ("what-is-no-number-is-no-anomaly", test_what_is_no_number_is_no_anomaly);
  ADD ("anomalies-of-a-process-that-exits-are-cleared",
       test_anomalies_of_a_process_that_exits_are_cleared);
  ADD ("every-raise-has-one-clear", test_every_raise_has_one_clear);
  return g_test_run ();
}
