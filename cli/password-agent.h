/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What asks for a password in a terminal when polkit wants one. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * memsnoop_password_agent_start:
 * @bus_address: (nullable): the bus on which polkit is, or %NULL for the system bus.
 *
 * Starts pkttyagent(1) for this process, unless there is no terminal to ask in, nobody needs to be asked (the user is
 * root), or it is not installed. It leaves the question to the agent of the desktop, if there is one. Waits until it
 * is ready, and tells a person when it cannot be started. Ends with this process at the latest.
 *
 * Returns: (transfer full) (nullable): to be ended with memsnoop_password_agent_stop().
 */
GSubprocess *memsnoop_password_agent_start (const gchar *bus_address);

/** Waits for the end, so that the terminal is as it was. */
void         memsnoop_password_agent_stop  (GSubprocess *self);

G_END_DECLS
