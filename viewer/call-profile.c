/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "call-profile.h"

#include "quantity.h"
#include "wording.h"

#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

#define TEXT_MAX 500

struct _MemsnoopCallProfile
{
  GObject parent_instance;

  MemsnoopFlameValue value;
  GArray *calls;
  /* Sources and modules, each once. */
  GStringChunk *names;
  guint depth;
};

G_DEFINE_FINAL_TYPE (MemsnoopCallProfile, memsnoop_call_profile, G_TYPE_OBJECT)

static void
clear_call (gpointer call)
{
  g_free (((MemsnoopCall *) call)->text);
}

static void
memsnoop_call_profile_finalize (GObject *object)
{
  MemsnoopCallProfile *self = MEMSNOOP_CALL_PROFILE (object);

  g_array_unref (self->calls);
  g_string_chunk_free (self->names);
  G_OBJECT_CLASS (memsnoop_call_profile_parent_class)->finalize (object);
}

static void
memsnoop_call_profile_class_init (MemsnoopCallProfileClass *class)
{
  G_OBJECT_CLASS (class)->finalize = memsnoop_call_profile_finalize;
}

static void
memsnoop_call_profile_init (MemsnoopCallProfile *self)
{
  self->calls = g_array_new (FALSE, TRUE, sizeof (MemsnoopCall));
  g_array_set_clear_func (self->calls, clear_call);
  self->names = g_string_chunk_new (1024);
}

static MemsnoopCall *
call_at (MemsnoopCallProfile *self, guint number)
{
  return &g_array_index (self->calls, MemsnoopCall, number);
}

/* What reports put in the place of functions, in English; and caches of the kernel's memory. */
static const gchar *const no_functions[] = {
  N_ ("[unknown]"),           N_ ("[mapping]"), N_ ("[left out]"), N_ ("[middle of a deep stack]"),
  N_ ("All recorded memory"),
};
#define SLAB_CACHE "slab cache "

static gchar *
describe_memory (const MemsnoopReportedMemory *memory)
{
  g_autofree gchar *comm = memsnoop_wording_name (memory->comm, MEMSNOOP_WORDING_NAME_MAX);
  g_autofree gchar *name = memsnoop_wording_name_within (comm);

  if (memory->is_kernel)
    return g_strdup (_ ("Kernel memory"));
  if (memory->is_growth)
    return g_strdup_printf (_ ("Growth of %s (%u)"), name, memory->pid);
  return g_strdup_printf (_ ("Heap of %s (%u)"), name, memory->pid);
}

/* %NULL when it is another text. */
static gchar *
describe_smaller (const gchar *text)
{
  guint n;
  int end = 0;

  /* Most begin with a letter, which is sooner seen. */
  if (*text != '[' || sscanf (text, "[%u smaller]%n", &n, &end) != 1 || end == 0 ||
      text[end] != '\0')
    return NULL;
  /* Translators: calls for each of which there was no room. */
  return g_strdup_printf (g_dngettext (NULL, "[%u smaller]", "[%u smaller]", n), n);
}

static gchar *
describe_function (GPtrArray *memories, const MemsnoopFlameNode *node)
{
  g_autofree gchar *text = memsnoop_wording_name (node->text, TEXT_MAX);
  const MemsnoopReportedMemory *first = memories->len > 0 ? memories->pdata[0] : NULL;

  if (first == NULL || !first->is_kernel || !g_str_has_prefix (text, SLAB_CACHE))
    return g_steal_pointer (&text);
  /* Translators: where the kernel keeps objects of one size: “kmalloc-64”. */
  return g_strdup_printf (_ ("slab cache %s"), text + strlen (SLAB_CACHE));
}

