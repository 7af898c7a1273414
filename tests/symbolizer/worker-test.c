/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The service's side of the worker: with the real one, and with such as should not be. */
#include "call-chain.h"
#include "error.h"
#include "own-process.h"
#include "places.h"
#include "process-modules.h"
#include "worker-jobs.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define DEPTH 64
/* Milliseconds for a worker that hangs. */
#define TIME_LIMIT 300

static gchar *
fixture_path (const gchar *name)
{
  return g_build_filename (g_getenv ("MEMSNOOP_FIXTURES"), name, NULL);
}

static MemsnoopWorker *
start_real (void)
{
  return memsnoop_worker_new (g_getenv ("MEMSNOOP_SYMBOLIZER"), 0);
}

static MemsnoopWorker *
start_odd (const gchar *oddity)
{
  g_autofree gchar *name = g_strconcat ("odd-worker-", oddity, NULL);
  g_autofree gchar *path = fixture_path (name);

  /* Others than this one are to be found out before. */
  return memsnoop_worker_new (path, g_str_equal (oddity, "hangs") ? TIME_LIMIT : 0);
}

static void
keep_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GAsyncResult **kept = user_data;

  *kept = g_object_ref (result);
}

static GAsyncResult *
wait_for (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return *result;
}

static MemsnoopModuleTable *
read_own_modules (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MemsnoopProcessIdentity) identity =
      memsnoop_process_identity_open ((guint32) getpid (), &error);
  MemsnoopModuleTable *table;

  g_assert_no_error (error);
  table = memsnoop_process_modules_read (identity, &error);
  g_assert_no_error (error);
  return table;
}

static MemsnoopUnwoundStack *
unwind (MemsnoopWorker *worker, MemsnoopModuleTable *table, const OwnSample *sample, GError **error)
{
  g_autoptr (GBytes) stack = g_bytes_new (sample->stack, sample->length);
  g_autoptr (GAsyncResult) result = NULL;

  memsnoop_worker_unwind_async (worker, table, sample->registers, sample->base, stack, DEPTH, NULL,
                                NULL, keep_result, &result);
  return memsnoop_worker_unwind_finish (worker, wait_for (&result), error);
}

static GPtrArray *
symbolize (MemsnoopWorker *worker,
           MemsnoopModuleTable *table,
           guint module,
           const guint64 *offsets,
           gsize n,
           GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autofree gchar *build_id = NULL;

  memsnoop_worker_symbolize_async (worker, table, module, offsets, n, NULL, keep_result, &result);
  return memsnoop_worker_symbolize_finish (worker, wait_for (&result), &build_id, error);
}

static void
check_figures (MemsnoopWorker *worker, guint64 started, guint64 lost, guint64 failed)
{
  MemsnoopWorkerFigures figures;

  memsnoop_worker_get_figures (worker, &figures);
  g_assert_cmpuint (figures.started, ==, started);
  g_assert_cmpuint (figures.lost, ==, lost);
  g_assert_cmpuint (figures.failed, ==, failed);
}

static void
take_sample (gpointer data)
{
  own_process_sample (data, MEMSNOOP_WORKER_STACK_MAX);
}

__attribute__ ((noinline)) static int
descend (struct call_chain *chain, guint depth)
{
  volatile int result = (int) depth;

  CALL_CHAIN_ADD (chain);
  if (depth == 0)
    chain->reached (chain->data);
  else
    result += descend (chain, depth - 1);
  return result;
}

