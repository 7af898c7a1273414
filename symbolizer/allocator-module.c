/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "allocator-module.h"

enum
{
  FLAG_MAY_THROW = 1 << 0,
  FLAG_PASSES_ON = 1 << 1,
  FLAG_POSSIBLE = 1 << 2,
  FLAG_FAST = 1 << 3,
  FLAG_SKIPS_NULL = 1 << 4,
  FLAG_RETURNS_COMPLETE = 1 << 5,
  FUNCTION_FLAGS = (1 << 6) - 1,
};

enum
{
  FLAG_STATIC = 1 << 0,
  FLAG_GO = 1 << 1,
  MODULE_FLAGS = (1 << 2) - 1,
};

MemsnoopAllocatorFunction *
memsnoop_allocator_function_new (void)
{
  return g_new0 (MemsnoopAllocatorFunction, 1);
}

void
memsnoop_allocator_function_free (MemsnoopAllocatorFunction *function)
{
  if (function == NULL)
    return;
  g_strfreev (function->names);
  g_free (function);
}

MemsnoopAllocatorModule *
memsnoop_allocator_module_new (void)
{
  MemsnoopAllocatorModule *self = g_new0 (MemsnoopAllocatorModule, 1);

  self->functions =
      g_ptr_array_new_with_free_func ((GDestroyNotify) memsnoop_allocator_function_free);
  self->skipped = g_ptr_array_new_with_free_func (g_free);
  return self;
}

void
memsnoop_allocator_module_free (MemsnoopAllocatorModule *self)
{
  if (self == NULL)
    return;
  g_ptr_array_unref (self->functions);
  g_ptr_array_unref (self->skipped);
  g_free (self);
}

const gchar *
memsnoop_allocator_kind_text (MemsnoopAllocatorKind kind)
{
  static const gchar *const texts[MEMSNOOP_ALLOCATOR_N_KINDS] = {
    [MEMSNOOP_ALLOCATOR_KIND_NONE] = "none",
    [MEMSNOOP_ALLOCATOR_KIND_UNKNOWN] = "unknown",
    [MEMSNOOP_ALLOCATOR_KIND_GLIBC] = "glibc",
    [MEMSNOOP_ALLOCATOR_KIND_MUSL] = "musl",
    [MEMSNOOP_ALLOCATOR_KIND_JEMALLOC] = "jemalloc",
    [MEMSNOOP_ALLOCATOR_KIND_TCMALLOC] = "tcmalloc",
    [MEMSNOOP_ALLOCATOR_KIND_MIMALLOC] = "mimalloc",
  };

  return kind < MEMSNOOP_ALLOCATOR_N_KINDS ? texts[kind] : "unknown";
}

static guint32
function_flags (const MemsnoopAllocatorFunction *function)
{
  return (function->may_throw ? FLAG_MAY_THROW : 0U) | (function->passes_on ? FLAG_PASSES_ON : 0U) |
         (function->probe.possible ? FLAG_POSSIBLE : 0U) | (function->probe.fast ? FLAG_FAST : 0U) |
         (function->probe.skips_null ? FLAG_SKIPS_NULL : 0U) |
         (function->returns.complete ? FLAG_RETURNS_COMPLETE : 0U);
}

static GVariant *
function_to_variant (const MemsnoopAllocatorFunction *function)
{
  GVariant *returns = g_variant_new_fixed_array (G_VARIANT_TYPE_INT64, function->returns.offsets,
                                                 function->returns.n_offsets, sizeof (gint64));

  return g_variant_new ("(yuttuus^as@axs)", (guchar) function->operation, function_flags (function),
                        function->offset, function->size, function->probe.offset,
                        function->probe.stack_offset, function->probe.reason, function->names,
                        returns, function->returns.reason);
}

GVariant *
memsnoop_allocator_module_to_variant (const MemsnoopAllocatorModule *self)
{
  GVariantBuilder functions;
  GVariantBuilder skipped;

  g_variant_builder_init (&functions, G_VARIANT_TYPE ("a" MEMSNOOP_ALLOCATOR_FUNCTION_TYPE));
  for (guint i = 0; i < self->functions->len; i++)
    g_variant_builder_add_value (&functions, function_to_variant (self->functions->pdata[i]));
  g_variant_builder_init (&skipped, G_VARIANT_TYPE ("as"));
  for (guint i = 0; i < self->skipped->len; i++)
    g_variant_builder_add (&skipped, "s", self->skipped->pdata[i]);
  return g_variant_new ("(yua" MEMSNOOP_ALLOCATOR_FUNCTION_TYPE "as)", (guchar) self->kind,
                        (self->is_static ? FLAG_STATIC : 0U) | (self->is_go ? FLAG_GO : 0U),
                        &functions, &skipped);
}

