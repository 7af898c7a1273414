/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is left after giving up root: each case in a process of its own. Needs root. */
#include "privileges.h"

#include "kernel-tracer.h"
#include "process-memory.h"

#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* An account that every system has, and one that none has. */
#define ORDINARY_USER "nobody"
#define MISSING_USER "memsnoop-no-such-user"

#define KEPT_CAPABILITIES                                                                          \
  (G_GUINT64_CONSTANT (1) << CAP_BPF | G_GUINT64_CONSTANT (1) << CAP_PERFMON |                     \
   G_GUINT64_CONSTANT (1) << CAP_SYS_PTRACE | G_GUINT64_CONSTANT (1) << CAP_SYSLOG)

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

static void
drop (const gchar *user)
{
  g_autoptr (GError) error = NULL;
  gboolean dropped = memsnoop_privileges_drop (user, &error);

  g_assert_no_error (error);
  g_assert_true (dropped);
}

/* A line of our /proc/self/status. */
static gchar *
status_value (const gchar *name)
{
  g_autofree gchar *text = NULL;
  g_autofree gchar *start = g_strdup_printf ("\n%s:", name);
  gchar *line, *end;

  g_assert_true (g_file_get_contents ("/proc/self/status", &text, NULL, NULL));
  line = strstr (text, start);
  g_assert_nonnull (line);
  line += strlen (start);
  end = strchr (line, '\n');
  return g_strstrip (g_strndup (line, (gsize) (end - line)));
}

static guint64
capability_set (const gchar *name)
{
  g_autofree gchar *value = status_value (name);

  return g_ascii_strtoull (value, NULL, 16);
}

static void
assert_status (const gchar *name, const gchar *expected)
{
  g_autofree gchar *value = status_value (name);

  g_assert_cmpstr (value, ==, expected);
}

static void
assert_only_what_is_needed (void)
{
  g_assert_cmphex (capability_set ("CapPrm"), ==, KEPT_CAPABILITIES);
  g_assert_cmphex (capability_set ("CapEff"), ==, KEPT_CAPABILITIES);
  g_assert_cmphex (capability_set ("CapInh"), ==, 0);
  g_assert_cmphex (capability_set ("CapBnd"), ==, 0);
  g_assert_cmphex (capability_set ("CapAmb"), ==, 0);
  assert_status ("NoNewPrivs", "1");
  assert_status ("Groups", "");
}

static void
check_ordinary_user (void)
{
  g_assert_cmpint (setgroups (2, (gid_t[]){ 4, 5 }), ==, 0);
  drop (ORDINARY_USER);
  g_assert_cmpuint (getuid (), !=, 0);
  g_assert_cmpuint (geteuid (), ==, getuid ());
  g_assert_cmpuint (getegid (), !=, 0);
  assert_only_what_is_needed ();
  g_assert_cmpint (setuid (0), ==, -1);
  g_assert_cmpint (setgid (0), ==, -1);
}

static void
test_changes_to_the_user (void)
{
  in_a_child (check_ordinary_user);
}

static void
check_missing_user (void)
{
  g_assert_cmpint (setgroups (2, (gid_t[]){ 4, 5 }), ==, 0);
  drop (MISSING_USER);
  g_assert_cmpuint (geteuid (), ==, 0);
  assert_only_what_is_needed ();
  g_assert_cmpint (setuid (1), ==, -1);
  g_assert_cmpint (chroot ("/"), ==, -1);
}

static void
test_stays_root_without_rights_where_there_is_no_user (void)
{
  in_a_child (check_missing_user);
}

static void
check_executed_program (void)
{
  drop (MISSING_USER);
  execlp ("grep", "grep", "-q", "^CapPrm:[[:space:]]0*$", "/proc/self/status", NULL);
  _exit (127);
}

static void
test_executed_programs_get_nothing (void)
{
  in_a_child (check_executed_program);
}

