/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How heap-truth.c, in a program, and heap-stacks.c talk. "ready", when the recording may begin; whatever is read goes on.
 * At the end a line for each call stack and height of the stack, in the order in which they were first
 * seen: the height (hexadecimal), allocations, bytes, and the offsets of the calls in the executable's file, the innermost first
 * (hexadecimal). Then "end", and the program ends when anything can be read.
 */
#pragma once

#define HEAP_TRUTH_INPUT 198
#define HEAP_TRUTH_OUTPUT 199

/* Frames that are compared, at most. */
#define HEAP_TRUTH_DEPTH 100
