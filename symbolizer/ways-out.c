/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ways-out.h"

#include "x86-instruction.h"

#include <string.h>

/* Allocators' slow paths have some hundred. */
#define STEPS_MAX 8192
#define INSTRUCTION_BYTES_MAX 15
#define UNKNOWN G_MININT32
/* Higher than any frame that is worth following. */
#define HEIGHT_MAX (1 << 20)

/* Bytes that the stack has grown since the entry, and where the frame pointer points to in the same
 * measure. */
typedef struct
{
  guint64 address;
  gint32 height;
  gint32 frame;
} Way;

typedef struct
{
  const MemsnoopProgramCode *program;
  guint64 entry;
  MemsnoopFunctionReturns *returns;
  csh capstone;
  cs_insn *instruction;
  GArray *open;
  GHashTable *seen;
  guint steps;
} Walk;

static guint
way_hash (gconstpointer key)
{
  const Way *way = key;

  return g_int64_hash (&way->address) * 31 + (guint) way->height * 7 + (guint) way->frame;
}

static gboolean
way_equal (gconstpointer a, gconstpointer b)
{
  const Way *left = a, *right = b;

  return left->address == right->address && left->height == right->height &&
         left->frame == right->frame;
}

static void
give_up (Walk *walk, const gchar *why)
{
  if (walk->returns->reason[0] == '\0')
    g_strlcpy (walk->returns->reason, why, sizeof walk->returns->reason);
}

static gboolean
decode (Walk *walk, guint64 address)
{
  guint8 bytes[INSTRUCTION_BYTES_MAX];
  const guint8 *position = bytes;
  gsize left = walk->program->read (walk->program->data, address, bytes, sizeof bytes);

  return left > 0 && cs_disasm_iter (walk->capstone, &position, &left, &address, walk->instruction);
}

static void
note_return (Walk *walk, const Way *way)
{
  MemsnoopFunctionReturns *returns = walk->returns;
  gint64 offset = (gint64) (way->address - walk->entry);

  if (way->height == UNKNOWN)
    give_up (walk, "how high the stack is where it returns is not known");
  /* Behind a call that never returns. */
  if (way->height != 0)
    return;
  for (guint i = 0; i < returns->n_offsets; i++)
    if (returns->offsets[i] == offset)
      return;
  if (returns->n_offsets < MEMSNOOP_PROBE_RETURNS_MAX)
    returns->offsets[returns->n_offsets++] = offset;
  else
    give_up (walk, "it returns in too many places");
}

static gboolean
is_register (const cs_x86_op *operand, guint name)
{
  return operand->type == X86_OP_REG && operand->reg == name;
}

/* "add", "sub" and "lea", if they change the stack pointer by a number that is known. */
static gboolean
change_height (const cs_insn *instruction, Way *way)
{
  const cs_x86 *x86 = &instruction->detail->x86;
  const cs_x86_op *from = &x86->operands[1];
  gint64 height = way->height;

  if (x86->op_count != 2 || !is_register (&x86->operands[0], X86_REG_RSP))
    return FALSE;
  if (instruction->id == X86_INS_SUB && from->type == X86_OP_IMM)
    height += from->imm;
  else if (instruction->id == X86_INS_ADD && from->type == X86_OP_IMM)
    height -= from->imm;
  else if (instruction->id == X86_INS_LEA && from->mem.index == X86_REG_INVALID &&
           (from->mem.base == X86_REG_RSP || from->mem.base == X86_REG_RBP))
    height = (from->mem.base == X86_REG_RSP ? height : way->frame) - from->mem.disp;
  else if (instruction->id == X86_INS_MOV && is_register (from, X86_REG_RBP))
    height = way->frame;
  else
    return FALSE;
  way->height = ABS (height) > HEIGHT_MAX ? UNKNOWN : (gint32) height;
  return TRUE;
}

static void
forget_what_is_written (Walk *walk, Way *way)
{
  cs_regs read, written;
  uint8_t n_read, n_written = 0;

  if (cs_regs_access (walk->capstone, walk->instruction, read, &n_read, written, &n_written) !=
      CS_ERR_OK)
    way->height = UNKNOWN;
  for (guint i = 0; i < n_written; i++)
    {
      if (written[i] == X86_REG_RSP || written[i] == X86_REG_ESP || written[i] == X86_REG_SP)
        way->height = UNKNOWN;
      if (written[i] == X86_REG_RBP || written[i] == X86_REG_EBP)
        way->frame = UNKNOWN;
    }
}

static void
shift (gint32 *height, gint32 bytes)
{
  if (*height != UNKNOWN)
    *height += bytes;
}

static void
apply (Walk *walk, Way *way)
{
  const cs_insn *instruction = walk->instruction;
  const cs_x86 *x86 = &instruction->detail->x86;

  if (instruction->id == X86_INS_PUSH)
    shift (&way->height, 8);
  else if (instruction->id == X86_INS_POP && !is_register (&x86->operands[0], X86_REG_RSP))
    {
      shift (&way->height, -8);
      if (is_register (&x86->operands[0], X86_REG_RBP))
        way->frame = UNKNOWN;
    }
  else if (instruction->id == X86_INS_LEAVE)
    {
      way->height = way->frame;
      shift (&way->height, -8);
      way->frame = UNKNOWN;
    }
  else if (instruction->id == X86_INS_MOV && is_register (&x86->operands[0], X86_REG_RBP) &&
           is_register (&x86->operands[1], X86_REG_RSP))
    way->frame = way->height;
  else if (!change_height (instruction, way))
    forget_what_is_written (walk, way);
}

