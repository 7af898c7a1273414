/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How suspicions end, with processes whose memory the test writes. */
#include "suspect-list.h"

#include "boot-time.h"
#include "caught-messages.h"
#include "fake-tracer.h"
#include "process-identity.h"
#include "suspect-room.h"

#include <sys/mman.h>
#include <unistd.h>

#define MIB G_GUINT64_CONSTANT (1048576)
#define INTERVAL (2 * MEMSNOOP_SECOND)
#define PID 4711
#define START_TIME G_GUINT64_CONSTANT (120000000005)
/* Long enough for a trend, with this step in each tick. */
#define GROWTH_TICKS 400
#define STEP (256 * G_GUINT64_CONSTANT (1024))

typedef struct
{
  MemsnoopProcessTable *table;
  MemsnoopFakeTracer *tracer;
  MemsnoopRecording *recording;
  MemsnoopIgnoreList *ignored;
  MemsnoopGrowthThresholds thresholds;
  MemsnoopSuspectList *list;
  guint32 tick;
  guint64 bytes;
  guint64 execution;
  guint32 pid;
  guint32 uid;
  guint64 start_time;
  /* Shared, and of the machine when that is known. */
  guint64 shared;
  guint64 machine_shared;
  gboolean has_neighbour;
  /* The growth is of kernel memory. */
  gboolean kernel;
  /* What was told last, and how often something was. */
  MemsnoopSuspicionState state;
  MemsnoopSuspicionReason reason;
  guint told;
} Fixture;

static void
note (MemsnoopSuspectList *list, MemsnoopSuspicion *suspicion, gpointer user_data)
{
  Fixture *fixture = user_data;

  fixture->state = suspicion->state;
  fixture->reason = suspicion->reason;
  fixture->told++;
}

static void
set_up (Fixture *fixture, gconstpointer unused)
{
  fixture->table = memsnoop_process_table_new (INTERVAL);
  fixture->tracer = memsnoop_fake_tracer_new ();
  fixture->recording = memsnoop_recording_new (MEMSNOOP_TRACER (fixture->tracer));
  fixture->ignored = memsnoop_ignore_list_new (NULL);
  fixture->thresholds = (MemsnoopGrowthThresholds){ 4 * MIB, 0.02 };
  fixture->list = memsnoop_suspect_list_new (fixture->table, fixture->recording, fixture->ignored,
                                             &fixture->thresholds);
  g_signal_connect (fixture->list, "suspicion", G_CALLBACK (note), fixture);
  fixture->tick = 1000;
  fixture->bytes = 100 * MIB;
  fixture->execution = 7;
  fixture->pid = PID;
  fixture->start_time = START_TIME;
  fixture->machine_shared = MEMSNOOP_MEMORY_UNKNOWN;
}

static void
tear_down (Fixture *fixture, gconstpointer unused)
{
  memsnoop_suspect_list_stop (fixture->list);
  g_assert_finalize_object (fixture->list);
  g_object_unref (fixture->ignored);
  g_object_unref (fixture->recording);
  g_object_unref (fixture->tracer);
  memsnoop_process_table_free (fixture->table);
}

static guint64
now (Fixture *fixture)
{
  return memsnoop_process_table_time_of (fixture->table, fixture->tick);
}

/* One reading, in which the process is there unless it has exited. */
static void
read_processes (Fixture *fixture, gboolean exited)
{
  g_autoptr (GArray) samples = g_array_new (FALSE, FALSE, sizeof (MemsnoopProcessMemory));
  MemsnoopProcessMemory sample = { .pid = fixture->pid,
                                   .uid = fixture->uid,
                                   .start_time = fixture->start_time,
                                   .execution = fixture->execution,
                                   .comm = "watched",
                                   .rss_anon = fixture->bytes,
                                   .rss_shmem = fixture->shared };

  if (!exited)
    g_array_append_val (samples, sample);
  /* Which nobody judges. */
  if (fixture->has_neighbour)
    {
      sample.pid++;
      g_array_append_val (samples, sample);
    }
  fixture->tick++;
  memsnoop_process_table_update (fixture->table, samples, now (fixture), NULL, NULL);
  memsnoop_suspect_list_sweep (fixture->list);
  if (fixture->machine_shared != MEMSNOOP_MEMORY_UNKNOWN)
    memsnoop_suspect_list_set_machine (
        fixture->list, &(MemsnoopMachineMemory){ 1024 * MIB, 0, fixture->machine_shared },
        now (fixture));
}

