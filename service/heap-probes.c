/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "heap-probes.h"

#include "user-file-system.h"

#include <unistd.h>

G_STATIC_ASSERT ((int) MEMSNOOP_ALLOCATOR_MALLOC == MEMSNOOP_HEAP_MALLOC);
G_STATIC_ASSERT ((int) MEMSNOOP_ALLOCATOR_CALLOC == MEMSNOOP_HEAP_CALLOC);
G_STATIC_ASSERT ((int) MEMSNOOP_ALLOCATOR_REALLOC == MEMSNOOP_HEAP_REALLOC);
G_STATIC_ASSERT ((int) MEMSNOOP_ALLOCATOR_REALLOCARRAY == MEMSNOOP_HEAP_REALLOCARRAY);
G_STATIC_ASSERT ((int) MEMSNOOP_ALLOCATOR_MEMALIGN == MEMSNOOP_HEAP_MEMALIGN);
G_STATIC_ASSERT ((int) MEMSNOOP_ALLOCATOR_POSIX_MEMALIGN == MEMSNOOP_HEAP_POSIX_MEMALIGN);
G_STATIC_ASSERT ((int) MEMSNOOP_ALLOCATOR_FREE == MEMSNOOP_HEAP_FREE);
G_STATIC_ASSERT ((int) MEMSNOOP_ALLOCATOR_MMAP == MEMSNOOP_HEAP_MMAP);
G_STATIC_ASSERT ((int) MEMSNOOP_ALLOCATOR_MUNMAP == MEMSNOOP_HEAP_MUNMAP);
G_STATIC_ASSERT ((int) MEMSNOOP_ALLOCATOR_MREMAP == MEMSNOOP_HEAP_MREMAP);

static void
close_descriptor (gpointer descriptor)
{
  close (*(int *) descriptor);
}

/* Why the function cannot be recorded; NULL when it can. */
static const gchar *
find_hindrance (const MemsnoopAllocatorChoice *choice, const MemsnoopAllocatorFunction *function)
{
  if (!function->probe.possible)
    return function->probe.reason;
  if (function->operation == MEMSNOOP_ALLOCATOR_FREE ||
      function->operation == MEMSNOOP_ALLOCATOR_MUNMAP)
    return NULL;
  if (function->may_throw && function->returns.n_offsets == 0)
    return function->returns.reason;
  if (!function->may_throw && choice->no_return_probes)
    return "its return would have to be probed, which programs written in Go do not survive";
  return NULL;
}

static gboolean
needs_returns (const MemsnoopAllocatorFunction *function)
{
  return function->may_throw && function->operation != MEMSNOOP_ALLOCATOR_FREE;
}

static void
add_note (MemsnoopHeapProbes *self,
          const MemsnoopMappedModule *module,
          const MemsnoopAllocatorFunction *function,
          const gchar *what)
{
  g_autofree gchar *names = g_strjoinv (", ", function->names);

  g_ptr_array_add (self->notes, g_strdup_printf ("%s in %s: %s", names, module->path, what));
}

/* What of the function is not recorded, or slow. */
static void
note_limits (MemsnoopHeapProbes *self,
             const MemsnoopMappedModule *module,
             const MemsnoopAllocatorFunction *function,
             const gchar *hindrance)
{
  gboolean incomplete = needs_returns (function) && !function->returns.complete;
  gboolean is_heap = memsnoop_allocator_operation_is_heap (function->operation);

  if (hindrance != NULL)
    add_note (self, module, function, hindrance);
  else if (incomplete)
    add_note (self, module, function, function->returns.reason);
  else if (is_heap && !function->probe.fast)
    add_note (self, module, function, function->probe.reason);
  if (is_heap && (hindrance != NULL || incomplete))
    self->complete = FALSE;
}

static const guint64 *
copy_returns (MemsnoopHeapProbes *self, const MemsnoopAllocatorFunction *function)
{
  guint64 *offsets = g_new (guint64, function->returns.n_offsets);

  for (guint i = 0; i < function->returns.n_offsets; i++)
    offsets[i] = function->offset + function->returns.offsets[i];
  g_ptr_array_add (self->returns, offsets);
  return offsets;
}

/* Whose calls for pages do not count: those from the module with the function, and from that of the
 * allocator. A program that is linked statically is not told from its C library. */
static void
leave_out_callers (MemsnoopHeapProbe *probe,
                   const MemsnoopMappedModule *module,
                   const MemsnoopMappedModule *allocator)
{
  for (guint i = 0; i < module->mappings->len && !module->is_program; i++)
    {
      const MemsnoopModuleMapping *code =
          &g_array_index (module->mappings, MemsnoopModuleMapping, i);

      if (probe->offset - code->offset >= code->end - code->start)
        continue;
      probe->code_before = probe->offset - code->offset;
      probe->code_after = code->end - code->start - probe->code_before;
    }
  if (allocator == module || allocator->is_program)
    return;
  probe->allocator_start = g_array_index (allocator->mappings, MemsnoopModuleMapping, 0).start;
  probe->allocator_end =
      g_array_index (allocator->mappings, MemsnoopModuleMapping, allocator->mappings->len - 1).end;
}

static void
add_probe (MemsnoopHeapProbes *self,
           int descriptor,
           const MemsnoopAllocatorFunction *function,
           const MemsnoopMappedModule *module,
           const MemsnoopMappedModule *allocator)
{
  MemsnoopHeapProbe probe = {
    .module = descriptor,
    .function = (enum memsnoop_heap_function) function->operation,
    .offset = function->offset + function->probe.offset,
    .single_stepped = !function->probe.fast,
  };

  if (needs_returns (function))
    {
      probe.returns = copy_returns (self, function);
      probe.n_returns = function->returns.n_offsets;
    }
  if (!memsnoop_allocator_operation_is_heap (function->operation))
    leave_out_callers (&probe, module, allocator);
  g_array_append_val (self->probes, probe);
}

