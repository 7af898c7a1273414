/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "libc-probes.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <gnu/lib-names.h>
#include <link.h>
#include <string.h>

typedef struct
{
  const gchar *name;
  enum memsnoop_heap_function function;
} NamedFunction;

static const NamedFunction functions[] = {
  { "malloc", MEMSNOOP_HEAP_MALLOC },
  { "calloc", MEMSNOOP_HEAP_CALLOC },
  { "realloc", MEMSNOOP_HEAP_REALLOC },
  { "reallocarray", MEMSNOOP_HEAP_REALLOCARRAY },
  { "posix_memalign", MEMSNOOP_HEAP_POSIX_MEMALIGN },
  { "aligned_alloc", MEMSNOOP_HEAP_MEMALIGN },
  { "memalign", MEMSNOOP_HEAP_MEMALIGN },
  { "valloc", MEMSNOOP_HEAP_MALLOC },
  { "pvalloc", MEMSNOOP_HEAP_MALLOC },
  { "free", MEMSNOOP_HEAP_FREE },
  { "free_sized", MEMSNOOP_HEAP_FREE },
  { "mmap", MEMSNOOP_HEAP_MMAP },
  { "munmap", MEMSNOOP_HEAP_MUNMAP },
  { "mremap", MEMSNOOP_HEAP_MREMAP },
};

typedef struct
{
  gsize address;
  guint64 offset;
  guint64 before; /* bytes of its segment */
  guint64 after;
} OffsetSearch;

static int
find_offset (struct dl_phdr_info *module, size_t size, void *user_data)
{
  OffsetSearch *search = user_data;

  for (guint i = 0; i < module->dlpi_phnum; i++)
    {
      const ElfW (Phdr) *segment = &module->dlpi_phdr[i];
      gsize begin = module->dlpi_addr + segment->p_vaddr;

      if (segment->p_type == PT_LOAD && search->address - begin < segment->p_filesz)
        {
          search->offset = search->address - begin + segment->p_offset;
          search->before = search->address - begin;
          search->after = segment->p_filesz - search->before;
          return 1;
        }
    }
  return 0;
}

/* Past a test of the argument, which the kernel would have to single-step. */
static gsize
good_place (const guint8 *code)
{
  static const guint8 test_argument[] = { 0x48, 0x85, 0xff };

  return memcmp (code, test_argument, sizeof test_argument) == 0 ? sizeof test_argument : 0;
}

static gboolean
is_known (const GArray *probes, guint64 offset)
{
  for (guint i = 0; i < probes->len; i++)
    if (g_array_index (probes, MemsnoopHeapProbe, i).offset == offset)
      return TRUE;
  return FALSE;
}

GArray *
libc_probes_find (int *module)
{
  GArray *probes = g_array_new (FALSE, FALSE, sizeof (MemsnoopHeapProbe));
  gpointer library = dlopen (LIBC_SO, RTLD_NOW | RTLD_NOLOAD);
  struct link_map *map = NULL;

  g_assert_nonnull (library);
  g_assert_cmpint (dlinfo (library, RTLD_DI_LINKMAP, &map), ==, 0);
  *module = open (map->l_name, O_RDONLY | O_CLOEXEC);
  g_assert_cmpint (*module, >=, 0);
  for (guint i = 0; i < G_N_ELEMENTS (functions); i++)
    {
      gpointer address = dlsym (library, functions[i].name);
      OffsetSearch search = { .address = (gsize) address };
      MemsnoopHeapProbe probe = { .module = *module, .function = functions[i].function };

      if (address == NULL)
        continue;
      if (functions[i].function == MEMSNOOP_HEAP_FREE)
        search.address += good_place (address);
      g_assert_cmpint (dl_iterate_phdr (find_offset, &search), ==, 1);
      probe.offset = search.offset;
      probe.code_before = search.before;
      probe.code_after = search.after;
      if (!is_known (probes, probe.offset))
        g_array_append_val (probes, probe);
    }
  dlclose (library);
  return probes;
}
