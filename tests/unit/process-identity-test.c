/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "process-identity.h"

#include "forked-child.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

static guint64
boot_time_now (void)
{
  struct timespec now;

  clock_gettime (CLOCK_BOOTTIME, &now);
  return (guint64) now.tv_sec * 1000000000 + (guint64) now.tv_nsec;
}

static MemsnoopProcessIdentity *
open_identity (pid_t pid)
{
  g_autoptr (GError) error = NULL;
  MemsnoopProcessIdentity *identity = memsnoop_process_identity_open ((guint32) pid, &error);

  g_assert_no_error (error);
  return identity;
}

/* As the kernel tells it, also under valgrind, which answers readlink() of this path by itself. */
static gchar *
read_own_executable (void)
{
  gchar path[PATH_MAX] = "";
  int directory = open ("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);

  g_assert_cmpint (readlinkat (directory, "exe", path, sizeof path - 1), >, 0);
  close (directory);
  return g_strdup (path);
}

static void
test_one_knows_oneself (void)
{
  g_autoptr (MemsnoopProcessIdentity) identity = open_identity (getpid ());
  g_autofree gchar *executable = memsnoop_process_identity_read_executable (identity);
  g_autofree gchar *expected = read_own_executable ();

  g_assert_cmpuint (identity->real_uid, ==, getuid ());
  g_assert_cmpuint (identity->effective_uid, ==, geteuid ());
  g_assert_false (identity->kernel_thread);
  g_assert_cmpstr (executable, ==, expected);
  g_assert_cmpuint (identity->start_time, <, boot_time_now ());
  g_assert_true (memsnoop_process_identity_is_own (identity, getuid ()));
  g_assert_false (memsnoop_process_identity_is_own (identity, getuid () + 1));
}

static void
test_a_child_starts_now (void)
{
  guint64 before = boot_time_now ();
  pid_t child = forked_child_start (NULL);
  g_autoptr (MemsnoopProcessIdentity) identity = open_identity (child);

  g_assert_cmpuint (identity->start_time, >=, before - 20 * 1000000);
  g_assert_cmpuint (identity->start_time, <=, boot_time_now ());
  g_assert_cmpuint (memsnoop_round_start_time (identity->start_time + 1), ==, identity->start_time);
  g_assert_true (memsnoop_process_identity_started_at (identity, identity->start_time + 1));
  g_assert_false (memsnoop_process_identity_started_at (identity, identity->start_time - 1));
  forked_child_end (child);
}

static void
take_odd_name (void)
{
  prctl (PR_SET_NAME, "a) S 1 (\n\377");
}

static void
test_a_name_cannot_forge_the_other_fields (void)
{
  pid_t child = forked_child_start (take_odd_name);
  g_autoptr (MemsnoopProcessIdentity) identity = open_identity (child);

  g_assert_cmpstr (identity->comm, ==, "a) S 1 (\n\377");
  g_assert_false (identity->kernel_thread);
  g_assert_cmpuint (identity->start_time, >, 1000000000);
  forked_child_end (child);
}

static void
assert_no_process (guint32 pid)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MemsnoopProcessIdentity) identity = memsnoop_process_identity_open (pid, &error);

  g_assert_null (identity);
  g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_UNIX_PROCESS_ID_UNKNOWN);
}

static void
test_pids_without_a_process_are_unknown (void)
{
  pid_t child = forked_child_start (NULL);

  forked_child_end (child);
  assert_no_process ((guint32) child);
  assert_no_process (0);
  assert_no_process (G_MAXUINT32);
  assert_no_process (G_MAXINT32);
}

static gpointer
tell_thread_id (gpointer data)
{
  guint32 *id = data;

  *id = (guint32) gettid ();
  assert_no_process (*id);
  return NULL;
}

static void
test_a_thread_is_no_process (void)
{
  guint32 id = 0;

  g_thread_join (g_thread_new ("test", tell_thread_id, &id));
  g_assert_cmpuint (id, !=, (guint32) getpid ());
}

static void
test_a_process_that_has_exited_is_not_opened_again (void)
{
  pid_t child = forked_child_start (NULL);
  g_autoptr (MemsnoopProcessIdentity) identity = open_identity (child);
  g_autoptr (MemsnoopProcessIdentity) again = NULL;
  g_autoptr (MemsnoopProcessIdentity) other = NULL;
  g_autoptr (GError) error = NULL;

  again = memsnoop_process_identity_open_again (identity->pid, identity->start_time, &error);
  g_assert_no_error (error);
  g_assert_nonnull (again);

  /* As if the pid had been used again. */
  other =
      memsnoop_process_identity_open_again (identity->pid, identity->start_time - 10000000, &error);
  g_assert_null (other);
  g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_UNIX_PROCESS_ID_UNKNOWN);
  forked_child_end (child);
}

static void
become_undumpable_nobody (void)
{
  /* This leaves the process not dumpable. */
  if (setresuid (NOBODY, NOBODY, NOBODY) != 0)
    _exit (1);
}

static void
become_half_nobody (void)
{
  if (setresuid (NOBODY, NOBODY, 0) != 0 || prctl (PR_SET_DUMPABLE, 1) != 0)
    _exit (1);
}

static gboolean
is_nobodys_own (void (*prepare) (void))
{
  pid_t child = forked_child_start (prepare);
  g_autoptr (MemsnoopProcessIdentity) identity = open_identity (child);

  forked_child_end (child);
  return memsnoop_process_identity_is_own (identity, NOBODY);
}

static void
test_own_means_all_user_ids_and_dumpable (void)
{
  if (geteuid () != 0)
    {
      g_test_skip ("only root can become another user");
      return;
    }
  g_assert_true (is_nobodys_own (forked_child_become_nobody));
  g_assert_false (is_nobodys_own (become_undumpable_nobody));
  g_assert_false (is_nobodys_own (become_half_nobody));
  g_assert_false (is_nobodys_own (NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/process-identity/one-knows-oneself", test_one_knows_oneself);
  g_test_add_func ("/process-identity/a-child-starts-now", test_a_child_starts_now);
  g_test_add_func ("/process-identity/a-name-cannot-forge-the-other-fields",
                   test_a_name_cannot_forge_the_other_fields);
  g_test_add_func ("/process-identity/pids-without-a-process-are-unknown",
                   test_pids_without_a_process_are_unknown);
  g_test_add_func ("/process-identity/a-thread-is-no-process", test_a_thread_is_no_process);
  g_test_add_func ("/process-identity/a-process-that-has-exited-is-not-opened-again",
                   test_a_process_that_has_exited_is_not_opened_again);
  g_test_add_func ("/process-identity/own-means-all-user-ids-and-dumpable",
                   test_own_means_all_user_ids_and_dumpable);
  return g_test_run ();
}
