/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What widgets are called for those who do not see them, where GTK 4.8 gives them no name, or one that many others have, too. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/** Instead of its text, or of the text of what is in it. */
void memsnoop_accessible_name_set     (GtkWidget   *widget,
                                       const gchar *name);
/** By the text that is in it, without what GTK adds of its mnemonic. After its label is set. */
void memsnoop_accessible_name_reset   (GtkWidget   *button);
/** The same of every button in a widget that others have put together, such as a dialog. */
void memsnoop_accessible_name_reset_all (GtkWidget *widget);
/** Names the row of a table that @cell, the child of a list item, is in. @description: (nullable): what else there is in the row. */
void memsnoop_accessible_name_set_row (GtkWidget   *cell,
                                       const gchar *name,
                                       const gchar *description);
/** Names the only button in a widget that GTK has put together. */
void memsnoop_accessible_name_set_button_in (GtkWidget   *widget,
                                             const gchar *name);

G_END_DECLS
