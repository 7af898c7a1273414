/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What records kernel memory: an abstract class, so that everything above it is
 * tested without a kernel. MemsnoopKernelTracer is the real one.
 */
#pragma once

#include "snapshot.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define MEMSNOOP_TYPE_TRACER (memsnoop_tracer_get_type ())
G_DECLARE_DERIVABLE_TYPE (MemsnoopTracer, memsnoop_tracer, MEMSNOOP, TRACER, GObject)

/**
 * MemsnoopTracerClass:
 * @probe: whether the tracer can run here. Returns %FALSE and a reason (a sentence, owned
 *   by the caller) when it cannot. Called on the main loop; quick.
 * @start: loads and attaches. Blocks; called in a worker thread, never while started.
 *   @map_memory is the budget in bytes for all maps, already checked against the limits.
 * @stop: detaches everything; afterwards nothing of it is in the kernel. Blocks; called
 *   in a worker thread.
 * @advance_epoch: steps the clock of the churn window. Main loop, every
 *   MEMSNOOP_EPOCH_SECONDS.
 * @make_room: gives what is known of processes that exited long ago up for new ones, where there are many. Main loop,
 *   several times a second.
 * @lookup: fills in @figures for the running process @pid, or failing that for the last
 *   exited one with this pid; %FALSE when the tracer has seen none. Any thread; takes as long as
 *   @get_totals.
 * @foreach: calls @function for every record. Any thread.
 * @gather: a snapshot with sites, which walks every live block. Blocks for tens of
 *   milliseconds; called in a worker thread.
 * @get_totals: fills in @totals. Any thread; microseconds, milliseconds with ten thousand processes.
 *
 * lookup, foreach, gather and get_totals are only called between start and stop.
 */
typedef void (*MemsnoopFiguresFunction) (const MemsnoopProcessFigures *figures,
                                         gpointer                      user_data);

struct _MemsnoopTracerClass
{
  GObjectClass parent_class;

  gboolean          (*probe)         (MemsnoopTracer  *self,
                                      gchar          **reason);
  gboolean          (*start)         (MemsnoopTracer  *self,
                                      guint64          map_memory,
                                      GError         **error);
  void              (*stop)          (MemsnoopTracer  *self);
  void              (*advance_epoch) (MemsnoopTracer  *self);
  void              (*make_room)     (MemsnoopTracer  *self);
  gboolean          (*lookup)        (MemsnoopTracer         *self,
                                      guint32                 pid,
                                      MemsnoopProcessFigures *figures);
  void              (*foreach)       (MemsnoopTracer          *self,
                                      MemsnoopFiguresFunction  function,
                                      gpointer                 user_data);
  MemsnoopSnapshot *(*gather)        (MemsnoopTracer  *self);
  void              (*get_totals)    (MemsnoopTracer        *self,
                                      MemsnoopTracerTotals  *totals);
};

gboolean          memsnoop_tracer_probe         (MemsnoopTracer          *self,
                                                 gchar                  **reason);
gboolean          memsnoop_tracer_start         (MemsnoopTracer          *self,
                                                 guint64                  map_memory,
                                                 GError                 **error);
void              memsnoop_tracer_stop          (MemsnoopTracer          *self);
void              memsnoop_tracer_advance_epoch (MemsnoopTracer          *self);
void              memsnoop_tracer_make_room     (MemsnoopTracer          *self);
gboolean          memsnoop_tracer_lookup        (MemsnoopTracer          *self,
                                                 guint32                  pid,
                                                 MemsnoopProcessFigures  *figures);
void              memsnoop_tracer_foreach       (MemsnoopTracer          *self,
                                                 MemsnoopFiguresFunction  function,
                                                 gpointer                 user_data);
MemsnoopSnapshot *memsnoop_tracer_gather        (MemsnoopTracer          *self);
void              memsnoop_tracer_get_totals    (MemsnoopTracer          *self,
                                                 MemsnoopTracerTotals    *totals);

G_END_DECLS
