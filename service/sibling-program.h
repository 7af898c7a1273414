/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * memsnoop_sibling_program_find:
 * @name: of a program that belongs to the service.
 * @build_folder: where it is built, next to the folder of the service's own.
 *
 * Where the service runs from, so it finds its own, installed or not; never by PATH.
 *
 * Returns: (transfer full) (nullable): its absolute path; %NULL when it is not there.
 */
gchar *memsnoop_sibling_program_find (const gchar *name,
                                      const gchar *build_folder);

G_END_DECLS
