/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of rules for walking stacks, and walking a copy of a stack by it. */
#include "stack-walk.h"

#define LENGTH 64
#define CODE 0x400000u
#define STACK 0x7000000000u
#define WORDS 64

typedef struct
{
  struct memsnoop_walk_rule table[LENGTH];
  MemsnoopWalkRules rules;
  guint64 words[WORDS];
  MemsnoopStackWalk walk;
  GArray *addresses;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->rules.table = fixture->table;
  fixture->rules.length = LENGTH;
  fixture->walk = (MemsnoopStackWalk){ .pc = CODE, .sp = STACK };
  fixture->addresses = g_array_new (FALSE, FALSE, sizeof (guint64));
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_array_unref (fixture->addresses);
}

static gboolean
enter (Fixture *fixture, guint64 address, enum memsnoop_walk_kind kind, gint cfa, gint frame_slot)
{
  const struct memsnoop_walk_rule rule = {
    .kind = kind, .cfa = (gint16) cfa, .return_slot = -1, .frame_slot = (gint16) frame_slot
  };

  return memsnoop_walk_rules_enter (&fixture->rules, address, 0, &rule);
}

static enum memsnoop_walk_end
walk (Fixture *fixture, guint depth)
{
  return memsnoop_stack_walk (&fixture->rules, 0, &fixture->walk, STACK,
                              (const guint8 *) fixture->words, sizeof fixture->words, depth,
                              fixture->addresses);
}

static void
assert_addresses (Fixture *fixture, const guint64 *expected, guint n)
{
  g_assert_cmpuint (fixture->addresses->len, ==, n);
  for (guint i = 0; i < n; i++)
    g_assert_cmphex (g_array_index (fixture->addresses, guint64, i), ==, expected[i]);
}

static void
test_a_rule_is_found_for_its_address_and_program_only (Fixture *fixture, gconstpointer data)
{
  const struct memsnoop_walk_rule *found;

  g_assert_true (enter (fixture, CODE, MEMSNOOP_WALK_FROM_STACK, 3, 0));
  found = memsnoop_walk_rules_find (&fixture->rules, CODE, 0);
  g_assert_nonnull (found);
  g_assert_cmpint (found->cfa, ==, 3);
  g_assert_null (memsnoop_walk_rules_find (&fixture->rules, CODE + 1, 0));
  g_assert_null (memsnoop_walk_rules_find (&fixture->rules, CODE, 1));
  g_assert_null (memsnoop_walk_rules_find (&fixture->rules, CODE | MEMSNOOP_WALK_EXACT, 0));
}

static void
test_a_later_rule_takes_the_place_of_the_first (Fixture *fixture, gconstpointer data)
{
  enter (fixture, CODE, MEMSNOOP_WALK_FROM_STACK, 3, 0);
  enter (fixture, CODE, MEMSNOOP_WALK_STOP, 0, 0);
  g_assert_cmpuint (memsnoop_walk_rules_find (&fixture->rules, CODE, 0)->kind, ==,
                    MEMSNOOP_WALK_STOP);
  g_assert_cmpuint (fixture->rules.used, ==, 1);
}

static void
test_a_full_table_refuses_and_counts (Fixture *fixture, gconstpointer data)
{
  guint entered = 0;

  for (guint i = 0; i < 2 * LENGTH; i++)
    entered += enter (fixture, CODE + i, MEMSNOOP_WALK_STOP, 0, 0);
  g_assert_cmpuint (entered, <=, LENGTH);
  g_assert_cmpuint (entered, >, LENGTH / 2);
  g_assert_cmpuint (fixture->rules.refused, ==, 2 * LENGTH - entered);
}

static gboolean
is_even (guint64 address, gpointer user_data)
{
  return address % 2 == 0;
}

static void
test_dropped_rules_are_gone_and_the_others_found (Fixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < LENGTH / 2; i++)
    g_assert_true (enter (fixture, CODE + i, MEMSNOOP_WALK_STOP, 0, 0));
  memsnoop_walk_rules_drop (&fixture->rules, 0, is_even, NULL);
  for (guint i = 0; i < LENGTH / 2; i++)
    g_assert_true ((memsnoop_walk_rules_find (&fixture->rules, CODE + i, 0) != NULL) ==
                   (i % 2 == 1));
  /* Their places are taken again. */
  for (guint i = 0; i < LENGTH / 2; i += 2)
    g_assert_true (enter (fixture, CODE + i, MEMSNOOP_WALK_STOP, 0, 0));
  g_assert_cmpuint (fixture->rules.used, <=, LENGTH / 2 + 4);
}

static void
test_rules_of_another_program_are_dropped (Fixture *fixture, gconstpointer data)
{
  enter (fixture, CODE, MEMSNOOP_WALK_STOP, 0, 0);
  memsnoop_walk_rules_drop (&fixture->rules, 1, is_even, NULL);
  g_assert_null (memsnoop_walk_rules_find (&fixture->rules, CODE, 0));
}

static void
test_walks_to_the_outermost_frame (Fixture *fixture, gconstpointer data)
{
  const guint64 expected[] = { CODE, CODE + 1, CODE + 2 };

  enter (fixture, CODE, MEMSNOOP_WALK_FROM_STACK, 4, -2);
  fixture->words[2] = STACK + 8 * 6; /* the frame pointer of CODE + 1 */
  fixture->words[3] = CODE + 1;
  enter (fixture, CODE + 1, MEMSNOOP_WALK_FROM_FRAME, 4, 0);
  fixture->words[9] = CODE + 2;
  enter (fixture, CODE + 2, MEMSNOOP_WALK_OUTERMOST, 0, 0);
  g_assert_cmpint (walk (fixture, 10), ==, MEMSNOOP_WALK_END_OUTERMOST);
  assert_addresses (fixture, expected, 3);
  g_assert_cmphex (fixture->walk.sp, ==, STACK + 8 * 10);
}

