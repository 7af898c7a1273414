/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The programs for older kernels, on the running one. */
#include "kernel-maps.h"
#include "privileges.h"

#include <bpf/btf.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define DESCRIPTORS 1000

static void
open_and_close_descriptors (void)
{
  for (int i = 0; i < DESCRIPTORS; i++)
    close (eventfd (0, 0));
}

static const struct memsnoop_process_record *
find_own_record (MemsnoopKernelMaps *maps)
{
  for (guint32 i = MEMSNOOP_RECORD_FIRST; i < memsnoop_kernel_maps_records_end (maps); i++)
    if (maps->records[i].pid == (guint32) getpid ())
      return &maps->records[i];
  return NULL;
}

/* Before 6.13 the kernel does not tell which cache an address is in. */
static void
test_without_cache_lookup_and_with_the_rights_of_the_service (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MemsnoopKernelMaps) maps = NULL;
  g_autofree gchar *reason = NULL;
  MemsnoopKernelTracepoints tracepoints;
  const struct memsnoop_process_record *record;
  struct btf *btf = btf__load_vmlinux_btf ();

  g_assert_true (memsnoop_kernel_tracepoints_read (btf, &tracepoints, &reason));
  btf__free (btf);
  tracepoints.cache_lookup = FALSE;
  memsnoop_privileges_drop ("root", &error);
  g_assert_no_error (error);

  maps = memsnoop_kernel_maps_load (&tracepoints, MEMSNOOP_MAP_MEMORY_MIN, &error);
  g_assert_no_error (error);
  open_and_close_descriptors ();
  record = find_own_record (maps);
  g_assert_nonnull (record);
  g_assert_cmpuint (record->free_count, >=, DESCRIPTORS);
  g_assert_cmpuint (memsnoop_kernel_maps_drop_stale (maps, 0), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/kernel-maps/without-cache-lookup",
                   test_without_cache_lookup_and_with_the_rights_of_the_service);
  return g_test_run ();
}
