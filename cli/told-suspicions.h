/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was told of each suspicion last, so that a change can be told as one. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _MemsnoopToldSuspicions MemsnoopToldSuspicions;

MemsnoopToldSuspicions *memsnoop_told_suspicions_new   (void);
void                    memsnoop_told_suspicions_free  (MemsnoopToldSuspicions *self);

/**
 * memsnoop_told_suspicions_take:
 * @evidence: `a{sv}`, what is told now; when its state is "cleared" the suspicion is forgotten.
 *
 * Returns: (transfer full) (nullable): what was told of the same suspicion before.
 */
GVariant               *memsnoop_told_suspicions_take  (MemsnoopToldSuspicions *self,
                                                        GVariant               *evidence);

/** Forgets all: the service has gone. */
void                    memsnoop_told_suspicions_clear (MemsnoopToldSuspicions *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MemsnoopToldSuspicions, memsnoop_told_suspicions_free)

G_END_DECLS
