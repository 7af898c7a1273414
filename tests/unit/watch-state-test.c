/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "watch-state.h"

#include "boot-time.h"
#include "caught-messages.h"
#include "fake-tracer.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define MIB G_GUINT64_CONSTANT (1048576)
/* A process that some tests look at. */
#define PID 4711
#define START_TIME G_GUINT64_CONSTANT (120000000005)

typedef struct
{
  gchar *folder;
  gchar *file;
  gchar *damaged;
  MemsnoopFakeTracer *tracer;
  MemsnoopRecording *recording;
  MemsnoopIgnoreList *ignored;
  MemsnoopConfiguration *configuration;
  MemsnoopWatch *watch;
  /* MemsnoopProcessMemory; the next reading. */
  GArray *samples;
  guint32 tick;
} Fixture;

/* The service starts: with a watch that knows nothing. */
static void
start (Fixture *fixture)
{
  g_clear_object (&fixture->watch);
  fixture->watch =
      memsnoop_watch_new (fixture->recording, fixture->ignored, fixture->configuration);
}

static void
set_up (Fixture *fixture, gconstpointer unused)
{
  fixture->folder = g_dir_make_tmp ("memsnoop-watch-XXXXXX", NULL);
  g_assert_nonnull (fixture->folder);
  fixture->file = g_build_filename (fixture->folder, "watch", NULL);
  fixture->damaged = g_build_filename (fixture->folder, "watch.damaged", NULL);
  fixture->tracer = memsnoop_fake_tracer_new ();
  fixture->recording = memsnoop_recording_new (MEMSNOOP_TRACER (fixture->tracer));
  fixture->ignored = memsnoop_ignore_list_new (NULL);
  fixture->configuration = memsnoop_configuration_new ();
  fixture->samples = g_array_new (FALSE, FALSE, sizeof (MemsnoopProcessMemory));
  fixture->tick = 1000;
  start (fixture);
}

static void
tear_down (Fixture *fixture, gconstpointer unused)
{
  g_clear_object (&fixture->watch);
  g_array_unref (fixture->samples);
  memsnoop_configuration_free (fixture->configuration);
  g_object_unref (fixture->ignored);
  g_object_unref (fixture->recording);
  g_object_unref (fixture->tracer);
  g_unlink (fixture->file);
  g_unlink (fixture->damaged);
  /* Nothing else is left there. */
  g_assert_cmpint (g_rmdir (fixture->folder), ==, 0);
  g_free (fixture->damaged);
  g_free (fixture->file);
  g_free (fixture->folder);
  caught_messages_assert_none ();
}

static MemsnoopProcessTable *
get_table (Fixture *fixture)
{
  return memsnoop_watch_get_table (fixture->watch);
}

static void
add_process (Fixture *fixture, guint32 pid, guint64 start_time)
{
  MemsnoopProcessMemory sample = { .pid = pid,
                                   .uid = 1000,
                                   .start_time = start_time,
                                   .execution = 7,
                                   .comm = "watched",
                                   .rss_anon = 10 * MIB };

  g_array_append_val (fixture->samples, sample);
}

/* One reading; each process has grown since the last. */
static void
read_processes (Fixture *fixture)
{
  MemsnoopProcessTable *table = get_table (fixture);
  guint64 now = memsnoop_process_table_time_of (table, ++fixture->tick);

  for (guint i = 0; i < fixture->samples->len; i++)
    g_array_index (fixture->samples, MemsnoopProcessMemory, i).rss_anon += MIB + i * 4096;
  memsnoop_process_table_update (table, fixture->samples, now, NULL, NULL);
}

