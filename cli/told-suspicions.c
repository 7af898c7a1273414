/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "told-suspicions.h"

#include "dictionary.h"

struct _MemsnoopToldSuspicions
{
  GHashTable *evidence; /* guint64 → GVariant */
};

MemsnoopToldSuspicions *
memsnoop_told_suspicions_new (void)
{
  MemsnoopToldSuspicions *self = g_new0 (MemsnoopToldSuspicions, 1);

  self->evidence =
      g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, (GDestroyNotify) g_variant_unref);
  return self;
}

void
memsnoop_told_suspicions_free (MemsnoopToldSuspicions *self)
{
  g_hash_table_unref (self->evidence);
  g_free (self);
}

GVariant *
memsnoop_told_suspicions_take (MemsnoopToldSuspicions *self, GVariant *evidence)
{
  g_autofree gchar *state = memsnoop_dictionary_lookup_string (evidence, "state");
  GVariant *before;
  guint64 id;

  if (!memsnoop_dictionary_lookup_number (evidence, "id", &id))
    return NULL;

  before = g_hash_table_lookup (self->evidence, &id);
  if (before != NULL)
    g_variant_ref (before);
  if (g_strcmp0 (state, "cleared") == 0)
    g_hash_table_remove (self->evidence, &id);
  else
    g_hash_table_insert (self->evidence, g_memdup2 (&id, sizeof id), g_variant_ref (evidence));
  return before;
}

void
memsnoop_told_suspicions_clear (MemsnoopToldSuspicions *self)
{
  g_hash_table_remove_all (self->evidence);
}
