/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "memory-chart.h"

#include "wording.h"

#include <glib/gi18n.h>

#define HEIGHT 220
#define LEFT 84
#define BOTTOM 24
#define TOP 10
#define RIGHT 10
#define LINES 4
#define NANOSECONDS G_GUINT64_CONSTANT (1000000000)
/* What is drawn of nothing. */
#define LEAST_MOST (1024.0 * 1024)

/* From the bottom. */
static const MemsnoopMemoryKind layers[] = {
  MEMSNOOP_MEMORY_ANONYMOUS,
  MEMSNOOP_MEMORY_FILE,
  MEMSNOOP_MEMORY_SHARED,
  MEMSNOOP_MEMORY_SWAP,
};

struct _MemsnoopMemoryChart
{
  GtkWidget parent_instance;

  GArray *history;
  GArray *heap;
  guint64 now;
  guint span;
  /* Where the pointer is; negative when it is elsewhere. */
  double pointer;
};

G_DEFINE_FINAL_TYPE (MemsnoopMemoryChart, memsnoop_memory_chart, GTK_TYPE_WIDGET)

/* GNOME's palette, in shades that can be told apart in grey, too. */
GdkRGBA
memsnoop_memory_chart_color (MemsnoopMemoryKind kind)
{
  static const gchar *const colors[MEMSNOOP_MEMORY_N_KINDS] = {
    [MEMSNOOP_MEMORY_PRIVATE] = "#1c71d8", [MEMSNOOP_MEMORY_ANONYMOUS] = "#1c71d8",
    [MEMSNOOP_MEMORY_FILE] = "#57e389",    [MEMSNOOP_MEMORY_SHARED] = "#f6d32d",
    [MEMSNOOP_MEMORY_SWAP] = "#c64600",
  };
  GdkRGBA color;

  gdk_rgba_parse (&color, colors[kind]);
  return color;
}

GdkRGBA
memsnoop_memory_chart_heap_color (void)
{
  return (GdkRGBA){ 0.88f, 0.11f, 0.14f, 1 };
}

/* Scales */

typedef struct
{
  guint64 begin;
  guint64 end;
  double most;
  double width;
  double height;
} Scale;

static const MemsnoopMemoryPoint *
point_at (MemsnoopMemoryChart *self, guint i)
{
  return &g_array_index (self->history, MemsnoopMemoryPoint, i);
}

static double
sum_of (const MemsnoopMemoryPoint *point)
{
  double sum = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (layers); i++)
    sum += (double) point->bytes[layers[i]];
  return sum;
}

static guint64
begin_of (MemsnoopMemoryChart *self)
{
  guint64 span = self->span * NANOSECONDS;
  guint64 first = self->history->len > 0 ? point_at (self, 0)->time : self->now;

  if (self->span == 0)
    return first;
  return self->now > span ? self->now - span : 0;
}

static void
make_scale (MemsnoopMemoryChart *self, Scale *scale)
{
  guint first;

  scale->begin = begin_of (self);
  scale->end = MAX (self->now, scale->begin + NANOSECONDS);
  scale->width = gtk_widget_get_width (GTK_WIDGET (self)) - LEFT - RIGHT;
  scale->height = gtk_widget_get_height (GTK_WIDGET (self)) - TOP - BOTTOM;
  scale->most = LEAST_MOST;
  first = memsnoop_memory_history_find (self->history, scale->begin);
  for (guint i = first > 0 ? first - 1 : 0; i < self->history->len; i++)
    scale->most = MAX (scale->most, sum_of (point_at (self, i)));
  scale->most *= 1.05;
}

static double
x_of (const Scale *scale, guint64 time)
{
  double passed = (double) time - (double) scale->begin;

  return passed / (double) (scale->end - scale->begin) * scale->width;
}

static double
y_of (const Scale *scale, double bytes)
{
  return scale->height * (1 - bytes / scale->most);
}

/* Drawing */

static void
draw_layer (MemsnoopMemoryChart *self, cairo_t *cairo, const Scale *scale, gsize layer)
{
  GdkRGBA color = memsnoop_memory_chart_color (layers[layer]);
  guint n = self->history->len;

  /* The upper edge from left to right, then the lower one back. */
  for (gint pass = 0; pass < 2; pass++)
    for (guint i = 0; i < n; i++)
      {
        const MemsnoopMemoryPoint *point = point_at (self, pass == 0 ? i : n - 1 - i);
        double bytes = 0;

        for (gsize j = 0; j + (gsize) pass <= layer; j++)
          bytes += (double) point->bytes[layers[j]];
        cairo_line_to (cairo, x_of (scale, point->time), y_of (scale, bytes));
      }
  cairo_close_path (cairo);
  color.alpha = 0.85f;
  gdk_cairo_set_source_rgba (cairo, &color);
  cairo_fill (cairo);
}

