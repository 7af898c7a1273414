/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Call stacks of reports put together to the tree that a flame graph shows. */
#pragma once

#include "reported-memory.h"

G_BEGIN_DECLS

/* What the widths of a flame graph stand for. */
typedef enum
{
  MEMSNOOP_FLAME_BYTES,
  MEMSNOOP_FLAME_COUNT,
  MEMSNOOP_FLAME_ALLOC_BYTES,
  MEMSNOOP_FLAME_ALLOC_COUNT,
} MemsnoopFlameValue;

/* Functions that a graph shows at most; what is left of their callers is one node each beside them. */
#define MEMSNOOP_FLAME_MAXIMUM_NODES 20000

/* Of deeper stacks the middle is left out. */
#define MEMSNOOP_FLAME_OUTERMOST 384
#define MEMSNOOP_FLAME_INNERMOST 128

/**
 * MemsnoopFlameNode:
 * @text: a function as reports tell it, or in brackets what is none.
 * @source, @module: as a MemsnoopReportedFrame has them; empty when not known.
 * @level: distance from the root.
 * @value: of the node with everything that it called: at least the sum of its children's.
 */
typedef struct
{
  const gchar *text;
  const gchar *source;
  const gchar *module;
  guint        level;
  guint64      value;
} MemsnoopFlameNode;

/**
 * MemsnoopFlameTree:
 * @nodes: (element-type MemsnoopFlameNode): the root first, each node in front of its children, and siblings by value, descending. Texts are
 *   those of the reports.
 * @left_out: nodes for which there was no room.
 */
typedef struct
{
  GArray       *nodes;
  guint         left_out;
  GStringChunk *texts;
} MemsnoopFlameTree;

/**
 * memsnoop_flame_tree_new:
 * @memories: (element-type MemsnoopReportedMemory): have to live as long as the tree. One of them is the root itself, several stand
 *   side by side above it.
 * @maximum: nodes that are shown, those of the largest value: MEMSNOOP_FLAME_MAXIMUM_NODES in general.
 *
 * Call stacks that the reports leave out are one node, so that the sum is right.
 *
 * Returns: (transfer full): of a single node with value 0 when there is nothing to show.
 */
MemsnoopFlameTree *memsnoop_flame_tree_new   (GPtrArray          *memories,
                                              MemsnoopFlameValue  value,
                                              guint               maximum);
void               memsnoop_flame_tree_free  (MemsnoopFlameTree  *self);

/** "bytes", "count", "alloc-bytes" or "alloc-count". %MEMSNOOP_COMMAND_ERROR_USAGE for others. */
gboolean           memsnoop_flame_value_parse (const gchar         *name,
                                               MemsnoopFlameValue  *value,
                                               GError             **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MemsnoopFlameTree, memsnoop_flame_tree_free)

G_END_DECLS
