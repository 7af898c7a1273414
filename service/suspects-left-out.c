/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "suspects-left-out.h"

#include "suspect-room.h"

struct _MemsnoopSuspectsLeftOut
{
  /* A set; see key_of(). */
  GHashTable *keys;
};

MemsnoopSuspectsLeftOut *
memsnoop_suspects_left_out_new (void)
{
  MemsnoopSuspectsLeftOut *self = g_new (MemsnoopSuspectsLeftOut, 1);

  self->keys = g_hash_table_new (NULL, NULL);
  return self;
}

void
memsnoop_suspects_left_out_free (MemsnoopSuspectsLeftOut *self)
{
  g_hash_table_unref (self->keys);
  g_free (self);
}

guint
memsnoop_suspects_left_out_count (const MemsnoopSuspectsLeftOut *self)
{
  return g_hash_table_size (self->keys);
}

static gpointer
key_of (guint32 pid, MemsnoopSuspicionKind kind)
{
  return GSIZE_TO_POINTER ((gsize) pid * MEMSNOOP_SUSPICION_N_KINDS +
                           memsnoop_suspicion_judged_kind (kind));
}

void
memsnoop_suspects_left_out_add (MemsnoopSuspectsLeftOut *self,
                                guint32 pid,
                                MemsnoopSuspicionKind kind)
{
  if (g_hash_table_size (self->keys) == 0)
    g_warning ("Not all that is suspected can be told: at most %d suspicions can be listed at a "
               "time",
               MEMSNOOP_SUSPECTS_MAXIMUM);
  g_hash_table_add (self->keys, key_of (pid, kind));
}

void
memsnoop_suspects_left_out_remove (MemsnoopSuspectsLeftOut *self,
                                   guint32 pid,
                                   MemsnoopSuspicionKind kind)
{
  g_hash_table_remove (self->keys, key_of (pid, kind));
}

static gboolean
has_no_process (gpointer key, gpointer value, gpointer table)
{
  return memsnoop_process_table_lookup (
             table, (guint32) (GPOINTER_TO_SIZE (key) / MEMSNOOP_SUSPICION_N_KINDS)) == NULL;
}

void
memsnoop_suspects_left_out_sweep (MemsnoopSuspectsLeftOut *self, MemsnoopProcessTable *table)
{
  g_hash_table_foreach_remove (self->keys, has_no_process, table);
}
