/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads real processes; the iterator needs CAP_BPF and CAP_PERFMON. */
#include "process-memory.h"

#include "known-process.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define CROWD 1000

static void
test_the_iterator_loads_here (void)
{
  g_autofree gchar *reason = NULL;
  gboolean available = memsnoop_process_memory_iterator_available (&reason);

  if (!available)
    g_test_skip (reason);
  else
    g_assert_null (reason);
}

static void
test_all_processes_with_their_memory (void)
{
  pid_t plain_child = known_process_start (NULL),
        child = known_process_start (known_process_allocate);
  g_autoptr (GArray) processes = known_process_read_all ();
  const MemsnoopProcessMemory *plain_process = known_process_find (processes, plain_child);
  const MemsnoopProcessMemory *process = known_process_find (processes, child);

  g_assert_nonnull (plain_process);
  g_assert_nonnull (process);
  g_assert_cmpstr (process->comm, ==, "known\xff amounts");
  g_assert_cmpuint (process->uid, ==, 4711);
  g_assert_cmpuint (process->parent_pid, ==, getpid ());
  g_assert_false (process->kernel_thread);
  /* Either has what it inherited from us, too. */
  g_assert_cmpuint (process->rss_anon, >=, plain_process->rss_anon + ANONYMOUS_BYTES - MEBIBYTE);
  g_assert_cmpuint (process->rss_anon, <=, plain_process->rss_anon + ANONYMOUS_BYTES + MEBIBYTE);
  known_process_assert_near (process->rss_shmem, SHARED_BYTES);
  g_assert_cmpuint (process->swap, ==, 0);
  known_process_end (plain_child);
  known_process_end (child);
}

static void
test_kernel_threads_are_marked (void)
{
  g_autoptr (GArray) processes = known_process_read_all ();
  const MemsnoopProcessMemory *kthreadd = known_process_find (processes, 2);

  if (kthreadd == NULL)
    {
      g_test_skip ("this pid namespace has no kernel threads");
      return;
    }
  g_assert_true (kthreadd->kernel_thread);
  g_assert_cmpstr (kthreadd->comm, ==, "kthreadd");
  g_assert_cmpuint (kthreadd->rss_anon + kthreadd->rss_file + kthreadd->rss_shmem, ==, 0);
}

static const MemsnoopProcessMemory *
read_one (GArray **processes, pid_t pid)
{
  g_clear_pointer (processes, g_array_unref);
  *processes = known_process_read_all ();
  return known_process_find (*processes, pid);
}

/* Tells through @ready that it runs @program now. */
static void
run_program (int ready, const gchar *program)
{
  gchar *const arguments[] = { (gchar *) "/bin/sh", (gchar *) "-c", (gchar *) program, NULL };

  dup2 (ready, STDOUT_FILENO);
  execv (arguments[0], arguments);
  _exit (1);
}

/* A child that runs a program, and another one when it is told to by closing the pipe. */
static void
test_each_exec_is_another_execution (void)
{
  g_autoptr (GArray) processes = NULL;
  int ready[2];
  gchar byte;
  pid_t child;
  guint64 forked, first, second;

  g_assert_cmpint (pipe (ready), ==, 0);
  forked = read_one (&processes, getpid ())->execution;
  g_assert_cmpuint (forked, !=, 0);
  child = fork ();
  if (child == 0)
    run_program (ready[1], "echo; kill -STOP $$; exec /bin/sh -c 'echo; kill -STOP $$'");
  g_assert_cmpint (read (ready[0], &byte, 1), ==, 1);
  first = read_one (&processes, child)->execution;
  g_assert_cmpint (waitpid (child, NULL, WUNTRACED), ==, child);
  g_assert_cmpuint (read_one (&processes, child)->execution, ==, first);
  kill (child, SIGCONT);
  g_assert_cmpint (read (ready[0], &byte, 1), ==, 1);
  second = read_one (&processes, child)->execution;
  if (memsnoop_process_memory_iterator_available (NULL))
    {
      g_assert_cmpuint (first, !=, forked);
      g_assert_cmpuint (second, !=, first);
    }
  known_process_end (child);
  close (ready[0]);
  close (ready[1]);
}

