/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the service and its worker for unwinding and symbols say to each other.
 *
 * A socket pair of type SOCK_SEQPACKET. The service asks, the worker answers each request with exactly one
 * message, in order; the service has one request under way at a time. A message is a header and a body: a GVariant
 * in the machine's byte order, whose type follows from the kind. One descriptor at most comes with it
 * (SCM_RIGHTS). Neither side trusts the other: whatever is too long, not of its type, not in normal form or out
 * of range ends the connection.
 *
 * The worker keeps what it was given, but may forget any of it at any time (it is bounded, and may be started
 * anew). A request that needs something that it does not have is answered by WANTED; the service provides each
 * of these, or says that there is none, and asks again.
 *
 * A module's key is chosen by the service and names the contents of one file as one process sees it, with
 * the debug files that belong to it. Two processes that may see different debug files for one file have to
 * use different keys: otherwise one could forge the symbols of the other.
 */
#ifndef MEMSNOOP_WORKER_PROTOCOL_H
#define MEMSNOOP_WORKER_PROTOCOL_H

#include <linux/types.h>
#include <stdint.h>

#include "memsnoop-walk-layout.h"

#define MEMSNOOP_WORKER_MAGIC 0x4d534e57u
#define MEMSNOOP_WORKER_VERSION 2

/* Bytes; of a whole message with its header. Fits the default send buffer of a socket. */
#define MEMSNOOP_WORKER_MESSAGE_MAX (160 * 1024)
/* Bytes of a sampled stack. */
#define MEMSNOOP_WORKER_STACK_MAX (64 * 1024)
/* Executable mappings of one process, and of these in one message. */
#define MEMSNOOP_WORKER_MAPPINGS_MAX 2048
#define MEMSNOOP_WORKER_MAPPINGS_AT_ONCE 256
/* Frames of one stack. */
#define MEMSNOOP_WORKER_DEPTH_MAX 1024
/* Offsets of one request for symbols, and functions at one of them (inlined ones, too). */
#define MEMSNOOP_WORKER_OFFSETS_MAX 256
#define MEMSNOOP_WORKER_INLINED_MAX 32
/* Bytes of a key, of the name of a function and of the path of a source file. */
#define MEMSNOOP_WORKER_KEY_MAX 160
#define MEMSNOOP_WORKER_TEXT_MAX 1024

/* The registers of a request to unwind are numbered as in DWARF: on x86-64 rax, rdx, rcx, rbx, rsi, rdi, rbp,
 * rsp, r8 to r15, rip; on AArch64 x0 to x30, sp, pc. Those that a call does not preserve may be zero. */
#if defined(__x86_64__)
#define MEMSNOOP_WORKER_REGISTERS 17
#define MEMSNOOP_WORKER_REGISTER_FP 6
#define MEMSNOOP_WORKER_REGISTER_SP 7
#define MEMSNOOP_WORKER_REGISTER_PC 16
#elif defined(__aarch64__)
#define MEMSNOOP_WORKER_REGISTERS 33
#define MEMSNOOP_WORKER_REGISTER_FP 29
#define MEMSNOOP_WORKER_REGISTER_SP 31
#define MEMSNOOP_WORKER_REGISTER_PC 32
#else
#error "Stacks are unwound on x86-64 and AArch64 only"
#endif

struct memsnoop_worker_header {
	uint32_t magic;
	uint16_t version;
	/* enum memsnoop_worker_kind */
	uint16_t kind;
	/* Of the request; an answer repeats it. */
	uint32_t sequence;
	/* Of the body, in bytes. */
	uint32_t length;
};

enum memsnoop_worker_kind {
	/* Requests. */

