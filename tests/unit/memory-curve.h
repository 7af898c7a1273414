/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The memory of imagined programs over time, leaking and honest ones, with noise that is the same for a seed. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _MemoryCurve MemoryCurve;

/**
 * MemoryReplay:
 * @kept, @other: what the curve remembers from tick to tick; 0 at first.
 * @next: the same for a time in ticks.
 *
 * One run of a curve.
 */
typedef struct
{
  const MemoryCurve *curve;
  GRand             *random;
  gdouble            kept;
  gdouble            other;
  guint              next;
} MemoryReplay;

/**
 * MemoryCurve:
 * @bytes: called for each tick from 0 on.
 * @a, @b, @c: numbers that it is made with.
 * @ticks: how long it goes.
 * @leaks: the truth.
 * @begins: tick at which the leak begins.
 * @found_by: tick by which a leak has to be found.
 */
struct _MemoryCurve
{
  const gchar *name;
  gdouble    (*bytes) (MemoryReplay *replay, guint tick);
  gdouble      a, b, c;
  guint        ticks;
  gboolean     leaks;
  guint        begins;
  guint        found_by;
};

extern const MemoryCurve memory_curves[];
extern const guint       n_memory_curves;

G_END_DECLS