static void
check_without_root (void)
{
  g_assert_cmpint (setresuid (65534, 65534, 65534), ==, 0);
  drop (ORDINARY_USER);
  g_assert_cmpuint (getuid (), ==, 65534);
  assert_status ("NoNewPrivs", "1");
  g_assert_cmphex (capability_set ("CapAmb"), ==, 0);
}

static void
test_without_root_there_is_nothing_to_do (void)
{
  in_a_child (check_without_root);
}

/* As a service manager starts a service with a user and ambient capabilities. */
static void
become_capable_user (void)
{
  static const guint capabilities[] = { CAP_BPF, CAP_PERFMON, CAP_SYS_PTRACE, CAP_SYSLOG };

  capng_clear (CAPNG_SELECT_BOTH);
  for (guint i = 0; i < G_N_ELEMENTS (capabilities); i++)
    capng_update (CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED | CAPNG_INHERITABLE,
                  capabilities[i]);
  g_assert_cmpint (capng_change_id (65534, 65534, CAPNG_DROP_SUPP_GRP), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (capabilities); i++)
    g_assert_cmpint (prctl (PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capabilities[i], 0, 0), ==, 0);
}

static void
check_ambient_capabilities (void)
{
  become_capable_user ();
  drop (ORDINARY_USER);
  g_assert_cmphex (capability_set ("CapPrm"), ==, KEPT_CAPABILITIES);
  g_assert_cmphex (capability_set ("CapEff"), ==, KEPT_CAPABILITIES);
  g_assert_cmphex (capability_set ("CapAmb"), ==, 0);
  execlp ("grep", "grep", "-q", "^CapPrm:[[:space:]]0*$", "/proc/self/status", NULL);
  _exit (127);
}

static void
test_ambient_capabilities_are_kept_but_not_passed_on (void)
{
  in_a_child (check_ambient_capabilities);
}

static gpointer
wait_in_thread (gpointer unused)
{
  pause ();
  return NULL;
}

static void
check_with_threads (void)
{
  g_autoptr (GError) error = NULL;

  g_thread_new ("waits", wait_in_thread, NULL);
  g_assert_false (memsnoop_privileges_drop (ORDINARY_USER, &error));
  g_assert_nonnull (strstr (error->message, "2 threads"));
  g_assert_cmpuint (geteuid (), ==, 0);
}

static void
test_refuses_while_there_are_threads (void)
{
  in_a_child (check_with_threads);
}

static void
check_own_files (void)
{
  g_autofree gchar *target = NULL;
  gint descriptor = open ("/dev/null", O_RDONLY | O_CLOEXEC);
  g_autofree gchar *path = g_strdup_printf ("/proc/self/fdinfo/%d", descriptor);
  g_autofree gchar *text = NULL;
  g_autoptr (GDir) folder = NULL;

  drop (ORDINARY_USER);
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_true (g_file_get_contents ("/proc/self/maps", &target, NULL, NULL));
  folder = g_dir_open ("/proc/self/fd", 0, NULL);
  g_assert_nonnull (folder);
}

static void
test_own_files_can_be_read (void)
{
  in_a_child (check_own_files);
}

static void
check_closed_doors (void)
{
  drop (ORDINARY_USER);
  g_assert_cmpint (open ("/etc/shadow", O_RDONLY | O_CLOEXEC), ==, -1);
  g_assert_cmpint (errno, ==, EACCES);
  g_assert_cmpint (open ("/proc/slabinfo", O_RDONLY | O_CLOEXEC), ==, -1);
  g_assert_cmpint (kill (getppid (), 0), ==, -1);
}

static void
test_what_is_not_needed_is_closed (void)
{
  in_a_child (check_closed_doors);
}

static gboolean
kernel_addresses_are_shown (void)
{
  FILE *symbols = fopen ("/proc/kallsyms", "re");
  gchar line[512];
  gboolean shown = FALSE;

  g_assert_nonnull (symbols);
  while (!shown && fgets (line, sizeof line, symbols) != NULL)
    shown = g_ascii_strtoull (line, NULL, 16) != 0;
  fclose (symbols);
  return shown;
}

