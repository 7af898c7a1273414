/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wrap-layout.h"

#define SPACING 12
#define LINE_SPACING 6

struct _MemsnoopWrapLayout
{
  GtkLayoutManager parent_instance;
};

G_DEFINE_FINAL_TYPE (MemsnoopWrapLayout, memsnoop_wrap_layout, GTK_TYPE_LAYOUT_MANAGER)

typedef struct
{
  GtkWidget *first;
  GtkWidget *second;
  int first_width;
  int second_width;
  gboolean beside;
} Lines;

static int
natural_width (GtkWidget *widget)
{
  int natural = 0;

  if (widget != NULL && gtk_widget_should_layout (widget))
    gtk_widget_measure (widget, GTK_ORIENTATION_HORIZONTAL, -1, NULL, &natural, NULL, NULL);
  return natural;
}

/* Without a width, as many lines as there would be with the natural one. */
static Lines
break_lines (GtkWidget *widget, int width)
{
  Lines lines = { .first = gtk_widget_get_first_child (widget) };

  lines.second = lines.first != NULL ? gtk_widget_get_next_sibling (lines.first) : NULL;
  lines.first_width = natural_width (lines.first);
  lines.second_width = natural_width (lines.second);
  lines.beside = width < 0 || lines.first_width + SPACING + lines.second_width <= width;
  if (lines.beside && width >= 0)
    lines.second_width = width - SPACING - lines.first_width;
  else if (!lines.beside)
    lines.first_width = lines.second_width = width;
  return lines;
}

static GtkSizeRequestMode
memsnoop_wrap_layout_get_request_mode (GtkLayoutManager *manager, GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void
measure_child (
    GtkWidget *child, GtkOrientation orientation, int for_size, int *minimum, int *natural)
{
  *minimum = *natural = 0;
  if (child != NULL && gtk_widget_should_layout (child))
    gtk_widget_measure (child, orientation, for_size, minimum, natural, NULL, NULL);
}

static void
memsnoop_wrap_layout_measure (GtkLayoutManager *manager,
                              GtkWidget *widget,
                              GtkOrientation orientation,
                              int for_size,
                              int *minimum,
                              int *natural,
                              int *minimum_baseline,
                              int *natural_baseline)
{
  gboolean is_width = orientation == GTK_ORIENTATION_HORIZONTAL;
  Lines lines = break_lines (widget, is_width ? -1 : for_size);
  int minima[2], naturals[2];

  measure_child (lines.first, orientation, is_width ? -1 : lines.first_width, &minima[0],
                 &naturals[0]);
  measure_child (lines.second, orientation, is_width ? -1 : lines.second_width, &minima[1],
                 &naturals[1]);
  if (is_width || lines.beside)
    {
      *minimum = MAX (minima[0], minima[1]);
      *natural = is_width ? naturals[0] + SPACING + naturals[1] : MAX (naturals[0], naturals[1]);
    }
  else
    {
      *minimum = minima[0] + LINE_SPACING + minima[1];
      *natural = naturals[0] + LINE_SPACING + naturals[1];
    }
  *minimum_baseline = *natural_baseline = -1;
}

static void
place (GtkWidget *widget, GtkWidget *child, GtkAllocation place)
{
  if (child == NULL || !gtk_widget_should_layout (child))
    return;
  if (gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL)
    place.x = gtk_widget_get_width (widget) - place.x - place.width;
  gtk_widget_size_allocate (child, &place, -1);
}

static void
memsnoop_wrap_layout_allocate (
    GtkLayoutManager *manager, GtkWidget *widget, int width, int height, int baseline)
{
  Lines lines = break_lines (widget, width);
  int minimum, line;

  measure_child (lines.first, GTK_ORIENTATION_VERTICAL, lines.first_width, &minimum, &line);
  if (lines.beside)
    {
      place (widget, lines.first, (GtkAllocation){ 0, 0, lines.first_width, height });
      place (widget, lines.second,
             (GtkAllocation){ lines.first_width + SPACING, 0, lines.second_width, height });
      return;
    }
  place (widget, lines.first, (GtkAllocation){ 0, 0, width, line });
  line += LINE_SPACING;
  place (widget, lines.second, (GtkAllocation){ 0, line, width, MAX (height - line, 0) });
}

static void
memsnoop_wrap_layout_class_init (MemsnoopWrapLayoutClass *class)
{
  GtkLayoutManagerClass *manager_class = GTK_LAYOUT_MANAGER_CLASS (class);

  manager_class->get_request_mode = memsnoop_wrap_layout_get_request_mode;
  manager_class->measure = memsnoop_wrap_layout_measure;
  manager_class->allocate = memsnoop_wrap_layout_allocate;
}

static void
memsnoop_wrap_layout_init (MemsnoopWrapLayout *self)
{
}
