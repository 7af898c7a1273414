/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "running-kernel.h"

#include "error.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <glob.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#define TRACEFS "/sys/kernel/tracing"

static gboolean
read_tracepoints (MemsnoopKernelTracepoints *tracepoints, GError **error)
{
  struct btf *btf = btf__load_vmlinux_btf ();
  g_autofree gchar *reason = NULL;
  gboolean known;

  if (btf == NULL)
    {
      memsnoop_error_set_errno (error, errno, "Cannot read the kernel's types");
      return FALSE;
    }
  known = memsnoop_kernel_tracepoints_read (btf, tracepoints, &reason);
  btf__free (btf);
  if (!known)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, reason);
  return known;
}

gboolean
bench_running_kernel_read (MemsnoopKernelTracepoints *tracepoints, GError **error)
{
  static MemsnoopKernelTracepoints known;

  if (!known.kmalloc.exists && !read_tracepoints (&known, error))
    return FALSE;
  *tracepoints = known;
  return TRUE;
}

gboolean
bench_mount_tracefs (GError **error)
{
  if (g_file_test (TRACEFS "/events", G_FILE_TEST_IS_DIR))
    return TRUE;
  if (unshare (CLONE_NEWNS) == 0 && mount (NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
      mount ("nodev", TRACEFS, "tracefs", 0, NULL) == 0)
    return TRUE;
  memsnoop_error_set_errno (error, errno, "Cannot mount tracefs at " TRACEFS "; this needs root");
  return FALSE;
}

static gboolean
is_on_kernel_memory (guint32 link)
{
  gchar name[64] = "";
  struct bpf_link_info information = {
    .raw_tracepoint.tp_name = (guint64) (gsize) name,
    .raw_tracepoint.tp_name_len = sizeof name,
  };
  guint32 length = sizeof information;
  int descriptor = bpf_link_get_fd_by_id (link);
  gboolean told =
      descriptor >= 0 && bpf_obj_get_info_by_fd (descriptor, &information, &length) == 0;

  if (descriptor >= 0)
    close (descriptor);
  return told && information.type == BPF_LINK_TYPE_RAW_TRACEPOINT &&
         (g_str_has_prefix (name, "kmalloc") || g_str_has_prefix (name, "kmem_cache_") ||
          g_str_equal (name, "kfree"));
}

static gboolean
has_program (void)
{
  guint32 link = 0;

  while (bpf_link_get_next_id (link, &link) == 0)
    if (is_on_kernel_memory (link))
      return TRUE;
  return FALSE;
}

/* Of tracefs itself, and of each of its instances. */
static gboolean
has_trace_buffer (void)
{
  glob_t paths = { 0 };
  gboolean found = FALSE;

  glob (TRACEFS "/events/kmem/*/enable", 0, NULL, &paths);
  glob (TRACEFS "/instances/*/events/kmem/*/enable", GLOB_APPEND, NULL, &paths);
  for (gsize i = 0; i < paths.gl_pathc && !found; i++)
    {
      g_autofree gchar *state = NULL;

      found = g_file_get_contents (paths.gl_pathv[i], &state, NULL, NULL) && state[0] == '1';
    }
  globfree (&paths);
  return found;
}

gboolean
bench_is_traced (void)
{
  return has_program () || has_trace_buffer ();
}

guint64
bench_map_bytes (struct bpf_map *map)
{
  g_autofree gchar *path = g_strdup_printf ("/proc/self/fdinfo/%d", bpf_map__fd (map));
  g_autofree gchar *text = NULL;
  const gchar *line = NULL;

  if (g_file_get_contents (path, &text, NULL, NULL))
    line = strstr (text, "memlock:");
  return line != NULL ? g_ascii_strtoull (line + strlen ("memlock:"), NULL, 10) : 0;
}
