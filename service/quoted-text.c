/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "quoted-text.h"

#define QUOTED_MAX 64 /* characters */

gchar *
memsnoop_quoted_text (const gchar *text)
{
  g_autofree gchar *beginning = NULL;

  /* Not g_utf8_strlen() of all: a client's text may have megabytes. */
  if (g_utf8_strlen (text, QUOTED_MAX * 6) <= QUOTED_MAX)
    return g_strdup_printf ("“%s”", text);
  beginning = g_utf8_substring (text, 0, QUOTED_MAX);
  return g_strdup_printf ("“%s…”", beginning);
}
