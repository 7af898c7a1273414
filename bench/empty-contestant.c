/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "contestant.h"

#include "error.h"
#include "running-kernel.h"

#include "empty.skel.h"

static struct empty_bpf *programs;

static void
detach (void)
{
  g_clear_pointer (&programs, empty_bpf__destroy);
}

static gboolean
attach (GError **error)
{
  MemsnoopKernelTracepoints tracepoints = { 0 };
  int result;

  if (!bench_running_kernel_read (&tracepoints, error))
    return FALSE;
  programs = empty_bpf__open ();
  if (programs == NULL)
    {
      memsnoop_error_set_errno (error, errno, "Cannot open the empty programs");
      return FALSE;
    }
  bpf_program__set_autoload (programs->progs.kmalloc_node, tracepoints.kmalloc_node.exists);
  bpf_program__set_autoload (programs->progs.kmem_cache_alloc_node,
                             tracepoints.cache_alloc_node.exists);
  bpf_program__set_autoload (programs->progs.kfree_bulk, tracepoints.bulk_free);
  result = empty_bpf__load (programs);
  if (result == 0)
    result = empty_bpf__attach (programs);
  if (result == 0)
    return TRUE;
  memsnoop_error_set_errno (error, result, "Cannot attach the empty programs");
  detach ();
  return FALSE;
}

const BenchContestant bench_empty_contestant = {
  .name = "empty",
  .title = "empty programs (the floor)",
  .attach = attach,
  .detach = detach,
};
