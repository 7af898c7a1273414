/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "anomaly-list.h"

#include "process-identity.h"

typedef struct
{
  guint64 start_time;
  guint64 looked_at;
  guint32 pid;
  gchar comm[16 + 1];
  /* What is there now and was told: a bit for each kind. */
  guint8 told;
  MemsnoopAnomalyMemory *memory;
} Entry;

struct _MemsnoopAnomalyList
{
  const MemsnoopAnomalyThresholds *thresholds;
  MemsnoopIgnoreList *ignored;
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

/* Microseconds; asked when something begins only. */
static gboolean
is_ignored (MemsnoopAnomalyList *self, const Entry *entry)
{
  g_autoptr (MemsnoopProcessIdentity) identity = memsnoop_process_identity_open_again (
      entry->pid, memsnoop_round_start_time (entry->start_time), NULL);
  g_autofree gchar *executable = NULL;

  if (identity == NULL)
    return FALSE;
  executable = memsnoop_process_identity_read_executable (identity);
  return memsnoop_ignore_list_contains (self->ignored, executable);
}

/* Only what was told as begun is told as over. */
static void
tell_one (MemsnoopAnomalyList *self, Entry *entry, MemsnoopAnomaly *anomaly)
{
  guint8 bit = (guint8) (1 << anomaly->kind);

  if (anomaly->raised ? is_ignored (self, entry) : (entry->told & bit) == 0)
    return;
  entry->told ^= bit;
  anomaly->pid = entry->pid;
  anomaly->comm = entry->comm;
  self->tell (anomaly, self->user_data);
}

static void
tell_all (MemsnoopAnomalyList *self, Entry *entry, MemsnoopAnomaly *found, guint n_found)
{
  for (guint i = 0; i < n_found; i++)
    tell_one (self, entry, &found[i]);
}

static void
ignored_changed (MemsnoopAnomalyList *self)
{
  GHashTableIter iterator;
  gpointer key;

  g_hash_table_iter_init (&iterator, self->entries);
  while (g_hash_table_iter_next (&iterator, &key, NULL))
    {
      MemsnoopAnomaly found[MEMSNOOP_ANOMALY_N_KINDS];
      Entry *entry = key;

      if (entry->told != 0 && is_ignored (self, entry))
        tell_all (self, entry, found, memsnoop_anomaly_clear (entry->memory, found));
    }
}

MemsnoopAnomalyList *
memsnoop_anomaly_list_new (const MemsnoopAnomalyThresholds *thresholds,
                           MemsnoopIgnoreList *ignored,
                           MemsnoopAnomalyFunction tell,
                           gpointer user_data)
{
  MemsnoopAnomalyList *self = g_new0 (MemsnoopAnomalyList, 1);

  self->thresholds = thresholds;
  self->ignored = g_object_ref (ignored);
  self->tell = tell;
  self->user_data = user_data;
  self->entries = g_hash_table_new_full (entry_hash, entry_equal, entry_free, NULL);
  g_signal_connect_swapped (ignored, "changed", G_CALLBACK (ignored_changed), self);
  return self;
}

void
memsnoop_anomaly_list_free (MemsnoopAnomalyList *self)
{
  g_signal_handlers_disconnect_by_data (self->ignored, self);
  g_object_unref (self->ignored);
  g_hash_table_unref (self->entries);
  g_free (self);
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
