/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "process-identity.h"

G_BEGIN_DECLS

/**
 * memsnoop_user_file_system_has:
 * @descriptor: of a file that the process has mapped.
 *
 * Whether a program of this machine answers for the file (FUSE). To place a probe the kernel reads a page of the file while
 * no process of the machine can fork, and so would wait for that program, which may be somebody's who wants just this.
 * May wait for that program: for worker threads.
 */
gboolean memsnoop_user_file_system_has (int                            descriptor,
                                        const MemsnoopProcessIdentity *identity);

G_END_DECLS
