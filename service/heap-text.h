/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of the reports for people that heaps and growth have in common. */
#pragma once

#include "heap-snapshot.h"

G_BEGIN_DECLS

/* What stands in front of call stacks. */
#define MEMSNOOP_HEAP_TEXT_STACK_INDENT "      "

/** Appends one fact of the head: a name and what there is to say. Takes @fact. */
void   memsnoop_heap_text_take_fact         (GString                    *text,
                                             const gchar                *name,
                                             gchar                      *fact);

/** Appends what is missing, one line for each reason, with what would help. */
void   memsnoop_heap_text_append_losses     (GString                    *text,
                                             const MemsnoopHeapSnapshot *heap);

/** Returns: (transfer full): how long and since when it was recorded. */
gchar *memsnoop_heap_text_describe_recorded (const MemsnoopHeapSnapshot *heap);

/** Returns: (transfer full): what the recording itself takes. */
gchar *memsnoop_heap_text_describe_tables   (const MemsnoopHeapSnapshot *heap);

/** Returns: (transfer full): @rate, bytes per second, as by the second or by the hour. */
gchar *memsnoop_heap_text_format_growth     (gdouble                     rate);

G_END_DECLS
