/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a person can do about something that went wrong. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/** Returns: (nullable): sentences; %NULL when @error says all there is to say. */
const gchar *memsnoop_failure_advice (const GError *error);
/**
 * memsnoop_failure_text:
 * @error: stripped of its remote name.
 * @version: (nullable): the service's, when it is known.
 *
 * "The program is not ignored: why. What to do."
 *
 * Returns: (transfer full).
 */
gchar       *memsnoop_failure_text   (const gchar  *what,
                                      const GError *error,
                                      const gchar  *version);

G_END_DECLS
