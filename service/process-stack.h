/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel has put on a process's stack when its program began. The files under /proc that tell the same are the
 * process's own user's; this reads the process's memory instead, which takes the right to look into processes (CAP_SYS_PTRACE)
 * and none to open files of others.
 */
#pragma once

#include "process-identity.h"

G_BEGIN_DECLS

/**
 * memsnoop_process_stack_read_vector:
 *
 * Returns: (transfer full): the auxiliary vector, Elf64_auxv_t one after the other; the process may have changed it. %NULL
 *   with an error.
 */
GByteArray *memsnoop_process_stack_read_vector      (const MemsnoopProcessIdentity  *identity,
                                                     GError                        **error);

/** Returns: (transfer full): the environment, each text with a zero behind it; see memsnoop_process_stack_read_vector(). */
GByteArray *memsnoop_process_stack_read_environment (const MemsnoopProcessIdentity  *identity,
                                                     GError                        **error);

G_END_DECLS