/* A child that runs this executable. */
static pid_t
start_sleep (const gchar *path)
{
  int running[2];
  gchar byte;
  pid_t child;

  /* Its last writer is closed by exec. */
  g_assert_cmpint (pipe2 (running, O_CLOEXEC), ==, 0);
  child = fork ();
  if (child == 0)
    {
      execl (path, "sleep", "1000", NULL);
      _exit (1);
    }
  close (running[1]);
  g_assert_cmpint (read (running[0], &byte, 1), ==, 0);
  close (running[0]);
  return child;
}

static void
test_files_tell_of_another_executable (void)
{
  pid_t child = known_process_start (NULL), other = start_sleep ("/bin/sleep");
  g_autoptr (GArray) processes = NULL;
  guint64 own;

  processes = memsnoop_process_memory_read_from_files (NULL);
  own = known_process_find (processes, getpid ())->execution;
  g_assert_cmpuint (own, !=, 0);
  g_assert_cmpuint (known_process_find (processes, child)->execution, ==, own);
  g_assert_cmpuint (known_process_find (processes, other)->execution, !=, own);
  g_assert_cmpuint (known_process_find (processes, other)->control_group, ==, 0);
  known_process_end (child);
  known_process_end (other);
}

/* As an upgrade does with the executables of what runs. */
static void
test_a_deleted_executable_is_no_other_one (void)
{
  g_autofree gchar *folder = g_dir_make_tmp ("memsnoop-process-memory-XXXXXX", NULL);
  g_autofree gchar *program = g_build_filename (folder, "sleep", NULL);
  const gchar *copy[] = { "cp", "/bin/sleep", program, NULL };
  g_autoptr (GArray) before = NULL;
  g_autoptr (GArray) after = NULL;
  pid_t child;

  g_assert_true (g_spawn_sync (NULL, (gchar **) copy, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL,
                               NULL, NULL, NULL));
  child = start_sleep (program);
  before = memsnoop_process_memory_read_from_files (NULL);
  g_assert_cmpint (g_unlink (program), ==, 0);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
  after = memsnoop_process_memory_read_from_files (NULL);
  g_assert_cmpuint (known_process_find (after, child)->execution, !=, 0);
  g_assert_cmpuint (known_process_find (after, child)->execution, ==,
                    known_process_find (before, child)->execution);
  known_process_end (child);
}

/* Our folder where all of the machine has this version of control groups, or where some of it has;
 * 0 when neither is mounted here. The id of a control group is its folder's inode number. */
