/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "flame-graph.h"

#include <glib/gi18n.h>

#define ROW_HEIGHT 22
#define GAP 1
#define LEAST_WIDTH 1.0
/* Narrower ones have no room for a text. */
#define LEAST_TEXT_WIDTH 28
#define PADDING 4

struct _MemsnoopFlameGraph
{
  GtkWidget parent_instance;

  MemsnoopCallProfile *profile;
  guint zoom;
  guint focus;
  gchar *search;
  /* By the number of the call. */
  gboolean *found;
  /* The search leads from one to the next. */
  gboolean stepping;
};

G_DEFINE_FINAL_TYPE (MemsnoopFlameGraph, memsnoop_flame_graph, GTK_TYPE_WIDGET)

/* Where calls are */

typedef struct
{
  double x;
  double width;
} Span;

static const MemsnoopCall *
call_of (MemsnoopFlameGraph *self, guint number)
{
  return memsnoop_call_profile_get_call (self->profile, number);
}

static gboolean
is_caller_of (MemsnoopFlameGraph *self, guint caller, guint call)
{
  return caller <= call && call < call_of (self, caller)->end;
}

/* From left to right; callers of the one that is zoomed into are as wide as it is. */
static Span
span_of (MemsnoopFlameGraph *self, guint number)
{
  const MemsnoopCall *call = call_of (self, number), *zoom = call_of (self, self->zoom);
  double width = gtk_widget_get_width (GTK_WIDGET (self));
  double scale = zoom->value > 0 ? width / (double) zoom->value : 0;

  if (is_caller_of (self, number, self->zoom))
    return (Span){ 0, width };
  return (Span){ ((double) call->start - (double) zoom->start) * scale,
                 (double) call->value * scale };
}

static double
mirror (MemsnoopFlameGraph *self, double x, double width)
{
  if (gtk_widget_get_direction (GTK_WIDGET (self)) != GTK_TEXT_DIR_RTL)
    return x;
  return gtk_widget_get_width (GTK_WIDGET (self)) - x - width;
}

/* Of the callers of the zoomed one and all that it calls, the next that is drawn: 0 at the end. */
static guint
next_drawn (MemsnoopFlameGraph *self, guint number)
{
  guint end = call_of (self, self->zoom)->end;
  guint next = number + 1;

  if (number < self->zoom)
    {
      while (!is_caller_of (self, next, self->zoom))
        next = call_of (self, next)->end;
      return next;
    }
  /* What is within one that is too narrow is narrower. */
  if (span_of (self, number).width < LEAST_WIDTH)
    next = call_of (self, number)->end;
  return next < end ? next : 0;
}

/* Of calls within the zoomed one, and its callers. */
static gboolean
is_drawn (MemsnoopFlameGraph *self, guint number)
{
  return span_of (self, number).width >= LEAST_WIDTH;
}

gboolean
memsnoop_flame_graph_find (MemsnoopFlameGraph *self, double x, double y, guint *call)
{
  guint level = y >= 0 ? (guint) (y / ROW_HEIGHT) : G_MAXUINT;
  guint number = 0;

  if (self->profile == NULL)
    return FALSE;
  x = mirror (self, x, 0);
  do
    {
      Span span = span_of (self, number);

      if (call_of (self, number)->level == level && x >= span.x && x < span.x + span.width)
        {
          *call = number;
          return TRUE;
        }
    }
  while ((number = next_drawn (self, number)) != 0);
  return FALSE;
}

/* Drawing */

/* Degrees, far enough apart to be told from each other beside each other. */
static const float hues[] = { 28, 205, 160, 262, 46, 340, 185, 300, 120, 12, 230 };

/* Functions of a module have its hue. What is no function is grey. */
static GdkRGBA
color_of (const MemsnoopCall *call, gboolean dark)
{
  const gchar *key = *call->module != '\0' ? call->module : call->text;
  float hue = hues[g_str_hash (key) % G_N_ELEMENTS (hues)] / 360;
  float value = dark ? 0.42f : 0.94f, grey = dark ? 0.32f : 0.84f;
  GdkRGBA color = { .alpha = 1 };

  if (call->level == 0 || call->text[0] == '[')
    return (GdkRGBA){ grey, grey, grey, 1 };
  value += (float) (g_str_hash (call->text) % 7) / 100;
  gtk_hsv_to_rgb (hue, dark ? 0.55f : 0.33f, value, &color.red, &color.green, &color.blue);
  return color;
}

static gboolean
is_dark (MemsnoopFlameGraph *self)
{
  GdkRGBA text;

  gtk_style_context_get_color (gtk_widget_get_style_context (GTK_WIDGET (self)), &text);
  return text.red + text.green + text.blue > 1.5;
}

