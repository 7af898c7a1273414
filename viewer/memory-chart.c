/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "memory-chart.h"

#include "chart-scale.h"
#include "wording.h"

#include <glib/gi18n.h>

#define HEIGHT 220
/* Where sizes are told: on the side where reading begins. */
#define SIDE 84
#define OTHER_SIDE 10
#define BOTTOM 24
#define TOP 10
#define PADDING 6
/* Between two times. */
#define TIME_GAP 8
#define NANOSECONDS G_GUINT64_CONSTANT (1000000000)
/* Steps from one end to the other by keys. */
#define STEPS 60

struct _MemsnoopMemoryChart
{
  GtkWidget parent_instance;

  MemsnoopMemoryCourse course;
  /* Where the pointer is; negative when it is elsewhere. */
  double pointer;
  /* The time that was moved to by keys; 0 for none. */
  guint64 cursor;
};

G_DEFINE_FINAL_TYPE (MemsnoopMemoryChart, memsnoop_memory_chart, GTK_TYPE_WIDGET)

/* GNOME's palette: what is beside each other differs in lightness, so that it can be told apart in
 * grey and by the colour-blind, too. */
GdkRGBA
memsnoop_memory_chart_color (MemsnoopMemoryKind kind)
{
  static const gchar *const colors[MEMSNOOP_MEMORY_N_KINDS] = {
    [MEMSNOOP_MEMORY_PRIVATE] = "#3584e4", [MEMSNOOP_MEMORY_ANONYMOUS] = "#3584e4",
    [MEMSNOOP_MEMORY_FILE] = "#99c1f1",    [MEMSNOOP_MEMORY_SHARED] = "#f6d32d",
    [MEMSNOOP_MEMORY_SWAP] = "#e66100",
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

static gboolean
is_mirrored (MemsnoopMemoryChart *self)
{
  return gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL;
}

static double
left_of (MemsnoopMemoryChart *self)
{
  return is_mirrored (self) ? OTHER_SIDE : SIDE;
}

static void
make_scale (MemsnoopMemoryChart *self, MemsnoopChartScale *scale)
{
  scale->begin = memsnoop_memory_course_begin (&self->course);
  scale->end = MAX (self->course.now, scale->begin + NANOSECONDS);
  scale->width = gtk_widget_get_width (GTK_WIDGET (self)) - SIDE - OTHER_SIDE;
  scale->height = gtk_widget_get_height (GTK_WIDGET (self)) - TOP - BOTTOM;
  scale->mirrored = is_mirrored (self);
  memsnoop_chart_scale_set_most (scale, memsnoop_memory_course_most (&self->course));
}

/* Drawing */

static void
trace_layer (MemsnoopMemoryChart *self,
             cairo_t *cairo,
             const MemsnoopChartScale *scale,
             gsize layer)
{
  guint n = self->course.history->len;

  /* The upper edge in the order of time, then the lower one back. Until there is a later point, the
   * last one holds. */
  for (gint pass = 0; pass < 2 && n > 0; pass++)
    for (guint i = 0; i <= n; i++)
      {
        guint place = pass == 0 ? i : n - i;
        const MemsnoopMemoryPoint *point =
            memsnoop_memory_course_point (&self->course, MIN (place, n - 1));
        double bytes = 0;

        for (gsize j = 0; j + (gsize) pass <= layer; j++)
          bytes += (double) point->bytes[memsnoop_memory_layers[j]];
        cairo_line_to (cairo, memsnoop_chart_scale_x (scale, place < n ? point->time : scale->end),
                       memsnoop_chart_scale_y (scale, bytes));
      }
  cairo_close_path (cairo);
}

static void
draw_layers (MemsnoopMemoryChart *self, cairo_t *cairo, const MemsnoopChartScale *scale)
{
  for (gsize i = 0; i < MEMSNOOP_MEMORY_N_LAYERS; i++)
    {
      GdkRGBA color = memsnoop_memory_chart_color (memsnoop_memory_layers[i]);

      trace_layer (self, cairo, scale, i);
      gdk_cairo_set_source_rgba (cairo, &color);
      cairo_fill (cairo);
    }
}

static void
trace_heap (MemsnoopMemoryChart *self, cairo_t *cairo, const MemsnoopChartScale *scale)
{
  for (guint i = 0; i < self->course.heap->len; i++)
    {
      const MemsnoopChartPoint *point = &g_array_index (self->course.heap, MemsnoopChartPoint, i);

      cairo_line_to (cairo, memsnoop_chart_scale_x (scale, point->time),
                     memsnoop_chart_scale_y (scale, (double) point->value));
    }
}

/* Anonymous memory above the live heap is hatched. */
static void
draw_retained (MemsnoopMemoryChart *self, cairo_t *cairo, const MemsnoopChartScale *scale)
{
  const MemsnoopChartPoint *first = &g_array_index (self->course.heap, MemsnoopChartPoint, 0);
  double begin = memsnoop_chart_scale_x (scale, first->time);
  double end = memsnoop_chart_scale_x (scale, scale->end);

  cairo_save (cairo);
  trace_heap (self, cairo, scale);
  cairo_line_to (cairo, end, 0);
  cairo_line_to (cairo, begin, 0);
  cairo_close_path (cairo);
  cairo_clip (cairo);
  trace_layer (self, cairo, scale, 0);
  cairo_clip (cairo);
  for (double x = -scale->height; x < scale->width; x += 7)
    {
      cairo_move_to (cairo, x, scale->height);
      cairo_line_to (cairo, x + scale->height, 0);
    }
  cairo_set_source_rgba (cairo, 1, 1, 1, 0.6);
  cairo_set_line_width (cairo, 1.5);
  cairo_stroke (cairo);
  cairo_restore (cairo);
}

static void
draw_heap (MemsnoopMemoryChart *self, cairo_t *cairo, const MemsnoopChartScale *scale)
{
  GdkRGBA color = memsnoop_memory_chart_heap_color ();

  if (self->course.history->len > 0)
    draw_retained (self, cairo, scale);
  trace_heap (self, cairo, scale);
  /* On whatever is below it. */
  cairo_set_source_rgba (cairo, 1, 1, 1, 0.9);
  cairo_set_line_width (cairo, 4.5);
  cairo_stroke_preserve (cairo);
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
draw_sizes (MemsnoopMemoryChart *self,
            cairo_t *cairo,
            const MemsnoopChartScale *scale,
            GdkRGBA color)
{
  for (guint i = 0; i <= scale->lines; i++)
    {
      double bytes = scale->step * i, y = memsnoop_chart_scale_y (scale, bytes);
      g_autofree gchar *size = memsnoop_wording_size ((guint64) MIN (bytes, 1e19));

      color.alpha = 0.15f;
      gdk_cairo_set_source_rgba (cairo, &color);
      cairo_rectangle (cairo, 0, (int) y, scale->width, 1);
      cairo_fill (cairo);
      color.alpha = 0.8f;
      gdk_cairo_set_source_rgba (cairo, &color);
      draw_text (self, cairo, size, scale->mirrored ? scale->width + 8 : -8, y,
                 scale->mirrored ? 0 : 1);
    }
}

/* Of the time that is furthest away. */
static int
measure_time (MemsnoopMemoryChart *self, const MemsnoopChartScale *scale)
{
  g_autofree gchar *text = memsnoop_memory_course_describe_age (scale->begin, scale->end);
  g_autoptr (PangoLayout) layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), text);
  int width;

  pango_layout_get_pixel_size (layout, &width, NULL);
  return width + TIME_GAP;
}

/* Times that are told apart by less than a second would be told by the same words. Those at the
 * ends stand beside their lines, so that there is room for one and a half between two lines. */
static guint
count_parts (MemsnoopMemoryChart *self, const MemsnoopChartScale *scale)
{
  double room = 1.5 * measure_time (self, scale);

  if (scale->end - scale->begin < 4 * NANOSECONDS || scale->width < 2 * room)
    return 1;
  return scale->width >= 4 * room ? 4 : 2;
}

static void
draw_times (MemsnoopMemoryChart *self, cairo_t *cairo, const MemsnoopChartScale *scale)
{
  guint parts = count_parts (self, scale);

  for (guint i = 0; i <= parts; i++)
    {
      guint64 time = scale->begin + (scale->end - scale->begin) / parts * i;
      double x = scale->mirrored ? scale->width / parts * (parts - i) : scale->width / parts * i;
      double align = i == 0 ? 0 : i == parts ? 1 : 0.5;
      g_autofree gchar *text =
          memsnoop_memory_course_describe_age (i == parts ? scale->end : time, scale->end);

      draw_text (self, cairo, text, x, scale->height + BOTTOM / 2.0,
                 scale->mirrored ? 1 - align : align);
    }
}

static void
draw_line_at (cairo_t *cairo, const MemsnoopChartScale *scale, double x, GdkRGBA color)
{
  if (x < 0 || x > scale->width)
    return;
  color.alpha = 0.6f;
  gdk_cairo_set_source_rgba (cairo, &color);
  cairo_rectangle (cairo, (int) x, 0, 1, scale->height);
  cairo_fill (cairo);
}

/* What a tooltip tells of the place of the pointer. */
static void
draw_cursor (MemsnoopMemoryChart *self,
             cairo_t *cairo,
             const MemsnoopChartScale *scale,
             GdkRGBA color)
{
  const MemsnoopMemoryPoint *point = memsnoop_memory_course_find (&self->course, self->cursor);
  double x = memsnoop_chart_scale_x (scale, point->time);
  g_autofree gchar *text = memsnoop_memory_course_describe_point (&self->course, point);
  g_autoptr (PangoLayout) layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), text);
  int width, height;

  draw_line_at (cairo, scale, CLAMP (x, 0, scale->width - 1), color);
  pango_layout_get_pixel_size (layout, &width, &height);
  x = x > scale->width / 2 ? x - width - 3 * PADDING : x + PADDING;
  cairo_rectangle (cairo, x, PADDING, width + 2 * PADDING, height + 2 * PADDING);
  cairo_set_source_rgba (cairo, 0, 0, 0, 0.8);
  cairo_fill (cairo);
  cairo_move_to (cairo, x + PADDING, 2 * PADDING);
  cairo_set_source_rgb (cairo, 1, 1, 1);
  pango_cairo_show_layout (cairo, layout);
}

