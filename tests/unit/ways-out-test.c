/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ways-out.h"

#include <string.h>

#define BASE 0x10000
#define SLOT 0x20000
#define NEVER_RETURNS 0x30000

/* Code at BASE and the following bytes; int3 where nothing was put. */
typedef struct
{
  guint8 bytes[512];
  guint64 slot_target;
} Program;

static gsize
read_code (gpointer data, guint64 address, guint8 *bytes, gsize max)
{
  const Program *program = data;
  guint64 inside = address - BASE;
  gsize n = inside < sizeof program->bytes ? MIN (max, sizeof program->bytes - inside) : 0;

  if (n > 0)
    memcpy (bytes, program->bytes + inside, n);
  return n;
}

static gboolean
follow (gpointer data, guint64 slot, guint64 *address)
{
  const Program *program = data;

  *address = program->slot_target;
  return slot == SLOT && program->slot_target != 0;
}

static gboolean
never_returns (gpointer data, guint64 target, gboolean is_slot)
{
  return target == NEVER_RETURNS;
}

static void
program_init (Program *program)
{
  memset (program, 0, sizeof *program);
  memset (program->bytes, 0xcc, sizeof program->bytes);
}

#define PUT(program, at, ...)                                                                      \
  memcpy ((program)->bytes + (at), (const guint8[]){ __VA_ARGS__ },                                \
          sizeof ((const guint8[]){ __VA_ARGS__ }))

static MemsnoopFunctionReturns
find (Program *program, guint64 entry)
{
  const MemsnoopProgramCode code = { read_code, follow, never_returns, program };
  MemsnoopFunctionReturns returns;

  memsnoop_ways_out_find (&code, BASE + entry, &returns);
  g_assert_cmpint (returns.complete, ==, returns.reason[0] == '\0');
  return returns;
}

static void
test_tail_calls_are_followed (void)
{
  Program program;
  MemsnoopFunctionReturns returns;

  program_init (&program);
  /* je to before the entry; ret; there: push %rbx; pop %rbx; ret */
  PUT (&program, 0x80, 0x0f, 0x84, 0x7a, 0xff, 0xff, 0xff, 0xc3);
  PUT (&program, 0x00, 0x53, 0x5b, 0xc3);
  returns = find (&program, 0x80);
  g_assert_true (returns.complete);
  g_assert_cmpuint (returns.n_offsets, ==, 2);
  g_assert_cmpint (returns.offsets[0], ==, -0x7e);
  g_assert_cmpint (returns.offsets[1], ==, 6);
}

static void
test_jumps_by_the_linkage_table_are_followed (void)
{
  Program program;
  MemsnoopFunctionReturns returns;

  program_init (&program);
  /* jmp *slot(%rip) */
  PUT (&program, 0x00, 0xff, 0x25, 0xfa, 0xff, 0x00, 0x00);
  PUT (&program, 0x40, 0xc3);
  program.slot_target = BASE + 0x40;
  returns = find (&program, 0);
  g_assert_true (returns.complete);
  g_assert_cmpint (returns.offsets[0], ==, 0x40);
  program.slot_target = 0;
  g_assert_false (find (&program, 0).complete);
}

static void
test_jumps_to_nobody_knows_where_are_told (void)
{
  Program program;

  program_init (&program);
  PUT (&program, 0x00, 0x74, 0x02, 0xff, 0xe0, 0xc3);
  g_assert_false (find (&program, 0).complete);
  g_assert_nonnull (strstr (find (&program, 0).reason, "target is not known"));
  g_assert_cmpuint (find (&program, 0).n_offsets, ==, 1);
}

