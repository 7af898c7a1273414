/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "module.h"

#include "debug-link.h"

#include <unistd.h>

/* Of a file that is only unwound, headers and unwind tables are read: much less than this share, in
 * ordinary ones. */
#define UNWINDING_SHARE 4

MemsnoopModule *
memsnoop_module_new (const gchar *key)
{
  MemsnoopModule *module = g_new0 (MemsnoopModule, 1);

  module->references = 1;
  module->key = g_strdup (key);
  return module;
}

MemsnoopModule *
memsnoop_module_ref (MemsnoopModule *module)
{
  module->references++;
  return module;
}

void
memsnoop_module_unref (MemsnoopModule *module)
{
  if (--module->references > 0)
    return;
  g_clear_pointer (&module->symbols, memsnoop_symbols_free);
  for (guint role = 0; role < G_N_ELEMENTS (module->files); role++)
    g_clear_pointer (&module->files[role], memsnoop_module_file_unref);
  g_free (module->key);
  g_free (module);
}

static gboolean
check_loadable (const MemsnoopModule *module, const MemsnoopModuleFile *file, GError **error)
{
  if (memsnoop_module_file_is_loadable (file))
    return TRUE;
  g_set_error (error, MEMSNOOP_MODULE_FILE_ERROR, MEMSNOOP_MODULE_FILE_ERROR_INVALID,
               "A file of the module '%s' is neither a program nor a library", module->key);
  return FALSE;
}

static gboolean
check_fit (const MemsnoopModule *module,
           guint8 role,
           const MemsnoopModuleFile *file,
           GError **error)
{
  const MemsnoopModuleFile *main_file = module->files[MEMSNOOP_WORKER_ROLE_MODULE];

  if (role != MEMSNOOP_WORKER_ROLE_SUPPLEMENT && !check_loadable (module, file, error))
    return FALSE;
  if (role != MEMSNOOP_WORKER_ROLE_DEBUG ||
      (main_file != NULL && memsnoop_debug_link_check (main_file, file)))
    return TRUE;
  g_set_error (error, MEMSNOOP_MODULE_FILE_ERROR, MEMSNOOP_MODULE_FILE_ERROR_INVALID,
               "A debug file with the build-id '%s' is not the one of the module '%s'",
               memsnoop_module_file_get_build_id (file), module->key);
  return FALSE;
}

gboolean
memsnoop_module_provide (MemsnoopModule *module, guint8 role, int descriptor, GError **error)
{
  g_autoptr (MemsnoopModuleFile) file = NULL;

  g_clear_pointer (&module->symbols, memsnoop_symbols_free);
  g_clear_pointer (&module->files[role], memsnoop_module_file_unref);
  module->told[role] = TRUE;
  if (descriptor < 0)
    return TRUE;
  file = memsnoop_module_file_new (descriptor, error);
  if (file == NULL || !check_fit (module, role, file, error))
    return FALSE;
  module->files[role] = g_steal_pointer (&file);
  return TRUE;
}

/* Returns: (nullable): the file that has the debug information. */
static const MemsnoopModuleFile *
find_debug_information (const MemsnoopModule *module)
{
  const MemsnoopModuleFile *file = module->files[MEMSNOOP_WORKER_ROLE_MODULE];

  if (file != NULL && memsnoop_module_file_has_debug_information (file))
    return file;
  return module->files[MEMSNOOP_WORKER_ROLE_DEBUG];
}

static gboolean
want_debug (const MemsnoopModule *module, GVariantBuilder *wanted)
{
  const MemsnoopModuleFile *file = module->files[MEMSNOOP_WORKER_ROLE_MODULE];
  g_autofree gchar *link = NULL;
  const gchar *build_id;

  if (module->told[MEMSNOOP_WORKER_ROLE_DEBUG] || file == NULL ||
      memsnoop_module_file_has_debug_information (file))
    return FALSE;
  link = memsnoop_debug_link_find (file, NULL);
  build_id = memsnoop_module_file_get_build_id (file);
  if (link == NULL && build_id[0] == '\0')
    return FALSE;
  g_variant_builder_add (wanted, "(ysss)", MEMSNOOP_WORKER_ROLE_DEBUG, module->key, build_id,
                         link != NULL ? link : "");
  return TRUE;
}

static gboolean
want_supplement (const MemsnoopModule *module, GVariantBuilder *wanted)
{
  const MemsnoopModuleFile *file = find_debug_information (module);
  g_autofree gchar *build_id = NULL;
  g_autofree gchar *path = NULL;

  if (module->told[MEMSNOOP_WORKER_ROLE_SUPPLEMENT] || file == NULL)
    return FALSE;
  path = memsnoop_debug_link_find_supplement (file, &build_id);
  if (path == NULL)
    return FALSE;
  g_variant_builder_add (wanted, "(ysss)", MEMSNOOP_WORKER_ROLE_SUPPLEMENT, module->key, build_id,
                         path);
  return TRUE;
}

gboolean
memsnoop_module_find_wanted (const MemsnoopModule *module,
                             gboolean with_symbols,
                             GVariantBuilder *wanted)
{
  if (!module->told[MEMSNOOP_WORKER_ROLE_MODULE])
    {
      g_variant_builder_add (wanted, "(ysss)", MEMSNOOP_WORKER_ROLE_MODULE, module->key, "", "");
      return TRUE;
    }
  /* Made with all that there was. */
  if (!with_symbols || module->symbols != NULL)
    return FALSE;
  return want_debug (module, wanted) || want_supplement (module, wanted);
}

MemsnoopSymbols *
memsnoop_module_get_symbols (MemsnoopModule *module)
{
  MemsnoopModuleFile *file = module->files[MEMSNOOP_WORKER_ROLE_MODULE];

  if (module->symbols == NULL && file != NULL)
    module->symbols = memsnoop_symbols_new (file, module->files[MEMSNOOP_WORKER_ROLE_DEBUG],
                                            module->files[MEMSNOOP_WORKER_ROLE_SUPPLEMENT]);
  return module->symbols;
}

void
memsnoop_module_forget_symbols (MemsnoopModule *module)
{
  g_clear_pointer (&module->symbols, memsnoop_symbols_free);
  for (guint role = MEMSNOOP_WORKER_ROLE_MODULE + 1; role < G_N_ELEMENTS (module->files); role++)
    {
      g_clear_pointer (&module->files[role], memsnoop_module_file_unref);
      module->told[role] = FALSE;
    }
}

guint64
memsnoop_module_get_weight (const MemsnoopModule *module)
{
  guint64 weight = 0;

  for (guint role = 0; role < G_N_ELEMENTS (module->files); role++)
    {
      const MemsnoopModuleFile *file = module->files[role];
      gboolean only_unwound = role == MEMSNOOP_WORKER_ROLE_MODULE && module->symbols == NULL;

      if (file != NULL)
        weight += memsnoop_module_file_get_size (file) / (only_unwound ? UNWINDING_SHARE : 1);
    }
  return weight;
}

guint
memsnoop_module_count_files (const MemsnoopModule *module)
{
  guint n = 0;

  for (guint role = 0; role < G_N_ELEMENTS (module->files); role++)
    n += module->files[role] != NULL;
  return n;
}
