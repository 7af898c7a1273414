/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The registers of a traced call. */
#ifndef MEMSNOOP_HEAP_REGISTERS_BPF_H
#define MEMSNOOP_HEAP_REGISTERS_BPF_H

#if defined(__TARGET_ARCH_x86)

/* A call pushes the return address, and the return pops it. */
#define RETURN_ADDRESS_BYTES 8

static __always_inline __u64 read_return_slot(__u64 stack)
{
	__u64 address = 0;

	bpf_probe_read_user(&address, sizeof(address), (void *)stack);
	return address;
}

/* By DWARF numbers. */
static __always_inline void copy_registers(const struct pt_regs *ctx, __u64 *registers)
{
	registers[0] = ctx->rax;
	registers[1] = ctx->rdx;
	registers[2] = ctx->rcx;
	registers[3] = ctx->rbx;
	registers[4] = ctx->rsi;
	registers[5] = ctx->rdi;
	registers[6] = ctx->rbp;
	registers[7] = ctx->rsp;
	registers[8] = ctx->r8;
	registers[9] = ctx->r9;
	registers[10] = ctx->r10;
	registers[11] = ctx->r11;
	registers[12] = ctx->r12;
	registers[13] = ctx->r13;
	registers[14] = ctx->r14;
	registers[15] = ctx->r15;
	registers[16] = ctx->rip;
#pragma unroll
	for (int i = 17; i < MEMSNOOP_HEAP_REGISTERS; i++)
		registers[i] = 0;
}

static __always_inline __u64 frame_pointer(const struct pt_regs *ctx)
{
	return ctx->rbp;
}

#define FRAME_REGISTER 6
#define STACK_REGISTER 7
#define INSTRUCTION_REGISTER 16

/* Different, most probably, for each time that a thread enters the kernel. */
static __always_inline __u64 entry_mark(const struct pt_regs *ctx)
{
	return (ctx->rip ^ ctx->orig_rax << 48) + (ctx->rsp << 16) + ctx->rdi * 3 + ctx->rsi * 5 +
	       ctx->rdx * 7 + ctx->rax * 11;
}

/* Whether it is in a system call; not in a fault or an interrupt. */
static __always_inline bool is_system_call(const struct pt_regs *ctx)
{
	return (__s64)ctx->orig_rax >= 0;
}

#elif defined(__TARGET_ARCH_arm64)

/* The return address is in a register. */
#define RETURN_ADDRESS_BYTES 0

static __always_inline void copy_registers(const struct pt_regs *ctx, __u64 *registers)
{
	const struct user_pt_regs *user = (const struct user_pt_regs *)ctx;

#pragma unroll
	for (int i = 0; i < 31; i++)
		registers[i] = user->regs[i];
	registers[31] = user->sp;
	registers[32] = user->pc;
}

static __always_inline __u64 frame_pointer(const struct pt_regs *ctx)
{
	return ((const struct user_pt_regs *)ctx)->regs[29];
}

#define FRAME_REGISTER 29
#define STACK_REGISTER 31
#define INSTRUCTION_REGISTER 32

static __always_inline __u64 entry_mark(const struct pt_regs *ctx)
{
	const struct user_pt_regs *user = (const struct user_pt_regs *)ctx;

	return (user->pc ^ user->regs[8] << 48) + (user->sp << 16) + user->regs[0] * 3 +
	       user->regs[1] * 5 + user->regs[2] * 7;
}

static __always_inline bool is_system_call(const struct pt_regs *ctx)
{
	return ((const struct pt_regs___arm64 *)ctx)->syscallno >= 0;
}

#endif

#endif
