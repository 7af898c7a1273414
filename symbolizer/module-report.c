/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "module-report.h"

static int
find_elf (Dwfl_Module *module,
          void **user_data,
          const char *name,
          Dwarf_Addr base,
          char **file_name,
          Elf **elf)
{
  MemsnoopModuleFile *file = *user_data;

  /* One more reference to it, which libdwfl drops. */
  *elf = elf_begin (-1, ELF_C_READ, memsnoop_module_file_get_elf (file));
  return -1;
}

static int
find_no_debug_information (Dwfl_Module *module,
                           void **user_data,
                           const char *name,
                           Dwarf_Addr base,
                           const char *file_name,
                           const char *link,
                           GElf_Word checksum,
                           char **debug_file_name)
{
  return -1;
}

Dwfl *
memsnoop_module_report_begin (void)
{
  static const Dwfl_Callbacks callbacks = {
    .find_elf = find_elf,
    .find_debuginfo = find_no_debug_information,
  };

  return dwfl_begin (&callbacks);
}

Dwfl_Module *
memsnoop_module_report (Dwfl *dwfl, const gchar *name, MemsnoopModuleFile *file, guint64 bias)
{
  guint64 low;
  guint64 high;
  Dwfl_Module *module;
  void **user_data;

  memsnoop_module_file_get_range (file, &low, &high);
  if (low + bias >= high + bias)
    return NULL;
  module = dwfl_report_module (dwfl, name, low + bias, high + bias);
  if (module == NULL)
    return NULL;
  dwfl_module_info (module, &user_data, NULL, NULL, NULL, NULL, NULL, NULL);
  *user_data = file;
  return module;
}
