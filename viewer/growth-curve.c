/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "growth-curve.h"

#define WIDTH 64
/* What is narrower says nothing. */
#define LEAST_WIDTH 24
#define HEIGHT 20
#define LINE_WIDTH 1.5
/* Of what is below the line. */
#define FILL_ALPHA 0.18f
/* What wavers by less than this share of the memory is drawn as level. */
#define LEAST_SHARE 0.02

struct _MemsnoopGrowthCurve
{
  GtkWidget parent_instance;

  GArray *values;
};

G_DEFINE_FINAL_TYPE (MemsnoopGrowthCurve, memsnoop_growth_curve, GTK_TYPE_WIDGET)

static void
find_range (const GArray *values, gdouble *bottom, gdouble *span)
{
  guint64 least = G_MAXUINT64, most = 0;

  for (guint i = 0; i < values->len; i++)
    {
      guint64 value = g_array_index (values, guint64, i);

      if (value == 0)
        continue;
      least = MIN (least, value);
      most = MAX (most, value);
    }
  *bottom = (gdouble) MIN (least, most);
  *span = MAX ((gdouble) most - *bottom, (gdouble) most * LEAST_SHARE);
}

/* With @filled, to what is below the line. */
static void
trace_line (cairo_t *cairo, const GArray *values, gdouble width, gdouble height, gboolean filled)
{
  gdouble bottom, span, step = width / (values->len - 1);
  gdouble begin = 0;
  gboolean drawing = FALSE;

  find_range (values, &bottom, &span);
  for (guint i = 0; i < values->len; i++)
    {
      guint64 value = g_array_index (values, guint64, i);
      gdouble y = height - ((gdouble) value - bottom) / span * height;

      if (value != 0 && drawing)
        cairo_line_to (cairo, i * step, y);
      else if (value != 0)
        cairo_move_to (cairo, begin = i * step, y);
      if (filled && drawing && (value == 0 || i == values->len - 1))
        {
          cairo_line_to (cairo, (value == 0 ? i - 1 : i) * step, height);
          cairo_line_to (cairo, begin, height);
          cairo_close_path (cairo);
        }
      drawing = value != 0;
    }
}

static void
draw_line (cairo_t *cairo, const GArray *values, gdouble width, gdouble height, GdkRGBA color)
{
  gdk_cairo_set_source_rgba (cairo, &color);
  cairo_set_line_width (cairo, LINE_WIDTH);
  cairo_set_line_join (cairo, CAIRO_LINE_JOIN_ROUND);
  cairo_set_line_cap (cairo, CAIRO_LINE_CAP_ROUND);
  trace_line (cairo, values, width, height, FALSE);
  cairo_stroke (cairo);
  color.alpha *= FILL_ALPHA;
  gdk_cairo_set_source_rgba (cairo, &color);
  trace_line (cairo, values, width, height, TRUE);
  cairo_fill (cairo);
}

static void
memsnoop_growth_curve_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  MemsnoopGrowthCurve *self = MEMSNOOP_GROWTH_CURVE (widget);
  int width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  GdkRGBA color;
  cairo_t *cairo;

  if (self->values->len < 2 || width < LEAST_WIDTH || height <= 0)
    return;
  cairo = gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, 0, width, height));
  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &color);
  /* Time goes as one reads. */
  if (gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL)
    {
      cairo_translate (cairo, width, 0);
      cairo_scale (cairo, -1, 1);
    }
  cairo_translate (cairo, LINE_WIDTH, LINE_WIDTH);
  draw_line (cairo, self->values, width - 2 * LINE_WIDTH, height - 2 * LINE_WIDTH, color);
  cairo_destroy (cairo);
}

static void
memsnoop_growth_curve_measure (GtkWidget *widget,
                               GtkOrientation orientation,
                               int for_size,
                               int *minimum,
                               int *natural,
                               int *minimum_baseline,
                               int *natural_baseline)
{
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? WIDTH : HEIGHT;
  /* The figure beside it says more. */
  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? 0 : HEIGHT;
  *minimum_baseline = *natural_baseline = -1;
}

static void
memsnoop_growth_curve_finalize (GObject *object)
{
  g_array_unref (MEMSNOOP_GROWTH_CURVE (object)->values);
  G_OBJECT_CLASS (memsnoop_growth_curve_parent_class)->finalize (object);
}

static void
memsnoop_growth_curve_class_init (MemsnoopGrowthCurveClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->finalize = memsnoop_growth_curve_finalize;
  widget_class->snapshot = memsnoop_growth_curve_snapshot;
  widget_class->measure = memsnoop_growth_curve_measure;
  gtk_widget_class_set_css_name (widget_class, "growthcurve");
  /* The number beside it says the same. */
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void
memsnoop_growth_curve_init (MemsnoopGrowthCurve *self)
{
  self->values = g_array_new (FALSE, FALSE, sizeof (guint64));
}

GtkWidget *
memsnoop_growth_curve_new (void)
{
  return g_object_new (MEMSNOOP_TYPE_GROWTH_CURVE, NULL);
}

void
memsnoop_growth_curve_set (MemsnoopGrowthCurve *self, const guint64 *values, guint n)
{
  if (self->values->len == n &&
      (n == 0 || memcmp (self->values->data, values, n * sizeof *values) == 0))
    return;
  g_array_set_size (self->values, 0);
  g_array_append_vals (self->values, values, n);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}
