/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel does when a uprobe sits on an x86-64 instruction, and what the instruction itself does to what a probe
 * at the beginning of a function wants to see. All of it from the bytes, as arch/x86/kernel/uprobes.c reads them
 * (branch_setup_xol_ops(), push_setup_xol_ops(), uprobe_init_insn()); Capstone finds the operands.
 */
#pragma once

#include <capstone/capstone.h>
#include <glib.h>

G_BEGIN_DECLS

/**
 * MemsnoopX86Handling:
 * @MEMSNOOP_X86_SINGLE_STEPPED: executed out of line with the trap flag: a second exception for each hit.
 * @MEMSNOOP_X86_PUSH: emulated since Linux 4.16: push of a 64-bit register.
 * @MEMSNOOP_X86_NOP: emulated since Linux 3.16: 0x90 with any prefix but REX.
 * @MEMSNOOP_X86_LONG_NOP: a multi-byte nop, emulated since Linux 6.16, single-stepped before.
 * @MEMSNOOP_X86_JUMP: emulated: jmp rel8 and rel32.
 * @MEMSNOOP_X86_CONDITIONAL_JUMP: emulated: jcc rel8 and rel32.
 * @MEMSNOOP_X86_CALL: emulated: call rel32. (But not onto the shadow stack of a program that has one, except in the
 *   newest kernels: do not put a probe on it without need.)
 * @MEMSNOOP_X86_REFUSED: no uprobe can be put on it.
 */
typedef enum
{
  MEMSNOOP_X86_SINGLE_STEPPED,
  MEMSNOOP_X86_PUSH,
  MEMSNOOP_X86_NOP,
  MEMSNOOP_X86_LONG_NOP,
  MEMSNOOP_X86_JUMP,
  MEMSNOOP_X86_CONDITIONAL_JUMP,
  MEMSNOOP_X86_CALL,
  MEMSNOOP_X86_REFUSED,
} MemsnoopX86Handling;

/** Integer registers as bits: the six arguments of the ABI in their order, then all others. */
typedef enum
{
  MEMSNOOP_X86_ARGUMENTS     = 0x3f,
  MEMSNOOP_X86_STACK_POINTER = 1 << 6,
  MEMSNOOP_X86_OTHERS        = 1 << 7,
} MemsnoopX86Registers;

/** What the running kernel does with a probe on @instruction, whose detail is not needed. */
MemsnoopX86Handling memsnoop_x86_handling             (const cs_insn *instruction);

/**
 * memsnoop_x86_is_plain:
 *
 * Whether @instruction is one of those of which it is known here that they go on to the next one, do
 * nothing but compute, load and store, and write no integer registers but those that memsnoop_x86_written() tells.
 * What is not known is not plain.
 */
gboolean            memsnoop_x86_is_plain             (const cs_insn *instruction);

/** The integer registers that a plain instruction writes, in whole or in part, as #MemsnoopX86Registers. */
guint               memsnoop_x86_written              (csh            capstone,
                                                       const cs_insn *instruction);

/** Whether a plain instruction writes memory. */
gboolean            memsnoop_x86_stores               (const cs_insn *instruction);

/** Whether it compares the first argument with zero, so that je and jne then tell %NULL. */
gboolean            memsnoop_x86_tests_first_argument (const cs_insn *instruction);

/** Whether it leaves the flags of a test as they are; %FALSE when not known. */
gboolean            memsnoop_x86_keeps_flags          (const cs_insn *instruction);

/** Bytes that it takes from the stack pointer: "sub $bytes, %rsp"; 0 when it is no such instruction. */
guint32             memsnoop_x86_stack_taken          (const cs_insn *instruction);

/** Whether it is a jump of any kind (but no call), and if so whether @target (an address) is known. */
gboolean            memsnoop_x86_is_jump              (csh            capstone,
                                                       const cs_insn *instruction,
                                                       gboolean      *direct,
                                                       guint64       *target);

gboolean            memsnoop_x86_is_return            (const cs_insn *instruction);

G_END_DECLS
