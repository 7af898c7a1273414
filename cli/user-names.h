/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The names of users, each looked up once. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _MemsnoopUserNames MemsnoopUserNames;

MemsnoopUserNames *memsnoop_user_names_new    (void);
void               memsnoop_user_names_free   (MemsnoopUserNames *self);

/** Returns: the name, fit for a terminal, or the number of a user that has none. Valid as long
 * as @self. */
const gchar       *memsnoop_user_names_lookup (MemsnoopUserNames *self,
                                               guint64            uid);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MemsnoopUserNames, memsnoop_user_names_free)

G_END_DECLS
