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

static guint
count_heap (const MemsnoopMemoryCourse *self)
{
  return self->heap != NULL ? self->heap->len : 0;
}

static const MemsnoopChartPoint *
heap_point (const MemsnoopMemoryCourse *self, guint i)
{
  return &g_array_index (self->heap, MemsnoopChartPoint, i);
}

/* The number of points when it ends before what is shown begins. */
static guint
find_shown_heap (const MemsnoopMemoryCourse *self)
{
  guint64 begin = memsnoop_memory_course_begin (self);
  guint i = 0;

  while (i < count_heap (self) && heap_point (self, i)->time < begin)
    i++;
  return i;
}

/* With the points in front of the beginning, from which lines lead into what is shown. The heap may
 * be larger than all layers: what was allocated and never written to is in none. */
double
memsnoop_memory_course_most (const MemsnoopMemoryCourse *self)
{
  guint first = memsnoop_memory_history_find (self->history, memsnoop_memory_course_begin (self));
  double most = 0;

  for (guint i = MAX (first, 1) - 1; i < self->history->len; i++)
    most = MAX (most, memsnoop_memory_course_sum (memsnoop_memory_course_point (self, i)));
  for (guint i = MAX (find_shown_heap (self), 1) - 1; i < count_heap (self); i++)
    most = MAX (most, (double) heap_point (self, i)->value);
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

  for (guint i = 0; i < count_heap (self); i++)
    {
      const MemsnoopChartPoint *point = heap_point (self, i);

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

static void
append_size (GString *text, const gchar *what, guint64 bytes)
{
  g_autofree gchar *size = memsnoop_wording_size (bytes);

  g_string_append_printf (text, "\n%s: %s", what, size);
}

/* What is hatched: it may be older than the recording. */
static void
append_retained (GString *text, const MemsnoopMemoryPoint *point, guint64 heap)
{
  guint64 anonymous = point->bytes[MEMSNOOP_MEMORY_ANONYMOUS];

  if (anonymous > heap)
    append_size (text, _ ("Retained, or older"), anonymous - heap);
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
    append_size (text, name_kind (memsnoop_memory_layers[i]),
                 point->bytes[memsnoop_memory_layers[i]]);
  if (memsnoop_memory_course_find_heap (self, point->time, &heap))
    {
      append_size (text, _ ("Live heap"), heap);
      append_retained (text, point, heap);
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

static void
append_change (GString *text, const gchar *what, guint64 from, guint64 to)
{
  g_autofree gchar *before = memsnoop_wording_size (from), *after = memsnoop_wording_size (to);

  if (text->len > 0)
    g_string_append_c (text, '\n');
  /* Translators: a kind of memory, and two sizes. */
  g_string_append_printf (text, _ ("%s: from %s to %s"), what, before, after);
}

gchar *
memsnoop_memory_course_describe_kinds (const MemsnoopMemoryCourse *self)
{
  GString *text = g_string_new (NULL);
  const MemsnoopMemoryPoint *first =
      memsnoop_memory_course_find (self, memsnoop_memory_course_begin (self));
  const MemsnoopMemoryPoint *last = memsnoop_memory_course_find (self, G_MAXUINT64);
  guint heap = find_shown_heap (self);

  for (gsize i = 0; first != NULL && i < MEMSNOOP_MEMORY_N_LAYERS; i++)
    append_change (text, name_kind (memsnoop_memory_layers[i]),
                   first->bytes[memsnoop_memory_layers[i]], last->bytes[memsnoop_memory_layers[i]]);
  if (first == NULL || heap >= count_heap (self))
    return g_string_free (text, FALSE);
  append_change (text, _ ("Live heap"), heap_point (self, heap)->value,
                 heap_point (self, count_heap (self) - 1)->value);
  append_retained (text, last, heap_point (self, count_heap (self) - 1)->value);
  return g_string_free (text, FALSE);
}
