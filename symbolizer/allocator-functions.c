/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "allocator-functions.h"

#include "elf-layout.h"
#include "ways-out.h"

#include <string.h>

/* Browsers with all their symbols have a million; and four million relocations. */
#define SYMBOLS_MAX (8 * 1024 * 1024)
#define RELOCATIONS_MAX (8 * 1024 * 1024)
/* endbr64; bnd jmp *slot(%rip) */
#define LINKAGE_ENTRY_BYTES 16
/* Slots that lead to functions of the file, or to those that never return. */
#define LINKS_MAX 65536
/* From a wrapper over others to the one that works: each by its entry of the linkage table. */
#define HOPS_MAX 8
/* Of a function whose symbol does not tell its size. */
#define UNKNOWN_SIZE_BYTES 4096

/* A symbol that defines a function of the family. */
typedef struct
{
  const MemsnoopAllocatorName *name;
  guint64 address;
  guint64 size;
  gboolean local;
} Definition;

typedef struct
{
  MemsnoopElfLayout layout;
  MemsnoopAllocatorModule *module;
  GArray *definitions;
  /* Of the symbols that tell whose the allocator is. */
  guint kinds;
  gboolean long_nops;
  /* C's names tell nothing where the module exports none of them. */
  gboolean only_operators;
  /* Addresses of the slots of the global offset table that lead to functions of the family, in this
   * module or another one; NULL until they are needed. */
  GHashTable *slots;
  /* And of all slots, to what they lead to: the address of a function of the file, or
   * NEVER_RETURNS. */
  GHashTable *links;
} Search;

/* No address of code. */
#define NEVER_RETURNS G_MAXUINT64

static void
skip (Search *search, gchar *text)
{
  if (search->module->skipped->len < MEMSNOOP_ALLOCATOR_SKIPPED_MAX)
    g_ptr_array_add (search->module->skipped, text);
  else
    g_free (text);
}

/* Symbols that only one allocator has. */
static MemsnoopAllocatorKind
kind_of_symbol (const gchar *name)
{
  static const struct
  {
    const gchar *name;
    MemsnoopAllocatorKind kind;
  } marks[] = {
    { "gnu_get_libc_version", MEMSNOOP_ALLOCATOR_KIND_GLIBC },
    { "_int_malloc", MEMSNOOP_ALLOCATOR_KIND_GLIBC },
    { "__libc_malloc_impl", MEMSNOOP_ALLOCATOR_KIND_MUSL },
    { "__dls2b", MEMSNOOP_ALLOCATOR_KIND_MUSL },
    { "mallctl", MEMSNOOP_ALLOCATOR_KIND_JEMALLOC },
    { "mallctlbymib", MEMSNOOP_ALLOCATOR_KIND_JEMALLOC },
    { "tc_malloc", MEMSNOOP_ALLOCATOR_KIND_TCMALLOC },
    { "TCMallocInternalMalloc", MEMSNOOP_ALLOCATOR_KIND_TCMALLOC },
    { "mi_malloc", MEMSNOOP_ALLOCATOR_KIND_MIMALLOC },
  };

  for (guint i = 0; i < G_N_ELEMENTS (marks); i++)
    if (g_str_equal (name, marks[i].name))
      return marks[i].kind;
  return MEMSNOOP_ALLOCATOR_KIND_NONE;
}

/* In a program that is linked statically there may be a C library's beside the one that is used. */
static MemsnoopAllocatorKind
choose_kind (const Search *search)
{
  static const MemsnoopAllocatorKind order[] = {
    MEMSNOOP_ALLOCATOR_KIND_JEMALLOC, MEMSNOOP_ALLOCATOR_KIND_TCMALLOC,
    MEMSNOOP_ALLOCATOR_KIND_MIMALLOC, MEMSNOOP_ALLOCATOR_KIND_MUSL,
    MEMSNOOP_ALLOCATOR_KIND_GLIBC,
  };
  gboolean has_malloc = FALSE;

  for (guint i = 0; i < search->definitions->len; i++)
    has_malloc |=
        g_str_equal (g_array_index (search->definitions, Definition, i).name->name, "malloc");
  if (!has_malloc)
    return MEMSNOOP_ALLOCATOR_KIND_NONE;
  for (guint i = 0; i < G_N_ELEMENTS (order); i++)
    if ((search->kinds & 1U << order[i]) != 0)
      return order[i];
  return MEMSNOOP_ALLOCATOR_KIND_UNKNOWN;
}

