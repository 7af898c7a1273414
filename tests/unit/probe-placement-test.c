/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "probe-placement.h"
#include "recorded-prologues.h"
#include "x86-instruction.h"

#include <elf.h>
#include <string.h>

#define CODE(...)                                                                                  \
  ((MemsnoopFunctionCode){                                                                         \
      .machine = EM_X86_64,                                                                        \
      .bytes = (const guint8[]){ __VA_ARGS__ },                                                    \
      .length = sizeof ((const guint8[]){ __VA_ARGS__ }),                                          \
      .size = sizeof ((const guint8[]){ __VA_ARGS__ }),                                            \
      .address = 0x1000,                                                                           \
  })

static const MemsnoopProbeNeeds free_needs = { .arguments = 1,
                                               .stack_offset_known = TRUE,
                                               .null_is_nothing = TRUE };
static const MemsnoopProbeNeeds malloc_needs = { .arguments = 1, .returns = TRUE };

static MemsnoopProbePlacement
find (MemsnoopFunctionCode code, const MemsnoopProbeNeeds *needs)
{
  MemsnoopProbePlacement placement;

  memsnoop_probe_placement_find (&code, needs, &placement);
  g_assert_cmpuint (strlen (placement.reason), >, 0);
  return placement;
}

static void
test_recorded_prologue (gconstpointer data)
{
  const RecordedPrologue *recorded = data;
  MemsnoopFunctionCode code = {
    .machine = EM_X86_64,
    .bytes = recorded->bytes,
    .length = recorded->length,
    .size = recorded->length,
    .address = 0x10000,
  };
  MemsnoopProbeNeeds needs = {
    .arguments = recorded->arguments,
    .returns = recorded->returns,
    .stack_offset_known = recorded->is_free,
    .null_is_nothing = recorded->is_free,
  };
  MemsnoopProbePlacement placement = find (code, &needs);

  g_test_message ("%s", placement.reason);
  g_assert_true (placement.possible);
  g_assert_cmpint (placement.fast, ==, recorded->fast);
  g_assert_cmpuint (placement.offset, ==, recorded->offset);
  g_assert_cmpuint (placement.stack_offset, ==, recorded->stack_offset);
  g_assert_cmpint (placement.skips_null, ==, recorded->skips_null);
  if (placement.fast)
    g_assert_nonnull (strstr (placement.reason, recorded->instruction));
}

static MemsnoopX86Handling
handling_of (const guint8 *bytes, gsize length)
{
  cs_insn *instruction;
  csh capstone;
  MemsnoopX86Handling handling;

  g_assert_cmpint (cs_open (CS_ARCH_X86, CS_MODE_64, &capstone), ==, CS_ERR_OK);
  g_assert_cmpuint (cs_disasm (capstone, bytes, length, 0x1000, 1, &instruction), ==, 1);
  g_assert_cmpuint (instruction->size, ==, length);
  handling = memsnoop_x86_handling (instruction);
  cs_free (instruction, 1);
  cs_close (&capstone);
  return handling;
}

#define ASSERT_HANDLING(handling, ...)                                                             \
  g_assert_cmpint (                                                                                \
      handling_of ((const guint8[]){ __VA_ARGS__ }, sizeof ((const guint8[]){ __VA_ARGS__ })), ==, \
      handling)

static void
test_what_the_kernel_emulates (void)
{
  ASSERT_HANDLING (MEMSNOOP_X86_PUSH, 0x55);
  ASSERT_HANDLING (MEMSNOOP_X86_PUSH, 0x41, 0x57);
  ASSERT_HANDLING (MEMSNOOP_X86_NOP, 0x90);
  ASSERT_HANDLING (MEMSNOOP_X86_NOP, 0x66, 0x90);
  ASSERT_HANDLING (MEMSNOOP_X86_NOP, 0xf3, 0x90);
  ASSERT_HANDLING (MEMSNOOP_X86_LONG_NOP, 0x0f, 0x1f, 0x44, 0x00, 0x00);
  ASSERT_HANDLING (MEMSNOOP_X86_LONG_NOP, 0x66, 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0);
  ASSERT_HANDLING (MEMSNOOP_X86_JUMP, 0xeb, 0x10);
  ASSERT_HANDLING (MEMSNOOP_X86_JUMP, 0xe9, 0x10, 0, 0, 0);
  ASSERT_HANDLING (MEMSNOOP_X86_CONDITIONAL_JUMP, 0x74, 0x10);
  ASSERT_HANDLING (MEMSNOOP_X86_CONDITIONAL_JUMP, 0x0f, 0x8f, 0x10, 0, 0, 0);
  ASSERT_HANDLING (MEMSNOOP_X86_CALL, 0xe8, 0x10, 0, 0, 0);
}

