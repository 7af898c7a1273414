/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "descriptor-writer.h"

#include "error.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

/* Of a file at once, so that the time is looked at between. */
#define FILE_PIECE (1 << 20)
/* For the thread to tell by itself that the time is up. */
#define GRACE_MILLISECONDS 1000

/*
 * Two hold it: the thread, until it is done, and the task, until it is answered.
 * @result_error: what the thread leaves; of the main loop once it is done.
 * @source: what answers when the thread does not.
 */
typedef struct
{
  gatomicrefcount reference_count;
  gint descriptor;
  gint64 deadline;
  guint milliseconds;
  MemsnoopContentFunction content;
  gpointer content_data;
  GDestroyNotify content_destroy;
  GMainContext *context;
  GTask *task;
  GSource *timeout;
  GError *result_error;
} Writing;

/* Of the main loop. */
static guint n_writers;

static void
writing_unref (gpointer data)
{
  Writing *writing = data;

  if (!g_atomic_ref_count_dec (&writing->reference_count))
    return;
  g_clear_error (&writing->result_error);
  g_main_context_unref (writing->context);
  g_free (writing);
}

/* How much of @size a descriptor of type @type may be given without being asked to wait, or -1 with
 * errno. */
static gssize
write_piece (gint descriptor, mode_t type, const guint8 *data, gsize size)
{
  struct iovec piece = { .iov_base = (gpointer) data, .iov_len = size };
  gssize written;

  if (S_ISREG (type))
    return write (descriptor, data, MIN (size, (gsize) FILE_PIECE));
  if (S_ISSOCK (type))
    return send (descriptor, data, size, MSG_DONTWAIT | MSG_NOSIGNAL);
  written = pwritev2 (descriptor, &piece, 1, -1, RWF_NOWAIT);
  /* An older kernel: what is ready for writing takes this much without waiting, as long as nobody
   * else writes. */
  if (written < 0 && (errno == EOPNOTSUPP || errno == EINVAL || errno == ENOSYS))
    written = write (descriptor, data, MIN (size, (gsize) PIPE_BUF));
  return written;
}

static gboolean
wait_until_ready (const Writing *writing)
{
  struct pollfd ready = { .fd = writing->descriptor, .events = POLLOUT };
  gint64 left = (writing->deadline - g_get_monotonic_time ()) / 1000;

  /* Errors are told by the attempt to write. */
  return left > 0 && (poll (&ready, 1, (gint) left) != 0 || errno == EINTR);
}

static gboolean
write_all (const Writing *writing, mode_t type, GBytes *content, GError **error)
{
  gsize size, done = 0;
  const guint8 *data = g_bytes_get_data (content, &size);

  while (done < size)
    {
      gssize written;

      if (!wait_until_ready (writing))
        {
          g_set_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                       "The descriptor that was passed took %" G_GSIZE_FORMAT " of %" G_GSIZE_FORMAT
                       " bytes in %u ms: read faster what it leads to",
                       done, size, writing->milliseconds);
          return FALSE;
        }
      written = write_piece (writing->descriptor, type, data + done, size - done);
      if (written < 0 && errno != EAGAIN && errno != EINTR)
        {
          memsnoop_error_set_errno (error, -errno,
                                    "Cannot write to the descriptor that was passed, after "
                                    "%" G_GSIZE_FORMAT " of %" G_GSIZE_FORMAT " bytes",
                                    done, size);
          return FALSE;
        }
      done += (gsize) MAX (written, 0);
    }
  return TRUE;
}

static gboolean
check_and_write (const Writing *writing, GError **error)
{
  g_autoptr (GBytes) content = NULL;
  struct stat status;

  if (!memsnoop_descriptor_check (writing->descriptor, error))
    return FALSE;
  content = writing->content (writing->content_data, error);
  if (content == NULL)
    return FALSE;
  if (fstat (writing->descriptor, &status) != 0)
    {
      memsnoop_error_set_errno (error, -errno, "Cannot write to the descriptor that was passed");
      return FALSE;
    }
  return write_all (writing, status.st_mode, content, error);
}

