/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What of an ELF file its allocator's functions are found by, read once and checked. */
#pragma once

#include <gelf.h>
#include <glib.h>

G_BEGIN_DECLS

/** Executable segments; programs have one or two. */
#define MEMSNOOP_ELF_SEGMENTS_MAX 32
/** Sections with relocations; files have two. */
#define MEMSNOOP_ELF_RELOCATIONS_MAX 8

typedef struct
{
  guint64 address;
  guint64 offset;
  guint64 size;
} MemsnoopElfSegment;

/**
 * MemsnoopElfLayout:
 * @segments: the executable ones, as far as they are in the file.
 * @linking_symbols, @all_symbols: .dynsym and .symtab, or %NULL.
 * @relocations: by @linking_symbols.
 * @is_program: it can be executed, as far as its headers tell.
 * @is_static: a program, and linked to no module.
 * @is_go: compiled by Go.
 */
typedef struct
{
  int                descriptor;
  Elf               *elf;
  GElf_Ehdr          header;
  MemsnoopElfSegment segments[MEMSNOOP_ELF_SEGMENTS_MAX];
  guint              n_segments;
  Elf_Scn           *linking_symbols;
  Elf_Scn           *all_symbols;
  Elf_Scn           *relocations[MEMSNOOP_ELF_RELOCATIONS_MAX];
  guint              n_relocations;
  gboolean           is_program;
  gboolean           is_static;
  gboolean           is_go;
} MemsnoopElfLayout;

/**
 * memsnoop_elf_layout_read:
 *
 * The errors are of #MemsnoopAllocatorFunctionsError. Cleared by the caller on success.
 */
gboolean memsnoop_elf_layout_read        (MemsnoopElfLayout       *self,
                                          int                      descriptor,
                                          GError                 **error);

void     memsnoop_elf_layout_clear       (MemsnoopElfLayout       *self);

/** Where in the file the code at an address is; %FALSE when there is none, or not in the file. */
gboolean memsnoop_elf_layout_find_offset (const MemsnoopElfLayout *self,
                                          guint64                  address,
                                          guint64                 *offset);

/** Reads code at an address, up to the end of its segment; how many bytes. */
gsize    memsnoop_elf_layout_read_code   (const MemsnoopElfLayout *self,
                                          guint64                  address,
                                          guint8                  *bytes,
                                          gsize                    max);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MemsnoopElfLayout, memsnoop_elf_layout_clear)

G_END_DECLS
