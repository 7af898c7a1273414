/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "contestant.h"

#include <bpf/bpf.h>
#include <signal.h>
#include <sys/prctl.h>

#define SCRIPT BENCH_SOURCE_DIR "/live-table.bt"
/* It holds this many blocks; the default of 4,096 would be full at once. */
#define BLOCKS "2097152"
#define ATTACH_SECONDS 30

static GSubprocess *process;

static const gchar *const tracepoints[] = { "kmalloc", "kfree", "kmem_cache_alloc",
                                            "kmem_cache_free" };

/* Which of the tracepoints this descriptor of bpftrace has a program on, as a bit. */
static guint
tracepoint_of (gint pid, gint descriptor)
{
  gchar name[128] = "";
  __u32 length = sizeof name, program, type;
  __u64 offset, address;

  if (bpf_task_fd_query (pid, descriptor, 0, name, &length, &program, &type, &offset, &address) !=
          0 ||
      type != BPF_FD_TYPE_TRACEPOINT)
    return 0;
  for (guint i = 0; i < G_N_ELEMENTS (tracepoints); i++)
    if (g_str_equal (name, tracepoints[i]))
      return 1u << i;
  return 0;
}

static gboolean
is_attached (gint pid)
{
  g_autofree gchar *path = g_strdup_printf ("/proc/%d/fd", pid);
  g_autoptr (GDir) directory = g_dir_open (path, 0, NULL);
  const gchar *name;
  guint found = 0;

  while (directory != NULL && (name = g_dir_read_name (directory)) != NULL)
    found |= tracepoint_of (pid, atoi (name));
  return found == (1u << G_N_ELEMENTS (tracepoints)) - 1;
}

static gboolean
await_attachment (GError **error)
{
  const gchar *pid = g_subprocess_get_identifier (process);
  gint64 deadline = g_get_monotonic_time () + ATTACH_SECONDS * G_USEC_PER_SEC;

  while (pid != NULL && !is_attached (atoi (pid)))
    {
      if (kill (atoi (pid), 0) != 0 || g_get_monotonic_time () > deadline)
        {
          g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                       "bpftrace did not attach " SCRIPT " within %d seconds", ATTACH_SECONDS);
          return FALSE;
        }
      g_usleep (10 * 1000);
    }
  return TRUE;
}

/* Killed, for at a normal end it would print every block. */
static void
detach (void)
{
  g_subprocess_force_exit (process);
  g_subprocess_wait (process, NULL, NULL);
  g_clear_object (&process);
}

static void
end_with_parent (gpointer user_data)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
}

static gboolean
attach (GError **error)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (
      G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_SILENCE);

  g_subprocess_launcher_setenv (launcher, "BPFTRACE_MAP_KEYS_MAX", BLOCKS, TRUE);
  g_subprocess_launcher_set_child_setup (launcher, end_with_parent, NULL, NULL);
  process = g_subprocess_launcher_spawn (launcher, error, "bpftrace", SCRIPT, NULL);
  if (process == NULL)
    return FALSE;
  if (await_attachment (error))
    return TRUE;
  detach ();
  return FALSE;
}

const BenchContestant bench_bpftrace_contestant = {
  .name = "bpftrace",
  .title = "bpftrace, live table with stacks",
  .attach = attach,
  .detach = detach,
};
