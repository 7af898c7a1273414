/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What can be attached to the tracepoints of kernel memory, to be compared by its cost. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Kernel memory for the service's tables: its default, in which a million blocks find room. */
#define BENCH_MAP_MEMORY (64 * G_GUINT64_CONSTANT (1048576))

/**
 * BenchContestant:
 * @name: for options.
 * @title: for tables.
 * @attach: loads and attaches. When it returns, every event is seen.
 * @detach: when it returns, no event is seen any more.
 * @events: the allocations and frees accounted since it was attached; %NULL when it cannot tell.
 * @block_bytes: kernel memory for each block that its live table holds without loss; while
 *   attached. %NULL when it has no such table.
 */
typedef struct
{
  const gchar *name;
  const gchar *title;
  gboolean   (*attach)      (GError **error);
  void       (*detach)      (void);
  guint64    (*events)      (void);
  gdouble    (*block_bytes) (void);
} BenchContestant;

extern const BenchContestant bench_empty_contestant;
extern const BenchContestant bench_memsnoop_contestant;
extern const BenchContestant bench_hash_contestant;
extern const BenchContestant bench_bpftrace_contestant;

G_END_DECLS
