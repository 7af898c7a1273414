/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The columns of the table of processes: what each shows and how it sorts. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * memsnoop_process_columns_add:
 *
 * Adds all columns to a view whose model holds MemsnoopProcessItem, and sorts it by resident memory.
 */
void memsnoop_process_columns_add (GtkColumnView *view);

/** In a narrow window only the columns are shown that matter most. */
void memsnoop_process_columns_set_narrow      (GtkColumnView *view,
                                               gboolean       narrow);

/** Adds the action of memsnoop_column_sorting_install(). */
void memsnoop_process_columns_install_sorting (GtkColumnView *view,
                                               GActionMap    *group);

G_END_DECLS
