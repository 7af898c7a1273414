/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a call of a function returns, when its code leaves for other functions by jumps (tail calls, a cold part): all
 * ways from its entry are followed, wherever they lead. x86-64 only.
 */
#pragma once

#include "probe-placement.h"

G_BEGIN_DECLS

/**
 * MemsnoopProgramCode:
 * @read: copies code at an address; how many bytes, 0 when there is none.
 * @follow: where a pointer at an address (a slot of the global offset table) leads to in this program; %FALSE when that is
 *   not known, or elsewhere.
 * @never_returns: whether a call to an address, or by a slot, does not come back.
 */
typedef struct
{
  gsize    (*read)          (gpointer  data,
                             guint64   address,
                             guint8   *bytes,
                             gsize     max);
  gboolean (*follow)        (gpointer  data,
                             guint64   slot,
                             guint64  *address);
  gboolean (*never_returns) (gpointer  data,
                             guint64   target,
                             gboolean  is_slot);
  gpointer data;
} MemsnoopProgramCode;

/**
 * memsnoop_ways_out_find:
 * @returns: (out): as from memsnoop_function_returns_find(), but that offsets may lie before the entry and far from it, and
 *   that there are no jumps out. They may belong to other functions, too: what runs there has to know whether
 *   the call is one that it waits for.
 *
 * A return is taken for one of the function when the stack is there as high as at the entry; what comes after a call that
 * never returns is thus told apart. Bounded work: a function with too many ways is not complete.
 */
void memsnoop_ways_out_find (const MemsnoopProgramCode *program,
                             guint64                    entry,
                             MemsnoopFunctionReturns   *returns);

G_END_DECLS
