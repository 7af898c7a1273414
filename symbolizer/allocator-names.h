/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The functions by which programs get and give back memory, by their names in symbol tables. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * MemsnoopAllocatorOperation:
 * @MEMSNOOP_ALLOCATOR_MALLOC: a block of the first argument's size: malloc, valloc, pvalloc, operator new.
 * @MEMSNOOP_ALLOCATOR_CALLOC: of the product of the first two.
 * @MEMSNOOP_ALLOCATOR_REALLOC: the first argument becomes a block of the second's size.
 * @MEMSNOOP_ALLOCATOR_REALLOCARRAY: of the product of the second's and the third's.
 * @MEMSNOOP_ALLOCATOR_MEMALIGN: a block of the second argument's size: memalign, aligned_alloc.
 * @MEMSNOOP_ALLOCATOR_POSIX_MEMALIGN: of the third's, stored where the first points to.
 * @MEMSNOOP_ALLOCATOR_FREE: the first argument is free then: free, free_sized, operator delete.
 *
 * What a function does, by where its arguments are.
 */
typedef enum
{
  MEMSNOOP_ALLOCATOR_MALLOC,
  MEMSNOOP_ALLOCATOR_CALLOC,
  MEMSNOOP_ALLOCATOR_REALLOC,
  MEMSNOOP_ALLOCATOR_REALLOCARRAY,
  MEMSNOOP_ALLOCATOR_MEMALIGN,
  MEMSNOOP_ALLOCATOR_POSIX_MEMALIGN,
  MEMSNOOP_ALLOCATOR_FREE,
  MEMSNOOP_ALLOCATOR_MMAP,
  MEMSNOOP_ALLOCATOR_MUNMAP,
  MEMSNOOP_ALLOCATOR_MREMAP,
  MEMSNOOP_ALLOCATOR_N_OPERATIONS,
} MemsnoopAllocatorOperation;

/**
 * MemsnoopAllocatorName:
 * @arguments: how many of them matter, from the first.
 * @may_throw: C++: an exception may leave it, so no return probe may be on it.
 * @is_wrapper: it may do nothing but call another one: then only that one is probed.
 */
typedef struct
{
  const gchar               *name;
  MemsnoopAllocatorOperation operation;
  guint                      arguments;
  gboolean                   may_throw;
  gboolean                   is_wrapper;
} MemsnoopAllocatorName;

/** The entry of the table with this name, or %NULL. A version behind "@", as in .symtab, does not matter. */
const MemsnoopAllocatorName *memsnoop_allocator_name_find (const gchar *name);

/** Whether functions of this kind are of the malloc family, and not system calls for whole pages. */
gboolean                     memsnoop_allocator_operation_is_heap (MemsnoopAllocatorOperation operation);

/** All names of the malloc family in C, as a message lists them. */
const gchar                 *memsnoop_allocator_names_text (void);

G_END_DECLS
