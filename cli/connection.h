/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bus, and the service on it. */
#pragma once

#include "memsnoop-bus.h"

G_BEGIN_DECLS

/**
 * memsnoop_connection_open:
 * @address: (nullable): a D-Bus address, or %NULL for the system bus.
 *
 * Losing the bus does not end the program. Returns: (transfer full).
 */
GDBusConnection    *memsnoop_connection_open         (const gchar     *address,
                                                      GError         **error);

/**
 * memsnoop_connection_get_manager:
 *
 * The service's Manager, whose calls wait as long as it takes: a person may be asked for a
 * password in the middle. The first call starts the service when the bus knows how.
 * Returns: (transfer full).
 */
MemsnoopBusManager *memsnoop_connection_get_manager  (GDBusConnection *connection,
                                                      GError         **error);

/** The Manager's properties. Returns: (transfer full): a dictionary `a{sv}`. */
GVariant           *memsnoop_connection_get_properties (GDBusConnection *connection,
                                                        GError         **error);

/** Whether calls may ask for a password from now on; they may if nothing else is said. */
void                memsnoop_connection_allow_questions (gboolean allowed);

/** Flags of calls that a person waits for, who may be asked for a password unless that is not allowed. */
GDBusCallFlags      memsnoop_connection_get_call_flags  (void);

#define MEMSNOOP_CONNECTION_CALL_TIMEOUT G_MAXINT

G_END_DECLS
