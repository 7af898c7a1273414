/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "process-figures.h"

#include "dictionary.h"
#include "history-thinning.h"
#include "memory-chart.h"
#include "quantity.h"
#include "wording.h"

#include <glib/gi18n.h>

/* Points that are kept until the history has reached them. */
#define SEEN_MAX 300

typedef enum
{
  FIGURE_SIZE,
  FIGURE_COUNT,
  FIGURE_SHARE,
  FIGURE_RATE,
} FigureKind;

typedef struct
{
  const gchar *dictionary;
  const gchar *key;
  const gchar *title;
  const gchar *explanation;
  FigureKind kind;
} Figure;

static const Figure figures[] = {
  { "memory", "pss", N_ ("Proportional share"),
    N_ ("Resident memory, what is shared divided by those who share it"), FIGURE_SIZE },
  { "memory", "uss", N_ ("Unique"), N_ ("What would be free if it exited"), FIGURE_SIZE },
  { "memory", "swap", N_ ("Swapped"), NULL, FIGURE_SIZE },
  { "memory", "growth-rate", N_ ("Growth"),
    N_ ("Over the last minutes, of the least that it needed"), FIGURE_RATE },
  { "heap", "current-bytes", N_ ("Live heap"),
    N_ ("Allocated since the recording began and not yet free"), FIGURE_SIZE },
  { "heap", "peak-bytes", N_ ("Live heap, at most"), NULL, FIGURE_SIZE },
  { "heap", "retained", N_ ("Retained"),
    N_ ("Resident, but not live: kept by the allocator, from before the recording, or stacks. No "
        "leak"),
    FIGURE_SIZE },
  { "heap", "alloc-count", N_ ("Allocations"), NULL, FIGURE_COUNT },
  { "heap", "churn", N_ ("Churn"), N_ ("Share of the last minute's allocations freed within it"),
    FIGURE_SHARE },
  { "heap", "lost", N_ ("Not recorded"), N_ ("Calls that are missing in the heap's figures"),
    FIGURE_COUNT },
  { "kernel", "current-bytes", N_ ("Kernel memory"),
    N_ ("Slab objects that the kernel holds for it"), FIGURE_SIZE },
  { "kernel", "peak-bytes", N_ ("Kernel memory, at most"), NULL, FIGURE_SIZE },
  { "kernel", "internal-fragmentation", N_ ("Kernel memory wasted"),
    N_ ("Allocated, but not asked for"), FIGURE_SHARE },
};

struct _MemsnoopProcessFiguresView
{
  AdwPreferencesGroup *group;
  AdwActionRow *rows[G_N_ELEMENTS (figures)];
  GtkLabel *values[G_N_ELEMENTS (figures)];
};

static void
make_row (MemsnoopProcessFiguresView *self, gsize i)
{
  GtkWidget *row = adw_action_row_new (), *value = gtk_label_new (NULL);

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), _ (figures[i].title));
  if (figures[i].explanation != NULL)
    adw_action_row_set_subtitle (ADW_ACTION_ROW (row), _ (figures[i].explanation));
  gtk_widget_add_css_class (value, "numeric");
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), value);
  gtk_widget_set_visible (row, FALSE);
  adw_preferences_group_add (self->group, row);
  self->rows[i] = ADW_ACTION_ROW (row);
  self->values[i] = GTK_LABEL (value);
}

MemsnoopProcessFiguresView *
memsnoop_process_figures_view_new (AdwPreferencesGroup *group)
{
  MemsnoopProcessFiguresView *self = g_new0 (MemsnoopProcessFiguresView, 1);

  self->group = group;
  for (gsize i = 0; i < G_N_ELEMENTS (figures); i++)
    make_row (self, i);
  return self;
}

void
memsnoop_process_figures_view_free (MemsnoopProcessFiguresView *self)
{
  g_free (self);
}

