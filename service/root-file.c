/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "root-file.h"

#include "error.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int
find_in_root (int root, const gchar *path)
{
  struct open_how how = {
    .flags = O_PATH | O_CLOEXEC,
    .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
  };

  return (int) syscall (SYS_openat2, root, path, &how, sizeof how);
}

static gboolean
is_regular (int descriptor)
{
  struct stat status;

  return fstat (descriptor, &status) == 0 && S_ISREG (status.st_mode);
}

int
memsnoop_root_file_open (int root, const gchar *path, GError **error)
{
  gchar link[32];
  int found = find_in_root (root, path);
  int descriptor = -1;
  int number = errno;

  if (found >= 0 && !is_regular (found))
    number = EINVAL;
  else if (found >= 0)
    {
      g_snprintf (link, sizeof link, "/proc/self/fd/%d", found);
      descriptor = open (link, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
      number = errno;
    }
  if (found >= 0)
    close (found);
  if (descriptor < 0)
    memsnoop_error_set_errno (error, number, "Cannot open the file %s of a process's root", path);
  return descriptor;
}
