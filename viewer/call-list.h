/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The calls of a profile as a table that is opened call by call, and sorted. */
#pragma once

#include "call-profile.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/** Adds the columns: the function, its memory with what it called, its own, and their share. */
void memsnoop_call_list_set_up  (GtkColumnView       *view);
/** @profile: (nullable): shown with the widest path opened at first; what was opened, selected and scrolled to stays. Calls whose text has @search in it, if any, are shown without the others. */
void memsnoop_call_list_show    (GtkColumnView       *view,
                                 MemsnoopCallProfile *profile,
                                 const gchar         *search);

/** A menu to sort the calls. @widget: gets its action, in a group "calls". Once. Returns: (transfer full). */
GMenuModel *memsnoop_call_list_make_menu (GtkColumnView *view,
                                          GtkWidget     *widget);

G_END_DECLS
