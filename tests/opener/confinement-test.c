/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is left to the opener under its filter of system calls. Each case is tried in a process of
 * its own. */
#include "confinement.h"
#include "filter-attempt.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static void
assert_killed (FilterAttempt attempt)
{
  filter_attempt_assert_killed (memsnoop_confinement_load_filter, attempt);
}

static void
assert_allowed (FilterAttempt attempt)
{
  filter_attempt_assert_allowed (memsnoop_confinement_load_filter, attempt);
}

static int
open_for_writing (void)
{
  return openat (AT_FDCWD, "/dev/null", O_WRONLY) < 0;
}

static int
open_for_both (void)
{
  return openat (AT_FDCWD, "/dev/null", O_RDWR) < 0;
}

static int
create (void)
{
  return openat (AT_FDCWD, "/nowhere/at/all", O_RDONLY | O_CREAT, 0600) < 0;
}

static int
truncate_at_opening (void)
{
  return openat (AT_FDCWD, "/nowhere/at/all", O_RDONLY | O_TRUNC) < 0;
}

/* With CAP_DAC_READ_SEARCH this opens any file by its number. */
static int
open_by_handle (void)
{
  return (int) syscall (SYS_open_by_handle_at, AT_FDCWD, NULL, O_RDONLY);
}

static int
open_in_another_way (void)
{
  return (int) syscall (SYS_openat2, AT_FDCWD, "/proc/self/stat", NULL, 0);
}

static int
list_folder (void)
{
  gchar buffer[256];

  return (int) syscall (SYS_getdents64, 0, buffer, sizeof buffer);
}

static int
write_anything (void)
{
  return write (STDERR_FILENO, "", 0) < 0;
}

static int
look_into_parent (void)
{
  return (int) ptrace (PTRACE_ATTACH, getppid (), NULL, NULL);
}

static int
read_memory_of_parent (void)
{
  struct iovec nothing = { NULL, 0 };

  return (int) process_vm_readv (1, &nothing, 1, &nothing, 1, 0);
}

static int
make_socket (void)
{
  return socket (AF_UNIX, SOCK_STREAM, 0);
}

static int
signal_parent (void)
{
  return kill (1, 0);
}

static int
execute (void)
{
  return execl ("/bin/true", "true", NULL);
}

static int
map_code (void)
{
  return mmap (NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED;
}

static int
make_namespace (void)
{
  return (int) syscall (SYS_clone, SIGCHLD | CLONE_NEWUSER, 0, 0, 0, 0);
}

static int
make_thread (void)
{
  return (int) syscall (SYS_clone, CLONE_VM | CLONE_SIGHAND | CLONE_THREAD, 0, 0, 0, 0);
}

static int
become_dumpable (void)
{
  return prctl (PR_SET_DUMPABLE, 1, 0, 0, 0);
}

static int
control_terminal (void)
{
  return ioctl (STDIN_FILENO, TIOCSTI, "x");
}

static int
stat_by_path (void)
{
  struct stat status;

  return stat ("/etc/shadow", &status);
}

static void
test_what_is_not_needed_ends_the_process (void)
{
  static const FilterAttempt attempts[] = {
    open_for_writing, open_for_both,
    create,           truncate_at_opening,
    open_by_handle,   open_in_another_way,
    list_folder,      write_anything,
    look_into_parent, read_memory_of_parent,
    make_socket,      signal_parent,
    execute,          map_code,
    make_namespace,   make_thread,
    become_dumpable,  control_terminal,
    stat_by_path,
  };

  for (guint i = 0; i < G_N_ELEMENTS (attempts); i++)
    assert_killed (attempts[i]);
}

static int
read_file (void)
{
  gchar byte;
  struct stat status;
  int descriptor = openat (AT_FDCWD, "/proc/self/stat", O_RDONLY | O_CLOEXEC);

  return descriptor < 0 || fstat (descriptor, &status) != 0 || read (descriptor, &byte, 1) != 1 ||
         close (descriptor) != 0;
}

static int
make_process (void)
{
  long child = syscall (SYS_clone, SIGCHLD, 0, 0, 0, 0);
  int status = 1;

  if (child == 0)
    _exit (0);
  return waitpid ((pid_t) child, &status, 0) != child || status != 0;
}

static void
test_what_is_needed_works (void)
{
  assert_allowed (read_file);
  assert_allowed (make_process);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/confinement/what-is-not-needed-ends-the-process",
                   test_what_is_not_needed_ends_the_process);
  g_test_add_func ("/confinement/what-is-needed-works", test_what_is_needed_works);
  return g_test_run ();
}
