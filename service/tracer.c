/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tracer.h"

G_DEFINE_ABSTRACT_TYPE (MemsnoopTracer, memsnoop_tracer, G_TYPE_OBJECT)

static void
memsnoop_tracer_class_init (MemsnoopTracerClass *class)
{
}

static void
memsnoop_tracer_init (MemsnoopTracer *self)
{
}

gboolean
memsnoop_tracer_probe (MemsnoopTracer *self, gchar **reason)
{
  return MEMSNOOP_TRACER_GET_CLASS (self)->probe (self, reason);
}

gboolean
memsnoop_tracer_start (MemsnoopTracer *self, guint64 map_memory, GError **error)
{
  return MEMSNOOP_TRACER_GET_CLASS (self)->start (self, map_memory, error);
}

void
memsnoop_tracer_stop (MemsnoopTracer *self)
{
  MEMSNOOP_TRACER_GET_CLASS (self)->stop (self);
}

void
memsnoop_tracer_advance_epoch (MemsnoopTracer *self)
{
  MEMSNOOP_TRACER_GET_CLASS (self)->advance_epoch (self);
}

void
memsnoop_tracer_make_room (MemsnoopTracer *self)
{
  MEMSNOOP_TRACER_GET_CLASS (self)->make_room (self);
}

gboolean
memsnoop_tracer_lookup (MemsnoopTracer *self, guint32 pid, MemsnoopProcessFigures *figures)
{
  return MEMSNOOP_TRACER_GET_CLASS (self)->lookup (self, pid, figures);
}

void
memsnoop_tracer_foreach (MemsnoopTracer *self, MemsnoopFiguresFunction function, gpointer user_data)
{
  MEMSNOOP_TRACER_GET_CLASS (self)->foreach (self, function, user_data);
}

MemsnoopSnapshot *
memsnoop_tracer_gather (MemsnoopTracer *self)
{
  return MEMSNOOP_TRACER_GET_CLASS (self)->gather (self);
}

void
memsnoop_tracer_get_totals (MemsnoopTracer *self, MemsnoopTracerTotals *totals)
{
  MEMSNOOP_TRACER_GET_CLASS (self)->get_totals (self, totals);
}
