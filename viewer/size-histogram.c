/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "size-histogram.h"

#include "quantity.h"
#include "wording.h"

#include <glib/gi18n.h>

#define BAR_HEIGHT 84
#define BAR_WIDTH_MAX 96
#define LABEL_HEIGHT 20
#define GAP 2
#define LEAST_BAR 1.0
/* Lower bounds are powers of two. */
#define BUCKETS_MAX 64
/* Room that a label needs. */
#define LABEL_WIDTH 72

typedef struct
{
  guint64 size;
  guint64 count;
} Bucket;

struct _MemsnoopSizeHistogram
{
  GtkWidget parent_instance;

  GArray *buckets;
  guint64 most;
};

G_DEFINE_FINAL_TYPE (MemsnoopSizeHistogram, memsnoop_size_histogram, GTK_TYPE_WIDGET)

static const Bucket *
bucket_at (MemsnoopSizeHistogram *self, guint i)
{
  return &g_array_index (self->buckets, Bucket, i);
}

static double
step_of (MemsnoopSizeHistogram *self)
{
  double width = gtk_widget_get_width (GTK_WIDGET (self));

  return MIN (width / MAX (self->buckets->len, 1), BAR_WIDTH_MAX);
}

/* Sizes grow as one reads. */
static double
x_of (MemsnoopSizeHistogram *self, guint i, double step)
{
  double x = i * step;

  if (gtk_widget_get_direction (GTK_WIDGET (self)) != GTK_TEXT_DIR_RTL)
    return x;
  return gtk_widget_get_width (GTK_WIDGET (self)) - x - step;
}

static void
draw_label (
    MemsnoopSizeHistogram *self, GtkSnapshot *snapshot, guint i, double step, const GdkRGBA *color)
{
  g_autofree gchar *text = memsnoop_wording_size (bucket_at (self, i)->size);
  g_autoptr (PangoLayout) layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), text);
  double x = x_of (self, i, step);
  int width;

  pango_layout_get_pixel_size (layout, &width, NULL);
  x = CLAMP (x + (step - width) / 2, 0, MAX (0, gtk_widget_get_width (GTK_WIDGET (self)) - width));
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT ((float) x, BAR_HEIGHT));
  gtk_snapshot_append_layout (snapshot, layout, color);
  gtk_snapshot_restore (snapshot);
}

static void
memsnoop_size_histogram_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  MemsnoopSizeHistogram *self = MEMSNOOP_SIZE_HISTOGRAM (widget);
  double step = step_of (self);
  guint every = step > 0 ? (guint) (LABEL_WIDTH / step) + 1 : 1;
  GdkRGBA fill, color;

  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &fill);
  gtk_style_context_get_color (gtk_widget_get_style_context (gtk_widget_get_parent (widget)),
                               &color);
  for (guint i = 0; i < self->buckets->len; i++)
    {
      double share = (double) bucket_at (self, i)->count / (double) self->most;
      double height = MAX (share * (BAR_HEIGHT - GAP), LEAST_BAR);

      gtk_snapshot_append_color (snapshot, &fill,
                                 &GRAPHENE_RECT_INIT ((float) (x_of (self, i, step) + GAP / 2.0),
                                                      (float) (BAR_HEIGHT - height),
                                                      (float) MAX (step - GAP, LEAST_BAR),
                                                      (float) height));
      if (i % every == 0)
        draw_label (self, snapshot, i, step, &color);
    }
}

static void
memsnoop_size_histogram_measure (GtkWidget *widget,
                                 GtkOrientation orientation,
                                 int for_size,
                                 int *minimum,
                                 int *natural,
                                 int *minimum_baseline,
                                 int *natural_baseline)
{
  *minimum = *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 200 : BAR_HEIGHT + LABEL_HEIGHT;
  *minimum_baseline = *natural_baseline = -1;
}

static gchar *
describe_bucket (const Bucket *bucket)
{
  g_autofree gchar *size = memsnoop_wording_size (bucket->size);
  g_autofree gchar *count = memsnoop_quantity_format_count (bucket->count);

  return g_strdup_printf (_ ("From %s: %s"), size, count);
}

gchar *
memsnoop_size_histogram_describe (MemsnoopSizeHistogram *self)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < self->buckets->len; i++)
    {
      g_autofree gchar *part = describe_bucket (bucket_at (self, i));

      g_string_append_printf (text, "%s%s", i > 0 ? "; " : "", part);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static gboolean
on_query_tooltip (
    GtkWidget *widget, int x, int y, gboolean keyboard, GtkTooltip *tooltip, gpointer data)
{
  MemsnoopSizeHistogram *self = MEMSNOOP_SIZE_HISTOGRAM (widget);
  int width = gtk_widget_get_width (widget);
  g_autofree gchar *text = NULL;
  gboolean is_rtl = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;
  guint number;

  if (self->buckets->len == 0 || width <= 0)
    return FALSE;
  if (keyboard)
    text = memsnoop_size_histogram_describe (self);
  else
    {
      number = (guint) ((is_rtl ? width - 1 - x : x) / step_of (self));
      if (number >= self->buckets->len)
        return FALSE;
      text = describe_bucket (bucket_at (self, number));
    }
  gtk_tooltip_set_text (tooltip, text);
  return TRUE;
}

static void
memsnoop_size_histogram_finalize (GObject *object)
{
  g_array_unref (MEMSNOOP_SIZE_HISTOGRAM (object)->buckets);
  G_OBJECT_CLASS (memsnoop_size_histogram_parent_class)->finalize (object);
}

static void
memsnoop_size_histogram_class_init (MemsnoopSizeHistogramClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->finalize = memsnoop_size_histogram_finalize;
  widget_class->snapshot = memsnoop_size_histogram_snapshot;
  widget_class->measure = memsnoop_size_histogram_measure;
  gtk_widget_class_set_css_name (widget_class, "sizehistogram");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
memsnoop_size_histogram_init (MemsnoopSizeHistogram *self)
{
  self->buckets = g_array_new (FALSE, FALSE, sizeof (Bucket));
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  gtk_widget_set_has_tooltip (GTK_WIDGET (self), TRUE);
  g_signal_connect (self, "query-tooltip", G_CALLBACK (on_query_tooltip), NULL);
}

GtkWidget *
memsnoop_size_histogram_new (void)
{
  return g_object_new (MEMSNOOP_TYPE_SIZE_HISTOGRAM, NULL);
}

static void
read_buckets (MemsnoopSizeHistogram *self, GVariant *buckets)
{
  GVariantIter iterator;
  Bucket bucket;

  g_array_set_size (self->buckets, 0);
  self->most = 0;
  if (buckets == NULL || !g_variant_is_of_type (buckets, G_VARIANT_TYPE ("a(tt)")))
    return;
  g_variant_iter_init (&iterator, buckets);
  while (self->buckets->len < BUCKETS_MAX &&
         g_variant_iter_next (&iterator, "(tt)", &bucket.size, &bucket.count))
    {
      if (bucket.count == 0)
        continue;
      g_array_append_val (self->buckets, bucket);
      self->most = MAX (self->most, bucket.count);
    }
}

gboolean
memsnoop_size_histogram_set (MemsnoopSizeHistogram *self, GVariant *buckets)
{
  g_autofree gchar *text = NULL;

  read_buckets (self, buckets);
  text = memsnoop_size_histogram_describe (self);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("How often blocks of each size were allocated"),
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text, -1);
  gtk_widget_queue_draw (GTK_WIDGET (self));
  return self->buckets->len > 0;
}