static void
add_definition (Search *search, const MemsnoopAllocatorName *name, const GElf_Sym *symbol)
{
  Definition definition = {
    .name = name,
    .address = symbol->st_value,
    .size = symbol->st_size,
    .local = GELF_ST_BIND (symbol->st_info) == STB_LOCAL,
  };

  for (guint i = 0; i < search->definitions->len; i++)
    {
      const Definition *other = &g_array_index (search->definitions, Definition, i);

      if (other->name == name && other->address == definition.address)
        return;
    }
  if (search->definitions->len < MEMSNOOP_ALLOCATOR_FUNCTIONS_MAX)
    g_array_append_val (search->definitions, definition);
  else
    skip (search,
          g_strdup_printf ("%s at 0x%" G_GINT64_MODIFIER "x: the module has more than %d "
                           "functions of the family",
                           name->name, definition.address, MEMSNOOP_ALLOCATOR_FUNCTIONS_MAX));
}

static void
read_symbol (Search *search, const GElf_Sym *symbol, const gchar *text)
{
  guint type = GELF_ST_TYPE (symbol->st_info);
  const MemsnoopAllocatorName *name;
  guint64 offset;

  if (type == STT_FUNC)
    search->kinds |= 1U << kind_of_symbol (text);
  name = memsnoop_allocator_name_find (text);
  if (name == NULL || (search->only_operators && !g_str_has_prefix (name->name, "_Z")))
    return;
  if (type == STT_GNU_IFUNC)
    skip (search, g_strdup_printf ("%s is an indirect function (GNU_IFUNC): which code runs is "
                                   "decided when the program starts",
                                   name->name));
  else if ((type == STT_FUNC || type == STT_NOTYPE) &&
           memsnoop_elf_layout_find_offset (&search->layout, symbol->st_value, &offset))
    add_definition (search, name, symbol);
  else if (type == STT_FUNC)
    skip (search, g_strdup_printf ("%s at 0x%" G_GINT64_MODIFIER "x is in no code of the file",
                                   name->name, symbol->st_value));
}

static void
read_symbols (Search *search, Elf_Scn *section, gboolean with_local)
{
  Elf_Data *data = section != NULL ? elf_getdata (section, NULL) : NULL;
  GElf_Shdr header;
  GElf_Sym symbol;

  if (data == NULL || gelf_getshdr (section, &header) == NULL)
    return;
  for (int i = 1; i < SYMBOLS_MAX && gelf_getsym (data, i, &symbol) != NULL; i++)
    {
      const gchar *name;

      if (symbol.st_shndx == SHN_UNDEF || symbol.st_name == 0 ||
          (!with_local && GELF_ST_BIND (symbol.st_info) == STB_LOCAL))
        continue;
      name = elf_strptr (search->layout.elf, header.sh_link, symbol.st_name);
      if (name != NULL)
        read_symbol (search, &symbol, name);
    }
}

/* Linkers make hidden symbols local in position-independent programs: malloc of the C library is
 * one. It stands beside functions of the program that just have such a name. */
static void
drop_other_local (Search *search)
{
  GArray *definitions = search->definitions;

  for (guint i = definitions->len; i-- > 0;)
    {
      const Definition *definition = &g_array_index (definitions, Definition, i);
      guint others = 0;

      for (guint k = 0; k < definitions->len; k++)
        others += k != i && g_array_index (definitions, Definition, k).name == definition->name;
      if (definition->local && others > 0)
        {
          skip (search, g_strdup_printf ("%s at 0x%" G_GINT64_MODIFIER "x is local, and there are "
                                         "others of that name",
                                         definition->name->name, definition->address));
          g_array_remove_index (definitions, i);
        }
    }
}

static gint
compare_addresses (gconstpointer a, gconstpointer b)
{
  const Definition *left = a, *right = b;

  if (left->address != right->address)
    return left->address < right->address ? -1 : 1;
  return left->name < right->name ? -1 : left->name > right->name;
}

