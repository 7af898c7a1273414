/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "suspect-room.h"

static gboolean
is_person (guint32 uid)
{
  return uid >= MEMSNOOP_FIRST_PERSON;
}

/* User to how many of the suspicions are hers. */
static GHashTable *
count_by_user (const GPtrArray *suspicions)
{
  GHashTable *counts = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < suspicions->len; i++)
    {
      const MemsnoopSuspicion *suspicion = g_ptr_array_index (suspicions, i);
      gpointer user = GUINT_TO_POINTER (suspicion->uid);
      guint count = GPOINTER_TO_UINT (g_hash_table_lookup (counts, user));

      g_hash_table_insert (counts, user, GUINT_TO_POINTER (count + 1));
    }
  return counts;
}

/* The user who has most, among people or among the system's; @count is 0 when there is none. */
static guint32
find_most (GHashTable *counts, gboolean people, guint *count)
{
  GHashTableIter iterator;
  gpointer user, value;
  guint32 most = 0;

  *count = 0;
  g_hash_table_iter_init (&iterator, counts);
  while (g_hash_table_iter_next (&iterator, &user, &value))
    if (is_person (GPOINTER_TO_UINT (user)) == people && GPOINTER_TO_UINT (value) > *count)
      {
        most = GPOINTER_TO_UINT (user);
        *count = GPOINTER_TO_UINT (value);
      }
  return most;
}

static guint
find_smallest (const GPtrArray *suspicions, guint32 uid)
{
  guint smallest = suspicions->len;

  for (guint i = 0; i < suspicions->len; i++)
    {
      const MemsnoopSuspicion *suspicion = g_ptr_array_index (suspicions, i);

      if (suspicion->uid == uid &&
          (smallest == suspicions->len ||
           suspicion->bytes <
               ((const MemsnoopSuspicion *) g_ptr_array_index (suspicions, smallest))->bytes))
        smallest = i;
    }
  return smallest;
}

gboolean
memsnoop_suspect_room_find (const GPtrArray *suspicions, guint32 uid, guint *displaced)
{
  g_autoptr (GHashTable) counts = NULL;
  guint own, most_count;
  guint32 most;

  *displaced = suspicions->len;
  if (suspicions->len < MEMSNOOP_SUSPECTS_MAXIMUM)
    return TRUE;
  counts = count_by_user (suspicions);
  own = GPOINTER_TO_UINT (g_hash_table_lookup (counts, GUINT_TO_POINTER (uid)));
  most = find_most (counts, TRUE, &most_count);
  if (is_person (uid) ? most_count > own + 1 : most_count > 0)
    {
      *displaced = find_smallest (suspicions, most);
      return TRUE;
    }
  most = find_most (counts, FALSE, &most_count);
  if (is_person (uid) || most_count <= own + 1)
    return FALSE;
  *displaced = find_smallest (suspicions, most);
  return TRUE;
}
