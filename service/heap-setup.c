/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "heap-setup.h"

#include "heap-probes.h"
#include "process-modules.h"
#include "worker-jobs.h"

#include <elf.h>
#include <unistd.h>

/* An allocator's prologue whose only instruction of that kind is such a nop is rare; older kernels
 * single-step it. */
#define KERNEL_EMULATES_LONG_NOPS FALSE

typedef struct
{
  MemsnoopWorker *worker;
  const MemsnoopProcessIdentity *identity;
  guint64 sample_interval;
  guint64 map_memory;
  gboolean growth;
  MemsnoopHeapSetup *setup;
  /* What is extended, and its tracer; NULL when a recording begins. */
  MemsnoopHeapSetup *extended;
  MemsnoopHeapTracer *tracer;

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
  memsnoop_probe_list_free (self->probes);
  g_hash_table_unref (self->known);
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

static void
return_exited (GTask *task, const Request *request)
{
  g_task_return_new_error (task, G_DBUS_ERROR, G_DBUS_ERROR_UNIX_PROCESS_ID_UNKNOWN,
                           "The process %u has exited", request->identity->pid);
}

/* Whatever failed, a process that has exited meanwhile is the reason. */
static void
return_error (GTask *task, const Request *request, GError *error)
{
  g_autofree gchar *executable = memsnoop_process_identity_read_executable (request->identity);

  if (executable[0] != '\0')
    {
      g_task_return_error (task, error);
      return;
    }
  g_error_free (error);
  return_exited (task, request);
}

/* Attaching, in a thread */

static void
add_notes (MemsnoopHeapSetup *setup, const GPtrArray *notes)
{
  for (guint i = 0; i < notes->len; i++)
    g_ptr_array_add (setup->notes, g_strdup (notes->pdata[i]));
}

static gboolean
start_tracer (Request *request, const MemsnoopHeapProbes *probes, GError **error)
{
  MemsnoopHeapSetup *setup = request->setup;

  setup->complete = probes->complete;
  add_notes (setup, request->choice->notes);
  add_notes (setup, probes->notes);
  memsnoop_probe_list_add (setup->probes, probes->details);
  setup->tracer = memsnoop_heap_tracer_start (
      memsnoop_uprobe_support (), request->identity->pid,
      (const MemsnoopHeapProbe *) (gpointer) probes->probes->data, probes->probes->len,
      request->sample_interval, request->map_memory, error);
  return setup->tracer != NULL;
}

static gboolean
start_growth_tracer (Request *request, GError **error)
{
  MemsnoopHeapSetup *setup = request->setup;

  setup->complete = TRUE;
  setup->tracer =
      memsnoop_heap_tracer_start_growth (request->identity->pid, request->map_memory, error);
  return setup->tracer != NULL;
}

static gboolean
attach (Request *request, GError **error)
{
  g_autoptr (MemsnoopHeapProbes) probes = NULL;

  if (request->growth)
    return start_growth_tracer (request, error);
  probes = memsnoop_heap_probes_new (request->choice, request->modules, request->identity, error);
  if (probes == NULL)
    return FALSE;
  if (request->tracer == NULL)
    return start_tracer (request, probes, error);
  if (!memsnoop_heap_tracer_add_probes (request->tracer,
                                        (const MemsnoopHeapProbe *) (gpointer) probes->probes->data,
                                        probes->probes->len, error))
    return FALSE;
  memsnoop_probe_list_add (request->extended->probes, probes->details);
  return TRUE;
}

/* The kernel was given a number, which another process may have got in between. That of one that is
 * there now cannot have been given to another before. */
static gboolean
is_still_there (Request *request)
{
  g_autoptr (MemsnoopProcessIdentity) identity = memsnoop_process_identity_open_again (
      request->identity->pid, request->identity->start_time, NULL);

  if (identity != NULL)
    return TRUE;
  /* In this thread, because it takes its time, and before anybody is told. */
  if (request->tracer != NULL)
    memsnoop_heap_tracer_detach (request->tracer);
  else
    g_clear_pointer (&request->setup->tracer, memsnoop_heap_tracer_stop);
  return FALSE;
}

static void
attach_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Request *request = data;
  GError *error = NULL;

  if (!attach (request, &error))
    return_error (task, request, error);
  else if (!is_still_there (request))
    return_exited (task, request);
  else if (request->extended != NULL)
    g_task_return_int (task, request->choice->functions->len);
  else
    g_task_return_pointer (task, g_steal_pointer (&request->setup),
                           (GDestroyNotify) memsnoop_heap_setup_free);
}