static gchar *
describe_node (GPtrArray *memories, const MemsnoopFlameNode *node)
{
  gchar *smaller;

  if (node->level == 0 && memories->len == 1)
    return describe_memory (memories->pdata[0]);
  for (gsize i = 0; i < G_N_ELEMENTS (no_functions); i++)
    if (g_str_equal (node->text, no_functions[i]))
      return g_strdup (_ (no_functions[i]));
  smaller = describe_smaller (node->text);
  return smaller != NULL ? smaller : describe_function (memories, node);
}

static void
add_call (MemsnoopCallProfile *self, GPtrArray *memories, const MemsnoopFlameNode *node)
{
  MemsnoopCall call = {
    .text = describe_node (memories, node),
    .source = g_string_chunk_insert_const (self->names, node->source),
    .module = g_string_chunk_insert_const (self->names, node->module),
    .level = node->level,
    .value = node->value,
    .own = node->value,
  };

  self->depth = MAX (self->depth, node->level + 1);
  g_array_append_val (self->calls, call);
}

static guint
hash_path (guint above, const MemsnoopCall *call)
{
  return (above * 31 + g_str_hash (call->text)) * 31 + g_str_hash (call->module);
}

/* Callers stand in front of what they call: the open ones, outermost first, are a stack. */
static void
connect_calls (MemsnoopCallProfile *self)
{
  g_autoptr (GArray) open = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autofree guint64 *next = g_new0 (guint64, self->calls->len);

  for (guint i = 0; i < self->calls->len; i++)
    {
      MemsnoopCall *call = call_at (self, i);
      guint parent;

      for (guint j = call->level; j < open->len; j++)
        call_at (self, g_array_index (open, guint, j))->end = i;
      g_array_set_size (open, MIN (call->level, open->len));
      parent = open->len > 0 ? g_array_index (open, guint, open->len - 1) : i;
      call->parent = parent;
      call->path = parent != i ? hash_path (call_at (self, parent)->path, call) : 0;
      call->start = next[parent];
      next[parent] += parent != i ? call->value : 0;
      next[i] = call->start;
      if (parent != i)
        call_at (self, parent)->own -= MIN (call_at (self, parent)->own, call->value);
      g_array_append_val (open, i);
    }
  for (guint j = 0; j < open->len; j++)
    call_at (self, g_array_index (open, guint, j))->end = self->calls->len;
}

MemsnoopCallProfile *
memsnoop_call_profile_new (GPtrArray *memories, MemsnoopFlameValue value)
{
  MemsnoopCallProfile *self = g_object_new (MEMSNOOP_TYPE_CALL_PROFILE, NULL);
  g_autoptr (MemsnoopFlameTree) tree = NULL;

  self->value = value;
  tree = memsnoop_flame_tree_new (memories, value, MEMSNOOP_FLAME_MAXIMUM_NODES);
  for (guint i = 0; i < tree->nodes->len; i++)
    add_call (self, memories, &g_array_index (tree->nodes, MemsnoopFlameNode, i));
  connect_calls (self);
  return self;
}

typedef struct
{
  GBytes *report;
  MemsnoopCallProfileSource source;
  MemsnoopFlameValue value;
} Reading;

static void
reading_free (gpointer data)
{
  g_bytes_unref (((Reading *) data)->report);
  g_free (data);
}

static MemsnoopCallProfileSource
source_of (const MemsnoopReportedMemory *memory)
{
  if (memory->is_kernel)
    return MEMSNOOP_CALL_PROFILE_KERNEL;
  return memory->is_growth ? MEMSNOOP_CALL_PROFILE_GROWTH : MEMSNOOP_CALL_PROFILE_HEAP;
}

static void
keep_source (GPtrArray *memories, MemsnoopCallProfileSource source)
{
  for (guint i = memories->len; i > 0; i--)
    if (source_of (memories->pdata[i - 1]) != source)
      g_ptr_array_remove_index (memories, i - 1);
}

/* What is wrong with it is said to those who use memsnoopctl, in English. */
static void
fail (GTask *task, GError *error)
{
  g_info ("%s", error->message);
  g_error_free (error);
  g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                           _ ("the service's report is not such as this version of the window "
                              "reads"));
}

