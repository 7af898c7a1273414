/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of processes, which is searched and sorted. */
#pragma once

#include "process-list.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define MEMSNOOP_TYPE_PROCESSES_PAGE (memsnoop_processes_page_get_type ())
G_DECLARE_FINAL_TYPE (MemsnoopProcessesPage, memsnoop_processes_page, MEMSNOOP, PROCESSES_PAGE, AdwBin)

/** Signal "activated" (MemsnoopProcessItem *item): the user wants to see this process. It reads the list while it is shown. */
void memsnoop_processes_page_set_service (MemsnoopProcessesPage *self,
                                          MemsnoopService       *service);
/** Returns: (transfer none): what it shows. */
MemsnoopProcessList *memsnoop_processes_page_get_list (MemsnoopProcessesPage *self);
/** Once: the search is open as long as @button is pressed; typing opens it, too. */
void memsnoop_processes_page_set_search_button (MemsnoopProcessesPage *self,
                                                GtkToggleButton       *button);
/** Opens the search, and moves to it. */
void memsnoop_processes_page_search      (MemsnoopProcessesPage *self);

/**
 * memsnoop_processes_page_make_menu:
 * @window: gets the actions of the menu, as a group "processes": "sort", and "own" to show only the user's own processes.
 *
 * Once. Returns: (transfer full).
 */
GMenuModel          *memsnoop_processes_page_make_menu     (MemsnoopProcessesPage *self,
                                                            GtkWidget             *window);
/** Whether only the user's own processes are shown. */
gboolean             memsnoop_processes_page_get_own       (MemsnoopProcessesPage *self);

G_END_DECLS
