/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The desktop's notification server (org.freedesktop.Notifications, version 1.2 of the specification), which may be absent,
 * begin later, or begin anew and forget everything. GNotification is not used: it can neither say how urgent something is without
 * losing the difference to the shell's own, nor tell that a notification was dismissed.
 */
#pragma once

#include "notification.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define MEMSNOOP_TYPE_NOTIFICATION_SERVER (memsnoop_notification_server_get_type ())
G_DECLARE_FINAL_TYPE (MemsnoopNotificationServer, memsnoop_notification_server, MEMSNOOP, NOTIFICATION_SERVER, GObject)

/**
 * memsnoop_notification_server_new:
 * @bus: the session bus.
 *
 * Signals:
 *
 * - "ready" (gboolean anew): it is there, and what it can do is known. @anew: it has forgotten all ids.
 * - "shown" (guint64 key, guint id): it has given the notification of this key an id; 0 when it could not show it.
 * - "action" (guint id, const gchar *action, const gchar *token): the user chose one. @token (nullable): with it the desktop
 *   lets the program that is started take the focus.
 * - "closed" (guint id): it is not shown any more.
 */
MemsnoopNotificationServer *memsnoop_notification_server_new   (GDBusConnection             *bus);
/** Whether something can be shown now. If not, the bus is asked to start the server, and "ready" comes if it can. */
gboolean                    memsnoop_notification_server_is_ready (MemsnoopNotificationServer *self);
/**
 * memsnoop_notification_server_show:
 * @key: comes back with "shown".
 * @replaces: the id of a notification that it replaces; 0 for none.
 * @actions: (nullable): pairs of names and labels.
 * @icon: name of an icon.
 */
void                        memsnoop_notification_server_show  (MemsnoopNotificationServer  *self,
                                                                guint64                      key,
                                                                guint                        replaces,
                                                                const MemsnoopNotification  *notification,
                                                                const gchar *const          *actions,
                                                                const gchar                 *icon);
/** Only while it is ready: one that has ended shows nothing, and what has begun anew does not know the id. */
void                        memsnoop_notification_server_close (MemsnoopNotificationServer  *self,
                                                                guint                        id);
/** Waits until the ids of all that is being shown are known, but not longer than that: at the program's end. */
void                        memsnoop_notification_server_settle (MemsnoopNotificationServer *self,
                                                                 guint                       milliseconds);

G_END_DECLS
