/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The service and the real opener: what the service gets of it after it has given up its rights,
 * and what not. Each case is tried in a process of its own, which changes to an ordinary user.
 * Needs root.
 */
#include "module-opener.h"

#include "../unit/caught-messages.h"
#include "privileges.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#define ORDINARY_USER "nobody"
#define ORDINARY_UID 65534
#define OTHER_UID 54321

static gchar *folder;

static void
in_a_child (void (*function) (void))
{
  int status;
  pid_t child = fork ();

  g_assert_cmpint (child, >=, 0);
  if (child == 0)
    {
      prctl (PR_SET_PDEATHSIG, SIGKILL);
      function ();
      _exit (0);
    }
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_cmpint (status, ==, 0);
}

/* As the service begins. */
static void
begin (void)
{
  g_autoptr (GError) error = NULL;

  memsnoop_module_opener_start (g_getenv ("MEMSNOOP_OPENER"));
  memsnoop_privileges_drop (ORDINARY_USER, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (geteuid (), ==, ORDINARY_UID);
}

/* A file of a page that nobody but root gets at. */
static gchar *
make_file (const gchar *name, mode_t mode, uid_t owner)
{
  gchar *path = g_build_filename (folder, name, NULL);
  g_autofree gchar *text = g_strnfill (4096, 'x');

  g_assert_true (g_file_set_contents (path, text, 4096, NULL));
  g_assert_cmpint (chown (path, owner, owner), ==, 0);
  g_assert_cmpint (chmod (path, mode), ==, 0);
  return path;
}

/* Maps the file, tells that, and waits for the end of what it reads. */
static void
map_and_wait (const gchar *path, int protection, uid_t user, int input, int output)
{
  gchar byte;
  int descriptor = open (path, O_RDONLY);

  if (mmap ((gpointer) 0x10000000, 4096, protection, MAP_PRIVATE | MAP_FIXED_NOREPLACE, descriptor,
            0) == MAP_FAILED ||
      (user != 0 && setresuid (user, user, user) != 0) || prctl (PR_SET_DUMPABLE, 1) != 0 ||
      write (output, "", 1) != 1)
    _exit (1);
  close (output);
  while (read (input, &byte, 1) > 0)
    ;
  _exit (0);
}

/* A process that has a page of the file mapped, runs as @user, and lives as long as this one. (A
 * signal would not get from who has given up its rights to who has not.) */
static pid_t
map_in_process (const gchar *path, int protection, uid_t user)
{
  int ready[2];
  int life[2];
  gchar byte;
  pid_t child;

  g_assert_cmpint (pipe2 (ready, O_CLOEXEC), ==, 0);
  g_assert_cmpint (pipe2 (life, O_CLOEXEC), ==, 0);
  child = fork ();
  if (child == 0)
    {
      close (life[1]);
      map_and_wait (path, protection, user, life[0], ready[1]);
    }
  close (ready[1]);
  close (life[0]);
  g_assert_cmpint (read (ready[0], &byte, 1), ==, 1);
  close (ready[0]);
  return child;
}

static void
end_process (pid_t process)
{
  kill (process, SIGKILL);
  g_assert_cmpint (waitpid (process, NULL, 0), ==, process);
}

static void
describe (const gchar *path, MemsnoopMappedModule *module, MemsnoopModuleMapping *mapping)
{
  struct stat status;

  g_assert_cmpint (stat (path, &status), ==, 0);
  *module = (MemsnoopMappedModule){
    .major = major (status.st_dev),
    .minor = minor (status.st_dev),
    .inode = status.st_ino,
  };
  *mapping = (MemsnoopModuleMapping){ .start = 0x10000000, .end = 0x10001000 };
}

static int
open_in (pid_t process, const MemsnoopMappedModule *module, const MemsnoopModuleMapping *mapping)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MemsnoopProcessIdentity) identity =
      memsnoop_process_identity_open ((guint32) process, &error);

  g_assert_no_error (error);
  return memsnoop_module_opener_open (module, mapping, identity);
}

/* The case of each test: a file, how it is mapped, and as whom. */
typedef struct
{
  const gchar *path;
  mode_t mode;
  uid_t owner;
  int protection;
  uid_t user;
  int result;
} Case;

static const Case *current;

