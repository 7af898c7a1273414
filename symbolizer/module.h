/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One module of a process: its file, the debug files that belong to it, and what was made of them. */
#pragma once

#include "memsnoop-worker-protocol.h"
#include "module-file.h"
#include "symbols.h"

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  gint                 references;
  gchar               *key;
  /* By role. Without a file but told: there is none, or none that can be read. */
  MemsnoopModuleFile  *files[MEMSNOOP_WORKER_ROLE_TABLE];
  gboolean             told[MEMSNOOP_WORKER_ROLE_TABLE];
  /* (nullable): made when they are first asked for. */
  MemsnoopSymbols     *symbols;
} MemsnoopModule;

MemsnoopModule  *memsnoop_module_new         (const gchar          *key);
MemsnoopModule  *memsnoop_module_ref         (MemsnoopModule       *module);
void             memsnoop_module_unref       (MemsnoopModule       *module);

/**
 * memsnoop_module_provide:
 * @descriptor: taken over; -1: there is no such file.
 *
 * A debug file has to be the one for this module: by build-id, where both have one, else by the
 * checksum of the debug link.
 *
 * Returns: %FALSE when the file cannot be used; then it is the same as if there were none.
 */
gboolean         memsnoop_module_provide     (MemsnoopModule       *module,
                                              guint8                role,
                                              int                   descriptor,
                                              GError              **error);

/**
 * memsnoop_module_find_wanted:
 * @with_symbols: whether debug files are wanted, too.
 * @wanted: of type a(ysss): files that nothing was told of are added.
 *
 * Returns: whether there were any.
 */
gboolean         memsnoop_module_find_wanted (const MemsnoopModule *module,
                                              gboolean              with_symbols,
                                              GVariantBuilder      *wanted);

/* Returns: (transfer none) (nullable): %NULL when the module has no readable file. */
MemsnoopSymbols *memsnoop_module_get_symbols (MemsnoopModule       *module);

/* As if nobody had asked for any, and no debug file had been provided. */
void             memsnoop_module_forget_symbols (MemsnoopModule    *module);

/* Bytes of files of which large parts may be in memory. */
guint64          memsnoop_module_get_weight  (const MemsnoopModule *module);

/* Files that are open. */
guint            memsnoop_module_count_files (const MemsnoopModule *module);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MemsnoopModule, memsnoop_module_unref)

G_END_DECLS
