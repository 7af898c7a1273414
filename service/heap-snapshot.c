/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "heap-snapshot.h"

#define TEXT_BLOCK_SIZE 4096

MemsnoopHeapSnapshot *
memsnoop_heap_snapshot_new (void)
{
  MemsnoopHeapSnapshot *self = g_new0 (MemsnoopHeapSnapshot, 1);

  g_atomic_ref_count_init (&self->reference_count);
  self->expense.recorded_share = 1;
  self->sites = g_array_new (FALSE, TRUE, sizeof (MemsnoopHeapSite));
  self->texts = g_string_chunk_new (TEXT_BLOCK_SIZE);
  self->probes = g_ptr_array_new_with_free_func ((GDestroyNotify) memsnoop_probe_detail_unref);
  self->memory = g_ptr_array_new_with_free_func (g_free);
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
  g_ptr_array_unref (self->probes);
  g_string_chunk_free (self->texts);
  g_ptr_array_unref (self->memory);
  g_free (self);
}

const gchar *
memsnoop_heap_snapshot_add_text (MemsnoopHeapSnapshot *self, const gchar *text)
{
  return text == NULL ? NULL : g_string_chunk_insert_const (self->texts, text);
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
