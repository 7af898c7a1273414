/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The places in a process's code that its call stacks go through, each once, with their names as far as they are known. Whoever uses
 * them locks. */
#pragma once

#include "module-table.h"

G_BEGIN_DECLS

/**
 * MemsnoopHeapPlaceModule:
 * @path: printable text.
 * @table: the newest one that has it.
 * @index: in that.
 * @unnamed: (element-type MemsnoopHeapPlace): whose names nobody has asked for yet.
 *
 * A module, whichever table it was in.
 */
typedef struct
{
  gchar               *path;
  MemsnoopModuleTable *table;
  guint                index;
  GPtrArray           *unnamed;
} MemsnoopHeapPlaceModule;

/**
 * MemsnoopHeapPlace:
 * @module: %NULL for an address in no module.
 * @functions: a(ssu), see worker-jobs.h; %NULL until it is known.
 *
 * Never changed once it is there, but for the functions, which are set once; and there as long as the places are.
 */
typedef struct
{
  MemsnoopHeapPlaceModule *module;
  guint64                  offset;
  GVariant                *functions;
} MemsnoopHeapPlace;

typedef struct _MemsnoopHeapPlaces MemsnoopHeapPlaces;

MemsnoopHeapPlaces      *memsnoop_heap_places_new          (void);
void                     memsnoop_heap_places_free         (MemsnoopHeapPlaces       *self);

/**
 * memsnoop_heap_places_find:
 * @index: of the module in @table; beyond its length for an address.
 * @offset: in its file, or the address.
 */
MemsnoopHeapPlace       *memsnoop_heap_places_find         (MemsnoopHeapPlaces       *self,
                                                            MemsnoopModuleTable      *table,
                                                            guint                     index,
                                                            guint64                   offset);

/** The call that returns to @address, or with MEMSNOOP_WALK_EXACT the instruction that is there. */
MemsnoopHeapPlace       *memsnoop_heap_places_find_call    (MemsnoopHeapPlaces       *self,
                                                            MemsnoopModuleTable      *table,
                                                            guint64                   address);

/** Returns: (nullable): a module with places without names. */
MemsnoopHeapPlaceModule *memsnoop_heap_places_find_unnamed (MemsnoopHeapPlaces       *self);

/** Returns: (transfer container) (element-type MemsnoopHeapPlace): at most @most of them, and not again. */
GPtrArray               *memsnoop_heap_places_take_unnamed (MemsnoopHeapPlaceModule  *module,
                                                            guint                     most);

G_END_DECLS
