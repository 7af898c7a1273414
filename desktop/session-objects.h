/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The objects of the service's recordings, of which there is a limit. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/** Twice as many as the service may be configured to have. */
#define MEMSNOOP_SESSION_LIMIT 8192

/** Whether @n recordings are as many as a service has; the error tells how many there are. */
gboolean            memsnoop_session_objects_check       (guint                 n,
                                                          GError              **error);
/**
 * memsnoop_session_objects_read:
 * @owner: the unique name of the service.
 *
 * They are counted before a GDBusObjectManagerClient makes proxies of them, which it does in one
 * step: a window would stand still for seconds for 100,000.
 */
void                memsnoop_session_objects_read        (GDBusConnection      *connection,
                                                          const gchar          *owner,
                                                          GCancellable         *cancellable,
                                                          GAsyncReadyCallback   callback,
                                                          gpointer              user_data);
/** Returns: (transfer full); %NULL with @error, also when they are too many. */
GDBusObjectManager *memsnoop_session_objects_read_finish (GAsyncResult         *result,
                                                          GError              **error);

G_END_DECLS
