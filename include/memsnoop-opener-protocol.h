/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the service asks memsnoop-opener, which has the right to open what other processes have mapped, and nothing else.
 *
 * The opener has a socket of type SOCK_SEQPACKET as descriptor MEMSNOOP_OPENER_SOCKET. Its first message is
 * an answer without a descriptor: whether it has all rights that it needs. From then on each message is a request and
 * comes with one descriptor (SCM_RIGHTS): a socket of the same type, on which the one answer is sent. So requests do not
 * wait for each other, and who asked gives up by closing the other end.
 */
#ifndef MEMSNOOP_OPENER_PROTOCOL_H
#define MEMSNOOP_OPENER_PROTOCOL_H

#include <stdint.h>

#define MEMSNOOP_OPENER_SOCKET 3

/* Seconds that one request may take. Only a file system that does not answer takes as many. */
#define MEMSNOOP_OPENER_SECONDS_MAX 5

/* Requests under way; more are answered with EBUSY. */
#define MEMSNOOP_OPENER_REQUESTS_MAX 16

struct memsnoop_opener_request {
	/* The process: CLOCK_BOOTTIME nanoseconds, rounded down to the kernel's clock tick. */
	uint64_t start_time;
	/* One executable mapping, exactly as the kernel lists it. */
	uint64_t start;
	uint64_t end;
	uint64_t inode;
	uint32_t device_major;
	uint32_t device_minor;
	uint32_t pid;
	uint32_t padding;
};

struct memsnoop_opener_answer {
	/* 0: the file comes with it, open for reading. Else an errno:
	 * ESRCH: that process is gone; ESTALE: it has no such mapping any more; EINVAL: it is none of a regular file;
	 * EACCES: the process's own user may not read the file; EPERM: the opener lacks a right; EBUSY: too many requests. */
	int32_t error;
};

#endif
