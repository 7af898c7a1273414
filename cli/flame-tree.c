/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "flame-tree.h"

#include "command-error.h"

#include <string.h>

static const gchar *const value_names[] = { "bytes", "count", "alloc-bytes", "alloc-count" };

static const MemsnoopReportedFrame unknown_caller = { "[unknown]", "", "", "" };
static const MemsnoopReportedFrame own_mapping = { "[mapping]", "", "", "" };
static const MemsnoopReportedFrame left_out_stacks = { "[left out]", "", "", "" };
static const MemsnoopReportedFrame left_out_middle = { "[middle of a deep stack]", "", "", "" };

/*
 * @index: the order in which they were made: callers before those whom they call.
 * @children: those that are shown.
 * @hidden, @hidden_value: children that are not.
 */
typedef struct _Node Node;
struct _Node
{
  MemsnoopFlameNode node;
  Node *parent;
  guint index;
  GPtrArray *children;
  guint hidden;
  guint64 hidden_value;
};

/* @nodes: of @by_text each: found by its parent and its text. */
typedef struct
{
  GPtrArray *nodes;
  GHashTable *by_text;
} Builder;

gboolean
memsnoop_flame_value_parse (const gchar *name, MemsnoopFlameValue *value, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (value_names); i++)
    if (strcmp (name, value_names[i]) == 0)
      {
        *value = (MemsnoopFlameValue) i;
        return TRUE;
      }
  g_set_error (error, MEMSNOOP_COMMAND_ERROR, MEMSNOOP_COMMAND_ERROR_USAGE,
               "--value '%s' is not known: it is bytes, count, alloc-bytes or alloc-count", name);
  return FALSE;
}

static void
node_free (gpointer data)
{
  Node *node = data;

  g_clear_pointer (&node->children, g_ptr_array_unref);
  g_free (node);
}

static guint
node_hash (gconstpointer key)
{
  const Node *node = key;

  return g_direct_hash (node->parent) * 31 + g_str_hash (node->node.text);
}

static gboolean
node_equal (gconstpointer a, gconstpointer b)
{
  const Node *left = a, *right = b;

  return left->parent == right->parent && strcmp (left->node.text, right->node.text) == 0;
}

/* The child of @parent for this function, made when there is none, with @value more. */
static Node *
enter (Builder *builder, Node *parent, const MemsnoopReportedFrame *frame, guint64 value)
{
  Node key = { .parent = parent, .node.text = frame->text };
  Node *node = g_hash_table_lookup (builder->by_text, &key);

  if (node == NULL)
    {
      node = g_new0 (Node, 1);
      node->node.text = frame->text;
      node->node.source = frame->source;
      node->node.module = frame->module;
      node->node.level = parent != NULL ? parent->node.level + 1 : 0;
      node->parent = parent;
      node->index = builder->nodes->len;
      g_ptr_array_add (builder->nodes, node);
      g_hash_table_add (builder->by_text, node);
    }
  node->node.value += value;
  return node;
}

static guint64
stack_value (const MemsnoopReportedStack *stack, MemsnoopFlameValue value)
{
  switch (value)
    {
    case MEMSNOOP_FLAME_COUNT:
      return stack->count;
    case MEMSNOOP_FLAME_ALLOC_BYTES:
      return stack->alloc_bytes;
    case MEMSNOOP_FLAME_ALLOC_COUNT:
      return stack->alloc_count;
    case MEMSNOOP_FLAME_BYTES:
    default:
      return stack->bytes;
    }
}

static guint64
memory_value (const MemsnoopReportedMemory *memory, MemsnoopFlameValue value)
{
  switch (value)
    {
    case MEMSNOOP_FLAME_COUNT:
      return memory->count;
    case MEMSNOOP_FLAME_ALLOC_BYTES:
      return memory->alloc_bytes;
    case MEMSNOOP_FLAME_ALLOC_COUNT:
      return memory->alloc_count;
    case MEMSNOOP_FLAME_BYTES:
    default:
      return memory->bytes;
    }
}

static void
add_stack (Builder *builder, Node *top, const MemsnoopReportedStack *stack, guint64 value)
{
  Node *node = top;

  if (!stack->complete)
    node = enter (builder, node, &unknown_caller, value);
  for (guint i = stack->n_frames; i > 0; i--)
    if (stack->n_frames - i >= MEMSNOOP_FLAME_OUTERMOST && i > MEMSNOOP_FLAME_INNERMOST)
      {
        node = enter (builder, node, &left_out_middle, value);
        i = MEMSNOOP_FLAME_INNERMOST + 1;
      }
    else
      node = enter (builder, node, &stack->frames[i - 1], value);
  if (stack->is_mapping)
    enter (builder, node, &own_mapping, value);
}

/* What of @value finds room: no sum is larger than a reader can tell apart. */
static guint64
add_to_top (Node *root, Node *top, guint64 value)
{
  value = MIN (value, MEMSNOOP_REPORTED_MAXIMUM - root->node.value);
  root->node.value += value;
  if (top != root)
    top->node.value += value;
  return value;
}

