/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "worker-jobs.h"

#include "error.h"

/* What is asked, and what of it is answered already. */
typedef struct
{
  MemsnoopModuleTable *table;
  guint module;
  guint depth;
  GArray *offsets;
  /* GVariant of type a(ssu), one for each of the first offsets. */
  GPtrArray *functions;
} Question;

static void
question_free (gpointer data)
{
  Question *question = data;

  memsnoop_module_table_unref (question->table);
  g_clear_pointer (&question->offsets, g_array_unref);
  g_clear_pointer (&question->functions, g_ptr_array_unref);
  g_free (question);
}

/* Returns: (transfer full): a task that has a question as its data. */
static GTask *
begin (MemsnoopWorker *worker,
       MemsnoopModuleTable *table,
       GCancellable *cancellable,
       GAsyncReadyCallback callback,
       gpointer user_data,
       Question **question)
{
  GTask *task = g_task_new (worker, cancellable, callback, user_data);

  *question = g_new0 (Question, 1);
  (*question)->table = memsnoop_module_table_ref (table);
  g_task_set_task_data (task, *question, question_free);
  return task;
}

static void
distrust (MemsnoopWorker *worker, GTask *task, const gchar *reason)
{
  Question *question = g_task_get_task_data (task);

  memsnoop_worker_distrust (worker, question->table, reason);
  g_task_return_new_error (task, MEMSNOOP_ERROR, MEMSNOOP_ERROR_FAILED,
                           "An answer of the worker for symbols makes no sense: %s", reason);
}

void
memsnoop_unwound_stack_free (MemsnoopUnwoundStack *stack)
{
  g_free (stack->frames);
  g_free (stack);
}

static gboolean
is_plausible (const MemsnoopModuleTable *table, const MemsnoopUnwoundFrame *frame)
{
  const MemsnoopModuleEntry *module;

  if (frame->rule.kind == MEMSNOOP_WALK_NONE || frame->rule.kind >= MEMSNOOP_WALK_KINDS)
    return FALSE;
  if (frame->module == MEMSNOOP_WORKER_NO_MAPPING)
    return TRUE;
  if (frame->module >= memsnoop_module_table_get_length (table))
    return FALSE;
  module = memsnoop_module_table_get (table, frame->module);
  return frame->offset >= module->offset &&
         frame->offset - module->offset < module->end - module->start;
}

/* Returns: (nullable): %NULL when it makes no sense. */
static MemsnoopUnwoundStack *
read_stack (const Question *question, GVariant *answer)
{
  g_autoptr (MemsnoopUnwoundStack) stack = g_new0 (MemsnoopUnwoundStack, 1);
  g_autoptr (GVariantIter) iterator = NULL;
  MemsnoopUnwoundFrame frame = { 0 };
  guint8 kind;
  guint8 end;

  g_variant_get (answer, "(yua(utttynnn))", &end, &stack->n_sure, &iterator);
  if (end >= MEMSNOOP_WORKER_N_ENDS || g_variant_iter_n_children (iterator) == 0 ||
      g_variant_iter_n_children (iterator) > question->depth)
    return NULL;
  stack->end = end;
  stack->frames = g_new (MemsnoopUnwoundFrame, g_variant_iter_n_children (iterator));
  while (g_variant_iter_next (iterator, "(utttynnn)", &frame.module, &frame.offset, &frame.slot,
                              &frame.address, &kind, &frame.rule.cfa, &frame.rule.return_slot,
                              &frame.rule.frame_slot))
    {
      frame.rule.kind = kind;
      if (!is_plausible (question->table, &frame))
        return NULL;
      stack->frames[stack->n_frames++] = frame;
    }
  return stack->n_sure <= stack->n_frames ? g_steal_pointer (&stack) : NULL;
}

static void
unwound (GObject *source, GAsyncResult *result, gpointer user_data)
{
  MemsnoopWorker *worker = MEMSNOOP_WORKER (source);
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer = memsnoop_worker_ask_finish (worker, result, &error);
  MemsnoopUnwoundStack *stack;

  if (answer == NULL)
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  stack = read_stack (g_task_get_task_data (task), answer);
  if (stack != NULL)
    g_task_return_pointer (task, stack, (GDestroyNotify) memsnoop_unwound_stack_free);
  else
    distrust (worker, task, "a stack with frames where none can be");
}

