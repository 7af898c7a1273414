/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the service suspects, as a GListModel of MemsnoopSuspectItem that follows it, and what a person does about it. */
#pragma once

#include "service.h"
#include "suspect-item.h"

G_BEGIN_DECLS

/* More than the service lists are not kept. */
#define MEMSNOOP_SUSPECT_LIST_MAX 1024

#define MEMSNOOP_TYPE_SUSPECT_LIST (memsnoop_suspect_list_get_type ())
G_DECLARE_FINAL_TYPE (MemsnoopSuspectList, memsnoop_suspect_list, MEMSNOOP, SUSPECT_LIST, GObject)

/**
 * memsnoop_suspect_list_new:
 *
 * Signals:
 *
 * - "ignored" (const gchar *name, const gchar *path): the program is ignored; memsnoop_suspect_list_unignore() undoes it.
 * - "failed" (const gchar *what, GError *error): what could not be done, as a sentence without a full stop, and why.
 */
MemsnoopSuspectList *memsnoop_suspect_list_new         (MemsnoopService     *service);
/** Returns: (transfer none). */
GListModel          *memsnoop_suspect_list_get_model   (MemsnoopSuspectList *self);
/** How many suspicions have no room in the model, or in the service's list. */
guint                memsnoop_suspect_list_get_left_out (MemsnoopSuspectList *self);
/** Takes in what ListSuspects returned: `aa{sv}`. */
void                 memsnoop_suspect_list_take        (MemsnoopSuspectList *self,
                                                        GVariant            *rows);
/** Takes in what LeakSuspected told. */
void                 memsnoop_suspect_list_take_signal (MemsnoopSuspectList *self,
                                                        guint32              pid,
                                                        const gchar         *comm,
                                                        GVariant            *evidence);
/** Ignores the program from now on; the user may be asked for a password. */
void                 memsnoop_suspect_list_ignore      (MemsnoopSuspectList *self,
                                                        MemsnoopSuspectItem *item);
/** @path: of "ignored". */
void                 memsnoop_suspect_list_unignore    (MemsnoopSuspectList *self,
                                                        const gchar         *path);

G_END_DECLS
