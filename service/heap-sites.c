/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "heap-sites.h"

#include <math.h>
#include <string.h>

struct _MemsnoopHeapSites
{
  MemsnoopHeapSnapshot *snapshot;
  /* Sets; of MemsnoopFrame, owned by the snapshot, and of MemsnoopHeapSite. */
  GHashTable *frames;
  GHashTable *sites;
};

/* Modules are texts of the snapshot, so that pointers tell them apart. */
static guint
frame_hash (gconstpointer key)
{
  const MemsnoopFrame *frame = key;
  gint64 offset = (gint64) frame->offset;

  return g_direct_hash (frame->module) * 31 + g_int64_hash (&offset);
}

static gboolean
frame_equal (gconstpointer a, gconstpointer b)
{
  const MemsnoopFrame *left = a, *right = b;

  return left->module == right->module && left->offset == right->offset;
}

static guint
site_hash (gconstpointer key)
{
  const MemsnoopHeapSite *site = key;
  guint hash = (site->complete != FALSE) + 2 * (site->is_mapping != FALSE);

  for (guint i = 0; i < site->n_frames; i++)
    hash = hash * 31 + (guint) (GPOINTER_TO_SIZE (site->frames[i]) >> 4);
  return hash;
}

static gboolean
site_equal (gconstpointer a, gconstpointer b)
{
  const MemsnoopHeapSite *left = a, *right = b;

  if (left->n_frames != right->n_frames || !left->complete != !right->complete ||
      !left->is_mapping != !right->is_mapping)
    return FALSE;
  return left->n_frames == 0 ||
         memcmp (left->frames, right->frames, left->n_frames * sizeof *left->frames) == 0;
}

MemsnoopHeapSites *
memsnoop_heap_sites_new (MemsnoopHeapSnapshot *snapshot)
{
  MemsnoopHeapSites *self = g_new0 (MemsnoopHeapSites, 1);

  self->snapshot = memsnoop_heap_snapshot_ref (snapshot);
  self->frames = g_hash_table_new (frame_hash, frame_equal);
  self->sites = g_hash_table_new_full (site_hash, site_equal, g_free, NULL);
  return self;
}

void
memsnoop_heap_sites_free (MemsnoopHeapSites *self)
{
  g_hash_table_unref (self->frames);
  g_hash_table_unref (self->sites);
  memsnoop_heap_snapshot_unref (self->snapshot);
  g_free (self);
}

static void
set_functions (MemsnoopHeapSites *self,
               MemsnoopFrame *frame,
               const MemsnoopFunction *functions,
               guint n_functions)
{
  MemsnoopFunction *copies;

  if (n_functions == 0)
    return;
  copies = memsnoop_heap_snapshot_allocate (self->snapshot, n_functions, sizeof *copies);
  for (guint i = 0; i < n_functions; i++)
    {
      copies[i].name = memsnoop_heap_snapshot_add_text (self->snapshot, functions[i].name);
      copies[i].file = memsnoop_heap_snapshot_add_text (self->snapshot, functions[i].file);
      copies[i].line = functions[i].line;
    }
  frame->functions = copies;
  frame->n_functions = n_functions;
}

const MemsnoopFrame *
memsnoop_heap_sites_add_frame (MemsnoopHeapSites *self,
                               const gchar *module,
                               guint64 offset,
                               const MemsnoopFunction *functions,
                               guint n_functions)
{
  MemsnoopFrame place = { .module = memsnoop_heap_snapshot_add_text (self->snapshot, module),
                          .offset = offset };
  MemsnoopFrame *frame = g_hash_table_lookup (self->frames, &place);

  if (frame == NULL)
    {
      frame = memsnoop_heap_snapshot_allocate (self->snapshot, 1, sizeof *frame);
      *frame = place;
      g_hash_table_add (self->frames, frame);
    }
  if (frame->n_functions == 0)
    set_functions (self, frame, functions, n_functions);
  return frame;
}

static void
add_site (MemsnoopHeapSites *self, const MemsnoopHeapSite *context)
{
  MemsnoopHeapSite *site = g_memdup2 (context, sizeof *context);

  if (site->n_frames > 0)
    {
      gpointer frames =
          memsnoop_heap_snapshot_allocate (self->snapshot, site->n_frames, sizeof *context->frames);

      memcpy (frames, context->frames, site->n_frames * sizeof *context->frames);
      site->frames = frames;
    }
  g_hash_table_add (self->sites, site);
}

static void
merge_site (MemsnoopHeapSite *site, const MemsnoopHeapSite *context)
{
  site->live_bytes += context->live_bytes;
  site->live_count += context->live_count;
  site->alloc_bytes += context->alloc_bytes;
  site->alloc_count += context->alloc_count;
  site->free_bytes += context->free_bytes;
  site->free_count += context->free_count;
  site->oldest_age = MAX (site->oldest_age, context->oldest_age);
  for (guint i = 0; i < MEMSNOOP_HEAP_AGES; i++)
    site->bytes_by_age[i] += context->bytes_by_age[i];
  memsnoop_heap_survival_add (&site->survival, &context->survival);
  site->growth_rate += context->growth_rate;
  site->mean_growth_rate += context->mean_growth_rate;
  site->standard_error = hypot (site->standard_error, context->standard_error);
}

void
memsnoop_heap_sites_add (MemsnoopHeapSites *self, const MemsnoopHeapSite *context)
{
  MemsnoopHeapSite *site = g_hash_table_lookup (self->sites, context);

  if (site == NULL)
    add_site (self, context);
  else
    merge_site (site, context);
}

/* Frames decide in the end, so that two snapshots with equal figures list their sites in one order.
 */
static gint
compare_frames (const MemsnoopHeapSite *left, const MemsnoopHeapSite *right)
{
  for (guint i = 0; i < MIN (left->n_frames, right->n_frames); i++)
    {
      const MemsnoopFrame *a = left->frames[i], *b = right->frames[i];
      gint order = g_strcmp0 (a->module, b->module);

      if (order != 0)
        return order;
      if (a->offset != b->offset)
        return a->offset < b->offset ? -1 : 1;
    }
  if (left->n_frames != right->n_frames)
    return left->n_frames < right->n_frames ? -1 : 1;
  if (!left->complete != !right->complete)
    return !left->complete - !right->complete;
  return !left->is_mapping - !right->is_mapping;
}

static gint
compare_sites (gconstpointer a, gconstpointer b)
{
  const MemsnoopHeapSite *left = a, *right = b;

  if (left->live_bytes != right->live_bytes)
    return left->live_bytes > right->live_bytes ? -1 : 1;
  if (left->alloc_bytes != right->alloc_bytes)
    return left->alloc_bytes > right->alloc_bytes ? -1 : 1;
  return compare_frames (left, right);
}

void
memsnoop_heap_sites_finish (MemsnoopHeapSites *self)
{
  GArray *sites = self->snapshot->sites;
  GHashTableIter iterator;
  gpointer site;

  g_hash_table_iter_init (&iterator, self->sites);
  while (g_hash_table_iter_next (&iterator, &site, NULL))
    g_array_append_vals (sites, site, 1);
  g_array_sort (sites, compare_sites);
}
