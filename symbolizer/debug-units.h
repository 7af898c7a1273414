/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which compilation unit covers an address. */
#pragma once

#include <elfutils/libdw.h>
#include <glib.h>

G_BEGIN_DECLS

typedef struct MemsnoopDebugUnits MemsnoopDebugUnits;

/**
 * memsnoop_debug_units_new:
 *
 * Goes through all units once. .debug_aranges is not used: of the common compilers only GCC writes it.
 */
MemsnoopDebugUnits *memsnoop_debug_units_new  (Dwarf                    *dwarf);
void                memsnoop_debug_units_free (MemsnoopDebugUnits       *units);

/* @unit: (out): its DIE. */
gboolean            memsnoop_debug_units_find (const MemsnoopDebugUnits *units,
                                               guint64                   address,
                                               Dwarf_Die                *unit);

G_END_DECLS
