/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "probe-placement.h"

#include "x86-instruction.h"

#include <elf.h>
#include <string.h>

/* What a function does that returns at once: clear the result, and return. */
#define QUICK_RETURN_INSTRUCTIONS 4
#define INSTRUCTION_BYTES_MAX 15

typedef struct
{
  csh capstone;
  cs_insn *instruction;
  const MemsnoopFunctionCode *code;
  gsize length;
} Decoder;

static gboolean
decoder_open (Decoder *decoder, const MemsnoopFunctionCode *code)
{
  decoder->code = code;
  decoder->length = MIN (code->length, MEMSNOOP_FUNCTION_BYTES_MAX);
  if (code->size > 0)
    decoder->length = MIN (decoder->length, code->size);
  if (cs_open (CS_ARCH_X86, CS_MODE_64, &decoder->capstone) != CS_ERR_OK)
    return FALSE;
  cs_option (decoder->capstone, CS_OPT_DETAIL, CS_OPT_ON);
  decoder->instruction = cs_malloc (decoder->capstone);
  return TRUE;
}

static void
decoder_close (Decoder *decoder)
{
  cs_free (decoder->instruction, 1);
  cs_close (&decoder->capstone);
}

/* The instruction at @offset, which is then in decoder->instruction. */
static gboolean
decode (Decoder *decoder, gsize offset)
{
  const guint8 *bytes = decoder->code->bytes + offset;
  gsize left = offset < decoder->length ? decoder->length - offset : 0;
  guint64 address = decoder->code->address + offset;

  return left > 0 &&
         cs_disasm_iter (decoder->capstone, &bytes, &left, &address, decoder->instruction);
}

/* Where a direct jump leads, as an offset; FALSE when that is outside of the function. */
static gboolean
find_inside (const Decoder *decoder, guint64 target, gsize *offset)
{
  guint64 distance = target - decoder->code->address;

  *offset = distance;
  return distance < decoder->length;
}

/* How often jumps of the function lead to each of its first bytes. */
typedef struct
{
  guint8 times[MEMSNOOP_PROBE_SEARCH_BYTES];
  gboolean complete;
} Arrivals;

static void
count_arrival (Decoder *decoder, Arrivals *arrivals)
{
  gboolean direct;
  guint64 target;
  gsize offset;

  if (memsnoop_x86_is_jump (decoder->capstone, decoder->instruction, &direct, &target) && direct &&
      find_inside (decoder, target, &offset) && offset < G_N_ELEMENTS (arrivals->times) &&
      arrivals->times[offset] < G_MAXUINT8)
    arrivals->times[offset]++;
}

static void
find_arrivals (Decoder *decoder, Arrivals *arrivals)
{
  gsize offset = 0;

  memset (arrivals, 0, sizeof *arrivals);
  for (; decode (decoder, offset); offset += decoder->instruction->size)
    count_arrival (decoder, arrivals);
  arrivals->complete = decoder->code->size > 0 && offset == decoder->code->size;
}

/* The way from the entry that every call goes. */
typedef struct
{
  Decoder *decoder;
  const MemsnoopProbeNeeds *needs;
  Arrivals arrivals;
  gsize offset;
  guint32 stack_offset;
  /* Whether what was passed so far: */
  gboolean joined;
  gboolean stored;
  gboolean null_tested;
  gboolean null_left;
  MemsnoopProbePlacement *placement;
  /* Of a place that will do if no better one comes. */
  gboolean found;
  gchar stop[MEMSNOOP_PROBE_REASON_BYTES];
} Walk;

static void
describe_instruction (const Walk *walk, gchar text[48])
{
  const cs_insn *instruction = walk->decoder->instruction;

  g_snprintf (text, 48, "%s%s%s", instruction->mnemonic, instruction->op_str[0] != '\0' ? " " : "",
              instruction->op_str);
}

static void
choose (Walk *walk)
{
  MemsnoopProbePlacement *placement = walk->placement;
  gchar text[48];

  describe_instruction (walk, text);
  walk->found = TRUE;
  placement->possible = TRUE;
  placement->fast = TRUE;
  placement->skips_null = walk->null_left;
  placement->offset = (guint32) walk->offset;
  placement->stack_offset = walk->stack_offset;
  g_snprintf (placement->reason, sizeof placement->reason, "emulated: %s at +%u%s", text,
              placement->offset, walk->null_left ? ", past the test for NULL" : "");
}

