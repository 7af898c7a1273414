/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a window is like when it is opened again: its size, and whose processes it shows. Kept in the user's folder for such things. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/** Without a file that can be read the window stays as it is. Returns: whether only the user's own processes are to be shown. */
gboolean memsnoop_window_state_restore (GtkWindow *window);
/** A failure is logged: there is nothing to be done about it while a window is closed. */
void     memsnoop_window_state_save    (GtkWindow *window,
                                        gboolean   own_processes);

G_END_DECLS
