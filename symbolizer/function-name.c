/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "function-name.h"

#include "memsnoop-worker-protocol.h"
#include "printable-text.h"

#include <stdlib.h>
#include <string.h>
#if __has_include(<libiberty/demangle.h>)
#include <libiberty/demangle.h>
#else
#include <demangle.h>
#endif

#define ELLIPSIS "…"
/* Bytes that are looked at: a longer name is cut first, and then it is not undone. */
#define RAW_MAX (16 * 1024)

/* Cuts @text to the limit, at the boundary of a character. */
static gchar *
keep_begin (gchar *text)
{
  gsize room = MEMSNOOP_WORKER_TEXT_MAX - strlen (ELLIPSIS);
  gchar *end;

  if (strlen (text) <= MEMSNOOP_WORKER_TEXT_MAX)
    return text;
  end = g_utf8_find_prev_char (text, text + room + 1);
  *end = '\0';
  end = g_strconcat (text, ELLIPSIS, NULL);
  g_free (text);
  return end;
}

static gchar *
keep_end (gchar *text)
{
  gsize length = strlen (text);
  gsize room = MEMSNOOP_WORKER_TEXT_MAX - strlen (ELLIPSIS);
  gchar *kept;

  if (length <= MEMSNOOP_WORKER_TEXT_MAX)
    return text;
  kept = g_strconcat (ELLIPSIS, g_utf8_find_next_char (text + length - room - 1, NULL), NULL);
  g_free (text);
  return kept;
}

gchar *
memsnoop_function_name (const gchar *raw)
{
  g_autofree gchar *limited = g_strndup (raw, RAW_MAX);
  gchar *undone = NULL;
  gchar *text;

  if (g_str_has_prefix (limited, "_Z") || g_str_has_prefix (limited, "_R"))
    undone = cplus_demangle (limited, DMGL_ANSI | DMGL_AUTO);
  text = memsnoop_printable_text (undone != NULL ? undone : limited);
  free (undone);
  return keep_begin (text);
}

gchar *
memsnoop_source_path (const gchar *folder, const gchar *raw)
{
  g_autofree gchar *limited = g_strndup (raw, RAW_MAX);
  g_autofree gchar *joined = NULL;

  if (folder == NULL || folder[0] == '\0' || limited[0] == '/')
    return keep_end (memsnoop_printable_text (limited));
  joined = g_strconcat (folder, "/", limited, NULL);
  return keep_end (memsnoop_printable_text (joined));
}
