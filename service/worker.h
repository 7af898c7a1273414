/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The service's side of memsnoop-symbolizer: a queue of requests for a process that may crash, hang or lie. It is
 * started when it is first needed, and again when it is lost; what was asked for then is answered with an error, and
 * the caller goes on without. For what can be asked see worker-jobs.h.
 */
#pragma once

#include "module-table.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* Requests that may wait. */
#define MEMSNOOP_WORKER_QUEUE_MAX 512
/* Times that it is started within a minute; from then on requests fail until the minute is over. */
#define MEMSNOOP_WORKER_STARTS_MAX 10
/* Times that it may be lost over one table: its process's files are not looked at any more then. */
#define MEMSNOOP_WORKER_FAULTS_MAX 3
/* Milliseconds for one request, with the opening of the files that it wants. */
#define MEMSNOOP_WORKER_TIME_LIMIT 10000

#define MEMSNOOP_TYPE_WORKER (memsnoop_worker_get_type ())
G_DECLARE_FINAL_TYPE (MemsnoopWorker, memsnoop_worker, MEMSNOOP, WORKER, GObject)

/**
 * MemsnoopWorkerFigures:
 * @started: how often the process was started; all but the first are restarts.
 * @lost: how often it crashed, hung or said what makes no sense.
 * @answered: requests that were answered.
 * @failed: requests that were not, for whatever reason.
 */
typedef struct
{
  guint64 started;
  guint64 lost;
  guint64 answered;
  guint64 failed;
} MemsnoopWorkerFigures;

/**
 * memsnoop_worker_new:
 * @program: (nullable): its path; %NULL: the one beside this program.
 * @time_limit: milliseconds for one request; 0: %MEMSNOOP_WORKER_TIME_LIMIT.
 *
 * Starts nothing yet.
 */
MemsnoopWorker *memsnoop_worker_new         (const gchar            *program,
                                             guint                   time_limit);

void            memsnoop_worker_get_figures (MemsnoopWorker         *worker,
                                             MemsnoopWorkerFigures  *figures);

/* Returns: the pid of the process that runs now; 0 when none does. Its memory is no business of sessions. */
guint32         memsnoop_worker_get_pid     (MemsnoopWorker         *worker);

/**
 * memsnoop_worker_ask_async:
 * @kind: of the request.
 * @body: (transfer floating): of the kind's type.
 * @expected: the kind of its answer.
 * @table: where files that the worker wants come from.
 *
 * Provides what the worker wants until it answers. A request that is cancelled before its turn is not asked; one that is
 * under way goes on, and then is answered as cancelled.
 */
void            memsnoop_worker_ask_async   (MemsnoopWorker         *worker,
                                             guint16                 kind,
                                             GVariant               *body,
                                             guint16                 expected,
                                             MemsnoopModuleTable    *table,
                                             GCancellable           *cancellable,
                                             GAsyncReadyCallback     callback,
                                             gpointer                user_data);

/**
 * memsnoop_worker_ask_finish:
 *
 * Returns: (transfer full): the body of the answer, of its type; its values are to be checked. %NULL with
 *     %G_IO_ERROR_BUSY (the queue is full), %G_IO_ERROR_TIMED_OUT, %G_IO_ERROR_CANCELLED, or %MEMSNOOP_ERROR_FAILED (what
 *     was asked cannot be answered, or the worker was lost).
 */
GVariant       *memsnoop_worker_ask_finish  (MemsnoopWorker         *worker,
                                             GAsyncResult           *result,
                                             GError                **error);

/**
 * memsnoop_worker_distrust:
 *
 * To be called when an answer makes no sense: the process is ended, and counts as lost over @table.
 */
void            memsnoop_worker_distrust    (MemsnoopWorker         *worker,
                                             MemsnoopModuleTable    *table,
                                             const gchar            *reason);

G_END_DECLS
