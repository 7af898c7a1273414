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
 * memsnoop_module_cache_trim:
 * @files_max: files that may be open.
 * @weight_max: see memsnoop_module_get_weight().
 *
 * Forgets modules until both hold, the one that was used longest ago first, and the last one never.
 *
 * Returns: how many were forgotten. Who holds a reference keeps them.
 */
guint                memsnoop_module_cache_trim (MemsnoopModuleCache *cache,
                                                 guint                files_max,
                                                 guint64              weight_max);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MemsnoopModuleCache, memsnoop_module_cache_free)

G_END_DECLS