static MemsnoopSuspicion *
make_suspicion (guint64 id, guint32 pid)
{
  MemsnoopSuspicion *suspicion = memsnoop_suspicion_new (id, MEMSNOOP_SUSPICION_RSS);
  MemsnoopGrowthVerdict verdict = { .since = 5 * MEMSNOOP_SECOND,
                                    .bytes = 40 * MIB,
                                    .rate = 65536,
                                    .confidence = 0.75,
                                    .window = 600 * MEMSNOOP_SECOND };

  suspicion->pid = pid;
  suspicion->uid = 1000;
  suspicion->start_time = START_TIME;
  memsnoop_suspicion_update (suspicion, &verdict, 1600 * MEMSNOOP_SECOND, 100 * MIB);
  memsnoop_suspicion_set_told (suspicion, MEMSNOOP_SUSPICION_CHANGED, 1600 * MEMSNOOP_SECOND);
  g_ptr_array_add (suspicion->sites, memsnoop_suspicion_site_new (1, 2, "frame", "cache"));
  return suspicion;
}

static void
observe (Fixture *fixture, guint n_processes, guint n_readings)
{
  for (guint i = 0; i < n_processes; i++)
    add_process (fixture, PID + i, START_TIME);
  for (guint i = 0; i < n_readings; i++)
    read_processes (fixture);
}

static void
save (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (memsnoop_watch_state_save (fixture->watch, fixture->folder, &error));
  g_assert_no_error (error);
}

