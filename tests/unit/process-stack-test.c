/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a program began with, read from its memory, is what its files in /proc say. */
#include "process-stack.h"

#include <signal.h>
#include <sys/wait.h>

typedef struct
{
  GPid pid;
  MemsnoopProcessIdentity *identity;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  const gchar *arguments[] = { "sleep", "60", NULL };
  const gchar *environment[] = { "LD_PRELOAD=", "FIRST=one", "EMPTY=", "SECOND=two words", NULL };
  g_autoptr (GError) error = NULL;

  g_assert_true (g_spawn_async (NULL, (gchar **) arguments, (gchar **) environment,
                                G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL,
                                &fixture->pid, &error));
  g_assert_no_error (error);
  fixture->identity = memsnoop_process_identity_open ((guint32) fixture->pid, &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  memsnoop_process_identity_free (fixture->identity);
  kill (fixture->pid, SIGKILL);
  waitpid (fixture->pid, NULL, 0);
}

static void
assert_as_in_file (Fixture *fixture, const gchar *name, const GByteArray *bytes)
{
  g_autofree gchar *path = g_strdup_printf ("/proc/%d/%s", fixture->pid, name);
  g_autofree gchar *expected = NULL;
  g_autoptr (GError) error = NULL;
  gsize length;

  g_file_get_contents (path, &expected, &length, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (length, >, 0);
  /* The file goes on behind the end of the vector. */
  g_assert_cmpuint (length, >=, bytes->len);
  g_assert_cmpmem (bytes->data, bytes->len, expected, bytes->len);
}

static void
test_the_vector_is_that_of_the_kernel (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GByteArray) bytes = memsnoop_process_stack_read_vector (fixture->identity, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (bytes->len, >, 10 * 2 * sizeof (guint64));
  assert_as_in_file (fixture, "auxv", bytes);
}

static void
test_the_environment_is_that_of_the_kernel (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GByteArray) bytes =
      memsnoop_process_stack_read_environment (fixture->identity, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (bytes->len, ==, sizeof "LD_PRELOAD=\0FIRST=one\0EMPTY=\0SECOND=two words");
  assert_as_in_file (fixture, "environ", bytes);
}

static void
test_what_has_no_memory_has_no_beginning (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  siginfo_t information;

  kill (fixture->pid, SIGKILL);
  /* It stays a zombie. */
  waitid (P_PID, (id_t) fixture->pid, &information, WEXITED | WNOWAIT);
  g_assert_null (memsnoop_process_stack_read_vector (fixture->identity, &error));
  g_assert_nonnull (error);
}

#define ADD(name)                                                                                  \
  g_test_add ("/process-stack/" #name, Fixture, NULL, set_up, test_##name, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD (the_vector_is_that_of_the_kernel);
  ADD (the_environment_is_that_of_the_kernel);
  ADD (what_has_no_memory_has_no_beginning);
  return g_test_run ();
}