/* The slot by which it calls or jumps; 0 when it does not do so by one. */
static guint64
slot_of (const cs_insn *instruction)
{
  const cs_x86_op *operand = &instruction->detail->x86.operands[0];

  return operand->type == X86_OP_MEM && operand->mem.base == X86_REG_RIP &&
                 operand->mem.index == X86_REG_INVALID
             ? instruction->address + instruction->size + (guint64) operand->mem.disp
             : 0;
}

static gboolean
call_returns (Walk *walk)
{
  const MemsnoopProgramCode *program = walk->program;
  const cs_x86_op *operand = &walk->instruction->detail->x86.operands[0];
  guint64 slot = slot_of (walk->instruction);

  if (slot != 0)
    return !program->never_returns (program->data, slot, TRUE);
  return operand->type != X86_OP_IMM ||
         !program->never_returns (program->data, (guint64) operand->imm, FALSE);
}

/* FALSE when the way ends here. */
static gboolean
take_jump (Walk *walk, Way *way, gboolean direct, guint64 target)
{
  const MemsnoopProgramCode *program = walk->program;
  guint64 slot = slot_of (walk->instruction);
  Way other = *way;

  if (direct && walk->instruction->id != X86_INS_JMP)
    {
      other.address = target;
      g_array_append_val (walk->open, other);
      way->address += walk->instruction->size;
      return TRUE;
    }
  if (direct)
    way->address = target;
  else if (slot == 0 || !program->follow (program->data, slot, &way->address))
    {
      give_up (walk, "it leaves by a jump whose target is not known");
      return FALSE;
    }
  return TRUE;
}

static gboolean
is_end (const cs_insn *instruction)
{
  return instruction->id == X86_INS_INT3 || instruction->id == X86_INS_UD2 ||
         instruction->id == X86_INS_HLT;
}

/* One instruction; FALSE when the way ends here. */
static gboolean
step (Walk *walk, Way *way)
{
  gboolean direct;
  guint64 target = 0;

  if (!decode (walk, way->address))
    {
      /* Behind a call that never returns there may be anything. */
      if (way->height == 0)
        give_up (walk, "there is code that cannot be decoded");
      return FALSE;
    }
  if (memsnoop_x86_is_return (walk->instruction))
    {
      note_return (walk, way);
      return FALSE;
    }
  if (is_end (walk->instruction))
    return FALSE;
  if (memsnoop_x86_is_jump (walk->capstone, walk->instruction, &direct, &target))
    return take_jump (walk, way, direct, target);
  if (cs_insn_group (walk->capstone, walk->instruction, CS_GRP_CALL))
    {
      if (!call_returns (walk))
        return FALSE;
    }
  else
    apply (walk, way);
  way->address += walk->instruction->size;
  return TRUE;
}

static void
follow (Walk *walk, Way way)
{
  do
    {
      if (g_hash_table_contains (walk->seen, &way))
        return;
      g_hash_table_add (walk->seen, g_memdup2 (&way, sizeof way));
      if (walk->steps++ == STEPS_MAX)
        {
          give_up (walk, "it has too many ways to follow them all");
          g_array_set_size (walk->open, 0);
          return;
        }
    }
  while (step (walk, &way));
}

static gint
compare_offsets (gconstpointer a, gconstpointer b)
{
  gint64 left = *(const gint64 *) a, right = *(const gint64 *) b;

  return (left > right) - (left < right);
}

void
memsnoop_ways_out_find (const MemsnoopProgramCode *program,
                        guint64 entry,
                        MemsnoopFunctionReturns *returns)
{
  Walk walk = { .program = program, .entry = entry, .returns = returns };
  Way first = { .address = entry, .height = 0, .frame = UNKNOWN };

  memset (returns, 0, sizeof *returns);
  if (cs_open (CS_ARCH_X86, CS_MODE_64, &walk.capstone) != CS_ERR_OK)
    {
      give_up (&walk, "the disassembler cannot be opened");
      return;
    }
  cs_option (walk.capstone, CS_OPT_DETAIL, CS_OPT_ON);
  walk.instruction = cs_malloc (walk.capstone);
  walk.open = g_array_new (FALSE, FALSE, sizeof (Way));
  walk.seen = g_hash_table_new_full (way_hash, way_equal, g_free, NULL);
  g_array_append_val (walk.open, first);
  while (walk.open->len > 0)
    {
      Way way = g_array_index (walk.open, Way, walk.open->len - 1);

      g_array_set_size (walk.open, walk.open->len - 1);
      follow (&walk, way);
    }
  qsort (returns->offsets, returns->n_offsets, sizeof returns->offsets[0], compare_offsets);
  if (returns->n_offsets == 0)
    give_up (&walk, "it has no return that is found");
  returns->complete = returns->reason[0] == '\0';
  g_hash_table_unref (walk.seen);
  g_array_unref (walk.open);
  cs_free (walk.instruction, 1);
  cs_close (&walk.capstone);
}