static void
check_stack (MemsnoopWorker *worker, MemsnoopModuleTable *table)
{
  g_autofree OwnSample *sample = g_new0 (OwnSample, 1);
  struct call_chain chain = { .reached = take_sample, .data = sample };
  g_autoptr (MemsnoopUnwoundStack) stack = NULL;
  g_autoptr (GError) error = NULL;

  descend (&chain, 20);
  stack = unwind (worker, table, sample, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (stack->n_frames, >, 22);
  g_assert_cmpuint (stack->n_sure, ==, stack->n_frames);
  /* Inside of own_process_sample() and take_sample(), then the chain. */
  for (guint i = 0; i < chain.n; i++)
    {
      const struct call *call = &chain.calls[chain.n - 1 - i];
      const MemsnoopUnwoundFrame *frame = &stack->frames[2 + i + 1];
      const MemsnoopModuleEntry *module = memsnoop_module_table_get (table, frame->module);

      g_assert_cmpuint (frame->address, ==, call->address);
      g_assert_cmpuint (frame->slot, ==, call->slot);
      g_assert_cmpuint (frame->offset, ==, call->address - 1 - module->start + module->offset);
    }
}

static void
test_the_worker_unwinds_this_process (void)
{
  g_autoptr (MemsnoopWorker) worker = start_real ();
  g_autoptr (MemsnoopModuleTable) table = read_own_modules ();

  check_figures (worker, 0, 0, 0);
  for (guint i = 0; i < 3; i++)
    check_stack (worker, table);
  check_figures (worker, 1, 0, 0);
}

static void
test_the_worker_names_functions_of_this_process (void)
{
  g_autoptr (MemsnoopWorker) worker = start_real ();
  g_autoptr (MemsnoopModuleTable) table = read_own_modules ();
  guint module = memsnoop_module_table_find (table, (guint64) memsnoop_worker_new);
  const MemsnoopModuleEntry *mapped = memsnoop_module_table_get (table, module);
  guint64 offset = (guint64) memsnoop_worker_new - mapped->start + mapped->offset;
  g_autofree guint64 *offsets = g_new (guint64, 1000);
  g_autoptr (GPtrArray) functions = NULL;
  g_autoptr (GError) error = NULL;

  /* More than go into one request. */
  for (guint i = 0; i < 1000; i++)
    offsets[i] = offset;
  functions = symbolize (worker, table, module, offsets, 1000, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (functions->len, ==, 1000);
  for (guint i = 0; i < 1000; i++)
    {
      const gchar *name;
      const gchar *file;

      g_assert_cmpuint (g_variant_n_children (functions->pdata[i]), ==, 1);
      g_variant_get_child (functions->pdata[i], 0, "(&s&su)", &name, &file, NULL);
      g_assert_cmpstr (name, ==, "memsnoop_worker_new");
      g_assert_true (g_str_has_suffix (file, "/service/worker.c"));
    }
}

static void
find_functions_finished (GObject *source, GAsyncResult *result, gpointer user_data)
{
  keep_result (source, result, user_data);
}

static void
test_the_worker_finds_the_allocator (void)
{
  g_autoptr (MemsnoopWorker) worker = start_real ();
  g_autoptr (MemsnoopModuleTable) table = read_own_modules ();
  gpointer function = dlsym (RTLD_DEFAULT, "qsort");
  guint libc = memsnoop_module_table_find (table, (guint64) function);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (MemsnoopAllocatorModule) allocator = NULL;
  g_autoptr (GError) error = NULL;

  memsnoop_worker_find_functions_async (worker, table, libc, FALSE, NULL, find_functions_finished,
                                        &result);
  allocator = memsnoop_worker_find_functions_finish (worker, wait_for (&result), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (allocator->functions->len, >=, 4);
}

static void
copy_file (const gchar *name, const gchar *folder, const gchar *new_name)
{
  g_autofree gchar *from = fixture_path (name);
  g_autofree gchar *to = g_build_filename (folder, new_name, NULL);
  g_autoptr (GError) error = NULL;
  g_autofree gchar *contents = NULL;
  gsize length;

  g_assert_cmpint (g_mkdir_with_parents (folder, 0755), ==, 0);
  g_assert_true (g_file_get_contents (from, &contents, &length, &error));
  g_assert_true (g_file_set_contents (to, contents, (gssize) length, &error));
}

static guint64
find_inlined_offset (struct place *inlined)
{
  g_autofree gchar *path = fixture_path ("libplaces.so");
  void *library = dlopen (path, RTLD_NOW | RTLD_LOCAL);
  void (*find) (struct place *, struct place *);
  struct place hidden;
  g_autoptr (GPtrArray) mappings = NULL;
  const OwnMapping *mapping;

  g_assert_nonnull (library);
  find = (void (*) (struct place *, struct place *)) dlsym (library, "find_places");
  find (inlined, &hidden);
  mappings = own_process_read_mappings ();
  mapping = own_process_find_mapping (mappings, inlined->address);
  dlclose (library);
  return (guint64) inlined->address - mapping->start + mapping->offset;
}

/* @debug_folder, @debug_name: where in a process's root the debug file of @module lies. */
static void
check_debug_file (const gchar *module,
                  const gchar *debug,
                  const gchar *debug_folder,
                  const gchar *debug_name)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *root = g_dir_make_tmp ("memsnoop-root-XXXXXX", &error);
  g_autofree gchar *folder = g_build_filename (root, debug_folder, NULL);
  g_autofree gchar *path = fixture_path (module);
  g_autoptr (MemsnoopWorker) worker = start_real ();
  g_autoptr (MemsnoopModuleTable) table = NULL;
  g_autoptr (GPtrArray) functions = NULL;
  struct place inlined;
  guint64 offset = find_inlined_offset (&inlined);
  gchar *removal[] = { (gchar *) "rm", (gchar *) "-r", root, NULL };
  guint32 line;

  copy_file (debug, folder, debug_name);
  table = memsnoop_module_table_new (open (root, O_PATH | O_DIRECTORY | O_CLOEXEC), 1);
  g_assert_true (memsnoop_module_table_add (table, "/opt/lib/libplaces.so", 0x10000, 0x20000, 0,
                                            open (path, O_RDONLY | O_CLOEXEC)));
  functions = symbolize (worker, table, 0, &offset, 1, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_variant_n_children (functions->pdata[0]), ==, 3);
  g_variant_get_child (functions->pdata[0], 0, "(&s&su)", NULL, NULL, &line);
  g_assert_cmpuint (line, ==, inlined.lines[0]);
  g_assert_true (
      g_spawn_sync (NULL, removal, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL));
}

static void
test_debug_files_are_found_in_the_process_root (void)
{
  g_autofree gchar *path = fixture_path ("build-id");
  g_autofree gchar *build_id = NULL;
  g_autofree gchar *folder = NULL;
  g_autofree gchar *name = NULL;

  if (syscall (SYS_openat2, -1, NULL, NULL, 0) < 0 && errno == ENOSYS)
    {
      g_test_skip (
          "openat2: this kernel, or what is run between it and the test, has no such call");
      return;
    }
  check_debug_file ("libplaces-plain-stripped.so", "libplaces-plain.debug", "opt/lib/.debug",
                    "libplaces-plain.debug");
  check_debug_file ("libplaces-plain-stripped.so", "libplaces-plain.debug", "usr/lib/debug/opt/lib",
                    "libplaces-plain.debug");
  g_assert_true (g_file_get_contents (path, &build_id, NULL, NULL));
  g_strstrip (build_id);
  g_assert_cmpuint (strlen (build_id), ==, 40);
  folder = g_strdup_printf ("usr/lib/debug/.build-id/%.2s", build_id);
  name = g_strdup_printf ("%s.debug", build_id + 2);
  check_debug_file ("libplaces-stripped.so", "libplaces.debug", folder, name);
}

static gchar *
read_status (guint32 pid, const gchar *name)
{
  g_autofree gchar *path = g_strdup_printf ("/proc/%u/status", pid);
  g_autofree gchar *text = NULL;
  g_autofree gchar *pattern = g_strdup_printf ("\n%s:\t", name);
  const gchar *line;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  line = strstr (text, pattern);
  g_assert_nonnull (line);
  line += strlen (pattern);
  return g_strndup (line, strcspn (line, "\n"));
}

static void
check_status (guint32 pid, const gchar *name, const gchar *expected)
{
  g_autofree gchar *value = read_status (pid, name);

  g_assert_cmpstr (value, ==, expected);
}

static void
test_the_worker_has_no_rights (void)
{
  g_autoptr (MemsnoopWorker) worker = start_real ();
  g_autoptr (MemsnoopModuleTable) table = read_own_modules ();
  guint32 pid;

  check_stack (worker, table);
  pid = memsnoop_worker_get_pid (worker);
  g_assert_cmpuint (pid, !=, 0);
  check_status (pid, "NoNewPrivs", "1");
  check_status (pid, "Seccomp", "2");
  check_status (pid, "CapInh", "0000000000000000");
  check_status (pid, "CapPrm", "0000000000000000");
  check_status (pid, "CapEff", "0000000000000000");
  check_status (pid, "CapAmb", "0000000000000000");
  if (geteuid () == 0)
    {
      g_autofree gchar *users = read_status (pid, "Uid");

      check_status (pid, "Groups", " ");
      g_assert_false (g_str_has_prefix (users, "0\t"));
    }
}

static void
test_a_killed_worker_is_started_again (void)
{
  g_autoptr (MemsnoopWorker) worker = start_real ();
  g_autoptr (MemsnoopModuleTable) table = read_own_modules ();

  check_stack (worker, table);
  for (guint i = 0; i < 3; i++)
    {
      kill ((pid_t) memsnoop_worker_get_pid (worker), SIGKILL);
      while (memsnoop_worker_get_pid (worker) != 0)
        g_main_context_iteration (NULL, TRUE);
      check_stack (worker, table);
    }
  check_figures (worker, 4, 3, 0);
}

/* A worker that is odd in the same way each time: the request fails, and the third time the table
 * is given up. */
static void
check_oddity (const gchar *oddity, gint code, GQuark domain)
{
  g_autoptr (MemsnoopWorker) worker = start_odd (oddity);
  g_autoptr (MemsnoopModuleTable) table = read_own_modules ();
  g_autofree OwnSample *sample = g_new0 (OwnSample, 1);

  own_process_sample (sample, 4096);
  for (guint i = 0; i < MEMSNOOP_WORKER_FAULTS_MAX; i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (unwind (worker, table, sample, &error));
      g_assert_error (error, domain, code);
    }
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (unwind (worker, table, sample, &error));
      g_assert_error (error, MEMSNOOP_ERROR, MEMSNOOP_ERROR_FAILED);
      g_assert_nonnull (strstr (error->message, "3 times"));
    }
  g_assert_cmpuint (memsnoop_worker_get_pid (worker), ==, 0);
}

static void
test_a_worker_that_crashes_costs_the_request (void)
{
  check_oddity ("crashes", MEMSNOOP_ERROR_FAILED, MEMSNOOP_ERROR);
}

static void
test_a_worker_that_hangs_is_killed (void)
{
  gint64 begin = g_get_monotonic_time ();

  check_oddity ("hangs", G_IO_ERROR_TIMED_OUT, G_IO_ERROR);
  g_assert_cmpint (g_get_monotonic_time () - begin, >=,
                   MEMSNOOP_WORKER_FAULTS_MAX * TIME_LIMIT * 1000);
  g_assert_cmpint (g_get_monotonic_time () - begin, <, 20 * G_USEC_PER_SEC);
}

static void
test_a_worker_that_writes_garbage_is_killed (void)
{
  check_oddity ("writes-garbage", MEMSNOOP_ERROR_FAILED, MEMSNOOP_ERROR);
  check_oddity ("answers-others", MEMSNOOP_ERROR_FAILED, MEMSNOOP_ERROR);
}

static void
test_a_worker_that_lies_is_killed (void)
{
  g_autoptr (MemsnoopWorker) worker = start_odd ("lies");
  g_autoptr (MemsnoopModuleTable) table = read_own_modules ();
  g_autoptr (GError) error = NULL;
  guint64 offset = 0;

  check_oddity ("lies", MEMSNOOP_ERROR_FAILED, MEMSNOOP_ERROR);
  g_assert_null (symbolize (worker, table, 0, &offset, 1, &error));
  g_assert_error (error, MEMSNOOP_ERROR, MEMSNOOP_ERROR_FAILED);
}

static void
test_a_worker_that_speaks_unasked_is_killed (void)
{
  g_autoptr (MemsnoopWorker) worker = start_odd ("speaks-unasked");
  g_autoptr (MemsnoopModuleTable) table = read_own_modules ();
  g_autoptr (GError) error = NULL;
  guint64 offset = 0;

  g_assert_null (symbolize (worker, table, 0, &offset, 1, &error));
  g_assert_error (error, MEMSNOOP_ERROR, MEMSNOOP_ERROR_FAILED);
  while (memsnoop_worker_get_pid (worker) != 0)
    g_main_context_iteration (NULL, TRUE);
  check_figures (worker, 1, 1, 1);
}

static void
test_a_worker_that_wants_without_end_is_killed (void)
{
  check_oddity ("wants-forever", MEMSNOOP_ERROR_FAILED, MEMSNOOP_ERROR);
}

static void
test_a_worker_that_ends_at_once_is_not_started_for_ever (void)
{
  g_autoptr (MemsnoopWorker) worker = start_odd ("ends-at-once");
  g_autofree OwnSample *sample = g_new0 (OwnSample, 1);

  own_process_sample (sample, 4096);
  for (guint i = 0; i < MEMSNOOP_WORKER_STARTS_MAX + 5; i++)
    {
      /* Another table each time: it is not a target's fault. */
      g_autoptr (MemsnoopModuleTable) table = read_own_modules ();
      g_autoptr (GError) error = NULL;

      g_assert_null (unwind (worker, table, sample, &error));
      g_assert_error (error, MEMSNOOP_ERROR, MEMSNOOP_ERROR_FAILED);
    }
  check_figures (worker, MEMSNOOP_WORKER_STARTS_MAX, MEMSNOOP_WORKER_STARTS_MAX,
                 MEMSNOOP_WORKER_STARTS_MAX + 5);
}

static void
test_a_program_that_is_not_there_is_an_error (void)
{
  g_autoptr (MemsnoopWorker) worker = memsnoop_worker_new ("/nowhere/memsnoop-symbolizer", 0);
  g_autoptr (MemsnoopModuleTable) table = read_own_modules ();
  g_autofree OwnSample *sample = g_new0 (OwnSample, 1);
  g_autoptr (GError) error = NULL;

  own_process_sample (sample, 4096);
  g_assert_null (unwind (worker, table, sample, &error));
  g_assert_nonnull (error);
}

static void
count_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  guint *counts = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (MemsnoopUnwoundStack) stack =
      memsnoop_worker_unwind_finish (MEMSNOOP_WORKER (source), result, &error);

  if (stack != NULL)
    counts[0]++;
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_BUSY))
    counts[1]++;
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    counts[2]++;
  else
    g_assert_no_error (error);
}

