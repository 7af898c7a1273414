/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A process as a row of the table. The same object as long as the process lives, so that the selection and the place stay. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* The user of a process of whom the service tells nothing. */
#define MEMSNOOP_PROCESS_NO_USER G_MAXUINT32

#define MEMSNOOP_PROCESS_RECENT_MAX 24

#define MEMSNOOP_TYPE_PROCESS_ITEM (memsnoop_process_item_get_type ())
G_DECLARE_FINAL_TYPE (MemsnoopProcessItem, memsnoop_process_item, MEMSNOOP, PROCESS_ITEM, GObject)

/**
 * MemsnoopProcessFigures:
 * @resident: anonymous, file and shared bytes together.
 * @kernel, @heap: live bytes; have no meaning unless @has_kernel, @has_heap.
 * @recent: private bytes over the last minutes, oldest first, 0 where nothing is known; @n_recent of them.
 */
typedef struct
{
  guint64  resident;
  guint64  anonymous;
  guint64  swap;
  gdouble  growth_rate;
  guint64  kernel;
  guint64  heap;
  gboolean has_kernel;
  gboolean has_heap;
  guint64  recent[MEMSNOOP_PROCESS_RECENT_MAX];
  guint    n_recent;
} MemsnoopProcessFigures;

/** Signal "changed": figures or the name are other ones. */
MemsnoopProcessItem          *memsnoop_process_item_new            (guint32                       pid,
                                                                    guint64                       start_time);
void                          memsnoop_process_item_set            (MemsnoopProcessItem          *self,
                                                                    const gchar                  *comm,
                                                                    guint32                       uid,
                                                                    const MemsnoopProcessFigures *figures);
guint32                       memsnoop_process_item_get_pid        (MemsnoopProcessItem          *self);
/** As the service tells it: CLOCK_BOOTTIME nanoseconds. */
guint64                       memsnoop_process_item_get_start_time (MemsnoopProcessItem          *self);
/** Fit for showing. */
const gchar                  *memsnoop_process_item_get_name       (MemsnoopProcessItem          *self);
/** The name of its user, or the number of one that has none. */
const gchar                  *memsnoop_process_item_get_user       (MemsnoopProcessItem          *self);
const MemsnoopProcessFigures *memsnoop_process_item_get_figures    (MemsnoopProcessItem          *self);
/** Returns: (transfer none). */
GIcon                        *memsnoop_process_item_get_icon       (MemsnoopProcessItem          *self);
/** @summary: (nullable): what is suspected of it; %NULL for nothing. */
void                          memsnoop_process_item_set_suspicion  (MemsnoopProcessItem          *self,
                                                                    const gchar                  *summary);
const gchar                  *memsnoop_process_item_get_suspicion  (MemsnoopProcessItem          *self);
/** As the service tells it. */
guint32                       memsnoop_process_item_get_uid        (MemsnoopProcessItem          *self);
/** Whether @needle, casefolded, is in its name, number or user. */
gboolean                      memsnoop_process_item_matches        (MemsnoopProcessItem          *self,
                                                                    const gchar                  *needle);

G_END_DECLS
