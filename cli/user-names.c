/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "user-names.h"

#include "terminal-text.h"

#include <pwd.h>
#include <sys/types.h>

struct _MemsnoopUserNames
{
  GHashTable *names; /* guint64 → gchar */
  gboolean unicode;
};

MemsnoopUserNames *
memsnoop_user_names_new (void)
{
  MemsnoopUserNames *self = g_new0 (MemsnoopUserNames, 1);

  self->names = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  self->unicode = memsnoop_terminal_text_is_unicode ();
  return self;
}

void
memsnoop_user_names_free (MemsnoopUserNames *self)
{
  g_hash_table_unref (self->names);
  g_free (self);
}

const gchar *
memsnoop_user_names_lookup (MemsnoopUserNames *self, guint64 uid)
{
  gchar *name = g_hash_table_lookup (self->names, &uid);
  struct passwd *entry = NULL;

  if (name != NULL)
    return name;

  if (uid <= G_MAXUINT32)
    entry = getpwuid ((uid_t) uid);
  name = entry != NULL ? memsnoop_terminal_text_escape (entry->pw_name, self->unicode)
                       : g_strdup_printf ("%" G_GUINT64_FORMAT, uid);
  g_hash_table_insert (self->names, g_memdup2 (&uid, sizeof uid), name);
  return name;
}