void
memsnoop_worker_unwind_async (MemsnoopWorker *worker,
                              MemsnoopModuleTable *table,
                              const guint64 registers[MEMSNOOP_WORKER_REGISTERS],
                              guint64 base,
                              GBytes *stack,
                              guint depth,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  Question *question;
  GTask *task = begin (worker, table, cancellable, callback, user_data, &question);
  GVariant *body =
      g_variant_new ("(uut@at@ay)", memsnoop_module_table_get_number (table), depth, base,
                     g_variant_new_fixed_array (G_VARIANT_TYPE_UINT64, registers,
                                                MEMSNOOP_WORKER_REGISTERS, sizeof registers[0]),
                     g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, stack, TRUE));

  question->depth = depth;
  memsnoop_worker_ask_async (worker, MEMSNOOP_WORKER_UNWIND, body, MEMSNOOP_WORKER_FRAMES, table,
                             cancellable, unwound, task);
}

MemsnoopUnwoundStack *
memsnoop_worker_unwind_finish (MemsnoopWorker *worker, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void ask_for_rest (MemsnoopWorker *worker, GTask *task);

static void
symbolized (GObject *source, GAsyncResult *result, gpointer user_data)
{
  MemsnoopWorker *worker = MEMSNOOP_WORKER (source);
  g_autoptr (GTask) task = user_data;
  Question *question = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer = memsnoop_worker_ask_finish (worker, result, &error);
  gsize n_left = question->offsets->len - question->functions->len;
  gsize n;

  if (answer == NULL)
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  n = g_variant_n_children (answer);
  if (n == 0 || n > MIN (n_left, MEMSNOOP_WORKER_OFFSETS_MAX))
    {
      distrust (worker, task, "symbols for another number of places than were asked for");
      return;
    }
  for (gsize i = 0; i < n; i++)
    g_ptr_array_add (question->functions, g_variant_get_child_value (answer, i));
  ask_for_rest (worker, g_steal_pointer (&task));
}

/* Takes over @task. */
static void
ask_for_rest (MemsnoopWorker *worker, GTask *task)
{
  Question *question = g_task_get_task_data (task);
  guint first = question->functions->len;
  gsize n = MIN (question->offsets->len - first, MEMSNOOP_WORKER_OFFSETS_MAX);
  const gchar *key = memsnoop_module_table_get (question->table, question->module)->key;

  if (n == 0)
    {
      g_task_return_pointer (task, g_steal_pointer (&question->functions),
                             (GDestroyNotify) g_ptr_array_unref);
      g_object_unref (task);
      return;
    }
  memsnoop_worker_ask_async (
      worker, MEMSNOOP_WORKER_SYMBOLIZE,
      g_variant_new ("(s@at)", key,
                     g_variant_new_fixed_array (G_VARIANT_TYPE_UINT64,
                                                &g_array_index (question->offsets, guint64, first),
                                                n, sizeof (guint64))),
      MEMSNOOP_WORKER_SYMBOLS, question->table, g_task_get_cancellable (task), symbolized, task);
}

void
memsnoop_worker_symbolize_async (MemsnoopWorker *worker,
                                 MemsnoopModuleTable *table,
                                 guint module,
                                 const guint64 *offsets,
                                 gsize n,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  Question *question;
  GTask *task = begin (worker, table, cancellable, callback, user_data, &question);

  question->module = module;
  question->offsets = g_array_sized_new (FALSE, FALSE, sizeof *offsets, (guint) n);
  g_array_append_vals (question->offsets, offsets, (guint) n);
  question->functions = g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);
  ask_for_rest (worker, task);
}

GPtrArray *
memsnoop_worker_symbolize_finish (MemsnoopWorker *worker, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
functions_found (GObject *source, GAsyncResult *result, gpointer user_data)
{
  MemsnoopWorker *worker = MEMSNOOP_WORKER (source);
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer = memsnoop_worker_ask_finish (worker, result, &error);
  MemsnoopAllocatorModule *module;

  if (answer == NULL)
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  module = memsnoop_allocator_module_from_variant (answer);
  if (module != NULL)
    g_task_return_pointer (task, module, (GDestroyNotify) memsnoop_allocator_module_free);
  else
    distrust (worker, task, "an allocator that cannot be");
}

void
memsnoop_worker_find_functions_async (MemsnoopWorker *worker,
                                      MemsnoopModuleTable *table,
                                      guint module,
                                      gboolean long_nops,
                                      GCancellable *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data)
{
  Question *question;
  GTask *task = begin (worker, table, cancellable, callback, user_data, &question);
  const gchar *key = memsnoop_module_table_get (table, module)->key;

  memsnoop_worker_ask_async (worker, MEMSNOOP_WORKER_FIND_FUNCTIONS,
                             g_variant_new ("(sb)", key, long_nops), MEMSNOOP_WORKER_FUNCTIONS,
                             table, cancellable, functions_found, task);
}

MemsnoopAllocatorModule *
memsnoop_worker_find_functions_finish (MemsnoopWorker *worker, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
