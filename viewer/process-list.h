/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The processes that the service shows, as a GListModel of MemsnoopProcessItem that follows it. */
#pragma once

#include "process-item.h"
#include "service.h"

G_BEGIN_DECLS

/* Tables of more are slow, and nobody reads them. */
#define MEMSNOOP_PROCESS_LIST_MAX 10000

#define MEMSNOOP_TYPE_PROCESS_LIST (memsnoop_process_list_get_type ())
G_DECLARE_FINAL_TYPE (MemsnoopProcessList, memsnoop_process_list, MEMSNOOP, PROCESS_LIST, GObject)

/**
 * memsnoop_process_list_new:
 *
 * Signals: "updated": processes and figures are those of now, and what sorts by them has to sort anew; "failed" (GError *error): they could not be read, and stay as they are.
 */
MemsnoopProcessList *memsnoop_process_list_new         (MemsnoopService     *service);
/** Reads the list at once and then every second (or as often as the service looks, when that is less), or not any more. */
void                 memsnoop_process_list_set_running (MemsnoopProcessList *self,
                                                        gboolean             running);
/** Takes in what ListProcesses returned: `aa{sv}`. */
void                 memsnoop_process_list_take        (MemsnoopProcessList *self,
                                                        GVariant            *rows);
/** Takes in what ListProcessColumns returned: `a{sv}`. */
void                 memsnoop_process_list_take_columns (MemsnoopProcessList *self,
                                                         GVariant            *columns);
/** Returns: (transfer none) (nullable): the process of this number, as it was read last. */
MemsnoopProcessItem *memsnoop_process_list_find        (MemsnoopProcessList *self,
                                                        guint32              pid);
/** How many processes the service shows, but the list does not: those with the least resident memory. */
guint                memsnoop_process_list_get_left_out (MemsnoopProcessList *self);
/** Returns: (transfer none). */
GListModel          *memsnoop_process_list_get_model   (MemsnoopProcessList *self);

G_END_DECLS
