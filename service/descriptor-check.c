/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "descriptor-writer.h"

#include "error.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

/* Not in all versions of linux/magic.h. */
#ifndef CONFIGFS_MAGIC
#define CONFIGFS_MAGIC 0x62656570
#endif

/* The numbers of null, zero and full in the kernel's list of devices
 * (Documentation/admin-guide/devices.txt). */
#define MEMORY_DEVICES 1
#define NULL_DEVICE 3
#define ZERO_DEVICE 5
#define FULL_DEVICE 7

/* Where to write means to order something, and the kernel asks who writes. */
static gboolean
is_control_file (gint descriptor)
{
  static const guint32 magics[] = {
    PROC_SUPER_MAGIC, SYSFS_MAGIC,    CGROUP_SUPER_MAGIC, CGROUP2_SUPER_MAGIC,
    DEBUGFS_MAGIC,    TRACEFS_MAGIC,  SECURITYFS_MAGIC,   SELINUX_MAGIC,
    BPF_FS_MAGIC,     EFIVARFS_MAGIC, CONFIGFS_MAGIC,     BINFMTFS_MAGIC,
  };
  struct statfs system;

  if (fstatfs (descriptor, &system) != 0)
    return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (magics); i++)
    if ((guint32) system.f_type == magics[i])
      return TRUE;
  return FALSE;
}

static gboolean
is_stream (gint descriptor)
{
  gint type = 0;
  socklen_t size = sizeof type;

  return getsockopt (descriptor, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_STREAM;
}

static gboolean
is_harmless_device (gint descriptor, dev_t device)
{
  if (major (device) == MEMORY_DEVICES)
    return minor (device) == NULL_DEVICE || minor (device) == ZERO_DEVICE ||
           minor (device) == FULL_DEVICE;
  return isatty (descriptor);
}

/* What it is, when that cannot be written to; NULL when it can. */
static const gchar *
find_fault (gint descriptor, const struct stat *status)
{
  switch (status->st_mode & S_IFMT)
    {
    case S_IFREG:
      return is_control_file (descriptor) ? "a file that controls the kernel" : NULL;
    case S_IFIFO:
      return NULL;
    case S_IFSOCK:
      return is_stream (descriptor) ? NULL : "a socket that is no stream";
    case S_IFCHR:
      return is_harmless_device (descriptor, status->st_rdev) ? NULL : "a device";
    case S_IFBLK:
      return "a device";
    case S_IFDIR:
      return "a directory";
    default:
      return "no file";
    }
}

gboolean
memsnoop_descriptor_check (gint descriptor, GError **error)
{
  gint flags = fcntl (descriptor, F_GETFL);
  const gchar *fault;
  struct stat status;

  if (flags < 0 && errno == EBADF)
    {
      g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS,
                   "The descriptor that was passed, %d, is not open", descriptor);
      return FALSE;
    }
  if (flags < 0 || fstat (descriptor, &status) != 0)
    {
      memsnoop_error_set_errno (error, -errno, "Cannot write to the descriptor that was passed");
      return FALSE;
    }
  if ((flags & O_PATH) != 0 || (flags & O_ACCMODE) == O_RDONLY)
    {
      g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS,
                   "The descriptor that was passed is not open for writing");
      return FALSE;
    }
  fault = find_fault (descriptor, &status);
  if (fault == NULL)
    return TRUE;
  g_set_error (
      error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS,
      "The descriptor that was passed is %s; it has to be a regular file, a pipe, a stream "
      "socket, a terminal or /dev/null",
      fault);
  return FALSE;
}
