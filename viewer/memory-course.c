/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "memory-course.h"

#include "wording.h"

#include <glib/gi18n.h>

#define NANOSECONDS G_GUINT64_CONSTANT (1000000000)

const MemsnoopMemoryKind memsnoop_memory_layers[MEMSNOOP_MEMORY_N_LAYERS] = {
  MEMSNOOP_MEMORY_ANONYMOUS,
  MEMSNOOP_MEMORY_FILE,
  MEMSNOOP_MEMORY_SHARED,
  MEMSNOOP_MEMORY_SWAP,
};

const MemsnoopMemoryPoint *
memsnoop_memory_course_point (const MemsnoopMemoryCourse *self, guint i)
{
  return &g_array_index (self->history, MemsnoopMemoryPoint, i);
}

double
memsnoop_memory_course_sum (const MemsnoopMemoryPoint *point)
{
  double sum = 0;

  for (gsize i = 0; i < MEMSNOOP_MEMORY_N_LAYERS; i++)
    sum += (double) point->bytes[memsnoop_memory_layers[i]];
  return sum;
}

guint64
memsnoop_memory_course_begin (const MemsnoopMemoryCourse *self)
{
  guint64 span = self->span * NANOSECONDS;
  guint64 first = self->history->len > 0 ? memsnoop_memory_course_point (self, 0)->time : self->now;

  if (self->span == 0)
    return first;
  return self->now > span ? self->now - span : 0;
}

/* With the point in front of the beginning, from which a line leads into what is shown. */
double
memsnoop_memory_course_most (const MemsnoopMemoryCourse *self)
{
  guint first = memsnoop_memory_history_find (self->history, memsnoop_memory_course_begin (self));
  double most = 0;

  for (guint i = MAX (first, 1) - 1; i < self->history->len; i++)
    most = MAX (most, memsnoop_memory_course_sum (memsnoop_memory_course_point (self, i)));
  return most;
}

const MemsnoopMemoryPoint *
memsnoop_memory_course_find (const MemsnoopMemoryCourse *self, guint64 time)
{
  guint i = memsnoop_memory_history_find (self->history, time);

  if (self->history->len == 0)
    return NULL;
  return memsnoop_memory_course_point (self, MIN (i, self->history->len - 1));
}

/* Sums of absurd figures are no whole numbers any more. */
static guint64
whole (double bytes)
{
  return (guint64) MIN (bytes, 1e19);
}

gboolean
memsnoop_memory_course_find_heap (const MemsnoopMemoryCourse *self, guint64 time, guint64 *bytes)
{
  const MemsnoopChartPoint *before = NULL;

  for (guint i = 0; self->heap != NULL && i < self->heap->len; i++)
    {
      const MemsnoopChartPoint *point = &g_array_index (self->heap, MemsnoopChartPoint, i);

      if (point->time >= time)
        {
          *bytes = whole (point->value);
          return before != NULL || point->time == time;
        }
      before = point;
    }
  return FALSE;
}

gchar *
memsnoop_memory_course_describe_age (guint64 time, guint64 now)
{
  guint64 age = now > time ? (now - time + NANOSECONDS / 2) / NANOSECONDS : 0;
  g_autofree gchar *span = memsnoop_wording_duration (age);

  if (age == 0)
    return g_strdup (_ ("now"));
  return g_strdup_printf (_ ("%s ago"), span);
}

static const gchar *
name_kind (MemsnoopMemoryKind kind)
{
  switch (kind)
    {
    case MEMSNOOP_MEMORY_ANONYMOUS:
      return _ ("Anonymous");
    case MEMSNOOP_MEMORY_FILE:
      return _ ("Files");
    case MEMSNOOP_MEMORY_SHARED:
      return _ ("Shared");
    case MEMSNOOP_MEMORY_SWAP:
      return _ ("Swapped");
    default:
      return _ ("Private");
    }
}

gchar *
memsnoop_memory_course_describe_point (const MemsnoopMemoryCourse *self,
                                       const MemsnoopMemoryPoint *point)
{
  GString *text = g_string_new (NULL);
  g_autofree gchar *age = memsnoop_memory_course_describe_age (point->time, self->now);
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autoptr (GDateTime) then = g_date_time_add (
      now, self->now > point->time ? -(GTimeSpan) ((self->now - point->time) / 1000) : 0);
  g_autofree gchar *clock = then != NULL ? g_date_time_format (then, "%x %X") : g_strdup ("");
  guint64 heap;

  g_string_append_printf (text, "%s (%s)", age, clock);
  for (gsize i = 0; i < MEMSNOOP_MEMORY_N_LAYERS; i++)
    {
      g_autofree gchar *size = memsnoop_wording_size (point->bytes[memsnoop_memory_layers[i]]);

      g_string_append_printf (text, "\n%s: %s", name_kind (memsnoop_memory_layers[i]), size);
    }
  if (memsnoop_memory_course_find_heap (self, point->time, &heap))
    {
      g_autofree gchar *size = memsnoop_wording_size (heap);

      g_string_append_printf (text, "\n%s: %s", _ ("Live heap"), size);
    }
  return g_string_free (text, FALSE);
}

gchar *
memsnoop_memory_course_describe (const MemsnoopMemoryCourse *self)
{
  const MemsnoopMemoryPoint *first =
      memsnoop_memory_course_find (self, memsnoop_memory_course_begin (self));
  const MemsnoopMemoryPoint *last = memsnoop_memory_course_find (self, G_MAXUINT64);
  g_autofree gchar *before = NULL, *after = NULL, *span = NULL;

  if (first == NULL)
    return g_strdup (_ ("Memory over time: nothing is known yet"));
  before = memsnoop_wording_size (whole (memsnoop_memory_course_sum (first)));
  after = memsnoop_wording_size (whole (memsnoop_memory_course_sum (last)));
  span = memsnoop_wording_duration ((last->time - first->time) / NANOSECONDS);
  return g_strdup_printf (_ ("Memory over time: from %s to %s in %s"), before, after, span);
}
