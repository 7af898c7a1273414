/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "state-file.h"

#include "error.h"
#include "state-folder.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FILE_MODE 0600
#define CHECKSUM_SIZE 32
#define PIECE_SIZE (64 * 1024)

struct _MemsnoopStateWriter
{
  gchar *path;
  gchar *temporary;
  FILE *file;
  GChecksum *checksum;
};

/* Whatever lies there is of a service that did not come to its end. */
static FILE *
create_file (const gchar *path)
{
  int descriptor;
  FILE *file;

  g_unlink (path);
  descriptor = open (path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, FILE_MODE);
  file = descriptor < 0 ? NULL : fdopen (descriptor, "w");
  if (file == NULL && descriptor >= 0)
    close (descriptor);
  return file;
}

MemsnoopStateWriter *
memsnoop_state_writer_new (const gchar *folder,
                           const gchar *name,
                           const gchar *suffix,
                           GError **error)
{
  g_autoptr (MemsnoopStateWriter) self = g_new0 (MemsnoopStateWriter, 1);

  self->path = g_build_filename (folder, name, NULL);
  self->temporary = g_strconcat (self->path, suffix, NULL);
  self->checksum = g_checksum_new (G_CHECKSUM_SHA256);
  self->file = create_file (self->temporary);
  if (self->file != NULL)
    return g_steal_pointer (&self);
  memsnoop_error_set_errno (error, errno, "Cannot make %s", self->temporary);
  return NULL;
}

static gboolean
write_bytes (MemsnoopStateWriter *self, const guint8 *data, gsize length, GError **error)
{
  if (fwrite (data, 1, length, self->file) == length)
    return TRUE;
  memsnoop_error_set_errno (error, errno, "Cannot write %s", self->temporary);
  return FALSE;
}

gboolean
memsnoop_state_writer_write (MemsnoopStateWriter *self,
                             const guint8 *data,
                             gsize length,
                             GError **error)
{
  g_checksum_update (self->checksum, data, (gssize) length);
  return write_bytes (self, data, length, error);
}

gboolean
memsnoop_state_writer_commit (MemsnoopStateWriter *self, GError **error)
{
  guint8 digest[CHECKSUM_SIZE];
  gsize length = sizeof digest;

  g_checksum_get_digest (self->checksum, digest, &length);
  if (!write_bytes (self, digest, length, error))
    return FALSE;
  if (fflush (self->file) != 0 || fsync (fileno (self->file)) != 0 ||
      g_rename (self->temporary, self->path) != 0)
    {
      memsnoop_error_set_errno (error, errno, "Cannot write %s", self->path);
      return FALSE;
    }
  g_clear_pointer (&self->temporary, g_free);
  return TRUE;
}

void
memsnoop_state_writer_free (MemsnoopStateWriter *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->file, fclose);
  if (self->temporary != NULL)
    g_unlink (self->temporary);
  g_free (self->temporary);
  g_free (self->path);
  g_checksum_free (self->checksum);
  g_free (self);
}

struct _MemsnoopStateReader
{
  FILE *file;
  /* Bytes before the checksum, and those of them that are still to be read. */
  guint64 size;
  guint64 left;
};

gboolean
memsnoop_state_reader_read (MemsnoopStateReader *self, gpointer data, gsize length, GError **error)
{
  if (length > self->left)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                   "%" G_GSIZE_FORMAT
                   " bytes should follow where there are only %" G_GUINT64_FORMAT,
                   length, self->left);
      return FALSE;
    }
  self->left -= length;
  if (fread (data, 1, length, self->file) == length)
    return TRUE;
  memsnoop_error_set_errno (error, ferror (self->file) ? errno : EIO, "It cannot be read");
  return FALSE;
}

guint64
memsnoop_state_reader_get_left (MemsnoopStateReader *self)
{
  return self->left;
}

gboolean
memsnoop_state_reader_go_back (MemsnoopStateReader *self, guint64 left, GError **error)
{
  g_return_val_if_fail (left <= self->size, FALSE);
  if (fseeko (self->file, (off_t) (self->size - left), SEEK_SET) == 0)
    {
      self->left = left;
      return TRUE;
    }
  memsnoop_error_set_errno (error, errno, "It cannot be read again");
  return FALSE;
}

static gboolean
sum_up (MemsnoopStateReader *self, GChecksum *checksum, GError **error)
{
  g_autofree guint8 *piece = g_malloc (PIECE_SIZE);

  while (self->left > 0)
    {
      gsize length = (gsize) MIN (self->left, PIECE_SIZE);

      if (!memsnoop_state_reader_read (self, piece, length, error))
        return FALSE;
      g_checksum_update (checksum, piece, (gssize) length);
    }
  return TRUE;
}

static gboolean
check (MemsnoopStateReader *self, GError **error)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  guint8 expected[CHECKSUM_SIZE];
  guint8 found[CHECKSUM_SIZE];
  gsize length = sizeof expected;

  if (!sum_up (self, checksum, error))
    return FALSE;
  g_checksum_get_digest (checksum, expected, &length);
  if (fread (found, 1, sizeof found, self->file) != sizeof found ||
      memcmp (found, expected, sizeof found) != 0)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "Its checksum is wrong");
      return FALSE;
    }
  return memsnoop_state_reader_go_back (self, self->size, error);
}

MemsnoopStateReader *
memsnoop_state_reader_open (const gchar *folder, const gchar *name, guint64 maximum, GError **error)
{
  g_autoptr (MemsnoopStateReader) self = NULL;
  guint64 size;
  int descriptor = memsnoop_state_folder_open (folder, name, maximum, &size, error);

  if (descriptor < 0)
    return NULL;
  self = g_new0 (MemsnoopStateReader, 1);
  self->file = fdopen (descriptor, "r");
  if (self->file == NULL)
    {
      memsnoop_error_set_errno (error, errno, "It cannot be read");
      close (descriptor);
      return NULL;
    }
  /* One that is shorter than a checksum has a wrong one. */
  self->size = size - MIN (size, CHECKSUM_SIZE);
  self->left = self->size;
  return check (self, error) ? g_steal_pointer (&self) : NULL;
}

void
memsnoop_state_reader_free (MemsnoopStateReader *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->file, fclose);
  g_free (self);
}
