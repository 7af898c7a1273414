/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A connection to the system bus that may be closed and made again. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/** Not g_bus_get(), which returns a connection that was closed again. */
void             memsnoop_system_bus_connect        (GCancellable         *cancellable,
                                                     GAsyncReadyCallback   callback,
                                                     gpointer              user_data);
/**
 * Returns: (transfer full): a connection that does not end the program when it is closed, and whose
 * messages are read and freed in little time, however much is in them.
 */
GDBusConnection *memsnoop_system_bus_connect_finish (GAsyncResult         *result,
                                                     GError              **error);

G_END_DECLS
