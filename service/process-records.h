/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The process records that the kernel writes: reading them, and renewing them when they run short. */
#pragma once

#include "kernel-maps.h"
#include "snapshot.h"

G_BEGIN_DECLS

/** Whether the record has something to tell. */
gboolean memsnoop_process_record_is_used (const struct memsnoop_process_record *record,
                                          guint32                               index);

/**
 * memsnoop_process_record_read:
 *
 * Fills in @figures from a record. @exact tells of the record itself; whether its live blocks are
 * doubtful is for who sums them up.
 */
void     memsnoop_process_record_read    (MemsnoopKernelMaps                   *maps,
                                          guint32                               index,
                                          MemsnoopProcessFigures               *figures);

/**
 * memsnoop_process_records_advance:
 *
 * The service's clock tick: begins a new epoch; looks up executables of processes that were running before the
 * recording; and when records are short, notices processes whose exit was missed.
 */
void     memsnoop_process_records_advance (MemsnoopKernelMaps *maps);

/**
 * memsnoop_process_records_make_room:
 * @retiring: (element-type guint32): kept by the caller between calls.
 *
 * When more than half of the records are used, retires those of the processes that exited first, whose figures then
 * join those of MEMSNOOP_RECORD_RETIRED. That takes two calls, so that a program that still works on a record has
 * long finished. Costs next to nothing while there is room.
 */
void     memsnoop_process_records_make_room (MemsnoopKernelMaps *maps,
                                             GArray             *retiring);

G_END_DECLS