static const gchar *
name_return (const MemsnoopHeapProbe *probe)
{
  if (probe->function == MEMSNOOP_HEAP_FREE || probe->function == MEMSNOOP_HEAP_MUNMAP)
    return "none";
  if (probe->n_returns > 0)
    return "instructions";
  return memsnoop_uprobe_support () == MEMSNOOP_UPROBE_SESSION ? "session" : "return-probe";
}

static void
add_detail (MemsnoopHeapProbes *self,
            const MemsnoopMappedModule *module,
            const MemsnoopAllocatorFunction *function)
{
  const MemsnoopHeapProbe *probe =
      &g_array_index (self->probes, MemsnoopHeapProbe, self->probes->len - 1);
  MemsnoopProbeDetail *detail = memsnoop_probe_detail_new ();

  detail->functions = g_strjoinv (", ", function->names);
  detail->module = g_strdup (module->path);
  detail->offset = function->offset;
  detail->place = function->probe.offset;
  detail->fast = function->probe.fast;
  detail->skips_null = function->probe.skips_null;
  detail->placement = g_strdup (function->probe.reason);
  detail->returns = name_return (probe);
  detail->n_returns = (guint) probe->n_returns;
  detail->links = memsnoop_uprobe_support () == MEMSNOOP_UPROBE_CLASSIC ? "each" : "one";
  g_ptr_array_add (self->details, detail);
}

static const gchar *
find_hindrance_of_file (int descriptor, const MemsnoopProcessIdentity *identity)
{
  return memsnoop_user_file_system_has (descriptor, identity)
             ? "its file is on a file system that a program provides (FUSE), for which the whole "
               "machine would wait while a probe is placed"
             : NULL;
}

/* One descriptor for each module, however many of its functions are probed. */
static gboolean
open_module (MemsnoopHeapProbes *self,
             int *by_module,
             guint index,
             const MemsnoopMappedModules *modules,
             const MemsnoopProcessIdentity *identity,
             GError **error)
{
  if (by_module[index] >= 0)
    return TRUE;
  by_module[index] = memsnoop_mapped_module_open (modules->list->pdata[index], identity, error);
  if (by_module[index] < 0)
    return FALSE;
  g_array_append_val (self->descriptors, by_module[index]);
  return TRUE;
}

static gboolean
add_functions (MemsnoopHeapProbes *self,
               const MemsnoopAllocatorChoice *choice,
               const MemsnoopMappedModules *modules,
               const MemsnoopProcessIdentity *identity,
               GError **error)
{
  g_autofree int *by_module = g_new (int, modules->list->len);

  for (guint i = 0; i < modules->list->len; i++)
    by_module[i] = -1;
  for (guint i = 0; i < choice->functions->len; i++)
    {
      const MemsnoopEffectiveFunction *effective =
          &g_array_index (choice->functions, MemsnoopEffectiveFunction, i);
      const MemsnoopMappedModule *module = modules->list->pdata[effective->module];
      const gchar *hindrance = find_hindrance (choice, effective->function);

      if (!open_module (self, by_module, effective->module, modules, identity, error))
        return FALSE;
      if (hindrance == NULL)
        hindrance = find_hindrance_of_file (by_module[effective->module], identity);
      note_limits (self, module, effective->function, hindrance);
      if (hindrance != NULL)
        continue;
      add_probe (self, by_module[effective->module], effective->function, module,
                 modules->list->pdata[choice->allocator]);
      add_detail (self, module, effective->function);
    }
  return TRUE;
}

static gboolean
allocates (const MemsnoopHeapProbes *self)
{
  for (guint i = 0; i < self->probes->len; i++)
    if (g_array_index (self->probes, MemsnoopHeapProbe, i).function < MEMSNOOP_HEAP_FREE)
      return TRUE;
  return FALSE;
}

MemsnoopHeapProbes *
memsnoop_heap_probes_new (const MemsnoopAllocatorChoice *choice,
                          const MemsnoopMappedModules *modules,
                          const MemsnoopProcessIdentity *identity,
                          GError **error)
{
  g_autoptr (MemsnoopHeapProbes) self = g_new0 (MemsnoopHeapProbes, 1);

  self->complete = TRUE;
  self->probes = g_array_new (FALSE, FALSE, sizeof (MemsnoopHeapProbe));
  self->notes = g_ptr_array_new_with_free_func (g_free);
  self->details = g_ptr_array_new_with_free_func ((GDestroyNotify) memsnoop_probe_detail_unref);
  self->descriptors = g_array_new (FALSE, FALSE, sizeof (int));
  g_array_set_clear_func (self->descriptors, close_descriptor);
  self->returns = g_ptr_array_new_with_free_func (g_free);
  if (!add_functions (self, choice, modules, identity, error))
    return NULL;
  if (allocates (self))
    return g_steal_pointer (&self);
  g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_NOT_SUPPORTED,
               "No function by which process %u gets memory can be probed: %s", identity->pid,
               self->notes->len > 0 ? (const gchar *) self->notes->pdata[0] : "there is none");
  return NULL;
}

void
memsnoop_heap_probes_free (MemsnoopHeapProbes *self)
{
  if (self == NULL)
    return;
  g_array_unref (self->probes);
  g_ptr_array_unref (self->notes);
  g_ptr_array_unref (self->details);
  g_array_unref (self->descriptors);
  g_ptr_array_unref (self->returns);
  g_free (self);
}
