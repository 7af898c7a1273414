/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "user-name.h"

#include "wording.h"

#include <pwd.h>

/* Each user is looked up once. */
const gchar *
memsnoop_user_name (guint32 uid)
{
  static GHashTable *names;
  const gchar *name;
  const struct passwd *entry;

  if (names == NULL)
    names = g_hash_table_new (NULL, NULL);
  name = g_hash_table_lookup (names, GUINT_TO_POINTER (uid));
  if (name != NULL)
    return name;
  entry = getpwuid (uid);
  name = entry != NULL ? memsnoop_wording_name (entry->pw_name, MEMSNOOP_WORDING_NAME_MAX)
                       : g_strdup_printf ("%u", uid);
  g_hash_table_insert (names, GUINT_TO_POINTER (uid), (gpointer) name);
  return name;
}
