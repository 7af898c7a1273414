/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "x86-instruction.h"

#include <string.h>

#define REX_B 0x41

/* Those that is_prefix_bad() refuses: es, cs, ss, ds, lock. */
static gboolean
is_refused_prefix (guint8 byte)
{
  return byte == 0x26 || byte == 0x2e || byte == 0x36 || byte == 0x3e || byte == 0xf0;
}

static gboolean
is_legacy_prefix (guint8 byte)
{
  return is_refused_prefix (byte) || byte == 0x64 || byte == 0x65 || byte == 0x66 || byte == 0x67 ||
         byte == 0xf2 || byte == 0xf3;
}

typedef struct
{
  guint legacy;
  guint8 rex;
  guint8 opcode[2];
  gboolean refused;
  gboolean operand_size;
} Encoding;

static Encoding
read_encoding (const cs_insn *instruction)
{
  const guint8 *bytes = instruction->bytes;
  Encoding encoding = { 0 };
  guint i = 0;

  for (; i < instruction->size && is_legacy_prefix (bytes[i]); i++)
    {
      encoding.refused |= is_refused_prefix (bytes[i]);
      encoding.operand_size |= bytes[i] == 0x66;
    }
  encoding.legacy = i;
  if (i < instruction->size && (bytes[i] & 0xf0) == 0x40)
    encoding.rex = bytes[i++];
  for (guint k = 0; k < 2 && i < instruction->size; k++)
    encoding.opcode[k] = bytes[i++];
  return encoding;
}

/* The opcodes that good_insns_64 has as 0. */
static gboolean
is_refused_opcode (guint8 opcode)
{
  static const guint8 refused[] = {
    0x06, 0x07, 0x0e, 0x16, 0x17, 0x1e, 0x1f, 0x27, 0x2f, 0x37, 0x3f, 0x60, 0x61, 0x62,
    0x6c, 0x6d, 0x6e, 0x6f, 0x82, 0x9a, 0xcc, 0xcd, 0xce, 0xcf, 0xd4, 0xd5, 0xd6, 0xe4,
    0xe5, 0xe6, 0xe7, 0xea, 0xec, 0xed, 0xee, 0xef, 0xf1, 0xf4, 0xfa, 0xfb,
  };

  return memchr (refused, opcode, sizeof refused) != NULL;
}

/* x86_nops of the kernel, for all but one byte: exactly these. */
static gboolean
is_kernel_nop (const cs_insn *instruction)
{
  static const struct
  {
    guint8 length;
    guint8 bytes[9];
  } nops[] = {
    { 3, { 0x0f, 0x1f, 0x00 } },
    { 4, { 0x0f, 0x1f, 0x40, 0x00 } },
    { 5, { 0x0f, 0x1f, 0x44, 0x00, 0x00 } },
    { 6, { 0x66, 0x0f, 0x1f, 0x44, 0x00, 0x00 } },
    { 7, { 0x0f, 0x1f, 0x80, 0x00, 0x00, 0x00, 0x00 } },
    { 8, { 0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00 } },
    { 9, { 0x66, 0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00 } },
  };

  for (guint i = 0; i < G_N_ELEMENTS (nops); i++)
    if (instruction->size == nops[i].length &&
        memcmp (instruction->bytes, nops[i].bytes, nops[i].length) == 0)
      return TRUE;
  return FALSE;
}

static gboolean
is_push (const cs_insn *instruction, const Encoding *encoding)
{
  return encoding->legacy == 0 && encoding->opcode[0] >= 0x50 && encoding->opcode[0] <= 0x57 &&
         (encoding->rex == 0 || encoding->rex == REX_B) &&
         instruction->size == (encoding->rex == 0 ? 1 : 2);
}

static MemsnoopX86Handling
branch_handling (const Encoding *encoding)
{
  guint8 opcode = encoding->opcode[0];
  MemsnoopX86Handling handling = MEMSNOOP_X86_SINGLE_STEPPED;

  if (opcode == 0xeb || opcode == 0xe9)
    handling = MEMSNOOP_X86_JUMP;
  else if (opcode == 0xe8)
    handling = MEMSNOOP_X86_CALL;
  else if ((opcode >= 0x70 && opcode <= 0x7f) ||
           (opcode == 0x0f && encoding->opcode[1] >= 0x80 && encoding->opcode[1] <= 0x8f))
    handling = MEMSNOOP_X86_CONDITIONAL_JUMP;
  if (handling != MEMSNOOP_X86_SINGLE_STEPPED && encoding->operand_size)
    return MEMSNOOP_X86_REFUSED;
  return handling;
}

