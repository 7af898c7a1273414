/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel-tracepoints.h"

static const struct btf_type *
skip_modifiers (const struct btf *btf, guint32 id)
{
  const struct btf_type *type = btf__type_by_id (btf, id);

  while (type != NULL && (btf_is_mod (type)))
    type = btf__type_by_id (btf, type->type);
  return type;
}

/* The prototype of a tracepoint's handlers: a typedef of a pointer to a function. */
static const struct btf_type *
find_prototype (const struct btf *btf, const gchar *tracepoint)
{
  g_autofree gchar *name = g_strconcat ("btf_trace_", tracepoint, NULL);
  gint32 id = btf__find_by_name_kind (btf, name, BTF_KIND_TYPEDEF);
  const struct btf_type *type;

  if (id < 0)
    return NULL;
  type = btf__type_by_id (btf, btf__type_by_id (btf, (guint32) id)->type);
  if (type == NULL || !btf_is_ptr (type))
    return NULL;
  type = btf__type_by_id (btf, type->type);
  return type != NULL && btf_is_func_proto (type) ? type : NULL;
}

static gboolean
is_size (const struct btf *btf, guint32 id)
{
  const struct btf_type *type = btf__type_by_id (btf, id);

  return type != NULL && btf_is_typedef (type) &&
         g_str_equal (btf__name_by_offset (btf, type->name_off), "size_t");
}

static gboolean
is_cache (const struct btf *btf, guint32 id)
{
  const struct btf_type *type = skip_modifiers (btf, id);

  if (type == NULL || !btf_is_ptr (type))
    return FALSE;
  type = skip_modifiers (btf, type->type);
  return type != NULL && btf_is_struct (type) &&
         g_str_equal (btf__name_by_offset (btf, type->name_off), "kmem_cache");
}

static void
read_allocation (const struct btf *btf, const gchar *name, MemsnoopAllocationTracepoint *tracepoint)
{
  const struct btf_type *prototype = find_prototype (btf, name);
  const struct btf_param *parameters;

  *tracepoint = (MemsnoopAllocationTracepoint){ 0 };
  if (prototype == NULL)
    return;
  tracepoint->exists = TRUE;
  parameters = btf_params (prototype);
  /* The first parameter is the handler's own; programs do not see it. */
  for (guint i = 1; i < btf_vlen (prototype); i++)
    {
      if (tracepoint->cache_argument == 0 && is_cache (btf, parameters[i].type))
        tracepoint->cache_argument = i - 1;
      if (tracepoint->size_argument == 0 && is_size (btf, parameters[i].type))
        tracepoint->size_argument = i - 1;
    }
}

static gboolean
find_enumerator (const struct btf *btf, const gchar *name, gint32 *value)
{
  guint32 count = btf__type_cnt (btf);

  for (guint32 id = 1; id < count; id++)
    {
      const struct btf_type *type = btf__type_by_id (btf, id);
      const struct btf_enum *values;

      if (!btf_is_enum (type))
        continue;
      values = btf_enum (type);
      for (guint i = 0; i < btf_vlen (type); i++)
        if (g_str_equal (btf__name_by_offset (btf, values[i].name_off), name))
          {
            *value = values[i].val;
            return TRUE;
          }
    }
  return FALSE;
}

/* The kernel numbers the bits of flags in enumerations since 6.9 and 6.10; before, they were
 * constants. */
static guint32
find_flag (const struct btf *btf, const gchar *name, guint32 otherwise)
{
  gint32 bit;

  return find_enumerator (btf, name, &bit) ? 1u << bit : otherwise;
}

/* The program for bulks calls bpf_loop(), which came with 5.17. */
static gboolean
can_see_bulk_frees (const struct btf *btf)
{
  gint32 number;

  return find_prototype (btf, "rcu_invoke_kfree_bulk_callback") != NULL &&
         find_enumerator (btf, "BPF_FUNC_loop", &number);
}

