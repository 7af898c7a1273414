/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What it costs a program to run into a probe, on this machine: measured on functions of this program itself. */
#pragma once

#include <glib.h>

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
 *
 * Measures when it is called first, for some tenths of a second: for worker threads. Where that cannot be measured
 * (kernels without links for many places) it is what was measured elsewhere.
 */
const MemsnoopTrapCost *memsnoop_trap_cost_get (void);

G_END_DECLS
