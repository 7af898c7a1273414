/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A suspicion as it is kept over a restart of the service. */
#pragma once

#include "state-record.h"
#include "suspicion.h"

G_BEGIN_DECLS

/** Appends all of a suspicion but its session, which ends with the service. */
void               memsnoop_suspicion_record_add  (GByteArray              *record,
                                                   const MemsnoopSuspicion *suspicion);

/** Returns: (transfer full) (nullable): %NULL when that is no suspicion; @cursor has failed then. */
MemsnoopSuspicion *memsnoop_suspicion_record_take (MemsnoopStateCursor     *cursor);

G_END_DECLS