static void
draw_heap (MemsnoopMemoryChart *self, cairo_t *cairo, const Scale *scale)
{
  GdkRGBA color = memsnoop_memory_chart_heap_color ();

  for (guint i = 0; i < self->heap->len; i++)
    {
      const MemsnoopChartPoint *point = &g_array_index (self->heap, MemsnoopChartPoint, i);

      cairo_line_to (cairo, x_of (scale, point->time), y_of (scale, point->value));
    }
  gdk_cairo_set_source_rgba (cairo, &color);
  cairo_set_line_width (cairo, 2);
  cairo_stroke (cairo);
}

static void
draw_text (
    MemsnoopMemoryChart *self, cairo_t *cairo, const gchar *text, double x, double y, double align)
{
  g_autoptr (PangoLayout) layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), text);
  int width, height;

  pango_layout_get_pixel_size (layout, &width, &height);
  cairo_move_to (cairo, x - width * align, y - height / 2.0);
  pango_cairo_show_layout (cairo, layout);
}

static void
draw_axes (MemsnoopMemoryChart *self, cairo_t *cairo, const Scale *scale, GdkRGBA color)
{
  g_autofree gchar *span = memsnoop_wording_duration ((scale->end - scale->begin) / NANOSECONDS);
  g_autofree gchar *earliest = g_strdup_printf (_ ("%s ago"), span);

  for (gint i = 0; i <= LINES; i++)
    {
      double bytes = scale->most / LINES * i, y = y_of (scale, bytes);
      g_autofree gchar *size = memsnoop_wording_size ((guint64) bytes);

      color.alpha = 0.15f;
      gdk_cairo_set_source_rgba (cairo, &color);
      cairo_rectangle (cairo, 0, (int) y, scale->width, 1);
      cairo_fill (cairo);
      color.alpha = 0.8f;
      gdk_cairo_set_source_rgba (cairo, &color);
      draw_text (self, cairo, size, -8, y, 1);
    }
  draw_text (self, cairo, earliest, 0, scale->height + BOTTOM / 2.0, 0);
  draw_text (self, cairo, _ ("now"), scale->width, scale->height + BOTTOM / 2.0, 1);
}

static void
draw_pointer (MemsnoopMemoryChart *self, cairo_t *cairo, const Scale *scale, GdkRGBA color)
{
  if (self->pointer < LEFT || self->pointer > LEFT + scale->width)
    return;
  color.alpha = 0.6f;
  gdk_cairo_set_source_rgba (cairo, &color);
  cairo_rectangle (cairo, self->pointer - LEFT, 0, 1, scale->height);
  cairo_fill (cairo);
}

static void
memsnoop_memory_chart_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  MemsnoopMemoryChart *self = MEMSNOOP_MEMORY_CHART (widget);
  int width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  GdkRGBA color;
  Scale scale;
  cairo_t *cairo;

  make_scale (self, &scale);
  if (scale.width <= 0 || scale.height <= 0)
    return;
  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &color);
  cairo = gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, 0, width, height));
  cairo_translate (cairo, LEFT, TOP);
  draw_axes (self, cairo, &scale, color);
  cairo_rectangle (cairo, 0, 0, scale.width, scale.height);
  cairo_clip (cairo);
  for (gsize i = 0; i < G_N_ELEMENTS (layers) && self->history->len > 1; i++)
    draw_layer (self, cairo, &scale, i);
  if (self->heap != NULL && self->heap->len > 1)
    draw_heap (self, cairo, &scale);
  draw_pointer (self, cairo, &scale, color);
  cairo_destroy (cairo);
}

static void
memsnoop_memory_chart_measure (GtkWidget *widget,
                               GtkOrientation orientation,
                               int for_size,
                               int *minimum,
                               int *natural,
                               int *minimum_baseline,
                               int *natural_baseline)
{
  *minimum = *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 280 : HEIGHT;
  *minimum_baseline = *natural_baseline = -1;
}

/* Telling */

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

