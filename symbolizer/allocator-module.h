/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is known of one ELF file as an allocator: the worker finds it out (allocator-functions.h), and the service decides by it
 * what to probe. Between them it is a GVariant.
 */
#pragma once

#include "allocator-names.h"
#include "probe-placement.h"

G_BEGIN_DECLS

/** Different functions of one module; more are told as skipped. */
#define MEMSNOOP_ALLOCATOR_FUNCTIONS_MAX 64
#define MEMSNOOP_ALLOCATOR_SKIPPED_MAX   16
/** Names of one function: more than there are at all. */
#define MEMSNOOP_ALLOCATOR_ALIASES_MAX   48

#define MEMSNOOP_ALLOCATOR_FUNCTION_TYPE "(yuttuusasaxs)"
#define MEMSNOOP_ALLOCATOR_MODULE_TYPE   "(yua" MEMSNOOP_ALLOCATOR_FUNCTION_TYPE "as)"

typedef enum
{
  MEMSNOOP_ALLOCATOR_KIND_NONE,
  MEMSNOOP_ALLOCATOR_KIND_UNKNOWN,
  MEMSNOOP_ALLOCATOR_KIND_GLIBC,
  MEMSNOOP_ALLOCATOR_KIND_MUSL,
  MEMSNOOP_ALLOCATOR_KIND_JEMALLOC,
  MEMSNOOP_ALLOCATOR_KIND_TCMALLOC,
  MEMSNOOP_ALLOCATOR_KIND_MIMALLOC,
  MEMSNOOP_ALLOCATOR_N_KINDS,
} MemsnoopAllocatorKind;

/**
 * MemsnoopAllocatorFunction:
 * @names: all names of this address, each without its version.
 * @operation: what it does.
 * @may_throw: put no return probe on it; @returns tells where it returns.
 * @passes_on: it is a wrapper, and calls another function of the family, which is seen by itself: leave it alone.
 * @offset: of its entry, in the file.
 * @size: in bytes; 0 when not known.
 * @probe: where to probe, relative to @offset.
 * @returns: for functions that may throw and do not pass on; otherwise empty. Some may be another function's, too.
 */
typedef struct
{
  GStrv                      names;
  MemsnoopAllocatorOperation operation;
  gboolean                   may_throw;
  gboolean                   passes_on;
  guint64                    offset;
  guint64                    size;
  MemsnoopProbePlacement     probe;
  MemsnoopFunctionReturns    returns;
} MemsnoopAllocatorFunction;

/**
 * MemsnoopAllocatorModule:
 * @is_static: a program that no other module is linked to: its own functions are the ones that it uses.
 * @is_go: written in Go, whose stacks move: no return probes in such a program.
 * @kind: of the malloc family that it defines; %MEMSNOOP_ALLOCATOR_KIND_NONE when it defines no malloc.
 * @functions: (element-type MemsnoopAllocatorFunction): by address.
 * @skipped: (element-type utf8): what was found and cannot be used, with the reason.
 */
typedef struct
{
  gboolean              is_static;
  gboolean              is_go;
  MemsnoopAllocatorKind kind;
  GPtrArray            *functions;
  GPtrArray            *skipped;
} MemsnoopAllocatorModule;

MemsnoopAllocatorModule   *memsnoop_allocator_module_new          (void);
void                       memsnoop_allocator_module_free         (MemsnoopAllocatorModule       *self);

/** A function that belongs to nobody yet, with all zero. */
MemsnoopAllocatorFunction *memsnoop_allocator_function_new        (void);
void                       memsnoop_allocator_function_free       (MemsnoopAllocatorFunction     *function);

/** "glibc", "jemalloc", … */
const gchar               *memsnoop_allocator_kind_text           (MemsnoopAllocatorKind          kind);

/** Returns: (transfer floating): of %MEMSNOOP_ALLOCATOR_MODULE_TYPE. */
GVariant                  *memsnoop_allocator_module_to_variant   (const MemsnoopAllocatorModule *self);

/**
 * memsnoop_allocator_module_from_variant:
 * @variant: from a worker, whom nobody trusts.
 *
 * Returns: (transfer full) (nullable): %NULL when it is not of %MEMSNOOP_ALLOCATOR_MODULE_TYPE, or says what cannot be: unknown
 *   numbers and names, more than the limits, offsets outside of a function.
 */
MemsnoopAllocatorModule   *memsnoop_allocator_module_from_variant (GVariant                      *variant);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MemsnoopAllocatorModule, memsnoop_allocator_module_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MemsnoopAllocatorFunction, memsnoop_allocator_function_free)

G_END_DECLS