	/* (ys) with a descriptor open for reading, or without one when there is no such file: role, key.
	 * Answered by DONE. */
	MEMSNOOP_WORKER_PROVIDE = 1,
	/* (uua(sttt)): the number of the process's table, the index of the first mapping in this message,
	 * and executable mappings: key, start, end, offset in the file. Index 0 begins a new table in place of
	 * the old one. Mappings do not overlap and come in the order of their addresses. Answered by DONE. */
	MEMSNOOP_WORKER_TABLE,
	/* (uutatay): number of the table, frames at most, address of the stack's first byte (that of the
	 * stack pointer or below), registers, stack. The instruction pointer is that of the instruction that is being executed: for a
	 * caller it lies in the call, and the stack pointer is that after it. Answered by FRAMES or WANTED. */
	MEMSNOOP_WORKER_UNWIND,
	/* (sat): key, offsets in the file. Answered by SYMBOLS or WANTED. */
	MEMSNOOP_WORKER_SYMBOLIZE,
	/* (sb): key, and whether the kernel emulates probes on multi-byte nops. Answered by FUNCTIONS or WANTED. */
	MEMSNOOP_WORKER_FIND_FUNCTIONS,

	/* Answers. */

	/* () */
	MEMSNOOP_WORKER_DONE = 64,
	/* a(ysss): role, key, build-id in hexadecimal digits, name of the file as the debug link gives it; either
	 * may be empty. A table that is wanted is the role MEMSNOOP_WORKER_ROLE_TABLE alone. At most
	 * MEMSNOOP_WORKER_MAPPINGS_AT_ONCE: what else is wanted is asked for next time. */
	MEMSNOOP_WORKER_WANTED,
	/* (yua(utttynnn)): why it ended (enum memsnoop_worker_end), index of the first frame that was found by
	 * frame pointers instead of unwind tables (the number of frames when none), and the frames, innermost first: index of
	 * the mapping or MEMSNOOP_WORKER_NO_MAPPING, offset in its file (an address when there is no mapping),
	 * address of the stack slot in which the return address into this frame lies (0: in none), and that address; then the
	 * rule from there to the caller: kind, CFA, slots of the return address and of the frame pointer, as in struct
	 * memsnoop_walk_rule.
	 * The offset is that of the instruction that is being executed, so for a caller it lies in the
	 * call, one byte before the return address: it can be looked up as it is. Where the address is not a return address it has
	 * MEMSNOOP_WALK_EXACT. */
	MEMSNOOP_WORKER_FRAMES,
	/* aa(ssu): for the first of the offsets, at least one and as many as fit: functions, the innermost inlined one
	 * first, each with its name, source file and line. All but the last are inlined. Empty where
	 * nothing is known; so are file and line (0) where only they are not. Valid UTF-8, other bytes as \xNN. */
	MEMSNOOP_WORKER_SYMBOLS,
	/* As memsnoop_allocator_module_to_variant() makes it: which functions of an allocator the module defines. */
	MEMSNOOP_WORKER_FUNCTIONS,
	/* (s): why the request cannot be answered, for people. */
	MEMSNOOP_WORKER_FAILED,
};

enum memsnoop_worker_role {
	/* The file that is mapped. */
	MEMSNOOP_WORKER_ROLE_MODULE,
	/* Its separate debug file. */
	MEMSNOOP_WORKER_ROLE_DEBUG,
	/* What that one shares with others (.gnu_debugaltlink). */
	MEMSNOOP_WORKER_ROLE_SUPPLEMENT,
	/* The table of mappings; in WANTED only. */
	MEMSNOOP_WORKER_ROLE_TABLE,
	MEMSNOOP_WORKER_N_ROLES,
};

#define MEMSNOOP_WORKER_NO_MAPPING UINT32_MAX

enum memsnoop_worker_end {
	/* The outermost frame was reached. */
	MEMSNOOP_WORKER_END_OUTERMOST,
	/* The next frame lies beyond the copy of the stack. */
	MEMSNOOP_WORKER_END_COPY,
	/* As many frames as were asked for. */
	MEMSNOOP_WORKER_END_DEPTH,
	/* Nothing tells how to go on from here, or what does is damaged. */
	MEMSNOOP_WORKER_END_NO_INFORMATION,
	/* The stack contradicts itself: its frames do not go upwards. */
	MEMSNOOP_WORKER_END_INCONSISTENT,
	MEMSNOOP_WORKER_N_ENDS,
};

#endif
