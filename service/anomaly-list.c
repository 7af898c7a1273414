/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "anomaly-list.h"

typedef struct
{
  guint64 start_time;
  guint64 looked_at;
  guint32 pid;
  gchar comm[16 + 1];
  MemsnoopAnomalyMemory *memory;
} Entry;

struct _MemsnoopAnomalyList
{
  const MemsnoopAnomalyThresholds *thresholds;
  MemsnoopAnomalyFunction tell;
  gpointer user_data;
  /* Entry to itself, by pid and start time. */
  GHashTable *entries;
  guint64 now;
};

static guint
entry_hash (gconstpointer data)
{
  const Entry *entry = data;

  return g_int64_hash (&entry->start_time) ^ entry->pid;
}

static gboolean
entry_equal (gconstpointer a, gconstpointer b)
{
  const Entry *left = a;
  const Entry *right = b;

  return left->pid == right->pid && left->start_time == right->start_time;
}

static void
entry_free (gpointer data)
{
  Entry *entry = data;

  memsnoop_anomaly_memory_free (entry->memory);
  g_free (entry);
}

MemsnoopAnomalyList *
memsnoop_anomaly_list_new (const MemsnoopAnomalyThresholds *thresholds,
                           MemsnoopAnomalyFunction tell,
                           gpointer user_data)
{
  MemsnoopAnomalyList *self = g_new0 (MemsnoopAnomalyList, 1);

  self->thresholds = thresholds;
  self->tell = tell;
  self->user_data = user_data;
  self->entries = g_hash_table_new_full (entry_hash, entry_equal, entry_free, NULL);
  return self;
}

void
memsnoop_anomaly_list_free (MemsnoopAnomalyList *self)
{
  g_hash_table_unref (self->entries);
  g_free (self);
}

static void
tell_all (MemsnoopAnomalyList *self, const Entry *entry, MemsnoopAnomaly *found, guint n_found)
{
  for (guint i = 0; i < n_found; i++)
    {
      found[i].pid = entry->pid;
      found[i].comm = entry->comm;
      self->tell (&found[i], self->user_data);
    }
}

static Entry *
find_entry (MemsnoopAnomalyList *self, const MemsnoopProcessFigures *figures)
{
  Entry key = { .pid = figures->pid, .start_time = figures->start_time };
  Entry *entry = g_hash_table_lookup (self->entries, &key);

  if (entry == NULL)
    {
      entry = g_memdup2 (&key, sizeof key);
      entry->memory = memsnoop_anomaly_memory_new ();
      g_hash_table_add (self->entries, entry);
    }
  return entry;
}

void
memsnoop_anomaly_list_look (MemsnoopAnomalyList *self, const MemsnoopProcessFigures *figures)
{
  MemsnoopAnomaly found[MEMSNOOP_ANOMALY_N_KINDS];
  Entry *entry = find_entry (self, figures);
  guint n_found;

  entry->looked_at = self->now;
  g_strlcpy (entry->comm, figures->comm, sizeof entry->comm);
  n_found = memsnoop_anomaly_judge (entry->memory, figures, self->thresholds, self->now, found);
  tell_all (self, entry, found, n_found);
}

void
memsnoop_anomaly_list_begin (MemsnoopAnomalyList *self, guint64 now)
{
  self->now = now;
}

static void
clear_unless_seen (MemsnoopAnomalyList *self, guint64 now)
{
  MemsnoopAnomaly found[MEMSNOOP_ANOMALY_N_KINDS];
  GHashTableIter iterator;
  gpointer key;

  g_hash_table_iter_init (&iterator, self->entries);
  while (g_hash_table_iter_next (&iterator, &key, NULL))
    {
      Entry *entry = key;

      if (entry->looked_at == now)
        continue;
      tell_all (self, entry, found, memsnoop_anomaly_clear (entry->memory, found));
      g_hash_table_iter_remove (&iterator);
    }
}

void
memsnoop_anomaly_list_end (MemsnoopAnomalyList *self)
{
  clear_unless_seen (self, self->now);
}

void
memsnoop_anomaly_list_clear (MemsnoopAnomalyList *self)
{
  clear_unless_seen (self, G_MAXUINT64);
}
