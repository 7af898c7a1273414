/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What somebody who mistyped a name may have meant. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * memsnoop_similar_name_distance:
 *
 * How many bytes are to be inserted, left out or replaced to make @second of @first, with two neighbours in the wrong
 * order counted once: the "optimal string alignment" variant of the Damerau–Levenshtein distance.
 */
guint        memsnoop_similar_name_distance (const gchar        *first,
                                             const gchar        *second);

/**
 * memsnoop_similar_name_find:
 * @names: %NULL-terminated.
 *
 * Returns: (nullable): the one of @names that begins with @name, or that differs least from it, by at most two bytes and
 *   by less than half of it; the first of several.
 */
const gchar *memsnoop_similar_name_find     (const gchar *const *names,
                                             const gchar        *name);

G_END_DECLS