static void
draw_focus (GtkWidget *widget, cairo_t *cairo, const GdkRGBA *color)
{
  gdk_cairo_set_source_rgba (cairo, color);
  cairo_set_line_width (cairo, 2);
  cairo_rectangle (cairo, 1, 1, gtk_widget_get_width (widget) - 2,
                   gtk_widget_get_height (widget) - 2);
  cairo_stroke (cairo);
}

static void
draw_nothing (MemsnoopMemoryChart *self,
              cairo_t *cairo,
              const MemsnoopChartScale *scale,
              GdkRGBA color)
{
  color.alpha = 0.8f;
  gdk_cairo_set_source_rgba (cairo, &color);
  draw_text (self, cairo, _ ("Nothing is known yet"), scale->width / 2, scale->height / 2, 0.5);
}

static void
draw_content (MemsnoopMemoryChart *self,
              cairo_t *cairo,
              const MemsnoopChartScale *scale,
              GdkRGBA color)
{
  if (self->course.history->len == 0)
    {
      draw_nothing (self, cairo, scale, color);
      return;
    }
  draw_sizes (self, cairo, scale, color);
  draw_times (self, cairo, scale);
  cairo_rectangle (cairo, 0, 0, scale->width, scale->height);
  cairo_clip (cairo);
  draw_layers (self, cairo, scale);
  if (self->course.heap != NULL && self->course.heap->len > 1)
    draw_heap (self, cairo, scale);
  if (self->pointer >= 0)
    draw_line_at (cairo, scale, self->pointer - left_of (self), color);
  if (self->cursor > 0)
    draw_cursor (self, cairo, scale, color);
}

