/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What it costs a program to run into a probe, on this machine: measured on functions of this program itself. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * MemsnoopTrapCost:
 * @emulated: at an instruction that the kernel emulates.
 * @single_stepped: at one that it has to step over.
 * @at_return: more than @emulated, when the return is probed, too.
 *
 * Nanoseconds of one trap, with a BPF program that does next to nothing.
 */
typedef struct
{
  gdouble emulated;
  gdouble single_stepped;
  gdouble at_return;
} MemsnoopTrapCost;

/**
 * memsnoop_trap_cost_get:
 * @cancellable: (nullable): ends the measurement soon, and with it what it has in the kernel.
 *
 * Measures when it is called first, for some tenths of a second: for worker threads. Where that cannot be measured
 * (kernels without links for many places) it is what was measured elsewhere.
 *
 * Returns: (nullable): stays; %NULL when it was cancelled: then the next call measures.
 */
const MemsnoopTrapCost *memsnoop_trap_cost_get (GCancellable *cancellable);

G_END_DECLS