static void
draw_text (GtkSnapshot *snapshot,
           PangoLayout *layout,
           const gchar *text,
           const GdkRGBA *color,
           double x,
           double y,
           double width)
{
  int height;

  pango_layout_set_text (layout, text, -1);
  pango_layout_set_width (layout, (int) ((width - 2 * PADDING) * PANGO_SCALE));
  pango_layout_get_pixel_size (layout, NULL, &height);
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot,
                          &GRAPHENE_POINT_INIT ((float) (x + PADDING),
                                                (float) (y + (ROW_HEIGHT - GAP - height) / 2.0)));
  gtk_snapshot_append_layout (snapshot, layout, color);
  gtk_snapshot_restore (snapshot);
}

static void
draw_focus (MemsnoopFlameGraph *self,
            GtkSnapshot *snapshot,
            const graphene_rect_t *bounds,
            const GdkRGBA *color)
{
  GskRoundedRect outline;
  const float widths[4] = { 2, 2, 2, 2 };
  const GdkRGBA colors[4] = { *color, *color, *color, *color };

  gsk_rounded_rect_init_from_rect (&outline, bounds, 0);
  gtk_snapshot_append_border (snapshot, &outline, widths, colors);
}

static void
draw_call (MemsnoopFlameGraph *self,
           GtkSnapshot *snapshot,
           guint number,
           PangoLayout *layout,
           const GdkRGBA *text,
           gboolean dark)
{
  const MemsnoopCall *call = call_of (self, number);
  Span span = span_of (self, number);
  double x = mirror (self, span.x, span.width), y = (double) call->level * ROW_HEIGHT;
  double width = MAX (span.width - GAP, LEAST_WIDTH);
  GdkRGBA color = color_of (call, dark);
  graphene_rect_t bounds =
      GRAPHENE_RECT_INIT ((float) x, (float) y, (float) width, ROW_HEIGHT - GAP);

  if (self->found != NULL && self->found[number])
    color = dark ? (GdkRGBA){ 0.65f, 0.2f, 0.75f, 1 } : (GdkRGBA){ 0.95f, 0.55f, 1, 1 };
  if (self->zoom != number && is_caller_of (self, number, self->zoom))
    color.alpha = 0.6f;
  gtk_snapshot_append_color (snapshot, &color, &bounds);
  if (width >= LEAST_TEXT_WIDTH)
    draw_text (snapshot, layout, call->text, text, x, y, width);
  if (number == self->focus && (self->stepping || gtk_widget_has_focus (GTK_WIDGET (self))))
    draw_focus (self, snapshot, &bounds, text);
}

static void
memsnoop_flame_graph_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  MemsnoopFlameGraph *self = MEMSNOOP_FLAME_GRAPH (widget);
  g_autoptr (PangoLayout) layout = NULL;
  gboolean dark = is_dark (self);
  GdkRGBA text;
  guint number = 0;

  if (self->profile == NULL || gtk_widget_get_width (widget) <= 0)
    return;
  layout = gtk_widget_create_pango_layout (widget, NULL);
  pango_layout_set_ellipsize (layout, PANGO_ELLIPSIZE_END);
  pango_layout_set_single_paragraph_mode (layout, TRUE);
  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &text);
  do
    if (is_drawn (self, number))
      draw_call (self, snapshot, number, layout, &text, dark);
  while ((number = next_drawn (self, number)) != 0);
}

static void
memsnoop_flame_graph_measure (GtkWidget *widget,
                              GtkOrientation orientation,
                              int for_size,
                              int *minimum,
                              int *natural,
                              int *minimum_baseline,
                              int *natural_baseline)
{
  MemsnoopFlameGraph *self = MEMSNOOP_FLAME_GRAPH (widget);
  guint depth = self->profile != NULL ? memsnoop_call_profile_get_depth (self->profile) : 1;

  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    *minimum = *natural = 200;
  else
    *minimum = *natural = (int) depth * ROW_HEIGHT;
  *minimum_baseline = *natural_baseline = -1;
}

/* Telling */

/* "make_leaf (tree.c:12), 4.0 MiB, 66.7 %". */
static gchar *
describe_call (MemsnoopFlameGraph *self, guint number)
{
  const MemsnoopCall *call = call_of (self, number);
  guint64 all = call_of (self, 0)->value;
  g_autofree gchar *value = memsnoop_call_profile_format (self->profile, call->value);

  return g_strdup_printf (_ ("%s, %s, %.1f %%"), call->text, value,
                          all > 0 ? (double) call->value * 100 / (double) all : 0.0);
}

static void
tell_focus (MemsnoopFlameGraph *self)
{
  g_autofree gchar *text = NULL;

  if (self->profile == NULL)
    return;
  text = describe_call (self, self->focus);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Flame graph"), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text, -1);
}

