/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One running memsnoop-symbolizer, and the socket to it. */
#pragma once

#include "worker-message.h"

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct MemsnoopWorkerProcess MemsnoopWorkerProcess;

/**
 * MemsnoopWorkerProcessFunc:
 * @message: (nullable): what it said; %NULL when it is gone or said what is no message, and nothing more comes.
 * @error: (nullable): why.
 *
 * May end the process.
 */
typedef void (*MemsnoopWorkerProcessFunc) (const MemsnoopWorkerMessage *message,
                                           const GError                *error,
                                           gpointer                     user_data);

/* Returns: (transfer full) (nullable): the path of the program beside the running one, installed or in a build folder. */
gchar                 *memsnoop_worker_process_find_program (void);

/**
 * memsnoop_worker_process_start:
 * @func: is called in the thread-default main context, until the process is ended.
 *
 * It inherits no environment and no descriptor. To be called in a thread that lasts, as it dies with it.
 */
MemsnoopWorkerProcess *memsnoop_worker_process_start        (const gchar                *program,
                                                             MemsnoopWorkerProcessFunc   func,
                                                             gpointer                    user_data,
                                                             GError                    **error);

/* Never waits: a worker that does not read is an error. Arguments as of memsnoop_worker_message_send(). */
gboolean               memsnoop_worker_process_send         (MemsnoopWorkerProcess      *process,
                                                             guint16                     kind,
                                                             guint32                     sequence,
                                                             GVariant                   *body,
                                                             int                         descriptor,
                                                             GError                    **error);

/* Returns: its pid; 0 when it is gone. */
guint32                memsnoop_worker_process_get_pid      (const MemsnoopWorkerProcess *process);

/* Kills it and frees what belongs to it here. */
void                   memsnoop_worker_process_end          (MemsnoopWorkerProcess      *process);

G_END_DECLS
