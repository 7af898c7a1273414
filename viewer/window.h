/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The window: processes, suspects and recordings side by side, a process's page on top of them. */
#pragma once

#include "application.h"

G_BEGIN_DECLS

#define MEMSNOOP_TYPE_WINDOW (memsnoop_window_get_type ())
G_DECLARE_FINAL_TYPE (MemsnoopWindow, memsnoop_window, MEMSNOOP, WINDOW, AdwApplicationWindow)

MemsnoopWindow *memsnoop_window_new          (MemsnoopApplication *application,
                                              MemsnoopService     *service);
/** Opens the page of a process; it says so when there is none of this number. */
void            memsnoop_window_show_process (MemsnoopWindow      *self,
                                              guint32              pid);
/** The same of the one that began at @start_time, and not of a later one of this number; 0 when that is not known. */
void            memsnoop_window_show_process_since (MemsnoopWindow *self,
                                                    guint32         pid,
                                                    guint64         start_time);
/** Shows what is suspected. */
void            memsnoop_window_show_suspects (MemsnoopWindow     *self);

G_END_DECLS
