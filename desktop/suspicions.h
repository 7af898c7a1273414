/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the service suspects, as programs of the desktop ask for it, hear of it, and have a program ignored. */
#pragma once

#include "service.h"

G_BEGIN_DECLS

/**
 * memsnoop_suspicions_list_async:
 *
 * Asks for what the caller may see of what is suspected now. Nobody is asked for a password.
 */
void        memsnoop_suspicions_list_async    (MemsnoopService          *service,
                                               GCancellable             *cancellable,
                                               GAsyncReadyCallback       callback,
                                               gpointer                  user_data);
/** Returns: (transfer full): rows, `aa{sv}`; %NULL with @error as of memsnoop_service_call(). */
GVariant   *memsnoop_suspicions_list_finish   (MemsnoopService          *service,
                                               GAsyncResult             *result,
                                               GError                  **error);

/** @comm: (nullable). @row: the evidence, with pid, comm and exe. */
typedef void (*MemsnoopSuspicionFunc) (guint64      id,
                                       guint32      pid,
                                       const gchar *comm,
                                       GVariant    *row,
                                       gpointer     user_data);

/**
 * memsnoop_suspicions_read:
 * @rows: of ListSuspects, `aa{sv}`.
 * @func: is called for each row that says which suspicion it is, and of which process.
 *
 * Returns: (transfer full) (element-type guint64): the ids of those.
 */
GHashTable *memsnoop_suspicions_read          (GVariant                 *rows,
                                               MemsnoopSuspicionFunc     func,
                                               gpointer                  user_data);

/** Which suspicion @evidence, of LeakSuspected, is of, and whether it is @cleared; %FALSE when it does not say. */
gboolean    memsnoop_suspicion_identify       (GVariant                 *evidence,
                                               guint64                  *id,
                                               gboolean                 *cleared);

/**
 * memsnoop_suspicion_ignore_async:
 * @executable: (nullable): the program, as a row has it; %NULL to ask the service, which tells it to who may look at the process.
 *
 * Has the service report nothing of the suspect's program any more. The user may be asked for a password.
 */
void        memsnoop_suspicion_ignore_async   (MemsnoopService          *service,
                                               guint64                   id,
                                               const gchar              *executable,
                                               GCancellable             *cancellable,
                                               GAsyncReadyCallback       callback,
                                               gpointer                  user_data);
/** Returns: (transfer full): the path that is ignored; %NULL with @error as of memsnoop_service_call(). */
gchar      *memsnoop_suspicion_ignore_finish  (GAsyncResult             *result,
                                               GError                  **error);

G_END_DECLS
