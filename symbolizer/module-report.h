/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libdwfl on files that were handed over: it opens none itself. */
#pragma once

#include "module-file.h"

#include <elfutils/libdwfl.h>

G_BEGIN_DECLS

/* Returns: (transfer full): a #Dwfl without modules, for memsnoop_module_report(). */
Dwfl        *memsnoop_module_report_begin (void);

/**
 * memsnoop_module_report:
 * @name: tells the modules of @dwfl apart.
 * @file: has to outlive @dwfl.
 * @bias: what to add to the file's addresses.
 *
 * Returns: (nullable): the module; %NULL when its addresses make no sense.
 */
Dwfl_Module *memsnoop_module_report       (Dwfl                *dwfl,
                                           const gchar         *name,
                                           MemsnoopModuleFile  *file,
                                           guint64              bias);

G_END_DECLS
