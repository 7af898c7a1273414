/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text from elsewhere made fit for a terminal: nothing in it can move the cursor,
 * reorder the line or be wider than it is counted.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** Whether the terminal's character set is UTF-8, by the locale. */
gboolean memsnoop_terminal_text_is_unicode (void);

/**
 * memsnoop_terminal_text_escape:
 * @unicode: whether characters beyond ASCII can be shown; else quotation marks, dashes, dots and the like become what
 *   stands for them in ASCII, and others '?'.
 *
 * Returns: (transfer full): @text in one line: control characters and bytes that are not UTF-8
 * as \xNN, characters that are invisible or change the direction of writing as \uNNNN.
 */
gchar   *memsnoop_terminal_text_escape     (const gchar *text,
                                            gboolean     unicode);

/** The same for text of several lines, whose line feeds stay. */
gchar   *memsnoop_terminal_text_escape_lines (const gchar *text,
                                              gboolean     unicode);

/** What escaping does where only ASCII can be shown, and nothing else. Returns: (transfer full). */
gchar   *memsnoop_terminal_text_to_ascii   (const gchar *text);

/** Columns that @text, valid UTF-8 without control characters, takes up. */
guint    memsnoop_terminal_text_width      (const gchar *text);

/**
 * memsnoop_terminal_text_append_fitted:
 *
 * Appends @text in exactly @columns columns: padded with spaces at the end, or before the
 * text when @right, or cut with an ellipsis.
 */
void     memsnoop_terminal_text_append_fitted (GString     *line,
                                               const gchar *text,
                                               guint        columns,
                                               gboolean     right,
                                               gboolean     unicode);

/**
 * memsnoop_terminal_text_escape_json:
 *
 * Returns: (transfer full): the same JSON with every character that is not printable written as
 * \uNNNN. Such characters are only found in strings, so that it means the same.
 */
gchar   *memsnoop_terminal_text_escape_json (const gchar *json);

G_END_DECLS
