/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names for places in a module. */
#pragma once

#include "module-file.h"

G_BEGIN_DECLS

typedef struct MemsnoopSymbols MemsnoopSymbols;

/**
 * memsnoop_symbols_new:
 * @module: the file that is mapped.
 * @debug: (nullable): its separate debug file.
 * @supplement: (nullable): what the file with the debug information shares with others.
 *
 * Reads little; tables are read when they are first needed.
 */
MemsnoopSymbols *memsnoop_symbols_new    (MemsnoopModuleFile *module,
                                          MemsnoopModuleFile *debug,
                                          MemsnoopModuleFile *supplement);

void             memsnoop_symbols_free   (MemsnoopSymbols    *symbols);

/**
 * memsnoop_symbols_look_up:
 * @offset: in the module's file.
 *
 * From the debug information, where it covers the place, else from the tables of symbols.
 *
 * Returns: (transfer floating): of type a(ssu), as in %MEMSNOOP_WORKER_SYMBOLS; empty when nothing is known.
 */
GVariant        *memsnoop_symbols_look_up (MemsnoopSymbols   *symbols,
                                           guint64            offset);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MemsnoopSymbols, memsnoop_symbols_free)

G_END_DECLS
