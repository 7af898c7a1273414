/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether the kernel's pids are those that this process sees. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * memsnoop_pid_namespace_require_initial:
 *
 * BPF programs see the pids of the initial namespace. In another one, as in a container, the same processes have other
 * pids under /proc.
 *
 * Returns: whether this is the initial one; fails with %G_IO_ERROR_NOT_SUPPORTED otherwise.
 */
gboolean memsnoop_pid_namespace_require_initial (GError **error);

G_END_DECLS