static gboolean
on_query_tooltip (
    GtkWidget *widget, int x, int y, gboolean keyboard, GtkTooltip *tooltip, gpointer data)
{
  MemsnoopFlameGraph *self = MEMSNOOP_FLAME_GRAPH (widget);
  g_autofree gchar *description = NULL, *text = NULL;
  guint call = self->focus;

  if (self->profile == NULL || (!keyboard && !memsnoop_flame_graph_find (self, x, y, &call)))
    return FALSE;
  description = describe_call (self, call);
  text =
      g_strjoin ("\n", description,
                 *call_of (self, call)->module != '\0' ? call_of (self, call)->module : NULL, NULL);
  gtk_tooltip_set_text (tooltip, text);
  return TRUE;
}

/* Moving */

/* Scrolls all that it is in so far that the call which has the focus is seen. */
static void
scroll_to_focus (MemsnoopFlameGraph *self)
{
  double top = (double) call_of (self, self->focus)->level * ROW_HEIGHT, y;
  GtkWidget *widget = GTK_WIDGET (self), *content;

  for (;;)
    {
      widget = gtk_widget_get_ancestor (gtk_widget_get_parent (widget), GTK_TYPE_VIEWPORT);
      content = widget != NULL ? gtk_viewport_get_child (GTK_VIEWPORT (widget)) : NULL;
      if (content == NULL ||
          !gtk_widget_translate_coordinates (GTK_WIDGET (self), content, 0, top, NULL, &y))
        return;
      gtk_adjustment_clamp_page (gtk_scrollable_get_vadjustment (GTK_SCROLLABLE (widget)), y,
                                 y + ROW_HEIGHT);
    }
}

