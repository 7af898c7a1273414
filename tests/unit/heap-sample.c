/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "heap-sample.h"

#include "heap-sites.h"

#define PROGRAM "/opt/tree/bin/tree"
#define LIBC "/usr/lib/x86_64-linux-gnu/libc.so.6"

static const MemsnoopFunction leaf[] = { { "make_leaf", "/home/me/tree/tree.c", 12 },
                                         { "grow", "/home/me/tree/tree.c", 34 } };
static const MemsnoopFunction main_function = { "main", "main.c", 7 };
static const MemsnoopFunction start = { "__libc_start_call_main", NULL, 0 };
static const MemsnoopFunction duplicate = { "strdup", NULL, 0 };

static void
add_leaves (MemsnoopHeapSites *sites)
{
  const MemsnoopFrame *frames[] = {
    memsnoop_heap_sites_add_frame (sites, PROGRAM, 0x1234, leaf, 2),
    memsnoop_heap_sites_add_frame (sites, PROGRAM, 0x2000, &main_function, 1),
    memsnoop_heap_sites_add_frame (sites, LIBC, 0x27249, &start, 1),
    memsnoop_heap_sites_add_frame (sites, PROGRAM, 0x1099, NULL, 0),
  };

  memsnoop_heap_sites_add (
      sites,
      &(MemsnoopHeapSite){ .frames = frames,
                           .n_frames = G_N_ELEMENTS (frames),
                           .complete = TRUE,
                           .live_bytes = 4 * MEBIBYTE,
                           .live_count = 64,
                           .alloc_bytes = 4 * MEBIBYTE,
                           .alloc_count = 64,
                           .oldest_age = 95 * SECOND,
                           .bytes_by_age = { MEBIBYTE, MEBIBYTE, 2 * MEBIBYTE },
                           .survival = { .count_by_age = { 16, 16, 32 }, .peak_samples = 19 },
                           .growth_rate = 40 * 1024 });
}

static void
add_plugin (MemsnoopHeapSites *sites)
{
  const MemsnoopFrame *frames[] = {
    memsnoop_heap_sites_add_frame (sites, "/opt/tree/lib/libplugin.so", 0x4567, NULL, 0),
    memsnoop_heap_sites_add_frame (sites, NULL, 0x7f0012345678, NULL, 0),
  };

  memsnoop_heap_sites_add (sites, &(MemsnoopHeapSite){ .frames = frames,
                                                       .n_frames = G_N_ELEMENTS (frames),
                                                       .live_bytes = 2 * MEBIBYTE,
                                                       .live_count = 5,
                                                       .alloc_bytes = 2 * MEBIBYTE,
                                                       .alloc_count = 5,
                                                       .oldest_age = 60 * SECOND,
                                                       .bytes_by_age = { 0, 2 * MEBIBYTE },
                                                       .survival = { .count_by_age = { 0, 5 } } });
}

static void
add_copies (MemsnoopHeapSites *sites)
{
  const MemsnoopFrame *frames[] = {
    memsnoop_heap_sites_add_frame (sites, LIBC, 0x9e4a0, &duplicate, 1),
    memsnoop_heap_sites_add_frame (sites, PROGRAM, 0x2000, NULL, 0),
  };

  memsnoop_heap_sites_add (
      sites,
      &(MemsnoopHeapSite){ .frames = frames,
                           .n_frames = G_N_ELEMENTS (frames),
                           .complete = TRUE,
                           .alloc_bytes = 4 * MEBIBYTE,
                           .alloc_count = 30,
                           .free_bytes = 4 * MEBIBYTE,
                           .free_count = 30,
                           .survival = { .freed_by_lifetime = { 20, 10 }, .lifetime = 300e9 } });
}

MemsnoopHeapSnapshot *
heap_sample_new (void)
{
  MemsnoopHeapSnapshot *snapshot = memsnoop_heap_snapshot_new ();
  g_autoptr (MemsnoopHeapSites) sites = memsnoop_heap_sites_new (snapshot);

  snapshot->taken_at = 300 * SECOND;
  snapshot->pid = 1234;
  snapshot->uid = 1000;
  snapshot->start_time = 150 * SECOND;
  snapshot->comm = g_strdup ("tree");
  snapshot->executable = g_strdup (PROGRAM);
  snapshot->since = 200 * SECOND;
  snapshot->alloc_count = 100;
  snapshot->alloc_bytes = 10 * MEBIBYTE;
  snapshot->free_count = 30;
  snapshot->free_bytes = 4 * MEBIBYTE;
  snapshot->current_bytes = 6 * MEBIBYTE;
  snapshot->peak_bytes = 7 * MEBIBYTE;
  snapshot->churn = 0.3;
  snapshot->size_histogram[0] = 1;
  snapshot->size_histogram[16] = 99;
  snapshot->last_thread = 1240;
  snapshot->recent_sizes[0] = 65536;
  snapshot->recent_sizes[1] = 80000;
  snapshot->recent_sizes[2] = 1;
  snapshot->n_recent_sizes = 3;
  snapshot->untracked_frees = 3;
  snapshot->resident_anonymous = 8 * MEBIBYTE;
  snapshot->exact = TRUE;
  snapshot->map_bytes = 16 * MEBIBYTE;
  memsnoop_heap_snapshot_add_build_id (snapshot, PROGRAM,
                                       "0123456789abcdef0123456789abcdef01234567");
  add_copies (sites);
  add_plugin (sites);
  add_leaves (sites);
  memsnoop_heap_sites_add (sites, &(MemsnoopHeapSite){ .live_count = 1, .alloc_count = 1 });
  memsnoop_heap_sites_finish (sites);
  return snapshot;
}
