/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The allocators of running programs, found from outside as the service and its worker do it
 * together. */
#include "allocator-discovery.h"
#include "allocator-functions.h"

#include <cap-ng.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define WITHOUT_STATIC "static-libc: the C library cannot be linked statically here"
#define WITHOUT_MUSL "musl: there is no compiler for musl here"

typedef struct
{
  GPid pid;
  int input;
  int output;
} Target;

static gchar *
sample (const gchar *name)
{
  return g_build_filename (g_getenv ("MEMSNOOP_SAMPLES"), name, NULL);
}

/* Returns when the program says that it runs. */
static void
target_start (Target *target, const gchar *const *arguments, const gchar *preload)
{
  g_auto (GStrv) environment = g_get_environ ();
  g_autoptr (GError) error = NULL;
  gchar answer[6];

  if (preload != NULL)
    environment = g_environ_setenv (environment, "LD_PRELOAD", preload, TRUE);
  g_spawn_async_with_pipes (NULL, (gchar **) arguments, environment, G_SPAWN_DO_NOT_REAP_CHILD,
                            NULL, NULL, &target->pid, &target->input, &target->output, NULL,
                            &error);
  g_assert_no_error (error);
  g_assert_cmpint (read (target->output, answer, sizeof answer), ==, sizeof answer);
  g_assert_cmpmem (answer, 6, "ready\n", 6);
}

static void
target_stop (Target *target)
{
  close (target->input);
  close (target->output);
  g_assert_cmpint (waitpid (target->pid, NULL, 0), ==, target->pid);
  g_spawn_close_pid (target->pid);
}

/* What was found of a process; cleared by found_clear(). */
typedef struct
{
  MemsnoopMappedModules *modules;
  GPtrArray *files;
  MemsnoopAllocatorAnswer *answers;
  MemsnoopAllocatorChoice *choice;
} Found;

static void
look_into (Found *found, guint index, const MemsnoopProcessIdentity *identity)
{
  g_autoptr (GError) error = NULL;
  MemsnoopAllocatorModule *file;
  int descriptor =
      memsnoop_mapped_module_open (found->modules->list->pdata[index], identity, &error);

  g_assert_no_error (error);
  file = memsnoop_allocator_functions_find (descriptor, TRUE, &error);
  g_assert_no_error (error);
  g_ptr_array_add (found->files, file);
  found->answers[index].module = file;
  close (descriptor);
}

static void
find (Found *found, GPid pid)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MemsnoopProcessIdentity) identity =
      memsnoop_process_identity_open ((guint32) pid, &error);

  g_assert_no_error (error);
  found->modules = memsnoop_mapped_modules_read (identity, &error);
  g_assert_no_error (error);
  found->files = g_ptr_array_new_with_free_func ((GDestroyNotify) memsnoop_allocator_module_free);
  found->answers = g_new0 (MemsnoopAllocatorAnswer, found->modules->list->len);
  for (guint i = 0; i < found->modules->list->len; i++)
    look_into (found, i, identity);
  found->choice = memsnoop_allocator_choose ((guint32) pid, found->modules, found->answers, &error);
  g_assert_no_error (error);
}

static void
found_clear (Found *found)
{
  memsnoop_allocator_choice_free (found->choice);
  g_free (found->answers);
  g_ptr_array_unref (found->files);
  memsnoop_mapped_modules_free (found->modules);
}

static const MemsnoopMappedModule *
allocator (const Found *found)
{
  return found->modules->list->pdata[found->choice->allocator];
}

static gboolean
is_missing (const gchar *path, const gchar *reason)
{
  if (g_file_test (path, G_FILE_TEST_EXISTS))
    return FALSE;
  g_test_skip (reason);
  return TRUE;
}

static void
check_program (const gchar *name,
               MemsnoopAllocatorKind kind,
               gboolean is_its_own,
               const gchar *reason)
{
  g_autofree gchar *path = sample (name);
  const gchar *arguments[] = { path, NULL };
  Target target;
  Found found;

  if (is_missing (path, reason))
    return;
  target_start (&target, arguments, NULL);
  find (&found, target.pid);
  g_assert_true (((MemsnoopMappedModule *) found.modules->list->pdata[0])->is_program);
  g_assert_cmpstr (((MemsnoopMappedModule *) found.modules->list->pdata[0])->path, ==, path);
  g_assert_cmpint (found.choice->kind, ==, kind);
  g_assert_cmpint (allocator (&found)->is_program, ==, is_its_own);
  g_assert_false (found.choice->no_return_probes);
  target_stop (&target);
  found_clear (&found);
}

static void
test_glibc (void)
{
  check_program ("dynamic-sample", MEMSNOOP_ALLOCATOR_KIND_GLIBC, FALSE, NULL);
}

static void
test_glibc_linked_statically (void)
{
  check_program ("static-sample", MEMSNOOP_ALLOCATOR_KIND_GLIBC, TRUE, WITHOUT_STATIC);
  check_program ("static-pie-sample", MEMSNOOP_ALLOCATOR_KIND_GLIBC, TRUE, WITHOUT_STATIC);
}

