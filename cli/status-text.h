/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What memsnoopctl status prints. */
#pragma once

#include "user-names.h"

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/**
 * memsnoop_status_text:
 * @properties: the Manager's, `a{sv}`.
 * @sessions: of MemsnoopSessionEntry.
 * @now: CLOCK_BOOTTIME nanoseconds.
 *
 * Returns: (transfer full).
 */
gchar    *memsnoop_status_text      (GVariant          *properties,
                                     GPtrArray         *sessions,
                                     MemsnoopUserNames *users,
                                     guint64            now,
                                     gboolean           unicode);

/** The same for programs. Returns: (transfer full). */
JsonNode *memsnoop_status_json      (GVariant          *properties,
                                     GPtrArray         *sessions);

/** Returns: (transfer full): "all", or the process ids with commas between. */
gchar    *memsnoop_status_format_pids (const GArray *pids);

G_END_DECLS