static void
test_what_comes_after_a_throw_is_another_function (void)
{
  Program program;
  MemsnoopFunctionReturns returns;

  program_init (&program);
  /* push %rbx; je +2; pop %rbx; ret; call somewhere that throws. Behind it: push, pop, ret of the
   * next function */
  PUT (&program, 0x00, 0x53, 0x74, 0x02, 0x5b, 0xc3, 0xe8, 0x00, 0x01, 0x00, 0x00);
  PUT (&program, 0x0a, 0x55, 0x5d, 0xc3);
  returns = find (&program, 0);
  g_assert_true (returns.complete);
  g_assert_cmpuint (returns.n_offsets, ==, 1);
  g_assert_cmpint (returns.offsets[0], ==, 4);
  /* A call of which it is known that it does not come back ends the way, whatever is behind: jmp
   * *%rax. */
  PUT (&program, 0x05, 0xe8, 0xf6, 0xff, 0x01, 0x00, 0xff, 0xe0);
  returns = find (&program, 0);
  g_assert_true (returns.complete);
  g_assert_cmpuint (returns.n_offsets, ==, 1);
}

static void
test_frame_pointers_tell_the_height (void)
{
  Program program;

  program_init (&program);
  /* push %rbp; mov %rsp, %rbp; push %rbx; and $-32, %rsp; sub $64, %rsp; lea -8(%rbp), %rsp; pop
   * %rbx; pop %rbp; ret */
  PUT (&program, 0x00, 0x55, 0x48, 0x89, 0xe5, 0x53, 0x48, 0x83, 0xe4, 0xe0, 0x48, 0x83, 0xec, 0x40,
       0x48, 0x8d, 0x65, 0xf8, 0x5b, 0x5d, 0xc3);
  g_assert_true (find (&program, 0).complete);
  g_assert_cmpint (find (&program, 0).offsets[0], ==, 0x13);
  /* The same with leave; and without either, so that nobody knows. */
  PUT (&program, 0x0d, 0xc9, 0xc3);
  g_assert_true (find (&program, 0).complete);
  PUT (&program, 0x0d, 0x90, 0xc3);
  g_assert_false (find (&program, 0).complete);
  g_assert_nonnull (strstr (find (&program, 0).reason, "how high"));
}

static void
test_there_is_an_end_to_it (void)
{
  Program program;

  program_init (&program);
  /* jmp to itself; push and jmp to it for ever; what cannot be decoded */
  PUT (&program, 0x00, 0xeb, 0xfe);
  g_assert_nonnull (strstr (find (&program, 0).reason, "no return"));
  PUT (&program, 0x00, 0x53, 0xeb, 0xfd);
  g_assert_nonnull (strstr (find (&program, 0).reason, "too many ways"));
  PUT (&program, 0x00, 0x06);
  g_assert_nonnull (strstr (find (&program, 0).reason, "cannot be decoded"));
  g_assert_false (find (&program, 0x1000).complete);
}

static void
test_nothing_is_believed_of_random_bytes (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (1);
  Program program;

  for (guint i = 0; i < 3000; i++)
    {
      program_init (&program);
      for (guint k = 0; k < sizeof program.bytes; k++)
        program.bytes[k] = (guint8) g_rand_int (random);
      g_assert_cmpuint (find (&program, 0x100).n_offsets, <=, MEMSNOOP_PROBE_RETURNS_MAX);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function) g_test_add_func ("/ways-out/" name, function)
  ADD ("tail-calls-are-followed", test_tail_calls_are_followed);
  ADD ("jumps-by-the-linkage-table-are-followed", test_jumps_by_the_linkage_table_are_followed);
  ADD ("jumps-to-nobody-knows-where-are-told", test_jumps_to_nobody_knows_where_are_told);
  ADD ("what-comes-after-a-throw-is-another-function",
       test_what_comes_after_a_throw_is_another_function);
  ADD ("frame-pointers-tell-the-height", test_frame_pointers_tell_the_height);
  ADD ("there-is-an-end-to-it", test_there_is_an_end_to_it);
  ADD ("nothing-is-believed-of-random-bytes", test_nothing_is_believed_of_random_bytes);
#undef ADD
  return g_test_run ();
}