static guint64
find_control_group (const gchar *path)
{
  const gchar *const roots[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified" };

  for (gsize i = 0; i < G_N_ELEMENTS (roots); i++)
    {
      g_autofree gchar *controllers = g_build_filename (roots[i], "cgroup.controllers", NULL);
      g_autofree gchar *folder = g_build_filename (roots[i], path, NULL);
      struct stat status;

      if (g_file_test (controllers, G_FILE_TEST_EXISTS) && stat (folder, &status) == 0)
        return status.st_ino;
    }
  return 0;
}

static guint64
own_control_group (void)
{
  g_autofree gchar *groups = NULL;
  g_auto (GStrv) lines = NULL;

  if (!g_file_get_contents ("/proc/self/cgroup", &groups, NULL, NULL))
    return 0;
  lines = g_strsplit (groups, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    if (g_str_has_prefix (lines[i], "0::"))
      return find_control_group (lines[i] + strlen ("0::"));
  return 0;
}

static void
test_the_control_group_is_known (void)
{
  pid_t child = known_process_start (NULL);
  g_autoptr (GArray) processes = known_process_read_all ();
  guint64 id = own_control_group (),
          seen = known_process_find (processes, getpid ())->control_group;

  g_assert_cmpuint (known_process_find (processes, child)->control_group, ==, seen);
  if (memsnoop_process_memory_iterator_available (NULL) && id != 0)
    g_assert_cmpuint (seen, ==, id);
  known_process_end (child);
}

static void
test_files_tell_what_the_iterator_tells (void)
{
  pid_t child = known_process_start (known_process_allocate);
  g_autoptr (GArray) processes = known_process_read_all ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) from_files = memsnoop_process_memory_read_from_files (&error);
  const MemsnoopProcessMemory *process = known_process_find (processes, child);
  const MemsnoopProcessMemory *by_file = known_process_find (from_files, child);

  g_assert_no_error (error);
  g_assert_cmpstr (by_file->comm, ==, process->comm);
  g_assert_cmpuint (by_file->uid, ==, process->uid);
  g_assert_cmpuint (by_file->parent_pid, ==, process->parent_pid);
  g_assert_cmpuint (process->start_time - by_file->start_time, <, 10000000);
  g_assert_false (by_file->kernel_thread);
  known_process_assert_near (by_file->rss_anon, process->rss_anon);
  known_process_assert_near (by_file->rss_file, process->rss_file);
  known_process_assert_near (by_file->rss_shmem, process->rss_shmem);
  g_assert_cmpuint (by_file->swap, ==, process->swap);
  known_process_end (child);
}

static void
test_the_shares_are_read (void)
{
  pid_t child = known_process_start (known_process_allocate);
  g_autoptr (GArray) processes = known_process_read_all ();
  const MemsnoopProcessMemory *process = known_process_find (processes, child);
  MemsnoopProcessDetails details;
  g_autoptr (GError) error = NULL;

  g_assert_true (
      memsnoop_process_memory_read_shares ((guint32) child, process->start_time, &details, &error));
  g_assert_no_error (error);
  known_process_assert_near (details.rss_anon, process->rss_anon);
  g_assert_cmpuint (details.rss_shmem, ==, SHARED_BYTES);
  g_assert_true (details.has_pss);
  /* What the child touched is its own, and of the parent's pages it has a share. */
  g_assert_cmpuint (details.uss, >=, ANONYMOUS_BYTES + SHARED_BYTES);
  g_assert_cmpuint (details.pss, >=, details.uss);
  g_assert_cmpuint (details.pss, <=, details.rss_anon + details.rss_file + details.rss_shmem);
  known_process_end (child);
}

/* For them the kernel walks all pages of the process. */
static void
test_details_come_without_the_shares (void)
{
  pid_t child = known_process_start (known_process_allocate);
  g_autoptr (GArray) processes = known_process_read_all ();
  guint64 start_time = known_process_find (processes, child)->start_time;
  MemsnoopProcessDetails details;

  g_assert_true (
      memsnoop_process_memory_read_details ((guint32) child, start_time, &details, NULL));
  g_assert_false (details.has_pss);
  g_assert_cmpuint (details.pss, ==, 0);
  g_assert_cmpuint (details.rss_shmem, ==, SHARED_BYTES);
  known_process_end (child);
}

static void
assert_gone (guint32 pid, guint64 start_time)
{
  MemsnoopProcessDetails details;
  g_autoptr (GError) error = NULL;

  g_assert_false (memsnoop_process_memory_read_details (pid, start_time, &details, &error));
  g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_UNIX_PROCESS_ID_UNKNOWN);
}

static void
test_another_process_of_the_pid_is_not_read (void)
{
  pid_t child = known_process_start (NULL);
  g_autoptr (GArray) processes = known_process_read_all ();
  guint64 start_time = known_process_find (processes, child)->start_time;

  assert_gone ((guint32) child, start_time - 20000000);
  assert_gone ((guint32) child, start_time + 20000000);
  known_process_end (child);
  assert_gone ((guint32) child, start_time);
  assert_gone (0, start_time);
}