static gboolean
is_defined_at (const Search *search, guint64 address)
{
  for (guint i = 0; i < search->definitions->len; i++)
    if (g_array_index (search->definitions, Definition, i).address == address)
      return TRUE;
  return FALSE;
}

/* What is in a slot of the global offset table when it is used. */
/* Functions of C and C++ that do not come back to their caller. */
static gboolean
is_name_that_never_returns (const gchar *name)
{
  static const gchar *const names[] = { "__cxa_throw",
                                        "__cxa_rethrow",
                                        "__cxa_throw_bad_array_new_length",
                                        "_Unwind_Resume",
                                        "abort",
                                        "_ZSt17__throw_bad_allocv",
                                        "_ZSt9terminatev",
                                        "__assert_fail",
                                        "__stack_chk_fail",
                                        "_ZSt28__throw_bad_array_new_lengthv",
                                        "__clang_call_terminate",
                                        "exit",
                                        "_exit",
                                        NULL };

  return g_strv_contains (names, name);
}

static void
add_link (Search *search, guint64 slot, guint64 target)
{
  if (target != 0 && g_hash_table_size (search->links) < LINKS_MAX)
    g_hash_table_insert (search->links, g_memdup2 (&slot, sizeof slot),
                         g_memdup2 (&target, sizeof target));
}

static void
read_relocation (Search *search, const GElf_Rela *relocation, Elf_Data *symbols, size_t names)
{
  guint64 address;
  GElf_Sym symbol;
  const gchar *name;

  if (gelf_getsym (symbols, (int) GELF_R_SYM (relocation->r_info), &symbol) == NULL)
    return;
  name = elf_strptr (search->layout.elf, names, symbol.st_name);
  if (name == NULL)
    return;
  /* A program may give an address to a function of another module, too. */
  address = symbol.st_shndx != SHN_UNDEF ? symbol.st_value : 0;
  if (address != 0 ? is_defined_at (search, address) : memsnoop_allocator_name_find (name) != NULL)
    g_hash_table_add (search->slots, g_memdup2 (&relocation->r_offset, sizeof (guint64)));
  add_link (search, relocation->r_offset,
            is_name_that_never_returns (name) ? NEVER_RETURNS : address);
}

static void
read_slots (Search *search)
{
  Elf_Scn *section = search->layout.linking_symbols;
  Elf_Data *symbols = section != NULL ? elf_getdata (section, NULL) : NULL;
  guint left = RELOCATIONS_MAX;
  GElf_Shdr header;
  GElf_Rela relocation;

  search->slots = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  search->links = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  if (symbols == NULL || gelf_getshdr (section, &header) == NULL)
    return;
  for (guint i = 0; i < search->layout.n_relocations; i++)
    {
      Elf_Data *data = elf_getdata (search->layout.relocations[i], NULL);

      for (int k = 0; data != NULL && left > 0 && gelf_getrela (data, k, &relocation) != NULL; k++)
        {
          left--;
          if (GELF_R_SYM (relocation.r_info) != 0)
            read_relocation (search, &relocation, symbols, header.sh_link);
        }
    }
}

static void
need_slots (Search *search)
{
  if (search->slots == NULL)
    read_slots (search);
}

static gboolean
slot_leads_to_family (Search *search, guint64 slot)
{
  need_slots (search);
  return g_hash_table_contains (search->slots, &slot);
}

/* A function that does nothing but jump to another one (x86-64): where; 0 when it is none. */
static guint64
jump_target (const guint8 *bytes, gsize length, guint64 address)
{
  static const guint8 endbr64[] = { 0xf3, 0x0f, 0x1e, 0xfa };
  gsize at =
      length >= sizeof endbr64 && memcmp (bytes, endbr64, sizeof endbr64) == 0 ? sizeof endbr64 : 0;
  gint32 distance;

  if (length < at + 1 + sizeof distance || bytes[at] != 0xe9)
    return 0;
  memcpy (&distance, bytes + at + 1, sizeof distance);
  return address + at + 1 + sizeof distance + (guint64) (gint64) distance;
}

/* Where a call to @address goes on by a jump: by a slot, which is told in @slot, or directly. 0:
 * nowhere, or nobody knows. */