static void
test_what_the_kernel_steps (void)
{
  /* endbr64, a nop but for its meaning */
  ASSERT_HANDLING (MEMSNOOP_X86_SINGLE_STEPPED, 0xf3, 0x0f, 0x1e, 0xfa);
  /* push with a prefix, push of a value, push of memory */
  ASSERT_HANDLING (MEMSNOOP_X86_SINGLE_STEPPED, 0x66, 0x55);
  ASSERT_HANDLING (MEMSNOOP_X86_SINGLE_STEPPED, 0x48, 0x55);
  ASSERT_HANDLING (MEMSNOOP_X86_SINGLE_STEPPED, 0x6a, 0x01);
  ASSERT_HANDLING (MEMSNOOP_X86_SINGLE_STEPPED, 0xff, 0x37);
  /* xchg %eax, %r8d, which is 0x90 as well */
  ASSERT_HANDLING (MEMSNOOP_X86_SINGLE_STEPPED, 0x41, 0x90);
  /* A nop, but none that the kernel itself uses. */
  ASSERT_HANDLING (MEMSNOOP_X86_SINGLE_STEPPED, 0x0f, 0x1f, 0x40, 0x01);
  ASSERT_HANDLING (MEMSNOOP_X86_SINGLE_STEPPED, 0xc3);
  ASSERT_HANDLING (MEMSNOOP_X86_SINGLE_STEPPED, 0xff, 0xe0);
  ASSERT_HANDLING (MEMSNOOP_X86_SINGLE_STEPPED, 0xe3, 0x10);
}

static void
test_what_the_kernel_refuses (void)
{
  /* notrack jmp *%rax, lock, cs nopw, hlt */
  ASSERT_HANDLING (MEMSNOOP_X86_REFUSED, 0x3e, 0xff, 0xe0);
  ASSERT_HANDLING (MEMSNOOP_X86_REFUSED, 0xf0, 0x48, 0xff, 0x07);
  ASSERT_HANDLING (MEMSNOOP_X86_REFUSED, 0x66, 0x2e, 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0);
  ASSERT_HANDLING (MEMSNOOP_X86_REFUSED, 0xf4);
}

/* test %rdi, %rdi; je +3; push %rbx; pop %rbx; ret; xor %eax, %eax; ret */
#define NULL_RETURNS 0x48, 0x85, 0xff, 0x74, 0x03, 0x53, 0x5b, 0xc3, 0x31, 0xc0, 0xc3

static void
test_null_is_passed_only_if_it_is_nothing (void)
{
  MemsnoopProbePlacement placement = find (CODE (NULL_RETURNS), &free_needs);

  g_assert_cmpuint (placement.offset, ==, 5);
  g_assert_true (placement.skips_null);
  placement = find (CODE (NULL_RETURNS), &malloc_needs);
  g_assert_cmpuint (placement.offset, ==, 3);
  g_assert_false (placement.skips_null);
  g_assert_true (placement.fast);
}

/* The way of NULL may also be the straight one: test; jne +1; ret; push. */
static void
test_null_may_return_straight_on (void)
{
  MemsnoopProbePlacement placement =
      find (CODE (0x48, 0x85, 0xff, 0x75, 0x01, 0xc3, 0x53, 0x5b, 0xc3), &free_needs);

  g_assert_cmpuint (placement.offset, ==, 6);
  g_assert_true (placement.skips_null);
}

