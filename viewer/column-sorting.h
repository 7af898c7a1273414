/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sorting a table by keyboard: the heads of GTK 4.8's columns cannot have the focus. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * memsnoop_column_sorting_install:
 * @group: gets an action "sort" with the number of a column. The column that the action has set is turned around when it is set again; others
 *   begin with the largest, or text with the first.
 * @sorted: the number of the column by which @view is sorted now, with the largest first.
 * @texts: a bit for each column that holds text; the others hold figures.
 */
void        memsnoop_column_sorting_install   (GtkColumnView      *view,
                                               GActionMap         *group,
                                               guint               sorted,
                                               guint32             texts);
/** @prefix: of the group. Returns: (transfer full): a menu of the columns. */
GMenuModel *memsnoop_column_sorting_make_menu (GtkColumnView      *view,
                                               const gchar        *prefix);

G_END_DECLS