static void
record (Fixture *fixture, MemsnoopWatchedProcess *process)
{
  MemsnoopProcessFigures figures = { .pid = fixture->pid,
                                     .start_time = fixture->start_time,
                                     .kind = MEMSNOOP_PROCESS_KIND_PROGRAM,
                                     .current_bytes = fixture->bytes };

  memsnoop_fake_tracer_set_process (fixture->tracer, &figures);
  process->kernel_bytes = fixture->bytes;
  memsnoop_usage_history_add_kernel (process->history, fixture->tick, fixture->bytes);
}

static void
judge (Fixture *fixture)
{
  MemsnoopWatchedProcess *process;

  read_processes (fixture, FALSE);
  process = memsnoop_process_table_lookup (fixture->table, fixture->pid);
  g_assert_nonnull (process);
  if (fixture->kernel)
    record (fixture, process);
  if (process->judge)
    memsnoop_suspect_list_judge (fixture->list, process, now (fixture));
}

/* Goes on for @n_ticks or until something is told, and grows by @step in each. */
static void
go_on (Fixture *fixture, guint n_ticks, guint64 step)
{
  guint told = fixture->told;

  for (guint i = 0; i < n_ticks && fixture->told == told; i++)
    {
      fixture->bytes += step;
      judge (fixture);
    }
}

/* What a thread has found out is taken in. */
static void
settle (void)
{
  gint64 end = g_get_monotonic_time () + 50000;

  while (g_get_monotonic_time () < end)
    if (!g_main_context_iteration (NULL, FALSE))
      g_usleep (1000);
}

/* From now on it is this process, of which the list can read what it has. */
static void
watch_self (Fixture *fixture)
{
  g_autoptr (MemsnoopProcessIdentity) self = memsnoop_process_identity_open (getpid (), NULL);

  fixture->pid = self->pid;
  fixture->start_time = self->start_time;
}

/* A process that has grown is suspected. What the list would raise by itself it reads of real
 * processes. */
static void
suspect (Fixture *fixture, MemsnoopSuspicionKind kind)
{
  MemsnoopSuspicion *suspicion = memsnoop_suspicion_new (17, kind);
  MemsnoopGrowthVerdict verdict = { .reason = MEMSNOOP_GROWTH_SUSPECTED,
                                    .bytes = GROWTH_TICKS * STEP,
                                    .rate = (gdouble) STEP / 2,
                                    .window = GROWTH_TICKS * INTERVAL };

  go_on (fixture, GROWTH_TICKS, STEP);
  verdict.since = now (fixture) - GROWTH_TICKS * INTERVAL;
  suspicion->pid = fixture->pid;
  suspicion->start_time = fixture->start_time;
  suspicion->execution = fixture->execution;
  memsnoop_suspicion_update (suspicion, &verdict, now (fixture), fixture->bytes);
  memsnoop_suspicion_set_told (suspicion, MEMSNOOP_SUSPICION_RAISED, now (fixture));
  memsnoop_suspect_list_adopt (fixture->list, suspicion);
}

static void
assert_cleared (Fixture *fixture, MemsnoopSuspicionReason reason)
{
  g_assert_cmpuint (fixture->told, ==, 1);
  g_assert_cmpint (fixture->state, ==, MEMSNOOP_SUSPICION_CLEARED);
  g_assert_cmpint (fixture->reason, ==, reason);
  g_assert_cmpuint (memsnoop_suspect_list_get (fixture->list)->len, ==, 0);
}

static void
test_growth_that_goes_on_stays_suspected (Fixture *fixture, gconstpointer unused)
{
  suspect (fixture, MEMSNOOP_SUSPICION_RSS);
  go_on (fixture, GROWTH_TICKS, STEP);
  g_assert_cmpuint (fixture->told, ==, 0);
  g_assert_cmpuint (memsnoop_suspect_list_get (fixture->list)->len, ==, 1);
}

static guint64
time_to_exhaustion (Fixture *fixture)
{
  const MemsnoopSuspicion *suspicion =
      g_ptr_array_index (memsnoop_suspect_list_get (fixture->list), 0);

  return suspicion->time_to_exhaustion;
}

