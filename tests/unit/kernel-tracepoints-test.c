/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kernels of several ages, described by type information made here. */
#include "kernel-tracepoints.h"

#include <stdarg.h>
#include <string.h>

typedef struct
{
  struct btf *btf;
  int pointer; /* void * */
  int address; /* unsigned long */
  int size;    /* size_t */
  int flags;   /* gfp_t */
  int number;  /* int */
  int cache;   /* struct kmem_cache * */
} Kernel;

static void
begin_kernel (Kernel *kernel)
{
  int type;

  kernel->btf = btf__new_empty ();
  kernel->pointer = btf__add_ptr (kernel->btf, 0);
  kernel->address = btf__add_int (kernel->btf, "unsigned long", 8, 0);
  kernel->number = btf__add_int (kernel->btf, "int", 4, BTF_INT_SIGNED);
  kernel->size = btf__add_typedef (kernel->btf, "size_t", kernel->address);
  kernel->flags = btf__add_typedef (kernel->btf, "gfp_t", kernel->number);
  type = btf__add_struct (kernel->btf, "kmem_cache", 8);
  kernel->cache = btf__add_ptr (kernel->btf, btf__add_const (kernel->btf, type));
}

/* The handlers' own first argument goes before those that are given, which end with 0. */
static void
add_tracepoint (Kernel *kernel, const gchar *name, ...)
{
  g_autofree gchar *type_name = g_strconcat ("btf_trace_", name, NULL);
  int prototype = btf__add_func_proto (kernel->btf, 0), argument;
  va_list arguments;

  btf__add_func_param (kernel->btf, "", kernel->pointer);
  va_start (arguments, name);
  while ((argument = va_arg (arguments, int)) != 0)
    btf__add_func_param (kernel->btf, "", argument);
  va_end (arguments);
  btf__add_typedef (kernel->btf, type_name, btf__add_ptr (kernel->btf, prototype));
}

static void
add_other_tracepoints (Kernel *kernel)
{
  add_tracepoint (kernel, "kfree", kernel->address, kernel->pointer, 0);
  add_tracepoint (kernel, "kmem_cache_free", kernel->address, kernel->pointer, 0);
  add_tracepoint (kernel, "sched_process_fork", kernel->pointer, kernel->pointer, 0);
  add_tracepoint (kernel, "sched_process_exec", kernel->pointer, kernel->number, kernel->pointer,
                  0);
  add_tracepoint (kernel, "sched_process_exit", kernel->pointer, 0);
}

static void
test_a_kernel_since_6_1_tells_the_cache_and_not_its_sizes (void)
{
  Kernel k;
  MemsnoopKernelTracepoints tracepoints;
  g_autofree gchar *reason = NULL;

  begin_kernel (&k);
  add_tracepoint (&k, "kmalloc", k.address, k.pointer, k.size, k.size, k.flags, k.number, 0);
  add_tracepoint (&k, "kmem_cache_alloc", k.address, k.pointer, k.cache, k.flags, k.number, 0);
  add_other_tracepoints (&k);
  g_assert_true (memsnoop_kernel_tracepoints_read (k.btf, &tracepoints, &reason));
  g_assert_cmpuint (tracepoints.kmalloc.size_argument, ==, 2);
  g_assert_cmpuint (tracepoints.cache_alloc.cache_argument, ==, 2);
  g_assert_cmpuint (tracepoints.cache_alloc.size_argument, ==, 0);
  g_assert_false (tracepoints.kmalloc_node.exists);
  g_assert_false (tracepoints.cache_alloc_node.exists);
  g_assert_false (tracepoints.bulk_free);
  g_assert_false (tracepoints.cache_lookup);
  g_assert_cmphex (tracepoints.gfp_account, ==, 0x400000);
  g_assert_cmphex (tracepoints.slab_reclaimable, ==, 0x20000);
  btf__free (k.btf);
}

