/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Making a snapshot from the kernel's tables: who holds what, from where. */
#pragma once

#include "kernel-maps.h"
#include "kernel-symbols.h"
#include "snapshot.h"

G_BEGIN_DECLS

/**
 * memsnoop_kernel_snapshot_gather:
 * @symbols: (nullable): names for call sites.
 * @doubtful: one byte for each record; set to whether the process holds blocks some of which are
 *   probably free already.
 *
 * Walks the live table. Some tens of milliseconds for a million blocks. The totals are the caller's to fill in.
 */
MemsnoopSnapshot *memsnoop_kernel_snapshot_gather (MemsnoopKernelMaps          *maps,
                                                   const MemsnoopKernelSymbols *symbols,
                                                   guint8                      *doubtful);

G_END_DECLS
