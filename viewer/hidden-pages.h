/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pages of a stack, and bars, that are not shown are not there for those who cannot see it, either. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * memsnoop_hidden_pages_follow:
 * @stack: a GtkStack or an AdwViewStack.
 *
 * Tells from now on which of its pages is hidden. GTK 4.8 tells of all of them as if they were shown.
 */
void memsnoop_hidden_pages_follow     (GtkWidget  *stack);
/** The same of a bar that is revealed at times. */
void memsnoop_hidden_pages_follow_bar (GtkInfoBar *bar);

G_END_DECLS
