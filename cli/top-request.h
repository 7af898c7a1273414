/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What memsnoopctl top asks the service for. */
#pragma once

#include "memsnoop-bus.h"

G_BEGIN_DECLS

/** Options of ListProcesses. Returns: (transfer floating). */
GVariant *memsnoop_top_request_options    (gboolean             history);

/** Whether @error may say that the service does not know how to tell histories. */
gboolean  memsnoop_top_request_is_refused (const GError        *error);

/**
 * memsnoop_top_request_run:
 * @history: with the course of the last minutes; a service that does not know how to tell it is asked
 *   again without.
 *
 * Asks and waits. Returns: (transfer full): `aa{sv}`.
 */
GVariant *memsnoop_top_request_run        (MemsnoopBusManager  *manager,
                                           gboolean             history,
                                           GError             **error);

/** Whether @error of ListSuspects says that this service does not look for growth. */
gboolean  memsnoop_top_request_is_no_watch (const GError        *error);

/**
 * memsnoop_top_request_suspects:
 *
 * Asks and waits; nobody is asked for a password. Returns: (transfer full): `aa{sv}`, what is suspected; empty when the
 *   service does not look for growth.
 */
GVariant *memsnoop_top_request_suspects   (MemsnoopBusManager  *manager,
                                           GError             **error);

G_END_DECLS
