/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "process-modules.h"

#include "error.h"
#include "root-file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* A line of maps. */
typedef struct
{
  guint64 start;
  guint64 end;
  guint64 offset;
  guint64 inode;
  gchar rights[5];
  /* Raw bytes, with newlines as \012. */
  const gchar *path;
} Line;

static gboolean
parse_line (const gchar *text, Line *line)
{
  int path = 0;

  if (sscanf (text,
              "%" G_GINT64_MODIFIER "x-%" G_GINT64_MODIFIER "x %4s %" G_GINT64_MODIFIER
              "x %*x:%*x %" G_GINT64_MODIFIER "u %n",
              &line->start, &line->end, line->rights, &line->offset, &line->inode, &path) != 5 ||
      path == 0)
    return FALSE;
  line->path = text + path;
  return TRUE;
}

/* Closes @descriptor and returns -1 when it is not the file that is mapped. */
static int
check_inode (int descriptor, guint64 inode)
{
  struct stat status;

  if (descriptor < 0)
    return -1;
  if (fstat (descriptor, &status) == 0 && S_ISREG (status.st_mode) && status.st_ino == inode)
    return descriptor;
  close (descriptor);
  return -1;
}

static int
open_mapped (const MemsnoopProcessIdentity *identity, int root, const Line *line)
{
  g_autoptr (GError) error = NULL;
  gchar name[64];
  int descriptor;

  g_snprintf (name, sizeof name, "map_files/%" G_GINT64_MODIFIER "x-%" G_GINT64_MODIFIER "x",
              line->start, line->end);
  descriptor = check_inode (openat (identity->directory, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK),
                            line->inode);
  if (descriptor < 0)
    /* The executable may be opened even when it was deleted. */
    descriptor = check_inode (
        openat (identity->directory, "exe", O_RDONLY | O_CLOEXEC | O_NONBLOCK), line->inode);
  if (descriptor < 0 && root >= 0)
    descriptor = check_inode (memsnoop_root_file_open (root, line->path, &error), line->inode);
  if (descriptor < 0)
    g_debug ("The file %s that process %u has mapped cannot be opened", line->path, identity->pid);
  return descriptor;
}

/* Returns: a descriptor of a copy, or -1. */
static int
copy_vdso (gsize length)
{
  const void *image = (const void *) getauxval (AT_SYSINFO_EHDR);
  int descriptor;

  if (image == NULL)
    return -1;
  descriptor = memfd_create ("memsnoop-vdso", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (descriptor >= 0 && write (descriptor, image, length) == (ssize_t) length &&
      fcntl (descriptor, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) ==
          0)
    return descriptor;
  if (descriptor >= 0)
    close (descriptor);
  return -1;
}

/* How many bytes of this process's own vDSO there are, which is what may be copied. */
static gsize
find_vdso_length (void)
{
  g_autofree gchar *text = NULL;
  g_auto (GStrv) lines = NULL;
  Line line;

  if (!g_file_get_contents ("/proc/self/maps", &text, NULL, NULL))
    return 0;
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    if (parse_line (lines[i], &line) && g_str_equal (line.path, "[vdso]"))
      return (gsize) (line.end - line.start);
  return 0;
}

static void
add_line (MemsnoopModuleTable *table,
          const MemsnoopProcessIdentity *identity,
          int root,
          const Line *line)
{
  int descriptor = -1;

  if (line->rights[2] != 'x')
    return;
  if (line->path[0] == '/')
    descriptor = open_mapped (identity, root, line);
  else if (g_str_equal (line->path, "[vdso]") && line->end - line->start == find_vdso_length ())
    descriptor = copy_vdso ((gsize) (line->end - line->start));
  else
    return;
  if (!memsnoop_module_table_add (table, line->path, line->start, line->end, line->offset,
                                  descriptor))
    g_warning ("Process %u has too many executable mappings: nothing in %s will have a name",
               identity->pid, line->path);
}

/* Reads what may be longer than one page. */
static gchar *
read_maps (const MemsnoopProcessIdentity *identity, GError **error)
{
  int descriptor = openat (identity->directory, "maps", O_RDONLY | O_CLOEXEC);
  g_autoptr (GString) text = g_string_new (NULL);
  gchar chunk[16384];
  ssize_t length = -1;

  if (descriptor >= 0)
    {
      while ((length = read (descriptor, chunk, sizeof chunk)) > 0)
        g_string_append_len (text, chunk, length);
      close (descriptor);
    }
  if (length < 0)
    {
      memsnoop_error_set_errno (error, errno, "Cannot read what process %u has mapped",
                                identity->pid);
      return NULL;
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static guint64
read_namespace (const MemsnoopProcessIdentity *identity)
{
  struct stat status;

  return fstatat (identity->directory, "ns/mnt", &status, 0) == 0 ? status.st_ino : 0;
}

MemsnoopModuleTable *
memsnoop_process_modules_read (const MemsnoopProcessIdentity *identity, GError **error)
{
  g_autofree gchar *text = read_maps (identity, error);
  g_auto (GStrv) lines = NULL;
  MemsnoopModuleTable *table;
  int root;
  Line line;

  if (text == NULL)
    return NULL;
  root = openat (identity->directory, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
  table = memsnoop_module_table_new (root, read_namespace (identity));
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    if (parse_line (lines[i], &line))
      add_line (table, identity, root, &line);
  return table;
}
