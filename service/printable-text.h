/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text from the kernel and from other people's processes, made fit for others to read. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * memsnoop_printable_text:
 * @raw: any bytes.
 *
 * For programs, as the bus wants it: valid UTF-8, each byte that is not as \xNN. Control characters stay as
 * they are; who displays the text deals with them.
 *
 * Returns: (transfer full): the text.
 */
gchar *memsnoop_printable_text (const gchar *raw);

/**
 * memsnoop_printable_line:
 * @raw: any bytes.
 *
 * For people: as memsnoop_printable_text(), and the bytes of characters that have no shape of their
 * own as \xNN, too: controls such as newline and escape, line separators, and the format characters that
 * hide text or change its direction. So a process cannot forge a line of a report or speak to the
 * terminal with its name.
 *
 * Returns: (transfer full): one line.
 */
gchar *memsnoop_printable_line (const gchar *raw);

G_END_DECLS