static void
keep_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static gboolean
save_slowly (Fixture *fixture, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  memsnoop_watch_state_save_async (fixture->watch, fixture->folder, NULL, keep_result, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return memsnoop_watch_state_save_finish (result, error);
}

static void
restore (Fixture *fixture)
{
  start (fixture);
  memsnoop_watch_state_restore (fixture->watch, fixture->folder);
}

static void
assert_restored (guint n_processes, guint n_suspicions)
{
  g_autofree gchar *text =
      g_strdup_printf ("(histories: %u, suspicions: %u)", n_processes, n_suspicions);

  g_assert_cmpuint (caught_messages_take (G_LOG_LEVEL_MESSAGE, text), ==, 1);
}

/* All points of all histories, as text. */
static void
append_points (MemsnoopWatchedProcess *process, gpointer user_data)
{
  g_autoptr (GArray) points = memsnoop_usage_history_get_points (process->history);

  g_string_append_printf (user_data, "%u:", process->pid);
  for (guint i = 0; i < points->len; i++)
    {
      const MemsnoopUsagePoint *point = &g_array_index (points, MemsnoopUsagePoint, i);

      g_string_append_printf (user_data, " %u+%u=%u", point->tick, point->ticks,
                              point->usage.anonymous);
    }
  g_string_append_c (user_data, '\n');
}

static gchar *
show_histories (Fixture *fixture)
{
  GString *text = g_string_new (NULL);

  memsnoop_process_table_foreach (get_table (fixture), append_points, text);
  return g_string_free (text, FALSE);
}

/* With as many processes as take several slices, and histories of several levels. */
static void
test_histories_go_on_after_a_restart (Fixture *fixture, gconstpointer slowly)
{
  g_autofree gchar *undisturbed = NULL;
  g_autofree gchar *restarted = NULL;
  g_autoptr (GArray) samples = NULL;
  guint64 first_seen;

  observe (fixture, 150, 400);
  first_seen = memsnoop_process_table_lookup (get_table (fixture), PID)->first_seen;
  if (slowly != NULL)
    g_assert_true (save_slowly (fixture, NULL));
  else
    save (fixture);
  samples = g_array_copy (fixture->samples);
  read_processes (fixture);
  undisturbed = show_histories (fixture);

  restore (fixture);
  assert_restored (150, 0);
  g_array_unref (fixture->samples);
  fixture->samples = g_steal_pointer (&samples);
  fixture->tick--;
  read_processes (fixture);
  restarted = show_histories (fixture);
  g_assert_cmpstr (restarted, ==, undisturbed);
  g_assert_cmpuint (memsnoop_process_table_lookup (get_table (fixture), PID)->first_seen, ==,
                    first_seen);
}

static void
test_another_process_with_the_pid_begins_anew (Fixture *fixture, gconstpointer unused)
{
  observe (fixture, 2, 100);
  save (fixture);
  restore (fixture);
  assert_restored (2, 0);
  g_array_index (fixture->samples, MemsnoopProcessMemory, 0).start_time += MEMSNOOP_SECOND;
  g_array_index (fixture->samples, MemsnoopProcessMemory, 1).execution++;
  read_processes (fixture);
  for (guint pid = PID; pid < PID + 2; pid++)
    g_assert_cmpuint (memsnoop_process_table_lookup (get_table (fixture), pid)->first_seen, ==,
                      memsnoop_process_table_time_of (get_table (fixture), fixture->tick));
}

static void
test_suspicions_keep_their_id_and_what_was_told (Fixture *fixture, gconstpointer unused)
{
  GPtrArray *suspects;
  const MemsnoopSuspicion *suspicion;
  const MemsnoopSuspicionSite *site;

  observe (fixture, 1, 20);
  memsnoop_watch_adopt_suspicion (fixture->watch, make_suspicion (17, PID));
  save (fixture);
  restore (fixture);
  assert_restored (1, 1);
  suspects = memsnoop_watch_get_suspects (fixture->watch);
  g_assert_cmpuint (suspects->len, ==, 1);
  suspicion = g_ptr_array_index (suspects, 0);
  g_assert_cmpuint (suspicion->id, ==, 17);
  g_assert_cmpuint (suspicion->pid, ==, PID);
  g_assert_cmpuint (suspicion->start_time, ==, START_TIME);
  g_assert_cmpint (suspicion->state, ==, MEMSNOOP_SUSPICION_CHANGED);
  g_assert_cmpuint (suspicion->judged_at, ==, 1600 * MEMSNOOP_SECOND);
  g_assert_cmpuint (suspicion->verdict.window, ==, 600 * MEMSNOOP_SECOND);
  g_assert_false (memsnoop_suspicion_is_worth_telling (suspicion));
  site = g_ptr_array_index (suspicion->sites, 0);
  g_assert_cmpstr (site->frames[0], ==, "frame");
  g_assert_cmpuint (memsnoop_watch_get_next_id (fixture->watch), ==, 18);
}

static void
test_the_machines_shared_memory_is_known_after_a_restart (Fixture *fixture, gconstpointer unused)
{
  MemsnoopUsageHistory *history = memsnoop_usage_history_new ();
  guint64 values[MEMSNOOP_USAGE_BLOCKS];

  for (guint32 tick = 1; tick <= 100; tick++)
    memsnoop_usage_history_add (history, tick, &(MemsnoopUsage){ .shared = tick });
  memsnoop_watch_adopt_machine_history (fixture->watch, history);
  observe (fixture, 1, 1);
  save (fixture);
  restore (fixture);
  assert_restored (1, 0);
  g_assert_cmpuint (
      memsnoop_usage_history_get_blocks (memsnoop_watch_get_machine_history (fixture->watch),
                                         MEMSNOOP_USAGE_SHARED, 0, 1, values),
      ==, 6);
  g_assert_cmpuint (values[5], ==, 75);
}

static void
test_ids_are_not_used_again (Fixture *fixture, gconstpointer unused)
{
  observe (fixture, 1, 1);
  memsnoop_watch_set_next_id (fixture->watch, 40);
  save (fixture);
  restore (fixture);
  assert_restored (1, 0);
  g_assert_cmpuint (memsnoop_watch_get_next_id (fixture->watch), ==, 40);
}

/* Those that were used since may not be known. */
static void
test_after_a_crash_some_ids_are_left_out (Fixture *fixture, gconstpointer unused)
{
  observe (fixture, 1, 1);
  memsnoop_watch_set_next_id (fixture->watch, 40);
  g_assert_true (save_slowly (fixture, NULL));
  restore (fixture);
  assert_restored (1, 0);
  g_assert_cmpuint (memsnoop_watch_get_next_id (fixture->watch), ==,
                    40 + MEMSNOOP_WATCH_STATE_SPARE_IDS);
}

static void
test_another_interval_keeps_the_ids_only (Fixture *fixture, gconstpointer unused)
{
  observe (fixture, 3, 20);
  memsnoop_watch_adopt_suspicion (fixture->watch, make_suspicion (17, PID));
  save (fixture);
  fixture->configuration->watch_interval = 5;
  restore (fixture);
  g_assert_cmpuint (caught_messages_take (G_LOG_LEVEL_MESSAGE, "another interval"), ==, 1);
  g_assert_cmpuint (memsnoop_watch_get_suspects (fixture->watch)->len, ==, 0);
  g_assert_cmpuint (memsnoop_watch_get_next_id (fixture->watch), ==, 18);
  g_assert_true (g_file_test (fixture->file, G_FILE_TEST_EXISTS));
}

/* Puts other bytes into the file, with a checksum that is right. */
static void
forge (Fixture *fixture, const gchar *old, const gchar *new, gsize length)
{
  g_autofree gchar *contents = NULL;
  gsize size;
  gsize digest_size = 32;
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  gchar *found;

  g_assert_true (g_file_get_contents (fixture->file, &contents, &size, NULL));
  found = memmem (contents, size, old, length);
  g_assert_nonnull (found);
  memcpy (found, new, length);
  g_checksum_update (checksum, (const guchar *) contents, (gssize) (size - digest_size));
  g_checksum_get_digest (checksum, (guint8 *) contents + size - digest_size, &digest_size);
  g_assert_true (g_file_set_contents (fixture->file, contents, (gssize) size, NULL));
}

static void
assert_begins_anew (Fixture *fixture, const gchar *reason)
{
  restore (fixture);
  g_assert_cmpuint (caught_messages_take (G_LOG_LEVEL_MESSAGE, reason), ==, 1);
  g_assert_cmpuint (memsnoop_watch_get_suspects (fixture->watch)->len, ==, 0);
  g_assert_true (g_file_test (fixture->file, G_FILE_TEST_EXISTS));
  g_assert_false (g_file_test (fixture->damaged, G_FILE_TEST_EXISTS));
}

static void
test_what_is_from_before_the_machine_was_started_is_of_no_use (Fixture *fixture,
                                                               gconstpointer unused)
{
  g_autofree gchar *boot_id = NULL;
  g_autofree gchar *other = NULL;

  observe (fixture, 1, 20);
  memsnoop_watch_adopt_suspicion (fixture->watch, make_suspicion (17, PID));
  save (fixture);
  g_assert_true (g_file_get_contents ("/proc/sys/kernel/random/boot_id", &boot_id, NULL, NULL));
  g_strchomp (boot_id);
  other = g_strdup (boot_id);
  other[0] = other[0] == 'a' ? 'b' : 'a';
  forge (fixture, boot_id, other, strlen (boot_id));
  assert_begins_anew (fixture, "before the machine was started");
  g_assert_cmpuint (memsnoop_watch_get_next_id (fixture->watch), ==, 1);
}

static void
test_what_another_version_has_written_is_of_no_use (Fixture *fixture, gconstpointer unused)
{
  observe (fixture, 1, 20);
  save (fixture);
  forge (fixture, "memsnoop-watch\n\4", "memsnoop-watch\n\5", 16);
  assert_begins_anew (fixture, "another version");
  forge (fixture, "memsnoop-watch\n\5", "memsnoop-watch\n\4", 16);
  forge (fixture, MEMSNOOP_VERSION, "9.9.9", strlen (MEMSNOOP_VERSION));
  assert_begins_anew (fixture, "another version");
}

static void
assert_set_aside (Fixture *fixture)
{
  restore (fixture);
  g_assert_cmpuint (caught_messages_take (G_LOG_LEVEL_WARNING, fixture->damaged), ==, 1);
  g_assert_false (g_file_test (fixture->file, G_FILE_TEST_EXISTS));
  g_assert_true (g_file_test (fixture->damaged, G_FILE_TEST_EXISTS));
  g_assert_cmpuint (memsnoop_watch_get_suspects (fixture->watch)->len, ==, 0);
  g_assert_cmpuint (memsnoop_watch_get_next_id (fixture->watch), <=, 18);
  g_array_set_size (fixture->samples, 0);
  add_process (fixture, PID, START_TIME);
  read_processes (fixture);
  g_assert_cmpuint (memsnoop_process_table_lookup (get_table (fixture), PID)->first_seen, ==,
                    memsnoop_process_table_time_of (get_table (fixture), fixture->tick));
}

static void
test_damaged_files_are_set_aside (Fixture *fixture, gconstpointer unused)
{
  g_autofree gchar *contents = NULL;
  gsize length;

  observe (fixture, 2, 20);
  memsnoop_watch_adopt_suspicion (fixture->watch, make_suspicion (17, PID));
  save (fixture);
  g_assert_true (g_file_get_contents (fixture->file, &contents, &length, NULL));
  for (gsize i = 0; i < length; i += 7)
    {
      g_autofree gchar *damaged = g_memdup2 (contents, length);

      damaged[i] ^= 0x10;
      g_assert_true (g_file_set_contents (fixture->file, contents, (gssize) i, NULL));
      assert_set_aside (fixture);
      g_assert_true (g_file_set_contents (fixture->file, damaged, (gssize) length, NULL));
      assert_set_aside (fixture);
    }
}

/* As a faulty memory or a faulty program could leave it: of this nothing is taken either. */
static void
test_wrong_contents_with_a_right_checksum_are_set_aside (Fixture *fixture, gconstpointer unused)
{
  g_autofree gchar *contents = NULL;
  gsize length;
  guint n_set_aside = 0;

  observe (fixture, 2, 20);
  memsnoop_watch_adopt_suspicion (fixture->watch, make_suspicion (17, PID));
  save (fixture);
  g_assert_true (g_file_get_contents (fixture->file, &contents, &length, NULL));
  for (gsize i = 0; i < length - 32; i++)
    {
      g_autofree gchar *damaged = g_memdup2 (contents, length);

      damaged[i] ^= 0xff;
      g_assert_true (g_file_set_contents (fixture->file, damaged, (gssize) length, NULL));
      forge (fixture, damaged, damaged, 1);
      restore (fixture);
      n_set_aside += caught_messages_take (G_LOG_LEVEL_WARNING, fixture->damaged);
      caught_messages_take (G_LOG_LEVEL_MESSAGE, "");
    }
  /* The lengths and kinds of records at least. */
  g_assert_cmpuint (n_set_aside, >, 30);
}

static void
test_without_a_file_the_watch_begins_anew (Fixture *fixture, gconstpointer unused)
{
  restore (fixture);
  g_assert_cmpuint (memsnoop_process_table_count (get_table (fixture)), ==, 0);
}

/* A service that ends before it has seen anything still has what the one before knew. */
static void
test_a_watch_that_saw_nothing_keeps_what_was_known (Fixture *fixture, gconstpointer unused)
{
  observe (fixture, 1, 20);
  save (fixture);
  restore (fixture);
  assert_restored (1, 0);
  save (fixture);
  g_assert_true (save_slowly (fixture, NULL));
  restore (fixture);
  assert_restored (1, 0);
}

static void
test_a_cancelled_save_leaves_what_was_kept (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  observe (fixture, 1, 20);
  save (fixture);
  observe (fixture, 500, 1);
  memsnoop_watch_state_save_async (fixture->watch, fixture->folder, cancellable, keep_result,
                                   &result);
  g_cancellable_cancel (cancellable);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_false (memsnoop_watch_state_save_finish (result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  restore (fixture);
  assert_restored (1, 0);
}

static void
test_a_folder_that_is_gone_is_an_error (Fixture *fixture, gconstpointer unused)
{
  g_autofree gchar *gone = g_build_filename (fixture->folder, "gone", NULL);
  g_autofree gchar *folder = g_steal_pointer (&fixture->folder);
  g_autoptr (GError) error = NULL;

  observe (fixture, 1, 1);
  fixture->folder = gone;
  g_assert_false (memsnoop_watch_state_save (fixture->watch, gone, &error));
  g_assert_nonnull (strstr (error->message, gone));
  g_clear_error (&error);
  g_assert_false (save_slowly (fixture, &error));
  g_assert_nonnull (strstr (error->message, gone));
  fixture->folder = g_steal_pointer (&folder);
}

/* Processes come and go between the slices of a save. */
static gboolean
exchange_processes (gpointer user_data)
{
  Fixture *fixture = user_data;

  for (guint i = 0; i < fixture->samples->len; i++)
    g_array_index (fixture->samples, MemsnoopProcessMemory, i).pid += 100;
  read_processes (fixture);
  return G_SOURCE_CONTINUE;
}

static void
test_processes_may_come_and_go_during_a_save (Fixture *fixture, gconstpointer unused)
{
  guint source;

  observe (fixture, 1000, 3);
  source = g_idle_add_full (G_PRIORITY_LOW, exchange_processes, fixture, NULL);
  g_assert_true (save_slowly (fixture, NULL));
  g_source_remove (source);
  restore (fixture);
  g_assert_cmpuint (caught_messages_take (G_LOG_LEVEL_MESSAGE, "The watch goes on"), ==, 1);
}

static void
add (const gchar *name, gconstpointer data, void (*function) (Fixture *, gconstpointer))
{
  g_autofree gchar *path = g_strconcat ("/watch-state/", name, NULL);

  g_test_add (path, Fixture, data, set_up, function, tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  caught_messages_install ();
  add ("histories-go-on-after-a-restart", NULL, test_histories_go_on_after_a_restart);
  add ("histories-go-on-after-a-crash", "slowly", test_histories_go_on_after_a_restart);
  add ("another-process-with-the-pid-begins-anew", NULL,
       test_another_process_with_the_pid_begins_anew);
  add ("suspicions-keep-their-id-and-what-was-told", NULL,
       test_suspicions_keep_their_id_and_what_was_told);
  add ("the-machines-shared-memory-is-known-after-a-restart", NULL,
       test_the_machines_shared_memory_is_known_after_a_restart);
  add ("ids-are-not-used-again", NULL, test_ids_are_not_used_again);
  add ("after-a-crash-some-ids-are-left-out", NULL, test_after_a_crash_some_ids_are_left_out);
  add ("another-interval-keeps-the-ids-only", NULL, test_another_interval_keeps_the_ids_only);
  add ("what-is-from-before-the-machine-was-started-is-of-no-use", NULL,
       test_what_is_from_before_the_machine_was_started_is_of_no_use);
  add ("what-another-version-has-written-is-of-no-use", NULL,
       test_what_another_version_has_written_is_of_no_use);
  add ("damaged-files-are-set-aside", NULL, test_damaged_files_are_set_aside);
  add ("wrong-contents-with-a-right-checksum-are-set-aside", NULL,
       test_wrong_contents_with_a_right_checksum_are_set_aside);
  add ("without-a-file-the-watch-begins-anew", NULL, test_without_a_file_the_watch_begins_anew);
  add ("a-watch-that-saw-nothing-keeps-what-was-known", NULL,
       test_a_watch_that_saw_nothing_keeps_what_was_known);
  add ("a-cancelled-save-leaves-what-was-kept", NULL, test_a_cancelled_save_leaves_what_was_kept);
  add ("a-folder-that-is-gone-is-an-error", NULL, test_a_folder_that_is_gone_is_an_error);
  add ("processes-may-come-and-go-during-a-save", NULL,
       test_processes_may_come_and_go_during_a_save);
  return g_test_run ();
}