static void
set_focus (MemsnoopFlameGraph *self, guint call)
{
  self->focus = call;
  tell_focus (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
move_focus (MemsnoopFlameGraph *self, guint call)
{
  set_focus (self, call);
  if (gtk_widget_get_parent (GTK_WIDGET (self)) != NULL)
    scroll_to_focus (self);
}

void
memsnoop_flame_graph_zoom (MemsnoopFlameGraph *self, guint call)
{
  g_return_if_fail (self->profile != NULL &&
                    call < memsnoop_call_profile_get_n_calls (self->profile));
  self->zoom = call;
  set_focus (self, call);
}

guint
memsnoop_flame_graph_get_zoom (MemsnoopFlameGraph *self)
{
  return self->zoom;
}

static void
on_pressed (MemsnoopFlameGraph *self, int n_press, double x, double y)
{
  guint call;

  gtk_widget_grab_focus (GTK_WIDGET (self));
  if (memsnoop_flame_graph_find (self, x, y, &call))
    memsnoop_flame_graph_zoom (self, call);
}

/* What is drawn below a call: of the callers of the zoomed one the next of them, else the first
 * that is wide enough; the call itself when there is none. */
static guint
callee_of (MemsnoopFlameGraph *self, guint number)
{
  guint callee = number + 1, end = call_of (self, number)->end;

  if (number < self->zoom)
    return next_drawn (self, number);
  while (callee < end && !is_drawn (self, callee))
    callee = call_of (self, callee)->end;
  return callee < end ? callee : number;
}

/* The one before or after that is drawn; the call itself when there is none. */
static guint
sibling_of (MemsnoopFlameGraph *self, guint number, gboolean after)
{
  guint parent = call_of (self, number)->parent, before = number;

  if (is_caller_of (self, number, self->zoom))
    return number;
  for (guint sibling = after ? call_of (self, number)->end : parent + 1;
       after ? sibling < call_of (self, parent)->end : sibling < number;
       sibling = call_of (self, sibling)->end)
    {
      if (after && is_drawn (self, sibling))
        return sibling;
      if (is_drawn (self, sibling))
        before = sibling;
    }
  return before;
}

/* A profile that has arrived may have made it too narrow. */
static guint
drawn_caller_of (MemsnoopFlameGraph *self, guint number)
{
  while (!is_drawn (self, number) && number != 0)
    number = call_of (self, number)->parent;
  return number;
}

static gboolean
on_key (MemsnoopFlameGraph *self, guint key, guint code, GdkModifierType modifiers)
{
  gboolean rtl = gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL;
  guint focus;

  if (self->profile == NULL)
    return FALSE;
  focus = drawn_caller_of (self, self->focus);
  if (key == GDK_KEY_Up)
    move_focus (self, call_of (self, focus)->parent);
  else if (key == GDK_KEY_Down && callee_of (self, focus) != focus)
    move_focus (self, callee_of (self, focus));
  else if (key == GDK_KEY_Left || key == GDK_KEY_Right)
    move_focus (self, sibling_of (self, focus, (key == GDK_KEY_Right) != rtl));
  else if (key == GDK_KEY_Return || key == GDK_KEY_KP_Enter || key == GDK_KEY_space)
    memsnoop_flame_graph_zoom (self, focus);
  else if ((key == GDK_KEY_Escape || key == GDK_KEY_BackSpace) && self->zoom != 0)
    memsnoop_flame_graph_zoom (self, call_of (self, self->zoom)->parent);
  else if (key == GDK_KEY_Home)
    memsnoop_flame_graph_zoom (self, 0);
  else
    return FALSE;
  return TRUE;
}

/* The object */

static void
memsnoop_flame_graph_dispose (GObject *object)
{
  MemsnoopFlameGraph *self = MEMSNOOP_FLAME_GRAPH (object);

  g_clear_object (&self->profile);
  g_clear_pointer (&self->search, g_free);
  g_clear_pointer (&self->found, g_free);
  G_OBJECT_CLASS (memsnoop_flame_graph_parent_class)->dispose (object);
}

static void
memsnoop_flame_graph_class_init (MemsnoopFlameGraphClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->dispose = memsnoop_flame_graph_dispose;
  widget_class->snapshot = memsnoop_flame_graph_snapshot;
  widget_class->measure = memsnoop_flame_graph_measure;
  gtk_widget_class_set_css_name (widget_class, "flamegraph");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
memsnoop_flame_graph_init (MemsnoopFlameGraph *self)
{
  GtkGesture *click = gtk_gesture_click_new ();
  GtkEventController *keys = gtk_event_controller_key_new ();

  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  gtk_widget_set_has_tooltip (GTK_WIDGET (self), TRUE);
  g_signal_connect (self, "query-tooltip", G_CALLBACK (on_query_tooltip), NULL);
  g_signal_connect_swapped (click, "pressed", G_CALLBACK (on_pressed), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (click));
  g_signal_connect_swapped (keys, "key-pressed", G_CALLBACK (on_key), self);
  gtk_widget_add_controller (GTK_WIDGET (self), keys);
}

GtkWidget *
memsnoop_flame_graph_new (void)
{
  return g_object_new (MEMSNOOP_TYPE_FLAME_GRAPH, NULL);
}

static void
find_text (MemsnoopFlameGraph *self)
{
  guint n = self->profile != NULL ? memsnoop_call_profile_get_n_calls (self->profile) : 0;

  g_clear_pointer (&self->found, g_free);
  if (self->search == NULL || n == 0)
    return;
  self->found = g_new0 (gboolean, n);
  for (guint i = 0; i < n; i++)
    {
      g_autofree gchar *text = g_utf8_casefold (call_of (self, i)->text, -1);

      self->found[i] = strstr (text, self->search) != NULL;
    }
}

void
memsnoop_flame_graph_set_profile (MemsnoopFlameGraph *self, MemsnoopCallProfile *profile)
{
  g_autoptr (MemsnoopCallProfile) before = g_steal_pointer (&self->profile);

  g_set_object (&self->profile, profile);
  if (before != NULL && profile != NULL)
    {
      self->zoom = memsnoop_call_profile_find_path (profile, before, self->zoom);
      self->focus = memsnoop_call_profile_find_path (profile, before, self->focus);
    }
  else
    self->zoom = self->focus = 0;
  find_text (self);
  tell_focus (self);
  gtk_widget_queue_resize (GTK_WIDGET (self));
}

void
memsnoop_flame_graph_set_search (MemsnoopFlameGraph *self, const gchar *text)
{
  g_free (self->search);
  self->stepping = FALSE;
  self->search = text != NULL && *text != '\0' ? g_utf8_casefold (text, -1) : NULL;
  find_text (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

guint
memsnoop_flame_graph_count_found (MemsnoopFlameGraph *self, guint64 *value)
{
  guint n = self->found != NULL ? memsnoop_call_profile_get_n_calls (self->profile) : 0;
  guint count = 0, end = 0;

  *value = 0;
  for (guint i = 0; i < n; i++)
    {
      if (!self->found[i])
        continue;
      count++;
      if (i < end)
        continue;
      *value += call_of (self, i)->value;
      end = call_of (self, i)->end;
    }
  return count;
}

void
memsnoop_flame_graph_next_found (MemsnoopFlameGraph *self)
{
  guint n = self->found != NULL ? memsnoop_call_profile_get_n_calls (self->profile) : 0;

  for (guint i = 1; i <= n; i++)
    {
      guint number = (self->focus + i) % n;

      if (!self->found[number])
        continue;
      if (!is_caller_of (self, self->zoom, number))
        memsnoop_flame_graph_zoom (self, 0);
      if (gtk_widget_get_width (GTK_WIDGET (self)) > 0 && !is_drawn (self, number))
        memsnoop_flame_graph_zoom (self, number);
      self->stepping = TRUE;
      move_focus (self, number);
      return;
    }
}
