/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The code that holds what a suspicion is about, as rows of a group: the places with the most bytes, each with its call stack, and
 * the others behind one row. Rows change in place, and what was opened or has the focus stays so.
 */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

typedef struct _MemsnoopSiteRows MemsnoopSiteRows;

/** @group: has to live as long. */
MemsnoopSiteRows *memsnoop_site_rows_new      (AdwPreferencesGroup *group);
void              memsnoop_site_rows_free     (MemsnoopSiteRows    *self);
/** @sites: (nullable): `aa{sv}`, as GetSuspect tells them. */
void              memsnoop_site_rows_set      (MemsnoopSiteRows    *self,
                                               GVariant            *sites);
/** Whether there is a row of code. */
gboolean          memsnoop_site_rows_has_sites (MemsnoopSiteRows   *self);
/** One row with this text instead. */
void              memsnoop_site_rows_set_note (MemsnoopSiteRows    *self,
                                               const gchar         *text);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MemsnoopSiteRows, memsnoop_site_rows_free)

G_END_DECLS
