/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a file says that its debug information is. */
#pragma once

#include "module-file.h"

G_BEGIN_DECLS

/**
 * memsnoop_debug_link_find:
 * @checksum: (out) (optional): CRC-32 of that file.
 *
 * The name in .gnu_debuglink. Only the name of a file is one: not a path.
 *
 * Returns: (transfer full) (nullable): %NULL when there is none, or it is not UTF-8.
 */
gchar    *memsnoop_debug_link_find            (const MemsnoopModuleFile  *file,
                                               guint32                   *checksum);

/**
 * memsnoop_debug_link_find_supplement:
 * @build_id: (out) (transfer full): in hexadecimal digits.
 *
 * The path in .gnu_debugaltlink: what several debug files share, as dwz makes it.
 *
 * Returns: (transfer full) (nullable): %NULL when there is none, or it is not UTF-8.
 */
gchar    *memsnoop_debug_link_find_supplement (const MemsnoopModuleFile  *file,
                                               gchar                    **build_id);

/**
 * memsnoop_debug_link_check:
 * @module: what is debugged.
 * @debug: a file that may be its debug file.
 *
 * By build-id, and only where there is none by checksum, for which the whole file is read.
 */
gboolean  memsnoop_debug_link_check           (const MemsnoopModuleFile  *module,
                                               const MemsnoopModuleFile  *debug);

G_END_DECLS