static void
read_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Reading *reading = data;
  GError *error = NULL;
  gsize length;
  const gchar *text = g_bytes_get_data (reading->report, &length);
  GPtrArray *memories =
      memsnoop_reported_memory_read (text != NULL ? text : "", length, "the report", &error);

  if (memories == NULL)
    {
      fail (task, error);
      return;
    }
  keep_source (memories, reading->source);
  g_task_return_pointer (task, memsnoop_call_profile_new (memories, reading->value),
                         g_object_unref);
  /* It is much, and nobody has to wait until it is free. */
  g_ptr_array_unref (memories);
}

void
memsnoop_call_profile_read_async (GBytes *report,
                                  MemsnoopCallProfileSource source,
                                  MemsnoopFlameValue value,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  Reading *reading = g_new0 (Reading, 1);

  reading->report = g_bytes_ref (report);
  reading->source = source;
  reading->value = value;
  g_task_set_task_data (task, reading, reading_free);
  g_task_set_source_tag (task, memsnoop_call_profile_read_async);
  g_task_run_in_thread (task, read_in_thread);
}

MemsnoopCallProfile *
memsnoop_call_profile_read_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

guint
memsnoop_call_profile_get_n_calls (MemsnoopCallProfile *self)
{
  return self->calls->len;
}

const MemsnoopCall *
memsnoop_call_profile_get_call (MemsnoopCallProfile *self, guint number)
{
  return call_at (self, number);
}

/* The root's text may tell a figure; there is but one root. */
static gboolean
is_same_function (const MemsnoopCall *one, const MemsnoopCall *other)
{
  return (one->level == 0 && other->level == 0) ||
         (one->level == other->level && g_str_equal (one->text, other->text) &&
          g_str_equal (one->module, other->module));
}

gboolean
memsnoop_call_profile_is_same_path (MemsnoopCallProfile *self,
                                    guint number,
                                    MemsnoopCallProfile *other,
                                    guint other_number)
{
  for (;;)
    {
      const MemsnoopCall *one = call_at (self, number), *two = call_at (other, other_number);

      if (!is_same_function (one, two))
        return FALSE;
      if (one->level == 0)
        return TRUE;
      number = one->parent;
      other_number = two->parent;
    }
}

/* Of what @parent called, the one that is the same as @call; @parent when there is none. */
static guint
find_called (MemsnoopCallProfile *self, guint parent, const MemsnoopCall *call)
{
  guint end = call_at (self, parent)->end;

  for (guint next = parent + 1; next < end; next = call_at (self, next)->end)
    if (is_same_function (call_at (self, next), call))
      return next;
  return parent;
}

guint
memsnoop_call_profile_find_path (MemsnoopCallProfile *self,
                                 MemsnoopCallProfile *other,
                                 guint other_number)
{
  const MemsnoopCall *call = call_at (other, other_number);
  guint parent, found;

  if (call->level == 0)
    return 0;
  parent = memsnoop_call_profile_find_path (self, other, call->parent);
  found =
      call_at (self, parent)->level + 1 == call->level ? find_called (self, parent, call) : parent;
  return found;
}

guint
memsnoop_call_profile_get_depth (MemsnoopCallProfile *self)
{
  return self->depth;
}

MemsnoopFlameValue
memsnoop_call_profile_get_value (MemsnoopCallProfile *self)
{
  return self->value;
}

gchar *
memsnoop_call_profile_format (MemsnoopCallProfile *self, guint64 value)
{
  g_autofree gchar *count = NULL;

  if (self->value == MEMSNOOP_FLAME_BYTES || self->value == MEMSNOOP_FLAME_ALLOC_BYTES)
    return memsnoop_wording_size (value);
  count = memsnoop_quantity_format_count (value);
  return g_strdup_printf (g_dngettext (NULL, "%s block", "%s blocks", (gulong) value), count);
}
