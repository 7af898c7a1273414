/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages between the service and its worker: see memsnoop-worker-protocol.h. Used by both sides. */
#pragma once

#include "memsnoop-worker-protocol.h"

#include <glib.h>

G_BEGIN_DECLS

#define MEMSNOOP_WORKER_MESSAGE_ERROR (memsnoop_worker_message_error_quark ())

typedef enum
{
  /* The other side has closed the connection. */
  MEMSNOOP_WORKER_MESSAGE_ERROR_CLOSED,
  /* What came is no valid message. */
  MEMSNOOP_WORKER_MESSAGE_ERROR_INVALID,
  /* Nothing to read, or no room to write, without waiting. */
  MEMSNOOP_WORKER_MESSAGE_ERROR_AGAIN,
  /* The system refused. */
  MEMSNOOP_WORKER_MESSAGE_ERROR_FAILED,
} MemsnoopWorkerMessageError;

GQuark memsnoop_worker_message_error_quark (void);

typedef struct
{
  guint16   kind;
  guint32   sequence;
  /* Of the kind's type, and in normal form where it has text. */
  GVariant *body;
  /* -1: none. Closed by memsnoop_worker_message_clear(). */
  int       descriptor;
} MemsnoopWorkerMessage;

#define MEMSNOOP_WORKER_MESSAGE_INIT { 0, 0, NULL, -1 }

/* Returns: (nullable): the type of the body; %NULL for a number that is no kind. */
const gchar *memsnoop_worker_message_type    (guint16                 kind);

/**
 * memsnoop_worker_message_send:
 * @body: (transfer floating): of the kind's type.
 * @descriptor: goes with the message, and stays open here; -1 for none.
 *
 * One system call; on a socket that does not block it fails with %MEMSNOOP_WORKER_MESSAGE_ERROR_AGAIN when
 * the other side does not read.
 */
gboolean     memsnoop_worker_message_send    (int                     socket,
                                              guint16                 kind,
                                              guint32                 sequence,
                                              GVariant               *body,
                                              int                     descriptor,
                                              GError                **error);

/**
 * memsnoop_worker_message_receive:
 * @message: (out): cleared by the caller on success.
 *
 * Takes nothing for granted: length, header, type and normal form are checked, and that there is
 * one descriptor at most. What the values mean is left to the caller.
 */
gboolean     memsnoop_worker_message_receive (int                     socket,
                                              MemsnoopWorkerMessage  *message,
                                              GError                **error);

void         memsnoop_worker_message_clear   (MemsnoopWorkerMessage  *message);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MemsnoopWorkerMessage, memsnoop_worker_message_clear)

G_END_DECLS
