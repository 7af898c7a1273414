/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The call stacks of one process's calling contexts. Each context is captured once by the programs in the kernel; here
 * the captures wait for the worker, which unwinds them one after the other and then names the places that were
 * found. For the main loop, except where it says otherwise.
 *
 * What is unwound tells the rules by which the programs in the kernel go the same way themselves from then on; a stack
 * that they have walked needs no unwinding.
 *
 * Emits "settled" when nothing waits for the worker any more, and "remapped" when
 * a stack led into what was not mapped before, or another program is executed.
 */
#pragma once

#include "heap-contexts.h"
#include "heap-snapshot.h"
#include "process-identity.h"
#include "walk-rules.h"
#include "worker.h"

G_BEGIN_DECLS

/* Captures that may wait; while there are more, none should be added, and the kernel's programs try again. */
#define MEMSNOOP_HEAP_STACKS_WAITING_MAX 64
/* Frames of all stacks together, and bytes of their names: of a program that has more, or makes more up, the later stacks
 * are not unwound, and the later places have no names. */
#define MEMSNOOP_HEAP_STACKS_FRAMES_MAX 500000
#define MEMSNOOP_HEAP_STACKS_NAMES_MAX (16 * 1024 * 1024)

#define MEMSNOOP_TYPE_HEAP_STACKS (memsnoop_heap_stacks_get_type ())
G_DECLARE_FINAL_TYPE (MemsnoopHeapStacks, memsnoop_heap_stacks, MEMSNOOP, HEAP_STACKS, GObject)

/**
 * memsnoop_heap_stacks_new:
 * @identity: of the process; outlives the stacks.
 * @table: what it has mapped. Read again when a stack leads into what is not in it.
 * @rules: which are learnt; not touched any more after memsnoop_heap_stacks_stop().
 * @depth: frames to keep of a stack, innermost first.
 */
MemsnoopHeapStacks *memsnoop_heap_stacks_new        (MemsnoopWorker                     *worker,
                                                     const MemsnoopProcessIdentity      *identity,
                                                     MemsnoopModuleTable                *table,
                                                     MemsnoopWalkRules                  *rules,
                                                     guint                               depth);

/** Names are wanted now: they are looked for as soon as no stack waits, instead of after a quiet moment. Until everything is settled. */
void                memsnoop_heap_stacks_hurry      (MemsnoopHeapStacks                 *self);

/** Lets go of everything that waits: nothing is asked of the worker any more. */
void                memsnoop_heap_stacks_stop       (MemsnoopHeapStacks                 *self);

/** @capture: copied, with the stack that follows it. */
void                memsnoop_heap_stacks_add        (MemsnoopHeapStacks                 *self,
                                                     const struct memsnoop_heap_capture *capture);

/** Captures that wait to be unwound. */
guint               memsnoop_heap_stacks_get_waiting (MemsnoopHeapStacks                *self);

/** Whether nothing waits for the worker. */
gboolean            memsnoop_heap_stacks_is_settled (MemsnoopHeapStacks                 *self);

/**
 * memsnoop_heap_stacks_describe:
 * @contexts: MemsnoopHeapContext of each context.
 * @growth_rates: (nullable): bytes per second for each of @contexts.
 * @snapshot: is given its sites, and how many stacks could not be unwound.
 *
 * Any thread, also while stacks are added; tens of milliseconds for ten thousand contexts. Of a context that is not
 * unwound (yet) only the innermost frame is known.
 */
void                memsnoop_heap_stacks_describe   (MemsnoopHeapStacks                 *self,
                                                     const GArray                       *contexts,
                                                     const gdouble                      *growth_rates,
                                                     MemsnoopHeapSnapshot               *snapshot);

G_END_DECLS
