/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the threads and the groups of a process have to do with its memory. */
#include "process-memory.h"

#include "known-process.h"

#include <grp.h>
#include <linux/limits.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

static gpointer
wait_in_thread (gpointer unused)
{
  pause ();
  return NULL;
}

static void
start_threads (void)
{
  for (guint i = 0; i < 3; i++)
    g_thread_new ("waits", wait_in_thread, NULL);
}

static void
test_threads_are_no_processes (void)
{
  pid_t child = known_process_start (start_threads);
  g_autoptr (GArray) processes = known_process_read_all ();
  guint n = 0;

  for (guint i = 0; i < processes->len; i++)
    n += g_array_index (processes, MemsnoopProcessMemory, i).parent_pid == (guint32) getpid ();
  g_assert_cmpuint (n, ==, 1);
  g_assert_nonnull (known_process_find (processes, child));
  known_process_end (child);
}

static void
join_all_groups (void)
{
  g_autofree gid_t *groups = g_new (gid_t, NGROUPS_MAX);

  for (guint i = 0; i < NGROUPS_MAX; i++)
    groups[i] = 4000000000 + i;
  if (setgroups (NGROUPS_MAX, groups) != 0)
    _exit (1);
  known_process_allocate ();
}

/* They come before the memory in what the kernel tells of a process, which is 704 KiB long then. */
static void
test_a_process_with_many_groups_has_its_memory (void)
{
  pid_t plain_child = known_process_start (known_process_allocate),
        child = known_process_start (join_all_groups);
  g_autoptr (GArray) from_files = memsnoop_process_memory_read_from_files (NULL);
  const MemsnoopProcessMemory *plain_process = known_process_find (from_files, plain_child);
  const MemsnoopProcessMemory *process = known_process_find (from_files, child);
  MemsnoopProcessDetails details;

  g_assert_nonnull (process);
  g_assert_cmpuint (process->rss_anon, >=, ANONYMOUS_BYTES);
  g_assert_cmpuint (process->rss_anon, <=, plain_process->rss_anon + MEBIBYTE);
  g_assert_true (
      memsnoop_process_memory_read_details ((guint32) child, process->start_time, &details, NULL));
  g_assert_cmpuint (details.rss_anon, ==, process->rss_anon);
  g_assert_cmpuint (details.rss_shmem, ==, SHARED_BYTES);
  known_process_end (plain_child);
  known_process_end (child);
}

/* The first thread has exited, but not been reaped: its memory is gone then, and so is what it ran.
 */
static void
wait_for_first_thread (void)
{
  g_autofree gchar *executable = g_strdup_printf ("/proc/%d/task/%d/exe", getpid (), getpid ());
  gchar path[PATH_MAX];

  while (readlink (executable, path, sizeof path) >= 0)
    g_usleep (1000);
}

static gpointer
outlive_first_thread (gpointer ready)
{
  wait_for_first_thread ();
  known_process_allocate ();
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  close (GPOINTER_TO_INT (ready));
  return wait_in_thread (NULL);
}

/* A child with known amounts of memory, in which only the last of its threads still lives. */
static pid_t
start_child_without_first_thread (void)
{
  int ready[2];
  gchar byte;
  pid_t child;

  g_assert_cmpint (pipe (ready), ==, 0);
  child = fork ();
  if (child == 0)
    {
      g_thread_new ("lives on", outlive_first_thread, GINT_TO_POINTER (ready[1]));
      pthread_exit (NULL);
    }
  close (ready[1]);
  g_assert_cmpint (read (ready[0], &byte, 1), ==, 0);
  close (ready[0]);
  return child;
}

static void
assert_known_amounts (GArray *processes, pid_t child)
{
  const MemsnoopProcessMemory *inherited = known_process_find (processes, getpid ());
  const MemsnoopProcessMemory *process = known_process_find (processes, child);

  g_assert_nonnull (process);
  g_assert_false (process->kernel_thread);
  g_assert_cmpuint (process->parent_pid, ==, getpid ());
  g_assert_cmpuint (process->execution, !=, 0);
  g_assert_cmpuint (process->rss_anon + known_process_tolerance (), >=, ANONYMOUS_BYTES);
  g_assert_cmpuint (process->rss_anon, <=, inherited->rss_anon + ANONYMOUS_BYTES + 2 * MEBIBYTE);
  known_process_assert_near (process->rss_shmem, SHARED_BYTES);
}

static void
test_a_process_without_its_first_thread_has_its_memory (void)
{
  pid_t child = start_child_without_first_thread ();
  g_autoptr (GArray) processes = known_process_read_all ();
  g_autoptr (GArray) from_files = memsnoop_process_memory_read_from_files (NULL);
  MemsnoopProcessDetails details;

  assert_known_amounts (from_files, child);
  assert_known_amounts (processes, child);
  g_assert_true (memsnoop_process_memory_read_details (
      (guint32) child, known_process_find (processes, child)->start_time, &details, NULL));
  g_assert_cmpuint (details.rss_shmem, ==, SHARED_BYTES);
  known_process_end (child);
}

static void
leave_a_zombie (void)
{
  if (fork () == 0)
    _exit (0);
}

static void
test_a_zombie_has_no_memory (void)
{
  pid_t child = known_process_start (leave_a_zombie);
  g_autoptr (GArray) processes = known_process_read_all ();
  const MemsnoopProcessMemory *zombie = NULL;

  for (guint i = 0; i < processes->len && zombie == NULL; i++)
    if (g_array_index (processes, MemsnoopProcessMemory, i).parent_pid == (guint32) child)
      zombie = &g_array_index (processes, MemsnoopProcessMemory, i);
  g_assert_nonnull (zombie);
  g_assert_cmpuint (zombie->rss_anon + zombie->rss_file + zombie->rss_shmem, ==, 0);
  known_process_end (child);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/process-threads/threads-are-no-processes", test_threads_are_no_processes);
  g_test_add_func ("/process-threads/a-process-with-many-groups-has-its-memory",
                   test_a_process_with_many_groups_has_its_memory);
  g_test_add_func ("/process-threads/a-process-without-its-first-thread-has-its-memory",
                   test_a_process_without_its_first_thread_has_its_memory);
  g_test_add_func ("/process-threads/a-zombie-has-no-memory", test_a_zombie_has_no_memory);
  return g_test_run ();
}
