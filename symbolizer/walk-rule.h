/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the unwind tables tell of one place, in the few forms that the programs in the kernel can follow. */
#pragma once

#include "process-image.h"

#include "memsnoop-worker-protocol.h"

G_BEGIN_DECLS

/**
 * MemsnoopWalkRule:
 * @kind: enum memsnoop_walk_kind, never MEMSNOOP_WALK_NONE.
 * @cfa, @return_slot, @frame_slot: see struct memsnoop_walk_rule.
 */
typedef struct
{
  guint8 kind;
  gint16 cfa;
  gint16 return_slot;
  gint16 frame_slot;
} MemsnoopWalkRule;

/**
 * memsnoop_walk_rule_find:
 * @mapping: (nullable): what is mapped at @address.
 * @address: in the process, of the instruction that is being executed: for a caller one in its call.
 * @rule: (out): %MEMSNOOP_WALK_STOP where there are no tables, or what they tell has none of the forms.
 *
 * The tables are those that libdwfl goes by.
 *
 * Returns: whether there are unwind tables for the place.
 */
gboolean memsnoop_walk_rule_find (const MemsnoopMapping *mapping,
                                  guint64                address,
                                  MemsnoopWalkRule      *rule);

G_END_DECLS
