/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sample-profile.h"

#include <stdlib.h>

/* Innermost first. */
static void
append_site (GString *report, const gchar *line)
{
  const gchar *blank = strrchr (line, ' ');
  g_autofree gchar *path = g_strndup (line, (gsize) (blank - line));
  g_auto (GStrv) frames = g_strsplit (path, ";", -1);

  g_string_append_printf (report, "{\"bytes\":%s,\"count\":1,\"complete\":true,\"frames\":[",
                          blank + 1);
  for (guint i = g_strv_length (frames); i > 0; i--)
    g_string_append_printf (report, "\"%s\"%s", frames[i - 1], i > 1 ? "," : "");
  g_string_append (report, "]}");
}

MemsnoopCallProfile *
sample_profile (const gchar *const *lines)
{
  g_autoptr (GString) sites = g_string_new (NULL);
  g_autofree gchar *report = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) memories = NULL;
  guint64 bytes = 0;

  for (gsize i = 0; lines[i] != NULL; i++)
    {
      if (i > 0)
        g_string_append_c (sites, ',');
      append_site (sites, lines[i]);
      bytes += strtoull (strrchr (lines[i], ' '), NULL, 10);
    }
  report = g_strdup_printf ("{\"report-version\":1,\"heaps\":[{\"pid\":7,\"comm\":\"tree\","
                            "\"current-bytes\":%" G_GUINT64_FORMAT
                            ",\"current-count\":1,\"sites\":[%s]}]}",
                            bytes, sites->str);
  memories = memsnoop_reported_memory_read (report, strlen (report), "the sample", &error);
  g_assert_no_error (error);
  return memsnoop_call_profile_new (memories, MEMSNOOP_FLAME_BYTES);
}

guint
sample_profile_find (MemsnoopCallProfile *profile, const gchar *text)
{
  for (guint i = 0; i < memsnoop_call_profile_get_n_calls (profile); i++)
    if (g_str_equal (memsnoop_call_profile_get_call (profile, i)->text, text))
      return i;
  g_error ("no call '%s'", text);
}
