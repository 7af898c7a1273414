/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The modules that were used last, by key. */
#pragma once

#include "module.h"

G_BEGIN_DECLS

typedef struct MemsnoopModuleCache MemsnoopModuleCache;

MemsnoopModuleCache *memsnoop_module_cache_new  (void);
void                 memsnoop_module_cache_free (MemsnoopModuleCache *cache);

/**
 * memsnoop_module_cache_get:
 *
 * It becomes the one that was used last.
 *
 * Returns: (transfer none): the module; a new one of which nothing was told when there was none.
 */
MemsnoopModule      *memsnoop_module_cache_get  (MemsnoopModuleCache *cache,
                                                 const gchar         *key);

/**
 * memsnoop_module_cache_fits:
 * @files_max: files that may be open.
 * @weight_max: see memsnoop_module_get_weight().
 */
gboolean             memsnoop_module_cache_fits (const MemsnoopModuleCache *cache,
                                                 guint                      files_max,
                                                 guint64                    weight_max);

/**
 * memsnoop_module_cache_trim:
 *
 * Forgets modules until it fits, the one that was used longest ago first. The last one that was used, and those that others hold, stay:
 * what is provided for a module has to reach who waits for it. When only such are left, their symbols are forgotten.
 */
void                 memsnoop_module_cache_trim (MemsnoopModuleCache       *cache,
                                                 guint                      files_max,
                                                 guint64                    weight_max);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MemsnoopModuleCache, memsnoop_module_cache_free)

G_END_DECLS
