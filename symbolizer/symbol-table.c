/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "symbol-table.h"

#include "module-report.h"

struct MemsnoopSymbolTable
{
  Dwfl *dwfl;
  /* (nullable) */
  Dwfl_Module *module;
};

MemsnoopSymbolTable *
memsnoop_symbol_table_new (MemsnoopModuleFile *file)
{
  MemsnoopSymbolTable *table = g_new0 (MemsnoopSymbolTable, 1);

  table->dwfl = memsnoop_module_report_begin ();
  if (table->dwfl == NULL)
    return table;
  dwfl_report_begin (table->dwfl);
  table->module = memsnoop_module_report (table->dwfl, "module", file, 0);
  dwfl_report_end (table->dwfl, NULL, NULL);
  return table;
}

void
memsnoop_symbol_table_free (MemsnoopSymbolTable *table)
{
  if (table->dwfl != NULL)
    dwfl_end (table->dwfl);
  g_free (table);
}

static gboolean
is_function (const GElf_Sym *symbol)
{
  guint type = GELF_ST_TYPE (symbol->st_info);

  return type == STT_FUNC || type == STT_GNU_IFUNC || type == STT_NOTYPE;
}

const gchar *
memsnoop_symbol_table_look_up (MemsnoopSymbolTable *table, guint64 address)
{
  GElf_Off offset;
  GElf_Sym symbol;
  const gchar *name;

  if (table->module == NULL)
    return NULL;
  name = dwfl_module_addrinfo (table->module, address, &offset, &symbol, NULL, NULL, NULL);
  if (name == NULL || name[0] == '\0' || !is_function (&symbol))
    return NULL;
  /* libdwfl takes the nearest one before the address when none covers it. */
  if (symbol.st_size != 0 && offset >= symbol.st_size)
    return NULL;
  return name;
}
