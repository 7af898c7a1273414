/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel types that the programs use, and of each only the fields that they
 * use: CO-RE finds them in the running kernel by name.
 */
#ifndef MEMSNOOP_KERNEL_TYPES_H
#define MEMSNOOP_KERNEL_TYPES_H

typedef unsigned char __u8;
typedef signed char __s8;
typedef unsigned short __u16;
typedef signed short __s16;
typedef unsigned int __u32;
typedef signed int __s32;
typedef unsigned long long __u64;
typedef signed long long __s64;

/* bpf_helper_defs.h names them in prototypes. */
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;

typedef _Bool bool;
#define true 1
#define false 0
#define NULL ((void *)0)

/* From linux/bpf.h, which needs kernel headers that the BPF target has not. */
enum bpf_map_type {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_PERCPU_ARRAY = 6,
	BPF_MAP_TYPE_STACK = 23,
	BPF_MAP_TYPE_RINGBUF = 27,
	BPF_MAP_TYPE_TASK_STORAGE = 29,
};

enum {
	BPF_ANY = 0,
	BPF_NOEXIST = 1,
	BPF_EXIST = 2,
};

enum {
	BPF_F_NO_PREALLOC = 1U << 0,
	BPF_F_MMAPABLE = 1U << 10,
};

enum {
	BPF_LOCAL_STORAGE_GET_F_CREATE = 1U << 0,
};

/* The registers of a program at a uprobe: a fixed layout, so not relocated. */
#if defined(__TARGET_ARCH_x86)
struct pt_regs {
	unsigned long r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8;
	unsigned long rax, rcx, rdx, rsi, rdi, orig_rax, rip, cs, eflags, rsp, ss;
};
#elif defined(__TARGET_ARCH_arm64)
struct pt_regs;
struct user_pt_regs {
	__u64 regs[31];
	__u64 sp;
	__u64 pc;
	__u64 pstate;
};
#endif

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

/* Shared */

typedef struct {
	int counter;
} atomic_t;

typedef struct {
	__u32 val;
} kuid_t;

struct cred {
	kuid_t uid;
	kuid_t suid;
	kuid_t euid;
};

struct signal_struct {
	atomic_t live;
};

struct task_struct {
	__u32 pid;
	__u32 tgid;
	unsigned int flags;
	__u64 start_boottime;
	const struct cred *real_cred;
	struct signal_struct *signal;
	struct task_struct *group_leader;
	struct task_struct *real_parent;
	char comm[16];
	void *stack;
};

/* Kernel memory */

struct kmem_cache {
	unsigned int flags; /* slab_flags_t */
	unsigned int size;
	unsigned int object_size;
	const char *name;
};

struct linux_binprm {
	const char *filename;
};

/* For its size alone: x86 gives interrupts stacks as large as those of tasks. */
struct irq_stack {
	char stack[1];
};

/* arm64 keeps the preemption count in the task. */
struct thread_info {
	struct {
		__u32 count;
	} preempt;
};

struct task_struct___arm64 {
	struct thread_info thread_info;
};

/* Process memory: process-iterator.bpf.c */

struct percpu_counter {
	__s64 count;
};

struct mm_struct {
	struct percpu_counter rss_stat[4];
};

typedef struct {
	__s64 counter;
} atomic64_t;

struct mm_rss_stat {
	atomic64_t count[4];
};

struct mm_struct___before_6_2 {
	struct mm_rss_stat rss_stat;
};

struct kernfs_node {
	__u64 id;
};

struct cgroup {
	struct kernfs_node *kn;
};

struct css_set {
	struct cgroup *dfl_cgrp;
};

struct list_head {
	struct list_head *next;
};

struct task_struct___process {
	struct mm_struct *mm;
	__u64 self_exec_id;
	struct css_set *cgroups;
	struct list_head thread_node;
};

struct signal_struct___process {
	int nr_threads;
	struct list_head thread_head;
};

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
};

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};

/* Heaps: heap-memory.bpf.c */

/* The page to which probed functions return. */
struct xol_area {
	unsigned long vaddr;
};

struct uprobes_state {
	struct xol_area *xol_area;
};

struct mm_struct___heap {
	unsigned long start_stack;
	struct uprobes_state uprobes_state;
};

struct thread_struct___x86 {
	unsigned long fsbase;
};

struct task_struct___x86 {
	struct thread_struct___x86 thread;
};

struct thread_struct_words___arm64 {
	unsigned long tp_value;
};

struct thread_struct___arm64 {
	struct thread_struct_words___arm64 uw;
};

struct task_struct___arm64_thread {
	struct thread_struct___arm64 thread;
};

struct task_struct___heap {
	struct mm_struct___heap *mm;
};

/* Families of processes: process-family.bpf.c */

struct mm_struct___before_6_18 {
	unsigned long flags;
};

typedef struct {
	unsigned long __mm_flags[1];
} mm_flags_t;

struct mm_struct___family {
	mm_flags_t flags;
};

struct task_struct___family {
	struct mm_struct___family *mm;
};

/* Growth: growth-memory.bpf.c */

struct address_space;

struct page {
	struct address_space *mapping;
};

struct pt_regs___arm64 {
	int syscallno;
};

#pragma clang attribute pop

#endif
