/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the programs in the kernel have sent of one context's call stack, and how far it is walked by now. */
#pragma once

#include "stack-walk.h"

#include "memsnoop-heap-layout.h"

G_BEGIN_DECLS

/**
 * MemsnoopHeapCapture:
 * @context, @program: numbers.
 * @end: why it goes no further yet.
 * @addresses: (element-type guint64): see struct memsnoop_heap_capture.
 * @walk: where it ended.
 * @registers: by DWARF numbers; those of @walk are in there, too, but the instruction pointer is that of the instruction that is being executed.
 * @base: of @stack.
 * @stack: empty when nothing is missing.
 * @retried: for whoever uses it.
 */
typedef struct
{
  guint32                context;
  guint32                program;
  enum memsnoop_walk_end end;
  GArray                *addresses;
  MemsnoopStackWalk      walk;
  guint64                registers[MEMSNOOP_HEAP_REGISTERS];
  guint64                base;
  GBytes                *stack;
  gboolean               retried;
} MemsnoopHeapCapture;

/** Returns: (transfer full): a copy of @record and what follows it. */
MemsnoopHeapCapture *memsnoop_heap_capture_new        (const struct memsnoop_heap_capture *record);
void                 memsnoop_heap_capture_free       (MemsnoopHeapCapture                *self);

/** Goes on from where the walk ended, by the rules that are known now, up to @depth frames. */
void                 memsnoop_heap_capture_walk       (MemsnoopHeapCapture                *self,
                                                       const MemsnoopWalkRules            *rules,
                                                       guint                               depth);

/** Whether unwinding it by the unwind tables may tell more. */
gboolean             memsnoop_heap_capture_wants_more (const MemsnoopHeapCapture          *self);

/** Returns: (transfer full): the part of the stack from where the walk ended upwards; may be empty. */
GBytes              *memsnoop_heap_capture_get_rest   (const MemsnoopHeapCapture          *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MemsnoopHeapCapture, memsnoop_heap_capture_free)

G_END_DECLS
