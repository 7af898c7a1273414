/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who gets a place in the list of suspicions, which has only so many: no user can keep others out of it. Pure functions of
 * the list.
 */
#pragma once

#include "suspicion.h"

G_BEGIN_DECLS

/* Suspicions at a time; a machine on which all that grows is beyond lists. */
#define MEMSNOOP_SUSPECTS_MAXIMUM 256

/* Users below are the system's: SYS_UID_MAX of login.defs and systemd is 999. */
#define MEMSNOOP_FIRST_PERSON 1000

/**
 * memsnoop_suspect_room_find:
 * @suspicions: (element-type MemsnoopSuspicion): those that are listed.
 * @uid: the user of another one.
 * @displaced: (out): the index of the one that has to give way, or @suspicions' length when there is room.
 *
 * When the list is full, the smallest suspicion of the user who has most gives way, if that is more than one more than @uid has.
 * For the system's users people always do, and never the other way round.
 *
 * Returns: whether there is a place.
 */
gboolean memsnoop_suspect_room_find (const GPtrArray *suspicions, guint32 uid, guint *displaced);

G_END_DECLS
