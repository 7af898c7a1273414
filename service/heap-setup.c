/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "heap-setup.h"

#include "heap-probes.h"
#include "process-modules.h"
#include "worker-jobs.h"

/* An allocator's prologue whose only instruction of that kind is such a nop is rare; older kernels
 * single-step it. */
#define KERNEL_EMULATES_LONG_NOPS FALSE

typedef struct
{
  MemsnoopWorker *worker;
  const MemsnoopProcessIdentity *identity;
  guint64 sample_interval;
  guint64 map_memory;
  MemsnoopHeapSetup *setup;

  MemsnoopMappedModules *modules;
  MemsnoopAllocatorAnswer *answers; /* one for each of them */
  GPtrArray *found;                 /* MemsnoopAllocatorModule: what the answers point to */
  MemsnoopAllocatorChoice *choice;
  /* The module that the worker looks at. */
  guint next;
} Request;

void
memsnoop_heap_setup_free (MemsnoopHeapSetup *self)
{
  g_clear_pointer (&self->tracer, memsnoop_heap_tracer_stop);
  g_clear_pointer (&self->table, memsnoop_module_table_unref);
  g_ptr_array_unref (self->notes);
  g_free (self);
}

static void
request_free (gpointer data)
{
  Request *request = data;

  g_object_unref (request->worker);
  g_clear_pointer (&request->setup, memsnoop_heap_setup_free);
  g_clear_pointer (&request->choice, memsnoop_allocator_choice_free);
  g_clear_pointer (&request->found, g_ptr_array_unref);
  g_free (request->answers);
  g_clear_pointer (&request->modules, memsnoop_mapped_modules_free);
  g_free (request);
}

/* Attaching, in a thread */

static void
add_notes (MemsnoopHeapSetup *setup, const GPtrArray *notes)
{
  for (guint i = 0; i < notes->len; i++)
    g_ptr_array_add (setup->notes, g_strdup (notes->pdata[i]));
}

static gboolean
attach (Request *request, GError **error)
{
  MemsnoopHeapSetup *setup = request->setup;
  g_autoptr (MemsnoopHeapProbes) probes =
      memsnoop_heap_probes_new (request->choice, request->modules, request->identity, error);

  if (probes == NULL)
    return FALSE;
  setup->complete = probes->complete;
  add_notes (setup, request->choice->notes);
  add_notes (setup, probes->notes);
  setup->tracer = memsnoop_heap_tracer_start (
      memsnoop_uprobe_support (), request->identity->pid,
      (const MemsnoopHeapProbe *) (gpointer) probes->probes->data, probes->probes->len,
      request->sample_interval, request->map_memory, error);
  return setup->tracer != NULL;
}

static void
attach_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Request *request = data;
  GError *error = NULL;

  if (attach (request, &error))
    g_task_return_pointer (task, g_steal_pointer (&request->setup),
                           (GDestroyNotify) memsnoop_heap_setup_free);
  else
    g_task_return_error (task, error);
}

/* Finding the functions */

static void look_at_next (GTask *task);

static void
choose (GTask *task)
{
  Request *request = g_task_get_task_data (task);
  GError *error = NULL;

  request->choice = memsnoop_allocator_choose (request->identity->pid, request->modules,
                                               request->answers, &error);
  if (request->choice == NULL)
    g_task_return_error (task, error);
  else
    g_task_run_in_thread (task, attach_in_thread);
  g_object_unref (task);
}

static void
on_functions_found (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Request *request = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  MemsnoopAllocatorModule *module =
      memsnoop_worker_find_functions_finish (MEMSNOOP_WORKER (source), result, &error);
  MemsnoopAllocatorAnswer *answer = &request->answers[request->next];

  if (module != NULL)
    g_ptr_array_add (request->found, module);
  else
    g_debug ("A module of process %u: %s", request->identity->pid, error->message);
  *answer =
      (MemsnoopAllocatorAnswer){ module, module == NULL ? "the worker could not read it" : NULL };
  request->next++;
  look_at_next (task);
}

/* Where the module is in the table; behind its end when it is not there any more. */
static guint
find_entry (const Request *request, guint index)
{
  const MemsnoopMappedModule *module = g_ptr_array_index (request->modules->list, index);
  const MemsnoopModuleMapping *mapping =
      &g_array_index (module->mappings, MemsnoopModuleMapping, 0);

  return memsnoop_module_table_find (request->setup->table, mapping->start);
}

static gboolean
can_be_read (const Request *request, guint entry)
{
  return entry < memsnoop_module_table_get_length (request->setup->table) &&
         memsnoop_module_table_get (request->setup->table, entry)->descriptor >= 0;
}

static void
look_at_next (GTask *task)
{
  Request *request = g_task_get_task_data (task);

  for (; request->next < request->modules->list->len; request->next++)
    {
      guint entry = find_entry (request, request->next);

      if (can_be_read (request, entry))
        {
          memsnoop_worker_find_functions_async (request->worker, request->setup->table, entry,
                                                KERNEL_EMULATES_LONG_NOPS, NULL, on_functions_found,
                                                task);
          return;
        }
      request->answers[request->next].reason = "it could not be opened";
    }
  choose (task);
}

static gboolean
read_modules (Request *request, GError **error)
{
  request->modules = memsnoop_mapped_modules_read (request->identity, error);
  if (request->modules == NULL)
    return FALSE;
  request->setup->table = memsnoop_process_modules_read (request->identity, error);
  if (request->setup->table == NULL)
    return FALSE;
  request->answers = g_new0 (MemsnoopAllocatorAnswer, request->modules->list->len);
  request->found = g_ptr_array_new_with_free_func ((GDestroyNotify) memsnoop_allocator_module_free);
  return TRUE;
}

static void
read_modules_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GError *error = NULL;

  if (read_modules (data, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
on_modules_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  GError *error = NULL;

  if (g_task_propagate_boolean (G_TASK (result), &error))
    {
      look_at_next (task);
      return;
    }
  g_task_return_error (task, error);
  g_object_unref (task);
}

void
memsnoop_heap_setup_async (MemsnoopWorker *worker,
                           const MemsnoopProcessIdentity *identity,
                           guint64 sample_interval,
                           guint64 map_memory,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  GTask *task = g_task_new (NULL, NULL, callback, user_data);
  g_autoptr (GTask) reading = g_task_new (NULL, NULL, on_modules_read, task);
  Request *request = g_new0 (Request, 1);

  request->worker = g_object_ref (worker);
  request->identity = identity;
  request->sample_interval = sample_interval;
  request->map_memory = map_memory;
  request->setup = g_new0 (MemsnoopHeapSetup, 1);
  request->setup->notes = g_ptr_array_new_with_free_func (g_free);
  g_task_set_source_tag (task, memsnoop_heap_setup_async);
  g_task_set_task_data (task, request, request_free);
  g_task_set_source_tag (reading, read_modules);
  g_task_set_task_data (reading, request, NULL);
  g_task_run_in_thread (reading, read_modules_in_thread);
}

MemsnoopHeapSetup *
memsnoop_heap_setup_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