static void
test_the_forecast_is_of_the_machine_and_told_when_short (Fixture *fixture, gconstpointer unused)
{
  MemsnoopMachineMemory machine = { 1024 * MIB, 0, 0 };

  suspect (fixture, MEMSNOOP_SUSPICION_RSS);
  memsnoop_suspect_list_set_machine (fixture->list, &machine, now (fixture));
  go_on (fixture, GROWTH_TICKS, STEP);
  /* 128 KiB a second. */
  g_assert_cmpuint (time_to_exhaustion (fixture), ==, 8192);
  machine.available = 64 * MIB;
  memsnoop_suspect_list_set_machine (fixture->list, &machine, now (fixture));
  go_on (fixture, GROWTH_TICKS, STEP);
  g_assert_cmpuint (time_to_exhaustion (fixture), ==, 512);
  g_assert_cmpuint (fixture->told, ==, 1);
}

static void
test_there_is_no_forecast_of_a_machine_that_is_not_known (Fixture *fixture, gconstpointer unused)
{
  suspect (fixture, MEMSNOOP_SUSPICION_RSS);
  go_on (fixture, GROWTH_TICKS, STEP);
  g_assert_cmpuint (time_to_exhaustion (fixture), ==, MEMSNOOP_NEVER);
}

/* This process has that much in truth, which is looked at before anything is raised. */
static void
share (Fixture *fixture, guint64 machine_step)
{
  gsize size = 2 * GROWTH_TICKS * STEP;
  guint8 *memory =
      mmap (NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

  g_assert_true (memory != MAP_FAILED);
  watch_self (fixture);
  fixture->bytes = 0;
  fixture->machine_shared = 500 * MIB;
  for (guint i = 0; i < GROWTH_TICKS && fixture->told == 0; i++)
    {
      fixture->shared += STEP;
      fixture->machine_shared += machine_step;
      judge (fixture);
      if (i % MEMSNOOP_USAGE_BLOCK_TICKS == 0)
        settle ();
    }
  munmap (memory, size);
}

static void
test_new_shared_memory_is_suspected (Fixture *fixture, gconstpointer unused)
{
  share (fixture, STEP * 3 / 4);
  g_assert_cmpuint (fixture->told, ==, 1);
  g_assert_cmpint (fixture->state, ==, MEMSNOOP_SUSPICION_RAISED);
}

/* As by a process that reads a file in memory, or one more server that looks at the shared cache.
 */
static void
test_shared_memory_that_is_only_touched_is_not_suspected (Fixture *fixture, gconstpointer unused)
{
  share (fixture, STEP / 4);
  g_assert_cmpuint (fixture->told, ==, 0);
}

static void
test_growth_that_ends_has_stopped (Fixture *fixture, gconstpointer unused)
{
  suspect (fixture, MEMSNOOP_SUSPICION_RSS);
  go_on (fixture, 2 * GROWTH_TICKS, 0);
  assert_cleared (fixture, MEMSNOOP_SUSPICION_STOPPED);
}

/* The list is full of @uid's, of which one has grown by less than the others. */
static void
fill (Fixture *fixture, guint32 uid)
{
  fixture->has_neighbour = TRUE;
  for (guint i = 0; i < MEMSNOOP_SUSPECTS_MAXIMUM; i++)
    {
      MemsnoopSuspicion *suspicion = memsnoop_suspicion_new (i + 1, MEMSNOOP_SUSPICION_HEAP);

      suspicion->pid = fixture->pid + 1;
      suspicion->start_time = fixture->start_time;
      suspicion->uid = uid;
      suspicion->bytes = i == 100 ? 5 * MIB : 6 * MIB;
      memsnoop_suspect_list_adopt (fixture->list, suspicion);
    }
}

/* This process grows, as another user's, until the list has heard of it. */
static void
grow_as (Fixture *fixture, guint32 uid)
{
  gsize size = 2 * GROWTH_TICKS * STEP;
  guint8 *memory =
      mmap (NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

  g_assert_true (memory != MAP_FAILED);
  fixture->bytes = 0;
  fixture->uid = uid;
  for (guint i = 0; i < GROWTH_TICKS && fixture->told == 0; i++)
    {
      fixture->bytes += STEP;
      judge (fixture);
      if (i % MEMSNOOP_USAGE_BLOCK_TICKS == 0)
        settle ();
    }
  munmap (memory, size);
}

static void
test_one_users_suspicions_leave_room_for_the_system (Fixture *fixture, gconstpointer unused)
{
  watch_self (fixture);
  fill (fixture, 1000);
  grow_as (fixture, 0);
  g_assert_cmpuint (caught_messages_take (G_LOG_LEVEL_WARNING, "at most 256"), ==, 1);
  /* One is displaced, and the system's raised. */
  g_assert_cmpuint (fixture->told, ==, 2);
  g_assert_cmpint (fixture->state, ==, MEMSNOOP_SUSPICION_RAISED);
  g_assert_cmpuint (memsnoop_suspect_list_get (fixture->list)->len, ==, MEMSNOOP_SUSPECTS_MAXIMUM);
  g_assert_null (memsnoop_suspect_list_find (fixture->list, 101));
  g_assert_cmpuint (memsnoop_suspect_list_count_left_out (fixture->list), ==, 1);
}

static void
test_what_finds_no_room_is_counted_until_it_is_over (Fixture *fixture, gconstpointer unused)
{
  watch_self (fixture);
  fill (fixture, 1000);
  grow_as (fixture, 1000);
  g_assert_cmpuint (caught_messages_take (G_LOG_LEVEL_WARNING, "at most 256"), ==, 1);
  g_assert_cmpuint (fixture->told, ==, 0);
  g_assert_cmpuint (memsnoop_suspect_list_count_left_out (fixture->list), ==, 1);
  read_processes (fixture, TRUE);
  g_assert_cmpuint (memsnoop_suspect_list_count_left_out (fixture->list), ==, 0);
}

static void
test_while_it_does_not_grow_nothing_runs_out (Fixture *fixture, gconstpointer unused)
{
  const MemsnoopSuspicion *suspicion;
  guint64 grown;

  suspect (fixture, MEMSNOOP_SUSPICION_RSS);
  fixture->machine_shared = 0;
  go_on (fixture, GROWTH_TICKS / 4, STEP);
  grown = now (fixture);
  suspicion = g_ptr_array_index (memsnoop_suspect_list_get (fixture->list), 0);
  g_assert_cmpuint (suspicion->time_to_exhaustion, !=, MEMSNOOP_NEVER);
  fixture->bytes -= MIB;
  go_on (fixture, 100, 0);
  g_assert_cmpuint (fixture->told, ==, 0);
  g_assert_cmpuint (suspicion->time_to_exhaustion, ==, MEMSNOOP_NEVER);
  g_assert_cmpuint (suspicion->bytes, ==, fixture->bytes - suspicion->bytes_before);
  g_assert_cmpuint (suspicion->judged_at, <=, grown + 40 * INTERVAL);
}

static void
test_memory_that_was_given_back_is_released (Fixture *fixture, gconstpointer unused)
{
  suspect (fixture, MEMSNOOP_SUSPICION_RSS);
  fixture->bytes -= GROWTH_TICKS * STEP / 2 + MIB;
  go_on (fixture, 2 * MEMSNOOP_USAGE_BLOCK_TICKS, 0);
  assert_cleared (fixture, MEMSNOOP_SUSPICION_RELEASED);
}

/* Less than half of it. */
static void
test_growth_of_which_some_was_given_back_has_stopped (Fixture *fixture, gconstpointer unused)
{
  suspect (fixture, MEMSNOOP_SUSPICION_RSS);
  fixture->bytes -= GROWTH_TICKS * STEP / 4;
  go_on (fixture, 2 * GROWTH_TICKS, 0);
  assert_cleared (fixture, MEMSNOOP_SUSPICION_STOPPED);
}

static void
test_a_process_that_is_gone_has_exited (Fixture *fixture, gconstpointer unused)
{
  suspect (fixture, MEMSNOOP_SUSPICION_RSS);
  read_processes (fixture, TRUE);
  assert_cleared (fixture, MEMSNOOP_SUSPICION_EXITED);
}

static void
test_a_process_that_runs_another_program_is_not_suspected (Fixture *fixture, gconstpointer unused)
{
  suspect (fixture, MEMSNOOP_SUSPICION_RSS);
  fixture->execution++;
  read_processes (fixture, FALSE);
  assert_cleared (fixture, MEMSNOOP_SUSPICION_OTHER_PROGRAM);
}

static void
on_acquired (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(gboolean *) user_data =
      memsnoop_recording_acquire_finish (MEMSNOOP_RECORDING (source), result, NULL);
}

static void
on_released (GObject *source, GAsyncResult *result, gpointer user_data)
{
  memsnoop_snapshot_unref (memsnoop_recording_release_finish (MEMSNOOP_RECORDING (source), result));
  *(gboolean *) user_data = FALSE;
}

/* Half of the minimum time of observation. */
static void
test_growth_of_kernel_memory_is_explained_again (Fixture *fixture, gconstpointer unused)
{
  gboolean recording = FALSE;
  guint before;

  memsnoop_recording_acquire_async (fixture->recording, 0, on_acquired, &recording);
  while (!recording)
    g_main_context_iteration (NULL, TRUE);
  fixture->kernel = TRUE;
  suspect (fixture, MEMSNOOP_SUSPICION_KERNEL);
  ((MemsnoopSuspicion *) g_ptr_array_index (memsnoop_suspect_list_get (fixture->list), 0))
      ->explained_at = now (fixture);
  before = memsnoop_fake_tracer_count_gathers (fixture->tracer);
  go_on (fixture, MEMSNOOP_OBSERVATION_TICKS / 2 - 2 * MEMSNOOP_USAGE_BLOCK_TICKS, STEP);
  settle ();
  g_assert_cmpuint (memsnoop_fake_tracer_count_gathers (fixture->tracer), ==, before);
  go_on (fixture, 4 * MEMSNOOP_USAGE_BLOCK_TICKS, STEP);
  settle ();
  g_assert_cmpuint (memsnoop_fake_tracer_count_gathers (fixture->tracer), ==, before + 1);
  memsnoop_recording_release_async (fixture->recording, on_released, &recording);
  while (recording)
    g_main_context_iteration (NULL, TRUE);
}

/* It stays one suspicion, which is judged as before. */
static void
test_growth_that_a_heap_explains_is_followed (Fixture *fixture, gconstpointer unused)
{
  MemsnoopSuspicion *suspicion;

  suspect (fixture, MEMSNOOP_SUSPICION_RSS);
  suspicion = g_ptr_array_index (memsnoop_suspect_list_get (fixture->list), 0);
  suspicion->kind = MEMSNOOP_SUSPICION_HEAP;
  go_on (fixture, 4 * MEMSNOOP_USAGE_BLOCK_TICKS, STEP);
  settle ();
  g_assert_cmpuint (memsnoop_suspect_list_get (fixture->list)->len, ==, 1);
  fixture->bytes -= suspicion->bytes;
  go_on (fixture, 4 * MEMSNOOP_USAGE_BLOCK_TICKS, 0);
  assert_cleared (fixture, MEMSNOOP_SUSPICION_RELEASED);
}

/* As where the kernel does not tell. */
static void
test_a_program_that_is_not_known_is_taken_for_the_same (Fixture *fixture, gconstpointer unused)
{
  fixture->execution = 0;
  suspect (fixture, MEMSNOOP_SUSPICION_RSS);
  fixture->execution = 7;
  fixture->pid = PID;
  fixture->start_time = START_TIME;
  fixture->machine_shared = MEMSNOOP_MEMORY_UNKNOWN;
  read_processes (fixture, FALSE);
  g_assert_cmpuint (fixture->told, ==, 0);
}

static void
test_kernel_memory_is_not_recorded_any_more (Fixture *fixture, gconstpointer unused)
{
  suspect (fixture, MEMSNOOP_SUSPICION_KERNEL);
  memsnoop_suspect_list_end_kind (fixture->list, MEMSNOOP_SUSPICION_RSS);
  g_assert_cmpuint (fixture->told, ==, 0);
  memsnoop_suspect_list_end_kind (fixture->list, MEMSNOOP_SUSPICION_KERNEL);
  assert_cleared (fixture, MEMSNOOP_SUSPICION_NOT_RECORDED);
}

static void
on_added (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;

  g_assert_true (memsnoop_ignore_list_add_finish (MEMSNOOP_IGNORE_LIST (source), result, &error));
  g_assert_no_error (error);
  *(gboolean *) user_data = TRUE;
}

static void
ignore (Fixture *fixture, const gchar *executable)
{
  gboolean added = FALSE;

  memsnoop_ignore_list_add_async (fixture->ignored, executable, on_added, &added);
  while (!added)
    g_main_context_iteration (NULL, TRUE);
}

static void
test_what_is_ignored_says_so (Fixture *fixture, gconstpointer unused)
{
  MemsnoopSuspicion *suspicion;

  suspect (fixture, MEMSNOOP_SUSPICION_RSS);
  suspicion = g_ptr_array_index (memsnoop_suspect_list_get (fixture->list), 0);
  g_free (suspicion->executable);
  suspicion->executable = g_file_read_link ("/proc/self/exe", NULL);
  ignore (fixture, suspicion->executable);
  assert_cleared (fixture, MEMSNOOP_SUSPICION_IGNORED);
}

/* As after a crash: what was saved last is from before. */
static void
test_what_was_ignored_since_it_was_saved_does_not_come_back (Fixture *fixture, gconstpointer unused)
{
  MemsnoopSuspicion *suspicion = memsnoop_suspicion_new (40, MEMSNOOP_SUSPICION_RSS);
  g_autofree gchar *executable = g_file_read_link ("/proc/self/exe", NULL);

  ignore (fixture, executable);
  g_free (suspicion->executable);
  suspicion->executable = g_strconcat (executable, " (deleted)", NULL);
  memsnoop_suspect_list_adopt (fixture->list, suspicion);
  g_assert_cmpuint (memsnoop_suspect_list_get (fixture->list)->len, ==, 0);
  g_assert_cmpuint (fixture->told, ==, 0);
  g_assert_cmpuint (memsnoop_suspect_list_get_next_id (fixture->list), ==, 41);
}

static void
add (const gchar *name, void (*function) (Fixture *, gconstpointer))
{
  g_autofree gchar *path = g_strconcat ("/suspect-list/", name, NULL);

  g_test_add (path, Fixture, NULL, set_up, function, tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  caught_messages_install ();
  add ("growth-that-goes-on-stays-suspected", test_growth_that_goes_on_stays_suspected);
  add ("the-forecast-is-told-when-short", test_the_forecast_is_of_the_machine_and_told_when_short);
  add ("there-is-no-forecast-of-a-machine-that-is-not-known",
       test_there_is_no_forecast_of_a_machine_that_is_not_known);
  add ("new-shared-memory-is-suspected", test_new_shared_memory_is_suspected);
  add ("shared-memory-that-is-only-touched-is-not-suspected",
       test_shared_memory_that_is_only_touched_is_not_suspected);
  add ("growth-that-ends-has-stopped", test_growth_that_ends_has_stopped);
  add ("one-users-suspicions-leave-room-for-the-system",
       test_one_users_suspicions_leave_room_for_the_system);
  add ("what-finds-no-room-is-counted-until-it-is-over",
       test_what_finds_no_room_is_counted_until_it_is_over);
  add ("while-it-does-not-grow-nothing-runs-out", test_while_it_does_not_grow_nothing_runs_out);
  add ("memory-that-was-given-back-is-released", test_memory_that_was_given_back_is_released);
  add ("growth-of-which-some-was-given-back-has-stopped",
       test_growth_of_which_some_was_given_back_has_stopped);
  add ("a-process-that-is-gone-has-exited", test_a_process_that_is_gone_has_exited);
  add ("a-process-that-runs-another-program-is-not-suspected",
       test_a_process_that_runs_another_program_is_not_suspected);
  add ("growth-of-kernel-memory-is-explained-again",
       test_growth_of_kernel_memory_is_explained_again);
  add ("growth-that-a-heap-explains-is-followed", test_growth_that_a_heap_explains_is_followed);
  add ("a-program-that-is-not-known-is-taken-for-the-same",
       test_a_program_that_is_not_known_is_taken_for_the_same);
  add ("kernel-memory-is-not-recorded-any-more", test_kernel_memory_is_not_recorded_any_more);
  add ("what-is-ignored-says-so", test_what_is_ignored_says_so);
  add ("what-was-ignored-since-it-was-saved-does-not-come-back",
       test_what_was_ignored_since_it_was_saved_does_not_come_back);
  return g_test_run ();
}
