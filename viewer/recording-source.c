/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "recording-source.h"

#include "recorder.h"

#include <glib/gi18n.h>

static const MemsnoopRecordingSource sources[] = {
  { MEMSNOOP_RECORDER_HEAP, N_ ("What Holds the Heap"), N_ ("_Record Heap"), N_ ("_Stop Recording"),
    N_ ("Record which code holds what the process allocates from now on, block by block. The "
        "process goes on running, somewhat slower.") },
  { MEMSNOOP_RECORDER_GROWTH, N_ ("Where It Grows"), N_ ("Record _Growth"),
    N_ ("Stop Recording _Growth"),
    N_ ("Record which code makes the process larger, whatever allocator or language it uses. It "
        "costs nothing while the process does not grow.") },
  { MEMSNOOP_RECORDER_KERNEL, N_ ("What Holds Kernel Memory"), N_ ("Record _Kernel Memory"),
    N_ ("Stop Recording _Kernel Memory"),
    N_ ("Record what the kernel allocates from now on: for open files, sockets, mappings and the "
        "like. Whoever allocates much of it becomes slightly slower.") },
};

const MemsnoopRecordingSource *
memsnoop_recording_source_find (const gchar *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (sources); i++)
    if (g_str_equal (sources[i].name, name))
      return &sources[i];
  g_return_val_if_reached (NULL);
}