/* Once: by the thread's end or when the time is up, whichever is first. */
static void
answer (Writing *writing, GError *error)
{
  g_autoptr (GTask) task = g_steal_pointer (&writing->task);

  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
  g_source_destroy (writing->timeout);
  g_clear_pointer (&writing->timeout, g_source_unref);
  writing_unref (writing);
}

static gboolean
thread_is_done (gpointer data)
{
  Writing *writing = data;

  n_writers--;
  if (writing->task != NULL)
    answer (writing, g_steal_pointer (&writing->result_error));
  return G_SOURCE_REMOVE;
}

static gboolean
time_is_up (gpointer data)
{
  Writing *writing = data;

  answer (writing,
          g_error_new (G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                       "The descriptor that was passed does not let anyone write for %u ms",
                       writing->milliseconds));
  return G_SOURCE_REMOVE;
}

/* Not by g_main_context_invoke(), which calls at once, from here, when no loop happens to run. */
static void
tell_main_loop (Writing *writing)
{
  g_autoptr (GSource) done = g_idle_source_new ();

  g_source_set_priority (done, G_PRIORITY_DEFAULT);
  g_source_set_callback (done, thread_is_done, writing, writing_unref);
  g_source_attach (done, writing->context);
}

static gpointer
run (gpointer data)
{
  Writing *writing = data;
  sigset_t signals;

  /* Where a reader has gone, or a file may not grow: an error here, and nobody else's matter. */
  sigemptyset (&signals);
  sigaddset (&signals, SIGPIPE);
  sigaddset (&signals, SIGXFSZ);
  pthread_sigmask (SIG_BLOCK, &signals, NULL);
  check_and_write (writing, &writing->result_error);
  close (writing->descriptor);
  if (writing->content_destroy != NULL)
    writing->content_destroy (writing->content_data);
  tell_main_loop (writing);
  return NULL;
}

static void
start_timeout (Writing *writing)
{
  writing->timeout = g_timeout_source_new (writing->milliseconds + GRACE_MILLISECONDS);
  g_source_set_callback (writing->timeout, time_is_up, writing, NULL);
  g_source_attach (writing->timeout, writing->context);
}

static gboolean
start (Writing *writing, GError **error)
{
  g_autoptr (GThread) thread = NULL;

  if (n_writers >= MEMSNOOP_DESCRIPTOR_WRITERS_MAX)
    {
      g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_LIMITS_EXCEEDED,
                   "%u exports are being written, as many as may be; try again when one has ended",
                   n_writers);
      return FALSE;
    }
  g_atomic_ref_count_inc (&writing->reference_count);
  thread = g_thread_try_new ("export", run, writing, error);
  if (thread == NULL)
    {
      g_atomic_ref_count_dec (&writing->reference_count);
      return FALSE;
    }
  n_writers++;
  start_timeout (writing);
  return TRUE;
}

void
memsnoop_descriptor_write_async (gint descriptor,
                                 guint milliseconds,
                                 MemsnoopContentFunction content,
                                 gpointer content_data,
                                 GDestroyNotify content_destroy,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, user_data);
  Writing *writing = g_new0 (Writing, 1);
  GError *error = NULL;

  g_atomic_ref_count_init (&writing->reference_count);
  writing->descriptor = descriptor;
  writing->milliseconds = milliseconds;
  writing->deadline = g_get_monotonic_time () + (gint64) milliseconds * 1000;
  writing->content = content;
  writing->content_data = content_data;
  writing->content_destroy = content_destroy;
  writing->context = g_main_context_ref_thread_default ();
  writing->task = g_object_ref (task);
  if (start (writing, &error))
    return;
  close (descriptor);
  if (content_destroy != NULL)
    content_destroy (content_data);
  g_clear_object (&writing->task);
  writing_unref (writing);
  g_task_return_error (task, error);
}

gboolean
memsnoop_descriptor_write_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
