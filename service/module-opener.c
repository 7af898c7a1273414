/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "module-opener.h"

#include "mapped-file.h"
#include "sibling-program.h"
#include "user-turns.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROGRAM "memsnoop-opener"
/* Milliseconds. Somewhat more than the opener takes at most. */
#define ANSWER_WAIT (1000 * (MEMSNOOP_OPENER_SECONDS_MAX + 2))

/* The one opener; there are no two, as rights can be kept only once. */
static struct
{
  int socket; /* plus one; 0: there is none */
  pid_t pid;
  gchar *obstacle;
  gint told_end;
} opener;

static void
set_obstacle (gchar *obstacle)
{
  g_free (opener.obstacle);
  opener.obstacle = obstacle;
  g_message ("%s", obstacle);
}

/* Messages */

/* Returns: the answer's error, or a negative errno when there is none. @descriptor: (out): what
 * came with it, or -1. */
static int
receive_answer (int socket, int *descriptor)
{
  struct memsnoop_opener_answer answer;
  struct iovec vector = { &answer, sizeof answer };
  union
  {
    struct cmsghdr header;
    gchar bytes[CMSG_SPACE (sizeof (int))];
  } control;
  struct msghdr message = {
    .msg_iov = &vector,
    .msg_iovlen = 1,
    .msg_control = &control,
    .msg_controllen = sizeof control,
  };
  ssize_t length = recvmsg (socket, &message, MSG_CMSG_CLOEXEC);
  struct cmsghdr *header;

  *descriptor = -1;
  if (length < 0)
    return -errno;
  header = CMSG_FIRSTHDR (&message);
  if (header != NULL && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
    memcpy (descriptor, CMSG_DATA (header), sizeof *descriptor);
  /* The other end is closed. */
  if (length == 0)
    return -ENODATA;
  return length == sizeof answer && answer.error >= 0 ? answer.error : -EPROTO;
}

static int
await_answer (int socket, int *descriptor)
{
  struct pollfd polled = { .fd = socket, .events = POLLIN };
  int result;

  *descriptor = -1;
  do
    result = poll (&polled, 1, ANSWER_WAIT);
  while (result < 0 && errno == EINTR);
  if (result > 0)
    return receive_answer (socket, descriptor);
  return result == 0 ? -ETIMEDOUT : -errno;
}

static int
send_request (const struct memsnoop_opener_request *request, int reply)
{
  struct iovec vector = { (gpointer) request, sizeof *request };
  union
  {
    struct cmsghdr header;
    gchar bytes[CMSG_SPACE (sizeof (int))];
  } control = { .header = { .cmsg_len = CMSG_LEN (sizeof reply),
                            .cmsg_level = SOL_SOCKET,
                            .cmsg_type = SCM_RIGHTS } };
  struct msghdr message = {
    .msg_iov = &vector,
    .msg_iovlen = 1,
    .msg_control = &control,
    .msg_controllen = sizeof control,
  };

  memcpy (CMSG_DATA (&control.header), &reply, sizeof reply);
  return sendmsg (opener.socket - 1, &message, MSG_NOSIGNAL) == sizeof *request ? 0 : -errno;
}

static MemsnoopUserTurns turns;

/* Makes the request, and returns as receive_answer(); @hanging: (out): the socket, when no answer
 * came; else -1. */
static int
ask_and_await (const struct memsnoop_opener_request *request, int *descriptor, int *hanging)
{
  int sockets[2];
  int result;

  *hanging = -1;
  if (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) != 0)
    return -errno;
  result = send_request (request, sockets[1]);
  close (sockets[1]);
  if (result == 0)
    result = await_answer (sockets[0], descriptor);
  if (result == -ETIMEDOUT)
    *hanging = sockets[0];
  else
    close (sockets[0]);
  return result;
}

/* -ETIMEDOUT also when too much hangs already. */
static int
ask_in_turn (const struct memsnoop_opener_request *request, guint32 uid, int *descriptor)
{
  guint64 turn = memsnoop_user_turns_take (&turns, uid, MEMSNOOP_OPENER_SECONDS_MAX);
  int hanging;
  int result;

  if (turn == 0)
    return -ETIMEDOUT;
  result = ask_and_await (request, descriptor, &hanging);
  memsnoop_user_turns_give_back (&turns, turn, hanging);
  return result;
}

static int
ask (const struct memsnoop_opener_request *request, guint32 uid)
{
  int descriptor = -1;
  int result = ask_in_turn (request, uid, &descriptor);

  if (result == 0 && descriptor >= 0)
    return descriptor;
  if (descriptor >= 0)
    close (descriptor);
  /* The opener ends what takes too long. */
  if (result == -ENODATA)
    return -ETIMEDOUT;
  return result > 0 ? -result : result < 0 ? result : -EPROTO;
}

