/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Printing a report of the service. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * memsnoop_report_print:
 * @format: "json", or any other for text.
 *
 * Writes @report so that nothing in it can do harm to a terminal.
 */
gboolean memsnoop_report_print (const gchar *report,
                                const gchar *format,
                                GError     **error);

G_END_DECLS
