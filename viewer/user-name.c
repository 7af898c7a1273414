/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "user-name.h"

#include "wording.h"

#include <pwd.h>
#include <stdio.h>

/* A service may tell of more and more users that there are not. */
#define USERS_MAX 4096
#define ENTRY_BYTES 65536

typedef struct
{
  guint32 uid;
  gchar *name;
} Found;

static GHashTable *names;
static GThreadPool *seekers;

static void
keep (guint32 uid, const gchar *name)
{
  g_hash_table_insert (names, GUINT_TO_POINTER (uid),
                       memsnoop_wording_name (name, MEMSNOOP_WORDING_NAME_MAX));
}

static gboolean
on_found (gpointer data)
{
  Found *found = data;

  keep (found->uid, found->name);
  g_free (found->name);
  g_free (found);
  return G_SOURCE_REMOVE;
}

/* Users of a network are asked for there, which may take seconds. */
static void
seek (gpointer data, gpointer user_data)
{
  guint32 uid = GPOINTER_TO_UINT (data);
  g_autofree gchar *buffer = g_malloc (ENTRY_BYTES);
  struct passwd entry, *there = NULL;
  Found *found;

  if (getpwuid_r (uid, &entry, buffer, ENTRY_BYTES, &there) != 0 || there == NULL)
    return;
  found = g_new (Found, 1);
  found->uid = uid;
  found->name = g_strdup (there->pw_name);
  g_idle_add (on_found, found);
}

/* Those of this machine are read at once: they are most, and in a short file. */
static void
set_up (void)
{
  FILE *file = fopen ("/etc/passwd", "re");
  struct passwd *entry;

  names = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  seekers = g_thread_pool_new (seek, NULL, 1, FALSE, NULL);
  if (file == NULL)
    return;
  while (g_hash_table_size (names) < USERS_MAX / 2 && (entry = fgetpwent (file)) != NULL)
    if (!g_hash_table_contains (names, GUINT_TO_POINTER (entry->pw_uid)))
      keep (entry->pw_uid, entry->pw_name);
  fclose (file);
}

const gchar *
memsnoop_user_name (guint32 uid)
{
  static gchar number[16];
  const gchar *name;

  if (names == NULL)
    set_up ();
  name = g_hash_table_lookup (names, GUINT_TO_POINTER (uid));
  if (name != NULL)
    return name;
  g_snprintf (number, sizeof number, "%u", uid);
  if (g_hash_table_size (names) < USERS_MAX)
    {
      keep (uid, number);
      g_thread_pool_push (seekers, GUINT_TO_POINTER (uid), NULL);
    }
  return number;
}