/* %NULL when it is not known. */
static gchar *
format_figure (const Figure *figure, GVariant *dictionary)
{
  guint64 number;
  gdouble decimal;

  if (figure->kind == FIGURE_SIZE || figure->kind == FIGURE_COUNT)
    {
      if (!memsnoop_dictionary_lookup_number (dictionary, figure->key, &number))
        return NULL;
      return figure->kind == FIGURE_SIZE ? memsnoop_wording_size (number)
                                         : memsnoop_quantity_format_count (number);
    }
  if (!memsnoop_dictionary_lookup_double (dictionary, figure->key, &decimal))
    return NULL;
  if (figure->kind == FIGURE_SHARE)
    /* What is no share has hundreds of digits. */
    return decimal < 0 || decimal > 1 ? NULL : g_strdup_printf (_ ("%.1f %%"), decimal * 100);
  return memsnoop_wording_short_rate (decimal);
}

static void
set_figure (MemsnoopProcessFiguresView *self, gsize i, GVariant *stats)
{
  g_autoptr (GVariant) dictionary =
      g_variant_lookup_value (stats, figures[i].dictionary, G_VARIANT_TYPE_VARDICT);
  g_autofree gchar *text = dictionary != NULL ? format_figure (&figures[i], dictionary) : NULL;

  gtk_widget_set_visible (GTK_WIDGET (self->rows[i]), text != NULL && *text != '\0');
  if (text != NULL)
    gtk_label_set_text (self->values[i], text);
}

void
memsnoop_process_figures_view_set (MemsnoopProcessFiguresView *self, GVariant *stats)
{
  for (gsize i = 0; i < G_N_ELEMENTS (figures); i++)
    set_figure (self, i, stats);
}

static gdouble
point_height (gconstpointer point)
{
  return memsnoop_memory_course_sum (point);
}

static gboolean
read_point (GVariant *stats, MemsnoopMemoryPoint *point)
{
  g_autoptr (GVariant) memory = g_variant_lookup_value (stats, "memory", G_VARIANT_TYPE_VARDICT);
  guint64 *bytes = point->bytes;

  if (memory == NULL ||
      !memsnoop_dictionary_lookup_number (memory, "rss-anon", &bytes[MEMSNOOP_MEMORY_ANONYMOUS]))
    return FALSE;
  memsnoop_dictionary_lookup_number (memory, "rss-file", &bytes[MEMSNOOP_MEMORY_FILE]);
  memsnoop_dictionary_lookup_number (memory, "rss-shmem", &bytes[MEMSNOOP_MEMORY_SHARED]);
  memsnoop_dictionary_lookup_number (memory, "swap", &bytes[MEMSNOOP_MEMORY_SWAP]);
  bytes[MEMSNOOP_MEMORY_PRIVATE] = bytes[MEMSNOOP_MEMORY_ANONYMOUS] + bytes[MEMSNOOP_MEMORY_SWAP];
  return TRUE;
}

/* What was known before the history begins: a service that was restarted begins anew. */
static void
put_before (GArray *history, const GArray *known)
{
  g_autoptr (GArray) before = g_array_new (FALSE, FALSE, sizeof (MemsnoopMemoryPoint));
  guint64 first;

  if (history->len == 0)
    return;
  first = g_array_index (history, MemsnoopMemoryPoint, 0).time;
  g_array_append_vals (before, known->data, memsnoop_memory_history_find (known, first));
  memsnoop_history_thinning_apply (before, point_height);
  g_array_prepend_vals (history, before->data, before->len);
}

/* What was known after its end, which is all of it when there is none. */
static void
put_after (GArray *history, const GArray *known, guint64 last)
{
  guint reached = memsnoop_memory_history_find (known, last + 1);

  if (known->len >= SEEN_MAX)
    reached = MAX (reached, known->len - SEEN_MAX + 1);
  if (reached < known->len)
    g_array_append_vals (history, &g_array_index (known, MemsnoopMemoryPoint, reached),
                         known->len - reached);
}

