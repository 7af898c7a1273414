/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Probes that a process has inherited and that nobody asked for. */
#pragma once

#include "uprobe-link.h"

G_BEGIN_DECLS

/**
 * memsnoop_uprobe_sweep:
 * @module: descriptor of the module's file.
 * @pid: a process that is probed there.
 *
 * Takes the probes at these places out of processes for which there is no link. A process that is forked has those of its parent, and
 * each call there takes it microseconds, although nobody sees it. The kernel looks for such processes whenever a link is removed: so one is
 * made, with a program that does nothing. Only of use with links of MEMSNOOP_UPROBE_MULTI; with classic ones the kernel does it by
 * itself. Tens of milliseconds: for worker threads.
 *
 * Returns: 0 or a negative errno.
 */
int memsnoop_uprobe_sweep (int                        module,
                           guint32                    pid,
                           const MemsnoopUprobePlace *places,
                           gsize                      n_places);

G_END_DECLS
