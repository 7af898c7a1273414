/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A heap snapshot whose every figure is known. */
#pragma once

#include "heap-snapshot.h"

#define SECOND G_GUINT64_CONSTANT (1000000000)
#define MEBIBYTE (G_GUINT64_CONSTANT (1) << 20)

/*
 * Process 1234, "tree", of user 1000, exact, recorded for 100 seconds; 6 MiB live in 70 blocks of 10 MiB in 100 allocations;
 * 8 MiB resident. By live bytes:
 *
 * 4 MiB in 64 blocks, growing by 40 KiB/s, from make_leaf() (tree.c:12) inlined into grow() (tree.c:34), called by main()
 *   (main.c:7), called by __libc_start_call_main in libc.so.6, called by an unknown function of the program;
 * 2 MiB in 5 blocks from an unknown function of libplugin.so, called by code in no file, where the stack was lost;
 * 0 bytes of 4 MiB in 30 allocations from strdup() in libc.so.6, called by main().
 * 1 block of 0 bytes whose stack is not known.
 */
MemsnoopHeapSnapshot *heap_sample_new (void);
