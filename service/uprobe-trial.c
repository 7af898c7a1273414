/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "uprobe-trial.h"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <link.h>
#include <unistd.h>

/* What the trial probes. */
static __attribute__ ((noinline)) gpointer
probed_function (gpointer data)
{
  __asm__ volatile("");
  return data;
}

typedef struct
{
  gsize address;
  guint64 offset;
  gboolean found;
} FunctionSearch;

/* The first module that is listed is the program itself. */
static int
find_offset (struct dl_phdr_info *module, size_t size, void *user_data)
{
  FunctionSearch *search = user_data;

  for (guint i = 0; i < module->dlpi_phnum; i++)
    {
      const ElfW (Phdr) *segment = &module->dlpi_phdr[i];
      gsize begin = module->dlpi_addr + segment->p_vaddr;

      if (segment->p_type != PT_LOAD || search->address < begin ||
          search->address - begin >= segment->p_filesz)
        continue;
      search->offset = search->address - begin + segment->p_offset;
      search->found = TRUE;
    }
  return 1;
}

gboolean
memsnoop_uprobe_find_own_offset (gconstpointer function, guint64 *offset)
{
  FunctionSearch search = { .address = (gsize) function };

  dl_iterate_phdr (find_offset, &search);
  *offset = search.offset;
  return search.found;
}

int
memsnoop_uprobe_load_counting_program (int map, MemsnoopUprobeKind kind)
{
  const struct bpf_insn instructions[] = {
    { .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
    { .code = BPF_STX | BPF_MEM | BPF_W, .dst_reg = BPF_REG_10, .src_reg = BPF_REG_0, .off = -4 },
    { .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = BPF_REG_2, .src_reg = BPF_REG_10 },
    { .code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = BPF_REG_2, .imm = -4 },
    { .code = BPF_LD | BPF_DW | BPF_IMM,
      .dst_reg = BPF_REG_1,
      .src_reg = BPF_PSEUDO_MAP_FD,
      .imm = map },
    { 0 },
    { .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_map_lookup_elem },
    { .code = BPF_JMP | BPF_JEQ | BPF_K, .dst_reg = BPF_REG_0, .off = 2 },
    { .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_1, .imm = 1 },
    { .code = BPF_STX | BPF_ATOMIC | BPF_DW,
      .dst_reg = BPF_REG_0,
      .src_reg = BPF_REG_1,
      .imm = BPF_ADD },
    { .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
    { .code = BPF_JMP | BPF_EXIT },
  };
  guint32 attach_type = memsnoop_uprobe_attach_type (MEMSNOOP_UPROBE_SESSION, kind);
  LIBBPF_OPTS (bpf_prog_load_opts, options,
               .expected_attach_type = (enum bpf_attach_type) attach_type);

  return bpf_prog_load (BPF_PROG_TYPE_KPROBE, "memsnoop_trial", "GPL", instructions,
                        G_N_ELEMENTS (instructions), &options);
}

/* Whether a link of this kind, restricted to this process, sees another of its threads. */
static gboolean
try_kind (int executable, guint64 offset, MemsnoopUprobeKind kind)
{
  const MemsnoopUprobePlace place = { .offset = offset };
  int map = bpf_map_create (BPF_MAP_TYPE_ARRAY, "memsnoop_trial", sizeof (guint32),
                            sizeof (guint64), 1, NULL);
  int program = map >= 0 ? memsnoop_uprobe_load_counting_program (map, kind) : -1;
  int link = program >= 0 ? memsnoop_uprobe_create_multi_link (program, kind, executable,
                                                               (guint32) getpid (), &place, 1)
                          : -1;
  guint64 seen = 0;

  if (link >= 0)
    {
      g_thread_join (g_thread_new ("uprobe-trial", probed_function, NULL));
      bpf_map_lookup_elem (map, &(guint32){ 0 }, &seen);
      close (link);
    }
  if (program >= 0)
    close (program);
  if (map >= 0)
    close (map);
  return seen > 0;
}

MemsnoopUprobeSupport
memsnoop_uprobe_try (void)
{
  MemsnoopUprobeSupport support = MEMSNOOP_UPROBE_CLASSIC;
  int executable = open ("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  guint64 offset;

  if (executable >= 0 &&
      memsnoop_uprobe_find_own_offset ((gconstpointer) probed_function, &offset) &&
      try_kind (executable, offset, MEMSNOOP_UPROBE_AT_PLACE))
    {
      support = MEMSNOOP_UPROBE_MULTI;
      if (try_kind (executable, offset, MEMSNOOP_UPROBE_AT_BOTH))
        support = MEMSNOOP_UPROBE_SESSION;
    }
  if (executable >= 0)
    close (executable);
  return support;
}