static void
stop (Walk *walk, const gchar *why)
{
  gchar text[48];

  describe_instruction (walk, text);
  g_snprintf (walk->stop, sizeof walk->stop, "%s at +%u %s", text, (guint) walk->offset, why);
}

/* Emulated, and safe to probe here. */
static gboolean
is_good_place (const Walk *walk, MemsnoopX86Handling handling)
{
  if (walk->offset > 0 && walk->joined)
    return FALSE;
  switch (handling)
    {
    case MEMSNOOP_X86_PUSH:
      return TRUE;
    case MEMSNOOP_X86_JUMP:
    case MEMSNOOP_X86_CONDITIONAL_JUMP:
    case MEMSNOOP_X86_NOP:
      /* In what could not be read there may be a loop to here; none is around a push. */
      return walk->offset == 0 || walk->arrivals.complete;
    case MEMSNOOP_X86_LONG_NOP:
      /* Linux 6.18 and later put a call there, which writes below the stack pointer. */
      return walk->needs->long_nops && !walk->stored &&
             (walk->offset == 0 || walk->arrivals.complete);
    case MEMSNOOP_X86_CALL:
    case MEMSNOOP_X86_SINGLE_STEPPED:
    case MEMSNOOP_X86_REFUSED:
    default:
      return FALSE;
    }
}

static gboolean
returns_at_once (Decoder *decoder, gsize offset)
{
  for (guint i = 0; i < QUICK_RETURN_INSTRUCTIONS && decode (decoder, offset); i++)
    {
      const cs_insn *instruction = decoder->instruction;

      if (memsnoop_x86_is_return (instruction))
        return TRUE;
      if (!memsnoop_x86_is_plain (instruction) || memsnoop_x86_stores (instruction) ||
          (memsnoop_x86_written (decoder->capstone, instruction) & MEMSNOOP_X86_STACK_POINTER) != 0)
        return FALSE;
      offset += instruction->size;
    }
  return FALSE;
}

static gboolean
arrives_from_elsewhere (const Walk *walk, gsize offset, guint expected)
{
  return offset < G_N_ELEMENTS (walk->arrivals.times) && walk->arrivals.times[offset] > expected;
}

/* Goes on along the way that calls with something else than NULL go, if the other one is short. */
static gboolean
pass_null_test (Walk *walk)
{
  Decoder *decoder = walk->decoder;
  guint id = decoder->instruction->id;
  gsize next = walk->offset + decoder->instruction->size;
  gboolean direct;
  guint64 address;
  gsize target;

  if (!walk->null_tested || walk->null_left || (id != X86_INS_JE && id != X86_INS_JNE) ||
      !memsnoop_x86_is_jump (decoder->capstone, decoder->instruction, &direct, &address) ||
      !direct || !find_inside (decoder, address, &target) || target <= walk->offset)
    return FALSE;
  if (!returns_at_once (decoder, id == X86_INS_JE ? target : next))
    return FALSE;
  walk->null_left = TRUE;
  walk->offset = id == X86_INS_JE ? next : target;
  walk->joined |= arrives_from_elsewhere (walk, walk->offset, id == X86_INS_JE ? 0 : 1);
  return TRUE;
}

/* Whether the instruction leaves as it is what the probe wants to see behind it. */
static gboolean
is_harmless (Walk *walk)
{
  Decoder *decoder = walk->decoder;
  guint arguments = (1U << MIN (walk->needs->arguments, 6)) - 1;
  guint32 taken = memsnoop_x86_stack_taken (decoder->instruction);
  guint written;

  if (!memsnoop_x86_is_plain (decoder->instruction))
    {
      stop (walk, "is none that may be passed");
      return FALSE;
    }
  written = memsnoop_x86_written (decoder->capstone, decoder->instruction);
  if ((written & arguments) != 0)
    {
      stop (walk, "changes an argument");
      return FALSE;
    }
  if ((written & MEMSNOOP_X86_STACK_POINTER) != 0 &&
      (taken == 0 || walk->needs->returns || !walk->needs->stack_offset_known ||
       walk->stack_offset + taken > G_MAXINT16))
    {
      stop (walk, "changes the stack pointer");
      return FALSE;
    }
  walk->stack_offset += taken;
  return TRUE;
}

static void
pass (Walk *walk)
{
  const cs_insn *instruction = walk->decoder->instruction;

  walk->stored |= memsnoop_x86_stores (instruction);
  if (memsnoop_x86_tests_first_argument (instruction))
    walk->null_tested = TRUE;
  else if (!memsnoop_x86_keeps_flags (instruction))
    walk->null_tested = FALSE;
  walk->offset += instruction->size;
  walk->joined |= arrives_from_elsewhere (walk, walk->offset, 0);
}