static void
test_null_that_does_something_is_seen (void)
{
  /* call before it returns; test of the second argument; flags of something else */
  MemsnoopProbePlacement placement = find (
      CODE (0x48, 0x85, 0xff, 0x74, 0x03, 0x53, 0x5b, 0xc3, 0xe8, 0, 0, 0, 0, 0xc3), &free_needs);

  g_assert_cmpuint (placement.offset, ==, 3);
  placement = find (CODE (0x48, 0x85, 0xf6, 0x74, 0x03, 0x53, 0x5b, 0xc3, 0xc3), &free_needs);
  g_assert_cmpuint (placement.offset, ==, 3);
  placement = find (CODE (0x48, 0x85, 0xff, 0x48, 0x85, 0xf6, 0x74, 0x03, 0x53, 0x5b, 0xc3, 0xc3),
                    &free_needs);
  g_assert_cmpuint (placement.offset, ==, 6);
  g_assert_false (placement.skips_null);
}

/* mov %rsi, %rax; dec %rax; jne back to dec: reached more than once for each call */
static void
test_a_loop_is_no_place (void)
{
  MemsnoopProbePlacement placement =
      find (CODE (0x48, 0x89, 0xf0, 0x48, 0xff, 0xc8, 0x75, 0xfb, 0xc3), &malloc_needs);

  g_assert_false (placement.fast);
  g_assert_cmpuint (placement.offset, ==, 0);
  g_assert_nonnull (strstr (placement.reason, "other jumps"));
}

/* A jump from behind the push to right before it would not be compiled; but hostile code may have
 * it. */
static void
test_a_place_that_is_jumped_to_is_none (void)
{
  MemsnoopProbePlacement placement =
      find (CODE (0x48, 0x89, 0xf0, 0x53, 0x5b, 0xeb, 0xfc), &malloc_needs);

  g_assert_false (placement.fast);
  g_assert_cmpuint (placement.offset, ==, 0);
}

static void
test_a_return_probe_needs_the_stack_of_the_entry (void)
{
  /* sub $0x18, %rsp; test %rdi, %rdi; je */
  MemsnoopFunctionCode code =
      CODE (0x48, 0x83, 0xec, 0x18, 0x48, 0x85, 0xff, 0x74, 0x00, 0x48, 0x83, 0xc4, 0x18, 0xc3);
  MemsnoopProbePlacement placement = find (code, &malloc_needs);

  g_assert_false (placement.fast);
  g_assert_cmpuint (placement.offset, ==, 0);
  g_assert_cmpuint (placement.stack_offset, ==, 0);
  g_assert_nonnull (strstr (placement.reason, "stack pointer"));
  placement = find (code, &free_needs);
  g_assert_true (placement.fast);
  g_assert_cmpuint (placement.offset, ==, 7);
  g_assert_cmpuint (placement.stack_offset, ==, 0x18);
}

static void
test_arguments_are_as_at_the_entry (void)
{
  /* mul %rsi writes the third argument's register: cares who wants three. */
  MemsnoopFunctionCode code = CODE (0x48, 0x89, 0xf8, 0x48, 0xf7, 0xe6, 0x70, 0x00, 0xc3);
  MemsnoopProbeNeeds needs = { .arguments = 2 };

  g_assert_cmpuint (find (code, &needs).offset, ==, 6);
  needs.arguments = 3;
  g_assert_cmpuint (find (code, &needs).offset, ==, 0);
  g_assert_nonnull (strstr (find (code, &needs).reason, "changes an argument"));
  /* So does a byte of the register. */
  needs.arguments = 1;
  g_assert_cmpuint (find (CODE (0x40, 0xb7, 0x01, 0x53, 0x5b, 0xc3), &needs).offset, ==, 0);
}

static void
test_long_nops_depend_on_the_kernel (void)
{
  /* endbr64; nopl; mov $1, %edi; ret */
  MemsnoopFunctionCode code = CODE (0xf3, 0x0f, 0x1e, 0xfa, 0x0f, 0x1f, 0x44, 0x00, 0x00, 0xbf,
                                    0x01, 0x00, 0x00, 0x00, 0xc3);
  MemsnoopProbeNeeds needs = malloc_needs;

  g_assert_false (find (code, &needs).fast);
  needs.long_nops = TRUE;
  g_assert_true (find (code, &needs).fast);
  g_assert_cmpuint (find (code, &needs).offset, ==, 4);
}

