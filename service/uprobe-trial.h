/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What kinds of uprobe links the kernel has, found out by making some on this program itself; and what that takes. */
#pragma once

#include "uprobe-link.h"

G_BEGIN_DECLS

/** Makes the links and removes them again. Milliseconds; memsnoop_uprobe_support() does it only once. */
MemsnoopUprobeSupport memsnoop_uprobe_try               (void);

/** The kernel's number for such a program and link; 0 for the classic way. */
guint32               memsnoop_uprobe_attach_type       (MemsnoopUprobeSupport      support,
                                                         MemsnoopUprobeKind         kind);

/**
 * memsnoop_uprobe_create_multi_link:
 * @program: descriptor of a program that was loaded for such links.
 *
 * Returns: the link's descriptor, or a negative errno. Closing it detaches.
 */
int                   memsnoop_uprobe_create_multi_link (int                        program,
                                                         MemsnoopUprobeKind         kind,
                                                         int                        module,
                                                         guint32                    pid,
                                                         const MemsnoopUprobePlace *places,
                                                         gsize                      n_places);

/**
 * memsnoop_uprobe_find_own_offset:
 * @function: of this program.
 * @offset: (out): of it in /proc/self/exe.
 */
gboolean              memsnoop_uprobe_find_own_offset       (gconstpointer          function,
                                                             guint64               *offset);

/**
 * memsnoop_uprobe_load_counting_program:
 * @map: descriptor of an array of guint64, of which the program increments the first.
 *
 * Returns: the program's descriptor, for memsnoop_uprobe_create_multi_link() with @kind, or a negative errno.
 */
int                   memsnoop_uprobe_load_counting_program (int                    map,
                                                             MemsnoopUprobeKind     kind);

G_END_DECLS
