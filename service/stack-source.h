/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is recorded of one process with the call stacks that it comes from. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * MemsnoopStackSource:
 * @MEMSNOOP_STACK_SOURCE_HEAP: the blocks that its allocator hands out.
 * @MEMSNOOP_STACK_SOURCE_GROWTH: the pages without a file that it gets.
 *
 * Recordings of both are made, shared, snapshot, reported and exported by the same code.
 */
typedef enum
{
  MEMSNOOP_STACK_SOURCE_HEAP,
  MEMSNOOP_STACK_SOURCE_GROWTH,
} MemsnoopStackSource;

G_END_DECLS