static gchar *
describe_point (MemsnoopMemoryChart *self, const MemsnoopMemoryPoint *point)
{
  GString *text = g_string_new (NULL);
  g_autofree gchar *age = memsnoop_wording_duration (
      self->now > point->time ? (self->now - point->time) / NANOSECONDS : 0);

  g_string_append_printf (text, _ ("%s ago"), age);
  for (gsize i = 0; i < G_N_ELEMENTS (layers); i++)
    {
      g_autofree gchar *size = memsnoop_wording_size (point->bytes[layers[i]]);

      g_string_append_printf (text, "\n%s: %s", name_kind (layers[i]), size);
    }
  return g_string_free (text, FALSE);
}

static gboolean
on_query_tooltip (
    GtkWidget *widget, int x, int y, gboolean keyboard, GtkTooltip *tooltip, gpointer data)
{
  MemsnoopMemoryChart *self = MEMSNOOP_MEMORY_CHART (widget);
  g_autofree gchar *text = NULL;
  Scale scale;
  guint64 time;
  guint i;

  make_scale (self, &scale);
  if (keyboard || self->history->len == 0 || x < LEFT || x > LEFT + scale.width)
    return FALSE;
  time = scale.begin + (guint64) ((x - LEFT) / scale.width * (double) (scale.end - scale.begin));
  i = MIN (memsnoop_memory_history_find (self->history, time), self->history->len - 1);
  text = describe_point (self, point_at (self, i));
  gtk_tooltip_set_text (tooltip, text);
  return TRUE;
}

/* What who does not see the chart is told. */
static void
tell (MemsnoopMemoryChart *self)
{
  const MemsnoopMemoryPoint *first, *last;
  g_autofree gchar *before = NULL, *after = NULL, *span = NULL, *text = NULL;

  if (self->history->len == 0)
    {
      gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                      _ ("Memory over time: nothing is known yet"), -1);
      return;
    }
  first = point_at (self, MIN (memsnoop_memory_history_find (self->history, begin_of (self)),
                               self->history->len - 1));
  last = point_at (self, self->history->len - 1);
  before = memsnoop_wording_size ((guint64) sum_of (first));
  after = memsnoop_wording_size ((guint64) sum_of (last));
  span = memsnoop_wording_duration ((last->time - first->time) / NANOSECONDS);
  text = g_strdup_printf (_ ("Memory over time: from %s to %s in %s"), before, after, span);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
}

static void
on_motion (MemsnoopMemoryChart *self, double x, double y)
{
  self->pointer = x;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
on_leave (MemsnoopMemoryChart *self)
{
  self->pointer = -1;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

/* The object */

static void
memsnoop_memory_chart_finalize (GObject *object)
{
  MemsnoopMemoryChart *self = MEMSNOOP_MEMORY_CHART (object);

  g_array_unref (self->history);
  g_clear_pointer (&self->heap, g_array_unref);
  G_OBJECT_CLASS (memsnoop_memory_chart_parent_class)->finalize (object);
}

static void
memsnoop_memory_chart_class_init (MemsnoopMemoryChartClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->finalize = memsnoop_memory_chart_finalize;
  widget_class->snapshot = memsnoop_memory_chart_snapshot;
  widget_class->measure = memsnoop_memory_chart_measure;
  gtk_widget_class_set_css_name (widget_class, "memorychart");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
memsnoop_memory_chart_init (MemsnoopMemoryChart *self)
{
  GtkEventController *motion = gtk_event_controller_motion_new ();

  self->history = g_array_new (FALSE, FALSE, sizeof (MemsnoopMemoryPoint));
  self->pointer = -1;
  gtk_widget_set_has_tooltip (GTK_WIDGET (self), TRUE);
  g_signal_connect (self, "query-tooltip", G_CALLBACK (on_query_tooltip), NULL);
  g_signal_connect_swapped (motion, "motion", G_CALLBACK (on_motion), self);
  g_signal_connect_swapped (motion, "leave", G_CALLBACK (on_leave), self);
  gtk_widget_add_controller (GTK_WIDGET (self), motion);
}

GtkWidget *
memsnoop_memory_chart_new (void)
{
  return g_object_new (MEMSNOOP_TYPE_MEMORY_CHART, NULL);
}

void
memsnoop_memory_chart_set (MemsnoopMemoryChart *self, GArray *history, GArray *heap, guint64 now)
{
  g_array_ref (history);
  g_array_unref (self->history);
  self->history = history;
  g_clear_pointer (&self->heap, g_array_unref);
  self->heap = heap != NULL ? g_array_ref (heap) : NULL;
  self->now = now;
  tell (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
memsnoop_memory_chart_set_span (MemsnoopMemoryChart *self, guint seconds)
{
  self->span = seconds;
  tell (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}
