/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "known-process.h"

#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

GArray *
known_process_read_all (void)
{
  g_autoptr (GError) error = NULL;
  GArray *processes = memsnoop_process_memory_read_all (&error);

  g_assert_no_error (error);
  return processes;
}

const MemsnoopProcessMemory *
known_process_find (GArray *processes, pid_t pid)
{
  const MemsnoopProcessMemory *found = NULL;

  for (guint i = 0; i < processes->len; i++)
    {
      const MemsnoopProcessMemory *process = &g_array_index (processes, MemsnoopProcessMemory, i);

      if (process->pid != (guint32) pid)
        continue;
      g_assert_null (found);
      found = process;
    }
  return found;
}

/* A child that waits until it is killed, after @prepare has run in it. */
pid_t
known_process_start (void (*prepare) (void))
{
  int ready[2];
  gchar byte;
  pid_t child;

  g_assert_cmpint (pipe (ready), ==, 0);
  child = fork ();
  g_assert_cmpint (child, >=, 0);
  if (child == 0)
    {
      close (ready[0]);
      if (prepare != NULL)
        prepare ();
      /* A change of user would have taken it away. */
      prctl (PR_SET_PDEATHSIG, SIGKILL);
      close (ready[1]);
      while (TRUE)
        pause ();
    }
  close (ready[1]);
  g_assert_cmpint (read (ready[0], &byte, 1), ==, 0);
  close (ready[0]);
  return child;
}

void
known_process_end (pid_t child)
{
  kill (child, SIGKILL);
  g_assert_cmpint (waitpid (child, NULL, 0), ==, child);
}

static void
touch (int flags, gsize bytes)
{
  gchar *memory = mmap (NULL, bytes, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1, 0);

  if (memory == MAP_FAILED)
    _exit (1);
  memset (memory, 1, bytes);
}

void
known_process_allocate (void)
{
  prctl (PR_SET_NAME, "known\xff amounts");
  touch (MAP_PRIVATE, ANONYMOUS_BYTES);
  touch (MAP_SHARED, SHARED_BYTES);
  if (setresuid (4711, 4712, 4713) != 0)
    _exit (1);
}

/* The kernel's counters lag behind by a batch of pages for each CPU. */
guint64
known_process_tolerance (void)
{
  guint64 processors = (guint64) sysconf (_SC_NPROCESSORS_ONLN);

  return MAX (32, 2 * processors) * processors * (guint64) sysconf (_SC_PAGESIZE);
}

void
known_process_assert_near (guint64 value, guint64 expected)
{
  g_assert_cmpuint (value, <=, expected + known_process_tolerance ());
  g_assert_cmpuint (value + known_process_tolerance (), >=, expected);
}
