/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "export-file.h"

#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * @path: NULL for standard output.
 * @temporary: (nullable): the name that it has until then.
 */
struct _MemsnoopExportFile
{
  int descriptor;
  gchar *path;
  gchar *temporary;
};

static gboolean
fail (const gchar *what, const gchar *path, GError **error)
{
  int number = errno;

  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (number), "cannot %s %s: %s", what, path,
               g_strerror (number));
  return FALSE;
}

/* With the rights that a file gets which is made anew. */
static gboolean
set_rights (int descriptor)
{
  mode_t mask = umask (0);

  umask (mask);
  return fchmod (descriptor, 0666 & ~mask) == 0;
}

static gboolean
open_temporary (MemsnoopExportFile *self, GError **error)
{
  self->temporary = g_strconcat (self->path, ".XXXXXX", NULL);
  self->descriptor = g_mkstemp_full (self->temporary, O_RDWR | O_CLOEXEC, 0600);
  if (self->descriptor >= 0 && set_rights (self->descriptor))
    return TRUE;
  fail ("write", self->path, error);
  if (self->descriptor < 0)
    g_clear_pointer (&self->temporary, g_free);
  return FALSE;
}

static gboolean
open_path (MemsnoopExportFile *self, GError **error)
{
  struct stat status;

  if (self->path == NULL)
    {
      self->descriptor = memfd_create ("memsnoopctl-export", MFD_CLOEXEC);
      return self->descriptor >= 0 || fail ("hold", "the export in memory", error);
    }
  if (stat (self->path, &status) != 0 || S_ISREG (status.st_mode))
    return open_temporary (self, error);
  self->descriptor = g_open (self->path, O_WRONLY | O_CLOEXEC, 0);
  return self->descriptor >= 0 || fail ("write", self->path, error);
}

MemsnoopExportFile *
memsnoop_export_file_open (const gchar *path, GError **error)
{
  g_autoptr (MemsnoopExportFile) self = g_new0 (MemsnoopExportFile, 1);

  self->descriptor = -1;
  if (path != NULL && !g_str_equal (path, "-"))
    self->path = g_strdup (path);
  return open_path (self, error) ? g_steal_pointer (&self) : NULL;
}

int
memsnoop_export_file_get_descriptor (MemsnoopExportFile *self)
{
  return self->descriptor;
}

static gboolean
copy_to_output (MemsnoopExportFile *self, GError **error)
{
  g_autoptr (GMappedFile) file = g_mapped_file_new_from_fd (self->descriptor, FALSE, error);

  return file != NULL && memsnoop_output_write_bytes (g_mapped_file_get_contents (file),
                                                      g_mapped_file_get_length (file), error);
}

/* Over what the name leads to: a symbolic link stays one. */
static gboolean
move_to_path (MemsnoopExportFile *self, GError **error)
{
  char *resolved = realpath (self->path, NULL);
  gboolean moved = g_rename (self->temporary, resolved != NULL ? resolved : self->path) == 0 ||
                   fail ("write", self->path, error);

  free (resolved);
  if (moved)
    g_clear_pointer (&self->temporary, g_free);
  return moved;
}

gboolean
memsnoop_export_file_commit (MemsnoopExportFile *self, GError **error)
{
  if (self->path == NULL)
    return copy_to_output (self, error);
  return self->temporary == NULL || move_to_path (self, error);
}

void
memsnoop_export_file_free (MemsnoopExportFile *self)
{
  if (self->temporary != NULL)
    g_unlink (self->temporary);
  if (self->descriptor >= 0)
    close (self->descriptor);
  g_free (self->temporary);
  g_free (self->path);
  g_free (self);
}