static gboolean
explain (gchar **reason, const gchar *tracepoint, const gchar *what)
{
  *reason = g_strdup_printf ("The kernel's tracepoint %s %s.", tracepoint, what);
  return FALSE;
}

static gboolean
check_kmalloc (const MemsnoopAllocationTracepoint *tracepoint, const gchar *name, gchar **reason)
{
  if (tracepoint->exists && tracepoint->size_argument != 2 && tracepoint->size_argument != 3)
    return explain (reason, name, "has arguments that this version does not know");
  return TRUE;
}

static gboolean
check_cache_alloc (const MemsnoopAllocationTracepoint *tracepoint,
                   const gchar *name,
                   gchar **reason)
{
  if (tracepoint->exists && tracepoint->cache_argument != 2 && tracepoint->size_argument != 2)
    return explain (reason, name, "has arguments that this version does not know");
  return TRUE;
}

gboolean
memsnoop_kernel_tracepoints_read (const struct btf *btf,
                                  MemsnoopKernelTracepoints *tracepoints,
                                  gchar **reason)
{
  static const gchar *const needed[] = { "kmalloc",
                                         "kfree",
                                         "kmem_cache_alloc",
                                         "kmem_cache_free",
                                         "sched_process_fork",
                                         "sched_process_exec",
                                         "sched_process_exit" };

  for (guint i = 0; i < G_N_ELEMENTS (needed); i++)
    if (find_prototype (btf, needed[i]) == NULL)
      return explain (reason, needed[i], "does not exist or has no BTF");

  read_allocation (btf, "kmalloc", &tracepoints->kmalloc);
  read_allocation (btf, "kmalloc_node", &tracepoints->kmalloc_node);
  read_allocation (btf, "kmem_cache_alloc", &tracepoints->cache_alloc);
  read_allocation (btf, "kmem_cache_alloc_node", &tracepoints->cache_alloc_node);
  tracepoints->bulk_free = can_see_bulk_frees (btf);
  tracepoints->cache_lookup =
      btf__find_by_name_kind (btf, "bpf_get_kmem_cache", BTF_KIND_FUNC) >= 0;
  tracepoints->gfp_dma = find_flag (btf, "___GFP_DMA_BIT", 0x1);
  tracepoints->gfp_reclaimable = find_flag (btf, "___GFP_RECLAIMABLE_BIT", 0x10);
  tracepoints->gfp_account = find_flag (btf, "___GFP_ACCOUNT_BIT", 0x400000);
  tracepoints->slab_reclaimable = find_flag (btf, "_SLAB_RECLAIM_ACCOUNT", 0x20000);

  return check_kmalloc (&tracepoints->kmalloc, "kmalloc", reason) &&
         check_kmalloc (&tracepoints->kmalloc_node, "kmalloc_node", reason) &&
         check_cache_alloc (&tracepoints->cache_alloc, "kmem_cache_alloc", reason) &&
         check_cache_alloc (&tracepoints->cache_alloc_node, "kmem_cache_alloc_node", reason);
}

/* Arguments that programs see; -1: there is no such tracepoint. */
static gint
count_arguments (const struct btf *btf, const gchar *tracepoint)
{
  const struct btf_type *prototype = find_prototype (btf, tracepoint);

  return prototype != NULL ? (gint) btf_vlen (prototype) - 1 : -1;
}

gchar *
memsnoop_kernel_tracepoints_check_growth (const struct btf *btf)
{
  if (count_arguments (btf, "mm_page_alloc") != 4)
    return g_strdup ("The kernel has no tracepoint kmem:mm_page_alloc with four arguments");
  if (count_arguments (btf, "rss_stat") < 2)
    return g_strdup ("The kernel has no tracepoint kmem:rss_stat");
  if (count_arguments (btf, "rss_stat") > 2)
    return g_strdup ("The kernel counts pages of processes in batches (before Linux 6.2), so that "
                     "its tracepoint kmem:rss_stat does not tell where each was touched");
  return NULL;
}
