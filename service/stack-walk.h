/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The walk of bpf/stack-walk.bpf.h, on a copy of the stack: what was captured while some rule was missing may be complete with
 * those that are known now. A pure function. */
#pragma once

#include "walk-rules.h"

G_BEGIN_DECLS

/**
 * MemsnoopStackWalk:
 * @pc: may have MEMSNOOP_WALK_EXACT.
 * @sp, @fp: the registers there.
 *
 * Where a walk is.
 */
typedef struct
{
  guint64 pc;
  guint64 sp;
  guint64 fp;
} MemsnoopStackWalk;

/**
 * memsnoop_stack_walk:
 * @program: number of the process's program.
 * @walk: (inout): where it begins, and where it ended.
 * @base: address of the first byte of @stack.
 * @length: bytes of @stack, which may hold anything.
 * @depth: frames at most.
 * @addresses: (element-type guint64): has added to it where the walk has been, the last being where it ended, unless it was as deep as may be.
 *
 * Returns: why it went no further.
 */
enum memsnoop_walk_end memsnoop_stack_walk (const MemsnoopWalkRules *rules,
                                            guint32                  program,
                                            MemsnoopStackWalk       *walk,
                                            guint64                  base,
                                            const guint8            *stack,
                                            gsize                    length,
                                            guint                    depth,
                                            GArray                  *addresses);

G_END_DECLS