static void
test_musl (void)
{
  check_program ("musl-sample", MEMSNOOP_ALLOCATOR_KIND_MUSL, FALSE, WITHOUT_MUSL);
}

static void
test_musl_linked_statically (void)
{
  check_program ("musl-static-sample", MEMSNOOP_ALLOCATOR_KIND_MUSL, TRUE, WITHOUT_MUSL);
}

static void
check_preloaded (const gchar *library, MemsnoopAllocatorKind kind, const gchar *reason)
{
  g_autofree gchar *path = sample ("dynamic-sample");
  const gchar *arguments[] = { path, NULL };
  Target target;
  Found found;

  target_start (&target, arguments, library);
  find (&found, target.pid);
  if (!((MemsnoopMappedModule *) found.modules->list->pdata[1])->is_preloaded)
    g_test_skip (reason);
  else
    {
      g_assert_cmpint (found.choice->kind, ==, kind);
      g_assert_cmpuint (found.choice->allocator, ==, 1);
    }
  target_stop (&target);
  found_clear (&found);
}

static void
test_preloaded_jemalloc (void)
{
  check_preloaded ("libjemalloc.so.2", MEMSNOOP_ALLOCATOR_KIND_JEMALLOC,
                   "jemalloc: it is not installed here");
}

static void
test_preloaded_tcmalloc (void)
{
  check_preloaded ("libtcmalloc_minimal.so.4", MEMSNOOP_ALLOCATOR_KIND_TCMALLOC,
                   "tcmalloc: it is not installed here");
}

/* The program's file is another one by now, which is no program at all. */
static void
check_replaced (void)
{
  g_autofree gchar *path = sample ("dynamic-sample");
  g_autofree gchar *folder = g_dir_make_tmp ("memsnoop-target-XXXXXX", NULL);
  g_autofree gchar *copy = g_build_filename (folder, "program", NULL);
  g_autofree gchar *bytes = NULL;
  const gchar *arguments[] = { copy, NULL };
  gsize length;
  Target target;
  Found found;

  g_assert_true (g_file_get_contents (path, &bytes, &length, NULL));
  g_assert_true (g_file_set_contents (copy, bytes, (gssize) length, NULL));
  g_assert_cmpint (g_chmod (copy, 0755), ==, 0);
  target_start (&target, arguments, NULL);
  g_assert_cmpint (g_unlink (copy), ==, 0);
  g_assert_true (g_file_set_contents (copy, "nothing", -1, NULL));
  find (&found, target.pid);
  g_assert_true (((MemsnoopMappedModule *) found.modules->list->pdata[0])->is_program);
  g_assert_cmpint (found.choice->kind, ==, MEMSNOOP_ALLOCATOR_KIND_GLIBC);
  target_stop (&target);
  found_clear (&found);
  g_unlink (copy);
  g_rmdir (folder);
}

/* The program lies on a file system that only its own mount namespace has. */
static void
check_other_namespace (void)
{
  g_autofree gchar *path = sample ("static-sample");
  g_autofree gchar *folder = g_dir_make_tmp ("memsnoop-target-XXXXXX", NULL);
  g_autofree gchar *copy = g_build_filename (folder, "program", NULL);
  const gchar *arguments[] = {
    "/usr/bin/unshare",
    "--mount",
    "/bin/sh",
    "-c",
    "mount -t tmpfs none \"$0\" && cp \"$1\" \"$0/program\" && exec \"$0/program\"",
    folder,
    path,
    NULL
  };
  Target target;
  Found found;

  if (!is_missing (path, WITHOUT_STATIC))
    {
      target_start (&target, arguments, NULL);
      g_assert_false (g_file_test (copy, G_FILE_TEST_EXISTS));
      find (&found, target.pid);
      /* From within a chroot the path begins outside of it. */
      g_assert_true (g_str_has_suffix (allocator (&found)->path, copy));
      g_assert_true (allocator (&found)->is_program);
      target_stop (&target);
      found_clear (&found);
    }
  g_rmdir (folder);
}

static void
test_a_file_that_was_replaced (void)
{
  check_replaced ();
}

static void
test_another_mount_namespace (void)
{
  check_other_namespace ();
}

/* As the service may be started: with CAP_SYS_PTRACE, and without what opening mappings takes. */
static void
give_up_capabilities (void)
{
  capng_get_caps_process ();
  capng_updatev (CAPNG_DROP, CAPNG_EFFECTIVE, CAP_SYS_ADMIN, CAP_CHECKPOINT_RESTORE, -1);
  g_assert_cmpint (capng_apply (CAPNG_SELECT_CAPS), ==, 0);
}