/* Where a probe can be put at all, should the entry be refused. */
static void
note_possible (Walk *walk, MemsnoopX86Handling handling)
{
  MemsnoopProbePlacement *placement = walk->placement;

  if (placement->possible || handling == MEMSNOOP_X86_REFUSED || walk->null_left ||
      (walk->offset > 0 && (walk->joined || !walk->arrivals.complete)))
    return;
  placement->possible = TRUE;
  placement->offset = (guint32) walk->offset;
  placement->stack_offset = walk->stack_offset;
}

/* One instruction; whether there is reason to go on. */
static gboolean
step (Walk *walk)
{
  MemsnoopX86Handling handling;

  if (walk->offset > MEMSNOOP_PROBE_SEARCH_BYTES - INSTRUCTION_BYTES_MAX)
    {
      g_snprintf (walk->stop, sizeof walk->stop, "nothing is emulated up to +%u",
                  (guint) walk->offset);
      return FALSE;
    }
  if (!decode (walk->decoder, walk->offset))
    {
      g_snprintf (walk->stop, sizeof walk->stop, "the code at +%u cannot be decoded",
                  (guint) walk->offset);
      return FALSE;
    }
  handling = memsnoop_x86_handling (walk->decoder->instruction);
  note_possible (walk, handling);
  if (is_good_place (walk, handling))
    {
      choose (walk);
      return handling == MEMSNOOP_X86_CONDITIONAL_JUMP && walk->needs->null_is_nothing &&
             pass_null_test (walk);
    }
  if (handling == MEMSNOOP_X86_CONDITIONAL_JUMP || handling == MEMSNOOP_X86_JUMP)
    {
      stop (walk, walk->joined ? "is reached by other jumps, too"
                               : "may be in a loop, as not all of the code can be read");
      return FALSE;
    }
  if (!is_harmless (walk))
    return FALSE;
  pass (walk);
  return TRUE;
}

/* The entry, when that is all there is. */
static void
settle (Walk *walk)
{
  MemsnoopProbePlacement *placement = walk->placement;

  if (walk->found)
    return;
  if (!placement->possible)
    g_snprintf (placement->reason, sizeof placement->reason,
                "the kernel puts no probe on its first instructions: %s", walk->stop);
  else if (placement->offset == 0)
    g_snprintf (placement->reason, sizeof placement->reason, "the entry, single-stepped: %s",
                walk->stop);
  else
    g_snprintf (placement->reason, sizeof placement->reason,
                "+%u, single-stepped, as the kernel puts no probe on the entry: %s",
                placement->offset, walk->stop);
}

static void
choose_unread_entry (MemsnoopProbePlacement *placement, const gchar *why)
{
  placement->possible = TRUE;
  g_snprintf (placement->reason, sizeof placement->reason, "the entry: %s", why);
}

void
memsnoop_probe_placement_find (const MemsnoopFunctionCode *code,
                               const MemsnoopProbeNeeds *needs,
                               MemsnoopProbePlacement *placement)
{
  Decoder decoder;
  Walk walk = { .decoder = &decoder, .needs = needs, .placement = placement };

  memset (placement, 0, sizeof *placement);
  if (code->machine != EM_X86_64)
    {
      choose_unread_entry (placement, "which instructions are emulated is known for x86-64 only, "
                                      "so whether it is fast is not known");
      return;
    }
  if (!decoder_open (&decoder, code))
    {
      choose_unread_entry (placement, "the disassembler cannot be opened");
      return;
    }
  find_arrivals (&decoder, &walk.arrivals);
  while (step (&walk))
    ;
  settle (&walk);
  decoder_close (&decoder);
}

static void
count_jump (Decoder *decoder, MemsnoopFunctionReturns *returns)
{
  gboolean direct;
  guint64 target = 0;
  gsize offset;

  if (!memsnoop_x86_is_jump (decoder->capstone, decoder->instruction, &direct, &target) ||
      (direct && find_inside (decoder, target, &offset)))
    return;
  returns->jumps_out++;
  if (direct && returns->n_targets < MEMSNOOP_PROBE_TARGETS_MAX)
    returns->targets[returns->n_targets++] = target;
}

