/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The course of a process's memory, as GetProcessStats tells it. */
#pragma once

#include "chart.h"

G_BEGIN_DECLS

typedef enum
{
  /* Anonymous and swapped memory. */
  MEMSNOOP_MEMORY_PRIVATE,
  MEMSNOOP_MEMORY_ANONYMOUS,
  MEMSNOOP_MEMORY_FILE,
  MEMSNOOP_MEMORY_SHARED,
  MEMSNOOP_MEMORY_SWAP,
  MEMSNOOP_MEMORY_N_KINDS,
} MemsnoopMemoryKind;

/**
 * MemsnoopMemoryPoint:
 * @time: CLOCK_BOOTTIME nanoseconds.
 * @bytes: by kind.
 */
typedef struct
{
  guint64 time;
  guint64 bytes[MEMSNOOP_MEMORY_N_KINDS];
} MemsnoopMemoryPoint;

/** "private", as --kind has it. */
const gchar *memsnoop_memory_kind_name      (MemsnoopMemoryKind  kind);

/** "private memory (anonymous and swapped)". */
const gchar *memsnoop_memory_kind_title     (MemsnoopMemoryKind  kind);

/** By its name for --kind; an error lists the names there are. */
gboolean     memsnoop_memory_kind_from_name (const gchar         *name,
                                             MemsnoopMemoryKind  *kind,
                                             GError             **error);

/**
 * memsnoop_memory_is_none:
 * @stats: `a{sv}`, what GetProcessStats returned.
 *
 * Returns: whether nothing is mapped or swapped, as of a kernel thread or a zombie; not when that is not known.
 */
gboolean     memsnoop_memory_is_none        (GVariant            *stats);

/**
 * memsnoop_memory_history_read:
 * @stats: `a{sv}`, what GetProcessStats returned.
 *
 * Returns: (transfer full): an array of MemsnoopMemoryPoint, oldest first; empty when there is no
 *   history. A point that is not after the one before is left out.
 */
GArray      *memsnoop_memory_history_read   (GVariant            *stats);

/** The index of the first point at @time or after it; the number of points when there is none. */
guint        memsnoop_memory_history_find   (const GArray        *history,
                                             guint64              time);

/** Returns: (transfer full): the values of one kind, an array of MemsnoopChartPoint. */
GArray      *memsnoop_memory_history_values (const GArray        *history,
                                             MemsnoopMemoryKind   kind);

G_END_DECLS
