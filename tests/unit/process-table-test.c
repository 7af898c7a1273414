/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "process-table.h"

#include <math.h>
#include <string.h>

#define SECOND G_GUINT64_CONSTANT (1000000000)
#define INTERVAL (2 * SECOND)
#define MEBIBYTE G_GUINT64_CONSTANT (1048576)
/* Of the kernel's clock: start times are the same within one. */
#define CLOCK_TICK G_GUINT64_CONSTANT (10000000)
#define BLOCK MEMSNOOP_USAGE_BLOCK_TICKS

typedef struct
{
  MemsnoopProcessTable *table;
  /* MemsnoopProcessMemory */
  GArray *samples;
  guint32 tick;
  /* The pids of those that were told to be gone, as text. */
  GString *gone;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->table = memsnoop_process_table_new (INTERVAL);
  fixture->samples = g_array_new (FALSE, FALSE, sizeof (MemsnoopProcessMemory));
  fixture->gone = g_string_new (NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  memsnoop_process_table_free (fixture->table);
  g_array_unref (fixture->samples);
  g_string_free (fixture->gone, TRUE);
}

static MemsnoopProcessMemory
sample_of (guint32 pid, guint64 anonymous)
{
  MemsnoopProcessMemory sample = { .pid = pid,
                                   .uid = 1000,
                                   .parent_pid = 1,
                                   .start_time = 1000 * CLOCK_TICK + 5,
                                   .execution = 7,
                                   .control_group = 99,
                                   .comm = "watched",
                                   .rss_anon = anonymous,
                                   .rss_file = 2 * MEBIBYTE,
                                   .rss_shmem = 3 * MEBIBYTE,
                                   .swap = MEBIBYTE };

  return sample;
}

static MemsnoopProcessMemory *
add_sample (Fixture *fixture, guint32 pid, guint64 anonymous)
{
  MemsnoopProcessMemory sample = sample_of (pid, anonymous);

  g_array_append_val (fixture->samples, sample);
  return &g_array_index (fixture->samples, MemsnoopProcessMemory, fixture->samples->len - 1);
}

static void
note_gone (MemsnoopWatchedProcess *process, gpointer user_data)
{
  Fixture *fixture = user_data;

  g_assert_true (memsnoop_process_table_lookup (fixture->table, process->pid) != process);
  g_string_append_printf (fixture->gone, "%s%u", fixture->gone->len > 0 ? " " : "", process->pid);
}

/* One reading, at the next tick. */
static void
update (Fixture *fixture)
{
  memsnoop_process_table_update (fixture->table, fixture->samples,
                                 fixture->tick++ * INTERVAL + INTERVAL / 2, note_gone, fixture);
}

/* The same with what was added since. */
static void
update_once (Fixture *fixture)
{
  update (fixture);
  g_array_set_size (fixture->samples, 0);
}

static const MemsnoopWatchedProcess *
lookup (Fixture *fixture, guint32 pid)
{
  return memsnoop_process_table_lookup (fixture->table, pid);
}

static guint
count_samples (const MemsnoopWatchedProcess *process)
{
  g_autoptr (GArray) points = memsnoop_usage_history_get_points (process->history);

  return points->len;
}

static void
test_a_process_is_as_it_was_read (Fixture *fixture, gconstpointer data)
{
  const MemsnoopWatchedProcess *process;
  guint64 page = memsnoop_process_table_get_page_size (fixture->table);

  fixture->tick = 50;
  add_sample (fixture, 42, 10 * MEBIBYTE);
  add_sample (fixture, 43, 10 * MEBIBYTE)->kernel_thread = TRUE;
  update (fixture);
  g_assert_cmpuint (memsnoop_process_table_count (fixture->table), ==, 1);
  g_assert_null (lookup (fixture, 43));
  process = lookup (fixture, 42);
  g_assert_cmpuint (process->pid, ==, 42);
  g_assert_cmpuint (process->uid, ==, 1000);
  g_assert_cmpuint (process->parent_pid, ==, 1);
  g_assert_cmpuint (process->start_time, ==, 1000 * CLOCK_TICK + 5);
  g_assert_cmpuint (process->execution, ==, 7);
  g_assert_cmpuint (process->control_group, ==, 99);
  g_assert_cmpuint (process->first_seen, ==, 50 * INTERVAL + SECOND);
  g_assert_cmpstr (process->comm, ==, "watched");
  g_assert_cmpuint (process->now.anonymous * page, ==, 10 * MEBIBYTE);
  g_assert_cmpuint (process->now.file * page, ==, 2 * MEBIBYTE);
  g_assert_cmpuint (process->now.shared * page, ==, 3 * MEBIBYTE);
  g_assert_cmpuint (process->now.swap * page, ==, MEBIBYTE);
  g_assert_false (process->judge);
  g_assert_cmpuint (memsnoop_usage_history_get_newest (process->history), ==, 50);
}

static void
test_what_changes_is_taken_over (Fixture *fixture, gconstpointer data)
{
  const MemsnoopWatchedProcess *process;
  MemsnoopProcessMemory *sample = add_sample (fixture, 42, MEBIBYTE);

  update (fixture);
  sample->uid = 1001;
  sample->parent_pid = 77;
  sample->control_group = 100;
  strcpy (sample->comm, "renamed");
  update (fixture);
  process = lookup (fixture, 42);
  g_assert_cmpuint (count_samples (process), ==, 2);
  g_assert_cmpuint (process->uid, ==, 1001);
  g_assert_cmpuint (process->parent_pid, ==, 77);
  g_assert_cmpuint (process->control_group, ==, 100);
  g_assert_cmpstr (process->comm, ==, "renamed");
  g_assert_cmpstr (fixture->gone->str, ==, "");
}

static void
test_the_exited_are_told_and_forgotten (Fixture *fixture, gconstpointer data)
{
  for (guint32 pid = 1; pid <= 6; pid++)
    add_sample (fixture, pid, MEBIBYTE);
  update_once (fixture);
  add_sample (fixture, 2, MEBIBYTE);
  add_sample (fixture, 5, MEBIBYTE);
  update_once (fixture);
  g_assert_cmpstr (fixture->gone->str, ==, "1 3 4 6");
  g_assert_cmpuint (memsnoop_process_table_count (fixture->table), ==, 2);
  g_assert_null (lookup (fixture, 1));
  g_assert_nonnull (lookup (fixture, 2));
  g_assert_null (lookup (fixture, 6));
  update_once (fixture);
  g_assert_cmpstr (fixture->gone->str, ==, "1 3 4 6 2 5");
  g_assert_cmpuint (memsnoop_process_table_count (fixture->table), ==, 0);
}

static void
test_a_pid_that_is_used_again_starts_anew (Fixture *fixture, gconstpointer data)
{
  MemsnoopProcessMemory *sample = add_sample (fixture, 42, MEBIBYTE);

  update (fixture);
  update (fixture);
  sample->start_time += CLOCK_TICK;
  update (fixture);
  g_assert_cmpstr (fixture->gone->str, ==, "42");
  g_assert_cmpuint (count_samples (lookup (fixture, 42)), ==, 1);
  g_assert_cmpuint (lookup (fixture, 42)->start_time, ==, 1001 * CLOCK_TICK + 5);
}

static void
test_another_program_starts_anew (Fixture *fixture, gconstpointer data)
{
  MemsnoopProcessMemory *sample = add_sample (fixture, 42, MEBIBYTE);

  update (fixture);
  update (fixture);
  sample->execution++;
  update (fixture);
  g_assert_cmpstr (fixture->gone->str, ==, "42");
  g_assert_cmpuint (count_samples (lookup (fixture, 42)), ==, 1);
  g_assert_cmpuint (lookup (fixture, 42)->first_seen, ==, 2 * INTERVAL + SECOND);
}

/* As when the iterator fails once and the processes are read from files. */
static void
test_a_less_precise_reading_is_of_the_same_process (Fixture *fixture, gconstpointer data)
{
  MemsnoopProcessMemory *sample = add_sample (fixture, 42, MEBIBYTE);

  update (fixture);
  sample->start_time -= 5;
  sample->execution = 0;
  update (fixture);
  sample->start_time += 5;
  sample->execution = 7;
  update (fixture);
  g_assert_cmpstr (fixture->gone->str, ==, "");
  g_assert_cmpuint (count_samples (lookup (fixture, 42)), ==, 3);
  g_assert_cmpuint (lookup (fixture, 42)->execution, ==, 7);
}

static void
note_pid (MemsnoopWatchedProcess *process, gpointer user_data)
{
  g_string_append_printf (user_data, " %u", process->pid);
}

static void
test_samples_may_come_in_any_order (Fixture *fixture, gconstpointer data)
{
  const guint32 pids[] = { 5, 1, 900, 3, 3, 2 };
  g_autoptr (GString) order = g_string_new (NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (pids); i++)
    add_sample (fixture, pids[i], MEBIBYTE);
  update (fixture);
  update (fixture);
  memsnoop_process_table_foreach (fixture->table, note_pid, order);
  g_assert_cmpstr (order->str, ==, " 1 2 3 5 900");
  for (gsize i = 0; i < G_N_ELEMENTS (pids); i++)
    g_assert_cmpuint (count_samples (lookup (fixture, pids[i])), ==, 2);
  g_assert_cmpstr (fixture->gone->str, ==, "");
}

static void
test_a_tick_counts_once (Fixture *fixture, gconstpointer data)
{
  fixture->tick = 14;
  add_sample (fixture, 42, MEBIBYTE);
  update (fixture);
  update (fixture);
  g_assert_true (lookup (fixture, 42)->judge);
  fixture->tick = 15;
  g_array_set_size (fixture->samples, 0);
  add_sample (fixture, 43, MEBIBYTE);
  update (fixture);
  fixture->tick = 3;
  update (fixture);
  g_assert_cmpuint (count_samples (lookup (fixture, 42)), ==, 2);
  g_assert_false (lookup (fixture, 42)->judge);
  g_assert_null (lookup (fixture, 43));
  g_assert_cmpstr (fixture->gone->str, ==, "");
}

static void
test_it_is_judged_when_a_block_is_complete (Fixture *fixture, gconstpointer data)
{
  add_sample (fixture, 42, MEBIBYTE);
  for (guint32 tick = 0; tick < 5 * BLOCK; tick++)
    {
      update (fixture);
      g_assert_cmpint (lookup (fixture, 42)->judge, ==, tick > 0 && tick % BLOCK == 0);
    }
}

typedef struct
{
  guint n_now;
  GHashTable *judged;
} Judgements;

static void
note_judgement (MemsnoopWatchedProcess *process, gpointer user_data)
{
  Judgements *judgements = user_data;

  if (!process->judge)
    return;
  judgements->n_now++;
  g_assert_true (g_hash_table_add (judgements->judged, GUINT_TO_POINTER (process->pid)));
}

static void
test_many_processes_take_turns (Fixture *fixture, gconstpointer data)
{
  Judgements judgements = { .judged = g_hash_table_new (NULL, NULL) };

  for (guint32 pid = 1; pid <= 10000; pid++)
    add_sample (fixture, pid, MEBIBYTE);
  for (guint32 tick = 0; tick < 2 * BLOCK; tick++)
    {
      judgements.n_now = 0;
      update (fixture);
      memsnoop_process_table_foreach (fixture->table, note_judgement, &judgements);
      g_assert_cmpuint (judgements.n_now, <=, 10000 / BLOCK + 1);
    }
  /* Each once, before the next block was complete. */
  g_assert_cmpuint (g_hash_table_size (judgements.judged), ==, 10000);
  g_hash_table_unref (judgements.judged);
}

/* A process that has so much at each tick, until the block of the last one is complete. */
static gdouble
rate_of (Fixture *fixture, guint64 (*bytes_at) (guint32 tick), guint32 n_blocks)
{
  for (guint32 tick = 0; tick <= n_blocks * BLOCK; tick++)
    {
      add_sample (fixture, 42, bytes_at (tick));
      update_once (fixture);
    }
  return lookup (fixture, 42)->growth_rate;
}

static guint64
growing (guint32 tick)
{
  return 100 * MEBIBYTE + tick * 65536;
}

static void
test_steady_growth_has_its_rate (Fixture *fixture, gconstpointer data)
{
  g_assert_cmpfloat (rate_of (fixture, growing, 30), ==, 65536 / 2.0);
}

static void
test_four_blocks_are_needed_for_a_rate (Fixture *fixture, gconstpointer data)
{
  rate_of (fixture, growing, 3);
  g_assert_cmpfloat (lookup (fixture, 42)->growth_rate, ==, 0);
  for (guint32 tick = 0; tick < BLOCK; tick++)
    {
      add_sample (fixture, 42, growing (3 * BLOCK + tick));
      update_once (fixture);
    }
  g_assert_cmpfloat (lookup (fixture, 42)->growth_rate, ==, 65536 / 2.0);
}

static guint64
shrinking (guint32 tick)
{
  return 1000 * MEBIBYTE - tick * 65536;
}

static void
test_shrinking_has_a_negative_rate (Fixture *fixture, gconstpointer data)
{
  g_assert_cmpfloat (rate_of (fixture, shrinking, 30), ==, -65536 / 2.0);
}

static guint64
resting (guint32 tick)
{
  return 1000 * MEBIBYTE;
}

/* The sawtooth of a collector that runs each half minute. */
static guint64
collected (guint32 tick)
{
  return 100 * MEBIBYTE + tick % BLOCK * MEBIBYTE;
}

static guint64
collected_and_growing (guint32 tick)
{
  return collected (tick) + tick / BLOCK * 300 * 4096;
}

static void
test_what_rests_has_no_rate (Fixture *fixture, gconstpointer data)
{
  gdouble rate = rate_of (fixture, resting, 30);

  g_assert_cmpfloat (rate, ==, 0);
  g_assert_false (signbit (rate));
  g_assert_cmpfloat (rate_of (fixture, collected, 30), ==, 0);
}

static void
test_growth_shows_below_a_sawtooth (Fixture *fixture, gconstpointer data)
{
  g_assert_cmpfloat (rate_of (fixture, collected_and_growing, 30), ==, 300 * 4096 / 30.0);
}

static void
test_a_gap_is_no_slope (Fixture *fixture, gconstpointer data)
{
  const MemsnoopWatchedProcess *process;

  rate_of (fixture, resting, 6);
  /* The machine sleeps, and the process goes on as if nothing had been. */
  fixture->tick += 10 * BLOCK;
  add_sample (fixture, 42, resting (0));
  for (guint32 tick = 0; tick < 3 * BLOCK; tick++)
    update (fixture);
  process = lookup (fixture, 42);
  g_assert_cmpfloat (process->growth_rate, ==, 0);
  g_assert_cmpstr (fixture->gone->str, ==, "");
}

static void
test_growth_goes_on_after_a_gap (Fixture *fixture, gconstpointer data)
{
  rate_of (fixture, growing, 6);
  fixture->tick += 10 * BLOCK;
  for (guint32 tick = 0; tick <= 4 * BLOCK; tick++)
    {
      add_sample (fixture, 42, growing (fixture->tick));
      update_once (fixture);
    }
  g_assert_cmpfloat (lookup (fixture, 42)->growth_rate, ==, 65536 / 2.0);
}

/* A history with samples from tick 0 to before @n_ticks. */
static MemsnoopUsageHistory *
make_history (guint32 n_ticks)
{
  MemsnoopUsageHistory *history = memsnoop_usage_history_new ();
  guint64 page = 4096;

  for (guint32 tick = 0; tick < n_ticks; tick++)
    {
      MemsnoopUsage usage = { .anonymous = (guint32) (growing (tick) / page) };

      memsnoop_usage_history_add (history, tick, &usage);
    }
  return history;
}

static void
adopt (Fixture *fixture, guint32 pid, guint64 start_time, guint64 execution)
{
  memsnoop_process_table_adopt (fixture->table, pid, start_time, execution, 12345,
                                make_history (10 * BLOCK));
}

static void
test_an_adopted_history_goes_on (Fixture *fixture, gconstpointer data)
{
  const MemsnoopWatchedProcess *process;

  adopt (fixture, 42, 1000 * CLOCK_TICK, 7);
  fixture->tick = 10 * BLOCK;
  g_assert_cmpuint (memsnoop_process_table_count (fixture->table), ==, 0);
  add_sample (fixture, 42, MEBIBYTE);
  update (fixture);
  process = lookup (fixture, 42);
  g_assert_cmpuint (process->first_seen, ==, 12345);
  g_assert_cmpuint (memsnoop_usage_history_get_end (process->history, 0), ==, 10 * BLOCK);
  /* What is known already is judged already. */
  g_assert_true (process->judge);
  g_assert_cmpfloat (process->growth_rate, ==,
                     65536 / 4096 / 2.0 * memsnoop_process_table_get_page_size (fixture->table));
  g_assert_cmpstr (fixture->gone->str, ==, "");
}

static void
test_histories_of_others_are_not_adopted (Fixture *fixture, gconstpointer data)
{
  adopt (fixture, 42, 1001 * CLOCK_TICK, 7);
  adopt (fixture, 43, 1000 * CLOCK_TICK, 8);
  /* Exits before it is seen. */
  adopt (fixture, 44, 1000 * CLOCK_TICK, 7);
  adopt (fixture, 45, 1000 * CLOCK_TICK, 7);
  adopt (fixture, 45, 1000 * CLOCK_TICK, 7);
  fixture->tick = 10 * BLOCK;
  for (guint32 pid = 42; pid <= 45; pid++)
    if (pid != 44)
      add_sample (fixture, pid, MEBIBYTE);
  update (fixture);
  add_sample (fixture, 44, MEBIBYTE);
  update (fixture);
  g_assert_cmpuint (count_samples (lookup (fixture, 42)), ==, 2);
  g_assert_cmpuint (count_samples (lookup (fixture, 43)), ==, 2);
  g_assert_cmpuint (count_samples (lookup (fixture, 44)), ==, 1);
  g_assert_cmpuint (count_samples (lookup (fixture, 45)), >, 2);
}

/* It would take no sample for as long. */
static void
test_a_history_of_the_future_is_not_adopted (Fixture *fixture, gconstpointer data)
{
  adopt (fixture, 42, 1000 * CLOCK_TICK, 7);
  fixture->tick = 10 * BLOCK - 1;
  add_sample (fixture, 42, MEBIBYTE);
  update (fixture);
  g_assert_cmpuint (count_samples (lookup (fixture, 42)), ==, 1);
}

static void
test_ticks_are_intervals_since_boot (Fixture *fixture, gconstpointer data)
{
  MemsnoopProcessTable *table = fixture->table;

  g_assert_cmpuint (memsnoop_process_table_get_interval (table), ==, INTERVAL);
  g_assert_cmpuint (memsnoop_process_table_tick_of (table, 0), ==, 0);
  g_assert_cmpuint (memsnoop_process_table_tick_of (table, INTERVAL - 1), ==, 0);
  g_assert_cmpuint (memsnoop_process_table_tick_of (table, INTERVAL), ==, 1);
  g_assert_cmpuint (memsnoop_process_table_time_of (table, 4000000000), ==, 4000000000 * INTERVAL);
  g_assert_cmpuint (memsnoop_process_table_tick_of (table, G_MAXUINT64), ==, G_MAXUINT32);
}

/* Each reading sees a thousand processes that the one before did not. */
static void
test_many_come_and_go (Fixture *fixture, gconstpointer data)
{
  for (guint32 round = 0; round < 50; round++)
    {
      for (guint32 i = 0; i < 1000; i++)
        add_sample (fixture, 1 + (round * 1000 + i) % 32768, MEBIBYTE)->start_time +=
            round * CLOCK_TICK;
      update_once (fixture);
      g_assert_cmpuint (memsnoop_process_table_count (fixture->table), ==, 1000);
    }
}

static void
test_ten_thousand_take_milliseconds (Fixture *fixture, gconstpointer data)
{
  gdouble longest = 0, total = 0;
  const guint32 n_updates = 10 * BLOCK;

  for (guint32 pid = 1; pid <= 10000; pid++)
    add_sample (fixture, pid, MEBIBYTE);
  for (guint32 i = 0; i < n_updates; i++)
    {
      gint64 begin = g_get_monotonic_time ();
      gdouble elapsed;

      update (fixture);
      elapsed = (gdouble) (g_get_monotonic_time () - begin) / 1000;
      longest = MAX (longest, elapsed);
      total += elapsed;
      for (guint32 j = 0; j < fixture->samples->len; j++)
        g_array_index (fixture->samples, MemsnoopProcessMemory, j).rss_anon +=
            (guint64) g_test_rand_int_range (0, 3) * 4096;
    }
  g_test_message ("%.2f ms for an update, %.2f ms at most", total / n_updates, longest);
  g_assert_cmpfloat (total / n_updates, <, 100);
}

#define ADD_TEST(path, function)                                                                   \
  g_test_add ("/process-table/" path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD_TEST ("a-process-is-as-it-was-read", test_a_process_is_as_it_was_read);
  ADD_TEST ("what-changes-is-taken-over", test_what_changes_is_taken_over);
  ADD_TEST ("the-exited-are-told-and-forgotten", test_the_exited_are_told_and_forgotten);
  ADD_TEST ("a-pid-that-is-used-again-starts-anew", test_a_pid_that_is_used_again_starts_anew);
  ADD_TEST ("another-program-starts-anew", test_another_program_starts_anew);
  ADD_TEST ("a-less-precise-reading-is-of-the-same-process",
            test_a_less_precise_reading_is_of_the_same_process);
  ADD_TEST ("samples-may-come-in-any-order", test_samples_may_come_in_any_order);
  ADD_TEST ("a-tick-counts-once", test_a_tick_counts_once);
  ADD_TEST ("it-is-judged-when-a-block-is-complete", test_it_is_judged_when_a_block_is_complete);
  ADD_TEST ("many-processes-take-turns", test_many_processes_take_turns);
  ADD_TEST ("steady-growth-has-its-rate", test_steady_growth_has_its_rate);
  ADD_TEST ("four-blocks-are-needed-for-a-rate", test_four_blocks_are_needed_for_a_rate);
  ADD_TEST ("shrinking-has-a-negative-rate", test_shrinking_has_a_negative_rate);
  ADD_TEST ("what-rests-has-no-rate", test_what_rests_has_no_rate);
  ADD_TEST ("growth-shows-below-a-sawtooth", test_growth_shows_below_a_sawtooth);
  ADD_TEST ("a-gap-is-no-slope", test_a_gap_is_no_slope);
  ADD_TEST ("growth-goes-on-after-a-gap", test_growth_goes_on_after_a_gap);
  ADD_TEST ("an-adopted-history-goes-on", test_an_adopted_history_goes_on);
  ADD_TEST ("histories-of-others-are-not-adopted", test_histories_of_others_are_not_adopted);
  ADD_TEST ("a-history-of-the-future-is-not-adopted", test_a_history_of_the_future_is_not_adopted);
  ADD_TEST ("ticks-are-intervals-since-boot", test_ticks_are_intervals_since_boot);
  ADD_TEST ("many-come-and-go", test_many_come_and_go);
  ADD_TEST ("ten-thousand-take-milliseconds", test_ten_thousand_take_milliseconds);
  return g_test_run ();
}