MemsnoopX86Handling
memsnoop_x86_handling (const cs_insn *instruction)
{
  Encoding encoding = read_encoding (instruction);

  if (encoding.refused || is_refused_opcode (encoding.opcode[0]))
    return MEMSNOOP_X86_REFUSED;
  if (is_kernel_nop (instruction))
    return MEMSNOOP_X86_LONG_NOP;
  /* With a REX prefix it is an exchange of registers; with F3 it is pause, which does nothing
   * either. */
  if (encoding.opcode[0] == 0x90)
    return encoding.rex == 0 ? MEMSNOOP_X86_NOP : MEMSNOOP_X86_SINGLE_STEPPED;
  if (is_push (instruction, &encoding))
    return MEMSNOOP_X86_PUSH;
  return branch_handling (&encoding);
}

gboolean
memsnoop_x86_is_plain (const cs_insn *instruction)
{
  static const guint plain[] = {
    X86_INS_ADD,     X86_INS_AND,    X86_INS_BSR,    X86_INS_BSF,    X86_INS_BT,     X86_INS_CMOVA,
    X86_INS_CMOVAE,  X86_INS_CMOVB,  X86_INS_CMOVBE, X86_INS_CMOVE,  X86_INS_CMOVG,  X86_INS_CMOVGE,
    X86_INS_CMOVL,   X86_INS_CMOVLE, X86_INS_CMOVNE, X86_INS_CMOVNO, X86_INS_CMOVNP, X86_INS_CMOVNS,
    X86_INS_CMOVO,   X86_INS_CMOVP,  X86_INS_CMOVS,  X86_INS_CMP,    X86_INS_DEC,    X86_INS_IMUL,
    X86_INS_INC,     X86_INS_LEA,    X86_INS_MOV,    X86_INS_MOVABS, X86_INS_MOVSX,  X86_INS_MOVSXD,
    X86_INS_MOVZX,   X86_INS_MUL,    X86_INS_NEG,    X86_INS_NOP,    X86_INS_NOT,    X86_INS_OR,
    X86_INS_ROL,     X86_INS_ROR,    X86_INS_SAR,    X86_INS_SETA,   X86_INS_SETAE,  X86_INS_SETB,
    X86_INS_SETBE,   X86_INS_SETE,   X86_INS_SETG,   X86_INS_SETGE,  X86_INS_SETL,   X86_INS_SETLE,
    X86_INS_SETNE,   X86_INS_SETNO,  X86_INS_SETNP,  X86_INS_SETNS,  X86_INS_SETO,   X86_INS_SETP,
    X86_INS_SETS,    X86_INS_SHL,    X86_INS_SHR,    X86_INS_SUB,    X86_INS_TEST,   X86_INS_XOR,
    X86_INS_ENDBR64,
  };

  for (guint i = 0; i < G_N_ELEMENTS (plain); i++)
    if (instruction->id == plain[i])
      return TRUE;
  return FALSE;
}