static guint64
next_hop (Search *search, guint64 address, guint64 *slot)
{
  guint8 bytes[LINKAGE_ENTRY_BYTES];
  gsize length = memsnoop_elf_layout_read_code (&search->layout, address, bytes, sizeof bytes);
  const guint64 *target;

  *slot = memsnoop_linkage_slot_find (bytes, length, address);
  if (*slot == 0)
    return jump_target (bytes, length, address);
  need_slots (search);
  target = g_hash_table_lookup (search->links, slot);
  return target != NULL && *target != NEVER_RETURNS ? *target : 0;
}

/* Whether a call to @target ends up in a function of the family, of this module or another one. */
static gboolean
leads_to_family (Search *search, guint64 target)
{
  guint64 slot;

  for (guint hops = 0; hops < HOPS_MAX && target != 0; hops++)
    {
      if (is_defined_at (search, target))
        return TRUE;
      target = next_hop (search, target, &slot);
      if (slot != 0 && slot_leads_to_family (search, slot))
        return TRUE;
    }
  return FALSE;
}

static gboolean
passes_on (Search *search, const MemsnoopFunctionCode *code)
{
  MemsnoopFunctionCallees callees;

  memsnoop_function_callees_find (code, &callees);
  for (guint i = 0; i < callees.n_targets; i++)
    if (leads_to_family (search, callees.targets[i]))
      return TRUE;
  for (guint i = 0; i < callees.n_slots; i++)
    if (slot_leads_to_family (search, callees.slots[i]))
      return TRUE;
  return FALSE;
}

/* The program as memsnoop_ways_out_find() wants to see it. */

static gsize
read_program (gpointer data, guint64 address, guint8 *bytes, gsize max)
{
  Search *search = data;

  return memsnoop_elf_layout_read_code (&search->layout, address, bytes, max);
}

static gboolean
follow_slot (gpointer data, guint64 slot, guint64 *address)
{
  Search *search = data;
  const guint64 *target;

  need_slots (search);
  target = g_hash_table_lookup (search->links, &slot);
  if (target == NULL || *target == NEVER_RETURNS)
    return FALSE;
  *address = *target;
  return TRUE;
}

static gboolean
never_returns (gpointer data, guint64 target, gboolean is_slot)
{
  Search *search = data;
  guint8 bytes[LINKAGE_ENTRY_BYTES];
  const guint64 *leads_to;
  gsize length;

  if (!is_slot)
    {
      length = memsnoop_elf_layout_read_code (&search->layout, target, bytes, sizeof bytes);
      target = memsnoop_linkage_slot_find (bytes, length, target);
    }
  if (target == 0)
    return FALSE;
  need_slots (search);
  leads_to = g_hash_table_lookup (search->links, &target);
  return leads_to != NULL && *leads_to == NEVER_RETURNS;
}

/* From addresses to places in the file, relative to the entry. */
static void
convert_returns (Search *search, MemsnoopAllocatorFunction *function, guint64 entry)
{
  MemsnoopFunctionReturns *returns = &function->returns;

  for (guint i = 0; i < returns->n_offsets; i++)
    {
      guint64 offset = 0;

      memsnoop_elf_layout_find_offset (&search->layout, entry + (guint64) returns->offsets[i],
                                       &offset);
      /* Segments that the file has in another order than memory are none that a linker makes. */
      if ((gint64) (offset - function->offset) != returns->offsets[i])
        {
          returns->complete = FALSE;
          returns->n_offsets = i;
          g_strlcpy (returns->reason, "it returns in another segment", sizeof returns->reason);
        }
    }
}

static void
find_returns (Search *search, MemsnoopAllocatorFunction *function, const MemsnoopFunctionCode *code)
{
  const MemsnoopProgramCode program = {
    .read = read_program, .follow = follow_slot, .never_returns = never_returns, .data = search
  };

  if (code->size > 0)
    memsnoop_function_returns_find (code, &function->returns);
  if (function->returns.complete || code->machine != EM_X86_64)
    return;
  memsnoop_ways_out_find (&program, code->address, &function->returns);
  convert_returns (search, function, code->address);
}