static guint64
last_time (const GArray *points)
{
  return points->len > 0 ? g_array_index (points, MemsnoopMemoryPoint, points->len - 1).time : 0;
}

/* The service's points are some time apart, up to minutes, and begin some time after a process. */
GArray *
memsnoop_process_figures_read_history (GVariant *stats, guint64 now, GArray *known)
{
  GArray *history = memsnoop_memory_history_read (stats);
  MemsnoopMemoryPoint point = { .time = now };
  guint64 last = last_time (history);

  memsnoop_history_thinning_apply (history, point_height);
  if (last < now)
    {
      put_before (history, known);
      put_after (history, known, last);
      if (last_time (history) < now && read_point (stats, &point))
        g_array_append_val (history, point);
      g_array_set_size (known, 0);
      g_array_append_vals (known, history->data, history->len);
    }
  return history;
}

static void
add_point (GArray *points, guint64 time, guint64 value)
{
  MemsnoopChartPoint point = { .time = time, .value = value };

  g_array_append_val (points, point);
}

static gdouble
heap_height (gconstpointer point)
{
  return (gdouble) ((const MemsnoopChartPoint *) point)->value;
}

/* The service's points are some time apart: the recording begins with nothing, and ends now. */
GArray *
memsnoop_process_figures_read_heap_history (GVariant *stats, guint64 now)
{
  g_autoptr (GVariant) heap = g_variant_lookup_value (stats, "heap", G_VARIANT_TYPE_VARDICT);
  g_autoptr (GVariant) history =
      heap != NULL ? g_variant_lookup_value (heap, "history", G_VARIANT_TYPE ("a(tt)")) : NULL;
  GArray *points;
  GVariantIter iterator;
  guint64 time, bytes, last;

  if (history == NULL)
    return NULL;
  points = g_array_new (FALSE, FALSE, sizeof (MemsnoopChartPoint));
  if (memsnoop_dictionary_lookup_number (heap, "since", &last) && last < now)
    add_point (points, last, 0);
  else
    last = 0;
  g_variant_iter_init (&iterator, history);
  while (g_variant_iter_next (&iterator, "(tt)", &time, &bytes))
    if (time >= last && time <= now)
      {
        add_point (points, time, bytes);
        last = time;
      }
  if (memsnoop_dictionary_lookup_number (heap, "current-bytes", &bytes))
    add_point (points, now, bytes);
  memsnoop_history_thinning_apply (points, heap_height);
  return points;
}

static void
add_entry (GtkFlowBox *box, const gchar *title, GdkRGBA color)
{
  g_autofree gchar *hex = g_strdup_printf ("#%02x%02x%02x", (guint) (color.red * 255),
                                           (guint) (color.green * 255), (guint) (color.blue * 255));
  g_autofree gchar *escaped = g_markup_escape_text (title, -1);
  g_autofree gchar *markup = g_strdup_printf ("<span color=\"%s\">■</span> %s", hex, escaped);
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_markup (GTK_LABEL (label), markup);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_widget_add_css_class (label, "caption");
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_flow_box_insert (box, label, -1);
  /* There is nothing to do with it. */
  gtk_widget_set_focusable (gtk_widget_get_parent (label), FALSE);
}

void
memsnoop_process_figures_fill_legend (GtkFlowBox *box)
{
  add_entry (box, _ ("Anonymous"), memsnoop_memory_chart_color (MEMSNOOP_MEMORY_ANONYMOUS));
  add_entry (box, _ ("Files"), memsnoop_memory_chart_color (MEMSNOOP_MEMORY_FILE));
  add_entry (box, _ ("Shared"), memsnoop_memory_chart_color (MEMSNOOP_MEMORY_SHARED));
  add_entry (box, _ ("Swapped"), memsnoop_memory_chart_color (MEMSNOOP_MEMORY_SWAP));
  add_entry (box, _ ("Live heap, where recorded (hatched: retained, or older)"),
             memsnoop_memory_chart_heap_color ());
}
