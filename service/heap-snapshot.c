/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "heap-snapshot.h"

#include "history.h"

#define TEXT_BLOCK_SIZE 4096

MemsnoopHeapSnapshot *
memsnoop_heap_snapshot_new (void)
{
  MemsnoopHeapSnapshot *self = g_new0 (MemsnoopHeapSnapshot, 1);

  g_atomic_ref_count_init (&self->reference_count);
  self->expense.recorded_share = 1;
  self->sites = g_array_new (FALSE, TRUE, sizeof (MemsnoopHeapSite));
  self->history = memsnoop_history_new ();
  self->texts = g_string_chunk_new (TEXT_BLOCK_SIZE);
  self->probes = g_ptr_array_new_with_free_func ((GDestroyNotify) memsnoop_probe_detail_unref);
  self->memory = g_ptr_array_new_with_free_func (g_free);
  self->build_ids = g_hash_table_new (g_str_hash, g_str_equal);
  self->order = "current-bytes";
  return self;
}

MemsnoopHeapSnapshot *
memsnoop_heap_snapshot_new_view (MemsnoopHeapSnapshot *original)
{
  MemsnoopHeapSnapshot *self = g_memdup2 (original, sizeof *original);

  g_atomic_ref_count_init (&self->reference_count);
  self->comm = g_strdup (original->comm);
  self->executable = g_strdup (original->executable);
  self->sites = g_array_new (FALSE, TRUE, sizeof (MemsnoopHeapSite));
  self->history = g_array_ref (original->history);
  self->probes = g_ptr_array_ref (original->probes);
  self->build_ids = g_hash_table_ref (original->build_ids);
  self->texts = g_string_chunk_new (TEXT_BLOCK_SIZE);
  self->memory = g_ptr_array_new_with_free_func (g_free);
  self->original = memsnoop_heap_snapshot_ref (original);
  return self;
}

MemsnoopHeapSnapshot *
memsnoop_heap_snapshot_ref (MemsnoopHeapSnapshot *self)
{
  g_atomic_ref_count_inc (&self->reference_count);
  return self;
}

void
memsnoop_heap_snapshot_unref (MemsnoopHeapSnapshot *self)
{
  if (!g_atomic_ref_count_dec (&self->reference_count))
    return;
  g_free (self->comm);
  g_free (self->executable);
  g_array_unref (self->sites);
  g_array_unref (self->history);
  g_hash_table_unref (self->build_ids);
  g_ptr_array_unref (self->probes);
  g_string_chunk_free (self->texts);
  g_ptr_array_unref (self->memory);
  if (self->original != NULL)
    memsnoop_heap_snapshot_unref (self->original);
  g_free (self);
}

const gchar *
memsnoop_heap_snapshot_add_text (MemsnoopHeapSnapshot *self, const gchar *text)
{
  return text == NULL ? NULL : g_string_chunk_insert_const (self->texts, text);
}

void
memsnoop_heap_snapshot_add_build_id (MemsnoopHeapSnapshot *self,
                                     const gchar *module,
                                     const gchar *build_id)
{
  if (!g_hash_table_contains (self->build_ids, module))
    g_hash_table_insert (self->build_ids, (gpointer) memsnoop_heap_snapshot_add_text (self, module),
                         (gpointer) memsnoop_heap_snapshot_add_text (self, build_id));
}

const gchar *
memsnoop_heap_snapshot_get_build_id (const MemsnoopHeapSnapshot *self, const gchar *module)
{
  return g_hash_table_lookup (self->build_ids, module);
}

gpointer
memsnoop_heap_snapshot_allocate (MemsnoopHeapSnapshot *self, gsize n, gsize size)
{
  gpointer memory = g_malloc0_n (n, size);

  g_ptr_array_add (self->memory, memory);
  return memory;
}

guint64
memsnoop_heap_snapshot_get_live_count (const MemsnoopHeapSnapshot *self)
{
  /* The counts are read one after the other while others write them. */
  return self->alloc_count > self->free_count ? self->alloc_count - self->free_count : 0;
}

guint64
memsnoop_heap_snapshot_get_mapped_bytes (const MemsnoopHeapSnapshot *self)
{
  return self->mmap_bytes > self->munmap_bytes ? self->mmap_bytes - self->munmap_bytes : 0;
}

guint64
memsnoop_heap_snapshot_get_lost (const MemsnoopHeapSnapshot *self)
{
  const MemsnoopHeapLoss *loss = &self->loss;

  return loss->table_full + loss->recursion_misses + loss->other;
}

guint64
memsnoop_heap_snapshot_retained (const MemsnoopHeapSnapshot *self)
{
  guint64 explained = self->current_bytes + memsnoop_heap_snapshot_get_mapped_bytes (self);

  return self->resident_anonymous > explained ? self->resident_anonymous - explained : 0;
}
