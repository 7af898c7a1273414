/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A call stack for people to read. */
#pragma once

#include "heap-snapshot.h"

G_BEGIN_DECLS

/**
 * memsnoop_stack_text_append:
 * @indent: in front of each line.
 *
 * Appends the call stack of a site, a line for each function, the innermost first. The module is told where it changes.
 * Neighbours in one of the C and C++ libraries' modules, or in one of an allocator, share a line. Of a very deep stack
 * the middle is left out, which is said.
 */
void memsnoop_stack_text_append (GString                *text,
                                 const gchar            *indent,
                                 const MemsnoopHeapSite *site);

G_END_DECLS
