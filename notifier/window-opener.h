/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opens the window, which may not be installed: Memsnoop can be built without. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/** Whether there is a window to open. */
gboolean memsnoop_window_opener_is_there    (void);
/**
 * memsnoop_window_opener_open_async:
 * @bus: the session bus, which starts it apart from this program. Where it cannot, it is started as a child.
 * @pid: the process at whose page it is opened; 0 for all that is suspected.
 * @start_time: of the process, as the service has it; 0 when it is not known.
 * @token: (nullable): of the desktop, which lets the window take the focus.
 */
void     memsnoop_window_opener_open_async  (GDBusConnection      *bus,
                                             guint32               pid,
                                             guint64               start_time,
                                             const gchar          *token,
                                             GCancellable         *cancellable,
                                             GAsyncReadyCallback   callback,
                                             gpointer              user_data);
/** Returns: %FALSE with @error when it cannot be started. */
gboolean memsnoop_window_opener_open_finish (GAsyncResult         *result,
                                             GError              **error);

G_END_DECLS
