/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a function knows of its own call, as the truth for an unwinder. */
#pragma once

#include <stdint.h>

#define CALL_CHAIN_MAX 64

struct call {
	/* The return address, and the stack slot in which it lies. */
	uint64_t address;
	uint64_t slot;
};

struct call_chain {
	unsigned n;
	/* The outermost first. */
	struct call calls[CALL_CHAIN_MAX];
	/* Called by the innermost. */
	void (*reached)(void *data);
	void *data;
};

/* To be used in functions that are not inlined, and do something after the next call. */
#define CALL_CHAIN_ADD(chain)                                                       \
	((chain)->calls[(chain)->n++] = (struct call){                              \
		 (uint64_t)__builtin_return_address(0),                             \
		 (uint64_t)__builtin_dwarf_cfa() - 8,                               \
	 })