static void
take_capabilities (void)
{
  capng_get_caps_process ();
  capng_updatev (CAPNG_ADD, CAPNG_EFFECTIVE, CAP_SYS_ADMIN, CAP_CHECKPOINT_RESTORE, -1);
  g_assert_cmpint (capng_apply (CAPNG_SELECT_CAPS), ==, 0);
}

static void
test_files_are_opened_without_the_right_to_their_mappings (void)
{
  g_autofree gchar *path = sample ("dynamic-sample");
  const gchar *arguments[] = { path, NULL };
  Target target;
  Found found;

  target_start (&target, arguments, NULL);
  give_up_capabilities ();
  find (&found, target.pid);
  take_capabilities ();
  g_assert_cmpint (found.choice->kind, ==, MEMSNOOP_ALLOCATOR_KIND_GLIBC);
  target_stop (&target);
  found_clear (&found);
}

/* A library in the place of which another file lies by now is not taken for it. */
static void
test_another_file_is_not_taken_for_it (void)
{
  g_autofree gchar *path = sample ("dynamic-sample");
  g_autofree gchar *fifo = g_strdup_printf ("/tmp/memsnoop-%d.fifo", getpid ());
  /* A pipe that nobody writes to would be waited for. */
  const gchar *others[] = { "/proc/self/exe", fifo, "/dev/zero", "/tmp", "/nowhere" };
  const gchar *arguments[] = { path, NULL };
  g_autoptr (MemsnoopProcessIdentity) identity = NULL;
  g_autoptr (MemsnoopMappedModules) modules = NULL;
  g_autoptr (GError) error = NULL;
  MemsnoopMappedModule *module;
  Target target;

  g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);
  target_start (&target, arguments, NULL);
  identity = memsnoop_process_identity_open ((guint32) target.pid, &error);
  modules = memsnoop_mapped_modules_read (identity, &error);
  g_assert_no_error (error);
  module = modules->list->pdata[1];
  give_up_capabilities ();
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    {
      g_autoptr (GError) refusal = NULL;

      g_free (module->path);
      module->path = g_strdup (others[i]);
      g_assert_cmpint (memsnoop_mapped_module_open (module, identity, &refusal), ==, -1);
      g_assert_nonnull (refusal);
    }
  take_capabilities ();
  unlink (fifo);
  target_stop (&target);
}

static void
expect_refusal (GPid pid, gint code)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MemsnoopProcessIdentity) identity =
      memsnoop_process_identity_open ((guint32) pid, &error);

  g_assert_no_error (error);
  g_assert_null (memsnoop_mapped_modules_read (identity, &error));
  g_assert_error (error, G_DBUS_ERROR, code);
}

static void
test_what_executes_no_file_is_refused (void)
{
  g_autoptr (MemsnoopProcessIdentity) second = memsnoop_process_identity_open (2, NULL);
  siginfo_t information;
  pid_t child = fork ();

  if (child == 0)
    _exit (0);
  g_assert_cmpint (waitid (P_PID, (id_t) child, &information, WEXITED | WNOWAIT), ==, 0);
  expect_refusal (child, G_DBUS_ERROR_NOT_SUPPORTED);
  g_assert_cmpint (waitpid (child, NULL, 0), ==, child);
  if (second != NULL && second->kernel_thread)
    expect_refusal (2, G_DBUS_ERROR_NOT_SUPPORTED);
}

static void
test_a_process_that_is_gone_is_unknown (void)
{
  g_autofree gchar *path = sample ("dynamic-sample");
  const gchar *arguments[] = { path, NULL };
  g_autoptr (MemsnoopProcessIdentity) identity = NULL;
  g_autoptr (GError) error = NULL;
  Target target;

  target_start (&target, arguments, NULL);
  identity = memsnoop_process_identity_open ((guint32) target.pid, &error);
  g_assert_no_error (error);
  target_stop (&target);
  g_assert_null (memsnoop_mapped_modules_read (identity, &error));
  g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_UNIX_PROCESS_ID_UNKNOWN);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function) g_test_add_func ("/allocator-target/" name, function)
  ADD ("glibc", test_glibc);
  ADD ("glibc-linked-statically", test_glibc_linked_statically);
  ADD ("musl", test_musl);
  ADD ("musl-linked-statically", test_musl_linked_statically);
  ADD ("preloaded-jemalloc", test_preloaded_jemalloc);
  ADD ("preloaded-tcmalloc", test_preloaded_tcmalloc);
  ADD ("a-file-that-was-replaced", test_a_file_that_was_replaced);
  ADD ("another-mount-namespace", test_another_mount_namespace);
  ADD ("files-are-opened-without-the-right-to-their-mappings",
       test_files_are_opened_without_the_right_to_their_mappings);
  ADD ("another-file-is-not-taken-for-it", test_another_file_is_not_taken_for_it);
  ADD ("what-executes-no-file-is-refused", test_what_executes_no_file_is_refused);
  ADD ("a-process-that-is-gone-is-unknown", test_a_process_that_is_gone_is_unknown);
#undef ADD
  return g_test_run ();
}
