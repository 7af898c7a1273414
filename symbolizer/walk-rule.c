/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "walk-rule.h"

#include <stdlib.h>

#include <dwarf.h>

/* By their DWARF numbers. */
#if defined(__x86_64__)
#define FRAME_POINTER 6
#define STACK_POINTER 7
#else
#define FRAME_POINTER 29
#define STACK_POINTER 31
#endif

/* Of the kernel's struct sigcontext of x86-64, in words. */
#define SIGNAL_FRAME_POINTER 10
#define SIGNAL_STACK_POINTER 15
#define SIGNAL_INSTRUCTION 16

typedef struct
{
  Dwarf_Frame *frame;
  int return_register;
  bool is_signal;
} Row;

/* Where a register of the caller is. */
typedef enum
{
  UNCHANGED,
  UNDEFINED,
  AT_CFA,
  /* What the frame pointer, or the stack pointer, points to. */
  AT_FRAME,
  AT_STACK,
  ELSEWHERE,
} Location;

static gboolean
in_words (gint64 bytes, gint16 *words)
{
  gint64 quotient = bytes / MEMSNOOP_WALK_WORD;

  *words = (gint16) quotient;
  return bytes % MEMSNOOP_WALK_WORD == 0 && *words == quotient;
}

/* Whether the operation is a register plus @offset: there are two ways to write it. */
static gboolean
is_based_on (const Dwarf_Op *operation, guint number, gint64 *offset)
{
  gboolean extended = operation->atom == DW_OP_bregx;

  *offset = (gint64) (extended ? operation->number2 : operation->number);
  return extended ? operation->number == number : operation->atom == DW_OP_breg0 + number;
}

static Location
read_location (const Dwarf_Op *operations, size_t n, gint64 *offset)
{
  if (n == 1 && is_based_on (&operations[0], FRAME_POINTER, offset))
    return AT_FRAME;
  if (n == 1 && is_based_on (&operations[0], STACK_POINTER, offset))
    return AT_STACK;
  *offset = n == 2 ? (gint64) operations[1].number : 0;
  if (operations[0].atom == DW_OP_call_frame_cfa &&
      (n == 1 || (n == 2 && operations[1].atom == DW_OP_plus_uconst)))
    return AT_CFA;
  return ELSEWHERE;
}

/* @offset: (out): in words. */
static Location
find_register (const Row *row, int number, gint16 *offset)
{
  Dwarf_Op memory[3];
  Dwarf_Op *operations;
  size_t n;
  gint64 bytes = 0;
  Location location;

  *offset = 0;
  if (dwarf_frame_register (row->frame, number, memory, &operations, &n) != 0)
    return ELSEWHERE;
  /* As it is documented. */
  if (n == 0)
    return operations == NULL ? UNCHANGED : UNDEFINED;
  location = read_location (operations, n, &bytes);
  return in_words (bytes, offset) ? location : ELSEWHERE;
}

/* Where the frame pointer is, in a function that keeps its CFA in a slot because it has aligned its
 * stack. */
static gboolean
is_frame_kept (const Row *row)
{
  gint16 offset;

  return find_register (row, FRAME_POINTER, &offset) == AT_FRAME && offset == 0;
}

static gboolean
read_base (const Dwarf_Op *operation, MemsnoopWalkRule *rule)
{
  gint64 offset;

  if (is_based_on (operation, STACK_POINTER, &offset))
    rule->kind = MEMSNOOP_WALK_FROM_STACK;
  else if (is_based_on (operation, FRAME_POINTER, &offset))
    rule->kind = MEMSNOOP_WALK_FROM_FRAME;
  else
    return FALSE;
  return in_words (offset, &rule->cfa);
}

/* As the C library describes what the kernel puts on the stack for a signal. */
static gboolean
read_signal (const Row *row, MemsnoopWalkRule *rule)
{
#if defined(__x86_64__)
  gint16 frame;
  gint16 instruction;

  if (rule->kind != MEMSNOOP_WALK_FROM_STACK || rule->cfa < SIGNAL_STACK_POINTER ||
      find_register (row, FRAME_POINTER, &frame) != AT_STACK ||
      find_register (row, row->return_register, &instruction) != AT_STACK)
    return FALSE;
  rule->kind = MEMSNOOP_WALK_SIGNAL;
  rule->cfa -= SIGNAL_STACK_POINTER;
  return frame == rule->cfa + SIGNAL_FRAME_POINTER && instruction == rule->cfa + SIGNAL_INSTRUCTION;
#else
  return FALSE;
#endif
}

static gboolean
read_frame (const Row *row, MemsnoopWalkRule *rule)
{
  Location location;

  if (find_register (row, row->return_register, &rule->return_slot) != AT_CFA)
    return FALSE;
  if (rule->kind == MEMSNOOP_WALK_FROM_FRAME_SLOT)
    return is_frame_kept (row);
  location = find_register (row, FRAME_POINTER, &rule->frame_slot);
  if (location == AT_CFA)
    return rule->frame_slot != 0;
  rule->frame_slot = 0;
  return location == UNCHANGED || location == UNDEFINED;
}

static gboolean
read_row (const Row *row, MemsnoopWalkRule *rule)
{
  Dwarf_Op *operations;
  size_t n;
  gint16 unused;

  if (find_register (row, row->return_register, &unused) == UNDEFINED)
    {
      rule->kind = MEMSNOOP_WALK_OUTERMOST;
      return TRUE;
    }
  if (dwarf_frame_cfa (row->frame, &operations, &n) != 0 || n < 1 || n > 2 ||
      !read_base (&operations[0], rule))
    return FALSE;
  if (n == 1)
    return !row->is_signal && read_frame (row, rule);
  if (operations[1].atom != DW_OP_deref)
    return FALSE;
  if (row->is_signal)
    return read_signal (row, rule);
  if (rule->kind != MEMSNOOP_WALK_FROM_FRAME)
    return FALSE;
  rule->kind = MEMSNOOP_WALK_FROM_FRAME_SLOT;
  return read_frame (row, rule);
}

static gboolean
find_in (Dwarf_CFI *tables, guint64 address, MemsnoopWalkRule *rule)
{
  Row row = { 0 };

  if (tables == NULL || dwarf_cfi_addrframe (tables, address, &row.frame) != 0)
    return FALSE;
  row.return_register = dwarf_frame_info (row.frame, NULL, NULL, &row.is_signal);
  if (row.return_register < 0 || !read_row (&row, rule))
    *rule = (MemsnoopWalkRule){ .kind = MEMSNOOP_WALK_STOP };
  free (row.frame);
  return TRUE;
}

gboolean
memsnoop_walk_rule_find (const MemsnoopMapping *mapping, guint64 address, MemsnoopWalkRule *rule)
{
  Dwarf_Addr bias;
  Dwarf_CFI *tables;

  *rule = (MemsnoopWalkRule){ .kind = MEMSNOOP_WALK_STOP };
  if (mapping == NULL || mapping->reported == NULL)
    return FALSE;
  tables = dwfl_module_eh_cfi (mapping->reported, &bias);
  if (find_in (tables, address - bias, rule))
    return TRUE;
  tables = dwfl_module_dwarf_cfi (mapping->reported, &bias);
  return find_in (tables, address - bias, rule);
}
