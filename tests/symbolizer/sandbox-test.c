/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is left to a process in the worker's sandbox. Each case is tried in a process of its own. */
#include "filter-attempt.h"
#include "sandbox.h"
#include "system-call-filter.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void
assert_killed (FilterAttempt attempt)
{
  filter_attempt_assert_killed (memsnoop_system_call_filter_load, attempt);
}

static void
assert_allowed (FilterAttempt attempt)
{
  filter_attempt_assert_allowed (memsnoop_system_call_filter_load, attempt);
}

static int
make_socket (void)
{
  return socket (AF_UNIX, SOCK_STREAM, 0);
}

static int
make_process (void)
{
  return fork () < 0;
}

static int
execute (void)
{
  return execl ("/bin/true", "true", NULL);
}

static int
look_into_parent (void)
{
  return (int) ptrace (PTRACE_ATTACH, getppid (), NULL, NULL);
}

static int
signal_parent (void)
{
  return kill (getppid (), 0);
}

static int
map_executable (void)
{
  return mmap (NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED;
}

static int
raise_memory_limit (void)
{
  struct rlimit limit = { RLIM_INFINITY, RLIM_INFINITY };

  return setrlimit (RLIMIT_AS, &limit);
}

static int
write_to_descriptor (void)
{
  return write (STDERR_FILENO, "", 0) < 0;
}

static void
test_what_is_not_needed_ends_the_process (void)
{
  assert_killed (make_socket);
  assert_killed (make_process);
  assert_killed (execute);
  assert_killed (look_into_parent);
  assert_killed (signal_parent);
  assert_killed (map_executable);
  assert_killed (raise_memory_limit);
  assert_killed (write_to_descriptor);
}

static int
open_by_path (void)
{
  struct stat status;

  return open ("/etc/passwd", O_RDONLY) != -1 || errno != EACCES ||
         stat ("/etc/passwd", &status) != -1 || errno != EACCES;
}

static void
test_no_file_is_found_by_its_path (void)
{
  assert_allowed (open_by_path);
}

static int file;

static int
read_descriptor (void)
{
  struct stat status;
  gchar byte = 0;
  void *memory = mmap (NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

  return fstat (file, &status) != 0 || !S_ISREG (status.st_mode) ||
         pread (file, &byte, 1, 0) != 1 || fcntl (file, F_GETFD) < 0 || memory == MAP_FAILED ||
         munmap (memory, 4096) != 0;
}

static void
test_what_was_handed_over_is_read (void)
{
  file = open ("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  g_assert_cmpint (file, >=, 0);
  assert_allowed (read_descriptor);
  close (file);
}

static int
check_inside (int socket)
{
  struct rlimit limit;

  if (fcntl (file, F_GETFD) != -1 || fcntl (socket, F_GETFD) < 0)
    return 1;
  /* The standard ones lead nowhere. */
  for (int i = 0; i <= STDERR_FILENO; i++)
    if (fcntl (i, F_GETFD) < 0)
      return 2;
  if (getrlimit (RLIMIT_CPU, &limit) != 0)
    return 3;
  return 0;
}

static void
test_only_the_socket_stays_open (void)
{
  int sockets[2];
  pid_t child;
  int status;

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets), ==, 0);
  file = open ("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  child = fork ();
  if (child == 0)
    _exit (memsnoop_sandbox_enter (sockets[1], "nobody", NULL) ? check_inside (sockets[1]) : 100);
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, 0);
  close (file);
  close (sockets[0]);
  close (sockets[1]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sandbox/what-is-not-needed-ends-the-process",
                   test_what_is_not_needed_ends_the_process);
  g_test_add_func ("/sandbox/no-file-is-found-by-its-path", test_no_file_is_found_by_its_path);
  g_test_add_func ("/sandbox/what-was-handed-over-is-read", test_what_was_handed_over_is_read);
  g_test_add_func ("/sandbox/only-the-socket-stays-open", test_only_the_socket_stays_open);
  return g_test_run ();
}