static void
test_a_function_that_aligns_its_stack_is_left (Fixture *fixture, gconstpointer data)
{
  fixture->walk.fp = STACK + 8 * 4;
  fixture->words[3] = STACK + 8 * 20; /* the CFA */
  fixture->words[4] = STACK + 8 * 30; /* the caller's frame pointer */
  fixture->words[19] = CODE + 1;
  enter (fixture, CODE, MEMSNOOP_WALK_FROM_FRAME_SLOT, -1, 0);
  g_assert_cmpint (walk (fixture, 10), ==, MEMSNOOP_WALK_END_UNKNOWN);
  g_assert_cmphex (fixture->walk.pc, ==, CODE + 1);
  g_assert_cmphex (fixture->walk.sp, ==, STACK + 8 * 20);
  g_assert_cmphex (fixture->walk.fp, ==, STACK + 8 * 30);
}

static void
test_what_a_signal_interrupted_is_no_return_address (Fixture *fixture, gconstpointer data)
{
  const guint64 expected[] = { CODE, (CODE + 7) | MEMSNOOP_WALK_EXACT };

  enter (fixture, CODE, MEMSNOOP_WALK_SIGNAL, 5, 0);
  fixture->words[5 + 10] = 4711;
  fixture->words[5 + 15] = STACK - 4096; /* of another stack */
  fixture->words[5 + 16] = CODE + 7;
  enter (fixture, CODE + 7, MEMSNOOP_WALK_OUTERMOST, 0, 0);
  g_assert_cmpint (walk (fixture, 10), ==, MEMSNOOP_WALK_END_UNKNOWN);
  assert_addresses (fixture, expected, 2);
  g_assert_cmpuint (fixture->walk.fp, ==, 4711);
  g_assert_cmphex (fixture->walk.sp, ==, STACK - 4096);
}

static void
test_a_return_address_of_zero_ends_it (Fixture *fixture, gconstpointer data)
{
  enter (fixture, CODE, MEMSNOOP_WALK_FROM_STACK, 1, 0);
  g_assert_cmpint (walk (fixture, 10), ==, MEMSNOOP_WALK_END_OUTERMOST);
}

static void
test_the_depth_ends_it (Fixture *fixture, gconstpointer data)
{
  enter (fixture, CODE, MEMSNOOP_WALK_FROM_STACK, 1, 0);
  for (guint i = 0; i < WORDS; i++)
    fixture->words[i] = CODE;
  g_assert_cmpint (walk (fixture, 5), ==, MEMSNOOP_WALK_END_DEPTH);
  g_assert_cmpuint (fixture->addresses->len, ==, 5);
}

static void
test_the_end_of_the_copy_ends_it (Fixture *fixture, gconstpointer data)
{
  enter (fixture, CODE, MEMSNOOP_WALK_FROM_STACK, 1, 0);
  for (guint i = 0; i < WORDS; i++)
    fixture->words[i] = CODE;
  g_assert_cmpint (walk (fixture, 1000), ==, MEMSNOOP_WALK_END_UNREADABLE);
  g_assert_cmpuint (fixture->addresses->len, ==, WORDS + 1);
}

/* A frame pointer that points down, to no multiple of words or to nowhere. */
static void
test_frames_do_not_go_downwards (Fixture *fixture, gconstpointer data)
{
  const guint64 pointers[] = { STACK - 800, STACK + 81, 0, G_MAXUINT64 - 7 };

  enter (fixture, CODE, MEMSNOOP_WALK_FROM_FRAME, 2, -2);
  for (guint i = 0; i < G_N_ELEMENTS (pointers); i++)
    {
      fixture->walk = (MemsnoopStackWalk){ .pc = CODE, .sp = STACK, .fp = pointers[i] };
      g_assert_cmpint (walk (fixture, 10), ==, MEMSNOOP_WALK_END_UNREADABLE);
    }
}

static void
test_a_rule_to_stop_ends_it (Fixture *fixture, gconstpointer data)
{
  enter (fixture, CODE, MEMSNOOP_WALK_STOP, 0, 0);
  g_assert_cmpint (walk (fixture, 10), ==, MEMSNOOP_WALK_END_STOP);
  g_assert_cmphex (fixture->walk.pc, ==, CODE);
}

#define ADD(name) g_test_add ("/walk-rules/" #name, Fixture, NULL, set_up, test_##name, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD (a_rule_is_found_for_its_address_and_program_only);
  ADD (a_later_rule_takes_the_place_of_the_first);
  ADD (a_full_table_refuses_and_counts);
  ADD (dropped_rules_are_gone_and_the_others_found);
  ADD (rules_of_another_program_are_dropped);
  ADD (walks_to_the_outermost_frame);
  ADD (a_function_that_aligns_its_stack_is_left);
  ADD (what_a_signal_interrupted_is_no_return_address);
  ADD (a_return_address_of_zero_ends_it);
  ADD (the_depth_ends_it);
  ADD (the_end_of_the_copy_ends_it);
  ADD (frames_do_not_go_downwards);
  ADD (a_rule_to_stop_ends_it);
  return g_test_run ();
}
