/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "allocator-names.h"

#include <string.h>

/* Longer than any name below; names of hostile files are longer still. */
#define NAME_BYTES 64

/* operator new and delete as the Itanium C++ ABI writes them where size_t is unsigned long. */
static const MemsnoopAllocatorName names[] = {
  { "malloc", MEMSNOOP_ALLOCATOR_MALLOC, 1, FALSE, FALSE },
  { "calloc", MEMSNOOP_ALLOCATOR_CALLOC, 2, FALSE, FALSE },
  { "realloc", MEMSNOOP_ALLOCATOR_REALLOC, 2, FALSE, FALSE },
  { "reallocarray", MEMSNOOP_ALLOCATOR_REALLOCARRAY, 3, FALSE, FALSE },
  { "free", MEMSNOOP_ALLOCATOR_FREE, 1, FALSE, FALSE },
  { "cfree", MEMSNOOP_ALLOCATOR_FREE, 1, FALSE, TRUE },
  { "free_sized", MEMSNOOP_ALLOCATOR_FREE, 1, FALSE, TRUE },
  { "free_aligned_sized", MEMSNOOP_ALLOCATOR_FREE, 1, FALSE, TRUE },
  { "posix_memalign", MEMSNOOP_ALLOCATOR_POSIX_MEMALIGN, 3, FALSE, FALSE },
  { "aligned_alloc", MEMSNOOP_ALLOCATOR_MEMALIGN, 2, FALSE, FALSE },
  { "memalign", MEMSNOOP_ALLOCATOR_MEMALIGN, 2, FALSE, FALSE },
  { "valloc", MEMSNOOP_ALLOCATOR_MALLOC, 1, FALSE, FALSE },
  { "pvalloc", MEMSNOOP_ALLOCATOR_MALLOC, 1, FALSE, FALSE },
  { "_Znwm", MEMSNOOP_ALLOCATOR_MALLOC, 1, TRUE, TRUE },
  { "_Znam", MEMSNOOP_ALLOCATOR_MALLOC, 1, TRUE, TRUE },
  { "_ZnwmRKSt9nothrow_t", MEMSNOOP_ALLOCATOR_MALLOC, 1, FALSE, TRUE },
  { "_ZnamRKSt9nothrow_t", MEMSNOOP_ALLOCATOR_MALLOC, 1, FALSE, TRUE },
  { "_ZnwmSt11align_val_t", MEMSNOOP_ALLOCATOR_MALLOC, 1, TRUE, TRUE },
  { "_ZnamSt11align_val_t", MEMSNOOP_ALLOCATOR_MALLOC, 1, TRUE, TRUE },
  { "_ZnwmSt11align_val_tRKSt9nothrow_t", MEMSNOOP_ALLOCATOR_MALLOC, 1, FALSE, TRUE },
  { "_ZnamSt11align_val_tRKSt9nothrow_t", MEMSNOOP_ALLOCATOR_MALLOC, 1, FALSE, TRUE },
  { "_ZdlPv", MEMSNOOP_ALLOCATOR_FREE, 1, FALSE, TRUE },
  { "_ZdaPv", MEMSNOOP_ALLOCATOR_FREE, 1, FALSE, TRUE },
  { "_ZdlPvm", MEMSNOOP_ALLOCATOR_FREE, 1, FALSE, TRUE },
  { "_ZdaPvm", MEMSNOOP_ALLOCATOR_FREE, 1, FALSE, TRUE },
  { "_ZdlPvSt11align_val_t", MEMSNOOP_ALLOCATOR_FREE, 1, FALSE, TRUE },
  { "_ZdaPvSt11align_val_t", MEMSNOOP_ALLOCATOR_FREE, 1, FALSE, TRUE },
  { "_ZdlPvmSt11align_val_t", MEMSNOOP_ALLOCATOR_FREE, 1, FALSE, TRUE },
  { "_ZdaPvmSt11align_val_t", MEMSNOOP_ALLOCATOR_FREE, 1, FALSE, TRUE },
  { "_ZdlPvRKSt9nothrow_t", MEMSNOOP_ALLOCATOR_FREE, 1, FALSE, TRUE },
  { "_ZdaPvRKSt9nothrow_t", MEMSNOOP_ALLOCATOR_FREE, 1, FALSE, TRUE },
  { "_ZdlPvSt11align_val_tRKSt9nothrow_t", MEMSNOOP_ALLOCATOR_FREE, 1, FALSE, TRUE },
  { "_ZdaPvSt11align_val_tRKSt9nothrow_t", MEMSNOOP_ALLOCATOR_FREE, 1, FALSE, TRUE },
  { "mmap", MEMSNOOP_ALLOCATOR_MMAP, 6, FALSE, FALSE },
  { "mmap64", MEMSNOOP_ALLOCATOR_MMAP, 6, FALSE, FALSE },
  { "munmap", MEMSNOOP_ALLOCATOR_MUNMAP, 2, FALSE, FALSE },
  { "mremap", MEMSNOOP_ALLOCATOR_MREMAP, 5, FALSE, FALSE },
};

static GHashTable *
build_index (void)
{
  GHashTable *index = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    g_hash_table_insert (index, (gpointer) names[i].name, (gpointer) &names[i]);
  return index;
}

static gboolean
may_be_one (gchar first)
{
  return strchr ("mcrfpav_", first) != NULL && first != '\0';
}

const MemsnoopAllocatorName *
memsnoop_allocator_name_find (const gchar *name)
{
  static GHashTable *index = NULL;
  gchar plain[NAME_BYTES];
  gsize length;

  /* Files have a million names. */
  if (!may_be_one (name[0]))
    return NULL;
  length = strnlen (name, NAME_BYTES);
  if (length == NAME_BYTES)
    return NULL;
  memcpy (plain, name, length + 1);
  plain[strcspn (plain, "@")] = '\0';
  if (g_once_init_enter (&index))
    g_once_init_leave (&index, build_index ());
  return g_hash_table_lookup (index, plain);
}

gboolean
memsnoop_allocator_operation_is_heap (MemsnoopAllocatorOperation operation)
{
  return operation < MEMSNOOP_ALLOCATOR_MMAP;
}

const gchar *
memsnoop_allocator_names_text (void)
{
  return "malloc, calloc, realloc, free, posix_memalign, aligned_alloc, memalign, valloc, pvalloc, "
         "reallocarray, free_sized and C++'s operator new and delete";
}
