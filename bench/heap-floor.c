/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "heap-floor.h"

#include "libc-probes.h"

#include <errno.h>
#include <unistd.h>

#include "empty-heap.skel.h"

typedef struct
{
  struct empty_heap_bpf *programs;
  MemsnoopUprobeLink *calls;
  MemsnoopUprobeLink *frees;
} Empty;

static MemsnoopUprobeLink *
link_empty (struct bpf_program *program,
            MemsnoopUprobeKind kind,
            guint32 pid,
            const GArray *probes,
            int module,
            gboolean frees)
{
  g_autoptr (GArray) places = g_array_new (FALSE, FALSE, sizeof (MemsnoopUprobePlace));
  MemsnoopUprobeLink *link = NULL;
  int result;

  for (guint i = 0; i < probes->len; i++)
    {
      const MemsnoopHeapProbe *probe = &g_array_index (probes, MemsnoopHeapProbe, i);
      MemsnoopUprobePlace place = { .offset = probe->offset };

      if ((probe->function == MEMSNOOP_HEAP_FREE) == frees)
        g_array_append_val (places, place);
    }
  result = memsnoop_uprobe_link_new (program, memsnoop_uprobe_support (), kind, module, pid,
                                     (MemsnoopUprobePlace *) (gpointer) places->data, places->len,
                                     &link);
  if (result < 0)
    g_error ("Cannot link the empty programs: %s", g_strerror (-result));
  return link;
}

gpointer
bench_heap_floor_attach (guint32 pid, gboolean skipping)
{
  int module;
  g_autoptr (GArray) probes = libc_probes_find (&module);
  Empty *empty = g_new0 (Empty, 1);
  struct bpf_program *calls;

  empty->programs = empty_heap_bpf__open ();
  if (empty->programs == NULL)
    g_error ("Cannot open the empty programs: %s", g_strerror (errno));
  calls = skipping ? empty->programs->progs.call_skipping : empty->programs->progs.call_both;
  memsnoop_uprobe_prepare (empty->programs->progs.call_both, memsnoop_uprobe_support (),
                           MEMSNOOP_UPROBE_AT_BOTH);
  memsnoop_uprobe_prepare (empty->programs->progs.call_skipping, memsnoop_uprobe_support (),
                           MEMSNOOP_UPROBE_AT_BOTH);
  memsnoop_uprobe_prepare (empty->programs->progs.free_entry, memsnoop_uprobe_support (),
                           MEMSNOOP_UPROBE_AT_PLACE);
  if (empty_heap_bpf__load (empty->programs) < 0)
    g_error ("Cannot load the empty programs");
  empty->calls = link_empty (calls, MEMSNOOP_UPROBE_AT_BOTH, pid, probes, module, FALSE);
  empty->frees = link_empty (empty->programs->progs.free_entry, MEMSNOOP_UPROBE_AT_PLACE, pid,
                             probes, module, TRUE);
  close (module);
  return empty;
}

void
bench_heap_floor_detach (gpointer attached)
{
  Empty *empty = attached;

  memsnoop_uprobe_link_free (empty->calls);
  memsnoop_uprobe_link_free (empty->frees);
  empty_heap_bpf__destroy (empty->programs);
  g_free (empty);
}
