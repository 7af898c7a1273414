/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "elf-layout.h"

#include "allocator-functions.h"

#include <string.h>
#include <unistd.h>

#if defined(__x86_64__)
#define MACHINE EM_X86_64
#elif defined(__aarch64__)
#define MACHINE EM_AARCH64
#else
#error "Programs of this architecture are not known"
#endif

#if G_BYTE_ORDER == G_LITTLE_ENDIAN
#define BYTE_ORDER_OF_FILES ELFDATA2LSB
#else
#define BYTE_ORDER_OF_FILES ELFDATA2MSB
#endif

/* More than any linker makes. */
#define DYNAMIC_ENTRIES_MAX 1024

/* What tells a program that is linked statically. */
typedef struct
{
  gboolean has_interpreter;
  gboolean needs_modules;
  gboolean is_program;
} Linkage;

GQuark
memsnoop_allocator_functions_error_quark (void)
{
  return g_quark_from_static_string ("memsnoop-allocator-functions-error-quark");
}

static gboolean
check_header (const MemsnoopElfLayout *self, GError **error)
{
  const GElf_Ehdr *header = &self->header;

  if (gelf_getclass (self->elf) == ELFCLASS64 && header->e_machine == MACHINE &&
      header->e_ident[EI_DATA] == BYTE_ORDER_OF_FILES)
    return TRUE;
  g_set_error (error, MEMSNOOP_ALLOCATOR_FUNCTIONS_ERROR,
               MEMSNOOP_ALLOCATOR_FUNCTIONS_ERROR_NOT_SUPPORTED,
               "It is a file of %d-bit code for the machine %u; only the 64-bit code of this "
               "machine, %u, is supported",
               gelf_getclass (self->elf) == ELFCLASS64 ? 64 : 32, header->e_machine, MACHINE);
  return FALSE;
}

static gboolean
open_file (MemsnoopElfLayout *self, GError **error)
{
  elf_version (EV_CURRENT);
  /* Not mapped: whoever may cut the file could end this process. */
  self->elf = elf_begin (self->descriptor, ELF_C_READ, NULL);
  if (self->elf != NULL && elf_kind (self->elf) == ELF_K_ELF &&
      gelf_getehdr (self->elf, &self->header) != NULL)
    return check_header (self, error);
  g_set_error (error, MEMSNOOP_ALLOCATOR_FUNCTIONS_ERROR,
               MEMSNOOP_ALLOCATOR_FUNCTIONS_ERROR_INVALID, "It is no ELF file: %s",
               self->elf != NULL && elf_kind (self->elf) != ELF_K_ELF ? "its beginning differs"
                                                                      : elf_errmsg (-1));
  return FALSE;
}

static void
add_segment (MemsnoopElfLayout *self, const GElf_Phdr *segment)
{
  if ((segment->p_flags & PF_X) == 0 || self->n_segments == MEMSNOOP_ELF_SEGMENTS_MAX ||
      segment->p_vaddr + segment->p_filesz < segment->p_vaddr || segment->p_offset > G_MAXINT64 ||
      segment->p_filesz > G_MAXINT64 - segment->p_offset)
    return;
  self->segments[self->n_segments++] = (MemsnoopElfSegment){ .address = segment->p_vaddr,
                                                             .offset = segment->p_offset,
                                                             .size = segment->p_filesz };
}

static gboolean
read_segments (MemsnoopElfLayout *self, Linkage *linkage, GError **error)
{
  size_t n;
  GElf_Phdr segment;

  if (elf_getphdrnum (self->elf, &n) != 0 || n > G_MAXUINT16)
    {
      g_set_error (error, MEMSNOOP_ALLOCATOR_FUNCTIONS_ERROR,
                   MEMSNOOP_ALLOCATOR_FUNCTIONS_ERROR_INVALID,
                   "Its program headers cannot be read: %s", elf_errmsg (-1));
      return FALSE;
    }
  for (size_t i = 0; i < n && gelf_getphdr (self->elf, (int) i, &segment) != NULL; i++)
    {
      if (segment.p_type == PT_LOAD)
        add_segment (self, &segment);
      linkage->has_interpreter |= segment.p_type == PT_INTERP;
    }
  return TRUE;
}

