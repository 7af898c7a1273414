/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "heap-bpftrace.h"

#include <bpf/bpf.h>
#include <gio/gio.h>
#include <signal.h>
#include <sys/prctl.h>

#define SCRIPT BENCH_SOURCE_DIR "/heap-live-table.bt"
/* It holds this many blocks; the default of 4,096 would be full at once. */
#define BLOCKS "1048576"
#define PROBES 7
#define ATTACH_SECONDS 30

static gboolean
is_probe (gint pid, gint descriptor)
{
  gchar name[256] = "";
  __u32 length = sizeof name, program, type;
  __u64 offset, address;

  return bpf_task_fd_query (pid, descriptor, 0, name, &length, &program, &type, &offset,
                            &address) == 0 &&
         (type == BPF_FD_TYPE_UPROBE || type == BPF_FD_TYPE_URETPROBE);
}

static guint
count_probes (gint pid)
{
  g_autofree gchar *path = g_strdup_printf ("/proc/%d/fd", pid);
  g_autoptr (GDir) directory = g_dir_open (path, 0, NULL);
  const gchar *name;
  guint found = 0;

  while (directory != NULL && (name = g_dir_read_name (directory)) != NULL)
    found += is_probe (pid, atoi (name));
  return found;
}

static void
end_with_parent (gpointer user_data)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
}

gpointer
bench_heap_bpftrace_attach (guint32 pid)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (
      G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_SILENCE);
  g_autofree gchar *target = g_strdup_printf ("%u", pid);
  gint64 deadline = g_get_monotonic_time () + ATTACH_SECONDS * G_USEC_PER_SEC;
  g_autoptr (GError) error = NULL;
  GSubprocess *process;

  g_subprocess_launcher_setenv (launcher, "BPFTRACE_MAP_KEYS_MAX", BLOCKS, TRUE);
  g_subprocess_launcher_set_child_setup (launcher, end_with_parent, NULL, NULL);
  process = g_subprocess_launcher_spawn (launcher, &error, "bpftrace", "-p", target, SCRIPT, NULL);
  if (process == NULL)
    g_error ("%s", error->message);
  while (count_probes (atoi (g_subprocess_get_identifier (process))) < PROBES)
    {
      if (g_get_monotonic_time () > deadline)
        g_error ("bpftrace did not attach " SCRIPT " within %d seconds", ATTACH_SECONDS);
      g_usleep (10 * 1000);
    }
  return process;
}

/* Killed, for at a normal end it would print every block. */
void
bench_heap_bpftrace_detach (gpointer attached)
{
  GSubprocess *process = attached;

  g_subprocess_force_exit (process);
  g_subprocess_wait (process, NULL, NULL);
  g_object_unref (process);
}
