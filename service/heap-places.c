/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "heap-places.h"

#include "printable-text.h"

#include <linux/types.h>

#include "memsnoop-walk-layout.h"

struct _MemsnoopHeapPlaces
{
  GHashTable *modules; /* key to MemsnoopHeapPlaceModule */
  GHashTable *places;  /* MemsnoopHeapPlace by module and offset */
};

static void
module_free (gpointer data)
{
  MemsnoopHeapPlaceModule *module = data;

  g_free (module->path);
  memsnoop_module_table_unref (module->table);
  g_ptr_array_unref (module->unnamed);
  g_free (module);
}

static guint
place_hash (gconstpointer data)
{
  const MemsnoopHeapPlace *place = data;

  return g_int64_hash (&place->offset) * 31 + g_direct_hash (place->module);
}

static gboolean
place_equal (gconstpointer a, gconstpointer b)
{
  const MemsnoopHeapPlace *left = a, *right = b;

  return left->offset == right->offset && left->module == right->module;
}

static void
place_free (gpointer data)
{
  MemsnoopHeapPlace *place = data;

  g_clear_pointer (&place->functions, g_variant_unref);
  g_free (place);
}

MemsnoopHeapPlaces *
memsnoop_heap_places_new (void)
{
  MemsnoopHeapPlaces *self = g_new0 (MemsnoopHeapPlaces, 1);

  self->modules = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, module_free);
  self->places = g_hash_table_new_full (place_hash, place_equal, place_free, NULL);
  return self;
}

void
memsnoop_heap_places_free (MemsnoopHeapPlaces *self)
{
  g_hash_table_unref (self->places);
  g_hash_table_unref (self->modules);
  g_free (self);
}

static MemsnoopHeapPlaceModule *
find_module (MemsnoopHeapPlaces *self, MemsnoopModuleTable *table, guint index)
{
  const MemsnoopModuleEntry *entry = memsnoop_module_table_get (table, index);
  MemsnoopHeapPlaceModule *module = g_hash_table_lookup (self->modules, entry->key);

  if (module == NULL)
    {
      module = g_new0 (MemsnoopHeapPlaceModule, 1);
      module->path = memsnoop_printable_line (entry->path);
      module->unnamed = g_ptr_array_new ();
      g_hash_table_insert (self->modules, g_strdup (entry->key), module);
    }
  if (module->table != table)
    {
      g_clear_pointer (&module->table, memsnoop_module_table_unref);
      module->table = memsnoop_module_table_ref (table);
      module->index = index;
    }
  return module;
}

MemsnoopHeapPlace *
memsnoop_heap_places_find (MemsnoopHeapPlaces *self,
                           MemsnoopModuleTable *table,
                           guint index,
                           guint64 offset)
{
  MemsnoopHeapPlace wanted = { .offset = offset };
  MemsnoopHeapPlace *place;

  if (index < memsnoop_module_table_get_length (table))
    wanted.module = find_module (self, table, index);
  place = g_hash_table_lookup (self->places, &wanted);
  if (place == NULL)
    {
      place = g_memdup2 (&wanted, sizeof wanted);
      g_hash_table_add (self->places, place);
      if (place->module != NULL)
        g_ptr_array_add (place->module->unnamed, place);
    }
  return place;
}

MemsnoopHeapPlace *
memsnoop_heap_places_find_call (MemsnoopHeapPlaces *self,
                                MemsnoopModuleTable *table,
                                guint64 address)
{
  gboolean exact = (address & MEMSNOOP_WALK_EXACT) != 0;
  guint64 call = exact ? address & ~MEMSNOOP_WALK_EXACT : address - 1;
  guint index = memsnoop_module_table_find (table, call);
  const MemsnoopModuleEntry *entry;

  if (index >= memsnoop_module_table_get_length (table))
    return memsnoop_heap_places_find (self, table, G_MAXUINT, call);
  entry = memsnoop_module_table_get (table, index);
  return memsnoop_heap_places_find (self, table, index, call - entry->start + entry->offset);
}

MemsnoopHeapPlaceModule *
memsnoop_heap_places_find_unnamed (MemsnoopHeapPlaces *self)
{
  GHashTableIter iterator;
  gpointer module;

  g_hash_table_iter_init (&iterator, self->modules);
  while (g_hash_table_iter_next (&iterator, NULL, &module))
    if (((MemsnoopHeapPlaceModule *) module)->unnamed->len > 0)
      return module;
  return NULL;
}

GPtrArray *
memsnoop_heap_places_take_unnamed (MemsnoopHeapPlaceModule *module, guint most)
{
  GPtrArray *places = g_ptr_array_sized_new (MIN (module->unnamed->len, most));

  while (module->unnamed->len > 0 && places->len < most)
    g_ptr_array_add (places,
                     g_ptr_array_steal_index_fast (module->unnamed, module->unnamed->len - 1));
  return places;
}
