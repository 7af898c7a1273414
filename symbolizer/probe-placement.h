/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where to probe a function. The kernel emulates some instructions; on all others a probe costs a second exception,
 * because they are single-stepped out of line: two to three times as dear on hardware, ten times in a virtual machine. So
 * the place is the first emulated instruction that each call of the function reaches once, with its arguments and the
 * stack pointer as they were at its entry.
 *
 * Pure functions of the bytes of a program, which may be hostile: the work is bounded, and what is not
 * understood is not passed over. x86-64 only; on other architectures the place is the entry.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** How far into a function the place is looked for, in bytes. */
#define MEMSNOOP_PROBE_SEARCH_BYTES  256
/** How much of a function is read at most, in bytes. */
#define MEMSNOOP_FUNCTION_BYTES_MAX  16384
#define MEMSNOOP_PROBE_RETURNS_MAX   32
#define MEMSNOOP_PROBE_TARGETS_MAX   8
#define MEMSNOOP_PROBE_REASON_BYTES  160
#define MEMSNOOP_FUNCTION_CALLEES_MAX 32

/**
 * MemsnoopFunctionCode:
 * @machine: e_machine of its ELF file: EM_X86_64, or another.
 * @bytes: its code, from the entry.
 * @length: how much of it is there, up to %MEMSNOOP_FUNCTION_BYTES_MAX (more is not read).
 * @size: of the function by its symbol; 0 when the symbol does not tell. What is in @bytes behind it is not read.
 * @address: of the entry.
 */
typedef struct
{
  guint16       machine;
  const guint8 *bytes;
  gsize         length;
  guint64       size;
  guint64       address;
} MemsnoopFunctionCode;

/**
 * MemsnoopProbeNeeds:
 * @arguments: how many of its integer arguments a probe wants to see, from the first: 0 to 6.
 * @returns: whether a return probe (or a session) is wanted there: then the stack pointer must be as at entry.
 * @stack_offset_known: whether the probe can do with a stack pointer that is a known number of bytes lower. Not with @returns.
 * @null_is_nothing: whether calls with %NULL as the first argument need not be seen, as with free().
 * @long_nops: whether this kernel emulates multi-byte nops (since Linux 6.16).
 */
typedef struct
{
  guint    arguments;
  gboolean returns;
  gboolean stack_offset_known;
  gboolean null_is_nothing;
  gboolean long_nops;
} MemsnoopProbeNeeds;

/**
 * MemsnoopProbePlacement:
 * @possible: whether there is a place at all: the kernel refuses some instructions.
 * @fast: whether the kernel emulates the instruction there.
 * @skips_null: whether calls with %NULL as the first argument do not pass there.
 * @offset: bytes from the entry.
 * @stack_offset: bytes that the stack pointer is lower there than at the entry.
 * @reason: what the place is, or why it is the entry and not fast. ASCII.
 */
typedef struct
{
  gboolean possible;
  gboolean fast;
  gboolean skips_null;
  guint32  offset;
  guint32  stack_offset;
  gchar    reason[MEMSNOOP_PROBE_REASON_BYTES];
} MemsnoopProbePlacement;

/**
 * memsnoop_probe_placement_find:
 *
 * Takes microseconds (for a function of the largest size that is read, a millisecond).
 *
 * What it cannot see: jumps to the first instructions of a function from outside of it (from its own cold part, say), or by a
 * table. Compilers make neither; if one did, calls would be seen twice.
 */
void memsnoop_probe_placement_find (const MemsnoopFunctionCode *code,
                                    const MemsnoopProbeNeeds   *needs,
                                    MemsnoopProbePlacement     *placement);

/**
 * MemsnoopFunctionReturns:
 * @complete: whether every way out of the function is in @offsets, but for those that throw.
 * @offsets: of its return instructions, from the entry, rising. They are single-stepped: a dear place. (Those before the entry
 *   are of other functions: see ways-out.h.)
 * @jumps_out: jumps to elsewhere: tail calls and a cold part. What returns there is not in @offsets.
 * @targets: the addresses that these lead to, as far as they are known and there is room.
 * @reason: why it is not complete.
 */
typedef struct
{
  gboolean complete;
  guint32  n_offsets;
  gint64   offsets[MEMSNOOP_PROBE_RETURNS_MAX];
  guint32  jumps_out;
  guint32  n_targets;
  guint64  targets[MEMSNOOP_PROBE_TARGETS_MAX];
  gchar    reason[MEMSNOOP_PROBE_REASON_BYTES];
} MemsnoopFunctionReturns;

/**
 * memsnoop_function_returns_find:
 *
 * Finds where a function returns, for functions that no return probe may be put on, because they throw or because their
 * stack moves.
 */
void memsnoop_function_returns_find (const MemsnoopFunctionCode *code,
                                     MemsnoopFunctionReturns    *returns);

/**
 * MemsnoopFunctionCallees:
 * @targets: addresses that its direct calls and its jumps to elsewhere lead to, each once, as far as there is room.
 * @slots: addresses of the pointers (of the global offset table, say) by which it calls or jumps.
 */
typedef struct
{
  guint   n_targets;
  guint64 targets[MEMSNOOP_FUNCTION_CALLEES_MAX];
  guint   n_slots;
  guint64 slots[MEMSNOOP_FUNCTION_CALLEES_MAX];
} MemsnoopFunctionCallees;

void memsnoop_function_callees_find (const MemsnoopFunctionCode *code,
                                     MemsnoopFunctionCallees    *callees);

/**
 * memsnoop_linkage_slot_find:
 * @bytes: from @address on.
 *
 * Where the procedure linkage table jumps by a slot of the global offset table.
 *
 * Returns: the slot's address; 0 when this is no such entry.
 */
guint64 memsnoop_linkage_slot_find (const guint8 *bytes,
                                    gsize         length,
                                    guint64       address);

G_END_DECLS
