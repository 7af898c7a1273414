/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "recursion-misses.h"

#include <bpf/bpf.h>

guint64
memsnoop_recursion_misses_count (struct bpf_object *object)
{
  struct bpf_program *program;
  guint64 misses = 0;

  bpf_object__for_each_program (program, object)
    {
      struct bpf_prog_info information = { 0 };
      guint32 length = sizeof information;

      if (bpf_program__fd (program) >= 0 &&
          bpf_obj_get_info_by_fd (bpf_program__fd (program), &information, &length) == 0)
        misses += information.recursion_misses;
    }
  return misses;
}