static void
check_case (void)
{
  g_autofree gchar *made = NULL;
  const gchar *path = current->path;
  MemsnoopMappedModule module;
  MemsnoopModuleMapping mapping;
  pid_t process;
  int result;

  if (path == NULL)
    path = made = make_file ("file", current->mode, current->owner);
  process = map_in_process (path, current->protection, current->user);
  describe (path, &module, &mapping);
  begin ();
  if (made != NULL)
    g_assert_cmpint (open (path, O_RDONLY), ==, -1);
  result = open_in (process, &module, &mapping);
  if (current->result != 0)
    g_assert_cmpint (result, ==, current->result);
  else
    {
      gchar byte = 0;

      g_assert_cmpint (pread (result, &byte, 1, 4095), ==, 1);
      g_assert_cmpint (byte, ==, 'x');
      g_assert_cmpint (fcntl (result, F_GETFL) & O_ACCMODE, ==, O_RDONLY);
      g_assert_cmpint (fcntl (result, F_GETFD), ==, FD_CLOEXEC);
    }
  _exit (0);
}

static void
test_case (gconstpointer data)
{
  current = data;
  in_a_child (check_case);
}

static const Case code_of_root = { .mode = 0700, .protection = PROT_READ | PROT_EXEC };
static const Case code_of_a_user = {
  .mode = 0700, .owner = OTHER_UID, .protection = PROT_EXEC, .user = OTHER_UID
};
static const Case data = { .mode = 0600, .protection = PROT_READ, .result = -ESTALE };
/* As of a program that may be executed only, by a user that lets others look into the process. */
static const Case not_for_the_user = {
  .mode = 0711, .protection = PROT_READ | PROT_EXEC, .user = OTHER_UID, .result = -EACCES
};
static const Case device = { .path = "/dev/zero",
                             .protection = PROT_READ | PROT_EXEC,
                             .result = -EINVAL };

/* Requests that are not as /proc tells */

static void
check_wrong_requests (void)
{
  g_autofree gchar *path = make_file ("file", 0700, 0);
  g_autofree gchar *other = make_file ("other", 0700, 0);
  pid_t process = map_in_process (path, PROT_READ | PROT_EXEC, 0);
  MemsnoopMappedModule module, wrong_module;
  MemsnoopModuleMapping mapping, wrong;
  MemsnoopProcessIdentity identity = { .pid = (guint32) process, .start_time = 1000000000 };

  describe (other, &wrong_module, &wrong);
  describe (path, &module, &mapping);
  begin ();
  g_assert_cmpint (open_in (process, &wrong_module, &mapping), ==, -ESTALE);
  wrong = (MemsnoopModuleMapping){ mapping.start, mapping.end + 4096, 0 };
  g_assert_cmpint (open_in (process, &module, &wrong), ==, -ESTALE);
  wrong = (MemsnoopModuleMapping){ mapping.start + 4096, mapping.end + 4096, 0 };
  g_assert_cmpint (open_in (process, &module, &wrong), ==, -ESTALE);
  g_assert_cmpint (memsnoop_module_opener_open (&module, &mapping, &identity), ==, -ESRCH);
  identity.pid = G_MAXINT;
  g_assert_cmpint (memsnoop_module_opener_open (&module, &mapping, &identity), ==, -ESRCH);
  g_assert_cmpint (open_in (process, &module, &mapping), >=, 0);
}

static void
test_only_what_is_mapped_now_is_opened (void)
{
  in_a_child (check_wrong_requests);
}

/* The opener itself */

/* The last child of this process. */
static pid_t
find_opener (void)
{
  g_autofree gchar *path = g_strdup_printf ("/proc/self/task/%d/children", getpid ());
  g_autofree gchar *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_strchomp (text);
  return (pid_t) g_ascii_strtoll (strrchr (text, ' ') != NULL ? strrchr (text, ' ') : text, NULL,
                                  10);
}

static void
check_gone (void)
{
  g_autofree gchar *path = make_file ("file", 0700, 0);
  pid_t process = map_in_process (path, PROT_READ | PROT_EXEC, 0);
  MemsnoopMappedModule module;
  MemsnoopModuleMapping mapping;

  describe (path, &module, &mapping);
  memsnoop_module_opener_start (g_getenv ("MEMSNOOP_OPENER"));
  end_process (find_opener ());
  caught_messages_install ();
  g_assert_cmpint (open_in (process, &module, &mapping), ==, -EPIPE);
  g_assert_cmpint (open_in (process, &module, &mapping), ==, -EPIPE);
  g_assert_cmpuint (caught_messages_take (G_LOG_LEVEL_WARNING, "memsnoop-opener has ended"), ==, 1);
}

