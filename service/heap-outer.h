/* SPDX-License-Identifier: GPL-2.0-or-later */
/* By what the programs in the kernel tell other call stacks from one that has been unwound: the places of its outer return
 * addresses. A pure function. */
#pragma once

#include "worker-jobs.h"

#include <linux/types.h>

#include "memsnoop-heap-layout.h"

G_BEGIN_DECLS

/**
 * memsnoop_heap_outer_describe:
 * @outer: (out):
 * @stack_pointer: of the capture.
 * @unwound: from it. Only frames that unwind tables tell count, and those whose return address lies in the copied stack.
 *
 * Of more frames than there are slots, as many evenly spread ones.
 *
 * Returns: %FALSE when there is nothing to compare.
 */
gboolean memsnoop_heap_outer_describe (struct memsnoop_heap_outer  *outer,
                                       guint64                      stack_pointer,
                                       const MemsnoopUnwoundStack  *unwound);

G_END_DECLS
