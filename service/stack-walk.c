/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "stack-walk.h"

#include <string.h>

/* Registers in the kernel's struct sigcontext of x86-64. */
#define SIGNAL_FRAME_POINTER 10
#define SIGNAL_STACK_POINTER 15
#define SIGNAL_INSTRUCTION 16

#define GOES_ON MEMSNOOP_WALK_ENDS

typedef struct
{
  guint64 base;
  const guint8 *bytes;
  gsize length;
} Stack;

/* @slot: in words from @address. */
static gboolean
read_word (const Stack *stack, guint64 address, gint slot, guint64 *word)
{
  guint64 position = address + (guint64) (slot * (gint64) MEMSNOOP_WALK_WORD) - stack->base;

  if (position >= stack->length || stack->length - position < sizeof *word)
    return FALSE;
  memcpy (word, stack->bytes + position, sizeof *word);
  return TRUE;
}

static gboolean
is_address (guint64 address)
{
  return address >= MEMSNOOP_WALK_ADDRESS_LEAST && address >> MEMSNOOP_WALK_ADDRESS_BITS == 0;
}

static enum memsnoop_walk_end
leave_signal (const Stack *stack, const struct memsnoop_walk_rule *rule, MemsnoopStackWalk *walk)
{
  MemsnoopStackWalk interrupted;

  if (!read_word (stack, walk->sp, rule->cfa + SIGNAL_FRAME_POINTER, &interrupted.fp) ||
      !read_word (stack, walk->sp, rule->cfa + SIGNAL_STACK_POINTER, &interrupted.sp) ||
      !read_word (stack, walk->sp, rule->cfa + SIGNAL_INSTRUCTION, &interrupted.pc) ||
      !is_address (interrupted.pc))
    return MEMSNOOP_WALK_END_UNREADABLE;
  *walk = interrupted;
  walk->pc |= MEMSNOOP_WALK_EXACT;
  return GOES_ON;
}

/* %FALSE when it cannot be read. */
static gboolean
find_cfa (const Stack *stack,
          const struct memsnoop_walk_rule *rule,
          const MemsnoopStackWalk *walk,
          guint64 *cfa)
{
  guint64 offset = (guint64) (rule->cfa * (gint64) MEMSNOOP_WALK_WORD);

  if (rule->kind == MEMSNOOP_WALK_FROM_STACK)
    *cfa = walk->sp + offset;
  else if (rule->kind == MEMSNOOP_WALK_FROM_FRAME)
    *cfa = walk->fp + offset;
  else if (!read_word (stack, walk->fp, rule->cfa, cfa))
    return FALSE;
  return *cfa > walk->sp && *cfa % MEMSNOOP_WALK_WORD == 0;
}

/* Where the caller's frame pointer is saved. */
static gboolean
find_frame (const Stack *stack,
            const struct memsnoop_walk_rule *rule,
            const MemsnoopStackWalk *walk,
            guint64 cfa,
            guint64 *frame)
{
  *frame = walk->fp;
  if (rule->kind == MEMSNOOP_WALK_FROM_FRAME_SLOT)
    return read_word (stack, walk->fp, 0, frame);
  return rule->frame_slot == 0 || read_word (stack, cfa, rule->frame_slot, frame);
}

static enum memsnoop_walk_end
leave_frame (const Stack *stack, const struct memsnoop_walk_rule *rule, MemsnoopStackWalk *walk)
{
  MemsnoopStackWalk caller;

  if (!find_cfa (stack, rule, walk, &caller.sp) ||
      !read_word (stack, caller.sp, rule->return_slot, &caller.pc) ||
      !find_frame (stack, rule, walk, caller.sp, &caller.fp))
    return MEMSNOOP_WALK_END_UNREADABLE;
#if defined(__aarch64__)
  /* It may be signed. */
  caller.pc &= (G_GUINT64_CONSTANT (1) << MEMSNOOP_WALK_ADDRESS_BITS) - 1;
#endif
  if (caller.pc == 0)
    return MEMSNOOP_WALK_END_OUTERMOST;
  if (!is_address (caller.pc))
    return MEMSNOOP_WALK_END_UNREADABLE;
  *walk = caller;
  return GOES_ON;
}

static enum memsnoop_walk_end
leave (const Stack *stack, const struct memsnoop_walk_rule *rule, MemsnoopStackWalk *walk)
{
  switch (rule->kind)
    {
    case MEMSNOOP_WALK_FROM_STACK:
    case MEMSNOOP_WALK_FROM_FRAME:
    case MEMSNOOP_WALK_FROM_FRAME_SLOT:
      return leave_frame (stack, rule, walk);
    case MEMSNOOP_WALK_SIGNAL:
      return leave_signal (stack, rule, walk);
    case MEMSNOOP_WALK_OUTERMOST:
      return MEMSNOOP_WALK_END_OUTERMOST;
    default:
      return MEMSNOOP_WALK_END_STOP;
    }
}

enum memsnoop_walk_end
memsnoop_stack_walk (const MemsnoopWalkRules *rules,
                     guint32 program,
                     MemsnoopStackWalk *walk,
                     guint64 base,
                     const guint8 *bytes,
                     gsize length,
                     guint depth,
                     GArray *addresses)
{
  const Stack stack = { base, bytes, length };
  enum memsnoop_walk_end end = GOES_ON;

  for (guint i = 0; end == GOES_ON; i++)
    {
      const struct memsnoop_walk_rule *rule;

      if (i >= depth)
        return MEMSNOOP_WALK_END_DEPTH;
      g_array_append_val (addresses, walk->pc);
      rule = memsnoop_walk_rules_find (rules, walk->pc, program);
      end = rule != NULL ? leave (&stack, rule, walk) : MEMSNOOP_WALK_END_UNKNOWN;
    }
  return end;
}
