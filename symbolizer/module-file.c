/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "module-file.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

G_DEFINE_QUARK (memsnoop - module - file - error - quark, memsnoop_module_file_error)

#if defined(__x86_64__)
#define MACHINE EM_X86_64
#else
#define MACHINE EM_AARCH64
#endif

/* Of real files, the one with the most has about a dozen. */
#define SEGMENTS_MAX 256
/* Bytes. GNU build-ids have 20, others 8 to 64. */
#define BUILD_ID_MAX 64

/* Bytes. Mappings begin at multiples of the page size, which is at least this. */
#define PAGE_MIN G_GUINT64_CONSTANT (4096)

struct MemsnoopModuleFile
{
  gint references;
  int descriptor;
  guint64 size;
  Elf *elf;
  /* GElf_Phdr: what is loaded, in the file's order. */
  GArray *segments;
  gchar *build_id;
};

static gboolean
set_invalid (GError **error, const gchar *what)
{
  g_set_error_literal (error, MEMSNOOP_MODULE_FILE_ERROR, MEMSNOOP_MODULE_FILE_ERROR_INVALID, what);
  return FALSE;
}

/* The same with what libelf says. */
static gboolean
set_damaged (GError **error, const gchar *what)
{
  g_set_error (error, MEMSNOOP_MODULE_FILE_ERROR, MEMSNOOP_MODULE_FILE_ERROR_INVALID, "%s: %s",
               what, elf_errmsg (-1));
  return FALSE;
}

static gboolean
is_sound (const GElf_Phdr *segment)
{
  return segment->p_offset + segment->p_filesz >= segment->p_offset &&
         segment->p_vaddr + segment->p_memsz >= segment->p_vaddr &&
         segment->p_filesz <= segment->p_memsz;
}

static gboolean
read_segments (MemsnoopModuleFile *file, GError **error)
{
  size_t n = 0;

  if (elf_getphdrnum (file->elf, &n) != 0 || n > SEGMENTS_MAX)
    return set_damaged (error, "The table of segments of an ELF file is damaged");
  for (size_t i = 0; i < n; i++)
    {
      GElf_Phdr segment;

      if (gelf_getphdr (file->elf, (int) i, &segment) == NULL)
        return set_damaged (error, "A segment of an ELF file cannot be read");
      if (segment.p_type == PT_LOAD && is_sound (&segment))
        g_array_append_val (file->segments, segment);
    }
  return TRUE;
}

static gboolean
check_kind (Elf *elf, GError **error)
{
  GElf_Ehdr header;

  if (elf_kind (elf) != ELF_K_ELF || gelf_getehdr (elf, &header) == NULL)
    return set_invalid (error, "Not an ELF file");
  if (header.e_machine != MACHINE || gelf_getclass (elf) != ELFCLASS64)
    return set_invalid (error, "An ELF file of another machine than this");
  return TRUE;
}

static gchar *
read_build_id (Elf *elf)
{
  const void *bytes;
  ssize_t length = dwelf_elf_gnu_build_id (elf, &bytes);
  GString *digits = g_string_new (NULL);

  for (ssize_t i = 0; length <= BUILD_ID_MAX && i < length; i++)
    g_string_append_printf (digits, "%02x", ((const guint8 *) bytes)[i]);
  return g_string_free (digits, FALSE);
}

static gboolean
open_elf (MemsnoopModuleFile *file, GError **error)
{
  struct stat status;

  if (fstat (file->descriptor, &status) != 0 || !S_ISREG (status.st_mode))
    return set_invalid (error, "Not a regular file");
  file->size = (guint64) status.st_size;
  elf_version (EV_CURRENT);
  file->elf = elf_begin (file->descriptor, ELF_C_READ, NULL);
  if (file->elf == NULL)
    return set_damaged (error, "An ELF file cannot be read");
  return check_kind (file->elf, error) && read_segments (file, error);
}

MemsnoopModuleFile *
memsnoop_module_file_new (int descriptor, GError **error)
{
  g_autoptr (MemsnoopModuleFile) file = g_new0 (MemsnoopModuleFile, 1);

  file->references = 1;
  file->descriptor = descriptor;
  file->segments = g_array_new (FALSE, FALSE, sizeof (GElf_Phdr));
  if (!open_elf (file, error))
    return NULL;
  file->build_id = read_build_id (file->elf);
  return g_steal_pointer (&file);
}

MemsnoopModuleFile *
memsnoop_module_file_ref (MemsnoopModuleFile *file)
{
  file->references++;
  return file;
}

