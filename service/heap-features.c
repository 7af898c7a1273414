/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "heap-features.h"

#include "growth-maps.h"
#include "kernel-maps.h"
#include "module-opener.h"
#include "uprobe-link.h"
#include "worker-process.h"

/* Where the kernel tells of uprobes as perf events. */
#define UPROBE_EVENTS "/sys/bus/event_source/devices/uprobe/type"

/* Returns: (nullable) (transfer full): why nothing can be recorded with call stacks. */
static gchar *
find_common_obstacle (void)
{
  g_autofree gchar *worker = memsnoop_worker_process_find_program ();
  gchar *reason = NULL;

  if (!memsnoop_kernel_maps_permitted (&reason))
    return reason;
  if (worker == NULL)
    return g_strdup (
        "The program memsnoop-symbolizer is not beside the service's own, or in a folder that "
        "the service's user may not enter");
  return NULL;
}

/* The same of heaps. */
static gchar *
find_obstacle (MemsnoopUprobeSupport support)
{
  if (support == MEMSNOOP_UPROBE_CLASSIC && !g_file_test (UPROBE_EVENTS, G_FILE_TEST_EXISTS))
    return g_strdup (
        "The kernel has no uprobes (CONFIG_UPROBE_EVENTS): there is no " UPROBE_EVENTS);
  return find_common_obstacle ();
}

static void
show_growth (MemsnoopManager *manager, MemsnoopHeapRecordings *recordings)
{
  g_autofree gchar *obstacle = find_common_obstacle ();

  if (obstacle == NULL)
    obstacle = memsnoop_growth_maps_find_obstacle ();
  memsnoop_manager_set_growth (manager, obstacle == NULL ? recordings : NULL, obstacle);
}

void
memsnoop_heap_features_show (MemsnoopManager *manager, MemsnoopHeapRecordings *heaps)
{
  MemsnoopUprobeSupport support = memsnoop_uprobe_support ();
  g_autofree gchar *obstacle = find_obstacle (support);
  g_autofree gchar *limit = NULL;
  gboolean opened = memsnoop_module_opener_check (&limit);

  memsnoop_manager_set_heaps (manager, obstacle == NULL ? heaps : NULL, obstacle);
  memsnoop_manager_set_feature (manager, "heap-sampling", obstacle == NULL, obstacle);
  memsnoop_manager_set_feature (manager, "mapped-files", opened, limit);
  memsnoop_manager_set_feature (manager, "uprobe-multi", support >= MEMSNOOP_UPROBE_MULTI,
                                "The kernel has no links for many functions (since Linux 6.6), or "
                                "such a link does not see all threads of a process");
  memsnoop_manager_set_feature (manager, "uprobe-session", support >= MEMSNOOP_UPROBE_SESSION,
                                "The kernel cannot leave out returns (since Linux 6.13)");
  show_growth (manager, heaps);
}
