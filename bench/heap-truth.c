/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * To be preloaded into a program that is built with frame pointers: follows them at each
 * allocation, and tells the true call stacks of all of them at the end.
 *
 * Of a stack the frames in the executable count, from the innermost one to the first in a library.
 * A call that a library makes has none: libraries are built without frame pointers. For a program
 * of one thread.
 */
#include "heap-truth.h"

#include <link.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Whatever comes last in a function becomes a jump. */
#define JUMPS __attribute__ ((optimize ("optimize-sibling-calls")))
/* No stack is larger. */
#define STACK_MAX (8ul << 20)
#define ENTRIES 65536u

struct entry
{
  unsigned long height; /* the stack pointer of the call, as a number */
  unsigned long count;
  unsigned long bytes;
  unsigned depth;
  unsigned long frames[HEAP_TRUTH_DEPTH];
};

static struct entry *entries;
static unsigned order[ENTRIES];
static unsigned used;
static int active;
static unsigned long code_begin, code_end, code_offset;

static unsigned
walk (const unsigned long *frame, unsigned long *frames)
{
  unsigned long begin = (unsigned long) frame, last = begin - 1;
  unsigned depth = 0;

  while ((unsigned long) frame > last && (unsigned long) frame - begin < STACK_MAX &&
         depth < HEAP_TRUTH_DEPTH && frame[1] - code_begin < code_end - code_begin)
    {
      frames[depth++] = frame[1] - 1 - code_begin + code_offset;
      last = (unsigned long) frame;
      frame = (const unsigned long *) frame[0];
    }
  return depth;
}

static struct entry *
find_entry (unsigned long height, const unsigned long *frames, unsigned depth)
{
  unsigned long hash = height;
  struct entry *entry;
  unsigned slot;

  for (unsigned i = 0; i < depth; i++)
    hash = (hash ^ frames[i]) * 0x9e3779b97f4a7c15ul;
  slot = (unsigned) (hash >> 40) % ENTRIES;
  for (;; slot = (slot + 1) % ENTRIES)
    {
      entry = &entries[slot];
      if (entry->count == 0)
        break;
      if (entry->height == height && entry->depth == depth &&
          memcmp (entry->frames, frames, depth * sizeof *frames) == 0)
        return entry;
    }
  if (used == ENTRIES - 1)
    _exit (3);
  order[used++] = slot;
  entry->height = height;
  entry->depth = depth;
  memcpy (entry->frames, frames, depth * sizeof *frames);
  return entry;
}

static __attribute__ ((noinline)) void
record (const unsigned long *frame, size_t size)
{
  unsigned long frames[HEAP_TRUTH_DEPTH];
  struct entry *entry;
  unsigned depth;

  if (!active)
    return;
  depth = walk (frame, frames);
  if (depth == 0)
    return;
  entry = find_entry ((unsigned long) frame, frames, depth);
  entry->count++;
  entry->bytes += size;
}

static JUMPS void *
record_malloc (size_t size)
{
  record (__builtin_frame_address (0), size);
  return malloc (size);
}

static JUMPS void *
record_calloc (size_t count, size_t size)
{
  record (__builtin_frame_address (0), count * size);
  return calloc (count, size);
}

static JUMPS void *
record_realloc (void *block, size_t size)
{
  record (__builtin_frame_address (0), size);
  return realloc (block, size);
}

/* Taking the allocator's place */

struct table
{
  const ElfW (Rela) * relocations, *jumps;
  size_t relocation_bytes, jump_bytes;
  const ElfW (Sym) * symbols;
  const char *names;
};

static void *
replacement (const char *name)
{
  if (strcmp (name, "malloc") == 0)
    return record_malloc;
  if (strcmp (name, "calloc") == 0)
    return record_calloc;
  return strcmp (name, "realloc") == 0 ? record_realloc : NULL;
}