static void
judge_returns (const Decoder *decoder, gsize offset, MemsnoopFunctionReturns *returns)
{
  if (decoder->code->size == 0)
    g_strlcpy (returns->reason, "its symbol does not tell its size", sizeof returns->reason);
  else if (offset != decoder->code->size)
    g_snprintf (returns->reason, sizeof returns->reason, "the code at +%u cannot be decoded",
                (guint) offset);
  else if (returns->n_offsets > MEMSNOOP_PROBE_RETURNS_MAX)
    g_snprintf (returns->reason, sizeof returns->reason,
                "it has %u return instructions, of which %u are taken", returns->n_offsets,
                MEMSNOOP_PROBE_RETURNS_MAX);
  else if (returns->jumps_out > 0)
    g_snprintf (returns->reason, sizeof returns->reason,
                "%u of its jumps lead elsewhere, and may return there", returns->jumps_out);
  else
    returns->complete = TRUE;
  returns->n_offsets = MIN (returns->n_offsets, MEMSNOOP_PROBE_RETURNS_MAX);
}

void
memsnoop_function_returns_find (const MemsnoopFunctionCode *code, MemsnoopFunctionReturns *returns)
{
  Decoder decoder;
  gsize offset = 0;

  memset (returns, 0, sizeof *returns);
  if (code->machine != EM_X86_64 || !decoder_open (&decoder, code))
    {
      g_strlcpy (returns->reason, "return instructions are known for x86-64 only",
                 sizeof returns->reason);
      return;
    }
  for (; decode (&decoder, offset); offset += decoder.instruction->size)
    {
      if (memsnoop_x86_is_return (decoder.instruction))
        {
          if (returns->n_offsets < MEMSNOOP_PROBE_RETURNS_MAX)
            returns->offsets[returns->n_offsets] = (gint64) offset;
          returns->n_offsets++;
        }
      count_jump (&decoder, returns);
    }
  judge_returns (&decoder, offset, returns);
  decoder_close (&decoder);
}

static void
add_callee (guint64 *list, guint *n, guint64 address)
{
  for (guint i = 0; i < *n; i++)
    if (list[i] == address)
      return;
  if (*n < MEMSNOOP_FUNCTION_CALLEES_MAX)
    list[(*n)++] = address;
}

static void
note_callee (Decoder *decoder, MemsnoopFunctionCallees *callees)
{
  const cs_insn *instruction = decoder->instruction;
  const cs_x86 *x86 = &instruction->detail->x86;
  const cs_x86_op *operand = &x86->operands[0];
  gsize offset;

  if (x86->op_count != 1 || (!cs_insn_group (decoder->capstone, instruction, CS_GRP_CALL) &&
                             !cs_insn_group (decoder->capstone, instruction, CS_GRP_JUMP)))
    return;
  if (operand->type == X86_OP_MEM && operand->mem.base == X86_REG_RIP &&
      operand->mem.index == X86_REG_INVALID)
    add_callee (callees->slots, &callees->n_slots,
                instruction->address + instruction->size + (guint64) operand->mem.disp);
  else if (operand->type == X86_OP_IMM && !find_inside (decoder, (guint64) operand->imm, &offset))
    add_callee (callees->targets, &callees->n_targets, (guint64) operand->imm);
}

void
memsnoop_function_callees_find (const MemsnoopFunctionCode *code, MemsnoopFunctionCallees *callees)
{
  Decoder decoder;

  memset (callees, 0, sizeof *callees);
  if (code->machine != EM_X86_64 || !decoder_open (&decoder, code))
    return;
  for (gsize offset = 0; decode (&decoder, offset); offset += decoder.instruction->size)
    note_callee (&decoder, callees);
  decoder_close (&decoder);
}

guint64
memsnoop_linkage_slot_find (const guint8 *bytes, gsize length, guint64 address)
{
  static const guint8 endbr64[] = { 0xf3, 0x0f, 0x1e, 0xfa };
  /* jmp *slot(%rip), with or without bnd */
  static const guint8 jump[] = { 0xff, 0x25 };
  gsize at = 0;
  gint32 distance;

  if (length >= sizeof endbr64 && memcmp (bytes, endbr64, sizeof endbr64) == 0)
    at += sizeof endbr64;
  if (at < length && bytes[at] == 0xf2)
    at++;
  if (length < at + sizeof jump + sizeof distance || memcmp (bytes + at, jump, sizeof jump) != 0)
    return 0;
  at += sizeof jump;
  memcpy (&distance, bytes + at, sizeof distance);
  return address + at + sizeof distance + (guint64) (gint64) distance;
}