static void
test_the_queue_is_bounded_and_answers_all (void)
{
  g_autoptr (MemsnoopWorker) worker = start_real ();
  g_autoptr (MemsnoopModuleTable) table = read_own_modules ();
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autofree OwnSample *sample = g_new0 (OwnSample, 1);
  g_autoptr (GBytes) stack = NULL;
  guint counts[3] = { 0, 0, 0 };
  guint n = MEMSNOOP_WORKER_QUEUE_MAX + 100;

  own_process_sample (sample, 4096);
  stack = g_bytes_new (sample->stack, sample->length);
  for (guint i = 0; i < n; i++)
    memsnoop_worker_unwind_async (worker, table, sample->registers, sample->base, stack, DEPTH,
                                  NULL, i % 2 == 0 ? cancellable : NULL, count_result, counts);
  g_cancellable_cancel (cancellable);
  while (counts[0] + counts[1] + counts[2] < n)
    g_main_context_iteration (NULL, TRUE);
  /* The first is under way at once, and those behind the queue are refused; a cancelled one is
   * cancelled in any case. */
  g_assert_cmpuint (counts[0], ==, MEMSNOOP_WORKER_QUEUE_MAX / 2);
  g_assert_cmpuint (counts[1], ==, 50);
  g_assert_cmpuint (counts[2], ==, n / 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, test) g_test_add_func ("/worker/" name, test)
#if defined(__x86_64__)
  ADD ("the-worker-unwinds-this-process", test_the_worker_unwinds_this_process);
  ADD ("debug-files-are-found-in-the-process-root", test_debug_files_are_found_in_the_process_root);
  ADD ("the-worker-finds-the-allocator", test_the_worker_finds_the_allocator);
#endif
  ADD ("the-worker-names-functions-of-this-process",
       test_the_worker_names_functions_of_this_process);
  ADD ("the-worker-has-no-rights", test_the_worker_has_no_rights);
  ADD ("a-killed-worker-is-started-again", test_a_killed_worker_is_started_again);
  ADD ("a-worker-that-crashes-costs-the-request", test_a_worker_that_crashes_costs_the_request);
  ADD ("a-worker-that-hangs-is-killed", test_a_worker_that_hangs_is_killed);
  ADD ("a-worker-that-writes-garbage-is-killed", test_a_worker_that_writes_garbage_is_killed);
  ADD ("a-worker-that-lies-is-killed", test_a_worker_that_lies_is_killed);
  ADD ("a-worker-that-speaks-unasked-is-killed", test_a_worker_that_speaks_unasked_is_killed);
  ADD ("a-worker-that-wants-without-end-is-killed", test_a_worker_that_wants_without_end_is_killed);
  ADD ("a-worker-that-ends-at-once-is-not-started-for-ever",
       test_a_worker_that_ends_at_once_is_not_started_for_ever);
  ADD ("a-program-that-is-not-there-is-an-error", test_a_program_that_is_not_there_is_an_error);
  ADD ("the-queue-is-bounded-and-answers-all", test_the_queue_is_bounded_and_answers_all);
  return g_test_run ();
}
