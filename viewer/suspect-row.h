/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A suspicion in the list of those that stand. */
#pragma once

#include "suspect-item.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define MEMSNOOP_TYPE_SUSPECT_ROW (memsnoop_suspect_row_get_type ())
G_DECLARE_FINAL_TYPE (MemsnoopSuspectRow, memsnoop_suspect_row, MEMSNOOP, SUSPECT_ROW, GtkListBoxRow)

/** Signals "show-process" and "ignore": a person wants it. */
GtkWidget           *memsnoop_suspect_row_new      (MemsnoopSuspectItem *item);
MemsnoopSuspectItem *memsnoop_suspect_row_get_item (MemsnoopSuspectRow  *self);
/** Tells anew what depends on the time. */
void                 memsnoop_suspect_row_update   (MemsnoopSuspectRow  *self);

G_END_DECLS