static void
test_a_kernel_5_19_has_the_cache_before_the_sizes (void)
{
  Kernel k;
  MemsnoopKernelTracepoints tracepoints;
  g_autofree gchar *reason = NULL;

  begin_kernel (&k);
  add_tracepoint (&k, "kmalloc", k.address, k.pointer, k.cache, k.size, k.size, k.flags, 0);
  add_tracepoint (&k, "kmalloc_node", k.address, k.pointer, k.cache, k.size, k.size, k.flags,
                  k.number, 0);
  add_tracepoint (&k, "kmem_cache_alloc", k.address, k.pointer, k.cache, k.size, k.size, k.flags,
                  0);
  add_tracepoint (&k, "kmem_cache_alloc_node", k.address, k.pointer, k.cache, k.size, k.size,
                  k.flags, k.number, 0);
  add_other_tracepoints (&k);
  g_assert_true (memsnoop_kernel_tracepoints_read (k.btf, &tracepoints, &reason));
  g_assert_cmpuint (tracepoints.kmalloc.size_argument, ==, 3);
  g_assert_true (tracepoints.kmalloc_node.exists);
  g_assert_cmpuint (tracepoints.kmalloc_node.size_argument, ==, 3);
  g_assert_cmpuint (tracepoints.cache_alloc.cache_argument, ==, 2);
  g_assert_true (tracepoints.cache_alloc_node.exists);
  btf__free (k.btf);
}

static void
test_a_kernel_5_15_tells_sizes_and_no_cache (void)
{
  Kernel k;
  MemsnoopKernelTracepoints tracepoints;
  g_autofree gchar *reason = NULL;

  begin_kernel (&k);
  add_tracepoint (&k, "kmalloc", k.address, k.pointer, k.size, k.size, k.flags, 0);
  add_tracepoint (&k, "kmem_cache_alloc", k.address, k.pointer, k.size, k.size, k.flags, 0);
  add_other_tracepoints (&k);
  g_assert_true (memsnoop_kernel_tracepoints_read (k.btf, &tracepoints, &reason));
  g_assert_cmpuint (tracepoints.cache_alloc.cache_argument, ==, 0);
  g_assert_cmpuint (tracepoints.cache_alloc.size_argument, ==, 2);
  btf__free (k.btf);
}

static void
test_unknown_arguments_are_refused_with_the_tracepoints_name (void)
{
  Kernel k;
  MemsnoopKernelTracepoints tracepoints;
  g_autofree gchar *reason = NULL;

  begin_kernel (&k);
  add_tracepoint (&k, "kmalloc", k.size, k.address, k.pointer, k.flags, 0);
  add_tracepoint (&k, "kmem_cache_alloc", k.address, k.pointer, k.cache, k.flags, 0);
  add_other_tracepoints (&k);
  g_assert_false (memsnoop_kernel_tracepoints_read (k.btf, &tracepoints, &reason));
  g_assert_nonnull (strstr (reason, "kmalloc"));
  btf__free (k.btf);
}

static void
test_a_missing_tracepoint_is_named (void)
{
  Kernel k;
  MemsnoopKernelTracepoints tracepoints;
  g_autofree gchar *reason = NULL;

  begin_kernel (&k);
  add_other_tracepoints (&k);
  g_assert_false (memsnoop_kernel_tracepoints_read (k.btf, &tracepoints, &reason));
  g_assert_nonnull (strstr (reason, "kmalloc"));
  btf__free (k.btf);
}

