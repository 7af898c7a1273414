/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "debug-information.h"

#include "debug-units.h"
#include "function-name.h"
#include "memsnoop-worker-protocol.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <stdlib.h>

struct MemsnoopDebugInformation
{
  Dwarf *dwarf;
  /* (nullable) */
  Dwarf *supplement;
  MemsnoopDebugUnits *units;
};

/* A place in the source; @path is (nullable), and of the unit's tables. */
typedef struct
{
  const gchar *path;
  guint line;
} Place;

MemsnoopDebugInformation *
memsnoop_debug_information_new (MemsnoopModuleFile *file, MemsnoopModuleFile *supplement)
{
  Dwarf *dwarf = dwarf_begin_elf (memsnoop_module_file_get_elf (file), DWARF_C_READ, NULL);
  MemsnoopDebugInformation *information;

  if (dwarf == NULL)
    return NULL;
  information = g_new0 (MemsnoopDebugInformation, 1);
  information->dwarf = dwarf;
  if (supplement != NULL)
    information->supplement =
        dwarf_begin_elf (memsnoop_module_file_get_elf (supplement), DWARF_C_READ, NULL);
  if (information->supplement != NULL)
    dwarf_setalt (dwarf, information->supplement);
  information->units = memsnoop_debug_units_new (dwarf);
  return information;
}

void
memsnoop_debug_information_free (MemsnoopDebugInformation *information)
{
  memsnoop_debug_units_free (information->units);
  dwarf_end (information->dwarf);
  if (information->supplement != NULL)
    dwarf_end (information->supplement);
  g_free (information);
}

static const gchar *
read_text (Dwarf_Die *die, guint attribute_name)
{
  Dwarf_Attribute attribute;

  if (dwarf_attr_integrate (die, attribute_name, &attribute) == NULL)
    return NULL;
  return dwarf_formstring (&attribute);
}

static guint
read_number (Dwarf_Die *die, guint attribute_name)
{
  Dwarf_Attribute attribute;
  Dwarf_Word value;

  if (dwarf_attr (die, attribute_name, &attribute) == NULL ||
      dwarf_formudata (&attribute, &value) != 0)
    return 0;
  return value <= G_MAXUINT ? (guint) value : 0;
}

/* Returns: (nullable): as the linker knows it, which tells more where a language has namespaces. */
static const gchar *
find_name (Dwarf_Die *function)
{
  const gchar *name = read_text (function, DW_AT_linkage_name);

  if (name == NULL)
    name = read_text (function, DW_AT_MIPS_linkage_name);
  return name != NULL ? name : dwarf_diename (function);
}

static Place
find_line (Dwarf_Die *unit, guint64 address)
{
  Dwarf_Line *line = dwarf_getsrc_die (unit, address);
  Place place = { NULL, 0 };
  int number = 0;

  if (line == NULL)
    return place;
  place.path = dwarf_linesrc (line, NULL, NULL);
  if (dwarf_lineno (line, &number) == 0 && number > 0)
    place.line = (guint) number;
  return place;
}

static Place
find_call (Dwarf_Die *unit, Dwarf_Die *inlined)
{
  Place place = { NULL, read_number (inlined, DW_AT_call_line) };
  Dwarf_Files *files;
  size_t n_files;
  guint file = read_number (inlined, DW_AT_call_file);

  if (dwarf_getsrcfiles (unit, &files, &n_files) == 0 && file < n_files)
    place.path = dwarf_filesrc (files, file, NULL, NULL);
  return place;
}

static void
add_function (GVariantBuilder *functions,
              const gchar *raw_name,
              const gchar *folder,
              const Place *place)
{
  g_autofree gchar *name = memsnoop_function_name (raw_name != NULL ? raw_name : "");
  g_autofree gchar *path =
      place->path != NULL ? memsnoop_source_path (folder, place->path) : g_strdup ("");

  g_variant_builder_add (functions, "(ssu)", name, path, place->line);
}

/* The DIEs around the innermost one that covers @address, which comes first. dwarf_getscopes()
 * alone goes on with where an inlined function was written, not with where it was called from.
 * Returns: their number; @scopes is to be freed with free() when it is above 0. */
static int
find_scopes (Dwarf_Die *unit, guint64 address, Dwarf_Die **scopes)
{
  Dwarf_Die *innermost;
  int n = dwarf_getscopes (unit, address, &innermost);

  if (n <= 0)
    return 0;
  n = dwarf_getscopes_die (&innermost[0], scopes);
  free (innermost);
  return MAX (n, 0);
}

static guint
add_functions (GVariantBuilder *functions,
               Dwarf_Die *unit,
               guint64 address,
               const gchar *symbol,
               const gchar *folder)
{
  Place place = find_line (unit, address);
  Dwarf_Die *scopes = NULL;
  int n_scopes = find_scopes (unit, address, &scopes);
  guint n = 0;

  for (int i = 0; i < n_scopes && n < MEMSNOOP_WORKER_INLINED_MAX; i++)
    {
      int tag = dwarf_tag (&scopes[i]);
      const gchar *name = find_name (&scopes[i]);

      if (tag != DW_TAG_inlined_subroutine && tag != DW_TAG_subprogram)
        continue;
      n++;
      add_function (functions, name != NULL ? name : symbol, folder, &place);
      if (tag == DW_TAG_subprogram)
        break;
      place = find_call (unit, &scopes[i]);
    }
  if (n_scopes > 0)
    free (scopes);
  if (n > 0 || place.path == NULL)
    return n;
  /* Assembler has lines only. */
  add_function (functions, symbol, folder, &place);
  return 1;
}

guint
memsnoop_debug_information_look_up (MemsnoopDebugInformation *information,
                                    guint64 address,
                                    const gchar *symbol,
                                    GVariantBuilder *functions)
{
  Dwarf_Die unit;

  if (!memsnoop_debug_units_find (information->units, address, &unit))
    return 0;
  return add_functions (functions, &unit, address, symbol, read_text (&unit, DW_AT_comp_dir));
}
