/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text that is aligned as its widget is, whichever way it reads itself. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * memsnoop_text_direction_set:
 * @direction: that of the widget that shows @text.
 *
 * Pango aligns each paragraph by the direction of its first letter: a name in Hebrew at the far end of a cell, away from its
 * icon. With marks of Unicode's bidirectional algorithm (UAX #9) around it the paragraph has @direction, and what is in it still
 * reads as it would alone.
 *
 * Returns: (transfer full): @text, with the marks if it may read the other way.
 */
gchar *memsnoop_text_direction_set (const gchar      *text,
                                    GtkTextDirection  direction);

G_END_DECLS
