/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the titles of a table's columns are: GTK 4.8 has no way to say that. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * memsnoop_column_titles_align:
 * @texts: a bit for each column that holds text; titles of the others end where the figures below them do.
 *
 * To be called when @view has all its columns.
 */
void memsnoop_column_titles_align (GtkColumnView *view,
                                   guint32        texts);
/**
 * memsnoop_column_titles_find_sorted:
 * @ascending: (out): whether the least comes first; left as it is when there is none.
 *
 * Returns: the number of the column that @view is sorted by, as its title shows it; -1 for none.
 */
gint memsnoop_column_titles_find_sorted (GtkColumnView *view,
                                         gboolean      *ascending);

G_END_DECLS