static void
tell_end (void)
{
  if (g_atomic_int_compare_and_exchange (&opener.told_end, 0, 1))
    g_warning (PROGRAM " has ended: until the service is started again, files that lie where the "
                       "service may not look, and those that were replaced, cannot be opened");
}

int
memsnoop_module_opener_open (const MemsnoopMappedModule *module,
                             const MemsnoopModuleMapping *mapping,
                             const MemsnoopProcessIdentity *identity)
{
  struct memsnoop_opener_request request = {
    .start_time = identity->start_time,
    .start = mapping->start,
    .end = mapping->end,
    .inode = module->inode,
    .device_major = module->major,
    .device_minor = module->minor,
    .pid = identity->pid,
  };
  int result;

  if (opener.socket == 0)
    return memsnoop_mapped_file_open (&request);
  result = ask (&request, identity->real_uid);
  if (result == -EPIPE)
    tell_end ();
  return result;
}

/* The process */

static int
spawn (const gchar *program, int socket)
{
  posix_spawn_file_actions_t actions;
  gchar *arguments[] = { (gchar *) program, NULL };
  gchar *nothing[] = { NULL };
  int result = posix_spawn_file_actions_init (&actions);

  if (result != 0)
    return -result;
  result = posix_spawn_file_actions_adddup2 (&actions, socket, MEMSNOOP_OPENER_SOCKET);
  if (result == 0)
    result = posix_spawn (&opener.pid, program, &actions, NULL, arguments, nothing);
  posix_spawn_file_actions_destroy (&actions);
  return -result;
}

static void
close_socket (void)
{
  close (opener.socket - 1);
  opener.socket = 0;
  waitpid (opener.pid, NULL, 0);
}

/* Its first word. */
static void
await_ready (void)
{
  int descriptor;
  int result = await_answer (opener.socket - 1, &descriptor);

  if (result == 0)
    return;
  close_socket ();
  if (result == EPERM)
    set_obstacle (
        g_strdup ("The service was started without CAP_CHECKPOINT_RESTORE, CAP_DAC_READ_SEARCH or "
                  "CAP_SYS_PTRACE; mapped files are opened by their paths, where those still lead "
                  "to them"));
  else
    set_obstacle (
        g_strdup_printf ("%s cannot confine itself, and is not trusted: %s", PROGRAM,
                         result == -ENODATA ? "it has ended" : g_strerror (ABS (result))));
}

void
memsnoop_module_opener_start (const gchar *program)
{
  g_autofree gchar *found =
      program != NULL ? g_strdup (program) : memsnoop_sibling_program_find (PROGRAM, "opener");
  int sockets[2];
  int result;

  if (found == NULL)
    {
      set_obstacle (g_strdup ("The program " PROGRAM " is not beside the service's own, or in a "
                              "folder that the service's user may not enter"));
      return;
    }
  result = socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) == 0 ? 0 : -errno;
  if (result == 0)
    {
      opener.socket = sockets[0] + 1;
      result = spawn (found, sockets[1]);
      close (sockets[1]);
    }
  if (result == 0)
    {
      await_ready ();
      return;
    }
  if (opener.socket != 0)
    close (sockets[0]);
  opener.socket = 0;
  set_obstacle (g_strdup_printf ("Cannot start %s: %s", found, g_strerror (-result)));
}

void
memsnoop_module_opener_stop (void)
{
  if (opener.socket != 0)
    close_socket ();
  g_clear_pointer (&opener.obstacle, g_free);
  opener.told_end = 0;
}

guint32
memsnoop_module_opener_get_pid (void)
{
  return opener.socket != 0 ? (guint32) opener.pid : 0;
}

/* The trial */

static int
try_own_program (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MemsnoopProcessIdentity) identity =
      memsnoop_process_identity_open ((guint32) getpid (), &error);
  g_autoptr (MemsnoopMappedModules) modules = NULL;
  const MemsnoopMappedModule *module;
  int descriptor;

  if (identity != NULL)
    modules = memsnoop_mapped_modules_read (identity, &error);
  if (modules == NULL)
    return -ESRCH;
  module = modules->list->pdata[0];
  descriptor = memsnoop_module_opener_open (
      module, &g_array_index (module->mappings, MemsnoopModuleMapping, 0), identity);
  if (descriptor < 0)
    return descriptor;
  close (descriptor);
  return 0;
}

gboolean
memsnoop_module_opener_check (gchar **reason)
{
  int result = opener.obstacle == NULL ? try_own_program () : 0;

  *reason = NULL;
  if (opener.obstacle != NULL)
    *reason = g_strdup (opener.obstacle);
  else if (result != 0)
    *reason = g_strdup_printf ("The kernel does not let the service open what is mapped (as in a "
                               "container with users of its own): %s",
                               g_strerror (-result));
  return *reason == NULL;
}
