/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A tracer whose figures the test writes, and that can be slow or fail on demand. */
#pragma once

#include "tracer.h"

G_BEGIN_DECLS

#define MEMSNOOP_TYPE_FAKE_TRACER (memsnoop_fake_tracer_get_type ())
G_DECLARE_FINAL_TYPE (MemsnoopFakeTracer,
                      memsnoop_fake_tracer,
                      MEMSNOOP,
                      FAKE_TRACER,
                      MemsnoopTracer)

MemsnoopFakeTracer *memsnoop_fake_tracer_new          (void);

/** From now on probe answers no, with this reason; %NULL for yes again. */
void                memsnoop_fake_tracer_set_missing  (MemsnoopFakeTracer           *self,
                                                       const gchar                  *reason);
/** From now on start fails with this message; %NULL to succeed again. */
void                memsnoop_fake_tracer_set_failure  (MemsnoopFakeTracer           *self,
                                                       const gchar                  *message);
/** How long start, stop and gather take, in microseconds. */
void                memsnoop_fake_tracer_set_delay    (MemsnoopFakeTracer           *self,
                                                       gulong                        start,
                                                       gulong                        stop,
                                                       gulong                        gather);
/** Replaces the figures of the process, or adds it. One live site of all its bytes goes with it. */
void                memsnoop_fake_tracer_set_process  (MemsnoopFakeTracer           *self,
                                                       const MemsnoopProcessFigures *figures);
void                memsnoop_fake_tracer_set_totals   (MemsnoopFakeTracer           *self,
                                                       const MemsnoopTracerTotals   *totals);

gboolean            memsnoop_fake_tracer_is_started   (MemsnoopFakeTracer           *self);
guint               memsnoop_fake_tracer_count_starts (MemsnoopFakeTracer           *self);
guint               memsnoop_fake_tracer_count_stops  (MemsnoopFakeTracer           *self);
guint               memsnoop_fake_tracer_count_gathers (MemsnoopFakeTracer          *self);
guint               memsnoop_fake_tracer_count_epochs (MemsnoopFakeTracer           *self);
/** What the last start was given. */
guint64             memsnoop_fake_tracer_get_map_memory (MemsnoopFakeTracer         *self);

G_END_DECLS
