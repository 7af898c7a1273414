/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A call as a row of the table. The same object for the same path of functions, whatever profile it is of, so that what was
 * opened and selected stays when a new one arrives.
 */
#pragma once

#include "call-profile.h"

G_BEGIN_DECLS

#define MEMSNOOP_TYPE_CALL_ITEM (memsnoop_call_item_get_type ())
G_DECLARE_FINAL_TYPE (MemsnoopCallItem, memsnoop_call_item, MEMSNOOP, CALL_ITEM, GObject)

/** Signal "changed": its figures are other ones. */
MemsnoopCallItem    *memsnoop_call_item_new         (MemsnoopCallProfile *profile,
                                                     guint                number);
/** Returns: (transfer none). */
const MemsnoopCall  *memsnoop_call_item_get_call    (MemsnoopCallItem    *self);
MemsnoopCallProfile *memsnoop_call_item_get_profile (MemsnoopCallItem    *self);
/** Returns: (transfer full) (nullable): what it called, as MemsnoopCallItem; %NULL when that is nothing. */
GListModel          *memsnoop_call_item_list_called (MemsnoopCallItem    *self);

/*
 * A new profile comes in three steps, because a model that sorts expects that what is in it does not change while something comes or
 * goes: all rows have to be sorted anew after the second.
 */

/** Finds where in @profile the items are, and removes those that are not there. @items: of roots, of any numbers. */
void                 memsnoop_call_items_match      (GListStore          *items,
                                                     MemsnoopCallProfile *profile,
                                                     GArray              *numbers);
/** They have the new figures then. */
void                 memsnoop_call_items_change     (GListStore          *items);
/** Adds what is new. @numbers: as before. */
void                 memsnoop_call_items_add        (GListStore          *items,
                                                     MemsnoopCallProfile *profile,
                                                     GArray              *numbers);

G_END_DECLS
