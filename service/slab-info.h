/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How many objects each slab cache has in use, from /proc/slabinfo. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * memsnoop_slab_info_open:
 *
 * Opens the file, which only root may; the descriptor serves later, when the service has
 * given its privileges up. Called once, before memsnoop_privileges_drop().
 * A failure is not an error: the comparison is missing then, and memsnoop_slab_info_available() says why.
 */
void        memsnoop_slab_info_open      (void);

/** Whether the file is open; if not, @reason (owned by the caller) says why. */
gboolean    memsnoop_slab_info_available (gchar       **reason);

/**
 * memsnoop_slab_info_read:
 *
 * Returns: (transfer full) (nullable): objects in use by cache name, summed over caches of the same name (gchar * to guint64 *), %NULL when
 * it cannot be read. Takes the kernel some milliseconds: not on the main loop.
 */
GHashTable *memsnoop_slab_info_read      (void);

/** The same from a text in the format of /proc/slabinfo 2.1. */
GHashTable *memsnoop_slab_info_parse     (const gchar  *text);

G_END_DECLS