static void
read_dynamic (Elf_Scn *section, Linkage *linkage)
{
  Elf_Data *data = elf_getdata (section, NULL);
  GElf_Dyn entry;

  for (int i = 0; data != NULL && i < DYNAMIC_ENTRIES_MAX && gelf_getdyn (data, i, &entry) != NULL;
       i++)
    {
      linkage->needs_modules |= entry.d_tag == DT_NEEDED;
      linkage->is_program |= entry.d_tag == DT_FLAGS_1 && (entry.d_un.d_val & DF_1_PIE) != 0;
    }
}

static gboolean
is_go_section (const gchar *name)
{
  return name != NULL &&
         (g_str_equal (name, ".go.buildinfo") || g_str_equal (name, ".note.go.buildid"));
}

static void
read_section (MemsnoopElfLayout *self, Elf_Scn *section, size_t names, Linkage *linkage)
{
  GElf_Shdr header;

  if (gelf_getshdr (section, &header) == NULL)
    return;
  if (header.sh_type == SHT_DYNSYM && self->linking_symbols == NULL)
    self->linking_symbols = section;
  else if (header.sh_type == SHT_SYMTAB && self->all_symbols == NULL)
    self->all_symbols = section;
  else if (header.sh_type == SHT_DYNAMIC)
    read_dynamic (section, linkage);
  else if (header.sh_type == SHT_RELA && self->n_relocations < MEMSNOOP_ELF_RELOCATIONS_MAX)
    self->relocations[self->n_relocations++] = section;
  self->is_go |= is_go_section (elf_strptr (self->elf, names, header.sh_name));
}

static void
drop_other_relocations (MemsnoopElfLayout *self)
{
  size_t symbols = self->linking_symbols != NULL ? elf_ndxscn (self->linking_symbols) : 0;
  guint kept = 0;
  GElf_Shdr header;

  for (guint i = 0; i < self->n_relocations; i++)
    if (gelf_getshdr (self->relocations[i], &header) != NULL && symbols != 0 &&
        header.sh_link == symbols)
      self->relocations[kept++] = self->relocations[i];
  self->n_relocations = kept;
}

static void
read_sections (MemsnoopElfLayout *self, Linkage *linkage)
{
  Elf_Scn *section = NULL;
  size_t names = 0;

  /* Without sections there are no symbols, and nothing is found. */
  if (elf_getshdrstrndx (self->elf, &names) != 0)
    names = 0;
  while ((section = elf_nextscn (self->elf, section)) != NULL)
    read_section (self, section, names, linkage);
  drop_other_relocations (self);
}

gboolean
memsnoop_elf_layout_read (MemsnoopElfLayout *self, int descriptor, GError **error)
{
  Linkage linkage = { 0 };

  memset (self, 0, sizeof *self);
  self->descriptor = descriptor;
  if (!open_file (self, error) || !read_segments (self, &linkage, error))
    {
      memsnoop_elf_layout_clear (self);
      return FALSE;
    }
  read_sections (self, &linkage);
  self->is_program = linkage.is_program || self->header.e_type == ET_EXEC;
  self->is_static = self->is_program && !linkage.has_interpreter && !linkage.needs_modules;
  return TRUE;
}

void
memsnoop_elf_layout_clear (MemsnoopElfLayout *self)
{
  if (self->elf != NULL)
    elf_end (self->elf);
  memset (self, 0, sizeof *self);
}

static const MemsnoopElfSegment *
find_segment (const MemsnoopElfLayout *self, guint64 address)
{
  for (guint i = 0; i < self->n_segments; i++)
    if (address >= self->segments[i].address &&
        address - self->segments[i].address < self->segments[i].size)
      return &self->segments[i];
  return NULL;
}

gboolean
memsnoop_elf_layout_find_offset (const MemsnoopElfLayout *self, guint64 address, guint64 *offset)
{
  const MemsnoopElfSegment *segment = find_segment (self, address);

  if (segment == NULL)
    return FALSE;
  *offset = segment->offset + (address - segment->address);
  return TRUE;
}

gsize
memsnoop_elf_layout_read_code (const MemsnoopElfLayout *self,
                               guint64 address,
                               guint8 *bytes,
                               gsize max)
{
  const MemsnoopElfSegment *segment = find_segment (self, address);
  guint64 inside;
  ssize_t n;

  if (segment == NULL)
    return 0;
  inside = address - segment->address;
  n = pread (self->descriptor, bytes, MIN (max, segment->size - inside),
             (off_t) (segment->offset + inside));
  return n < 0 ? 0 : (gsize) n;
}
