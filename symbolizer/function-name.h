/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The names of functions as people write them. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * memsnoop_function_name:
 * @raw: as the file has it: any bytes.
 *
 * Names that C++ and Rust compilers made are undone; parameters are left out, as the place in the source tells
 * overloads apart. By libiberty, which binutils and gdb use: unlike the C++ library's own function it
 * knows both of Rust's schemes, too, and it limits how deep it nests.
 *
 * Returns: (transfer full): valid UTF-8, other bytes as \xNN, of at most %MEMSNOOP_WORKER_TEXT_MAX bytes; one that was
 *     longer ends in an ellipsis.
 */
gchar *memsnoop_function_name (const gchar *raw);

/**
 * memsnoop_source_path:
 * @folder: (nullable): what a relative path is relative to.
 * @raw: as the file has it.
 *
 * Returns: (transfer full): the same for the path of a source file; one that was too long begins with an ellipsis.
 */
gchar *memsnoop_source_path   (const gchar *folder,
                               const gchar *raw);

G_END_DECLS
