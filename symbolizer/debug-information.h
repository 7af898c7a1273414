/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Functions, inlined ones among them, and source lines, from a file's DWARF. */
#pragma once

#include "module-file.h"

G_BEGIN_DECLS

typedef struct MemsnoopDebugInformation MemsnoopDebugInformation;

/**
 * memsnoop_debug_information_new:
 * @file: has to outlive it, as has @supplement.
 * @supplement: (nullable): what @file shares with others.
 *
 * Returns: (nullable): %NULL when @file has none that can be read.
 */
MemsnoopDebugInformation *memsnoop_debug_information_new     (MemsnoopModuleFile        *file,
                                                              MemsnoopModuleFile        *supplement);
void                      memsnoop_debug_information_free    (MemsnoopDebugInformation  *information);

/**
 * memsnoop_debug_information_look_up:
 * @address: as the file numbers them.
 * @symbol: (nullable): the raw name by the table of symbols, for a function that has none here.
 * @functions: of type a(ssu): what covers @address is added, the innermost first.
 *
 * Returns: how many were added.
 */
guint                     memsnoop_debug_information_look_up (MemsnoopDebugInformation  *information,
                                                              guint64                    address,
                                                              const gchar               *symbol,
                                                              GVariantBuilder           *functions);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MemsnoopDebugInformation, memsnoop_debug_information_free)

G_END_DECLS
