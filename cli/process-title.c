/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "process-title.h"

#include "dictionary.h"
#include "quantity.h"
#include "terminal-text.h"

static void
append_executable (GString *text, GVariant *process, gboolean unicode)
{
  g_autofree gchar *executable = memsnoop_dictionary_lookup_string (process, "exe");
  g_autofree gchar *path = NULL;

  if (executable == NULL || *executable == '\0')
    return;
  path = memsnoop_terminal_text_escape (executable, unicode);
  g_string_append_printf (text, "%s\n", path);
}

void
memsnoop_process_title_append (
    GString *text, GVariant *process, MemsnoopUserNames *users, guint64 now, gboolean unicode)
{
  g_autofree gchar *comm = memsnoop_dictionary_lookup_string (process, "comm");
  g_autofree gchar *name =
      memsnoop_terminal_text_escape (comm != NULL ? comm : "a process", unicode);
  guint64 pid = 0, uid, start_time;

  memsnoop_dictionary_lookup_number (process, "pid", &pid);
  g_string_append_printf (text, "%s (%" G_GUINT64_FORMAT ")", name, pid);
  if (memsnoop_dictionary_lookup_number (process, "uid", &uid))
    g_string_append_printf (text, " of %s", memsnoop_user_names_lookup (users, uid));
  if (memsnoop_dictionary_lookup_number (process, "start-time", &start_time))
    {
      g_autofree gchar *age =
          memsnoop_quantity_format_duration (memsnoop_quantity_seconds_between (start_time, now));

      g_string_append_printf (text, ", started %s ago", age);
    }
  g_string_append_c (text, '\n');
  append_executable (text, process, unicode);
}
