/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "heap-capture.h"

#include "memsnoop-worker-protocol.h"

#include <string.h>

static void
set_registers (MemsnoopHeapCapture *self)
{
  gboolean exact = (self->walk.pc & MEMSNOOP_WALK_EXACT) != 0;

  self->registers[MEMSNOOP_WORKER_REGISTER_SP] = self->walk.sp;
  self->registers[MEMSNOOP_WORKER_REGISTER_FP] = self->walk.fp;
  self->registers[MEMSNOOP_WORKER_REGISTER_PC] =
      exact ? self->walk.pc & ~MEMSNOOP_WALK_EXACT : self->walk.pc - 1;
}

MemsnoopHeapCapture *
memsnoop_heap_capture_new (const struct memsnoop_heap_capture *record)
{
  MemsnoopHeapCapture *self = g_new0 (MemsnoopHeapCapture, 1);
  const guint64 *addresses = (const guint64 *) (record + 1);

  self->context = record->context;
  self->program = record->program;
  self->end = record->end;
  self->addresses = g_array_new (FALSE, FALSE, sizeof *addresses);
  g_array_append_vals (self->addresses, addresses, record->depth);
  memcpy (self->registers, record->registers, sizeof self->registers);
  self->base = record->registers[MEMSNOOP_WORKER_REGISTER_SP];
  self->stack = g_bytes_new (addresses + record->room, record->stack_bytes);
  self->walk.pc = record->depth > 0 ? addresses[record->depth - 1] : 0;
  self->walk.sp = self->base;
  self->walk.fp = record->registers[MEMSNOOP_WORKER_REGISTER_FP];
  set_registers (self);
  return self;
}

void
memsnoop_heap_capture_free (MemsnoopHeapCapture *self)
{
  g_array_unref (self->addresses);
  g_bytes_unref (self->stack);
  g_free (self);
}

void
memsnoop_heap_capture_walk (MemsnoopHeapCapture *self, const MemsnoopWalkRules *rules, guint depth)
{
  gsize length;
  const guint8 *stack = g_bytes_get_data (self->stack, &length);

  if (self->end != MEMSNOOP_WALK_END_UNKNOWN || self->addresses->len == 0)
    return;
  /* It is where the walk goes on. */
  g_array_set_size (self->addresses, self->addresses->len - 1);
  self->end = memsnoop_stack_walk (rules, self->program, &self->walk, self->base, stack, length,
                                   depth - MIN (depth, self->addresses->len), self->addresses);
  set_registers (self);
}

gboolean
memsnoop_heap_capture_wants_more (const MemsnoopHeapCapture *self)
{
  return self->end == MEMSNOOP_WALK_END_UNKNOWN || self->end == MEMSNOOP_WALK_END_STOP;
}

GBytes *
memsnoop_heap_capture_get_rest (const MemsnoopHeapCapture *self)
{
  gsize length = g_bytes_get_size (self->stack);
  guint64 begin = self->walk.sp - self->base;

  if (begin >= length)
    return g_bytes_new (NULL, 0);
  return g_bytes_new_from_bytes (self->stack, begin, length - begin);
}
