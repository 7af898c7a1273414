/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is suspected now, for people. */
#pragma once

#include "user-names.h"

G_BEGIN_DECLS

/**
 * memsnoop_suspect_text_table:
 * @suspects: `aa{sv}`, what ListSuspects returned.
 * @now: CLOCK_BOOTTIME nanoseconds.
 *
 * Returns: (transfer full): a line for each.
 */
gchar *memsnoop_suspect_text_table        (GVariant *suspects,
                                           guint64   now,
                                           gboolean  unicode);

/**
 * memsnoop_suspect_text_none:
 * @n_processes: how many processes the caller sees.
 * @properties: `a{sv}`, the service's.
 *
 * Returns: (transfer full): what to say when nothing is suspected.
 */
gchar *memsnoop_suspect_text_none         (gsize     n_processes,
                                           GVariant *properties,
                                           gboolean  unicode);

/** Returns: (transfer full) (nullable): why the service with these properties does not look for growth;
 * %NULL when it does. */
gchar *memsnoop_suspect_text_why_no_watch (GVariant *properties,
                                           gboolean  unicode);

/**
 * memsnoop_suspect_text_details:
 * @suspect: `a{sv}`, what GetSuspect returned.
 * @wall_now: what the clock on the wall shows at @now.
 *
 * Returns: (transfer full): a page about one suspicion.
 */
gchar *memsnoop_suspect_text_details      (GVariant          *suspect,
                                           MemsnoopUserNames *users,
                                           guint64            now,
                                           GDateTime         *wall_now,
                                           gboolean           unicode);

G_END_DECLS