/* Finding the functions */

static void look_at_next (GTask *task);

static gchar *
name_module (const MemsnoopMappedModule *module)
{
  return g_strdup_printf ("%x:%x %" G_GUINT64_FORMAT, module->major, module->minor, module->inode);
}

static gboolean
is_known (const Request *request, const MemsnoopMappedModule *module)
{
  g_autofree gchar *name = name_module (module);

  return request->extended != NULL && g_hash_table_contains (request->extended->known, name);
}

static void
remember_modules (Request *request)
{
  MemsnoopHeapSetup *setup = request->extended != NULL ? request->extended : request->setup;

  for (guint i = 0; i < request->modules->list->len; i++)
    g_hash_table_add (setup->known, name_module (request->modules->list->pdata[i]));
  if (request->choice == NULL)
    return;
  setup->no_return_probes |= request->choice->no_return_probes;
  request->choice->no_return_probes = setup->no_return_probes;
}

static void
choose (GTask *task)
{
  Request *request = g_task_get_task_data (task);
  GError *error = NULL;

  request->choice = memsnoop_allocator_choose (request->identity->pid, request->modules,
                                               request->answers, &error);
  remember_modules (request);
  if (request->choice == NULL && request->extended != NULL)
    {
      g_error_free (error);
      g_task_return_int (task, 0);
    }
  else if (request->choice == NULL)
    return_error (task, request, error);
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

      if (is_known (request, request->modules->list->pdata[request->next]))
        continue;
      if (can_be_read (request, entry))
        {
          memsnoop_worker_find_functions_async (
              request->worker, request->setup->table, entry, KERNEL_EMULATES_LONG_NOPS,
              g_task_get_cancellable (task), on_functions_found, task);
          return;
        }
      request->answers[request->next].reason = "it could not be opened";
    }
  choose (task);
}

/* The programs in the kernel read arguments and stacks as 64-bit code has them. */
static gboolean
check_class (const Request *request, const MemsnoopMappedModule *module, GError **error)
{
  gchar identification[EI_NIDENT] = { 0 };
  int descriptor = memsnoop_mapped_module_open (module, request->identity, error);
  gssize length;

  if (descriptor < 0)
    return FALSE;
  length = pread (descriptor, identification, sizeof identification, 0);
  close (descriptor);
  if (length != sizeof identification || identification[EI_CLASS] != ELFCLASS32)
    return TRUE;
  g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_NOT_SUPPORTED,
               "The process %u runs a 32-bit program; only 64-bit programs can be recorded with "
               "call stacks",
               request->identity->pid);
  return FALSE;
}

/* Which of the modules is the program cannot be told of 32-bit ones, but then all are. (So a 64-bit
 * program need not be one that can be opened.) */
static gboolean
check_program (const Request *request, GError **error)
{
  const GPtrArray *list = request->modules->list;

  for (guint i = 0; i < list->len; i++)
    if (((const MemsnoopMappedModule *) list->pdata[i])->is_program)
      return TRUE;
  return list->len == 0 || check_class (request, list->pdata[0], error);
}

static gboolean
has_unknown (const Request *request)
{
  for (guint i = 0; i < request->modules->list->len; i++)
    if (!is_known (request, request->modules->list->pdata[i]))
      return TRUE;
  return request->extended == NULL;
}

