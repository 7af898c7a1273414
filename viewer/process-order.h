/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Processes as the table shows them: those that are searched for, in the order of its columns. A GListModel whose
 * items change in one step for each update, however many have come, gone and moved: a view spends most of its time on steps.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define MEMSNOOP_TYPE_PROCESS_ORDER (memsnoop_process_order_get_type ())
G_DECLARE_FINAL_TYPE (MemsnoopProcessOrder, memsnoop_process_order, MEMSNOOP, PROCESS_ORDER, GObject)

/**
 * memsnoop_process_order_new:
 * @processes: of MemsnoopProcessItem.
 * @sorter: followed; that of processes and of their figures has to be told by memsnoop_process_order_update().
 */
MemsnoopProcessOrder *memsnoop_process_order_new        (GListModel           *processes,
                                                         GtkSorter            *sorter);
/** Follows processes, figures and the order. Rows that are equal stay as they are. */
void                  memsnoop_process_order_update     (MemsnoopProcessOrder *self);
/** @needle: (nullable): casefolded; %NULL for all processes. */
void                  memsnoop_process_order_set_needle (MemsnoopProcessOrder *self,
                                                         const gchar          *needle);

G_END_DECLS