static void
memsnoop_memory_chart_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  MemsnoopMemoryChart *self = MEMSNOOP_MEMORY_CHART (widget);
  int width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  MemsnoopChartScale scale;
  GdkRGBA color;
  cairo_t *cairo;

  make_scale (self, &scale);
  if (scale.width <= 0 || scale.height <= 0)
    return;
  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &color);
  cairo = gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, 0, width, height));
  if (gtk_widget_has_visible_focus (widget))
    draw_focus (widget, cairo, &color);
  cairo_translate (cairo, left_of (self), TOP);
  draw_content (self, cairo, &scale, color);
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

static gboolean
on_query_tooltip (
    GtkWidget *widget, int x, int y, gboolean keyboard, GtkTooltip *tooltip, gpointer data)
{
  MemsnoopMemoryChart *self = MEMSNOOP_MEMORY_CHART (widget);
  g_autofree gchar *text = NULL;
  double place = x - left_of (self);
  MemsnoopChartScale scale;

  make_scale (self, &scale);
  if (keyboard || self->course.history->len == 0 || place < 0 || place > scale.width)
    return FALSE;
  text = memsnoop_memory_course_describe_point (
      &self->course,
      memsnoop_memory_course_find (&self->course, memsnoop_chart_scale_time (&scale, place)));
  gtk_tooltip_set_text (tooltip, text);
  return TRUE;
}

