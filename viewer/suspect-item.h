/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is suspected of one process. The same object as long as the suspicion stands. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define MEMSNOOP_TYPE_SUSPECT_ITEM (memsnoop_suspect_item_get_type ())
G_DECLARE_FINAL_TYPE (MemsnoopSuspectItem, memsnoop_suspect_item, MEMSNOOP, SUSPECT_ITEM, GObject)

/** Signal "changed": the evidence, or the time that its sentences tell, is another one. */
MemsnoopSuspectItem *memsnoop_suspect_item_new            (guint64              id);
/**
 * memsnoop_suspect_item_set:
 * @evidence: of LeakSuspected, or a row of ListSuspects, which has the executable, too: once known it is kept.
 */
void                 memsnoop_suspect_item_set            (MemsnoopSuspectItem *self,
                                                           guint32              pid,
                                                           const gchar         *comm,
                                                           GVariant            *evidence);
/** What the service told later; whose it is, and its executable, stay. */
void                 memsnoop_suspect_item_update         (MemsnoopSuspectItem *self,
                                                           GVariant            *evidence);
/** First the one that fills memory sooner, then the surer, then the older one. Returns: as strcmp(). */
gint                 memsnoop_suspect_item_compare        (MemsnoopSuspectItem *a,
                                                           MemsnoopSuspectItem *b);
guint64              memsnoop_suspect_item_get_id         (MemsnoopSuspectItem *self);
guint32              memsnoop_suspect_item_get_pid        (MemsnoopSuspectItem *self);
/** Fit for showing. */
const gchar         *memsnoop_suspect_item_get_name       (MemsnoopSuspectItem *self);
/** Returns: (nullable): as the service tells it; %NULL when it was told by a signal alone. */
const gchar         *memsnoop_suspect_item_get_executable (MemsnoopSuspectItem *self);
GVariant            *memsnoop_suspect_item_get_evidence   (MemsnoopSuspectItem *self);
/** Whether code was found that does not free what grows. */
gboolean             memsnoop_suspect_item_is_probable    (MemsnoopSuspectItem *self);
/** These are fit for showing, and (transfer full). */
gchar               *memsnoop_suspect_item_title          (MemsnoopSuspectItem *self);
/** How sure, how fast and how long memory lasts: "Probable (92 %) · 12 MiB a minute · full in 40 minutes"; what grows no longer has no speed. */
gchar               *memsnoop_suspect_item_summary        (MemsnoopSuspectItem *self);
gchar               *memsnoop_suspect_item_sentences      (MemsnoopSuspectItem *self);

G_END_DECLS
