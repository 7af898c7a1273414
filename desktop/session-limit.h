/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/** Twice as many as the service may be configured to have. */
#define MEMSNOOP_SESSION_LIMIT 8192

/** Whether the objects of @sessions are as many as a service has; the error tells how many there are. */
gboolean memsnoop_session_limit_holds (GDBusObjectManager  *sessions,
                                       GError             **error);

G_END_DECLS
