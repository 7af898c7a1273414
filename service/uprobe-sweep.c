/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "uprobe-sweep.h"

#include "uprobe-trial.h"

#include <bpf/bpf.h>
#include <unistd.h>

static int
load_idle_program (void)
{
  const struct bpf_insn instructions[] = {
    { .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
    { .code = BPF_JMP | BPF_EXIT },
  };
  guint32 attach_type =
      memsnoop_uprobe_attach_type (MEMSNOOP_UPROBE_MULTI, MEMSNOOP_UPROBE_AT_PLACE);
  LIBBPF_OPTS (bpf_prog_load_opts, options,
               .expected_attach_type = (enum bpf_attach_type) attach_type);

  return bpf_prog_load (BPF_PROG_TYPE_KPROBE, "memsnoop_sweep", "GPL", instructions,
                        G_N_ELEMENTS (instructions), &options);
}

int
memsnoop_uprobe_sweep (int module, guint32 pid, const MemsnoopUprobePlace *places, gsize n_places)
{
  int program = load_idle_program ();
  int link;

  if (program < 0)
    return program;
  link = memsnoop_uprobe_create_multi_link (program, MEMSNOOP_UPROBE_AT_PLACE, module, pid, places,
                                            n_places);
  close (program);
  if (link < 0)
    return link;
  close (link);
  return 0;
}
