/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "worker-message.h"

#include "allocator-module.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

G_DEFINE_QUARK (memsnoop - worker - message - error - quark, memsnoop_worker_message_error)

/* Room for two, so that a second descriptor is seen and closed. */
#define DESCRIPTORS_MAX 2

typedef union
{
  char bytes[CMSG_SPACE (DESCRIPTORS_MAX * sizeof (int))];
  struct cmsghdr alignment;
} Control;

const gchar *
memsnoop_worker_message_type (guint16 kind)
{
  switch (kind)
    {
    case MEMSNOOP_WORKER_PROVIDE:
      return "(ys)";
    case MEMSNOOP_WORKER_TABLE:
      return "(uua(sttt))";
    case MEMSNOOP_WORKER_UNWIND:
      return "(uutatay)";
    case MEMSNOOP_WORKER_SYMBOLIZE:
      return "(sat)";
    case MEMSNOOP_WORKER_FIND_FUNCTIONS:
      return "(sb)";
    case MEMSNOOP_WORKER_FAILED:
      return "(s)";
    case MEMSNOOP_WORKER_DONE:
      return "()";
    case MEMSNOOP_WORKER_WANTED:
      return "a(ysss)";
    case MEMSNOOP_WORKER_FRAMES:
      return "(yua(utttynnn))";
    case MEMSNOOP_WORKER_SYMBOLS:
      return "aa(ssu)";
    case MEMSNOOP_WORKER_FUNCTIONS:
      return MEMSNOOP_ALLOCATOR_MODULE_TYPE;
    default:
      return NULL;
    }
}

static void
set_errno (GError **error, int number, const gchar *what)
{
  gint code = MEMSNOOP_WORKER_MESSAGE_ERROR_FAILED;

  if (number == EAGAIN)
    code = MEMSNOOP_WORKER_MESSAGE_ERROR_AGAIN;
  else if (number == EPIPE || number == ECONNRESET)
    code = MEMSNOOP_WORKER_MESSAGE_ERROR_CLOSED;
  g_set_error (error, MEMSNOOP_WORKER_MESSAGE_ERROR, code, "%s: %s", what, g_strerror (number));
}

static gboolean
set_invalid (GError **error, const gchar *what, guint64 value)
{
  g_set_error (error, MEMSNOOP_WORKER_MESSAGE_ERROR, MEMSNOOP_WORKER_MESSAGE_ERROR_INVALID,
               "A message of the worker's protocol %s (%" G_GUINT64_FORMAT ")", what, value);
  return FALSE;
}

static void
attach_descriptor (struct msghdr *packet, Control *control, int descriptor)
{
  struct cmsghdr *header;

  memset (control, 0, sizeof *control);
  packet->msg_control = control->bytes;
  packet->msg_controllen = CMSG_SPACE (sizeof descriptor);
  header = CMSG_FIRSTHDR (packet);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN (sizeof descriptor);
  memcpy (CMSG_DATA (header), &descriptor, sizeof descriptor);
}

