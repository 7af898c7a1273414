/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How much memory the machine has left, and for how long. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* More than a year is no forecast. */
#define MEMSNOOP_OUTLOOK_MAXIMUM (365 * 24 * G_GUINT64_CONSTANT (3600))

/* A figure of the machine that the kernel did not tell. */
#define MEMSNOOP_MEMORY_UNKNOWN G_MAXUINT64

/**
 * MemsnoopMachineMemory:
 * @available: MemAvailable, the kernel's own estimate: memory that is free or can be reclaimed without swapping.
 * @swap_free: free swap.
 * @shared: Shmem: shared memory and files in memory, each page once however many processes have it.
 *
 * Bytes, or MEMSNOOP_MEMORY_UNKNOWN.
 */
typedef struct
{
  guint64 available;
  guint64 swap_free;
  guint64 shared;
} MemsnoopMachineMemory;

/** @meminfo: the text of /proc/meminfo. */
void    memsnoop_machine_memory_parse   (const gchar                 *meminfo,
                                         MemsnoopMachineMemory       *memory);

/** The same of this machine, now. Blocks for microseconds: for worker threads. */
void    memsnoop_machine_memory_read    (MemsnoopMachineMemory       *memory);

/**
 * memsnoop_memory_outlook_seconds:
 * @swappable: whether swap counts too.
 * @rate: bytes per second.
 *
 * Returns: seconds until what is available is used up; G_MAXUINT64 when that is further away than
 *   MEMSNOOP_OUTLOOK_MAXIMUM, does not come, or is not known. Swap that is not known does not count.
 */
guint64 memsnoop_memory_outlook_seconds (const MemsnoopMachineMemory *memory,
                                         gboolean                     swappable,
                                         gdouble                      rate);

G_END_DECLS
