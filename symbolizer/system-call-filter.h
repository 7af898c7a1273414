/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * memsnoop_system_call_filter_load:
 *
 * From now on a system call that is not needed to read descriptors and to answer ends the process.
 *
 * Returns: 0, or a negative errno.
 */
int memsnoop_system_call_filter_load (void);

G_END_DECLS
