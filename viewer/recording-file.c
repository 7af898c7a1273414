/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "recording-file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Reading takes some times as much memory. The service's largest reports are far smaller. */
#define REPORT_MAX ((gsize) 128 << 20)

/* @path: behind symbolic links. */
typedef struct
{
  MemsnoopService *service;
  GVariant *arguments;
  gchar *path;
  gchar *temporary;
  gint descriptor;
} Writing;

static void
writing_free (gpointer data)
{
  Writing *writing = data;

  if (writing->descriptor >= 0)
    close (writing->descriptor);
  if (writing->temporary != NULL)
    g_unlink (writing->temporary);
  g_object_unref (writing->service);
  g_variant_unref (writing->arguments);
  g_free (writing->temporary);
  g_free (writing->path);
  g_free (writing);
}

static void
fail (GTask *task, int number)
{
  const Writing *writing = g_task_get_task_data (task);

  g_task_return_new_error (task, G_IO_ERROR, g_io_error_from_errno (number), "“%s”: %s",
                           writing->path, g_strerror (number));
}

static void
on_in_place (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  int failure = (int) g_task_propagate_int (G_TASK (result), NULL);

  if (failure != 0)
    fail (task, failure);
  else
    g_task_return_boolean (task, TRUE);
}

/* Files that cannot be written to the disk may be told but now. */
static void
put_in_place (GTask *step, gpointer source, gpointer data, GCancellable *cancellable)
{
  Writing *writing = g_task_get_task_data (G_TASK (data));
  gint descriptor = writing->descriptor;
  int failure = fsync (descriptor) != 0 ? errno : 0;

  writing->descriptor = -1;
  if (close (descriptor) != 0 && failure == 0)
    failure = errno;
  if (failure == 0 && g_rename (writing->temporary, writing->path) != 0)
    failure = errno;
  if (failure == 0)
    g_clear_pointer (&writing->temporary, g_free);
  g_task_return_int (step, failure);
}

/* In a thread: disks may be slow, and those of other machines may hang. */
static void
do_step (GTask *task, GTaskThreadFunc function, GAsyncReadyCallback callback)
{
  g_autoptr (GTask) step = g_task_new (NULL, NULL, callback, g_object_ref (task));

  g_task_set_task_data (step, g_object_ref (task), g_object_unref);
  g_task_run_in_thread (step, function);
}

static void
on_written (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  g_autoptr (GVariant) reply =
      memsnoop_service_call_finish (MEMSNOOP_SERVICE (source), result, &error);

  if (reply != NULL)
    {
      do_step (task, put_in_place, on_in_place);
      return;
    }
  g_dbus_error_strip_remote_error (error);
  g_task_return_error (task, error);
}

static void
on_opened (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  const Writing *writing = g_task_get_task_data (task);
  int failure = (int) g_task_propagate_int (G_TASK (result), NULL);

  if (failure != 0)
    fail (task, failure);
  else
    memsnoop_service_call (writing->service, "Export", writing->arguments, "()", TRUE,
                           writing->descriptor, g_task_get_cancellable (task), on_written,
                           g_object_ref (task));
}

/* A device or a pipe would be replaced by a file. */
static int
check_replaceable (const gchar *path)
{
  struct stat status;

  if (stat (path, &status) != 0)
    return errno == ENOENT ? 0 : errno;
  if (S_ISDIR (status.st_mode))
    return EISDIR;
  return S_ISREG (status.st_mode) ? 0 : EINVAL;
}

static void
open_beside (GTask *step, gpointer source, gpointer data, GCancellable *cancellable)
{
  Writing *writing = g_task_get_task_data (G_TASK (data));
  char *target = realpath (writing->path, NULL);
  int failure;

  if (target != NULL)
    {
      g_free (writing->path);
      writing->path = g_strdup (target);
      free (target);
    }
  failure = check_replaceable (writing->path);
  if (failure == 0)
    {
      writing->temporary = g_strconcat (writing->path, ".XXXXXX", NULL);
      writing->descriptor = g_mkstemp_full (writing->temporary, O_WRONLY | O_CLOEXEC, 0666);
      failure = writing->descriptor < 0 ? errno : 0;
    }
  if (failure != 0)
    g_clear_pointer (&writing->temporary, g_free);
  g_task_return_int (step, failure);
}

void
memsnoop_recording_file_write_async (const gchar *path,
                                     MemsnoopService *service,
                                     GVariant *arguments,
                                     GCancellable *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  Writing *writing = g_new0 (Writing, 1);

  writing->service = g_object_ref (service);
  writing->arguments = g_variant_ref_sink (arguments);
  writing->path = g_strdup (path);
  writing->descriptor = -1;
  g_task_set_task_data (task, writing, writing_free);
  g_task_set_source_tag (task, memsnoop_recording_file_write_async);
  do_step (task, open_beside, on_opened);
}

gboolean
memsnoop_recording_file_write_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* A file that shrinks while it is read would end the program. */
static int
seal (gint descriptor)
{
  return fcntl (descriptor, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) == 0 ? 0
                                                                                          : errno;
}

gint
memsnoop_recording_file_open (GError **error)
{
  gint descriptor = memfd_create ("memsnoop-report", MFD_CLOEXEC | MFD_ALLOW_SEALING);

  if (descriptor < 0)
    g_set_error_literal (error, G_IO_ERROR, g_io_error_from_errno (errno), g_strerror (errno));
  return descriptor;
}

GBytes *
memsnoop_recording_file_read (gint descriptor, GError **error)
{
  g_autoptr (GMappedFile) file = NULL;
  int failure = seal (descriptor);
  struct stat status;

  if (failure == 0 && fstat (descriptor, &status) != 0)
    failure = errno;
  if (failure != 0)
    {
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (failure),
                   _ ("The service may still be writing the report: %s"), g_strerror (failure));
      return NULL;
    }
  if ((guint64) status.st_size > REPORT_MAX)
    {
      g_autofree gchar *size =
          g_format_size_full ((guint64) status.st_size, G_FORMAT_SIZE_IEC_UNITS);

      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                   _ ("The report has %s, and this window reads up to 128 MiB; it can be exported"),
                   size);
      return NULL;
    }
  file = g_mapped_file_new_from_fd (descriptor, FALSE, error);
  return file != NULL ? g_mapped_file_get_bytes (file) : NULL;
}
