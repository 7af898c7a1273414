/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether a process's growth of shared memory is new memory, or memory that was there and is only touched, as by each
 * process that reads a file in memory. Pure functions of histories.
 */
#pragma once

#include "growth-detector.h"
#include "process-table.h"

G_BEGIN_DECLS

/**
 * memsnoop_shared_growth_is_new:
 * @machine: shared memory of the whole machine, each page once.
 * @verdict: one that suspects shared memory of a process.
 *
 * Whether the machine's shared memory has grown since the beginning of the growth by at least half of what the verdict says.
 * The machine's history has to go back that far; of one that is shorter all it has counts.
 *
 * Several processes that map the same growing memory all pass: whose it is cannot be seen.
 */
gboolean memsnoop_shared_growth_is_new (const MemsnoopGrowthSeries  *machine,
                                        const MemsnoopGrowthVerdict *verdict);

/**
 * memsnoop_shared_growth_is_of_machine:
 * @history: the machine's shared memory over time.
 * @table: whose interval and page size it has.
 * @current: bytes that the machine has now; MEMSNOOP_MEMORY_UNKNOWN when that is not known, and then it is not.
 *
 * The same of a history.
 */
gboolean memsnoop_shared_growth_is_of_machine (const MemsnoopUsageHistory  *history,
                                               MemsnoopProcessTable        *table,
                                               guint64                      current,
                                               const MemsnoopGrowthVerdict *verdict);

G_END_DECLS