static void
test_a_call_is_no_place (void)
{
  MemsnoopProbePlacement placement =
      find (CODE (0xf3, 0x0f, 0x1e, 0xfa, 0xe8, 0, 0, 0, 0, 0x53, 0x5b, 0xc3), &malloc_needs);

  g_assert_false (placement.fast);
  g_assert_cmpuint (placement.offset, ==, 0);
}

static void
test_code_that_ends_too_early_gives_no_jump (void)
{
  MemsnoopFunctionCode code = CODE (0x48, 0x85, 0xff, 0x74, 0x10, 0x53);

  code.size = 100;
  g_assert_false (find (code, &malloc_needs).fast);
  code.size = 0;
  g_assert_false (find (code, &malloc_needs).fast);
  /* A push is in no loop. */
  code = CODE (0x48, 0x85, 0xff, 0x53);
  code.size = 100;
  g_assert_true (find (code, &malloc_needs).fast);
}

static void
test_an_entry_that_is_refused_is_passed (void)
{
  /* cs mov %edi, %eax; ret: bytes that a linker may leave */
  MemsnoopProbePlacement placement =
      find (CODE (0x2e, 0x89, 0xf8, 0x89, 0xf8, 0xc3), &malloc_needs);

  g_assert_true (placement.possible);
  g_assert_false (placement.fast);
  g_assert_cmpuint (placement.offset, ==, 3);
  placement = find (CODE (0x3e, 0xff, 0xe0), &malloc_needs);
  g_assert_false (placement.possible);
  g_assert_nonnull (strstr (placement.reason, "no probe"));
}

static void
test_other_machines_have_the_entry (void)
{
  MemsnoopFunctionCode code = CODE (0xfd, 0x7b, 0xbf, 0xa9);
  MemsnoopProbePlacement placement;

  code.machine = EM_AARCH64;
  placement = find (code, &malloc_needs);
  g_assert_true (placement.possible);
  g_assert_false (placement.fast);
  g_assert_cmpuint (placement.offset, ==, 0);
  g_assert_nonnull (strstr (placement.reason, "x86-64 only"));
}

static void
test_nothing_is_believed_of_random_bytes (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (1);

  for (guint i = 0; i < 20000; i++)
    {
      guint8 bytes[300];
      MemsnoopProbeNeeds needs = {
        .arguments = g_rand_int_range (random, 0, 9),
        .stack_offset_known = g_rand_boolean (random),
        .null_is_nothing = g_rand_boolean (random),
        .long_nops = g_rand_boolean (random),
      };
      MemsnoopFunctionCode code = { EM_X86_64, bytes, 0, 0, g_rand_int (random) };
      MemsnoopProbePlacement placement;
      MemsnoopFunctionReturns returns;

      code.length = (gsize) g_rand_int_range (random, 0, sizeof bytes);
      code.size = g_rand_boolean (random) ? code.length : g_rand_int (random);
      for (guint k = 0; k < code.length; k++)
        bytes[k] = (guint8) g_rand_int (random);
      memsnoop_probe_placement_find (&code, &needs, &placement);
      g_assert_cmpuint (placement.offset, <, MEMSNOOP_PROBE_SEARCH_BYTES);
      g_assert_cmpuint (placement.offset, <=, code.length);
      g_assert_true (placement.possible || !placement.fast);
      memsnoop_function_returns_find (&code, &returns);
      g_assert_cmpuint (returns.n_offsets, <=, MEMSNOOP_PROBE_RETURNS_MAX);
    }
}

static MemsnoopFunctionReturns
find_returns (MemsnoopFunctionCode code)
{
  MemsnoopFunctionReturns returns;

  memsnoop_function_returns_find (&code, &returns);
  return returns;
}