static void
test_a_kernel_thread_has_no_shares (void)
{
  g_autoptr (GArray) processes = known_process_read_all ();
  const MemsnoopProcessMemory *kthreadd = known_process_find (processes, 2);
  MemsnoopProcessDetails details;
  g_autoptr (GError) error = NULL;

  if (kthreadd == NULL)
    {
      g_test_skip ("this pid namespace has no kernel threads");
      return;
    }
  g_assert_true (memsnoop_process_memory_read_shares (2, kthreadd->start_time, &details, &error));
  g_assert_false (details.has_pss);
  g_assert_cmpuint (details.rss_anon, ==, 0);
}

static gpointer
read_repeatedly (gpointer unused)
{
  for (guint i = 0; i < 50; i++)
    {
      g_autoptr (GArray) processes = known_process_read_all ();

      g_assert_nonnull (known_process_find (processes, getpid ()));
    }
  return NULL;
}

static void
test_threads_may_read_at_the_same_time (void)
{
  GThread *threads[4];

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("reads", read_repeatedly, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
}

static gdouble
milliseconds (GArray *(*read_function) (GError **) )
{
  gdouble best = G_MAXDOUBLE;

  for (guint i = 0; i < 5; i++)
    {
      gint64 begin = g_get_monotonic_time ();
      g_autoptr (GArray) processes = read_function (NULL);
      gdouble elapsed = (gdouble) (g_get_monotonic_time () - begin) / 1000;

      g_assert_cmpuint (processes->len, >, CROWD);
      best = MIN (best, elapsed);
    }
  return best;
}

static void
test_a_thousand_processes_are_read_in_milliseconds (void)
{
  g_autofree pid_t *crowd = g_new (pid_t, CROWD);
  gdouble iterator, files;

  for (guint i = 0; i < CROWD; i++)
    crowd[i] = known_process_start (NULL);
  iterator = milliseconds (memsnoop_process_memory_read_all);
  files = milliseconds (memsnoop_process_memory_read_from_files);
  g_test_message ("%.2f ms by the iterator, %.2f ms from /proc", iterator, files);
  for (guint i = 0; i < CROWD; i++)
    known_process_end (crowd[i]);
  if (memsnoop_process_memory_iterator_available (NULL))
    g_assert_cmpfloat (iterator, <, 20);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/process-memory/the-iterator-loads-here", test_the_iterator_loads_here);
  g_test_add_func ("/process-memory/all-processes-with-their-memory",
                   test_all_processes_with_their_memory);
  g_test_add_func ("/process-memory/kernel-threads-are-marked", test_kernel_threads_are_marked);
  g_test_add_func ("/process-memory/each-exec-is-another-execution",
                   test_each_exec_is_another_execution);
  g_test_add_func ("/process-memory/files-tell-of-another-executable",
                   test_files_tell_of_another_executable);
  g_test_add_func ("/process-memory/a-deleted-executable-is-no-other-one",
                   test_a_deleted_executable_is_no_other_one);
  g_test_add_func ("/process-memory/the-control-group-is-known", test_the_control_group_is_known);
  g_test_add_func ("/process-memory/files-tell-what-the-iterator-tells",
                   test_files_tell_what_the_iterator_tells);
  g_test_add_func ("/process-memory/the-shares-are-read", test_the_shares_are_read);
  g_test_add_func ("/process-memory/details-come-without-the-shares",
                   test_details_come_without_the_shares);
  g_test_add_func ("/process-memory/another-process-of-the-pid-is-not-read",
                   test_another_process_of_the_pid_is_not_read);
  g_test_add_func ("/process-memory/a-kernel-thread-has-no-shares",
                   test_a_kernel_thread_has_no_shares);
  g_test_add_func ("/process-memory/threads-may-read-at-the-same-time",
                   test_threads_may_read_at_the_same_time);
  g_test_add_func ("/process-memory/a-thousand-processes-are-read-in-milliseconds",
                   test_a_thousand_processes_are_read_in_milliseconds);
  return g_test_run ();
}
