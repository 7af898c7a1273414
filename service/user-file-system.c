/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "user-file-system.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

/* Of containers with very many mounts. */
#define MOUNTS_BYTES_MAX (4 * 1024 * 1024)

/* The number of the mount through which the file is open; 0 when it is not told. */
static guint
read_mount (int descriptor)
{
  g_autofree gchar *path = g_strdup_printf ("/proc/self/fdinfo/%d", descriptor);
  g_autofree gchar *text = NULL;
  const gchar *line;
  guint mount = 0;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return 0;
  line = strstr (text, "mnt_id:");
  return line != NULL && sscanf (line, "mnt_id: %u", &mount) == 1 ? mount : 0;
}

static gchar *
read_mounts (const MemsnoopProcessIdentity *identity)
{
  int descriptor = openat (identity->directory, "mountinfo", O_RDONLY | O_CLOEXEC);
  GString *text = g_string_new (NULL);
  gchar part[16384];
  ssize_t length;

  while (descriptor >= 0 && text->len < MOUNTS_BYTES_MAX &&
         (length = read (descriptor, part, sizeof part)) > 0)
    g_string_append_len (text, part, length);
  if (descriptor >= 0)
    close (descriptor);
  return g_string_free (text, FALSE);
}

/* Returns: (nullable) (transfer full): as "ext4", "fuse.sshfs"; %NULL: the process does not see the
 * mount. */
static gchar *
find_type (guint mount, const MemsnoopProcessIdentity *identity)
{
  g_autofree gchar *text = read_mounts (identity);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++)
    {
      const gchar *type = strstr (lines[i], " - ");

      if (type != NULL && g_ascii_strtoull (lines[i], NULL, 10) == mount)
        return g_strndup (type + 3, strcspn (type + 3, " "));
    }
  return NULL;
}

gboolean
memsnoop_user_file_system_has (int descriptor, const MemsnoopProcessIdentity *identity)
{
  g_autofree gchar *type = find_type (read_mount (descriptor), identity);
  struct statfs status;

  if (type != NULL)
    return g_str_has_prefix (type, "fuse");
  /* Memory files have none that is seen. This asks the program, if there is one, which may say what
   * it likes. */
  return fstatfs (descriptor, &status) != 0 || status.f_type == FUSE_SUPER_MAGIC;
}
