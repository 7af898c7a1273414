/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How far the machine's free memory is broken up: how much of it could not serve an allocation of many pages in a
 * row, from /proc/buddyinfo.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Kernels have 11 orders as a rule, and never so many. */
#define MEMSNOOP_FREE_MEMORY_ORDERS 32

/**
 * MemsnoopFreeMemory:
 * @page_size: bytes.
 * @n_orders: 0 when nothing is known.
 * @blocks: free blocks of 2^order pages, of all zones of all nodes together. Memory that is free in the lists
 *   of single CPUs is not in them.
 */
typedef struct
{
  guint64 page_size;
  guint   n_orders;
  guint64 blocks[MEMSNOOP_FREE_MEMORY_ORDERS];
} MemsnoopFreeMemory;

/**
 * memsnoop_free_memory_open:
 *
 * Opens the file, which some kernels show to root alone; the descriptor serves later, when the service has given its
 * privileges up. Called once, before memsnoop_privileges_drop(). A failure is told by memsnoop_free_memory_read().
 */
void     memsnoop_free_memory_open       (void);

/**
 * memsnoop_free_memory_read:
 * @self: (out caller-allocates): as it is now; with no orders when it fails.
 *
 * The kernel takes the lock of each zone for a moment: not on the main loop.
 */
gboolean memsnoop_free_memory_read       (MemsnoopFreeMemory        *self,
                                          GError                   **error);

/**
 * memsnoop_free_memory_parse:
 * @text: in the format of /proc/buddyinfo.
 * @self: (out caller-allocates): with no orders when it fails.
 *
 * Fails in the domain %MEMSNOOP_ERROR with a message that shows the line that is not as it should be. Counts larger than
 * any machine's are cut to what fits.
 */
gboolean memsnoop_free_memory_parse      (const gchar               *text,
                                          guint64                    page_size,
                                          MemsnoopFreeMemory        *self,
                                          GError                   **error);

/** All free memory in bytes. */
guint64  memsnoop_free_memory_get_bytes  (const MemsnoopFreeMemory  *self);

/** The least order whose blocks have so many bytes; it may be larger than any there is. */
guint    memsnoop_free_memory_find_order (const MemsnoopFreeMemory  *self,
                                          guint64                    bytes);

/**
 * memsnoop_free_memory_get_unusable:
 *
 * The share (0 to 1) of the free memory that could not serve an allocation of 2^@order pages, being in smaller blocks: the
 * unusable free space index of M. Gorman and A. Whitcroft ("The what, the why and the where to of
 * anti-fragmentation", Linux Symposium 2006). 0 when nothing is free.
 */
gdouble  memsnoop_free_memory_get_unusable (const MemsnoopFreeMemory *self,
                                            guint                     order);

G_END_DECLS