static gboolean
read_names (MemsnoopAllocatorFunction *function)
{
  guint n = g_strv_length (function->names);

  if (n == 0 || n > MEMSNOOP_ALLOCATOR_ALIASES_MAX)
    return FALSE;
  for (guint i = 0; i < n; i++)
    if (memsnoop_allocator_name_find (function->names[i]) == NULL)
      return FALSE;
  return TRUE;
}

/* Offsets are from the entry, and in the file like the entry itself. */
static gboolean
read_returns (MemsnoopAllocatorFunction *function, GVariant *returns)
{
  gsize n;
  const gint64 *offsets = g_variant_get_fixed_array (returns, &n, sizeof (gint64));

  if (n > MEMSNOOP_PROBE_RETURNS_MAX)
    return FALSE;
  for (gsize i = 0; i < n; i++)
    {
      if (offsets[i] < -(gint64) function->offset ||
          offsets[i] >= G_MAXINT64 - (gint64) function->offset ||
          (i > 0 && offsets[i] <= offsets[i - 1]))
        return FALSE;
      function->returns.offsets[i] = offsets[i];
    }
  function->returns.n_offsets = (guint32) n;
  return TRUE;
}

static gboolean
check_function (MemsnoopAllocatorFunction *function, guchar operation, guint32 flags)
{
  function->operation = operation;
  function->may_throw = (flags & FLAG_MAY_THROW) != 0;
  function->passes_on = (flags & FLAG_PASSES_ON) != 0;
  function->probe.possible = (flags & FLAG_POSSIBLE) != 0;
  function->probe.fast = (flags & FLAG_FAST) != 0;
  function->probe.skips_null = (flags & FLAG_SKIPS_NULL) != 0;
  function->returns.complete = (flags & FLAG_RETURNS_COMPLETE) != 0;
  return operation < MEMSNOOP_ALLOCATOR_N_OPERATIONS && (flags & ~(guint32) FUNCTION_FLAGS) == 0 &&
         function->offset < G_MAXINT64 && function->probe.offset < MEMSNOOP_PROBE_SEARCH_BYTES &&
         (function->size == 0 || function->probe.offset < function->size) &&
         function->probe.stack_offset <= G_MAXINT16 && read_names (function);
}

static MemsnoopAllocatorFunction *
function_from_variant (GVariant *variant)
{
  g_autoptr (MemsnoopAllocatorFunction) function = memsnoop_allocator_function_new ();
  g_autoptr (GVariant) returns = NULL;
  const gchar *reason;
  const gchar *returns_reason;
  guchar operation;
  guint32 flags;

  g_variant_get (variant, "(yuttuu&s^as@ax&s)", &operation, &flags, &function->offset,
                 &function->size, &function->probe.offset, &function->probe.stack_offset, &reason,
                 &function->names, &returns, &returns_reason);
  g_strlcpy (function->probe.reason, reason, sizeof function->probe.reason);
  g_strlcpy (function->returns.reason, returns_reason, sizeof function->returns.reason);
  if (!check_function (function, operation, flags) || !read_returns (function, returns))
    return NULL;
  return g_steal_pointer (&function);
}

static gboolean
read_functions (MemsnoopAllocatorModule *self, GVariant *functions)
{
  gsize n = g_variant_n_children (functions);

  if (n > MEMSNOOP_ALLOCATOR_FUNCTIONS_MAX)
    return FALSE;
  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GVariant) child = g_variant_get_child_value (functions, i);
      MemsnoopAllocatorFunction *function = function_from_variant (child);

      if (function == NULL)
        return FALSE;
      g_ptr_array_add (self->functions, function);
    }
  return TRUE;
}

MemsnoopAllocatorModule *
memsnoop_allocator_module_from_variant (GVariant *variant)
{
  g_autoptr (MemsnoopAllocatorModule) self = memsnoop_allocator_module_new ();
  g_autoptr (GVariant) functions = NULL;
  g_autofree const gchar **skipped = NULL;
  guchar kind;
  guint32 flags;

  if (!g_variant_is_of_type (variant, G_VARIANT_TYPE (MEMSNOOP_ALLOCATOR_MODULE_TYPE)))
    return NULL;
  g_variant_get (variant, "(yu@a" MEMSNOOP_ALLOCATOR_FUNCTION_TYPE "^a&s)", &kind, &flags,
                 &functions, &skipped);
  self->kind = kind;
  self->is_static = (flags & FLAG_STATIC) != 0;
  self->is_go = (flags & FLAG_GO) != 0;
  if (kind >= MEMSNOOP_ALLOCATOR_N_KINDS || (flags & ~(guint32) MODULE_FLAGS) != 0 ||
      g_strv_length ((gchar **) skipped) > MEMSNOOP_ALLOCATOR_SKIPPED_MAX ||
      !read_functions (self, functions))
    return NULL;
  for (guint i = 0; skipped[i] != NULL; i++)
    g_ptr_array_add (self->skipped, g_strdup (skipped[i]));
  return g_steal_pointer (&self);
}
