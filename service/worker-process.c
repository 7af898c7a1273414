/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "worker-process.h"

#include "error.h"
#include "sibling-program.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <sys/socket.h>
#include <unistd.h>

/* The descriptor that the worker expects its socket to be. */
#define WORKER_SOCKET 3

struct MemsnoopWorkerProcess
{
  GSubprocess *subprocess;
  int socket;
  GSource *source;
  MemsnoopWorkerProcessFunc func;
  gpointer user_data;
};

gchar *
memsnoop_worker_process_find_program (void)
{
  return memsnoop_sibling_program_find ("memsnoop-symbolizer", "symbolizer");
}

static gboolean
on_readable (gint socket, GIOCondition condition, gpointer user_data)
{
  MemsnoopWorkerProcess *process = user_data;
  g_auto (MemsnoopWorkerMessage) message = MEMSNOOP_WORKER_MESSAGE_INIT;
  g_autoptr (GError) error = NULL;

  if (memsnoop_worker_message_receive (socket, &message, &error))
    {
      process->func (&message, NULL, process->user_data);
      return G_SOURCE_CONTINUE;
    }
  if (g_error_matches (error, MEMSNOOP_WORKER_MESSAGE_ERROR, MEMSNOOP_WORKER_MESSAGE_ERROR_AGAIN))
    return G_SOURCE_CONTINUE;
  process->func (NULL, error, process->user_data);
  return G_SOURCE_REMOVE;
}

static void
watch (MemsnoopWorkerProcess *process)
{
  process->source = g_unix_fd_source_new (process->socket, G_IO_IN | G_IO_HUP | G_IO_ERR);
  g_source_set_callback (process->source, G_SOURCE_FUNC (on_readable), process, NULL);
  g_source_attach (process->source, g_main_context_get_thread_default ());
}

static GSubprocess *
spawn (const gchar *program, int socket, GError **error)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_NONE);
  gchar *nothing[] = { NULL };

  g_subprocess_launcher_set_environ (launcher, nothing);
  g_subprocess_launcher_set_cwd (launcher, "/");
  g_subprocess_launcher_take_fd (launcher, socket, WORKER_SOCKET);
  return g_subprocess_launcher_spawn (launcher, error, program, NULL);
}

MemsnoopWorkerProcess *
memsnoop_worker_process_start (const gchar *program,
                               MemsnoopWorkerProcessFunc func,
                               gpointer user_data,
                               GError **error)
{
  MemsnoopWorkerProcess *process;
  GSubprocess *subprocess;
  int sockets[2];

  if (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) != 0)
    {
      memsnoop_error_set_errno (error, errno, "Cannot make a socket for %s", program);
      return NULL;
    }
  subprocess = spawn (program, sockets[1], error);
  if (subprocess == NULL)
    {
      close (sockets[0]);
      return NULL;
    }
  /* Of this side only: the worker has nothing else to wait for. */
  fcntl (sockets[0], F_SETFL, O_NONBLOCK);
  process = g_new0 (MemsnoopWorkerProcess, 1);
  process->subprocess = subprocess;
  process->socket = sockets[0];
  process->func = func;
  process->user_data = user_data;
  watch (process);
  return process;
}

gboolean
memsnoop_worker_process_send (MemsnoopWorkerProcess *process,
                              guint16 kind,
                              guint32 sequence,
                              GVariant *body,
                              int descriptor,
                              GError **error)
{
  return memsnoop_worker_message_send (process->socket, kind, sequence, body, descriptor, error);
}

guint32
memsnoop_worker_process_get_pid (const MemsnoopWorkerProcess *process)
{
  const gchar *text = g_subprocess_get_identifier (process->subprocess);

  return text != NULL ? (guint32) g_ascii_strtoull (text, NULL, 10) : 0;
}

void
memsnoop_worker_process_end (MemsnoopWorkerProcess *process)
{
  g_source_destroy (process->source);
  g_source_unref (process->source);
  close (process->socket);
  g_subprocess_force_exit (process->subprocess);
  g_object_unref (process->subprocess);
  g_free (process);
}