/* What who does not see the chart is told: its course and that of each kind, or what there was at
 * the time that was moved to. */
static void
tell (MemsnoopMemoryChart *self)
{
  const MemsnoopMemoryPoint *point =
      self->cursor > 0 ? memsnoop_memory_course_find (&self->course, self->cursor) : NULL;
  g_autofree gchar *course = memsnoop_memory_course_describe (&self->course);
  g_autofree gchar *text = point != NULL
                               ? memsnoop_memory_course_describe_point (&self->course, point)
                               : memsnoop_memory_course_describe_kinds (&self->course);

  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, course,
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text, -1);
}

/* Moving */

static void
set_cursor (MemsnoopMemoryChart *self, guint64 time)
{
  self->cursor = time;
  tell (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

/* To the point that is a step on, and at least the next. */
static void
move_cursor (MemsnoopMemoryChart *self, gboolean later)
{
  guint64 begin = memsnoop_memory_course_begin (&self->course),
          step = (MAX (self->course.now, begin) - begin) / STEPS;
  const MemsnoopMemoryPoint *point =
      memsnoop_memory_course_find (&self->course, self->cursor > 0 ? self->cursor : G_MAXUINT64);
  guint i = (guint) (point - memsnoop_memory_course_point (&self->course, 0));
  guint64 from = point->time;

  if (self->cursor > 0)
    do
      i = later ? MIN (i + 1, self->course.history->len - 1) : MAX (i, 1) - 1;
    while (i > 0 && i < self->course.history->len - 1 &&
           (later ? memsnoop_memory_course_point (&self->course, i)->time < from + step
                  : memsnoop_memory_course_point (&self->course, i)->time + step > from));
  set_cursor (self, MAX (memsnoop_memory_course_point (&self->course, i)->time, begin));
}

static gboolean
on_key (MemsnoopMemoryChart *self, guint key, guint code, GdkModifierType modifiers)
{
  if (self->course.history->len == 0 || (modifiers & gtk_accelerator_get_default_mod_mask ()) != 0)
    return FALSE;
  if (key == GDK_KEY_Left || key == GDK_KEY_Right)
    move_cursor (self, (key == GDK_KEY_Right) != is_mirrored (self));
  else if (key == GDK_KEY_Home)
    set_cursor (self, MAX (memsnoop_memory_course_begin (&self->course), 1));
  else if (key == GDK_KEY_End)
    set_cursor (self, self->course.now);
  else if (key == GDK_KEY_Escape && self->cursor > 0)
    set_cursor (self, 0);
  else
    return FALSE;
  return TRUE;
}

static void
on_blur (MemsnoopMemoryChart *self)
{
  set_cursor (self, 0);
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

  g_array_unref (self->course.history);
  g_clear_pointer (&self->course.heap, g_array_unref);
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
  GtkEventController *keys = gtk_event_controller_key_new ();
  GtkEventController *focus = gtk_event_controller_focus_new ();

  self->course.history = g_array_new (FALSE, FALSE, sizeof (MemsnoopMemoryPoint));
  self->pointer = -1;
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  gtk_widget_set_has_tooltip (GTK_WIDGET (self), TRUE);
  g_signal_connect (self, "query-tooltip", G_CALLBACK (on_query_tooltip), NULL);
  g_signal_connect_swapped (motion, "motion", G_CALLBACK (on_motion), self);
  g_signal_connect_swapped (motion, "leave", G_CALLBACK (on_leave), self);
  gtk_widget_add_controller (GTK_WIDGET (self), motion);
  g_signal_connect_swapped (keys, "key-pressed", G_CALLBACK (on_key), self);
  gtk_widget_add_controller (GTK_WIDGET (self), keys);
  g_signal_connect_swapped (focus, "leave", G_CALLBACK (on_blur), self);
  gtk_widget_add_controller (GTK_WIDGET (self), focus);
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
  g_array_unref (self->course.history);
  self->course.history = history;
  g_clear_pointer (&self->course.heap, g_array_unref);
  self->course.heap = heap != NULL ? g_array_ref (heap) : NULL;
  self->course.now = now;
  tell (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
memsnoop_memory_chart_set_span (MemsnoopMemoryChart *self, guint seconds)
{
  self->course.span = seconds;
  tell (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}
