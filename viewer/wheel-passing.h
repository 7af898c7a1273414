/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is scrolled within a page that is scrolled: at its end the wheel moves the page. GTK keeps it, whatever there is left to be seen. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * memsnoop_wheel_passing_install:
 * @inner: a GtkScrolledWindow, within another one when the wheel is turned.
 */
void memsnoop_wheel_passing_install (GtkWidget *inner);

G_END_DECLS
