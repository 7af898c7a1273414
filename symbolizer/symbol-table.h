/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The functions that a file's own tables name. */
#pragma once

#include "module-file.h"

G_BEGIN_DECLS

typedef struct MemsnoopSymbolTable MemsnoopSymbolTable;

/* @file: has to outlive the table. */
MemsnoopSymbolTable *memsnoop_symbol_table_new     (MemsnoopModuleFile  *file);
void                 memsnoop_symbol_table_free    (MemsnoopSymbolTable *table);

/**
 * memsnoop_symbol_table_look_up:
 * @address: as the file numbers them.
 *
 * From .symtab, else from .dynsym and what is compressed in .gnu_debugdata.
 *
 * Returns: (nullable): the raw name of the function that covers @address.
 */
const gchar         *memsnoop_symbol_table_look_up (MemsnoopSymbolTable *table,
                                                    guint64              address);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MemsnoopSymbolTable, memsnoop_symbol_table_free)

G_END_DECLS
