/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What it means to name a program by its executable. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * memsnoop_program_is_interpreter:
 * @path: of an executable.
 *
 * Whether it is known, by its name, to run programs that have executables of their own nowhere: "python3.11", "java".
 */
gboolean memsnoop_program_is_interpreter  (const gchar *path);

/**
 * memsnoop_program_count_processes:
 *
 * How many processes run the executable @path, also one that was deleted or replaced since. Those of others are seen by root alone.
 */
guint    memsnoop_program_count_processes (const gchar *path);

G_END_DECLS