static void
test_an_opener_that_is_gone_is_told_once (void)
{
  in_a_child (check_gone);
}

static void
assert_obstacle (const gchar *program, const gchar *mention)
{
  g_autofree gchar *reason = NULL;

  memsnoop_module_opener_start (program);
  g_assert_false (memsnoop_module_opener_check (&reason));
  g_assert_nonnull (strstr (reason, mention));
  memsnoop_module_opener_stop ();
}

static void
check_nonsense (void)
{
  assert_obstacle ("/bin/true", "memsnoop-opener");
  assert_obstacle ("/nowhere/memsnoop-opener", "/nowhere/memsnoop-opener");
}

static void
test_another_program_in_its_place_is_not_trusted (void)
{
  in_a_child (check_nonsense);
}

static void
check_rights (void)
{
  g_autofree gchar *path = NULL;
  g_autofree gchar *text = NULL;

  begin ();
  path = g_strdup_printf ("/proc/%d/status", find_opener ());
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_nonnull (strstr (text, "\nCapPrm:\t0000010000080004\n"));
  g_assert_nonnull (strstr (text, "\nCapEff:\t0000010000080004\n"));
  g_assert_nonnull (strstr (text, "\nCapInh:\t0000000000000000\n"));
  g_assert_nonnull (strstr (text, "\nCapBnd:\t0000000000000000\n"));
  g_assert_nonnull (strstr (text, "\nCapAmb:\t0000000000000000\n"));
  g_assert_nonnull (strstr (text, "\nNoNewPrivs:\t1\n"));
  g_assert_nonnull (strstr (text, "\nSeccomp:\t2\n"));
  g_assert_null (strstr (text, "\nUid:\t0"));
}

static void
test_it_has_three_capabilities_and_no_other_right (void)
{
  in_a_child (check_rights);
}

static void
check_after_drop (void)
{
  g_autofree gchar *secret = make_file ("secret", 0600, 0);
  g_autofree gchar *reason = NULL;

  begin ();
  g_assert_cmpint (open (secret, O_RDONLY), ==, -1);
  g_assert_cmpint (open ("/etc/shadow", O_RDONLY), ==, -1);
  g_assert_cmpint (errno, ==, EACCES);
  g_assert_true (memsnoop_module_opener_check (&reason));
}

static void
test_the_service_itself_reads_no_more_than_before (void)
{
  in_a_child (check_after_drop);
}

static void
remove_folder (void)
{
  g_autofree gchar *command = g_strdup_printf ("rm -r '%s'", folder);

  g_spawn_command_line_sync (command, NULL, NULL, NULL, NULL);
  g_free (folder);
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  if (geteuid () != 0)
    {
      g_print ("1..0 # SKIP needs root\n");
      return 0;
    }
  folder = g_dir_make_tmp ("memsnoop-opener-XXXXXX", NULL);
  g_test_add_data_func ("/module-opener/code-that-only-root-may-read", &code_of_root, test_case);
  g_test_add_data_func ("/module-opener/code-of-another-user", &code_of_a_user, test_case);
  g_test_add_data_func ("/module-opener/not-what-is-mapped-as-data", &data, test_case);
  g_test_add_data_func ("/module-opener/not-what-the-process-may-not-read", &not_for_the_user,
                        test_case);
  g_test_add_data_func ("/module-opener/not-devices", &device, test_case);
  g_test_add_func ("/module-opener/only-what-is-mapped-now-is-opened",
                   test_only_what_is_mapped_now_is_opened);
  g_test_add_func ("/module-opener/an-opener-that-is-gone-is-told-once",
                   test_an_opener_that_is_gone_is_told_once);
  g_test_add_func ("/module-opener/another-program-in-its-place-is-not-trusted",
                   test_another_program_in_its_place_is_not_trusted);
  g_test_add_func ("/module-opener/it-has-three-capabilities-and-no-other-right",
                   test_it_has_three_capabilities_and_no_other_right);
  g_test_add_func ("/module-opener/the-service-itself-reads-no-more-than-before",
                   test_the_service_itself_reads_no_more_than_before);
  result = g_test_run ();
  remove_folder ();
  return result;
}
