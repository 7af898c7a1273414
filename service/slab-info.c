/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "slab-info.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define SLAB_INFO "/proc/slabinfo"

static int slab_info = -1;
static int slab_info_errno = 0;

void
memsnoop_slab_info_open (void)
{
  if (slab_info >= 0)
    return;
  slab_info = open (SLAB_INFO, O_RDONLY | O_CLOEXEC);
  slab_info_errno = slab_info < 0 ? errno : 0;
}

gboolean
memsnoop_slab_info_available (gchar **reason)
{
  if (slab_info >= 0)
    return TRUE;
  *reason = g_strdup_printf (SLAB_INFO " cannot be read: %s.", g_strerror (slab_info_errno));
  return FALSE;
}

GHashTable *
memsnoop_slab_info_parse (const gchar *text)
{
  GHashTable *table = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++)
    {
      char name[128];
      unsigned long long active;

      if (lines[i][0] != '#' && sscanf (lines[i], "%127s %llu", name, &active) == 2)
        {
          const guint64 *before = g_hash_table_lookup (table, name);
          guint64 value = active + (before != NULL ? *before : 0);

          /* Some caches exist once for each mount or device, under one name. */
          g_hash_table_replace (table, g_strdup (name), g_memdup2 (&value, sizeof value));
        }
    }
  return table;
}

/* At an offset of its own, so that threads can read at the same time. */
GHashTable *
memsnoop_slab_info_read (void)
{
  g_autoptr (GString) text = g_string_new (NULL);
  gchar part[16384];
  ssize_t n;

  if (slab_info < 0)
    return NULL;
  while ((n = pread (slab_info, part, sizeof part, (off_t) text->len)) > 0)
    g_string_append_len (text, part, n);
  return n < 0 ? NULL : memsnoop_slab_info_parse (text->str);
}