static void
study_code (Search *search, MemsnoopAllocatorFunction *function, const Definition *first)
{
  g_autofree guint8 *bytes = g_malloc (MEMSNOOP_FUNCTION_BYTES_MAX);
  gsize wanted =
      first->size > 0 ? MIN (first->size, MEMSNOOP_FUNCTION_BYTES_MAX) : UNKNOWN_SIZE_BYTES;
  MemsnoopFunctionCode code = {
    .machine = search->layout.header.e_machine,
    .bytes = bytes,
    .length = memsnoop_elf_layout_read_code (&search->layout, first->address, bytes, wanted),
    .size = first->size,
    .address = first->address,
  };
  MemsnoopProbeNeeds needs = {
    .arguments = first->name->arguments,
    .returns = function->operation != MEMSNOOP_ALLOCATOR_FREE,
    .stack_offset_known = function->operation == MEMSNOOP_ALLOCATOR_FREE,
    .null_is_nothing = function->operation == MEMSNOOP_ALLOCATOR_FREE,
    .long_nops = search->long_nops,
  };

  memsnoop_probe_placement_find (&code, &needs, &function->probe);
  function->passes_on = first->name->is_wrapper && passes_on (search, &code);
  if (function->may_throw && !function->passes_on)
    find_returns (search, function, &code);
}

/* All definitions from @first to before @end have one address. */
static MemsnoopAllocatorFunction *
make_function (Search *search, guint first, guint end)
{
  MemsnoopAllocatorFunction *function = memsnoop_allocator_function_new ();
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  Definition chosen = g_array_index (search->definitions, Definition, first);

  /* The table of names has C's first: a wrapper with such a name is none. */
  function->operation = chosen.name->operation;
  for (guint i = first; i < end; i++)
    {
      const Definition *definition = &g_array_index (search->definitions, Definition, i);

      chosen.size = MAX (chosen.size, definition->size);
      function->may_throw |= definition->name->may_throw;
      g_ptr_array_add (names, g_strdup (definition->name->name));
    }
  g_ptr_array_add (names, NULL);
  function->names = (GStrv) g_ptr_array_free (g_steal_pointer (&names), FALSE);
  memsnoop_elf_layout_find_offset (&search->layout, chosen.address, &function->offset);
  function->size = chosen.size;
  study_code (search, function, &chosen);
  return function;
}

static void
make_functions (Search *search)
{
  GArray *definitions = search->definitions;

  g_array_sort (definitions, compare_addresses);
  for (guint first = 0, end; first < definitions->len; first = end)
    {
      guint64 address = g_array_index (definitions, Definition, first).address;

      for (end = first + 1; end < definitions->len &&
                            g_array_index (definitions, Definition, end).address == address;)
        end++;
      g_ptr_array_add (search->module->functions, make_function (search, first, end));
    }
}

MemsnoopAllocatorModule *
memsnoop_allocator_functions_find (int descriptor, gboolean long_nops, GError **error)
{
  g_autoptr (MemsnoopAllocatorModule) module = NULL;
  g_autoptr (GArray) definitions = NULL;
  Search search = { .long_nops = long_nops };

  if (!memsnoop_elf_layout_read (&search.layout, descriptor, error))
    return NULL;
  module = memsnoop_allocator_module_new ();
  definitions = g_array_new (FALSE, FALSE, sizeof (Definition));
  search.module = module;
  search.definitions = definitions;
  module->is_static = search.layout.is_static;
  module->is_go = search.layout.is_go;
  read_symbols (&search, search.layout.linking_symbols, FALSE);
  if (module->is_static)
    {
      read_symbols (&search, search.layout.all_symbols, TRUE);
      drop_other_local (&search);
    }
  else if (search.layout.is_program)
    {
      /* Linkers export only what libraries know: neither what C has got since, nor operator new
       * when the program holds a copy of C++'s library. */
      search.only_operators = definitions->len == 0;
      read_symbols (&search, search.layout.all_symbols, FALSE);
    }
  module->kind = choose_kind (&search);
  make_functions (&search);
  g_clear_pointer (&search.slots, g_hash_table_unref);
  g_clear_pointer (&search.links, g_hash_table_unref);
  memsnoop_elf_layout_clear (&search.layout);
  return g_steal_pointer (&module);
}
