/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is suspected, but finds no room in the list: processes by kinds of memory. */
#pragma once

#include "process-table.h"
#include "suspicion.h"

G_BEGIN_DECLS

typedef struct _MemsnoopSuspectsLeftOut MemsnoopSuspectsLeftOut;

MemsnoopSuspectsLeftOut *memsnoop_suspects_left_out_new  (void);
void                     memsnoop_suspects_left_out_free (MemsnoopSuspectsLeftOut       *self);

guint                    memsnoop_suspects_left_out_count (const MemsnoopSuspectsLeftOut *self);

/** Adds one, if it is not there; the first is worth a warning. */
void                     memsnoop_suspects_left_out_add  (MemsnoopSuspectsLeftOut       *self,
                                                          guint32                        pid,
                                                          MemsnoopSuspicionKind          kind);

/** Takes one out, if it is there: there is room for it, or it is not suspected any more. */
void                     memsnoop_suspects_left_out_remove (MemsnoopSuspectsLeftOut     *self,
                                                            guint32                      pid,
                                                            MemsnoopSuspicionKind        kind);

/** Takes out those of processes that are not in @table. */
void                     memsnoop_suspects_left_out_sweep (MemsnoopSuspectsLeftOut      *self,
                                                           MemsnoopProcessTable         *table);

G_END_DECLS
