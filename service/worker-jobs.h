/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the worker can be asked, with its answers checked. */
#pragma once

#include "allocator-module.h"
#include "memsnoop-worker-protocol.h"
#include "worker.h"

G_BEGIN_DECLS

/**
 * MemsnoopUnwoundFrame:
 * @module: index in the table; %MEMSNOOP_WORKER_NO_MAPPING when it lies in none.
 * @offset: in the module's file, of the instruction that is being executed: for a caller one in the call. Without a
 *   module an address.
 * @slot: address of the stack slot in which the return address into this frame lies; 0 when it lies in none, as for the innermost.
 * @address: that return address; for the innermost frame, and one that a signal interrupted, the next instruction, with MEMSNOOP_WALK_EXACT.
 * @rule: how to get from here to the caller; without a key.
 */
typedef struct
{
  guint32 module;
  guint64 offset;
  guint64 slot;
  guint64 address;
  struct memsnoop_walk_rule rule;
} MemsnoopUnwoundFrame;

/**
 * MemsnoopUnwoundStack:
 * @n_sure: frames that unwind tables tell; those behind them were found by frame pointers.
 * @frames: the innermost first; at least one.
 */
typedef struct
{
  enum memsnoop_worker_end end;
  guint                    n_sure;
  guint                    n_frames;
  MemsnoopUnwoundFrame    *frames;
} MemsnoopUnwoundStack;

void                     memsnoop_unwound_stack_free            (MemsnoopUnwoundStack       *stack);

/**
 * memsnoop_worker_unwind_async:
 * @registers: as memsnoop-worker-protocol.h numbers them; the instruction pointer is that of the instruction that is being executed.
 * @base: address of the first byte of @stack; not above the stack pointer.
 * @stack: a copy of at most %MEMSNOOP_WORKER_STACK_MAX bytes.
 * @depth: frames at most: 1 to %MEMSNOOP_WORKER_DEPTH_MAX.
 */
void                     memsnoop_worker_unwind_async           (MemsnoopWorker             *worker,
                                                                 MemsnoopModuleTable        *table,
                                                                 const guint64               registers[MEMSNOOP_WORKER_REGISTERS],
                                                                 guint64                     base,
                                                                 GBytes                     *stack,
                                                                 guint                       depth,
                                                                 GCancellable               *cancellable,
                                                                 GAsyncReadyCallback         callback,
                                                                 gpointer                    user_data);

/* Returns: (transfer full): the stack; errors as of memsnoop_worker_ask_finish(). */
MemsnoopUnwoundStack    *memsnoop_worker_unwind_finish          (MemsnoopWorker             *worker,
                                                                 GAsyncResult               *result,
                                                                 GError                    **error);

/**
 * memsnoop_worker_symbolize_async:
 * @module: index in @table.
 * @offsets: in its file, as frames have them.
 * @n: any number.
 */
void                     memsnoop_worker_symbolize_async        (MemsnoopWorker             *worker,
                                                                 MemsnoopModuleTable        *table,
                                                                 guint                       module,
                                                                 const guint64              *offsets,
                                                                 gsize                       n,
                                                                 GCancellable               *cancellable,
                                                                 GAsyncReadyCallback         callback,
                                                                 gpointer                    user_data);

/**
 * memsnoop_worker_symbolize_finish:
 *
 * Returns: (transfer full): for each offset a #GVariant of type a(ssu): functions, the innermost inlined one first, each
 *     with name, source file and line; empty when nothing is known. Valid UTF-8.
 */
GPtrArray               *memsnoop_worker_symbolize_finish       (MemsnoopWorker             *worker,
                                                                 GAsyncResult               *result,
                                                                 GError                    **error);

/**
 * memsnoop_worker_find_functions_async:
 * @module: index in @table.
 * @long_nops: whether the kernel emulates probes on multi-byte nops.
 */
void                     memsnoop_worker_find_functions_async   (MemsnoopWorker             *worker,
                                                                 MemsnoopModuleTable        *table,
                                                                 guint                       module,
                                                                 gboolean                    long_nops,
                                                                 GCancellable               *cancellable,
                                                                 GAsyncReadyCallback         callback,
                                                                 gpointer                    user_data);

/* Returns: (transfer full): which functions of an allocator the module defines. */
MemsnoopAllocatorModule *memsnoop_worker_find_functions_finish  (MemsnoopWorker             *worker,
                                                                 GAsyncResult               *result,
                                                                 GError                    **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MemsnoopUnwoundStack, memsnoop_unwound_stack_free)

G_END_DECLS
