/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which functions a process gets its memory from, of all that its modules define, in the order of the
 * search for symbols. Pure functions of what the worker has found in each module.
 */
#pragma once

#include "allocator-module.h"
#include "mapped-modules.h"

G_BEGIN_DECLS

/**
 * MemsnoopAllocatorAnswer:
 * @module: (nullable): what the worker has found in a file; %NULL when it could not say.
 * @reason: (nullable): why not. (Also when the file could not be opened.)
 */
typedef struct
{
  const MemsnoopAllocatorModule *module;
  const gchar                   *reason;
} MemsnoopAllocatorAnswer;

/**
 * MemsnoopEffectiveFunction:
 * @module: index in the list of modules.
 */
typedef struct
{
  guint                            module;
  const MemsnoopAllocatorFunction *function;
} MemsnoopEffectiveFunction;

/**
 * MemsnoopAllocatorChoice:
 * @functions: (element-type MemsnoopEffectiveFunction): what to probe, each address once, in the order of the modules. They point into
 *   the answers.
 * @allocator: index of the module whose malloc() it is, or without one the first that allocates.
 * @kind: of that.
 * @no_return_probes: the program is written in Go.
 * @notes: (element-type utf8): what was passed over, for people: functions that cannot be probed, and files that could
 *   not be looked at.
 */
typedef struct
{
  GArray               *functions;
  guint                 allocator;
  MemsnoopAllocatorKind kind;
  gboolean              no_return_probes;
  GPtrArray            *notes;
} MemsnoopAllocatorChoice;

/**
 * memsnoop_allocator_choose:
 * @modules: in the order of the search for symbols.
 * @answers: (array): one for each of them.
 *
 * Of mmap() and its like, a name belongs to the first module that defines it. Of functions of the heap all are taken, because a library
 * may be bound to its own, which nobody can tell from outside (RTLD_DEEPBIND, -Bsymbolic); those of which nobody makes use
 * cost nothing. A function is left out that only passes on to one that is seen anyway, or on which no probe can be put.
 *
 * Returns: (transfer full): %NULL with %G_DBUS_ERROR_NOT_SUPPORTED when there is nothing that allocates or nothing that frees;
 *   the message says what was looked for, and where.
 */
MemsnoopAllocatorChoice *memsnoop_allocator_choose      (guint32                         pid,
                                                         const MemsnoopMappedModules    *modules,
                                                         const MemsnoopAllocatorAnswer  *answers,
                                                         GError                        **error);

void                     memsnoop_allocator_choice_free (MemsnoopAllocatorChoice        *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MemsnoopAllocatorChoice, memsnoop_allocator_choice_free)

G_END_DECLS
