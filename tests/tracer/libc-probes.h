/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the functions of this system's C library are, which the targets use, too. */
#pragma once

#include "heap-maps.h"

G_BEGIN_DECLS

/**
 * libc_probes_find:
 * @module: (out): descriptor of the library's file.
 *
 * Returns: (transfer full): MemsnoopHeapProbe of each address once.
 */
GArray *libc_probes_find (int *module);

G_END_DECLS
