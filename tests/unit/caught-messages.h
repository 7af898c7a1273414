/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is logged during a test: warnings that belong to the behaviour, which GLib's tests would end with. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** From here on messages and warnings are kept; whatever is worse ends the test as ever. Once in a program. */
void  caught_messages_install (void);

/** How many of @level contained @text since the last call for that level and text, or another that found them; forgets
 * them. */
guint caught_messages_take    (GLogLevelFlags level, const gchar *text);

/** That nothing was logged that was not taken. */
void  caught_messages_assert_none (void);

G_END_DECLS