static void
test_allocation_flags_and_abilities_are_read_from_the_kernel (void)
{
  Kernel k;
  MemsnoopKernelTracepoints tracepoints;
  g_autofree gchar *reason = NULL;

  begin_kernel (&k);
  add_tracepoint (&k, "kmalloc", k.address, k.pointer, k.size, k.size, k.flags, k.number, 0);
  add_tracepoint (&k, "kmem_cache_alloc", k.address, k.pointer, k.cache, k.flags, k.number, 0);
  add_tracepoint (&k, "rcu_invoke_kfree_bulk_callback", k.pointer, k.address, k.pointer, 0);
  add_other_tracepoints (&k);
  btf__add_enum (k.btf, "", 4);
  btf__add_enum_value (k.btf, "___GFP_DMA_BIT", 1);
  btf__add_enum_value (k.btf, "___GFP_RECLAIMABLE_BIT", 6);
  btf__add_enum_value (k.btf, "___GFP_ACCOUNT_BIT", 30);
  btf__add_enum (k.btf, "_slab_flag_bits", 4);
  btf__add_enum_value (k.btf, "_SLAB_RECLAIM_ACCOUNT", 15);
  btf__add_enum (k.btf, "bpf_func_id", 4);
  btf__add_enum_value (k.btf, "BPF_FUNC_loop", 181);
  btf__add_func (k.btf, "bpf_get_kmem_cache", BTF_FUNC_STATIC,
                 btf__add_func_proto (k.btf, k.cache));
  g_assert_true (memsnoop_kernel_tracepoints_read (k.btf, &tracepoints, &reason));
  g_assert_cmphex (tracepoints.gfp_dma, ==, 1u << 1);
  g_assert_cmphex (tracepoints.gfp_reclaimable, ==, 1u << 6);
  g_assert_cmphex (tracepoints.gfp_account, ==, 1u << 30);
  g_assert_cmphex (tracepoints.slab_reclaimable, ==, 1u << 15);
  g_assert_true (tracepoints.bulk_free);
  g_assert_true (tracepoints.cache_lookup);
  btf__free (k.btf);
}

static void
test_growth_needs_each_change_of_the_counters_told (void)
{
  g_autofree gchar *without = NULL, *in_batches = NULL, *obstacle = NULL;
  Kernel kernel;

  begin_kernel (&kernel);
  add_tracepoint (&kernel, "mm_page_alloc", kernel.pointer, kernel.number, kernel.flags,
                  kernel.number, 0);
  without = memsnoop_kernel_tracepoints_check_growth (kernel.btf);
  g_assert_nonnull (strstr (without, "kmem:rss_stat"));
  add_tracepoint (&kernel, "rss_stat", kernel.pointer, kernel.number, 0);
  obstacle = memsnoop_kernel_tracepoints_check_growth (kernel.btf);
  g_assert_null (obstacle);
  btf__free (kernel.btf);

  begin_kernel (&kernel);
  add_tracepoint (&kernel, "mm_page_alloc", kernel.pointer, kernel.number, kernel.flags,
                  kernel.number, 0);
  /* Before Linux 6.2: with the count. */
  add_tracepoint (&kernel, "rss_stat", kernel.pointer, kernel.number, kernel.address, 0);
  in_batches = memsnoop_kernel_tracepoints_check_growth (kernel.btf);
  g_assert_nonnull (strstr (in_batches, "Linux 6.2"));
  btf__free (kernel.btf);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, test) g_test_add_func ("/kernel-tracepoints/" name, test)
  ADD ("a-kernel-since-6.1-tells-the-cache-and-not-its-sizes",
       test_a_kernel_since_6_1_tells_the_cache_and_not_its_sizes);
  ADD ("a-kernel-5.19-has-the-cache-before-the-sizes",
       test_a_kernel_5_19_has_the_cache_before_the_sizes);
  ADD ("a-kernel-5.15-tells-sizes-and-no-cache", test_a_kernel_5_15_tells_sizes_and_no_cache);
  ADD ("unknown-arguments-are-refused-with-the-tracepoints-name",
       test_unknown_arguments_are_refused_with_the_tracepoints_name);
  ADD ("a-missing-tracepoint-is-named", test_a_missing_tracepoint_is_named);
  ADD ("allocation-flags-and-abilities-are-read-from-the-kernel",
       test_allocation_flags_and_abilities_are_read_from_the_kernel);
  ADD ("growth-needs-each-change-of-the-counters-told",
       test_growth_needs_each_change_of_the_counters_told);
  return g_test_run ();
}