static void
replace_functions (const struct table *table,
                   const ElfW (Rela) * relocations,
                   size_t bytes,
                   unsigned long base)
{
  for (size_t i = 0; i < bytes / sizeof *relocations; i++)
    {
      const ElfW (Sym) *symbol = &table->symbols[ELF64_R_SYM (relocations[i].r_info)];
      void *function = replacement (&table->names[symbol->st_name]);
      void **slot = (void **) (base + relocations[i].r_offset);

      if (function == NULL)
        continue;
      if (mprotect ((void *) ((unsigned long) slot & -4096ul), 4096, PROT_READ | PROT_WRITE) != 0)
        _exit (3);
      *slot = function;
    }
}

static void
read_table (const ElfW (Dyn) * entry, struct table *table)
{
  for (; entry->d_tag != DT_NULL; entry++)
    switch (entry->d_tag)
      {
      case DT_RELA:
        table->relocations = (const ElfW (Rela) *) entry->d_un.d_ptr;
        break;
      case DT_RELASZ:
        table->relocation_bytes = entry->d_un.d_val;
        break;
      case DT_JMPREL:
        table->jumps = (const ElfW (Rela) *) entry->d_un.d_ptr;
        break;
      case DT_PLTRELSZ:
        table->jump_bytes = entry->d_un.d_val;
        break;
      case DT_SYMTAB:
        table->symbols = (const ElfW (Sym) *) entry->d_un.d_ptr;
        break;
      case DT_STRTAB:
        table->names = (const char *) entry->d_un.d_ptr;
        break;
      }
}

static int
take_places (struct dl_phdr_info *module, size_t size, void *data)
{
  struct table table = { 0 };

  for (int i = 0; i < module->dlpi_phnum; i++)
    {
      const ElfW (Phdr) *segment = &module->dlpi_phdr[i];

      if (segment->p_type == PT_DYNAMIC)
        read_table ((const ElfW (Dyn) *) (module->dlpi_addr + segment->p_vaddr), &table);
      if (segment->p_type != PT_LOAD || !(segment->p_flags & PF_X))
        continue;
      code_begin = module->dlpi_addr + segment->p_vaddr;
      code_end = code_begin + segment->p_memsz;
      code_offset = segment->p_offset;
    }
  replace_functions (&table, table.relocations, table.relocation_bytes, module->dlpi_addr);
  replace_functions (&table, table.jumps, table.jump_bytes, module->dlpi_addr);
  return 1; /* the first is the executable */
}

static void
write_all (const char *text, int length)
{
  for (ssize_t done; length > 0; text += done, length -= (int) done)
    {
      done = write (HEAP_TRUTH_OUTPUT, text, (size_t) length);
      if (done <= 0)
        _exit (3);
    }
}

static void
tell_entry (const struct entry *entry)
{
  char line[64 + HEAP_TRUTH_DEPTH * 20];
  int length =
      snprintf (line, sizeof line, "%lx %lu %lu", entry->height, entry->count, entry->bytes);

  for (unsigned i = 0; i < entry->depth; i++)
    length += snprintf (&line[length], sizeof line - (size_t) length, " %lx", entry->frames[i]);
  line[length++] = '\n';
  write_all (line, length);
}

static void
await (void)
{
  char byte;

  while (read (HEAP_TRUTH_INPUT, &byte, 1) < 0)
    ;
}

/* Goes on when the recording has begun. */
static __attribute__ ((constructor)) void
begin (void)
{
  entries = mmap (NULL, ENTRIES * sizeof *entries, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (entries == MAP_FAILED)
    _exit (3);
  dl_iterate_phdr (take_places, NULL);
  write_all ("ready\n", 6);
  await ();
  active = 1;
}

/* And waits until it is over. */
static __attribute__ ((destructor)) void
end (void)
{
  active = 0;
  for (unsigned i = 0; i < used; i++)
    tell_entry (&entries[order[i]]);
  write_all ("end\n", 4);
  await ();
}