/* Such a module is missing in all stacks, which people have to know. */
static void
note_unreadable (MemsnoopHeapSetup *setup)
{
  for (guint i = 0; i < memsnoop_module_table_get_length (setup->table); i++)
    {
      const MemsnoopModuleEntry *entry = memsnoop_module_table_get (setup->table, i);

      if (entry->obstacle != NULL)
        g_ptr_array_add (setup->notes,
                         g_strdup_printf ("Its functions have no names, and calls are not "
                                          "followed through them: %s",
                                          entry->obstacle));
    }
}

static gboolean
read_modules (Request *request, GError **error)
{
  request->modules = memsnoop_mapped_modules_read (request->identity, error);
  if (request->modules == NULL)
    return FALSE;
  if (!has_unknown (request))
    return TRUE;
  if (!check_program (request, error))
    return FALSE;
  request->setup->table = memsnoop_process_modules_read (request->identity, error);
  if (request->setup->table == NULL)
    return FALSE;
  note_unreadable (request->setup);
  request->answers = g_new0 (MemsnoopAllocatorAnswer, request->modules->list->len);
  request->found = g_ptr_array_new_with_free_func ((GDestroyNotify) memsnoop_allocator_module_free);
  return TRUE;
}

static void
read_modules_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Request *request = data;
  GError *error = NULL;

  if (request->tracer != NULL)
    memsnoop_heap_attachment_sweep (memsnoop_heap_tracer_get_maps (request->tracer)->attachment);
  if (read_modules (data, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
on_modules_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Request *request = g_task_get_task_data (task);
  GError *error = NULL;

  if (!g_task_propagate_boolean (G_TASK (result), &error))
    return_error (task, request, error);
  else if (request->setup->table == NULL)
    g_task_return_int (task, 0);
  else if (request->growth)
    g_task_run_in_thread (task, attach_in_thread);
  else
    {
      look_at_next (task);
      return;
    }
  g_object_unref (task);
}

static Request *
request_new (MemsnoopWorker *worker, const MemsnoopProcessIdentity *identity)
{
  Request *request = g_new0 (Request, 1);

  request->worker = g_object_ref (worker);
  request->identity = identity;
  request->setup = g_new0 (MemsnoopHeapSetup, 1);
  request->setup->notes = g_ptr_array_new_with_free_func (g_free);
  request->setup->probes = memsnoop_probe_list_new ();
  request->setup->known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return request;
}

static void
begin (GTask *task, Request *request)
{
  g_autoptr (GTask) reading = g_task_new (NULL, NULL, on_modules_read, task);

  g_task_set_task_data (task, request, request_free);
  g_task_set_source_tag (reading, read_modules);
  g_task_set_task_data (reading, request, NULL);
  g_task_run_in_thread (reading, read_modules_in_thread);
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
  Request *request = request_new (worker, identity);

  request->sample_interval = sample_interval;
  request->map_memory = map_memory;
  g_task_set_source_tag (task, memsnoop_heap_setup_async);
  begin (task, request);
}

void
memsnoop_heap_setup_growth_async (MemsnoopWorker *worker,
                                  const MemsnoopProcessIdentity *identity,
                                  guint64 map_memory,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data)
{
  GTask *task = g_task_new (NULL, NULL, callback, user_data);
  Request *request = request_new (worker, identity);

  request->growth = TRUE;
  request->map_memory = map_memory;
  g_task_set_source_tag (task, memsnoop_heap_setup_growth_async);
  begin (task, request);
}

MemsnoopHeapSetup *
memsnoop_heap_setup_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

void
memsnoop_heap_setup_extend_async (MemsnoopHeapSetup *self,
                                  MemsnoopWorker *worker,
                                  const MemsnoopProcessIdentity *identity,
                                  MemsnoopHeapTracer *tracer,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  Request *request = request_new (worker, identity);

  request->extended = self;
  request->tracer = tracer;
  g_task_set_source_tag (task, memsnoop_heap_setup_extend_async);
  begin (task, request);
}

gssize
memsnoop_heap_setup_extend_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_int (G_TASK (result), error);
}
