/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "heap-outer.h"

#define STACK_POINTER G_GUINT64_CONSTANT (0x7ffc00001000)
#define FRAMES_MAX 64

typedef struct
{
  MemsnoopUnwoundFrame frames[FRAMES_MAX];
  MemsnoopUnwoundStack stack;
  struct memsnoop_heap_outer outer;
} Stack;

/* Of frames of 32 bytes each. */
static void
fill (Stack *stack, guint n_frames)
{
  *stack = (Stack){ .stack = { .n_sure = n_frames, .n_frames = n_frames } };
  stack->stack.frames = stack->frames;
  for (guint i = 0; i < n_frames; i++)
    stack->frames[i] = (MemsnoopUnwoundFrame){
      .slot = i > 0 ? STACK_POINTER + 32 * (guint64) i - 8 : 0,
      .address = 0x400000 + i,
    };
}

static gboolean
describe (Stack *stack)
{
  return memsnoop_heap_outer_describe (&stack->outer, STACK_POINTER, &stack->stack);
}

static guint64
hash_of (guint first, guint last)
{
  guint64 hash = 0;

  for (guint i = first; i <= last; i++)
    hash = MEMSNOOP_HEAP_OUTER_HASH (hash, (guint64) (0x400000 + i));
  return hash;
}

static void
test_the_slots_of_all_callers_are_kept (void)
{
  Stack stack;

  fill (&stack, 5);
  g_assert_true (describe (&stack));
  for (guint i = 0; i < 4; i++)
    g_assert_cmpuint (stack.outer.slots[i], ==, 4 * i + 3);
  g_assert_cmpuint (stack.outer.slots[4], ==, 0);
  g_assert_cmpuint (stack.outer.hash, ==, hash_of (1, 4));
}

static void
test_an_innermost_frame_alone_has_nothing_to_compare (void)
{
  Stack stack;

  fill (&stack, 1);
  g_assert_false (describe (&stack));
}

/* Guessed frames, one that a signal interrupted, other stacks and what is not copied. */
static void
test_what_is_not_sure_is_left_out (void)
{
  Stack stack;

  fill (&stack, 10);
  stack.stack.n_sure = 8;
  stack.frames[1].slot = 0;
  stack.frames[2].slot = STACK_POINTER - 64;
  stack.frames[3].slot = STACK_POINTER + MEMSNOOP_HEAP_STACK_LARGE;
  stack.frames[4].slot++;
  g_assert_true (describe (&stack));
  g_assert_cmpuint (stack.outer.slots[0], ==, 4 * 5 - 1);
  g_assert_cmpuint (stack.outer.slots[3], ==, 0);
  g_assert_cmpuint (stack.outer.hash, ==, hash_of (5, 7));
}

static void
test_deep_stacks_are_compared_all_along (void)
{
  Stack stack;

  fill (&stack, 57);
  g_assert_true (describe (&stack));
  for (guint i = 0; i < MEMSNOOP_HEAP_OUTER_SLOTS; i++)
    g_assert_cmpuint (stack.outer.slots[i], ==, 4 * (2 * i + 1) - 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/heap-outer/all-callers", test_the_slots_of_all_callers_are_kept);
  g_test_add_func ("/heap-outer/innermost-alone",
                   test_an_innermost_frame_alone_has_nothing_to_compare);
  g_test_add_func ("/heap-outer/not-sure", test_what_is_not_sure_is_left_out);
  g_test_add_func ("/heap-outer/deep-stacks", test_deep_stacks_are_compared_all_along);
  return g_test_run ();
}