/* In the order of the ABI; each with its parts. */
static guint
register_bit (guint name)
{
  static const guint names[][5] = {
    { X86_REG_RDI, X86_REG_EDI, X86_REG_DI, X86_REG_DIL },
    { X86_REG_RSI, X86_REG_ESI, X86_REG_SI, X86_REG_SIL },
    { X86_REG_RDX, X86_REG_EDX, X86_REG_DX, X86_REG_DL, X86_REG_DH },
    { X86_REG_RCX, X86_REG_ECX, X86_REG_CX, X86_REG_CL, X86_REG_CH },
    { X86_REG_R8, X86_REG_R8D, X86_REG_R8W, X86_REG_R8B },
    { X86_REG_R9, X86_REG_R9D, X86_REG_R9W, X86_REG_R9B },
    { X86_REG_RSP, X86_REG_ESP, X86_REG_SP, X86_REG_SPL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    for (guint k = 0; k < G_N_ELEMENTS (names[i]); k++)
      if (names[i][k] == name && name != X86_REG_INVALID)
        return 1U << i;
  return MEMSNOOP_X86_OTHERS;
}

/* Of its operands, that is; what else it writes is in Capstone's lists. */
static gboolean
only_reads (const cs_insn *instruction)
{
  if (instruction->id == X86_INS_MUL || instruction->id == X86_INS_IMUL)
    return instruction->detail->x86.op_count == 1;
  return instruction->id == X86_INS_CMP || instruction->id == X86_INS_TEST ||
         instruction->id == X86_INS_BT || instruction->id == X86_INS_NOP ||
         instruction->id == X86_INS_ENDBR64;
}

guint
memsnoop_x86_written (csh capstone, const cs_insn *instruction)
{
  const cs_x86 *x86 = &instruction->detail->x86;
  cs_regs read, written;
  uint8_t n_read = 0, n_written = 0;
  guint bits = 0;

  if (cs_regs_access (capstone, instruction, read, &n_read, written, &n_written) != CS_ERR_OK)
    return G_MAXUINT;
  for (guint i = 0; i < n_written; i++)
    bits |= register_bit (written[i]);
  /* Capstone's tables have gaps: the first operand is the destination of all these, whatever they
   * say. */
  if (!only_reads (instruction) && x86->op_count > 0 && x86->operands[0].type == X86_OP_REG)
    bits |= register_bit (x86->operands[0].reg);
  return bits;
}

gboolean
memsnoop_x86_stores (const cs_insn *instruction)
{
  const cs_x86 *x86 = &instruction->detail->x86;

  return !only_reads (instruction) && x86->op_count > 0 && x86->operands[0].type == X86_OP_MEM;
}

gboolean
memsnoop_x86_tests_first_argument (const cs_insn *instruction)
{
  const cs_x86 *x86 = &instruction->detail->x86;

  if (x86->op_count != 2 || x86->operands[0].type != X86_OP_REG ||
      x86->operands[0].reg != X86_REG_RDI)
    return FALSE;
  if (instruction->id == X86_INS_TEST)
    return x86->operands[1].type == X86_OP_REG && x86->operands[1].reg == X86_REG_RDI;
  return instruction->id == X86_INS_CMP && x86->operands[1].type == X86_OP_IMM &&
         x86->operands[1].imm == 0;
}

gboolean
memsnoop_x86_keeps_flags (const cs_insn *instruction)
{
  switch (instruction->id)
    {
    case X86_INS_ENDBR64:
    case X86_INS_LEA:
    case X86_INS_MOV:
    case X86_INS_MOVABS:
    case X86_INS_MOVSX:
    case X86_INS_MOVSXD:
    case X86_INS_MOVZX:
    case X86_INS_NOP:
      return TRUE;
    default:
      return FALSE;
    }
}

guint32
memsnoop_x86_stack_taken (const cs_insn *instruction)
{
  const cs_x86 *x86 = &instruction->detail->x86;

  if (instruction->id != X86_INS_SUB || x86->op_count != 2 || x86->operands[0].type != X86_OP_REG ||
      x86->operands[0].reg != X86_REG_RSP || x86->operands[1].type != X86_OP_IMM)
    return 0;
  return x86->operands[1].imm > 0 && x86->operands[1].imm <= G_MAXINT16
             ? (guint32) x86->operands[1].imm
             : 0;
}

gboolean
memsnoop_x86_is_jump (csh capstone, const cs_insn *instruction, gboolean *direct, guint64 *target)
{
  const cs_x86 *x86 = &instruction->detail->x86;

  if (!cs_insn_group (capstone, instruction, CS_GRP_JUMP))
    return FALSE;
  *direct = x86->op_count == 1 && x86->operands[0].type == X86_OP_IMM;
  if (*direct)
    *target = (guint64) x86->operands[0].imm;
  return TRUE;
}

gboolean
memsnoop_x86_is_return (const cs_insn *instruction)
{
  return instruction->id == X86_INS_RET || instruction->id == X86_INS_RETF ||
         instruction->id == X86_INS_RETFQ;
}
