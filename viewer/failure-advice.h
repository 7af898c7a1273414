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
/** Returns: the window's action that tells this text: quietly where it is what the user chose. */
const gchar *memsnoop_failure_action (const GError *error);

G_END_DECLS