static gboolean
send_packet (int socket, const struct msghdr *packet, GError **error)
{
  ssize_t sent;

  do
    sent = sendmsg (socket, packet, MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  if (sent < 0)
    set_errno (error, errno, "Cannot send to the other side of the worker's socket");
  return sent >= 0;
}

gboolean
memsnoop_worker_message_send (
    int socket, guint16 kind, guint32 sequence, GVariant *body, int descriptor, GError **error)
{
  g_autoptr (GVariant) sunk = g_variant_ref_sink (body);
  struct memsnoop_worker_header header = {
    .magic = MEMSNOOP_WORKER_MAGIC,
    .version = MEMSNOOP_WORKER_VERSION,
    .kind = kind,
    .sequence = sequence,
    .length = (guint32) g_variant_get_size (sunk),
  };
  struct iovec parts[] = {
    { &header, sizeof header },
    { (void *) g_variant_get_data (sunk), header.length },
  };
  struct msghdr packet = { .msg_iov = parts, .msg_iovlen = G_N_ELEMENTS (parts) };
  Control control;

  g_return_val_if_fail (
      g_variant_is_of_type (sunk, G_VARIANT_TYPE (memsnoop_worker_message_type (kind))), FALSE);
  if (g_variant_get_size (sunk) > MEMSNOOP_WORKER_MESSAGE_MAX - sizeof header)
    return set_invalid (error, "is too long in bytes", g_variant_get_size (sunk));
  if (descriptor >= 0)
    attach_descriptor (&packet, &control, descriptor);
  return send_packet (socket, &packet, error);
}

/* Takes the first descriptor out of @packet and closes others. FALSE when there were others. */
static gboolean
take_descriptor (struct msghdr *packet, int *descriptor)
{
  guint n = 0;

  *descriptor = -1;
  for (struct cmsghdr *header = CMSG_FIRSTHDR (packet); header != NULL;
       header = CMSG_NXTHDR (packet, header))
    {
      gsize length = header->cmsg_len - CMSG_LEN (0);

      if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
        continue;
      for (gsize i = 0; i < length / sizeof (int); i++)
        {
          int one;

          memcpy (&one, CMSG_DATA (header) + i * sizeof one, sizeof one);
          if (n++ == 0)
            *descriptor = one;
          else
            close (one);
        }
    }
  return n <= 1 && (packet->msg_flags & MSG_CTRUNC) == 0;
}

static gboolean
check_header (const struct memsnoop_worker_header *header, gsize received, GError **error)
{
  if (received < sizeof *header)
    return set_invalid (error, "is shorter than its header", received);
  if (header->magic != MEMSNOOP_WORKER_MAGIC)
    return set_invalid (error, "does not begin as one", header->magic);
  if (header->version != MEMSNOOP_WORKER_VERSION)
    return set_invalid (error, "is of another version", header->version);
  if (memsnoop_worker_message_type (header->kind) == NULL)
    return set_invalid (error, "is of no known kind", header->kind);
  if (header->length != received - sizeof *header)
    return set_invalid (error, "has another length than its header says", header->length);
  return TRUE;
}

/* GLib looks at each byte of an array, which takes longer than to unwind a stack. Numbers and bytes
 * need no look: whatever is wrong with their framing, GLib takes for empty ones. */
static gboolean
is_normal (guint16 kind, GVariant *body)
{
  return kind == MEMSNOOP_WORKER_UNWIND || g_variant_is_normal_form (body);
}

static gboolean
parse (const gchar *buffer, gsize received, MemsnoopWorkerMessage *message, GError **error)
{
  struct memsnoop_worker_header header = { 0 };
  gsize length;
  g_autofree gchar *data = NULL;
  g_autoptr (GVariant) body = NULL;

  memcpy (&header, buffer, MIN (received, sizeof header));
  if (!check_header (&header, received, error))
    return FALSE;
  length = header.length;
  data = g_memdup2 (buffer + sizeof header, length);
  body = g_variant_ref_sink (
      g_variant_new_from_data (G_VARIANT_TYPE (memsnoop_worker_message_type (header.kind)), data,
                               length, FALSE, g_free, data));
  g_steal_pointer (&data);
  if (!is_normal (header.kind, body))
    return set_invalid (error, "is not in normal form", header.kind);
  message->kind = header.kind;
  message->sequence = header.sequence;
  message->body = g_steal_pointer (&body);
  return TRUE;
}

/* Returns the bytes received, 0 with @error set. */
static gsize
receive_packet (int socket, struct msghdr *packet, GError **error)
{
  ssize_t received;

  do
    received = recvmsg (socket, packet, MSG_CMSG_CLOEXEC);
  while (received < 0 && errno == EINTR);
  if (received > 0)
    return (gsize) received;
  if (received < 0)
    set_errno (error, errno, "Cannot receive from the other side of the worker's socket");
  else
    g_set_error_literal (error, MEMSNOOP_WORKER_MESSAGE_ERROR, MEMSNOOP_WORKER_MESSAGE_ERROR_CLOSED,
                         "The other side of the worker's socket has closed it");
  return 0;
}

gboolean
memsnoop_worker_message_receive (int socket, MemsnoopWorkerMessage *message, GError **error)
{
  g_autofree gchar *buffer = g_malloc (MEMSNOOP_WORKER_MESSAGE_MAX);
  g_auto (MemsnoopWorkerMessage) result = MEMSNOOP_WORKER_MESSAGE_INIT;
  struct iovec part = { buffer, MEMSNOOP_WORKER_MESSAGE_MAX };
  Control control;
  struct msghdr packet = {
    .msg_iov = &part,
    .msg_iovlen = 1,
    .msg_control = control.bytes,
    .msg_controllen = sizeof control.bytes,
  };
  gsize received = receive_packet (socket, &packet, error);

  if (received == 0)
    return FALSE;
  if (!take_descriptor (&packet, &result.descriptor))
    return set_invalid (error, "has more than one descriptor", received);
  if ((packet.msg_flags & MSG_TRUNC) != 0)
    return set_invalid (error, "is too long in bytes, more than", received);
  if (!parse (buffer, received, &result, error))
    return FALSE;
  *message = result;
  result = (MemsnoopWorkerMessage) MEMSNOOP_WORKER_MESSAGE_INIT;
  return TRUE;
}

void
memsnoop_worker_message_clear (MemsnoopWorkerMessage *message)
{
  g_clear_pointer (&message->body, g_variant_unref);
  if (message->descriptor >= 0)
    close (message->descriptor);
  message->descriptor = -1;
}
