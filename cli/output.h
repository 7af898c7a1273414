/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Standard output, whose failures are errors like others. */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/**
 * memsnoop_output_write:
 *
 * Writes @text, UTF-8, in the locale's character set. When it returns, everything is
 * written. %G_IO_ERROR_BROKEN_PIPE when nobody reads it any more.
 */
gboolean memsnoop_output_write      (const gchar *text,
                                     GError     **error);

/** Writes @node over several lines. */
gboolean memsnoop_output_write_json (JsonNode    *node,
                                     GError     **error);

/** Writes @node in one line. */
gboolean memsnoop_output_write_json_line (JsonNode  *node,
                                          GError   **error);

/** Writes all bytes to standard output as they are. */
gboolean memsnoop_output_write_bytes (const gchar *bytes,
                                      gsize        length,
                                      GError     **error);

/** A remark for the person at the terminal, on standard error; dropped when that is no terminal. */
void     memsnoop_output_remark     (const gchar *format,
                                     ...) G_GNUC_PRINTF (1, 2);

G_END_DECLS
