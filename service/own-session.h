/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sessions that nobody has asked for: the service's own, which are on the bus as any other. */
#pragma once

#include "manager.h"

G_BEGIN_DECLS

/**
 * memsnoop_own_session_new:
 * @start_time: of the process, as it was seen.
 * @options: of the recording of its heap; its budget is the session's.
 *
 * A session in the phase starting, of the user that the service runs as. Call memsnoop_session_start_async() next; whoever
 * made it ends it.
 *
 * Returns: (transfer full): %NULL with the errors of memsnoop_session_registry_check_room() and
 *   memsnoop_heap_recordings_get(), and %G_DBUS_ERROR_UNIX_PROCESS_ID_UNKNOWN when the pid is another process's by now.
 */
MemsnoopSession *memsnoop_own_session_new (MemsnoopManager            *manager,
                                           guint32                     pid,
                                           guint64                     start_time,
                                           const MemsnoopHeapOptions  *options,
                                           GError                    **error);

G_END_DECLS