static void
check_kernel_symbols (void)
{
  gboolean before = kernel_addresses_are_shown ();

  drop (ORDINARY_USER);
  g_assert_cmpint (kernel_addresses_are_shown (), ==, before);
}

static void
test_kernel_symbols_are_seen (void)
{
  in_a_child (check_kernel_symbols);
}

/* Our parent runs as root. */
static void
check_other_processes (void)
{
  g_autofree gchar *path = g_strdup_printf ("/proc/%d/exe", getppid ());
  g_autofree gchar *executable = NULL;
  g_autofree gchar *reason = NULL;
  g_autoptr (GArray) processes = NULL;
  g_autoptr (GError) error = NULL;
  guint n = 0;

  drop (ORDINARY_USER);
  executable = g_file_read_link (path, NULL);
  g_assert_nonnull (executable);

  g_assert_true (memsnoop_process_memory_iterator_available (&reason));
  processes = memsnoop_process_memory_read_all (&error);
  g_assert_no_error (error);
  for (guint i = 0; i < processes->len; i++)
    {
      const MemsnoopProcessMemory *process = &g_array_index (processes, MemsnoopProcessMemory, i);
      MemsnoopProcessDetails details;

      if (process->pid != (guint32) getppid ())
        continue;
      n++;
      g_assert_true (memsnoop_process_memory_read_shares (process->pid, process->start_time,
                                                          &details, &error));
      g_assert_true (details.has_pss);
    }
  g_assert_cmpuint (n, ==, 1);
}

static void
test_other_users_processes_are_seen (void)
{
  in_a_child (check_other_processes);
}

static void
check_recording (void)
{
  g_autoptr (MemsnoopTracer) tracer = NULL;
  g_autoptr (GError) error = NULL;
  MemsnoopTracerTotals totals;

  drop (ORDINARY_USER);
  tracer = memsnoop_kernel_tracer_new ();
  g_assert_true (memsnoop_tracer_start (tracer, 8 << 20, &error));
  g_assert_no_error (error);
  for (guint i = 0; i < 100; i++)
    close (open ("/dev/null", O_RDONLY | O_CLOEXEC));
  memsnoop_tracer_get_totals (tracer, &totals);
  g_assert_cmpuint (totals.events_seen, >=, 200);
  memsnoop_tracer_stop (tracer);
}

static void
test_kernel_memory_is_recorded (void)
{
  in_a_child (check_recording);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  if (geteuid () != 0)
    {
      g_print ("1..0 # SKIP needs root\n");
      return 0;
    }
  g_test_add_func ("/privileges/changes-to-the-user", test_changes_to_the_user);
  g_test_add_func ("/privileges/stays-root-without-rights-where-there-is-no-user",
                   test_stays_root_without_rights_where_there_is_no_user);
  g_test_add_func ("/privileges/executed-programs-get-nothing", test_executed_programs_get_nothing);
  g_test_add_func ("/privileges/without-root-there-is-nothing-to-do",
                   test_without_root_there_is_nothing_to_do);
  g_test_add_func ("/privileges/ambient-capabilities-are-kept-but-not-passed-on",
                   test_ambient_capabilities_are_kept_but_not_passed_on);
  g_test_add_func ("/privileges/refuses-while-there-are-threads",
                   test_refuses_while_there_are_threads);
  g_test_add_func ("/privileges/own-files-can-be-read", test_own_files_can_be_read);
  g_test_add_func ("/privileges/what-is-not-needed-is-closed", test_what_is_not_needed_is_closed);
  g_test_add_func ("/privileges/kernel-symbols-are-seen", test_kernel_symbols_are_seen);
  g_test_add_func ("/privileges/other-users-processes-are-seen",
                   test_other_users_processes_are_seen);
  g_test_add_func ("/privileges/kernel-memory-is-recorded", test_kernel_memory_is_recorded);
  return g_test_run ();
}