void
memsnoop_module_file_unref (MemsnoopModuleFile *file)
{
  if (--file->references > 0)
    return;
  if (file->elf != NULL)
    elf_end (file->elf);
  close (file->descriptor);
  g_array_unref (file->segments);
  g_free (file->build_id);
  g_free (file);
}

Elf *
memsnoop_module_file_get_elf (const MemsnoopModuleFile *file)
{
  return file->elf;
}

int
memsnoop_module_file_get_descriptor (const MemsnoopModuleFile *file)
{
  return file->descriptor;
}

guint64
memsnoop_module_file_get_size (const MemsnoopModuleFile *file)
{
  return file->size;
}

const gchar *
memsnoop_module_file_get_build_id (const MemsnoopModuleFile *file)
{
  return file->build_id;
}

static guint64
align_down (const GElf_Phdr *segment)
{
  guint64 alignment = segment->p_align;

  return alignment > 1 && (alignment & (alignment - 1)) == 0 ? segment->p_vaddr & -alignment
                                                             : segment->p_vaddr;
}

void
memsnoop_module_file_get_range (const MemsnoopModuleFile *file, guint64 *low, guint64 *high)
{
  *low = 0;
  *high = 0;
  if (file->segments->len > 0)
    *low = align_down (&g_array_index (file->segments, GElf_Phdr, 0));
  for (guint i = 0; i < file->segments->len; i++)
    {
      const GElf_Phdr *segment = &g_array_index (file->segments, GElf_Phdr, i);

      *high = MAX (*high, segment->p_vaddr + segment->p_memsz);
    }
}

gboolean
memsnoop_module_file_find_address (const MemsnoopModuleFile *file, guint64 offset, guint64 *address)
{
  for (guint i = 0; i < file->segments->len; i++)
    {
      const GElf_Phdr *segment = &g_array_index (file->segments, GElf_Phdr, i);

      if (offset < segment->p_offset || offset - segment->p_offset >= segment->p_filesz)
        continue;
      *address = segment->p_vaddr + (offset - segment->p_offset);
      return TRUE;
    }
  return FALSE;
}

gboolean
memsnoop_module_file_find_offset (const MemsnoopModuleFile *file, guint64 address, guint64 *offset)
{
  for (guint i = 0; i < file->segments->len; i++)
    {
      const GElf_Phdr *segment = &g_array_index (file->segments, GElf_Phdr, i);

      if (address < segment->p_vaddr || address - segment->p_vaddr >= segment->p_filesz)
        continue;
      *offset = segment->p_offset + (address - segment->p_vaddr);
      return TRUE;
    }
  return FALSE;
}

gboolean
memsnoop_module_file_find_bias (const MemsnoopModuleFile *file,
                                guint64 start,
                                guint64 offset,
                                guint64 *bias)
{
  for (guint i = 0; i < file->segments->len; i++)
    {
      const GElf_Phdr *segment = &g_array_index (file->segments, GElf_Phdr, i);
      /* The loader maps whole pages. */
      guint64 begin = segment->p_offset & -PAGE_MIN;

      if ((segment->p_flags & PF_X) == 0 || offset < begin ||
          offset >= segment->p_offset + segment->p_filesz)
        continue;
      *bias = start - offset - (segment->p_vaddr - segment->p_offset);
      return TRUE;
    }
  return FALSE;
}

gboolean
memsnoop_module_file_is_loadable (const MemsnoopModuleFile *file)
{
  GElf_Ehdr header;

  return gelf_getehdr (file->elf, &header) != NULL && file->segments->len > 0 &&
         (header.e_type == ET_EXEC || header.e_type == ET_DYN);
}

static gboolean
has_section (Elf *elf, const gchar *name, const gchar *compressed_name)
{
  size_t names;
  Elf_Scn *section = NULL;

  if (elf_getshdrstrndx (elf, &names) != 0)
    return FALSE;
  while ((section = elf_nextscn (elf, section)) != NULL)
    {
      GElf_Shdr header;
      const gchar *found;

      if (gelf_getshdr (section, &header) == NULL || header.sh_type == SHT_NOBITS)
        continue;
      found = elf_strptr (elf, names, header.sh_name);
      if (g_strcmp0 (found, name) == 0 || g_strcmp0 (found, compressed_name) == 0)
        return TRUE;
    }
  return FALSE;
}

gboolean
memsnoop_module_file_has_debug_information (const MemsnoopModuleFile *file)
{
  return has_section (file->elf, ".debug_info", ".zdebug_info");
}