static void
test_every_return_is_found (void)
{
  /* push %rbx; je +2; ret; ret $8; rep ret; nop */
  MemsnoopFunctionReturns returns =
      find_returns (CODE (0x53, 0x74, 0x01, 0xc3, 0xc2, 0x08, 0x00, 0xf3, 0xc3, 0x90));

  g_assert_true (returns.complete);
  g_assert_cmpuint (returns.n_offsets, ==, 3);
  g_assert_cmpuint (returns.offsets[0], ==, 3);
  g_assert_cmpuint (returns.offsets[1], ==, 4);
  g_assert_cmpuint (returns.offsets[2], ==, 7);
}

static void
test_ways_out_that_are_not_found_are_told (void)
{
  /* ret; jmp far; jmp *%rax */
  MemsnoopFunctionReturns returns =
      find_returns (CODE (0xc3, 0xe9, 0x00, 0x01, 0x00, 0x00, 0xff, 0xe0));
  guint8 many[MEMSNOOP_PROBE_RETURNS_MAX + 1];
  MemsnoopFunctionCode code = CODE (0x90, 0xc3);

  g_assert_false (returns.complete);
  g_assert_cmpuint (returns.jumps_out, ==, 2);
  g_assert_cmpuint (returns.n_targets, ==, 1);
  g_assert_cmpuint (returns.targets[0], ==, 0x1106);
  g_assert_nonnull (strstr (returns.reason, "lead elsewhere"));
  code.size = 0;
  g_assert_false (find_returns (code).complete);
  g_assert_nonnull (strstr (find_returns (code).reason, "size"));
  memset (many, 0xc3, sizeof many);
  code = (MemsnoopFunctionCode){ EM_X86_64, many, sizeof many, sizeof many, 0 };
  g_assert_false (find_returns (code).complete);
  g_assert_cmpuint (find_returns (code).n_offsets, ==, MEMSNOOP_PROBE_RETURNS_MAX);
}

static void
add_recorded (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (recorded_prologues); i++)
    {
      g_autofree gchar *path =
          g_strdup_printf ("/probe-placement/recorded/%s/%s", recorded_prologues[i].origin,
                           recorded_prologues[i].function);

      g_test_add_data_func (path, &recorded_prologues[i], test_recorded_prologue);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add_recorded ();
#define ADD(name, function) g_test_add_func ("/probe-placement/" name, function)
  ADD ("what-the-kernel-emulates", test_what_the_kernel_emulates);
  ADD ("what-the-kernel-steps", test_what_the_kernel_steps);
  ADD ("what-the-kernel-refuses", test_what_the_kernel_refuses);
  ADD ("null-is-passed-only-if-it-is-nothing", test_null_is_passed_only_if_it_is_nothing);
  ADD ("null-may-return-straight-on", test_null_may_return_straight_on);
  ADD ("null-that-does-something-is-seen", test_null_that_does_something_is_seen);
  ADD ("a-loop-is-no-place", test_a_loop_is_no_place);
  ADD ("a-place-that-is-jumped-to-is-none", test_a_place_that_is_jumped_to_is_none);
  ADD ("a-return-probe-needs-the-stack-of-the-entry",
       test_a_return_probe_needs_the_stack_of_the_entry);
  ADD ("arguments-are-as-at-the-entry", test_arguments_are_as_at_the_entry);
  ADD ("long-nops-depend-on-the-kernel", test_long_nops_depend_on_the_kernel);
  ADD ("a-call-is-no-place", test_a_call_is_no_place);
  ADD ("code-that-ends-too-early-gives-no-jump", test_code_that_ends_too_early_gives_no_jump);
  ADD ("an-entry-that-is-refused-is-passed", test_an_entry_that_is_refused_is_passed);
  ADD ("other-machines-have-the-entry", test_other_machines_have_the_entry);
  ADD ("nothing-is-believed-of-random-bytes", test_nothing_is_believed_of_random_bytes);
  ADD ("every-return-is-found", test_every_return_is_found);
  ADD ("ways-out-that-are-not-found-are-told", test_ways_out_that_are_not_found_are_told);
#undef ADD
  return g_test_run ();
}
