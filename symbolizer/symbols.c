/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "symbols.h"

#include "debug-information.h"
#include "function-name.h"
#include "symbol-table.h"

struct MemsnoopSymbols
{
  MemsnoopModuleFile *module;
  /* (nullable), as all below. */
  MemsnoopModuleFile *debug;
  MemsnoopModuleFile *supplement;
  /* Of the debug file, then of the module: the former has the whole table. */
  MemsnoopSymbolTable *tables[2];
  MemsnoopDebugInformation *information;
};

static void
open_information (MemsnoopSymbols *symbols)
{
  if (memsnoop_module_file_has_debug_information (symbols->module))
    symbols->information = memsnoop_debug_information_new (symbols->module, symbols->supplement);
  else if (symbols->debug != NULL)
    symbols->information = memsnoop_debug_information_new (symbols->debug, symbols->supplement);
}

MemsnoopSymbols *
memsnoop_symbols_new (MemsnoopModuleFile *module,
                      MemsnoopModuleFile *debug,
                      MemsnoopModuleFile *supplement)
{
  MemsnoopSymbols *symbols = g_new0 (MemsnoopSymbols, 1);

  symbols->module = memsnoop_module_file_ref (module);
  if (debug != NULL)
    {
      symbols->debug = memsnoop_module_file_ref (debug);
      symbols->tables[0] = memsnoop_symbol_table_new (debug);
    }
  if (supplement != NULL)
    symbols->supplement = memsnoop_module_file_ref (supplement);
  symbols->tables[1] = memsnoop_symbol_table_new (module);
  open_information (symbols);
  return symbols;
}

void
memsnoop_symbols_free (MemsnoopSymbols *symbols)
{
  g_clear_pointer (&symbols->information, memsnoop_debug_information_free);
  for (guint i = 0; i < G_N_ELEMENTS (symbols->tables); i++)
    g_clear_pointer (&symbols->tables[i], memsnoop_symbol_table_free);
  memsnoop_module_file_unref (symbols->module);
  g_clear_pointer (&symbols->debug, memsnoop_module_file_unref);
  g_clear_pointer (&symbols->supplement, memsnoop_module_file_unref);
  g_free (symbols);
}

static const gchar *
find_symbol (MemsnoopSymbols *symbols, guint64 address)
{
  const gchar *name = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (symbols->tables) && name == NULL; i++)
    if (symbols->tables[i] != NULL)
      name = memsnoop_symbol_table_look_up (symbols->tables[i], address);
  return name;
}

static guint
add_from_information (MemsnoopSymbols *symbols,
                      guint64 address,
                      const gchar *symbol,
                      GVariantBuilder *functions)
{
  if (symbols->information == NULL)
    return 0;
  return memsnoop_debug_information_look_up (symbols->information, address, symbol, functions);
}

GVariant *
memsnoop_symbols_look_up (MemsnoopSymbols *symbols, guint64 offset)
{
  GVariantBuilder functions = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(ssu)"));
  guint64 address;
  const gchar *symbol;

  if (!memsnoop_module_file_find_address (symbols->module, offset, &address))
    return g_variant_builder_end (&functions);
  symbol = find_symbol (symbols, address);
  if (add_from_information (symbols, address, symbol, &functions) == 0 && symbol != NULL)
    {
      g_autofree gchar *name = memsnoop_function_name (symbol);

      g_variant_builder_add (&functions, "(ssu)", name, "", 0);
    }
  return g_variant_builder_end (&functions);
}
