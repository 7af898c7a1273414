/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows of a table of text. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** Appends @value (transfer full) at the right of a column of @width characters. */
void memsnoop_text_column_take (GString *text,
                                gsize    width,
                                gchar   *value);

/**
 * memsnoop_text_column_append_histogram:
 * @counts: (array length=n): of the sizes from 2^i bytes up to twice that.
 *
 * Appends a heading and a row for each power of two between the first and the last that has any; nothing
 * when none has.
 */
void memsnoop_text_column_append_histogram (GString       *text,
                                            const guint64 *counts,
                                            guint          n);

G_END_DECLS
