/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pid-namespace.h"

#include "error.h"

#include <errno.h>
#include <gio/gio.h>
#include <sys/stat.h>

#define OWN_NAMESPACE "/proc/self/ns/pid"
/* PROC_PID_INIT_INO in the kernel's include/linux/proc_ns.h; the same since Linux 3.8. */
#define INITIAL_NAMESPACE 0xEFFFFFFCU

gboolean
memsnoop_pid_namespace_require_initial (GError **error)
{
  struct stat status;

  if (stat (OWN_NAMESPACE, &status) != 0)
    {
      memsnoop_error_set_errno (error, errno,
                                "Cannot tell from " OWN_NAMESPACE
                                " whether processes have the kernel's pids here");
      return FALSE;
    }
  if (status.st_ino == INITIAL_NAMESPACE)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
               "The service runs in a pid namespace of its own (pid:[%" G_GUINT64_FORMAT
               "]), as in a container, where processes have other pids than the kernel's; it has "
               "to run in the initial one (pid:[%u])",
               (guint64) status.st_ino, INITIAL_NAMESPACE);
  return FALSE;
}