static void
add_memory (Builder *builder,
            Node *root,
            Node *top,
            const MemsnoopReportedMemory *memory,
            MemsnoopFlameValue kind)
{
  guint64 blocks = 0;
  guint64 value;

  for (guint i = 0; i < memory->stacks->len; i++)
    {
      const MemsnoopReportedStack *stack = memory->stacks->pdata[i];

      value = add_to_top (root, top, stack_value (stack, kind));
      if (value > 0)
        add_stack (builder, top, stack, value);
      if (!stack->is_mapping)
        blocks = memsnoop_reported_sum (blocks, value);
    }
  if (memory->left_out == 0 || memory_value (memory, kind) <= blocks)
    return;
  value = add_to_top (root, top, memory_value (memory, kind) - blocks);
  if (value > 0)
    enter (builder, top, &left_out_stacks, value);
}

/* The name of a memory, as a function of which there is one for each process. */
static MemsnoopReportedFrame
memory_frame (MemsnoopFlameTree *self, const MemsnoopReportedMemory *memory)
{
  g_autofree gchar *title = memsnoop_reported_memory_title (memory);

  return (MemsnoopReportedFrame){ .text = g_string_chunk_insert (self->texts, title),
                                  .function = "",
                                  .source = memory->executable,
                                  .module = "" };
}

static void
build (MemsnoopFlameTree *self, Builder *builder, GPtrArray *memories, MemsnoopFlameValue kind)
{
  const MemsnoopReportedFrame all = { "All recorded memory", "", "", "" };
  Node *root = NULL;

  if (memories->len != 1)
    root = enter (builder, NULL, &all, 0);
  for (guint i = 0; i < memories->len; i++)
    {
      const MemsnoopReportedMemory *memory = memories->pdata[i];
      const MemsnoopReportedFrame frame = memory_frame (self, memory);
      Node *top = enter (builder, root, &frame, 0);

      add_memory (builder, root != NULL ? root : top, top, memory, kind);
    }
}

/* By value, and of equal ones callers before those whom they call. */
static gint
compare_importance (gconstpointer a, gconstpointer b)
{
  const Node *left = *(Node *const *) a, *right = *(Node *const *) b;

  if (left->node.value != right->node.value)
    return left->node.value > right->node.value ? -1 : 1;
  return left->index < right->index ? -1 : 1;
}

static gint
compare_siblings (gconstpointer a, gconstpointer b)
{
  const Node *left = *(Node *const *) a, *right = *(Node *const *) b;

  if (left->node.value != right->node.value)
    return left->node.value > right->node.value ? -1 : 1;
  return strcmp (left->node.text, right->node.text);
}

/* A node is never chosen without its parent, which is worth as much at least, and was made before
 * it. */
static void
choose_nodes (Builder *builder, guint maximum)
{
  g_autoptr (GPtrArray) nodes = g_ptr_array_sized_new (builder->nodes->len);

  for (guint i = 0; i < builder->nodes->len; i++)
    g_ptr_array_add (nodes, builder->nodes->pdata[i]);
  if (nodes->len > maximum)
    g_ptr_array_sort (nodes, compare_importance);
  for (guint i = 0; i < nodes->len; i++)
    {
      Node *node = nodes->pdata[i];

      if (i < MAX (maximum, 1))
        node->children = g_ptr_array_new ();
      if (node->parent == NULL || node->parent->children == NULL)
        continue;
      if (node->children != NULL)
        g_ptr_array_add (node->parent->children, node);
      else
        {
          node->parent->hidden++;
          node->parent->hidden_value += node->node.value;
        }
    }
}

static void
write_hidden (MemsnoopFlameTree *self, const Node *node)
{
  MemsnoopFlameNode rest = { .source = "", .module = "", .level = node->node.level + 1 };
  g_autofree gchar *text = g_strdup_printf ("[%u smaller]", node->hidden);

  if (node->hidden_value == 0)
    return;
  rest.text = g_string_chunk_insert_const (self->texts, text);
  rest.value = node->hidden_value;
  g_array_append_val (self->nodes, rest);
}

/* As deep as a graph is. */
static void
write_node (MemsnoopFlameTree *self, Node *node)
{
  g_array_append_val (self->nodes, node->node);
  g_ptr_array_sort (node->children, compare_siblings);
  for (guint i = 0; i < node->children->len; i++)
    write_node (self, node->children->pdata[i]);
  write_hidden (self, node);
}

MemsnoopFlameTree *
memsnoop_flame_tree_new (GPtrArray *memories, MemsnoopFlameValue value, guint maximum)
{
  MemsnoopFlameTree *self = g_new0 (MemsnoopFlameTree, 1);
  g_autoptr (GPtrArray) nodes = g_ptr_array_new_with_free_func (node_free);
  g_autoptr (GHashTable) by_text = g_hash_table_new (node_hash, node_equal);
  Builder builder = { .nodes = nodes, .by_text = by_text };

  self->nodes = g_array_new (FALSE, FALSE, sizeof (MemsnoopFlameNode));
  self->texts = g_string_chunk_new (1024);
  build (self, &builder, memories, value);
  choose_nodes (&builder, maximum);
  write_node (self, nodes->pdata[0]);
  self->left_out = nodes->len > MAX (maximum, 1) ? nodes->len - MAX (maximum, 1) : 0;
  return self;
}

void
memsnoop_flame_tree_free (MemsnoopFlameTree *self)
{
  g_array_unref (self->nodes);
  g_string_chunk_free (self->texts);
  g_free (self);
}
